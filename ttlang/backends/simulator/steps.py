"""
Calls on the compute unit as statements of the generated function: each is a step of the trace. A nest of loops around
one call is a step too: what a trip moves in it are only tiles and DST slots.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence

from xdsl.dialects.builtin import SymbolRefAttr
from xdsl.ir import Operation, SSAValue

from ttlang.analysis.intervals import wrapped
from ttlang.backends.simulator import pyast
from ttlang.backends.simulator.affine import Loop, stride
from ttlang.backends.simulator.call_kinds import TILE_OPS
from ttlang.backends.simulator.ranges import Ranges
from ttlang.backends.simulator.read_program import buffer_of
from ttlang.backends.simulator.trace import Call, Slot
from ttlang.backends.simulator.writer import Writer
from ttlang.dialects import ttkernel
from ttlang.dialects.ttkernel import layouts
from ttlang.machine.loaded import BufferInfo
from ttlang.machine.offsets import Offsets, flattened

MOST_TRIPS = 4096
"""Trips that a step may stand for."""

Steps = list[tuple[int, int]]
"""For each loop, outermost first: its trips, and how far a trip moves an operand."""


def emit_configuration(writer: Writer, op: Operation) -> None:
    """Writes a call that sets the unit, or hands DST over."""
    assert writer.tree
    writer.count(op)
    number = writer.number(op)
    values = [op.enable] if isinstance(op, ttkernel.PackReconfigL1AccOp) else []
    slots = tuple(Slot(writer.ranges.constant(value), flattened([])) for value in values)
    key = [writer.value(value) for value, slot in zip(values, slots, strict=True) if slot.first is None]
    writer.tree.calls[number] = Call(op, number, slots=slots, buffers=_buffers(writer, op))
    _emit_step(writer, op, number, key)


def emit_tile_call(writer: Writer, op: Operation, loops: Sequence[Loop]) -> None:
    """
    Writes a call on tiles, or all those of the nest of loops that holds nothing else, outermost first, whose variables
    stand at their start.
    """
    assert writer.tree
    if isinstance(op, ttkernel.TilizeBlockOp | ttkernel.PackUntilizeBlockOp):
        _emit_layout(writer, op)
        return
    writer.count(op, *(loop.trips or 0 for loop in loops))
    number = writer.number(op)
    ranges = writer.ranges.at({loop.variable: _start(writer, loop) for loop in loops}) if loops else writer.ranges
    values = _slots(op)
    slot_steps, tile_steps = _steps(op, loops, writer.ranges)
    firsts = [ranges.constant(value) for value in values]
    slots = tuple(Slot(first, flattened(steps)) for first, steps in zip(firsts, slot_steps, strict=True))
    key = [writer.value(value) for value, first in zip(values, firsts, strict=True) if first is None]
    buffers = _buffers(writer, op)
    tiles = tuple(flattened(steps) for steps in tile_steps)
    if isinstance(op, ttkernel.PackTileOp | ttkernel.PackTileBlockOp):
        key.append(_packed(writer, op, buffers[0], tiles[0], ranges, number))
    else:
        for buffer, tile, touched in zip(buffers, _tiles(op), tiles, strict=False):
            key.append(_front(writer, buffer, writer.start_of(tile, ranges), touched, number))
    trips = math.prod(loop.trips or 0 for loop in loops)
    writer.tree.calls[number] = Call(op, number, trips, slots, buffers, tiles, _parameters(op))
    _emit_step(writer, op, number, key)


def can_run_at_once(op: Operation, loops: Sequence[Loop], ranges: Ranges) -> bool:
    """Whether the calls of a nest of loops that holds one call on tiles can be written as one."""
    if not isinstance(op, TILE_OPS) or isinstance(op, (ttkernel.PackTileBlockOp, *layouts.BLOCKS)):
        return False
    if math.prod(MOST_TRIPS + 1 if loop.trips is None else loop.trips for loop in loops) > MOST_TRIPS:
        return False
    slots = [stride(value, loop.variable, ranges) for value in _slots(op) for loop in loops]
    tiles = [stride(value, loop.variable, ranges) for value in _tiles(op) for loop in loops]
    if None in slots or any(step is None or step < 0 for step in tiles):
        return False
    if isinstance(op, ttkernel.MatmulBlockOp):
        return not any(slots)
    if isinstance(op, ttkernel.ReduceTileOp):
        # The tiles of each result come in their order, but all of one result before the next.
        apart = not flattened(_steps(op, loops, ranges)[0][0]).repeats
        return apart and not any(stride(op.tile1, loop.variable, ranges) for loop in _split(op, loops, ranges)[1])
    return True


def _emit_layout(writer: Writer, op: ttkernel.TilizeBlockOp | ttkernel.PackUntilizeBlockOp) -> None:
    """Writes a change of layout. What moves in it are the first page of each end, and the column of an untilize."""
    assert writer.tree
    writer.count(op)
    number = writer.number(op)
    buffers, width = _buffers(writer, op), op.width.value.data
    taken = flattened([(width if isinstance(op, ttkernel.TilizeBlockOp) else op.part.value.data, 1)])
    made = flattened([(width, 1)])
    key = [_front(writer, buffers[0], pyast.number(0), taken, number)]
    place = writer.constant("offsets", made)
    held, accumulates = writer.buffer(buffers[1]), pyast.attribute("state", "accumulates")
    key.append(pyast.method(held, "pack_at", pyast.number(0), place, pyast.number(number), accumulates))
    if isinstance(op, ttkernel.PackUntilizeBlockOp):
        key.append(writer.value(op.column))
    assert writer.tree
    writer.tree.calls[number] = Call(op, number, 1, (), buffers, (taken, made))
    _emit_step(writer, op, number, key)


def _steps(op: Operation, loops: Sequence[Loop], ranges: Ranges) -> tuple[list[Steps], list[Steps]]:
    """How the loops, and the call itself, move each DST slot and each tile that the call has as operands."""

    def of(value: SSAValue, loops: Sequence[Loop] = loops) -> Steps:
        strides = [(loop, stride(value, loop.variable, ranges) or 0) for loop in loops]
        return [(loop.trips or 0, wrapped(step * loop.step)) for loop, step in strides]

    match op:
        case ttkernel.PackTileBlockOp():
            block = [(op.tiles.value.data, 1)]
            return [block], [block]
        case ttkernel.PackTileOp(tile=None):
            return [of(op.dst)], [[(math.prod(loop.trips or 0 for loop in loops), 1)]]
        case ttkernel.MatmulBlockOp():
            # As the arithmetic has it: tiles (rows, k) and (k, columns) to slots (rows, columns).
            rows, columns, width = (size.value.data for size in (op.rt, op.ct, op.kt))
            return [[(rows * columns, 1)]], [[(rows, width), *of(op.tile0)], [*of(op.tile1), (columns, 1)]]
        case ttkernel.ReduceTileOp():
            # Tiles (results, tiles of each).
            outer, inner = _split(op, loops, ranges)
            return [of(op.dst, outer)], [of(op.tile0, (*outer, *inner)), of(op.tile1, outer)]
        case _:
            return [of(value) for value in _slots(op)], [of(value) for value in _tiles(op)]


def _split(op: ttkernel.ReduceTileOp, loops: Sequence[Loop], ranges: Ranges) -> tuple[list[Loop], list[Loop]]:
    """The loops over results, and those over the tiles that go into one."""
    moves = [bool(stride(op.dst, loop.variable, ranges)) for loop in loops]
    outer = [loop for loop, moved in zip(loops, moves, strict=True) if moved]
    return outer, [loop for loop, moved in zip(loops, moves, strict=True) if not moved]


def _start(writer: Writer, loop: Loop) -> int:
    start = writer.ranges.constant(loop.op.lb)
    assert start is not None
    return start


def _packed(
    writer: Writer,
    op: ttkernel.PackTileOp | ttkernel.PackTileBlockOp,
    buffer: BufferInfo,
    touched: Offsets,
    ranges: Ranges,
    number: int,
) -> ast.expr:
    """The page that a pack starts with."""
    held, accumulates = writer.buffer(buffer), pyast.attribute("state", "accumulates")
    if isinstance(op, ttkernel.PackTileOp) and op.tile is not None:
        place = writer.constant("offsets", touched)
        return pyast.method(held, "pack_at", writer.start_of(op.tile, ranges), place, pyast.number(number), accumulates)
    pages = pyast.number(len(touched.values))
    return pyast.method(held, "pack", pages, pyast.number(number), accumulates)


def _front(writer: Writer, buffer: BufferInfo, first: ast.expr, touched: Offsets, number: int) -> ast.expr:
    """The page of the first tile that a call reads of a buffer."""
    if touched.has_gaps:
        place = writer.constant("offsets", touched)
        return pyast.method(writer.buffer(buffer), "front_among", first, place, pyast.number(number))
    return pyast.method(writer.buffer(buffer), "front", first, pyast.number(touched.span), pyast.number(number))


def _emit_step(writer: Writer, op: Operation, number: int, run_time: list[ast.expr]) -> None:
    key = pyast.sequence([pyast.number(number), *run_time]) if run_time else pyast.number(number)
    writer.emit(pyast.assign(["state"], [pyast.item(pyast.name("state"), key)]), op)


def _buffers(writer: Writer, op: Operation) -> tuple[BufferInfo, ...]:
    """The buffers that a call on the compute unit names: those that it reads in the order of its tiles."""
    fields = ("cb", "in0", "in1", "out")
    refs = [op.properties[field] for field in fields if field in op.properties]
    return tuple(buffer_of(writer.program, ref) for ref in refs if isinstance(ref, SymbolRefAttr))


def _slots(op: Operation) -> list[SSAValue]:
    """The DST operands of a call."""
    match op:
        case ttkernel.CopyDestValuesOp():
            return [op.source, op.destination]
        case ttkernel.SFPUTileOp():
            return list(op.slots)
        case (
            ttkernel.CopyTileOp()
            | ttkernel.TransposeTileOp()
            | ttkernel.FPUBinaryOp()
            | ttkernel.BinaryDestReuseTilesOp()
            | ttkernel.MatmulBlockOp()
            | ttkernel.ReduceTileOp()
            | ttkernel.TypecastTileOp()
            | ttkernel.PackTileOp()
            | ttkernel.PackTileBlockOp()
        ):
            return [op.dst]
        case _:
            return []


def _tiles(op: Operation) -> list[SSAValue]:
    """The operands of a call that are tiles of its buffers."""
    match op:
        case ttkernel.CopyTileOp() | ttkernel.TransposeTileOp() | ttkernel.BinaryDestReuseTilesOp():
            return [op.tile]
        case ttkernel.PackTileOp():
            return [op.tile] if op.tile is not None else []
        case ttkernel.FPUBinaryOp() | ttkernel.MatmulBlockOp() | ttkernel.ReduceTileOp():
            return [op.tile0, op.tile1]
        case _:
            return []


def _parameters(op: Operation) -> tuple[float, ...]:
    """Those parameters of a function that a user gives; the call has derived ones too."""
    if not isinstance(op, ttkernel.SFPUTileOp):
        return ()
    pairs = zip(op.ROW.parameters, op.parameter_values, strict=True)
    return tuple(value for parameter, value in pairs if parameter.derive is None)
