"""
Makes `functions.json` and `functions.npz` of this folder from recordings of functions over all finite bfloat16 inputs.

    python tests/machine/numerics/recorded/make_functions.py SOURCE.npz

SOURCE.npz has the inputs, `x_bits`, and results `<function>_<chip>_<release>`, both as patterns. Of each function a
digest of all its results is kept, and some samples to see what went wrong by.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).parent
CHIPS = {"wh": "wormhole_b0", "bh": "blackhole"}
RELEASES = {"069": "0.69", "081": "0.81"}

Array = NDArray[Any]


def every_finite() -> Array:
    """All finite bfloat16 patterns, in their order."""
    every = np.arange(1 << 16, dtype=np.uint16)
    return every[(every & np.uint16(0x7F80)) != 0x7F80]


def samples() -> Array:
    """Which inputs to look at, as a mask: a hundred from all, and two hundred of an ordinary size."""
    inputs = every_finite()
    values = np.abs((inputs.astype(np.uint32) << 16).view(np.float32))
    ordinary = inputs[(values > 2.0**-10) & (values < 2.0**7)]
    spread = (x[np.linspace(0, len(x) - 1, count).astype(int)] for x, count in ((inputs, 100), (ordinary, 200)))
    return np.isin(inputs, np.concatenate(list(spread)))


def digest(results: Array) -> str:
    """Of patterns, in the order of the inputs."""
    return hashlib.sha256(results.astype("<u2").tobytes()).hexdigest()


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    digests: dict[str, str] = {}
    kept: dict[str, Array] = {}
    with np.load(sys.argv[1]) as source:
        assert (source["x_bits"] == every_finite()).all()
        for key in source:
            if key == "x_bits" or "_fused_" in key:
                continue
            function, chip, release = key.split("_")
            results = source[key]
            alone = chip == "bh" or f"{function}_bh_{release}" in source
            for each in [CHIPS[chip]] if alone else CHIPS.values():
                name = f"{function} {RELEASES[release]} {each}"
                digests[name] = digest(results)
                kept[name] = results[samples()]
    ordered = dict(sorted(digests.items()))
    (HERE / "functions.json").write_text(json.dumps(ordered, indent=0) + "\n")
    np.savez_compressed(HERE / "functions.npz", **{name: kept[name] for name in ordered})


if __name__ == "__main__":
    main()
