"""Loops: over ranges, over host values (unrolled, as are ranges that choose from such), and `while`."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from xdsl.ir import SSAValue

from ttlang.analysis import intervals
from ttlang.analysis.arithmetic import constant_value
from ttlang.analysis.bounds import interval, is_positive
from ttlang.analysis.intervals import HIGHEST, LOWEST
from ttlang.diagnostics import DiagnosticError, Severity
from ttlang.frontend.blocks import i32_arithmetic, i32_quotients
from ttlang.frontend.blocks.known_values import host_integer
from ttlang.frontend.blocks.sequences import UNROLL_LIMIT, iterate
from ttlang.frontend.blocks.values import FALSE, POISON, Bool, Host, Int, RangeValue, Ratio, Value
from ttlang.frontend.python import conditions
from ttlang.frontend.python.branches import join_paths
from ttlang.frontend.python.carried_variables import Loop, leave
from ttlang.frontend.python.indexed_items import chooses_items
from ttlang.frontend.python.liveness import assigned_names, jumps, names_bound_by, names_bound_in
from ttlang.frontend.python.loop_forms import Counted, ForForm, WhileForm
from ttlang.frontend.python.paths import ACTIVE, BREAK, HIDDEN, RETURN, compile_path, empty_path
from ttlang.frontend.python.statements import assign, compile_for_errors
from ttlang.frontend.python.thread_compiler import Poisoned, ThreadCompiler


def compile_for(c: ThreadCompiler, node: ast.For) -> None:
    if node.orelse:
        raise c.error("TTL0101", "`else` of a loop can't be used in a thread", node.orelse[0])
    try:
        iterable = c.expression(node.iter)
        c.at(node.iter)
        if isinstance(iterable, Host) and isinstance(iterable.value, range):
            span = iterable.value
            iterable = RangeValue(Host(span.start), Host(span.stop), Host(span.step))
        items = [] if isinstance(iterable, RangeValue) else iterate(c, iterable)
    except (DiagnosticError, Poisoned):
        compile_for_errors(c, node.body, assigned_names([node.target]))
        raise
    c.at(node)
    if isinstance(iterable, RangeValue):
        _compile_range(c, node, iterable)
    else:
        _unroll(c, node, items)


def compile_while(c: ThreadCompiler, node: ast.While) -> None:
    if node.orelse:
        raise c.error("TTL0101", "`else` of a loop can't be used in a thread", node.orelse[0])
    try:
        first = compile_path(c, lambda: conditions.condition(c, node.test))
    except (DiagnosticError, Poisoned):
        compile_for_errors(c, node.body)
        raise
    c.at(node)
    first.block.erase(safe_erase=False)
    if isinstance(first.value, Host) and not first.value.value:
        return
    Loop(c, node, WhileForm(c, node), nonempty=False).compile()


# ----------------------------------------------------------------------------------------------------- unrolled loops


def _unroll(c: ThreadCompiler, node: ast.For, items: Sequence[Value]) -> None:
    """Compiles the body once for each item."""
    frame, live = c.frame, c.frame.loop_live
    frame.loops += 1
    frame.loop_live = live | frame.liveness.at_head(node)
    try:
        _unroll_items(c, node, items)
    finally:
        frame.loops -= 1
        frame.loop_live = live
    c.at(node)
    returned = c.scope.env.get(RETURN)
    if returned is not None:
        leave(c, returned)


def _unroll_items(c: ThreadCompiler, node: ast.For, items: Sequence[Value]) -> None:
    errors = len(c.diagnostics)
    for position, item in enumerate(items):
        assign(c, node.target, item)
        c.statements(node.body)
        env = c.scope.env
        env.pop(ACTIVE, None)
        left = env.pop(BREAK, FALSE)
        if any(d.severity is Severity.ERROR for d in c.diagnostics[errors:]):
            # The other iterations would report the same.
            env.update(dict.fromkeys(names_bound_by(node), POISON))
            return
        if isinstance(left, Host):
            if left.value:
                return
            continue
        c.at(node)
        assert isinstance(left, Bool)
        stays = i32_arithmetic.negate(c, left.ssa)
        rest = items[position + 1 :]
        then, other = compile_path(c, lambda rest=rest: _unroll_rest(c, node, rest)), empty_path(c)
        join_paths(c, stays, then, other, c.frame.loop_live)
        c.scope.env.pop(ACTIVE, None)
        return


def _unroll_rest(c: ThreadCompiler, node: ast.For, items: Sequence[Value]) -> None:
    for name in HIDDEN:
        c.scope.env.pop(name, None)
    _unroll_items(c, node, items)


# ------------------------------------------------------------------------------------------------- loops over ranges


def _compile_range(c: ThreadCompiler, node: ast.For, span: RangeValue) -> None:
    trips = _constant_trips(span)
    if trips == 0:
        return
    if trips is not None and trips <= UNROLL_LIMIT and chooses_items(c, node):
        _unroll(c, node, [Host(number) for number in _constant_range(span)])
        return
    counted = _count(c, node, span)
    nonempty = trips is not None or _is_nonempty(c, counted)
    leaves = jumps(node.body) & {ast.Break, ast.Return}
    form = WhileForm(c, node, counted) if leaves or not counted.is_plain else ForForm(c, node, counted)
    constant = frozenset[str]()
    if trips is not None and not leaves and isinstance(node.target, ast.Name):
        constant = frozenset({node.target.id}) - names_bound_in(node)
    Loop(c, node, form, nonempty=nonempty, constant=constant).compile()
    for name in constant:
        # As in Python, the variable keeps the last value.
        c.scope.env[name] = Host(_constant_range(span)[-1])


def _constant_trips(span: RangeValue) -> int | None:
    """The number of iterations, where it is known."""
    bounds = [_constant(bound) for bound in (span.start, span.stop, span.step)]
    start, stop, step = bounds
    if start is None or stop is None or step is None:
        return None
    # Not by len(), which overflows.
    return max(0, -((start - stop) // step))


def _constant_range(span: RangeValue) -> range:
    """The numbers, where `_constant_trips` says how many there are."""
    start, stop, step = (_constant(bound) or 0 for bound in (span.start, span.stop, span.step))
    return range(start, stop, step)


def _constant(value: Int | Host) -> int | None:
    return constant_value(value.ssa) if isinstance(value, Int) else host_integer(value)


def _count(c: ThreadCompiler, node: ast.For, span: RangeValue) -> Counted:
    step = _constant(span.step)
    if step is None and not is_positive(c.integer(span.step)):
        raise c.error(
            "TTL0108",
            "the step of this range may be negative or 0",
            node.iter,
            hint="use a constant step, or one that is known to be positive",
        )
    if step is None or step > 0:
        return _upwards(c, node, span)
    if (trips := _trips_downwards(c, span, -step)) is None:
        least = Host(LOWEST - step)
        up = i32_arithmetic.greatest
        return Counted(
            span.start,
            span.stop,
            span.step,
            lambda count: assign(c, node.target, Int(count)),
            end="sgt",
            stopped=lambda count: up(c, count, least),
        )

    def bind(count: SSAValue) -> None:
        offset = i32_arithmetic.multiply(c, Int(count), Host(-step))
        assign(c, node.target, i32_arithmetic.subtract(c, span.start, offset))

    return Counted(Host(0), trips, Host(1), bind)


def _upwards(c: ThreadCompiler, node: ast.For, span: RangeValue) -> Counted:
    counted = Counted(span.start, span.stop, span.step, lambda count: assign(c, node.target, Int(count)))
    stop, step = (interval(c.integer(bound)) for bound in (span.stop, span.step))
    if stop.high - 1 + step.high <= HIGHEST:
        return counted
    most = i32_arithmetic.subtract(c, Host(HIGHEST), span.step)

    def stopped(count: Value) -> Value:
        return i32_arithmetic.least(c, count, most)

    return replace(counted, stopped=stopped)


def _trips_downwards(c: ThreadCompiler, span: RangeValue, step: int) -> Int | Host | None:
    """The iterations of a range that goes down, (start - stop) / step rounded up; None if that may not fit."""
    if (trips := _constant_trips(span)) is not None:
        return Host(trips) if trips <= HIGHEST else None
    start, stop = (interval(c.integer(bound)) for bound in (span.start, span.stop))
    if not intervals.subtract(start, stop).fits:
        return None
    width = i32_arithmetic.subtract(c, span.start, span.stop)
    return i32_quotients.ceil(c, Ratio(width, Host(step)))


def _is_nonempty(c: ThreadCompiler, counted: Counted) -> bool:
    upper, lower = (interval(c.integer(bound)) for bound in (counted.upper, counted.lower))
    return upper.low > lower.high if counted.end == "slt" else upper.high < lower.low
