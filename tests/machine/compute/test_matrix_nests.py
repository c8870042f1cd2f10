"""Nests of loops around one call give what the calls give one by one, and are recorded as one step."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass

import numpy as np
import pytest

from tests.support.ttkernel_matrix_programs import O_TILES, X_TILES, block_program, output, packed
from tests.support.ttkernel_programs import Tensor, section
from ttlang.backends.simulator import prepare, run

SLOTS = 8
CORES = 6


@dataclass(frozen=True)
class Form:
    """A call with places for its operands, each of which must stay below a limit; its init."""

    call: str
    limits: tuple[int, ...]
    init: str


def _matmul(rt: int, ct: int, kt: int, transpose: int = 0) -> Form:
    sizes = f"{transpose}, {ct}, {rt}, {kt}"
    limits = (X_TILES - (rt - 1) * kt, X_TILES - ct + 1, SLOTS - rt * ct + 1)
    call = f"matmul_block(@x_cb, @y_cb, {{0}}, {{1}}, {{2}}, {sizes})"
    return Form(call, limits, f"mm_block_init_short(@x_cb, @y_cb, {sizes})")


ALL = (X_TILES, X_TILES, SLOTS)
FORMS = {
    "copy": Form("copy_tile(@x_cb, {0}, {1})", (X_TILES, SLOTS), "copy_tile_init(@x_cb)"),
    "transpose": Form("transpose_wh_tile(@y_cb, {0}, {1})", (X_TILES, SLOTS), "transpose_wh_init_short(@y_cb)"),
    "mul": Form("mul_tiles(@x_cb, @y_cb, {0}, {1}, {2})", ALL, "mul_tiles_init(@x_cb, @y_cb)"),
    "add columns": Form("add_tiles_bcast_cols(@x_cb, @y_cb, {0}, {1}, {2})", ALL, "add_bcast_cols_init(@x_cb, @y_cb)"),
    "mul rows": Form("mul_tiles_bcast_rows(@x_cb, @y_cb, {0}, {1}, {2})", ALL, "mul_bcast_rows_init(@x_cb, @y_cb)"),
    "reuse": Form(
        'binary_dest_reuse_tiles "sub" "srcb" (@x_cb, {0}, {1})',
        (X_TILES, SLOTS),
        'binary_dest_reuse_tiles_init "sub" "srcb" (@x_cb)',
    ),
    "matmul": _matmul(2, 2, 3),
    "matmul of tiles": _matmul(1, 1, 1),
    "matmul of rows, transposed": _matmul(1, 3, 1, 1),
    "slots": Form('copy_dest_values({0}, {1}, "bf16")', (SLOTS, SLOTS), "copy_dest_values_init()"),
}
REDUCE = {
    f"{pool} {dim}": Form(
        f'reduce_tile "{pool}" "{dim}" to @o_cb (@x_cb, @y_cb, {{0}}, {{1}}, {{2}})',
        (X_TILES, 1, SLOTS),
        f'reduce_init "{pool}" "{dim}" (@x_cb, @y_cb, @o_cb)',
    )
    for pool in ("sum", "max")
    for dim in ("row", "col", "scalar")
}
PACK = Form("pack_tile({0}, @o_cb, {1})", (SLOTS, O_TILES), "")


@dataclass(frozen=True)
class Nest:
    """A call in loops of so many trips; operand k is `first[k]`, and `strides[k][i]` more for each trip of loop i."""

    form: Form
    trips: tuple[int, ...]
    first: tuple[int, ...]
    strides: tuple[tuple[int, ...], ...]

    def looped(self) -> str:
        heads = [f"scf.for %v{i} = %c0 to %c{n} step %c1 : i32 {{" for i, n in enumerate(self.trips)]
        lines: list[str] = []
        for k, (first, strides) in enumerate(zip(self.first, self.strides, strict=True)):
            lines.append(f"%x{k}_0 = arith.constant {first} : i32")
            for i, stride in enumerate(strides):
                lines.append(f"%s{k}_{i} = arith.constant {stride} : i32")
                lines.append(f"%m{k}_{i} = arith.muli %v{i}, %s{k}_{i} : i32")
                lines.append(f"%x{k}_{i + 1} = arith.addi %x{k}_{i}, %m{k}_{i} : i32")
        operands = [f"%x{k}_{len(self.trips)}" for k in range(len(self.first))]
        return "\n".join([*heads, *lines, f"ttkernel.{self.form.call.format(*operands)}", *"}" * len(heads)])

    def unrolled(self) -> str:
        lines: list[str] = []
        for trip in itertools.product(*map(range, self.trips)):
            operands = [
                first + sum(n * stride for n, stride in zip(trip, strides, strict=True))
                for first, strides in zip(self.first, self.strides, strict=True)
            ]
            lines.append(f"ttkernel.{self.form.call.format(*(f'%c{value}' for value in operands))}")
        return "\n".join(lines)


def random_nest(rng: random.Random, form: Form) -> Nest:
    trips = tuple(rng.choice((1, 2, 2, 3, 4)) for _ in range(rng.randrange(1, 4)))
    first: list[int] = []
    strides: list[tuple[int, ...]] = []
    for limit in form.limits:
        room = rng.randrange(limit)
        moves = [0] * len(trips)
        for i in rng.sample(range(len(trips)), len(trips)):
            if trips[i] > 1 and rng.random() < 0.8:
                moves[i] = rng.randint(0, min(room // (trips[i] - 1), 4))
                room -= moves[i] * (trips[i] - 1)
        first.append(rng.randint(0, room))
        strides.append(tuple(moves))
    return Nest(form, trips, tuple(first), tuple(strides))


def text(nests: list[Nest], *, looped: bool) -> str:
    """All nests, each after its init."""
    lines: list[str] = []
    for nest in nests:
        lines += [f"ttkernel.{nest.form.init}"] if nest.form.init else []
        lines.append(nest.looped() if looped else nest.unrolled())
    return "\n".join(lines)


def inputs() -> list[Tensor]:
    rng = np.random.default_rng(0)
    return [Tensor(rng.standard_normal((X_TILES * CORES, 1024)).astype(np.float32)) for _ in range(2)]


def pages(math: str, pack: str, tensors: list[Tensor], seed: int | None = None) -> np.ndarray:
    o = output(CORES)
    result = run(block_program(math, pack, grid=(3, 2)), [*tensors, o], seed=seed)
    assert result.warnings == ()
    return o.pages


@pytest.mark.parametrize("seed", range(40))
def test_nests_are_what_their_calls_are(seed):
    rng = random.Random(seed)
    nests = [random_nest(rng, FORMS[rng.choice(list(FORMS))]) for _ in range(rng.randrange(1, 5))]
    packs = [random_nest(rng, PACK) for _ in range(3)]
    add = "ttkernel.pack_reconfig_l1_acc(%c1)\n" if rng.random() < 0.5 else ""
    reset = "\nttkernel.pack_reconfig_l1_acc(%c0)" if add else ""
    fill = "ttkernel.pack_tile_block(%c0, @o_cb, 8)\n"
    given = inputs()
    looped, unrolled = (
        pages(COPIES + "\n" + text(nests, looped=flag), fill + add + text(packs, looped=flag) + reset, given, order)
        for flag, order in ((True, seed), (False, None))
    )
    assert (looped == unrolled).all()


@pytest.mark.parametrize("name", REDUCE)
@pytest.mark.parametrize("seed", range(4))
def test_reductions_are_what_their_calls_are(name, seed):
    """Some slots are written before, but for maxima of rows, which go on from such alone; and some twice."""
    rng = random.Random(seed)
    nests = [random_nest(rng, REDUCE[name]) for _ in range(2)]
    x, _ = inputs()
    given = [x, Tensor(np.ones((X_TILES * CORES, 1024), np.float32))]
    reduced = slots_of(nests)
    before = set(range(rng.randrange(2, 8))) - (reduced if name == "max row" else set())
    copies, rest = copies_to(before), "\n" + copies_to(set(range(SLOTS)) - before - reduced)
    looped, unrolled = (
        pages(f"{copies}\n{text(nests, looped=flag)}\nttkernel.reduce_uninit(){rest}", packed(8), given)
        for flag in (True, False)
    )
    assert (looped == unrolled).all()


def copies_to(slots: set[int]) -> str:
    calls = [f"ttkernel.copy_tile(@x_cb, %c{slot}, %c{slot})" for slot in sorted(slots)]
    return "\n".join(["ttkernel.copy_tile_init(@x_cb)", *calls])


def slots_of(nests: list[Nest]) -> set[int]:
    """The slots that reductions write."""
    return {
        nest.first[2] + sum(n * stride for n, stride in zip(trip, nest.strides[2], strict=True))
        for nest in nests
        for trip in itertools.product(*map(range, nest.trips))
    }


COPIES = copies_to(set(range(SLOTS)))
AT_ONCE = {
    "a product along k": Nest(_matmul(2, 2, 3), (3,), (0, 0, 0), ((1,), (2,), (0,))),
    "sums of rows of tiles": Nest(REDUCE["sum row"], (2, 4), (0, 0, 0), ((4, 1), (0, 0), (1, 0))),
    "tiles of a block in a block": Nest(FORMS["copy"], (2, 2), (1, 0), ((4, 1), (2, 1))),
    "a column for each row": Nest(FORMS["add columns"], (2, 3), (0, 0, 0), ((3, 1), (1, 0), (3, 1))),
    "in DST": Nest(FORMS["reuse"], (2, 2, 2), (0, 0), ((4, 2, 1), (4, 2, 1))),
}


@pytest.mark.parametrize("name", AT_ONCE)
def test_a_nest_is_one_step(name):
    nest = AT_ONCE[name]
    form = f"ttkernel.{nest.form.init}\n" + nest.looped()
    uninit = "\nttkernel.reduce_uninit()" if nest.form in REDUCE.values() else ""
    pack = Nest(PACK, (2, 2), (0, 1), ((2, 1), (4, 1))).looped()
    simulation = prepare(block_program("", "", sections=section(f"{COPIES}\n{form}{uninit}", pack)))
    kernel = simulation.simulation.kernels[0]
    assert kernel.tree is not None
    assert "range" not in kernel.code.co_names
    trips = [call.trips for call in kernel.tree.calls.values() if call.trips > 1]
    assert trips == [np.prod(nest.trips), 4]


@pytest.mark.parametrize(
    "nest",
    [
        Nest(_matmul(1, 1, 1), (4, 2), (0, 0, 0), ((0, 1), (0, 1), (1, 0))),
        Nest(_matmul(1, 1, 1), (2, 2), (0, 0, 0), ((0, 1), (0, 1), (0, 1))),
    ],
    ids=["slots in the outer loop", "slots in the inner loop"],
)
def test_products_to_several_slots_stay_in_a_loop(nest):
    simulation = prepare(block_program(f"ttkernel.{nest.form.init}\n" + nest.looped(), packed(1)))
    assert "range" in simulation.simulation.kernels[0].code.co_names
    given = inputs()
    looped, unrolled = (
        pages(f"{COPIES}\nttkernel.{nest.form.init}\n{body}", packed(8), given)
        for body in (nest.looped(), nest.unrolled())
    )
    assert (looped == unrolled).all()
