"""
Loops of one call run as one step, and cores together: random sections give what the tile arithmetic gives call by call.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
import pytest

from tests.support.ttkernel_programs import (
    Buffer,
    Tensor,
    integers,
    loop,
    pops,
    program,
    push,
    read_block,
    reserve,
    startup,
    waits,
    write_block,
    zeros,
)
from ttlang.backends.simulator import prepare, run
from ttlang.machine.numerics import make_numerics
from ttlang.tables.chips import WORMHOLE_B0
from ttlang.tables.dtypes import BF16
from ttlang.tables.functions import BY_NAME

SLOTS = 8
TILES = 8

CALLS = {
    "copy_tile(@x_cb, {0}, {1})": "copy_tile_init(@x_cb)",
    "add_tiles(@x_cb, @y_cb, {0}, {1}, {2})": "add_tiles_init(@x_cb, @y_cb)",
    "sub_tiles(@x_cb, @x_cb, {0}, {1}, {2})": "sub_tiles_init(@x_cb, @x_cb)",
    "mul_tiles(@y_cb, @x_cb, {0}, {1}, {2})": "mul_tiles_init(@y_cb, @x_cb)",
    "abs_tile({0})": "abs_tile_init()",
    "exp_tile({0})": "exp_tile_init()",
    "fill_tile({0}) [0.75]": "fill_tile_init()",
    "add_binary_tile({0}, {1}, {2})": "add_binary_tile_init()",
    'copy_dest_values({0}, {1}, "bf16")': "copy_dest_values_init()",
}
"""Calls with their inits."""
FPU = {"add": "xy", "sub": "xx", "mul": "yx"}
"""The operands of the FPU's calls above."""


@dataclass(frozen=True)
class Step:
    """`trips` calls; operand k of trip i is `first[k] + i * stride[k]`."""

    call: str
    trips: int
    first: tuple[int, ...]
    stride: tuple[int, ...]

    @property
    def name(self) -> str:
        return self.call.partition("(")[0]

    def operands(self, trip: int) -> list[int]:
        return [first + trip * stride for first, stride in zip(self.first, self.stride, strict=True)]

    def looped(self) -> str:
        lines: list[str] = []
        for k, (first, stride) in enumerate(zip(self.first, self.stride, strict=True)):
            lines.append(f"%m{k} = arith.constant {stride} : i32\n%a{k} = arith.constant {first} : i32")
            lines.append(f"%b{k} = arith.muli %i, %m{k} : i32\n%v{k} = arith.addi %b{k}, %a{k} : i32")
        operands = [f"%v{k}" for k in range(len(self.first))]
        return loop(self.trips, "\n".join([*lines, f"ttkernel.{self.call.format(*operands)}"]))

    def unrolled(self) -> str:
        trips = range(self.trips)
        return "\n".join(f"ttkernel.{self.call.format(*(f'%c{v}' for v in self.operands(trip)))}" for trip in trips)


@dataclass(frozen=True)
class Section:
    steps: tuple[Step, ...]
    pack: Step | None
    """None: a block of half of the tiles, from slot 2 on."""

    def text(self, *, looped: bool) -> str:
        lines = ["ttkernel.tile_regs_acquire()"]
        for step in self.steps:
            lines += [f"ttkernel.{CALLS[step.call]}", step.looped() if looped else step.unrolled()]
        lines.append("ttkernel.tile_regs_commit()\nttkernel.tile_regs_wait()")
        if self.pack is None:
            lines.append(f"ttkernel.pack_tile_block(%c2, @o_cb, {TILES // 2})")
        else:
            lines.append(self.pack.looped() if looped else self.pack.unrolled())
        return "\n".join([*lines, "ttkernel.tile_regs_release()"])

    def expected(self, x: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
        """The bytes of the tiles that it packs, from those of 8 tiles of x and of y."""
        numerics = make_numerics("chip", WORMHOLE_B0)
        tiles = {"x": numerics.unpack_tiles(x, BF16), "y": numerics.unpack_tiles(y, BF16)}
        dst: dict[int, np.ndarray] = {}
        for step in self.steps:
            for trip in range(step.trips):
                *_, out = operands = step.operands(trip)
                kind = step.name.partition("_")[0]
                if step.name == "copy_tile":
                    dst[out] = numerics.copy_tile(tiles["x"][operands[0]], BF16, False)
                elif step.name == "copy_dest_values":
                    dst[out] = dst[operands[0]]
                elif step.name == "fill_tile":
                    dst[out] = numerics.fill((1024,), 0.75, False)
                elif step.name == "add_binary_tile":
                    dst[out] = numerics.sfpu(BY_NAME["add"], [dst[operands[0]], dst[operands[1]]], (), False)
                elif kind in FPU:
                    a, b = (tiles[name][tile] for name, tile in zip(FPU[kind], operands, strict=False))
                    before = dst.get(out) if kind == "mul" else None
                    dst[out] = numerics.binary_fpu(kind, a, b, BF16, BF16, False, before)
                else:
                    dst[out] = numerics.sfpu(BY_NAME[kind], [dst[out]], (), False)
        pack = self.pack or Step("", TILES // 2, (2,), (1,))
        return [numerics.pack(dst[pack.operands(trip)[0]], BF16, False) for trip in range(pack.trips)]


def random_step(rng: random.Random, call: str) -> Step:
    trips = rng.randrange(1, 6)
    first: list[int] = []
    stride: list[int] = []
    for _ in range(call.count("{")):
        step = rng.choice((0, 1, 1, 1, 2, -1))
        low, high = -min(0, step * (trips - 1)), SLOTS - 1 - max(0, step * (trips - 1))
        if low > high:
            step, low, high = 1, 0, SLOTS - trips
        first.append(rng.randrange(low, high + 1))
        stride.append(step)
    return Step(call, trips, tuple(first), tuple(stride))


def random_section(rng: random.Random) -> Section:
    """First writes all slots, one way or another; then anything."""
    copies = Step("copy_tile(@x_cb, {0}, {1})", SLOTS, (0, 0), (1, 1))
    products = Step("mul_tiles(@y_cb, @x_cb, {0}, {1}, {2})", SLOTS, (0, 0, 7), (1, 1, -1))
    some = Step("copy_tile(@x_cb, {0}, {1})", SLOTS // 2, (0, 1), (1, 2))
    steps = [
        *rng.choice([(copies,), (products,), (some, products)]),
        *(random_step(rng, rng.choice(list(CALLS))) for _ in range(rng.randrange(1, 9))),
    ]
    pack = Step("pack_tile({0}, @o_cb)", TILES // 2, (1,), (2,)) if rng.random() < 0.5 else None
    return Section(tuple(steps), pack)


def random_sections(seed: int) -> list[Section]:
    """Two, each of which packs half of the output."""
    rng = random.Random(seed)
    return [random_section(rng), random_section(rng)]


def inputs(cores: int) -> tuple[Tensor, Tensor]:
    return integers(TILES * cores, 1, -3, 3), integers(TILES * cores, 2, -3, 3)


def outputs(sections: list[Section], *, looped: bool, grid=(1, 1), seed=None) -> np.ndarray:
    """The bytes of the output: 8 tiles for each core."""
    cores = grid[0] * grid[1]
    first = f"%first = arith.muli %core, %c{TILES} : i32\n"
    op = program(
        buffers=[Buffer("x_cb", TILES), Buffer("y_cb", TILES), Buffer("o_cb", TILES)],
        tensors=[("x", TILES * cores), ("y", TILES * cores), ("o", TILES * cores)],
        grid=grid,
        core_args={"core": range(cores)},
        compute="\n".join(
            [
                startup("x_cb", "y_cb", "o_cb"),
                waits("x_cb", "y_cb", pages=TILES),
                reserve("o_cb", TILES),
                *(section.text(looped=looped) for section in sections),
                push("o_cb", TILES),
                pops("x_cb", "y_cb", pages=TILES),
            ]
        ),
        read=first + read_block("x_cb", "x", TILES, "%first") + read_block("y_cb", "y", TILES, "%first"),
        write=first + write_block("o_cb", "o", TILES, "%first"),
    )
    o = zeros(TILES * cores)
    run(op, [*inputs(cores), o], seed=seed)
    return o.pages


def expected(sections: list[Section], cores: int = 1) -> np.ndarray:
    x, y = (tensor.pages.reshape(cores, TILES, -1) for tensor in inputs(cores))
    return np.array([page for core in range(cores) for s in sections for page in s.expected(x[core], y[core])])


@pytest.mark.parametrize("looped", [True, False], ids=["looped", "unrolled"])
@pytest.mark.parametrize("seed", range(40))
def test_sections_are_what_their_calls_are(seed, looped):
    sections = random_sections(seed)
    assert (outputs(sections, looped=looped) == expected(sections)).all()


@pytest.mark.parametrize("seed", range(4))
def test_cores_together_are_what_they_are_alone(seed):
    """5x3 cores, in several orders."""
    sections = random_sections(100 + seed)
    wanted = expected(sections, 15)
    assert (outputs(sections, looped=True, grid=(5, 3)) == wanted).all()
    assert (outputs(sections, looped=True, grid=(5, 3), seed=seed) == wanted).all()


def test_loops_of_calls_are_recorded_as_one():
    steps = [
        "ttkernel.copy_tile_init(@x_cb)\nttkernel.tile_regs_acquire()",
        Step("copy_tile(@x_cb, {0}, {1})", 8, (0, 7), (1, -1)).looped(),
        "ttkernel.copy_dest_values_init()",
        Step('copy_dest_values({0}, {1}, "bf16")', 3, (0, 1), (2, 2)).looped(),
        "ttkernel.tile_regs_commit()\nttkernel.tile_regs_wait()",
        Step("pack_tile({0}, @o_cb)", 8, (7,), (-1,)).looped(),
        "ttkernel.tile_regs_release()",
    ]
    body = "\n".join([startup("x_cb", "x_cb", "o_cb"), waits("x_cb", pages=8), reserve("o_cb", 8), *steps])
    (kernel,) = prepare(program(buffers=[Buffer("x_cb", 8), Buffer("o_cb", 8)], compute=body)).simulation.kernels
    assert kernel.tree is not None
    assert sorted(call.trips for call in kernel.tree.calls.values() if call.slots) == [3, 8, 8]
    assert "range" not in kernel.code.co_names
