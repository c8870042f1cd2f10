"""A call that this file alone knows: its record, with its rules and its meaning, is all that the machine needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest
from xdsl.dialects.builtin import IntegerAttr, i32, i64
from xdsl.irdl import irdl_op_definition, operand_def, prop_def

from tests.support import ttkernel_programs as programs
from tests.support.ttkernel_mistakes import check_compute, here
from tests.support.ttkernel_programs import (
    Buffer,
    integers,
    loop,
    pops,
    program,
    push,
    read_block,
    reserve,
    section,
    startup,
    waits,
    write_block,
    zeros,
)
from ttlang.backends.simulator import run
from ttlang.backends.simulator.compute_records import RECORDS
from ttlang.dialects import ttkernel
from ttlang.dialects.ttkernel.facets import Configuration, Configures, Needs, Unit, UsesDst, facets
from ttlang.driver.universe import make_context
from ttlang.machine.compute.call import Call, TileCall
from ttlang.machine.compute.execution import Execution
from ttlang.machine.compute.rules import Rules
from ttlang.machine.compute.unit_state import Init, Slots, UnitState


@irdl_op_definition
class HalveInitOp(ttkernel.ComputeOp):
    name = "ttkernel.halve_init"
    FACETS: ClassVar = facets(Configures(Configuration.INIT, sets=(Unit.SFPU,)))
    times = prop_def(IntegerAttr.constr(i64))
    assembly_format = "`(` $times `)` attr-dict"


@irdl_op_definition
class HalveTileOp(ttkernel.ComputeOp):
    """Divides DST slot `dst` by two, `times` times."""

    name = "ttkernel.halve_tile"
    FACETS: ClassVar = facets(UsesDst(("dst",), reads=1), Needs(HalveInitOp))
    dst = operand_def(i32)
    times = prop_def(IntegerAttr.constr(i64))
    assembly_format = "`(` $dst `,` $times `)` attr-dict"


@dataclass(frozen=True, eq=False)
class HalveInit(Call):
    times: int

    def _advance(self, rules: Rules, state: UnitState, slots: Sequence[Slots]) -> UnitState:
        return replace(state, sfpu=Init(self.name, (str(self.times),)))


@dataclass(frozen=True, eq=False)
class Halve(TileCall):
    times: int

    @property
    def inputs(self) -> int:
        return 1

    def _advance(self, rules: Rules, state: UnitState, slots: Sequence[Slots]) -> UnitState:
        rules.need_init(state.sfpu, self.name, Init("halve_init", (str(self.times),)), "SFPU")
        rules.need_math(state, self.name, slots, slots[-1])
        return state.writing(slots[-1])

    def run(self, on: Execution) -> None:
        halved = on.read().view(np.float32) / np.float32(2**self.times)
        on.write(halved.view(np.uint32))


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """The call is part of the dialect, and the machine has its record."""

    def context():
        made = make_context()
        made.load_op(HalveInitOp)
        made.load_op(HalveTileOp)
        return made

    monkeypatch.setattr(programs, "make_context", context)
    monkeypatch.setitem(RECORDS, HalveInitOp, HalveInit)
    monkeypatch.setitem(RECORDS, HalveTileOp, Halve)


def halving(math: str, tiles: int) -> ttkernel.ProgramOp:
    """Copies tiles to DST, does `math` and packs them."""
    compute = [
        startup("x_cb", "x_cb", "o_cb"),
        "ttkernel.copy_tile_init(@x_cb)",
        waits("x_cb", pages=tiles),
        reserve("o_cb", tiles),
        section(
            f"{loop(tiles, 'ttkernel.copy_tile(@x_cb, %i, %i)')}\n{math}",
            loop(tiles, "ttkernel.pack_tile(%i, @o_cb)"),
        ),
        pops("x_cb", pages=tiles),
        push("o_cb", tiles),
    ]
    return program(
        buffers=[Buffer("x_cb", tiles), Buffer("o_cb", tiles)],
        tensors=[("x", tiles), ("o", tiles)],
        compute="\n".join(compute),
        read=read_block("x_cb", "x", tiles),
        write=write_block("o_cb", "o", tiles),
    )


def test_it_runs_in_a_loop_as_one_call():
    math = "ttkernel.halve_init(2)\n" + loop(4, "ttkernel.halve_tile(%i, 2)", "%i")
    x, o = integers(4), zeros(4)
    result = run(halving(math, 4), [x, o])
    np.testing.assert_array_equal(o.values, x.values / 4)
    assert result.counts["compute"]["halve_tile"] == 4


def test_trips_that_build_on_each_other_run_one_after_the_other():
    math = "ttkernel.halve_init(1)\n" + loop(3, "ttkernel.halve_tile(%c1, 1)", "%i")
    x, o = integers(2), zeros(2)
    run(halving(math, 2), [x, o])
    np.testing.assert_array_equal(o.values, x.values / [[1], [8]])


def test_its_rules_are_checked():
    before = "ttkernel.copy_tile_init(@x_cb)\nttkernel.tile_regs_acquire()\nttkernel.copy_tile(@x_cb, %c0, %c0)\n"
    opened = startup("x_cb", "y_cb", "o_cb") + "\n" + waits("x_cb", pages=2) + "\n" + before
    message = "halve_tile needs halve_init for 2, but the last init of SFPU is halve_init for 1"
    check_compute("TTL0804", message, opened + "ttkernel.halve_init(1)\n" + here("halve_tile(%c0, 2)"))
    message = "halve_tile reads DST slot 1, which this section has not written"
    check_compute("TTL0806", message, opened + "ttkernel.halve_init(2)\n" + here("halve_tile(%c1, 2)"))
