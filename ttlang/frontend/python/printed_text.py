"""Strings: of the host, or with numbers in them that the run computes, for prints and assertions."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Sequence

from ttlang.analysis.arithmetic import constant_value
from ttlang.frontend.blocks.value_nouns import is_resource
from ttlang.frontend.blocks.values import (
    BlockValue,
    Bool,
    Fill,
    Group,
    Host,
    Int,
    RangeValue,
    Ratio,
    SliceValue,
    Spread,
    Table,
    Text,
    Value,
    describe,
)
from ttlang.frontend.python.thread_compiler import ThreadCompiler
from ttlang.tables.print_format import escaped

_CONVERSIONS: dict[int, Callable[[object], str]] = {115: str, 114: repr, 97: ascii}
"""Of values in f-strings: !s, !r and !a."""
_DECIMAL = re.compile(r">?([1-9]\d?)?d?")
"""Specs that print an integer as it is, or to the right of so many columns: what every kernel API can do."""


def compile_f_string(c: ThreadCompiler, node: ast.JoinedStr) -> Value:
    parts = [c.expression(part) for part in node.values]
    if all(isinstance(part, Host) for part in parts):
        return Host("".join(str(part.value) for part in parts if isinstance(part, Host)))
    return joined([text_of(c, part) for part in parts])


def compile_formatted(c: ThreadCompiler, node: ast.FormattedValue) -> Value:
    value = c.expression(node.value)
    spec = _spec(c, node)
    convert = _CONVERSIONS.get(node.conversion)
    c.at(node.value)
    if isinstance(value, Host) and not is_resource(value.value):
        return c.on_host(format, value.value if convert is None else c.on_host(convert, value.value).value, spec)
    if not spec:
        return text_of(c, value) if convert in (None, str) else shown(c, value)
    width = _DECIMAL.fullmatch(spec)
    if not isinstance(value, Int) or convert is not None or width is None:
        raise c.error(
            "TTL0106",
            f"{describe(value)} can't be printed as {spec!r}",
            hint="an integer can have a width, as in {x:4}, and nothing else: that is what every kernel API has",
        )
    return Text(f"{{:{width[1]}}}" if width[1] else "{}", (value.ssa,))


def _spec(c: ThreadCompiler, node: ast.FormattedValue) -> str:
    spec = c.expression(node.format_spec) if node.format_spec else Host("")
    if not isinstance(spec, Host):
        raise c.error("TTL0108", "the format of a value has to be known at compile time", node.value)
    return spec.value


# ---------------------------------------------------------------------------------------------------------- texts


def text_of(c: ThreadCompiler, value: Value) -> Text:
    """`str(value)`. Raises a TTL0106 for what has no text."""
    match value:
        case Text():
            return value
        case Host(str() as text):
            return Text(escaped(text))
        case Host(host) if not is_resource(host):
            return Text(escaped(c.on_host(str, host).value))
        case _:
            return shown(c, value)


def shown(c: ThreadCompiler, value: Value) -> Text:
    """`repr(value)`. Raises a TTL0106 for what has none."""
    match value:
        case Host(host) if not is_resource(host):
            return Text(escaped(c.on_host(repr, host).value))
        case Int(ssa) if (number := constant_value(ssa)) is not None:
            return Text(str(number))
        case Int(ssa) | Bool(ssa):
            return Text("{}", (ssa,))
        case Group(items, kind):
            return _sequence(c, items, kind)
        case Table(items):
            pairs = [joined([shown(c, Host(key)), Text(": "), shown(c, item)]) for key, item in items.items()]
            return _within("{{", pairs, "}}")
        case RangeValue(start, stop, step):
            bounds = [start, stop] if isinstance(step, Host) and step.value == 1 else [start, stop, step]
            return _within("range(", [shown(c, bound) for bound in bounds], ")")
        case SliceValue(start, stop, step):
            return _within("slice(", [shown(c, bound) for bound in (start, stop, step)], ")")
        case _:
            raise _no_text(c, value)


def _sequence(c: ThreadCompiler, items: Sequence[Value], kind: type) -> Text:
    texts = [shown(c, item) for item in items]
    if kind is list:
        return _within("[", texts, "]")
    return _within("(", texts, ",)" if len(texts) == 1 else ")")


def _within(opening: str, texts: Sequence[Text], closing: str) -> Text:
    return joined([Text(opening), joined(texts, Text(", ")), Text(closing)])


def joined(texts: Iterable[Text], separator: Text | None = None) -> Text:
    """One text after the other."""
    all_texts: list[Text] = []
    for text in texts:
        all_texts += [separator, text] if separator and all_texts else [text]
    return Text("".join(text.format for text in all_texts), tuple(v for text in all_texts for v in text.values))


def concatenated(c: ThreadCompiler, left: Value, right: Value) -> Text | None:
    """`left + right`, where both are strings, and not both of the host."""
    if _is_string(left) and _is_string(right):
        return joined([text_of(c, left), text_of(c, right)])
    return None


def _is_string(value: Value) -> bool:
    return isinstance(value, Text) or (isinstance(value, Host) and isinstance(value.value, str))


def _no_text(c: ThreadCompiler, value: Value) -> Exception:
    hint = "print what is known of it: numbers, strings, shapes"
    if isinstance(value, Ratio):
        hint = "round it with //, math.ceil, math.floor or int"
    elif isinstance(value, BlockValue | Fill | Spread):
        hint = "print its shape, or copy it to a tensor that the host prints"
    elif isinstance(value, Text):
        hint = "print it on its own"
    return c.error("TTL0106", f"{describe(value)} can't be printed in a thread", hint=hint)
