"""Blocks, loops and branches as statements of the generated function."""

from __future__ import annotations

import ast
from collections.abc import Callable

from xdsl.dialects import scf
from xdsl.ir import Block

from ttlang.analysis.arithmetic import PYTHON_FUNCTIONS
from ttlang.backends.simulator import pyast
from ttlang.backends.simulator.affine_loops import transfer_nest
from ttlang.backends.simulator.endless_loops import count_turns, endless, is_quiet, may_be_long, stop_endless, too_long
from ttlang.backends.simulator.loop_nests import tile_nest, write_tile_nest, write_transfer_nest
from ttlang.backends.simulator.port_calls import emit_await, emit_turn
from ttlang.backends.simulator.straight_line import write_straight
from ttlang.backends.simulator.writer import Writer
from ttlang.machine.console import failed
from ttlang.machine.page_patterns import page_pattern

FEWEST_TRIPS = 4
"""Trips from which on a loop nest of transfers is issued as one."""


def write_block(writer: Writer, block: Block) -> None:
    """Writes the operations of a block, one after the other."""
    for op in block.ops:
        match op:
            case scf.ForOp():
                _write_for(writer, op)
            case scf.IfOp():
                _write_if(writer, op)
            case scf.WhileOp():
                _write_while(writer, op)
            case _:
                write_straight(writer, op)


def _write_for(writer: Writer, op: scf.ForOp) -> None:
    nest = transfer_nest(op, writer.ranges)
    if nest is not None and nest.fewest_trips >= FEWEST_TRIPS:
        write_transfer_nest(writer, op, nest, ())
        return
    if (tiles := tile_nest(writer, op)) is not None:
        write_tile_nest(writer, op, *tiles)
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
    counts = is_quiet(op) and (writer.whiles > 0 or may_be_long(op, writer.ranges))
    if counts:
        turns = count_turns(writer, op, turns)
    writer.whiles += int(counts)
    outer, writer.body = writer.body, []
    write_block(writer, op.body.block)
    writer.assign(carried, list(yielded.operands), yielded)
    body, writer.body = writer.body, outer
    writer.whiles -= int(counts)
    writer.emit(ast.For(ast.Name(variable, ast.Store()), turns, body or [ast.Pass()], []), op)
    for result, name in zip(op.res, carried, strict=True):
        writer.bind(result, name)


def _step(writer: Writer, op: scf.ForOp) -> ast.expr:
    step = writer.value(op.step)
    return step if writer.ranges.of(op.step)[0] > 0 else pyast.call(pyast.name("checked_step"), step)


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
    stop_endless(writer, op, "endless")
    write_block(writer, before)
    test = writer.value(condition.condition)
    # The test may use the carried variables, which the results never are.
    writer.assign(results, list(condition.args), condition)
    writer.emit(ast.If(ast.UnaryOp(ast.Not(), test), [ast.Break()], []), condition)
    for argument, name in zip(after.args, results, strict=True):
        writer.bind(argument, name)
    emit_await(writer, before)
    write_block(writer, after)
    writer.assign(carried, list(yielded.operands), yielded)
    body, writer.body = writer.body, outer
    writer.whiles -= 1
    writer.emit(ast.While(pyast.flag(True), body, []), op)
    emit_turn(writer, before, op)


def checked_step(step: int) -> int:
    """The step of a loop, which must grow. An ArithmeticError if it does not."""
    if step <= 0:
        raise ArithmeticError(f"a loop with step {step}")
    return step


HELPER_FUNCTIONS: dict[str, Callable[..., object]] = {
    **PYTHON_FUNCTIONS,
    **{each.__name__: each for each in (page_pattern, failed, checked_step, endless, too_long)},
}
"""Functions that generated code calls."""
