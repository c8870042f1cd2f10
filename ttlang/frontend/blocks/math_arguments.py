"""The arguments of a call of `ttl.math.<name>`, as each edition spells them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ttlang.diagnostics import Diagnostic
from ttlang.frontend.blocks.call_arguments import is_none
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.values import Bool, Host, Int, Ratio, Value, describe
from ttlang.tables.editions import phrase, vocabularies
from ttlang.tables.functions import Encoding, Function, Option
from ttlang.tables.operand_names import OPERANDS, own_names

_NEAR = 0.01
"""How far a reciprocal may be off, relatively: `0.333` is one of 3."""


def given_arguments(
    c: ThreadBuilder, row: Function, name: str, args: Sequence[Value], keywords: Mapping[str, Value]
) -> dict[str, Value]:
    """The arguments by the names that the table has for them. Raises a TTL0107 for a call that does not fit."""
    blocks = OPERANDS[: row.arity]
    names = {each: {p.name_in(each): p.name for p in row.inputs_in(each)} for each in vocabularies()}
    first, *others = names.values()
    known = {given: own for each in reversed(others) for given, own in each.items()}
    known |= own_names(row.name, row.arity) | {block: block for block in blocks} | first
    orders = {each: (*blocks, *own.values()) for each, own in names.items()}

    def fits(order: Sequence[str]) -> bool:
        return len(args) <= len(order) and not any(known.get(keyword) in order[: len(args)] for keyword in keywords)

    tried = [orders[vocabulary] for vocabulary in c.kernel.edition.numbers]
    order = next(filter(fits, tried), tried[-1])
    if len(args) > len(order):
        raise c.error("TTL0107", f"{phrase(name)} takes {len(order)} arguments ({', '.join(order)}), not {len(args)}")
    found: dict[str, Value] = dict(zip(order, args, strict=False))
    for keyword, value in keywords.items():
        argument = known.get(keyword)
        if argument is None or argument in found:
            names_known = ", ".join([*dict.fromkeys(known.values()), *(option.name for option in row.options)])
            reason = "is given twice" if argument else f"is none of its arguments ({names_known})"
            raise c.error("TTL0107", f"{phrase(name)}: {keyword} {reason}")
        found[argument] = value
    common, *others = orders.values()
    if fits(common) and any(other[: len(args)] != common[: len(args)] for other in others):
        _doubt(c, row, name, args)
    return found


def read_options(
    c: ThreadBuilder, row: Function, name: str, given: Mapping[str, Value]
) -> dict[str, float | bool | None]:
    """
    A value for each of the row's options; none at all where the call has none of them. Raises what is wrong with a
    value, and a TTL0003 for one that is not compiled.
    """
    if not given:
        return {}
    options = {option.name: option.default for option in row.options}
    for option in row.options:
        if option.name not in given:
            continue
        called, value = f"{option.name} of {phrase(name)}", given[option.name]
        options[option.name] = _read_option(c, option, called, value)
        if option.only and options[option.name] != option.default:
            message = f"{called} is {options[option.name]:g}, and is compiled as {option.default} alone: {option.only}"
            raise c.error("TTL0003", message, hint="leave it out")
    return options


def _read_option(c: ThreadBuilder, option: Option, called: str, value: Value) -> float | bool | None:
    if option.default is None and is_none(value):
        return None
    if not isinstance(option.default, bool):
        return read_number(c, called, value, Encoding.BITS)
    if isinstance(value, Host) and isinstance(value.value, bool):
        return value.value
    code = "TTL0107" if isinstance(value, Host) else "TTL0108"
    raise c.error(code, f"{called} is {describe(value)}, where True or False is needed")


def read_number(c: ThreadBuilder, what: str, value: Value, encoding: Encoding) -> float:
    """A number that a function takes. Raises what is wrong with any other value."""
    found = c.number(value)
    if found is None:
        code = "TTL0108" if isinstance(value, Int | Bool | Ratio) else "TTL0106"
        raise c.error(code, f"{what} is {describe(value)}, where a number known at compile time is needed")
    is_integer = c.as_float(found).is_integer()
    if encoding is Encoding.INTEGER and not is_integer:
        raise c.error("TTL0107", f"{what} is {found}, where an integer is needed")
    return found


def check_derived(
    c: ThreadBuilder, row: Function, name: str, arguments: Mapping[str, Value], numbers: Sequence[float]
) -> None:
    """What an edition gives beside the number that it follows from must be what follows: a TTL0107 if it is not."""
    for parameter, value in zip(row.parameters, row.call_values(tuple(numbers)), strict=True):
        if parameter.derive is None or parameter.name not in arguments:
            continue
        vocabulary, called = next(iter(parameter.names.items()))
        told = read_number(c, f"{called} of {phrase(name)}", arguments[parameter.name], parameter.encoding)
        if not math.isclose(told, value, rel_tol=_NEAR):
            names = ", ".join(p.name_in(vocabulary) for p in row.inputs_in(vocabulary))
            raise c.error(
                "TTL0107",
                f"{phrase(name)}: {called} is {told:g}, and follows from the others as {value:g}",
                hint=f"in the edition of {vocabulary} it is {phrase(name)}(x, {names}); "
                "name what you give, or leave it out",
            )


def _doubt(c: ThreadBuilder, row: Function, name: str, args: Sequence[Value]) -> None:
    """A call by position whose numbers are others in another edition, in a kernel with names of both."""
    readings = (f"{', '.join(p.name_in(each) for p in row.inputs_in(each))} in {each}" for each in vocabularies())
    c.kernel.doubt(
        Diagnostic(
            "TTL0211",
            f"{phrase(name)} is given {len(args)} arguments in a kernel with names of two editions: after the block "
            f"they are {', and '.join(readings)}",
            c.span(),
            "name them, as in threshold=...",
            c.calls,
        )
    )
