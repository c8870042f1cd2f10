"""Python's own functions on values of the run, `min`, `range`, `math.ceil` and their like; and `ttl.static_range`."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Sequence
from dataclasses import replace

from ttlang.analysis import intervals
from ttlang.analysis.arithmetic import constant_value
from ttlang.analysis.bounds import interval
from ttlang.frontend.blocks import i32_arithmetic, i32_quotients
from ttlang.frontend.blocks.call_arguments import Call
from ttlang.frontend.blocks.elementwise import apply
from ttlang.frontend.blocks.known_values import host_integer, is_integer
from ttlang.frontend.blocks.sequences import group, iterate
from ttlang.frontend.blocks.values import (
    NONE,
    BlockValue,
    Bool,
    Fill,
    Group,
    Host,
    Int,
    RangeValue,
    Ratio,
    Spread,
    Table,
    Value,
    describe,
)
from ttlang.frontend.python import conditions
from ttlang.frontend.python.expressions import binary
from ttlang.frontend.python.thread_compiler import Handler, ThreadCompiler
from ttlang.frontend.python.value_parts import make_slice


def _no_keywords(c: ThreadCompiler, call: Call, name: str, *counts: int) -> Sequence[Value]:
    """The arguments of a function that takes some number of them, and no keywords."""
    if call.keywords:
        raise c.error("TTL0107", f"{name} takes no keyword {next(iter(call.keywords))} in a thread")
    if counts and len(call.args) not in counts:
        raise c.error("TTL0107", f"{name} takes {' or '.join(map(str, counts))} arguments, not {len(call.args)}")
    return call.args


def _integer(c: ThreadCompiler, name: str, value: Value) -> Int | Host:
    if isinstance(value, Bool):
        return Int(c.integer(value))
    if not isinstance(value, Int | Host) or not is_integer(value):
        is_fraction = isinstance(value, Ratio) or (isinstance(value, Host) and isinstance(value.value, float))
        hint = "round it with //, math.ceil, math.floor or int" if is_fraction else None
        raise c.error("TTL0106", f"{name} does not work on {describe(value)}", hint=hint)
    return value


# --------------------------------------------------------------------------------------------------------- integers


def call_min(c: ThreadCompiler, call: Call) -> Value:
    return _fold(c, "min", i32_arithmetic.least, call)


def call_max(c: ThreadCompiler, call: Call) -> Value:
    return _fold(c, "max", i32_arithmetic.greatest, call)


def _fold(c: ThreadCompiler, name: str, choose: Callable[[ThreadCompiler, Value, Value], Value], call: Call) -> Value:
    args = _no_keywords(c, call, name)
    values = iterate(c, args[0]) if len(args) == 1 else args
    if not values:
        raise c.error("TTL0107", f"{name} of nothing")
    for value in values:
        if isinstance(value, BlockValue):
            raise c.error("TTL0106", f"{name} compares numbers", hint=f"ttl.math.{name}(x, y) works on blocks")
    result: Value = _integer(c, name, values[0])
    for value in values[1:]:
        result = choose(c, result, _integer(c, name, value))
    return result


def call_abs(c: ThreadCompiler, call: Call) -> Value:
    (value,) = _no_keywords(c, call, "abs", 1)
    if isinstance(value, BlockValue | Spread):
        return apply(c, "abs", value)
    if isinstance(value, Fill):
        return replace(value, number=abs(value.number))
    return i32_arithmetic.absolute(c, _integer(c, "abs", value))


def call_pow(c: ThreadCompiler, call: Call) -> Value:
    base, exponent = _no_keywords(c, call, "pow", 2)
    return binary(c, ast.Pow(), base, exponent)


def call_divmod(c: ThreadCompiler, call: Call) -> Value:
    a, b = (_integer(c, "divmod", value) for value in _no_keywords(c, call, "divmod", 2))
    return group([i32_arithmetic.floor_divide(c, a, b), i32_arithmetic.modulo(c, a, b)], tuple)


def call_sum(c: ThreadCompiler, call: Call) -> Value:
    is_sum = call.callee is builtins.sum
    op, start = (ast.Add(), 0) if is_sum else (ast.Mult(), 1)
    keywords = dict(call.keywords)
    given = keywords.pop("start", call.args[1] if len(call.args) > 1 else None)
    if keywords or not call.args or len(call.args) > 2:
        raise c.error("TTL0107", f"{'sum' if is_sum else 'math.prod'} takes the numbers and a start")
    values = iterate(c, call.args[0])
    if given is None and values and not is_integer(values[0]):
        # 0 + x would be computed block by block.
        given, values = values[0], values[1:]
    result: Value = given or Host(start)
    for value in values:
        result = binary(c, op, result, value)
    return result


# --------------------------------------------------------------------------------------------------------- rounding


def _rounding(name: str, function: Callable[[ThreadCompiler, Ratio], Value]) -> Handler:
    def handle(c: ThreadCompiler, call: Call) -> Value:
        (value,) = _no_keywords(c, call, name, 1)
        if isinstance(value, Ratio):
            return function(c, value)
        if isinstance(value, BlockValue):
            raise c.error(
                "TTL0106", f"{name} works on numbers", hint=f"ttl.math.{name.removeprefix('math.')} works on blocks"
            )
        return _integer(c, name, value)

    return handle


call_floor = _rounding("math.floor", i32_quotients.floor)
call_ceil = _rounding("math.ceil", i32_quotients.ceil)
call_trunc = _rounding("math.trunc", i32_quotients.truncate)
call_int = _rounding("int", i32_quotients.truncate)
call_round = _rounding("round", i32_quotients.round_half_even)


def call_bool(c: ThreadCompiler, call: Call) -> Value:
    (value,) = _no_keywords(c, call, "bool", 1)
    return conditions.truth(c, value)


def call_float(c: ThreadCompiler, call: Call) -> Value:
    raise c.error(
        "TTL0106",
        f"float of {describe(call.values[0])}: threads compute with integers only",
        hint="a quotient of integers can be rounded with //, math.ceil, math.floor or int",
    )


# -------------------------------------------------------------------------------------------------------- sequences


def call_range(c: ThreadCompiler, call: Call) -> Value:
    return RangeValue(*_bounds(c, "range", call))


def call_static_range(c: ThreadCompiler, call: Call) -> Value:
    """A range as the tuple of its numbers, over which a loop is unrolled."""
    bounds = _bounds(c, "ttl.static_range", call)
    known = [constant_value(each.ssa) if isinstance(each, Int) else host_integer(each) for each in bounds]
    start, stop, step = known
    if start is None or stop is None or step is None:
        hint = "range() takes numbers of the run: its loop is not unrolled"
        raise c.error("TTL0108", "ttl.static_range takes numbers that are known at compile time", hint=hint)
    return group(iterate(c, Host(range(start, stop, step))), tuple)


def _bounds(c: ThreadCompiler, name: str, call: Call) -> tuple[Int | Host, Int | Host, Int | Host]:
    """The start, the stop and the step of a range."""
    args = [_integer(c, name, value) for value in _no_keywords(c, call, name, 1, 2, 3)]
    start, stop = (Host(0), args[0]) if len(args) == 1 else args[:2]
    step = args[2] if len(args) == 3 else Host(1)
    if host_integer(step) == 0:
        raise c.error("TTL0110", "ValueError: range() arg 3 must not be zero")
    return start, stop, step


def call_len(c: ThreadCompiler, call: Call) -> Value:
    (value,) = _no_keywords(c, call, "len", 1)
    match value:
        case Group(items) | Table(items):
            return Host(len(items))
        case RangeValue():
            return i32_arithmetic.greatest(c, _count(c, value), Host(0))
        case _:
            raise c.error("TTL0106", f"{describe(value)} has no length")


def _count(c: ThreadCompiler, value: RangeValue) -> Value:
    """(stop - start) / step rounded up, which is negative where a range has no items, or 0."""
    start, stop = (interval(c.integer(bound)) for bound in (value.start, value.stop))
    if not intervals.subtract(stop, start).fits:
        hint = "keep its bounds small: max(n, 0) and min(n, 1 << 20) do"
        raise c.error("TTL0106", "the length of this range may not fit the 32 bits of a thread's integers", hint=hint)
    width = i32_arithmetic.subtract(c, value.stop, value.start)
    return i32_quotients.ceil(c, Ratio(width, value.step))


def call_slice(c: ThreadCompiler, call: Call) -> Value:
    args = _no_keywords(c, call, "slice", 1, 2, 3)
    return make_slice([*([NONE, args[0]] if len(args) == 1 else args), NONE, NONE][:3])


def call_sequence(c: ThreadCompiler, call: Call) -> Value:
    (value,) = _no_keywords(c, call, call.callee.__name__, 1)
    return group(iterate(c, value), call.callee)


def call_reversed(c: ThreadCompiler, call: Call) -> Value:
    (value,) = _no_keywords(c, call, "reversed", 1)
    if isinstance(value, Host) and isinstance(value.value, range):
        return Host(value.value[::-1])
    if isinstance(value, RangeValue):
        return _reversed_range(c, value)
    return group(iterate(c, value)[::-1], tuple)


def _reversed_range(c: ThreadCompiler, value: RangeValue) -> Value:
    """From the last item, start + (length - 1) * step, down to the first."""
    step = host_integer(value.step)
    if step is None:
        raise c.error("TTL0108", "the step of a range that is reversed has to be known at compile time")
    last = i32_arithmetic.multiply(c, i32_arithmetic.subtract(c, _count(c, value), Host(1)), value.step)
    start = i32_arithmetic.add(c, value.start, last)
    stop = i32_arithmetic.subtract(c, value.start, value.step)
    return RangeValue(start, stop, Host(-step))


def call_zip(c: ThreadCompiler, call: Call) -> Value:
    keywords = dict(call.keywords)
    strict = keywords.pop("strict", Host(False))
    if keywords:
        raise c.error("TTL0107", f"zip takes no keyword {next(iter(keywords))}")
    columns = [iterate(c, value) for value in call.args]
    if isinstance(strict, Host) and strict.value and len({len(column) for column in columns}) > 1:
        raise c.error("TTL0110", "ValueError: zip() arguments have different lengths")
    return group([group(row, tuple) for row in zip(*columns, strict=False)], tuple)


def call_enumerate(c: ThreadCompiler, call: Call) -> Value:
    keywords = dict(call.keywords)
    start = keywords.pop("start", call.args[1] if len(call.args) > 1 else Host(0))
    first = host_integer(start)
    if keywords or not 1 <= len(call.args) <= 2 or first is None:
        raise c.error("TTL0107", "enumerate takes items and a constant start")
    items = iterate(c, call.args[0])
    return group([group([Host(i), item], tuple) for i, item in enumerate(items, first)], tuple)
