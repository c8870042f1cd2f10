"""
Calls on the compute processors as statements of the generated function: each is a step of the trace. A nest of loops
around one call is a step too: what a trip moves in it are only tiles and DST slots.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence

from xdsl.ir import Operation, SSAValue

from ttlang.analysis.intervals import wrapped
from ttlang.backends.simulator import pyast
from ttlang.backends.simulator.affine_loops import Loop, stride
from ttlang.backends.simulator.compute_records import compute_record
from ttlang.backends.simulator.ranges import Ranges
from ttlang.backends.simulator.writer import Writer
from ttlang.dialects import ttkernel
from ttlang.dialects.ttkernel.facets import Packs, Unpacks, UsesDst
from ttlang.machine.compute.call import Call, TileCall
from ttlang.machine.compute.calls.layouts import LayoutChange, UntilizeDest
from ttlang.machine.compute.trace import CallNest, SlotRange
from ttlang.machine.program_info import BufferInfo
from ttlang.machine.tile_offsets import Offsets, Steps, flattened

MOST_TRIPS = 4096
"""Trips that a step may stand for."""


_Key = list[ast.expr]
"""The numbers of a step that only the run knows."""


def emit_compute_call(writer: Writer, op: Operation, loops: Sequence[Loop] = ()) -> bool:
    """
    Writes a call, or all those of the nest of loops that holds nothing else, outermost first, whose variables stand at
    their start. Returns False for an operation that is no call on the compute processors.
    """
    call = compute_record(op, writer.program.buffer_named)
    if call is None:
        return False
    writer.count(op, *(loop.trips or 0 for loop in loops))
    number = writer.number(op)
    match call:
        case LayoutChange():
            nest, key = _layout(writer, op, call, number)
        case UntilizeDest():
            nest, key = _untilized(writer, op, call, number)
        case TileCall():
            nest, key = _tile_call(writer, op, call, number, loops)
        case _:
            nest, key = _configuration(writer, op, call, number)
    assert writer.tree
    writer.tree.calls[number] = nest
    step = pyast.sequence([pyast.number(number), *key]) if key else pyast.number(number)
    writer.emit(pyast.assign(["state"], [pyast.item(pyast.name("state"), step)]), op)
    return True


def can_run_at_once(writer: Writer, op: Operation, loops: Sequence[Loop]) -> bool:
    """Whether the calls of a nest of loops that holds one call on tiles can be written as one."""
    call = compute_record(op, writer.program.buffer_named)
    if not isinstance(call, TileCall) or isinstance(call, LayoutChange | UntilizeDest):
        return False
    if math.prod(MOST_TRIPS + 1 if loop.trips is None else loop.trips for loop in loops) > MOST_TRIPS:
        return False
    values, places = _slots(op), _tiles(op)
    slots = [stride(value, loop.variable, writer.ranges) for value in values for loop in loops]
    tiles = [stride(value, loop.variable, writer.ranges) for value in places for loop in loops]
    if None in slots or any(step is None or step < 0 for step in tiles):
        return False
    return call.can_repeat(_steps(values, loops, writer.ranges), _steps(places, loops, writer.ranges))


def _configuration(writer: Writer, op: Operation, call: Call, number: int) -> tuple[CallNest, _Key]:
    """A call that sets the unit, or hands DST over."""
    # The flag of `pack_reconfig_l1_acc` is a number as slots are.
    values = list(op.operands)
    slots = tuple(SlotRange(writer.ranges.constant(value), flattened([])) for value in values)
    key = [writer.value(value) for value, slot in zip(values, slots, strict=True) if slot.first is None]
    return CallNest(call, number, writer.sites[number], slots=slots), key


def _layout(writer: Writer, op: Operation, call: LayoutChange, number: int) -> tuple[CallNest, _Key]:
    """A change of layout. What moves in it are the first page of each end, and the column of an untilize."""
    source, target = call.buffers
    taken, made = flattened([(call.taken, 1)]), flattened([(call.made, 1)])
    front = _front(writer, source, pyast.number(0), taken, number)
    back = _placed(writer, target, pyast.number(0), made, number)
    key = [front, back, *(writer.value(value) for value in op.operands)]
    return CallNest(call, number, writer.sites[number], tiles=(taken, made)), key


def _untilized(writer: Writer, op: Operation, call: UntilizeDest, number: int) -> tuple[CallNest, _Key]:
    """Rows from what DST holds. What moves are its slots, the first page, and the column."""
    assert isinstance(op, ttkernel.PackUntilizeDestOp)
    ([taken], [made]) = ([flattened(each) for each in steps] for steps in call.spread((), (), 1))
    first = writer.ranges.constant(op.dst)
    key = [writer.value(op.dst)] if first is None else []
    key += [_placed(writer, call.buffers[0], pyast.number(0), made, number), writer.value(op.column)]
    return CallNest(call, number, writer.sites[number], slots=(SlotRange(first, taken),), tiles=(made,)), key


def _tile_call(
    writer: Writer, op: Operation, call: TileCall, number: int, loops: Sequence[Loop]
) -> tuple[CallNest, _Key]:
    ranges = writer.ranges.at({loop.variable: _start(writer, loop) for loop in loops}) if loops else writer.ranges
    values, places = _slots(op), _tiles(op)
    trips = math.prod(loop.trips or 0 for loop in loops)
    slot_steps, tile_steps = call.spread(
        _steps(values, loops, writer.ranges), _steps(places, loops, writer.ranges), trips
    )
    firsts = [ranges.constant(value) for value in values]
    slots = tuple(SlotRange(first, flattened(steps)) for first, steps in zip(firsts, slot_steps, strict=True))
    key = [writer.value(value) for value, first in zip(values, firsts, strict=True) if first is None]
    tiles = tuple(flattened(steps) for steps in tile_steps)
    if call.PACKS:
        key.append(_packed(writer, call.buffers[0], places, tiles[0], ranges, number))
    else:
        for buffer, tile, touched in zip(call.buffers, places, tiles, strict=False):
            key.append(_front(writer, buffer, writer.start_of(tile, ranges), touched, number))
    return CallNest(call, number, writer.sites[number], trips, slots, tiles), key


def _steps(values: Sequence[SSAValue], loops: Sequence[Loop], ranges: Ranges) -> list[Steps]:
    """How the loops move each of these operands of a call."""
    return [
        [(loop.trips or 0, wrapped((stride(value, loop.variable, ranges) or 0) * loop.step)) for loop in loops]
        for value in values
    ]


def _start(writer: Writer, loop: Loop) -> int:
    start = writer.ranges.constant(loop.op.lb)
    assert start is not None
    return start


def _packed(
    writer: Writer,
    buffer: BufferInfo,
    places: Sequence[SSAValue],
    touched: Offsets,
    ranges: Ranges,
    number: int,
) -> ast.expr:
    """The page that a pack starts with: one that it names, or the next."""
    if places:
        return _placed(writer, buffer, writer.start_of(places[0], ranges), touched, number)
    pages, accumulates = pyast.number(len(touched.values)), pyast.attribute("state", "accumulates")
    return pyast.method(writer.buffer(buffer), "pack", pages, pyast.number(number), accumulates)


def _placed(writer: Writer, buffer: BufferInfo, first: ast.expr, touched: Offsets, number: int) -> ast.expr:
    held, accumulates = writer.buffer(buffer), pyast.attribute("state", "accumulates")
    return pyast.method(held, "pack_at", first, writer.constant("offsets", touched), pyast.number(number), accumulates)


def _front(writer: Writer, buffer: BufferInfo, first: ast.expr, touched: Offsets, number: int) -> ast.expr:
    """The page of the first tile that a call reads of a buffer."""
    if touched.has_gaps:
        place = writer.constant("offsets", touched)
        return pyast.method(writer.buffer(buffer), "front_among", first, place, pyast.number(number))
    return pyast.method(writer.buffer(buffer), "front", first, pyast.number(touched.span), pyast.number(number))


def _slots(op: Operation) -> tuple[SSAValue, ...]:
    """The DST operands of a call."""
    return found.slots(op) if (found := UsesDst.of(op)) else ()


def _tiles(op: Operation) -> list[SSAValue]:
    """The operands of a call that are tiles of its buffers."""
    reads, packs = Unpacks.of(op), Packs.of(op)
    touched = [*(reads.tiles if reads else ()), *([packs.tiles] if packs else [])]
    return [start for tiles in touched if (start := tiles.start(op)) is not None]
