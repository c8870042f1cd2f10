"""
Makes `functions.json` and `functions.npz` of this folder from recordings of functions over all finite bfloat16 inputs.

    python tests/golden/make_functions.py SOURCE.npz

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
LARGEST = {"sin": 2480.0, "cos": 2480.0, "tan": 2480.0}
"""The recordings are not to be relied on beyond: there the last bits of the reduced argument are all that is left."""

Array = NDArray[Any]


def every_finite() -> Array:
    """All finite bfloat16 patterns, in their order."""
    every = np.arange(1 << 16, dtype=np.uint16)
    return every[(every & np.uint16(0x7F80)) != 0x7F80]


def inputs_of(function: str) -> Array:
    """The inputs for which a function has recordings."""
    every = every_finite()
    values = (every.astype(np.uint32) << 16).view(np.float32)
    return every[np.abs(values) <= LARGEST.get(function, np.inf)]


def samples_of(inputs: Array) -> Array:
    """Positions of the samples: a hundred from all inputs, and two hundred of an ordinary size."""
    values = np.abs((inputs.astype(np.uint32) << 16).view(np.float32))
    ordinary = np.flatnonzero((values > 2.0**-10) & (values < 2.0**7))
    spread = (np.linspace(0, len(places) - 1, count).astype(int) for places, count in ((inputs, 100), (ordinary, 200)))
    anywhere, among = spread
    return np.unique(np.concatenate([anywhere, ordinary[among]]))


def digest(results: Array) -> str:
    """Of patterns, in the order of the inputs."""
    return hashlib.sha256(results.astype("<u2").tobytes()).hexdigest()


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    digests: dict[str, str] = {}
    samples: dict[str, Array] = {}
    with np.load(sys.argv[1]) as source:
        assert (source["x_bits"] == every_finite()).all()
        for key in source:
            if key == "x_bits" or "_fused_" in key:
                continue
            function, chip, release = key.split("_")
            inputs = inputs_of(function)
            results = source[key][np.isin(every_finite(), inputs)]
            alone = chip == "bh" or f"{function}_bh_{release}" in source
            for each in [CHIPS[chip]] if alone else CHIPS.values():
                name = f"{function} {RELEASES[release]} {each}"
                digests[name] = digest(results)
                samples[name] = results[samples_of(inputs)]
    ordered = dict(sorted(digests.items()))
    (HERE / "functions.json").write_text(json.dumps(ordered, indent=0) + "\n")
    np.savez_compressed(HERE / "functions.npz", **{name: samples[name] for name in ordered})


if __name__ == "__main__":
    main()
