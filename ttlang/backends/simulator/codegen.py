"""
The kernel of a thread as a Python generator function that yields where the hardware would block.

The function is made as a syntax tree whose nodes carry the places of the kernel's source, so tracebacks, debuggers and
coverage speak of the user's lines. It is compiled once and started on each core. What it yields is a `Wait`, for pages
of a buffer, or a `Node` of the trace (compute kernels), to be run before pages change hands.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import CodeType
from typing import Any

from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import i1
from xdsl.ir import Block, Operation, SSAValue

from ttlang.analysis.arithmetic import PYTHON_FUNCTIONS, constant_value
from ttlang.analysis.locations import span_of
from ttlang.backends.simulator import pyast
from ttlang.backends.simulator.affine import Loop, Nest, is_plain, loop_of, transfer_nest
from ttlang.backends.simulator.buffer_calls import emit_flush
from ttlang.backends.simulator.calls import emit_call
from ttlang.backends.simulator.compute_calls import can_run_at_once, emit_compute_call
from ttlang.backends.simulator.expressions import expression
from ttlang.backends.simulator.outer_loops import outer_loops
from ttlang.backends.simulator.own_counters import emit_count, emit_counters
from ttlang.backends.simulator.port_calls import emit_transfers
from ttlang.backends.simulator.ranges import Ranges
from ttlang.backends.simulator.writer import Writer
from ttlang.diagnostics import Span, error
from ttlang.dialects import ttkernel
from ttlang.machine.compute.trace import Tree
from ttlang.machine.console import failed
from ttlang.machine.faults import Fault
from ttlang.machine.loaded import CallSite, KernelInfo, OuterLoop, ProgramInfo
from ttlang.machine.page_patterns import page_pattern
from ttlang.machine.statistics import CountedCall
from ttlang.machine.threads import Body, Thread

HELPER_FUNCTIONS: dict[str, Any] = {**PYTHON_FUNCTIONS, "page_pattern": page_pattern, "failed": failed}
"""Functions that generated code calls."""
MOST_QUIET_TURNS = 10_000_000
"""Turns of loops in a row that do nothing which others could see, after which a thread counts as endless."""
FEWEST_TRIPS = 4
"""Trips from which on a loop nest of transfers is issued as one."""


@dataclass(frozen=True, eq=False)
class GeneratedKernel:
    """A kernel as a Python function, ready to be started on any core."""

    info: KernelInfo
    start: Callable[[Thread], Body]
    tree: Tree | None
    """Of a compute kernel."""
    counted: Sequence[CountedCall]
    """The calls that are counted, where that was asked for."""
    loop_variables: dict[SSAValue, str]
    """The function's variables that hold what changes from turn to turn of a loop."""
    _sites: Sequence[Callable[[], CallSite]]
    _body: Block
    _ranges: Ranges

    @property
    def code(self) -> CodeType:
        return self.start.__code__

    @property
    def loop_names(self) -> dict[str, str]:
        """For each variable of `loop_variables` what the author calls it."""
        return {variable: value.name_hint or variable for value, variable in self.loop_variables.items()}

    def site(self, number: int) -> CallSite:
        """Where the call with that number, which waits and faults name it by, stands."""
        return self._sites[number]()

    def outer_loops(self) -> tuple[OuterLoop, ...]:
        return outer_loops(self._body, self._ranges, self.loop_variables)

    def last_call(self, thread: Thread) -> Span | None:
        """Where a thread has made its last call, if its frames don't tell."""
        return None


def generate_kernel(
    program: ProgramInfo,
    kernel: KernelInfo,
    op: ttkernel.KernelOp,
    *,
    counting: bool = False,
    following: bool = False,
) -> GeneratedKernel:
    """
    Makes the function of a thread's kernel; with `counting`, it counts its calls; with `following`, it keeps the last
    ones. Raises a DiagnosticError for an operation that the simulator does not know.
    """
    writer = Writer(
        program, kernel, {**HELPER_FUNCTIONS, "checked_step": checked_step, "endless": endless, "too_long": too_long}
    )
    writer.counted = [] if counting else None
    writer.follows = following
    write_block(writer, op.body.block)
    if writer.tree:
        emit_flush(writer, op)
        writer.emit(pyast.assign_attribute("thread", "node", pyast.name("state")), op)
        writer.prologue.insert(0, pyast.assign(["state"], [pyast.attribute("thread", "node")]))
    if counting:
        writer.prologue.insert(0, pyast.assign(["counts"], [pyast.attribute("thread", "counts")]))
    # A yield that is never reached makes the function a generator even if nothing in it can block.
    ending = [ast.Return(None), pyast.generator(None)]
    module = pyast.function(writer.name(kernel.name), "thread", [*writer.prologue, *writer.body, *ending])
    function = module.body[0]
    assert isinstance(function, ast.FunctionDef)
    writer.place(function)
    exec(compile(module, writer.file, "exec"), writer.globals)
    return GeneratedKernel(
        kernel,
        writer.globals[function.name],
        writer.tree,
        tuple(writer.counted or ()),
        writer.loop_variables,
        writer.sites,
        op.body.block,
        writer.ranges,
    )


def endless(number: int) -> None:
    """Ends a thread that goes round and round. The number is that of its loop."""
    message = f"{MOST_QUIET_TURNS} turns of this loop have moved, waited for and printed nothing: it seems never to end"
    hint = "print what its condition depends on: integers have 32 bits, and 0 times anything is 0"
    raise Fault("TTL0815", number, message, hint)


def too_long(number: int) -> None:
    """Ends a thread that is about to count for long. The number is that of its loop."""
    message = f"with this loop, more than {MOST_QUIET_TURNS} turns in a row move, wait for and print nothing"
    hint = "compute on the host what they count for, or say it without a loop"
    raise Fault("TTL0815", number, message, hint)


def checked_step(step: int) -> int:
    """The step of a loop, which must grow. An ArithmeticError if it does not."""
    if step <= 0:
        raise ArithmeticError(f"a loop with step {step}")
    return step


def write_block(writer: Writer, block: Block) -> None:
    """Writes the operations of a block, one after the other."""
    for op in block.ops:
        _write(writer, op)


def _write(writer: Writer, op: Operation) -> None:
    match op:
        case arith.ConstantOp():
            value = constant_value(op.result)
            assert value is not None, "kernels hold integers and truth values only"
            writer.bind(op.result, bool(value) if op.result.type == i1 else value)
        case scf.ForOp():
            _write_for(writer, op)
        case scf.IfOp():
            _write_if(writer, op)
        case scf.WhileOp():
            _write_while(writer, op)
        case scf.YieldOp() | scf.ConditionOp():
            pass
        case ttkernel.CallOp():
            emit_call(writer, op)
            if writer.whiles and isinstance(op, ttkernel.EffectOp) and not isinstance(op, ttkernel.AssertOp):
                writer.emit(pyast.assign(["turns"], [pyast.number(0)]), op)
        case ttkernel.CountersOp():
            emit_counters(writer, op)
        case ttkernel.CountOp():
            emit_count(writer, op)
        case _:
            made = expression(op, [writer.value(operand) for operand in op.operands], writer.ranges)
            if made is None:
                raise error("TTL0001", f"the simulator does not know '{op.name}'", span_of(op))
            writer.define(op.results[0], made, op)


# ------------------------------------------------------------------------------------------------------ control flow


def _write_for(writer: Writer, op: scf.ForOp) -> None:
    nest = transfer_nest(op, writer.ranges)
    if nest is not None and nest.fewest_trips >= FEWEST_TRIPS:
        _write_nest(writer, op, nest, ())
        return
    if (tile_nest := _tile_nest(writer, op)) is not None:
        _write_tile_nest(writer, op, *tile_nest)
        return
    arguments = op.body.block.args
    carried = writer.variables(list(arguments[1:]))
    writer.assign(carried, list(op.iter_args), op)
    bounds = [writer.value(op.lb), writer.value(op.ub), _step(writer, op)]
    (variable,) = writer.variables([arguments[0]])
    writer.loop_variables[arguments[0]] = variable
    yielded = op.body.block.last_op
    assert isinstance(yielded, scf.YieldOp)
    turns: ast.expr = pyast.call(pyast.name("range"), *bounds)
    counts = _is_quiet(op) and (writer.whiles > 0 or _may_be_long(op, writer.ranges))
    if counts:
        turns = _count_turns(writer, op, turns)
    writer.whiles += int(counts)
    outer, writer.body = writer.body, []
    write_block(writer, op.body.block)
    writer.assign(carried, list(yielded.operands), yielded)
    body, writer.body = writer.body, outer
    writer.whiles -= int(counts)
    writer.emit(ast.For(ast.Name(variable, ast.Store()), turns, body or [ast.Pass()], []), op)
    for result, name in zip(op.res, carried, strict=True):
        writer.bind(result, name)


def _is_quiet(op: scf.ForOp) -> bool:
    """Whether a loop does nothing that others could see, whatever turns it takes."""
    return not any(
        isinstance(inner, ttkernel.EffectOp) and not isinstance(inner, ttkernel.AssertOp) for inner in op.walk()
    )


def _may_be_long(op: scf.ForOp, ranges: Ranges) -> bool:
    """Whether all turns of a loop and of those in it may be more than a thread has; those by a condition may be."""
    return _most_turns(op, ranges) > MOST_QUIET_TURNS or any(isinstance(inner, scf.WhileOp) for inner in op.walk())


def _most_turns(op: scf.ForOp, ranges: Ranges) -> int:
    step = max(1, ranges.of(op.step).low)
    turns = max(0, -((ranges.of(op.lb).low - ranges.of(op.ub).high) // step))
    return turns * (1 + sum(_most_turns(inner, ranges) for inner in op.body.block.ops if isinstance(inner, scf.ForOp)))


def _count_turns(writer: Writer, op: scf.ForOp, turns: ast.expr) -> ast.expr:
    """Adds the turns of a loop to those that have done nothing, before it begins. Returns the turns."""
    every = writer.name("every")
    writer.emit(pyast.assign([every], [turns]), op)
    count: ast.expr = pyast.call(pyast.name("len"), pyast.name(every))
    if writer.whiles:
        count = pyast.binary(pyast.name("turns"), ast.Add(), count)
    writer.emit(pyast.assign(["turns"], [count]), op)
    _stop_endless(writer, op, "too_long")
    return pyast.name(every)


def _stop_endless(writer: Writer, op: Operation, says: str) -> None:
    too_many = pyast.compare(pyast.name("turns"), ast.Gt(), pyast.number(MOST_QUIET_TURNS))
    ended = ast.Expr(pyast.call(pyast.name(says), pyast.number(writer.number(op))))
    writer.emit(ast.If(too_many, [ended], []), op)


def _step(writer: Writer, op: scf.ForOp) -> ast.expr:
    step = writer.value(op.step)
    return step if writer.ranges.of(op.step)[0] > 0 else pyast.call(pyast.name("checked_step"), step)


def _write_nest(writer: Writer, op: scf.ForOp, nest: Nest, around: tuple[tuple[Loop, str | None], ...]) -> None:
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
                _write_nest(writer, inner, nest, loops)
            case ttkernel.NocAsyncReadPageOp() | ttkernel.NocAsyncWritePageOp():
                emit_transfers(writer, inner, loops)
            case _:
                _write(writer, inner)


def _tile_nest(writer: Writer, op: scf.ForOp) -> tuple[tuple[Loop, ...], Operation] | None:
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


def _write_tile_nest(writer: Writer, op: scf.ForOp, loops: tuple[Loop, ...], call: Operation) -> None:
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
            _write(writer, inner)


def _write_if(writer: Writer, op: scf.IfOp) -> None:
    results = writer.variables(list(op.output))
    test = writer.value(op.cond)
    then = _write_branch(writer, op.true_region.block, results)
    other = _write_branch(writer, op.false_region.block, results) if op.false_region.blocks else []
    writer.emit(ast.If(test, then or [ast.Pass()], other), op)


def _write_branch(writer: Writer, block: Block, results: list[str]) -> list[ast.stmt]:
    outer, writer.body = writer.body, []
    write_block(writer, block)
    if block.last_op is not None:
        writer.assign(results, list(block.last_op.operands), block.last_op)
    inner, writer.body = writer.body, outer
    return inner


def _write_while(writer: Writer, op: scf.WhileOp) -> None:
    before, after = op.before_region.block, op.after_region.block
    carried = writer.variables(list(before.args))
    writer.loop_variables |= dict(zip(before.args, carried, strict=True))
    writer.assign(carried, list(op.arguments), op)
    if not writer.whiles:
        writer.emit(pyast.assign(["turns"], [pyast.number(0)]), op)
    writer.whiles += 1
    results = writer.variables(list(op.res))
    condition, yielded = before.last_op, after.last_op
    assert isinstance(condition, scf.ConditionOp)
    assert yielded is not None
    outer, writer.body = writer.body, []
    writer.emit(pyast.assign(["turns"], [pyast.binary(pyast.name("turns"), ast.Add(), pyast.number(1))]), op)
    _stop_endless(writer, op, "endless")
    write_block(writer, before)
    test = writer.value(condition.condition)
    # The test may use the carried variables, which the results never are.
    writer.assign(results, list(condition.args), condition)
    writer.emit(ast.If(ast.UnaryOp(ast.Not(), test), [ast.Break()], []), condition)
    for argument, name in zip(after.args, results, strict=True):
        writer.bind(argument, name)
    write_block(writer, after)
    writer.assign(carried, list(yielded.operands), yielded)
    body, writer.body = writer.body, outer
    writer.whiles -= 1
    writer.emit(ast.While(pyast.flag(True), body, []), op)
