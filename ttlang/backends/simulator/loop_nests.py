"""Nests of loops around one call, or around transfers alone: all trips are issued as one."""

from __future__ import annotations

from xdsl.dialects import scf
from xdsl.ir import Operation

from ttlang.backends.simulator import pyast
from ttlang.backends.simulator.affine_loops import Loop, Nest, is_plain, loop_of
from ttlang.backends.simulator.compute_calls import can_run_at_once, emit_compute_call
from ttlang.backends.simulator.port_calls import emit_transfers
from ttlang.backends.simulator.straight_line import write_straight
from ttlang.backends.simulator.writer import Writer
from ttlang.dialects import ttkernel


def write_transfer_nest(writer: Writer, op: scf.ForOp, nest: Nest, around: tuple[tuple[Loop, str | None], ...]) -> None:
    """The transfers of a loop nest, each as one for all trips: the loops' variables stand at their start."""
    loop = next(loop for loop in nest.loops if loop.op is op)
    start = writer.ranges.constant(op.lb)
    trips = None
    if start is not None and loop.trips is not None:
        writer.bind(loop.variable, start)
    else:
        first = writer.store(loop.variable, writer.value(op.lb), op)
        every = pyast.call(pyast.name("range"), pyast.name(first), writer.value(op.ub), pyast.number(loop.step))
        trips = writer.name("trips")
        writer.emit(pyast.assign([trips], [pyast.call(pyast.name("len"), every)]), op)
    loops = (*around, (loop, trips))
    for inner in op.body.block.ops:
        match inner:
            case scf.ForOp():
                write_transfer_nest(writer, inner, nest, loops)
            case ttkernel.NocAsyncReadPageOp() | ttkernel.NocAsyncWritePageOp():
                emit_transfers(writer, inner, loops)
            case _:
                write_straight(writer, inner)


def tile_nest(writer: Writer, op: scf.ForOp) -> tuple[tuple[Loop, ...], Operation] | None:
    """The loops and their call, if they hold one call on tiles and the arithmetic for it."""
    loops: list[Loop] = []
    inner: Operation = op
    while isinstance(inner, scf.ForOp):
        loop = loop_of(inner, writer.ranges)
        rest = [held for held in inner.body.block.ops if not is_plain(held, writer.ranges)]
        if loop is None or len(rest) != 2:
            return None
        loops.append(loop)
        inner = rest[0]
    return (tuple(loops), inner) if can_run_at_once(writer, inner, loops) else None


def write_tile_nest(writer: Writer, op: scf.ForOp, loops: tuple[Loop, ...], call: Operation) -> None:
    """Writes the call of such a nest once, for all trips."""
    if not all(loop.trips for loop in loops):
        return
    for loop in loops:
        start = writer.ranges.constant(loop.op.lb)
        assert start is not None
        writer.bind(loop.variable, start)
    _write_inside(writer, op, loops, call)


def _write_inside(writer: Writer, op: scf.ForOp, loops: tuple[Loop, ...], call: Operation) -> None:
    for inner in op.body.block.ops:
        if inner is call:
            emit_compute_call(writer, inner, loops)
        elif isinstance(inner, scf.ForOp):
            _write_inside(writer, inner, loops, call)
        else:
            write_straight(writer, inner)
