"""
The chips' arithmetic against recordings of them (tests/machine/numerics/recorded), equal to the bit.

A case is the calls of a kernel; `run` executes them on a `Numerics` the way that the simulator does: buffers of bytes
are unpacked into DST or into the matrix unit, and DST is packed.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from ttlang.machine.numerics import Numerics, make_numerics
from ttlang.machine.numerics.library.by_generation import find_rule
from ttlang.machine.tiles import decode, encode
from ttlang.tables.chips import BLACKHOLE, find_chip
from ttlang.tables.dtypes import find_dtype
from ttlang.tables.functions import FUNCTIONS, Call, Encoding, Function, Parameter

HERE = Path(__file__).parent / "recorded"


def _load_module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


golden = _load_module(HERE / "make_subset.py")
CASES: dict[str, dict[str, Any]] = json.loads((HERE / "cases.json").read_text())
FORMATS = {"bf16": find_dtype("bfloat16"), "fp32": find_dtype("float32"), "bfp8": find_dtype("bfloat8_b")}
WHOLE_NUMBERS = ("round_tile", "power_iterative_tile")
"""Calls whose parameter is an integer, not the pattern of a float32."""
PAIRS = [(name, chip) for name, case in CASES.items() for chip in case["outputs"]]


@dataclass
class Core:
    """What a kernel's calls act on."""

    numerics: Numerics
    case: dict[str, Any]
    buffers: list[np.ndarray]
    """Unpacked tiles of each input buffer, (iterations, tiles an iteration, 1024)."""
    dst: dict[int, np.ndarray] = field(default_factory=dict)
    accumulate: bool = False
    packed: list[np.ndarray] = field(default_factory=list)
    l1_accumulate: bool = False
    transpose: bool = False
    reducing: Any = None
    """What a reduction leaves, while the packer masks it."""

    @property
    def dst32(self) -> bool:
        return self.case["dst32"]

    def operand(self, buffer: str, tile: int) -> tuple[np.ndarray, Any]:
        number = int(buffer[1:])
        return self.buffers[number][:, tile], FORMATS[self.case["inputs"][number]["format"]]

    def call(self, name: str, template: str, args: list[Any]) -> None:
        if self.call_matrix(name, template, args):
            return
        if name.endswith("_init"):
            self.accumulate = args[2:] == [True]
        elif name == "copy_tile":
            values, dtype = self.operand(args[0], args[1])
            direct = self.case["inputs"][int(args[0][1:])].get("unpack_to_dest", False)
            self.dst[args[2]] = self.numerics.copy_tile(values, dtype, self.dst32, direct)
        elif name in ("add_tiles", "sub_tiles", "mul_tiles"):
            (a, dtype_a), (b, dtype_b) = self.operand(args[0], args[2]), self.operand(args[1], args[3])
            self.dst[args[4]] = self.numerics.binary_fpu(
                name[:3],
                a,
                b,
                dtype_a,
                dtype_b,
                self.dst32,
                dst=self.dst.get(args[4]),
                fidelity=self.case["fidelity"],
                accumulate=self.accumulate,
            )
        elif name.endswith("_reuse_dest_tiles"):
            values, dtype = self.operand(args[0], args[1])
            first = template.endswith("DEST_TO_SRCA")
            dst, fidelity = self.dst[args[2]], self.case["fidelity"]
            self.dst[args[2]] = self.numerics.reuse_fpu(name[:3], dst, values, dtype, self.dst32, first, fidelity)
        else:
            row, parameters = row_of(name, template, args)
            self.dst[result_of(name, args)] = self.numerics.sfpu(
                row, [self.dst[i] for i in args[: row.arity]], parameters, self.dst32
            )

    def call_matrix(self, name: str, template: str, args: list[Any]) -> bool:
        """Executes a call that combines the datums of a tile; False for any other."""
        fidelity, numerics, dst32 = self.case["fidelity"], self.numerics, self.dst32
        if name in ("matmul_init", "matmul_block_init"):
            self.transpose = args[2:3] == [1]
        elif name == "reduce_init":
            self.reducing = template.split("_")[-1].lower()
        elif name == "reduce_uninit":
            self.reducing = None
        elif name == "matmul_tiles":
            (a, dtype_a), (b, dtype_b) = self.operand(args[0], args[2]), self.operand(args[1], args[3])
            before = self.dst.get(args[4])
            self.dst[args[4]] = numerics.matmul(a, b, dtype_a, dtype_b, dst32, before, fidelity, self.transpose)
        elif name == "matmul_block":
            self.matmul_block(args)
        elif name == "reduce_tile":
            (x, dtype), (scaler, dtype_scaler) = self.operand(args[0], args[2]), self.operand(args[1], args[3])
            pool, dim = (
                word.split(sep)[-1].lower() for word, sep in zip(template.split(","), ("::", "_"), strict=True)
            )
            self.dst[args[4]] = numerics.reduce(
                pool, dim, x[:, None], scaler, dtype, dtype_scaler, dst32, self.dst.get(args[4]), fidelity
            )
        elif name == "unary_bcast":
            values, dtype = self.operand(args[0], args[1])
            self.dst[args[2]] = numerics.unary_bcast(values, template.split("::")[-1].lower(), dtype, dst32)
        elif "_tiles_bcast_" in name:
            (a, dtype_a), (b, dtype_b) = self.operand(args[0], args[2]), self.operand(args[1], args[3])
            dim = name.split("_")[-1].removesuffix("s")
            before = self.dst.get(args[4])
            self.dst[args[4]] = numerics.binary_fpu_bcast(
                name[:3], a, b, dim, dtype_a, dtype_b, dst32, before, fidelity
            )
        elif name == "transpose_tile":
            values, dtype = self.operand(args[0], args[1])
            direct = self.case["inputs"][int(args[0][1:])].get("unpack_to_dest", False)
            self.dst[args[2]] = numerics.transpose(values, dtype, dst32, direct)
        else:
            return False
        return True

    def matmul_block(self, args: list[Any]) -> None:
        in0, in1, tile0, tile1, first, _, columns, rows, depth = args
        tiles = [self.operand(in0, tile0 + r * depth) for r in range(rows)]
        a, dtype_a = np.stack([values for values, _ in tiles], axis=1)[:, :, None], tiles[0][1]
        tiles = [self.operand(in1, tile1 + c) for c in range(columns)]
        b, dtype_b = np.stack([values for values, _ in tiles], axis=1)[:, None], tiles[0][1]
        slots = range(first, first + rows * columns)
        before = np.stack([self.dst[i] for i in slots], axis=1) if first in self.dst else None
        result = self.numerics.matmul_block(
            a, b, dtype_a, dtype_b, self.dst32, before, self.case["fidelity"], self.transpose
        )
        self.dst.update({slot: result[:, i] for i, slot in enumerate(slots)})

    def pack(self, name: str, args: list[Any]) -> None:
        if name == "pack_reconfig_l1_acc":
            self.l1_accumulate = bool(args[0])
            return
        assert name == "pack_tile"
        dtype = FORMATS[self.case["format"]]
        dst = self.dst[args[0]]
        if self.reducing:
            dst = self.numerics.pack_mask(dst, self.reducing)
        new = self.numerics.pack(dst, dtype, self.dst32, bfp8_precise=self.case.get("precise", False))
        if self.l1_accumulate:
            new = self.numerics.accumulate_packed(self.packed.pop(), new, dtype)
        self.packed.append(new)


def arity_of(name: str) -> int:
    if name == "where_tile":
        return 3
    return 2 if name.endswith("_binary_tile") or name.startswith("binary_") else 1


def result_of(name: str, args: list[Any]) -> int:
    """The DST tile that an elementwise call writes: a function of one operand works in place."""
    arity = arity_of(name)
    return args[0] if arity == 1 else args[arity]


def row_of(name: str, template: str, args: list[Any]) -> tuple[Function, tuple[float, ...]]:
    """A row of the table for a call, and the parameters in it."""
    arity = arity_of(name)
    given = args[1:] if arity == 1 else []
    if name in WHOLE_NUMBERS:
        encoding, values = Encoding.INTEGER, tuple(given)
    elif name == "fill_tile":
        encoding, values = Encoding.FLOAT, tuple(given)
    else:
        encoding, values = Encoding.BITS, tuple(float(x) for x in np.array(given, np.uint32).view(np.float32))
    parameters = tuple(Parameter(f"p{i}", encoding=encoding) for i in range(len(values)))
    return Function(name, arity, Call(name, "", template=template), no_reference, "", parameters), values


def no_reference(*_: object) -> object:
    raise AssertionError("this call has no rule")


def to_bytes(patterns: np.ndarray, name: str) -> np.ndarray:
    """Recorded patterns (..., 1024) as the bytes of tiles; block floats are recorded as the values they stand for."""
    if name == "bfp8":
        return encode(patterns.view(np.float32), FORMATS[name])
    return np.ascontiguousarray(patterns).view(np.uint8)


def run(case: dict[str, Any], chip: str, inputs: list[np.ndarray]) -> np.ndarray:
    """The patterns that the kernel leaves in its output, from those in its input buffers; both (..., 1024)."""
    numerics = make_numerics("chip", find_chip(chip))
    buffers = []
    for entry, patterns in zip(case["inputs"], inputs, strict=True):
        raw = to_bytes(patterns.reshape(-1, entry.get("tiles", 1), 1024), entry["format"])
        buffers.append(numerics.unpack_tiles(raw, FORMATS[entry["format"]]))
    core = Core(numerics, case, buffers)
    for name, template, args in case["calls"]:
        core.call(name, template, args)
    for name, _, args in case["pack"]:
        core.pack(name, args)
    packed = np.stack(core.packed, axis=1).reshape(-1, core.packed[0].shape[-1])
    values = decode(packed, FORMATS[case["format"]])
    return packed.view(np.uint16) if case["format"] == "bf16" else values.view(np.uint32)


def is_matrix_call(name: str) -> bool:
    """Whether a call combines the datums of a tile. All of these are known to the bit."""
    known = ("matmul_block", "reduce_tile", "reduce_uninit", "unary_bcast", "transpose_tile")
    return name in known or "_tiles_bcast_" in name


def has_rules(case: dict[str, Any]) -> bool:
    """Whether every elementwise call of a case is known to the bit."""
    for name, template, _ in case["calls"]:
        if name.endswith(("_init", "_tiles")) or name == "copy_tile" or is_matrix_call(name):
            continue
        rule = find_rule(Call(name, "", template=template))
        if rule is None or rule.compute(case["dst32"]) is None:
            return False
    return True


def differences(case: dict[str, Any], got: np.ndarray, want: np.ndarray) -> np.ndarray:
    """
    Where results differ, as a mask; a NaN out of a block format is a NaN, and after `reduce_uninit` only the places of
    the result count.
    """
    differ = got.reshape(-1) != want.reshape(-1)
    if case["calls"][-1][0] == "reduce_uninit":
        dim = case["calls"][0][1].split("_")[-1].lower()
        ones = np.ones((got.size // 1024, 1024), np.uint32)
        differ &= make_numerics("chip", BLACKHOLE).pack_mask(ones, dim).reshape(-1) != 0
    if case["format"] == "bfp8":
        differ &= ~(np.isnan(got.view(np.float32)) & np.isnan(want.view(np.float32))).reshape(-1)
    return differ


class Recordings:
    """The arrays of `data.npz`, by the places that cases name."""

    def __init__(self) -> None:
        with np.load(HERE / "data.npz") as data:
            words = (data["high"].astype(np.uint32) << 16) | data["low"]
            self._arrays = {2: data["halves"], 4: words}

    def __getitem__(self, place: list[int]) -> np.ndarray:
        width, start, size = place
        return self._arrays[width][start : start + size].reshape(-1, 1024)


@pytest.fixture(scope="module")
def recordings() -> Recordings:
    return Recordings()


@pytest.mark.parametrize(("name", "chip"), [x for x in PAIRS if has_rules(CASES[x[0]])])
def test_to_the_bit(name: str, chip: str, recordings: Recordings):
    case = CASES[name]
    inputs = [recordings[entry["data"]] for entry in case["inputs"]]
    want = recordings[case["outputs"][chip]]
    differ = differences(case, run(case, chip, inputs), want)
    assert not differ.any(), f"{int(differ.sum())} of {differ.size} values differ"


@pytest.mark.parametrize(("group", "cases"), [("mm", 26), ("reduce", 45), ("bcast", 29), ("transpose", 4)])
def test_matrix_cases_are_there(group: str, cases: int):
    found = [name for name, case in CASES.items() if name.split(".")[0] == group and has_rules(case)]
    assert len(found) == cases


@pytest.mark.parametrize(("name", "chip"), [x for x in PAIRS if "digests" in CASES[x[0]]])
def test_exhaustive(name: str, chip: str):
    case = CASES[name]
    every = golden.every_significand_pair() if len(case["inputs"]) == 2 else [golden.every_bfloat16()]
    got = run(case, chip, [x.reshape(-1, 1024) for x in every])
    assert golden.digest(got) == case["digests"][chip]


# Calls that are not known to the bit come from the references of `ttlang/tables/functions`: how near they are.

STEPS = {16: 1, 32: 3}
"""Steps of the output format by which a result may be off, by its width."""
MORE_STEPS = {"elu_tile": 9, "celu_tile": 9, "selu_tile": 9, "hardsigmoid_tile": 43}
"""Kernels with a larger error in float32."""
ABSOLUTE = {"gelu_tile": (0.0079, 3e-6), "erfc_tile": (0.012, 0.004), "softplus_tile": (0.0079, 0.0068)}
"""Kernels whose approximation is coarse: their largest error in bfloat16 and in float32."""


def row_in_table(case: dict[str, Any]) -> tuple[Function, tuple[float, ...]] | None:
    """The row of a case's one elementwise call, and the parameters that a user gives for it."""
    calls = [x for x in case["calls"] if not x[0].endswith(("_init", "_tiles")) and x[0] != "copy_tile"]
    if len(calls) != 1:
        return None
    name, template, args = calls[0]
    values = iter(row_of(name, template, args)[1])
    for row in FUNCTIONS:
        if row.call and (row.call.tile, row.call.template) == (name, template):
            present = [(p, next(values)) for p in row.parameters if p.encoding is not Encoding.ABSENT]
            return row, tuple(value for p, value in present if p.derive is None)
    return None


NEAR = [(name, chip) for name, chip in PAIRS if not has_rules(CASES[name]) and row_in_table(CASES[name])]


def test_most_functions_are_compared():
    exact = {name for name, case in CASES.items() if has_rules(case)}
    assert len({name.split(".")[1] for name in exact | {name for name, _ in NEAR}}) >= 100


@pytest.mark.parametrize(("name", "chip"), NEAR)
def test_near(name: str, chip: str, recordings: Recordings, monkeypatch: pytest.MonkeyPatch):
    case = CASES[name]
    found = row_in_table(case)
    assert found
    monkeypatch.setattr(sys.modules[__name__], "row_of", lambda *_: found)
    inputs = [recordings[entry["data"]] for entry in case["inputs"]]
    want = recordings[case["outputs"][chip]].reshape(-1)
    got = run(case, chip, inputs).reshape(-1)
    bits = 8 * got.dtype.itemsize
    x, y = ((v.astype(np.uint32) << (32 - bits)).view(np.float32) for v in (got, want))
    # Numbers of ordinary size: a kernel may do as it likes with the rest.
    ordinary = np.isfinite(x) & np.isfinite(y) & (np.abs(y) > 1e-30)
    for patterns in inputs:
        values = (patterns.astype(np.uint32) << (32 - 8 * patterns.dtype.itemsize)).view(np.float32).reshape(-1)
        ordinary &= (np.abs(values) > 2.0**-9) & (np.abs(values) < 256)
    assert ordinary.sum() > 300
    tile = found[0].call.tile if found[0].call else ""
    if tile in ABSOLUTE:
        assert np.abs(x[ordinary] - y[ordinary]).max() <= ABSOLUTE[tile][bits == 32]
        return
    steps = np.abs(_rank(got, bits) - _rank(want, bits))[ordinary].max()
    assert steps <= (MORE_STEPS.get(tile, STEPS[32]) if bits == 32 else STEPS[16])


def _rank(patterns: np.ndarray, bits: int) -> np.ndarray:
    """Neighbouring numbers of a format as neighbouring integers."""
    wide = patterns.astype(np.int64)
    magnitude = wide & ((1 << (bits - 1)) - 1)
    return np.where(wide >> (bits - 1), -magnitude, magnitude)
