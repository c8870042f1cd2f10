"""
Calls that a thread's port carries out, as statements of the generated function. The method is found by the call's name,
and takes what the call takes, in its order, and the call's number.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from xdsl.dialects import arith
from xdsl.dialects.builtin import IntegerAttr
from xdsl.ir import Attribute, Block, Operation, SSAValue

from ttlang.analysis.intervals import wrapped
from ttlang.backends.simulator import pyast
from ttlang.backends.simulator.affine_loops import Loop, stride
from ttlang.backends.simulator.read_program import buffer_of
from ttlang.backends.simulator.writer import Writer
from ttlang.dialects import ttkernel
from ttlang.dialects.ttkernel.facets import (
    Awaited,
    MovesPages,
    Polls,
    ReadsTensor,
    Signals,
    Waits,
    number_in,
    property_names,
)
from ttlang.machine.noc.port import place_of
from ttlang.machine.page_patterns import page_pattern
from ttlang.machine.program_info import BufferInfo
from ttlang.machine.waits import TURN, ChangeWait, WordWait

PageOp = ttkernel.NocAsyncReadPageOp | ttkernel.NocAsyncWritePageOp


def emit_port_call(writer: Writer, op: ttkernel.CallOp) -> None:
    """Writes a call that is not a transfer between a tensor and L1."""
    waits = Waits.of(op)
    if waits is not None and waits.awaited is Awaited.SEMAPHORE:
        _emit_wait(writer, op)
        return
    operands = [writer.value(operand) for operand in op.operands]
    made = call_port(writer, op.callee, operands, writer.number(op), _options(op))
    if op.results:
        # What others change is looked at where it stands.
        (writer.store if Polls.of(op) else writer.define)(op.results[0], made, op)
        return
    writer.count(op)
    writer.emit_call(made, op)
    # One that changes a word of its own core resets it, as a rule: it tells the others nothing.
    if Signals.of(op) and any(isinstance(operand.type, ttkernel.NocAddrType) for operand in op.operands):
        _emit_turn(writer, op)


def emit_transfer(writer: Writer, op: ttkernel.CallOp, moves: MovesPages) -> None:
    """Writes a transfer between a tensor and L1, outside of the loops that `emit_transfers` takes over."""
    writer.count(op)
    writer.emit_call(call_port(writer, op.callee, *_transfer_arguments(writer, op, moves, [])), op)


def emit_transfers(writer: Writer, op: PageOp, loops: Sequence[tuple[Loop, str | None]]) -> None:
    """
    Writes the page transfers of the loops around one, outermost first, whose variables stand at their start. With a
    loop goes the variable that holds its trips, where only the run knows them.
    """
    moves = MovesPages.of(op)
    assert moves is not None
    arguments = _transfer_arguments(writer, op, moves, [_pattern(writer, op, loops)])
    writer.count(op, *(trips or loop.trips or 0 for loop, trips in loops))
    writer.emit_call(call_port(writer, f"{op.callee}s", *arguments), op)


def _options(op: ttkernel.CallOp) -> list[ast.expr]:
    """How its packets travel, in the order of its properties' names; nothing if it leaves all of that open."""
    if not isinstance(op, ttkernel.PacketOp) or not op.properties:
        return []
    given = [op.properties.get(name) for name in sorted(property_names(type(op)))]
    return [pyast.none() if each is None else _option(each) for each in given]


def _option(value: Attribute) -> ast.expr:
    return pyast.number(value.value.data) if isinstance(value, IntegerAttr) else pyast.flag(True)


def call_port(
    writer: Writer, callee: str, arguments: Sequence[ast.expr], number: int, options: Sequence[ast.expr] = ()
) -> ast.expr:
    """The call of a method of the thread's port."""
    method = pyast.attribute("thread", "port_calls")
    for part in place_of(callee):
        method = ast.Attribute(method, part, ast.Load())
    return pyast.call(
        pyast.name(writer.load(("call", callee), callee, method)), *arguments, pyast.number(number), *options
    )


def _emit_wait(writer: Writer, op: ttkernel.CallOp) -> None:
    writer.count(op)
    number = writer.number(op)
    # Both are asked again after each wait.
    hints = ("word", "value")
    operands = [writer.copy(hint, writer.value(v), op) for hint, v in zip(hints, op.operands, strict=True)]
    blocked = call_port(writer, op.callee, operands, number)
    wait = writer.constant(f"wait_{number}", WordWait(number))
    writer.follow(number, op)
    writer.emit(ast.While(blocked, [pyast.generator(wait)], []), op)


def emit_await(writer: Writer, looks: Block) -> None:
    """Writes a wait into a loop that has looked at words of its core in vain: until others change one of them."""
    if (poll := next((op for op in looks.ops if Polls.of(op)), None)) is None:
        return
    number = writer.number(poll)
    writer.follow(number, poll)
    writer.emit_call(call_port(writer, "await_change", [], number), poll)
    writer.emit(pyast.generator(writer.constant(f"wait_{number}", ChangeWait(number))), poll)


def emit_turn(writer: Writer, looks: Block, op: Operation) -> None:
    """Lets others run behind a loop that looks at words: one that finds there what came long ago may look on and on."""
    if any(Polls.of(each) for each in looks.ops):
        _emit_turn(writer, op)


def _emit_turn(writer: Writer, op: Operation) -> None:
    writer.emit(pyast.generator(writer.constant("turn", TURN)), op)


# --------------------------------------------------------------------------------------------------------- transfers


def _transfer_arguments(
    writer: Writer, op: ttkernel.CallOp, moves: MovesPages, shape: list[ast.expr]
) -> tuple[list[ast.expr], int]:
    """What the call takes, then the buffer that its L1 end probably lies in; and its number."""
    arguments = [writer.value(operand) for operand in op.operands]
    numbers = [name for name in property_names(type(op)) if isinstance(op.properties.get(name), IntegerAttr)]
    arguments += [pyast.number(number_in(op, name)) for name in numbers]
    buffer = _provenance(writer, moves.l1_address(op), reads=isinstance(moves, ReadsTensor))
    arguments += [*shape, pyast.name(writer.buffer(buffer)) if buffer else pyast.none()]
    return arguments, writer.number(op)


def _pattern(writer: Writer, op: PageOp, loops: Sequence[tuple[Loop, str | None]]) -> ast.expr:
    steps: list[tuple[int, int]] = []
    for loop, _ in loops:
        page = stride(op.page, loop.variable, writer.ranges)
        address = stride(op.l1_address, loop.variable, writer.ranges)
        assert page is not None
        assert address is not None
        steps.append((wrapped(page * loop.step), wrapped(address * loop.step)))
    if all(loop.trips is not None for loop, _ in loops):
        trips = [loop.trips or 0 for loop, _ in loops]
        made = page_pattern(*((n, page, address) for n, (page, address) in zip(trips, steps, strict=True)))
        return writer.constant("pages", made)
    rows = [
        pyast.sequence(
            [pyast.name(trips) if trips else pyast.number(loop.trips or 0), pyast.number(page), pyast.number(address)]
        )
        for (loop, trips), (page, address) in zip(loops, steps, strict=True)
    ]
    return pyast.call(pyast.name("page_pattern"), *rows)


def _provenance(writer: Writer, address: SSAValue, *, reads: bool) -> BufferInfo | None:
    """The buffer whose pointer an address was computed from, if this kernel may use it for the transfer."""
    match address.owner:
        case ttkernel.GetWritePtrOp() | ttkernel.GetReadPtrOp():
            buffer = buffer_of(writer.program, address.owner.cb)
            usable = writer.kernel.fills if reads else writer.kernel.fills | writer.kernel.drains
            return buffer if buffer.number in usable else None
        case arith.AddiOp() | arith.SubiOp():
            left = _provenance(writer, address.owner.lhs, reads=reads)
            return left or _provenance(writer, address.owner.rhs, reads=reads)
        case _:
            return None
