"""Functions on all finite bfloat16 inputs with a 16-bit DST, against recordings of both chips and both generations."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from tests.support.accuracy import accuracy
from ttlang.machine.numerics import make_numerics
from ttlang.machine.numerics.library.by_generation import find_rule
from ttlang.tables.accuracy import ACCURACY
from ttlang.tables.chips import CHIPS, find_chip
from ttlang.tables.dtypes import BF16
from ttlang.tables.functions import BY_NAME
from ttlang.tables.kernel_api import find_generation

HERE = Path(__file__).parent / "recorded"


def _load_module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


golden = _load_module(HERE / "make_functions.py")
DIGESTS: dict[str, str] = json.loads((HERE / "functions.json").read_text())


@pytest.fixture(scope="module")
def samples() -> dict[str, np.ndarray]:
    with np.load(HERE / "functions.npz") as arrays:
        return dict(arrays)


def results(function: str, generation: str, chip: str, inputs: np.ndarray) -> np.ndarray:
    """Patterns that a kernel packs, with the parameters at their defaults."""
    numerics = make_numerics("chip", find_chip(chip), find_generation(generation))
    row = BY_NAME[function]
    tiles = np.zeros(-(-inputs.size // 1024) * 1024, np.uint32)
    tiles[: inputs.size] = inputs.astype(np.uint32) << 16
    parameters = tuple(p.default for p in row.inputs if p.default is not None)
    copied = numerics.copy_tile(tiles.reshape(-1, 1024), BF16, dst32=False)
    in_dst = numerics.sfpu(row, [copied], parameters, dst32=False)
    return numerics.pack(in_dst, BF16, dst32=False).view(np.uint16).reshape(-1)[: inputs.size]


FUNCTIONS = [
    pytest.param(function, generation, id=f"{function}-{generation}")
    for generation, table in ACCURACY.items()
    for function in table
]


def test_every_recording_is_used():
    assert {name.rpartition(" ")[0] for name in DIGESTS} == {" ".join(each.values) for each in FUNCTIONS}


@pytest.mark.parametrize(("function", "generation"), FUNCTIONS)
def test_every_input(function: str, generation: str, samples: dict[str, np.ndarray]):
    """Equal to the bit on each chip, and as exact as the table says."""
    inputs, found = golden.every_finite(), []
    for chip in CHIPS:
        name = f"{function} {generation} {chip}"
        if name not in DIGESTS:
            continue
        got = results(function, generation, chip, inputs)
        shown = [x[golden.samples()] for x in (inputs, got)]
        wrong = [[hex(v) for v in each] for each in zip(*shown, samples[name], strict=True) if each[1] != each[2]]
        assert not wrong, f"{len(wrong)} samples differ on {chip}, as (input, got, expected): {wrong[:5]}"
        assert golden.digest(got) == DIGESTS[name]
        found.append(accuracy(function, inputs, got))
    told = ACCURACY[generation][function]
    assert max(each.beyond for each in found) == told.beyond
    for size in ("places", "absolute"):
        largest = max(getattr(each, size) for each in found)
        assert 0.9 * getattr(told, size) <= largest <= getattr(told, size)


@pytest.mark.parametrize(("function", "generation"), FUNCTIONS)
def test_by_a_rule(function: str, generation: str):
    """None is right by the accident of a reference in float64."""
    call = BY_NAME[function].call_in(find_generation(generation))
    assert call
    rule = find_rule(call, find_generation(generation))
    assert rule
    assert rule.compute(dst32=False)
