"""Calls of `ttl.math`: first the blocks, then the numbers, by position or by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ttlang.frontend.blocks.call_arguments import Call
from ttlang.frontend.blocks.elementwise import apply_row
from ttlang.frontend.blocks.math_arguments import check_derived, given_arguments, read_number, read_options
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.values import BlockValue, Spread, Value, as_value
from ttlang.language.math_functions import MathFunction
from ttlang.tables.editions import phrase
from ttlang.tables.functions import BY_NAME, FUNCTIONS, Function
from ttlang.tables.operand_names import OPERANDS

_BLOCK_FORM = {row.with_scalar: row for row in FUNCTIONS if row.with_scalar and BY_NAME[row.with_scalar].public}
"""For a public row of a block and a number: the row of two blocks."""


def call_math(c: ThreadBuilder, function: MathFunction, call: Call) -> Value:
    """A call of `ttl.math.<name>`: first its blocks, then its numbers, by position or by name."""
    row, name = function.row, function.__name__
    names = [*OPERANDS[: row.arity], *(p.name for p in row.inputs)]
    keywords = dict(call.keywords)
    options = read_options(c, row, name, {o.name: keywords.pop(o.name) for o in row.options if o.name in keywords})
    given = given_arguments(c, row, name, call.args, keywords)
    operands = [_given(c, name, given, operand) for operand in names[: row.arity]]
    if row.chosen is not None and options:
        return row.chosen(_Rows(c, name), *operands, *options.values())
    if (block_form := _BLOCK_FORM.get(row.name)) is not None and isinstance(given.get(names[-1]), BlockValue | Spread):
        return apply_row(c, block_form, [*operands, given[names[-1]]], (), name)
    numbers: list[float] = []
    for parameter in row.inputs:
        if parameter.name not in given and parameter.default is not None:
            numbers.append(parameter.default)
            continue
        value = _given(c, name, given, parameter.name)
        numbers.append(read_number(c, f"{parameter.name} of {phrase(name)}", value, parameter.encoding))
    check_derived(c, row, name, given, numbers)
    return apply_row(c, row, operands, tuple(numbers), name)


class _Rows:
    """`rows.exp(x)` applies the row of that name to blocks and numbers, for a call that the user knows by another."""

    def __init__(self, c: ThreadBuilder, called: str):
        self._c = c
        self._called = called

    def __getattr__(self, name: str) -> Callable[..., Value]:
        if (row := BY_NAME.get(name)) is None:
            raise AttributeError(name)
        return lambda *arguments: self._apply(row, arguments)

    def _apply(self, row: Function, arguments: Sequence[Value | float]) -> Value:
        operands, numbers = arguments[: row.arity], arguments[row.arity :]
        parameters = tuple(number for number in numbers if not isinstance(number, Value))
        return apply_row(self._c, row, [as_value(each) for each in operands], parameters, self._called)


def _given(c: ThreadBuilder, name: str, given: dict[str, Value], argument: str) -> Value:
    if argument not in given:
        row = BY_NAME[name]
        names = ", ".join((*OPERANDS[: row.arity], *(p.name for p in row.inputs)))
        hint = f"it is {phrase(name)}({names}): {row.doc.rstrip('.')}"
        raise c.error("TTL0107", f"{phrase(name)} lacks its argument {argument}", hint=hint)
    return given[argument]
