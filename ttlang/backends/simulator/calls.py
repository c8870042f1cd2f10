"""The calls of the kernel API as statements of the generated function."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from xdsl.dialects import arith
from xdsl.dialects.builtin import SymbolRefAttr
from xdsl.ir import Operation, SSAValue

from ttlang.analysis.locations import span_of
from ttlang.backends.simulator import pyast
from ttlang.backends.simulator.affine import Loop, stride
from ttlang.backends.simulator.faults import Wait
from ttlang.backends.simulator.pages import pattern
from ttlang.backends.simulator.program import CONFIGURATION_OPS, TILE_OPS, BufferInfo, tensor_of
from ttlang.backends.simulator.ranges import Ranges
from ttlang.backends.simulator.trace import Call, Slot
from ttlang.backends.simulator.writer import Writer
from ttlang.diagnostics import error
from ttlang.dialects import ttkernel

PageOp = ttkernel.NocAsyncReadPageOp | ttkernel.NocAsyncWritePageOp


_PACKING = (ttkernel.PackTileOp, ttkernel.PackTileBlockOp)


def emit_call(writer: Writer, op: ttkernel.CallOp) -> None:
    """Writes a call, outside of the loops that `emit_transfer` and `emit_tile_call` take over."""
    match op:
        case ttkernel.TensorAccessorArgsOp():
            pass
        case ttkernel.GetArgValOp():
            index = op.index.value.data
            held = pyast.item(pyast.attribute("thread", "arguments"), pyast.number(index))
            writer.bind(op.result, writer.load(("argument", index), op.result.name_hint, held))
        case ttkernel.GetCommonArgValOp():
            writer.bind(op.result, writer.kernel.tensors[op.index.value.data].address)
        case ttkernel.MyLogicalXOp() | ttkernel.MyLogicalYOp():
            field = "x" if isinstance(op, ttkernel.MyLogicalXOp) else "y"
            writer.bind(op.result, writer.load(field, op.result.name_hint, pyast.attribute("thread", field)))
        case ttkernel.GetTileSizeOp():
            writer.bind(op.result, writer.program.buffer(op.cb).page_bytes)
        case ttkernel.GetWritePtrOp() | ttkernel.GetReadPtrOp():
            _emit_pointer(writer, op)
        case ttkernel.TensorAccessorOp():
            _emit_accessor(writer, op)
        case ttkernel.CBReserveBackOp() | ttkernel.CBWaitFrontOp():
            _emit_acquire(writer, op)
        case ttkernel.CBPushBackOp() | ttkernel.CBPopFrontOp():
            _emit_release(writer, op)
        case ttkernel.NocAsyncReadPageOp() | ttkernel.NocAsyncWritePageOp():
            emit_transfer(writer, op, ())
        case ttkernel.NocAsyncReadBarrierOp():
            writer.emit_call(pyast.method("port", "read_barrier"), op)
        case ttkernel.NocAsyncWriteBarrierOp():
            writer.emit_call(pyast.method("port", "write_barrier"), op)
        case _ if isinstance(op, TILE_OPS):
            emit_tile_call(writer, op, None)
        case _ if isinstance(op, CONFIGURATION_OPS):
            _emit_configuration(writer, op)
        case _:
            raise error("TTL0001", f"the simulator does not know '{op.name}'", span_of(op))


def emit_flush(writer: Writer, op: Operation) -> None:
    """What a compute thread has asked for runs before pages change hands, and before the thread ends."""
    flushed = pyast.assign(["state"], [pyast.attribute("state", "flushed")])
    writer.emit(ast.If(pyast.attribute("state", "pending"), [pyast.generator(pyast.name("state")), flushed], []), op)


# ------------------------------------------------------------------------------------------------ buffers, arguments


def _emit_pointer(writer: Writer, op: ttkernel.GetWritePtrOp | ttkernel.GetReadPtrOp) -> None:
    buffer = writer.program.buffer(op.cb)
    writes = isinstance(op, ttkernel.GetWritePtrOp)
    if buffer.number not in (writer.kernel.fills if writes else writer.kernel.drains):
        # Each processor has pointers of its own, which stay at the start of the ring if it does not move them.
        writer.bind(op.result, buffer.address)
        return
    pointer = pyast.method(writer.buffer(buffer), "write_pointer" if writes else "read_pointer")
    writer.store(op.result, pointer, op)


def _emit_accessor(writer: Writer, op: ttkernel.TensorAccessorOp) -> None:
    tensor = tensor_of(op)
    assert tensor is not None
    place = pyast.number(writer.program.tensor_named[tensor].number)
    made = pyast.method("thread", "accessor", place, writer.value(op.address), pyast.number(writer.number(op)))
    writer.store(op.result, made, op)


def _emit_acquire(writer: Writer, op: ttkernel.CBReserveBackOp | ttkernel.CBWaitFrontOp) -> None:
    buffer = writer.program.buffer(op.cb)
    pages, number = op.pages.value.data, writer.number(op)
    front = isinstance(op, ttkernel.CBWaitFrontOp)
    held = writer.buffer(buffer)
    if buffer.number in (writer.rival_drains if front else writer.rival_fills):
        claim = pyast.method(held, "claim", pyast.name("thread"), pyast.flag(front), pyast.number(number))
        writer.emit_call(claim, op)
    call = "wait_front" if front else "reserve_back"
    blocked = pyast.method(held, call, pyast.number(pages), pyast.number(number))
    wait = writer.constant(f"wait_{number}", Wait(number, buffer.number, pages, front))
    writer.emit(ast.While(blocked, [pyast.generator(wait)], []), op)


def _emit_release(writer: Writer, op: ttkernel.CBPushBackOp | ttkernel.CBPopFrontOp) -> None:
    if writer.tree:
        emit_flush(writer, op)
    call = "push_back" if isinstance(op, ttkernel.CBPushBackOp) else "pop_front"
    held = writer.buffer(writer.program.buffer(op.cb))
    pages, number = pyast.number(op.pages.value.data), pyast.number(writer.number(op))
    writer.emit_call(pyast.method(held, call, pages, number), op)


# --------------------------------------------------------------------------------------------------------- transfers


def emit_transfer(writer: Writer, op: PageOp, loops: Sequence[tuple[Loop, str | None]]) -> None:
    """
    Writes a page transfer, or those of the loops around it, outermost first, whose variables stand at their start.
    With a loop goes the variable that holds its trips, where only the run knows them.
    """
    reads = isinstance(op, ttkernel.NocAsyncReadPageOp)
    arguments = [writer.value(op.accessor), writer.value(op.page), writer.value(op.l1_address)]
    if loops:
        arguments.append(_pattern(writer, op, loops))
    buffer = _provenance(writer, op.l1_address, reads)
    arguments.append(pyast.name(writer.buffer(buffer)) if buffer else pyast.none())
    arguments.append(pyast.number(writer.number(op)))
    call = ("read" if reads else "write") + ("_pages" if loops else "_page")
    writer.emit_call(pyast.method("port", call, *arguments), op)


def _pattern(writer: Writer, op: PageOp, loops: Sequence[tuple[Loop, str | None]]) -> ast.expr:
    steps: list[tuple[int, int]] = []
    for loop, _ in loops:
        page = stride(op.page, loop.variable, writer.ranges)
        address = stride(op.l1_address, loop.variable, writer.ranges)
        assert page is not None
        assert address is not None
        steps.append((page * loop.step, address * loop.step))
    if all(loop.trips is not None for loop, _ in loops):
        trips = [loop.trips or 0 for loop, _ in loops]
        made = pattern(*((n, page, address) for n, (page, address) in zip(trips, steps, strict=True)))
        return writer.constant("pages", made)
    rows = [
        pyast.sequence(
            [pyast.name(trips) if trips else pyast.number(loop.trips or 0), pyast.number(page), pyast.number(address)]
        )
        for (loop, trips), (page, address) in zip(loops, steps, strict=True)
    ]
    return pyast.call(pyast.name("pattern"), *rows)


def _provenance(writer: Writer, address: SSAValue, reads: bool) -> BufferInfo | None:
    """The buffer whose pointer an address was computed from, if this kernel may use it for the transfer."""
    match address.owner:
        case ttkernel.GetWritePtrOp() | ttkernel.GetReadPtrOp():
            buffer = writer.program.buffer(address.owner.cb)
            usable = writer.kernel.fills if reads else writer.kernel.fills | writer.kernel.drains
            return buffer if buffer.number in usable else None
        case arith.AddiOp() | arith.SubiOp():
            left = _provenance(writer, address.owner.lhs, reads)
            return left or _provenance(writer, address.owner.rhs, reads)
        case _:
            return None


# ----------------------------------------------------------------------------------------------------------- compute


def _emit_configuration(writer: Writer, op: Operation) -> None:
    assert writer.tree
    number = writer.number(op)
    writer.tree.calls[number] = Call(op, number, buffers=_buffers(writer, op))
    _emit_step(writer, op, pyast.number(number))


def emit_tile_call(writer: Writer, op: Operation, loop: Loop | None) -> None:
    """Writes a call on tiles, or all those of a loop that holds nothing else, whose variable stands at its start."""
    assert writer.tree
    number = writer.number(op)
    buffers = _buffers(writer, op)
    ranges = _ranges_at_start(writer, loop)
    trips = _trips(op, loop)
    slots = tuple(Slot(ranges.constant(value), _growth(writer, op, value, loop)) for value in _slots(op))
    key = [writer.value(value) for value, slot in zip(_slots(op), slots, strict=True) if slot.first is None]
    page_strides: list[int] = []
    if isinstance(op, _PACKING):
        page_strides.append(1)
        key.append(pyast.method(writer.buffer(buffers[0]), "pack", pyast.number(trips), pyast.number(number)))
    for buffer, tile in zip(buffers, _tiles(op), strict=False):
        page_strides.append(_growth(writer, op, tile, loop))
        first, span = writer.start_of(tile, ranges), pyast.number(page_strides[-1] * (trips - 1))
        key.append(pyast.method(writer.buffer(buffer), "front", first, span, pyast.number(number)))
    repeats = 1 if isinstance(op, ttkernel.PackTileBlockOp) else trips
    call = Call(op, number, trips, repeats, slots, buffers, tuple(page_strides), _parameters(op))
    writer.tree.calls[number] = call
    _emit_step(writer, op, pyast.sequence([pyast.number(number), *key]) if key else pyast.number(number))


def _ranges_at_start(writer: Writer, loop: Loop | None) -> Ranges:
    """What is known of values in the first trip of a loop."""
    if loop is None:
        return writer.ranges
    start = writer.ranges.constant(loop.op.lb)
    assert start is not None
    return writer.ranges.at(loop.variable, start)


def _trips(op: Operation, loop: Loop | None) -> int:
    """DST slots that each slot operand of the call stands for."""
    if isinstance(op, ttkernel.PackTileBlockOp):
        return op.tiles.value.data
    return loop.trips if loop and loop.trips else 1


def _growth(writer: Writer, op: Operation, value: SSAValue, loop: Loop | None) -> int:
    """How much an operand grows from one of the `_trips` to the next."""
    if isinstance(op, ttkernel.PackTileBlockOp):
        return 1
    if loop is None:
        return 0
    step = stride(value, loop.variable, writer.ranges)
    assert step is not None
    return step * loop.step


def can_run_at_once(op: Operation, loop: Loop, ranges: Ranges) -> bool:
    """Whether the calls of a loop that holds one call on tiles can be written as one."""
    if not isinstance(op, TILE_OPS) or isinstance(op, ttkernel.PackTileBlockOp) or loop.trips is None:
        return False
    slots = [stride(value, loop.variable, ranges) for value in _slots(op)]
    tiles = [stride(value, loop.variable, ranges) for value in _tiles(op)]
    return None not in slots and all(step is not None and step >= 0 for step in tiles)


def _emit_step(writer: Writer, op: Operation, key: ast.expr) -> None:
    writer.emit(pyast.assign(["state"], [pyast.item(pyast.name("state"), key)]), op)


def _buffers(writer: Writer, op: Operation) -> tuple[BufferInfo, ...]:
    """The buffers that a call on the compute unit names, in its order."""
    fields = ("cb", "in0", "in1", "out")
    refs = [op.properties[field] for field in fields if field in op.properties]
    return tuple(writer.program.buffer(ref) for ref in refs if isinstance(ref, SymbolRefAttr))


def _slots(op: Operation) -> list[SSAValue]:
    """The DST operands of a call."""
    match op:
        case ttkernel.CopyDestValuesOp():
            return [op.source, op.destination]
        case ttkernel.SFPUTileOp():
            return list(op.slots)
        case ttkernel.CopyTileOp() | ttkernel.FPUBinaryOp() | ttkernel.TypecastTileOp():
            return [op.dst]
        case ttkernel.PackTileOp() | ttkernel.PackTileBlockOp():
            return [op.dst]
        case _:
            return []


def _parameters(op: Operation) -> tuple[float, ...]:
    """Those parameters of a function that a user gives; the call has derived ones too."""
    if not isinstance(op, ttkernel.SFPUTileOp):
        return ()
    pairs = zip(op.ROW.parameters, op.parameter_values, strict=True)
    return tuple(value for parameter, value in pairs if parameter.derive is None)


def _tiles(op: Operation) -> list[SSAValue]:
    """The operands of a call that are tiles of the buffers it reads."""
    match op:
        case ttkernel.CopyTileOp():
            return [op.tile]
        case ttkernel.FPUBinaryOp():
            return [op.tile0, op.tile1]
        case _:
            return []
