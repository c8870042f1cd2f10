"""
Rows of the table of functions in words, for docs/functions.md and for an editor: how a function is called, what it
computes, how exact it is, what it costs. Nothing here imports the compiler.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ttlang.tables.accuracy import describe
from ttlang.tables.chips import CHIPS, Chip, find_chip
from ttlang.tables.chips.costs import Kind, Unit
from ttlang.tables.functions import BY_NAME, FUNCTIONS, Function, Option
from ttlang.tables.kernel_api import NEWEST, OLDEST
from ttlang.tables.operand_names import OPERANDS

NOT_OF_THE_CALL = (Kind.DERIVED, Kind.ASSUMED)
"""Kinds of figures that are marked with a ~."""


def function_text(name: str, arch: str | None = None) -> str | None:
    """
    Markdown about the function of that name, or further name; None where there is none. `arch`: the chip whose cycles
    are wanted; without it, those of all chips are told.
    """
    row = BY_NAME.get(name)
    if row is None:
        return None
    row = _named_by_users(row)
    chips = CHIPS.values() if arch is None else (find_chip(arch),)
    return "\n\n".join([f"```python\nttl.math.{signature(row)}\n```", row.doc, "\n".join(_lines(row, chips))])


def _named_by_users(row: Function) -> Function:
    """Of a form of a function that takes a number in place of a block, the function."""
    if row.public:
        return row
    return next((each for each in FUNCTIONS if row.name in (each.with_scalar, each.scalar_with)), row)


def _lines(row: Function, chips: Iterable[Chip]) -> Iterator[str]:
    if row.aliases:
        yield f"- also called {', '.join(f'`{alias}`' for alias in row.aliases)}"
    if renamed := signature_in(row, "2026"):
        yield f"- in the edition of 2026: `{renamed}`"
    yield from (f"- `{each.name}={each.default}`: {option_text(each)}" for each in row.options)
    yield f"- kernel call: {kernel_calls(row)}{f'; since ttnn {since}' if (since := since_text(row)) else ''}"
    if row.integer:
        yield f"- also of integers: {', '.join(row.integer_formats)}"
    if row.call and row.arity == 1 and (error := describe(NEWEST.name, row.name)) != "not recorded":
        yield f"- largest error with 16 bits in DST, in units of the last place of bfloat16: {error}"
    for chip in chips:
        if figures := tile_cycles(chip, row):
            yield f"- cycles for a tile on {chip.title}, with 16 / 32 bits in DST: {figures}"


# ---------------------------------------------------------------------------------------------- parts of a description


def signature(row: Function) -> str:
    """As in `exp(x, *, approx=False)`."""
    parameters = [p.name if p.default is None else f"{p.name}={p.default:g}" for p in row.inputs]
    options = [f"{o.name}={o.default}" for o in row.options]
    return f"{row.name}({', '.join([*OPERANDS[: row.arity], *parameters, *(['*'] if options else []), *options])})"


def signature_in(row: Function, vocabulary: str) -> str:
    """How editions of these names for numbers (`Edition.numbers`) spell it; empty where that does not differ."""
    if not any(vocabulary in p.names for p in row.parameters):
        return ""
    names = (*OPERANDS[: row.arity], *(p.name_in(vocabulary) for p in row.inputs_in(vocabulary)))
    return f"{row.name}({', '.join(names)})"


def option_text(option: Option) -> str:
    """What an option says, and whether it can say it."""
    return f"{option.doc} No other is compiled: {option.only}." if option.only else option.doc


def kernel_calls(row: Function) -> str:
    """In Markdown: what computes it, and what older generations of the kernel API call that."""
    if row.call is None:
        return "made of others"
    calls = [f"`{row.call.tile}`"]
    if row.fpu:
        calls.insert(0, f"`{row.fpu}_tiles`")
    calls += [f"`{older.tile}` ({older.since})" for older in row.call.history()[1:] if older.tile != row.call.tile]
    return ", ".join(calls)


def since_text(row: Function) -> str:
    """The generation that has it first; empty for the oldest."""
    if row.since == OLDEST:
        return ""
    return f"{row.since}" if row.expansion is None else f"{row.since}; before it, made of others"


def tile_cycles(chip: Chip, row: Function) -> str:
    """Those of a function's call for a tile, with either width of DST: `656 / 1433`; empty where it has none."""
    return "" if row.call is None else both_widths(chip, row.call.key, Unit.SFPU, "", "")


def both_widths(chip: Chip, call: str, unit: Unit, fidelity: str, format: str) -> str:
    """Cycles of a call of a unit with either width of DST, with a ~ where they are derived from others."""
    figures = [
        f"{'~' if cost.source.kind in NOT_OF_THE_CALL else ''}{cost.cycles:.0f}"
        for dst32 in (False, True)
        for cost in chip.costs.of(call, dst32=dst32)
        if (cost.unit, cost.fidelity, cost.format) == (unit, fidelity, format)
    ]
    return " / ".join(figures)
