"""Functions on all finite bfloat16 inputs with a 16-bit DST, against recordings of both chips and both generations."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from ttlang.backends.simulator.numerics import make_numerics
from ttlang.backends.simulator.numerics.libraries import find_rule
from ttlang.dtypes import BF16
from ttlang.functions import BY_NAME

HERE = Path(__file__).parent / "golden"


def _load_module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


golden = _load_module(HERE / "make_functions.py")
DIGESTS: dict[str, str] = json.loads((HERE / "functions.json").read_text())


def results(function: str, generation: str, chip: str, inputs: np.ndarray) -> np.ndarray:
    """Patterns that a kernel packs, with the parameters at their defaults."""
    numerics = make_numerics("chip", chip, generation)
    row = BY_NAME[function]
    tiles = np.zeros(-(-inputs.size // 1024) * 1024, np.uint32)
    tiles[: inputs.size] = inputs.astype(np.uint32) << 16
    parameters = tuple(p.default for p in row.inputs if p.default is not None)
    copied = numerics.copy_tile(tiles.reshape(-1, 1024), BF16, dst32=False)
    in_dst = numerics.sfpu(row, [copied], parameters, dst32=False)
    return numerics.pack(in_dst, BF16, dst32=False).view(np.uint16).reshape(-1)[: inputs.size]


@pytest.mark.parametrize("name", DIGESTS)
def test_every_input(name: str):
    function, generation, chip = name.split()
    inputs = golden.every_finite()
    got = results(function, generation, chip, inputs)
    with np.load(HERE / "functions.npz") as samples:
        want = samples[name]
    shown = [x[golden.samples()] for x in (inputs, got)]
    wrong = [[hex(v) for v in each] for each in zip(*shown, want, strict=True) if each[1] != each[2]]
    assert not wrong, f"{len(wrong)} of {len(want)} samples differ, as (input, got, expected): {wrong[:5]}"
    assert golden.digest(got) == DIGESTS[name]


@pytest.mark.parametrize("name", DIGESTS)
def test_by_a_rule(name: str):
    """None is right by the accident of a reference in float64."""
    function, generation, _ = name.split()
    call = BY_NAME[function].call_in(generation)
    assert call
    rule = find_rule(call, generation)
    assert rule
    assert rule.compute(dst32=False)
