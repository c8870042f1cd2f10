"""What each call on the compute processors takes: none is forgotten, and what makes a difference does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import pytest

from tests.machine.clock.timed_examples import EXAMPLES, first_call, fresh_call
from ttlang.backends.simulator.compute_records import RECORDS
from ttlang.backends.simulator.predicted_time import predict
from ttlang.host.tensor import Tensor
from ttlang.machine.clock.call_prices import CallPrice, CallPrices
from ttlang.machine.compute.call import Call
from ttlang.machine.compute.calls import configuration, eltwise, functions, layouts, matmul, moves, reduction
from ttlang.machine.compute.unit_state import Init
from ttlang.machine.program_info import BufferInfo, ProgramInfo
from ttlang.tables.chips import BLACKHOLE, CHIPS, WORMHOLE_B0, Chip
from ttlang.tables.chips.costs import Kind, Price, Unit
from ttlang.tables.dtypes import BF16, BFP8, F32, DType
from ttlang.tables.functions import BY_NAME

EACH_CHIP = pytest.mark.parametrize("chip", CHIPS.values(), ids=lambda chip: chip.name)
COMPUTING = sorted({path.stem for path in EXAMPLES.glob("*.py")} - {"row_gather"})
"""The examples, but the one whose kernel has no compute thread."""

VALUES: dict[str, Any] = {
    "kind": "mul",
    "dim": "row",
    "pool": "sum",
    "full_fp32": False,
    "dest": "srca",
    "to_from_int8": False,
    "ct": 4,
    "rt": 2,
    "kt": 8,
    "transpose": 0,
    "tiles": 4,
    "part": 2,
    "width": 4,
    "row": BY_NAME["exp"],
    "parameters": (),
    "format": None,
    "init": Init("exp_tile_init"),
    "vector_mode": "",
    "from_format": F32,
    "to_format": BF16,
}


def made(record: type[Call], name: str, dtype: DType = BF16, *, to_dst: bool = False, **given: Any) -> Call:
    buffer = BufferInfo("a", 0, 2, dtype.tile_bytes, dtype, 0, 0, to_dst)
    other = replace(buffer, name="b", number=1)
    buffers = (buffer,) if issubclass(record, moves.Copy | moves.Transpose | eltwise.DestReuse) else (buffer, other)
    own = {each.name: (VALUES | given)[each.name] for each in fields(record)[2:]}
    return record(name, buffers, **own)


def program(chip: Chip = BLACKHOLE, *, dst32: bool = False, fidelity: str = "HiFi4") -> ProgramInfo:
    known = first_call("softmax").compiled.simulation.simulation.program
    return replace(known, architecture=chip, dst32=dst32, fidelity=fidelity)


def price(call: Call, of: ProgramInfo | None = None, *, accumulates: bool = False) -> CallPrice:
    return CallPrices(of or program()).of(call, accumulates=accumulates)


def shares(price: CallPrice) -> tuple[float, float, float]:
    return price.unpack.cycles, price.math.cycles, price.pack.cycles


def named() -> Iterator[tuple[str, type[Call]]]:
    for op, kind in RECORDS.items():
        yield getattr(op, "name", "").removeprefix("ttkernel.") or op.__name__, kind


@EACH_CHIP
def test_no_call_is_free_but_those_that_the_clock_prices(chip: Chip) -> None:
    """Those hand DST from one processor to the next."""
    for name, kind in named():
        taken = sum(shares(price(made(kind, name), program(chip))))
        assert (taken > 0) is not issubclass(kind, configuration.SectionCall), name


def test_a_product_of_blocks() -> None:
    """2x4 tiles: two tiles are held while four pass them."""
    of = price(made(matmul.Matmul, "matmul_block"))
    one = price(made(matmul.Matmul, "matmul_block", ct=1, rt=1))
    assert of.tiles == 8
    assert of.unpack.cycles == pytest.approx(6 * 2048 / 90, abs=0.1)
    assert of.math.cycles == pytest.approx(8 * 65.2 + 4, abs=0.1)
    assert one.math.cycles == pytest.approx(65.2 + 14.6, abs=0.1)
    assert one.unpack.cycles == price(made(eltwise.Binary, "add_tiles")).unpack.cycles
    fast = price(made(matmul.Matmul, "matmul_block"), program(fidelity="LoFi"))
    assert fast.math.cycles == pytest.approx(8 * 16.3 + 4, abs=0.2)


def test_formats_change_what_unpack_and_pack_take() -> None:
    def of(kind: type[Call], name: str, dtype: DType) -> float:
        return sum(shares(price(made(kind, name, dtype), program(WORMHOLE_B0)))[::2])

    for kind, name in ((eltwise.Binary, "add_tiles"), (matmul.Matmul, "matmul_block")):
        assert of(kind, name, BFP8) < of(kind, name, BF16) < of(kind, name, F32)
    assert of(moves.Pack, "pack_tile", BF16) < of(moves.Pack, "pack_tile", F32)


@pytest.mark.parametrize("name", ["add_tiles", "sub_tiles", "mul_tiles"])
def test_operands_of_one_buffer_take_unpack_less_on_blackhole_alone(name: str) -> None:
    two = made(eltwise.Binary, name)
    one = replace(two, buffers=(two.buffers[0],) * 2)
    of = {chip.name: [price(call, program(chip)).unpack.cycles for call in (one, two)] for chip in CHIPS.values()}
    assert of["blackhole"][0] < of["blackhole"][1]
    assert of["wormhole_b0"][0] == of["wormhole_b0"][1]


def test_what_goes_to_dst_past_the_source_registers_takes_unpack_alone() -> None:
    unpack, math, pack = shares(price(made(moves.Copy, "copy_tile", F32, to_dst=True), program(dst32=True)))
    assert (round(unpack), math, pack) == (121, 0, 0)


def test_a_pack_that_adds_takes_longer() -> None:
    pack = made(moves.Pack, "pack_tile")
    block = made(moves.PackBlock, "pack_tile_block")
    assert price(pack, accumulates=True).pack.cycles > price(pack).pack.cycles
    assert price(block).pack.cycles == pytest.approx(4 * price(pack).pack.cycles, abs=0.1)


def test_reductions_by_pool_and_dimension() -> None:
    def of(pool: str, dim: str, fidelity: str) -> float:
        call = made(reduction.Reduce, "reduce_tile", pool=pool, dim=dim)
        return round(price(call, program(fidelity=fidelity)).math.cycles)

    assert [of("sum", dim, "HiFi2") for dim in ("row", "col", "scalar")] == [28, 38, 73]
    assert [of("sum", "row", fidelity) for fidelity in ("LoFi", "HiFi4")] == [15, 52]
    assert [of("max", dim, fidelity) for dim in ("row", "col") for fidelity in ("LoFi", "HiFi4")] == [60, 60, 19, 19]


def test_products_with_a_tile_of_dst_go_by_the_fidelity() -> None:
    call = made(eltwise.DestReuse, "binary_dest_reuse_tiles")
    slow, fast = (price(call, program(fidelity=each)).math.cycles for each in ("HiFi4", "LoFi"))
    assert slow - fast == pytest.approx(84.11 - 18.94, abs=0.1)


def test_functions_and_their_inits_by_name() -> None:
    exp = made(functions.Apply, "exp_tile")
    assert [round(price(exp, program(dst32=dst32)).math.cycles) for dst32 in (False, True)] == [608, 1327]
    inits = [
        price(made(functions.ApplyInit, "?", init=Init(name))).math for name in ("exp_tile_init", "never_heard_of")
    ]
    assert [(share.cycles, share.kind) for share in inits] == [(73, Kind.MEASURED), (58, Kind.INTERPOLATED)]


@EACH_CHIP
@pytest.mark.parametrize("dst32", [False, True])
def test_an_exponential_that_multiplies_lies_between_one_that_does_not_and_one_with_a_square(
    chip: Chip, dst32: bool
) -> None:
    exp, scaled, square = (
        chip.costs.price(call, Unit.SFPU, dst32=dst32, fidelity="HiFi4")
        for call in ("exp_tile", "exp_tile<false, true>", "square_tile")
    )
    assert exp.cycles < scaled.cycles < exp.cycles + square.cycles
    assert scaled.kind is {"blackhole": Kind.INTERPOLATED, "wormhole_b0": Kind.SCALED}[chip.name]


@EACH_CHIP
@pytest.mark.parametrize("fidelity", ["LoFi", "HiFi4"])
@pytest.mark.parametrize("dim", ["rows", "cols", "scalar"])
@pytest.mark.parametrize(("kind", "plain"), [("add", "add_tiles"), ("sub", "add_tiles"), ("mul", "mul_tiles")])
def test_a_broadcast_lies_between_the_call_without_it_and_one_that_moves_each_face(
    kind: str, plain: str, dim: str, fidelity: str, chip: Chip
) -> None:
    def of(call: str, unit: Unit, format: str = "bf16") -> Price:
        return chip.costs.price(call, unit, dst32=False, fidelity=fidelity, format=format)

    without, it = of(plain, Unit.FPU), of(f"{kind}_tiles_bcast_{dim}", Unit.FPU)
    moves = of("binary_dest_reuse_tiles<add>", Unit.FPU).cycles - of("add_tiles", Unit.FPU).cycles
    assert without.cycles <= it.cycles < without.cycles + moves
    assert it.kind.is_known
    unpacked = [of(f"{kind}_tiles_bcast_{dim}", Unit.UNPACK, each) for each in ("bfp_bf8", "bf16", "f32")]
    assert [each.cycles for each in unpacked] == sorted(each.cycles for each in unpacked)
    assert all(each.kind.is_known for each in unpacked)
    assert unpacked[1].cycles <= of("add_tiles", Unit.UNPACK).cycles


def test_a_part_of_a_tile_is_two_of_its_faces() -> None:
    whole, column = (price(made(functions.Apply, "exp_tile", vector_mode=mode)).math.cycles for mode in ("", "c"))
    assert column == pytest.approx(whole / 2, abs=0.02)


def test_changes_of_layout_have_a_share_of_each_call() -> None:
    whole = price(made(layouts.Untilize, "pack_untilize_block", part=4))
    assert whole.pack.cycles == 4 * 64 + 192
    assert whole.tiles == 4


def test_units_that_are_free() -> None:
    call = made(matmul.Matmul, "matmul_block")
    unpack, math, _ = shares(CallPrices(program(), free={Unit.FPU}).of(call))
    assert (unpack > 0, math) == (True, 0)


@EACH_CHIP
@pytest.mark.parametrize("name", COMPUTING)
def test_what_examples_take_is_known(name: str, chip: Chip, monkeypatch: pytest.MonkeyPatch) -> None:
    """At least 90 % of the cycles of work on tiles are from published figures; how, docs/time.md says."""
    monkeypatch.setenv("TTLANG_ARCH", chip.name)
    call = fresh_call(name)
    tensors = [tensor for tensor in call.tensors if isinstance(tensor, Tensor)]
    sources = predict(call.compiled.simulation.simulation, call.numbers, tensors).sources
    known, every = sum(cycles for kind, cycles in sources.items() if kind.is_known), sum(sources.values())
    assert known >= 0.9 * every
    assert sources.get(Kind.ASSUMED, 0.0) <= 0.1 * every
