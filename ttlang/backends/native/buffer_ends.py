"""
Which buffers a kernel in C++ may fill or empty, read from its text: for reports about threads that have not come so
far. A run decides by what kernels do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

_RELEASE = re.compile(r"\bcb_(?P<verb>push_back|pop_front)\s*\(\s*(?P<buffer>[^,;]+?)\s*,")
"""`cb_push_back(cb, pages)`."""
_METHOD = re.compile(r"\b(?P<buffer>\w+)\s*\.\s*(?P<verb>push_back|pop_front)\s*\(")
"""`buffer.push_back(pages)`, of a `CircularBuffer buffer(cb)`."""
_VARIABLE = re.compile(r"\b(?P<name>\w+)\s*(?:=\s*|\(\s*|\{\s*)(?P<value>[^;=]+?)\s*[)}]?\s*;")
_DEFINE = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(?P<name>\w+)[ \t]+(?P<value>.+?)[ \t]*$", re.MULTILINE)
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_ARGUMENT = re.compile(r"get_compile_time_arg_val\s*\(\s*(\d+)\s*\)?")
_NAMED = re.compile(r"get_named_compile_time_arg_val\s*\(\s*\"(\w+)\"\s*\)?")
_NUMBER = re.compile(r"(?:\w+\s*::\s*)*(?:c_(?:in|out|intermed)?)?(?P<number>0[xX][0-9a-fA-F]+|\d+)[uU]?")
"""`3`, `0x3u`, `tt::CBIndex::c_3`."""
_OF_THE_ENUM = re.compile(r"c_(in|out|intermed)(\d+)$")
_STARTS = {"in": 0, "out": 16, "intermed": 24}
"""Of the older names of buffers: `tt::CB::c_out0` is 16."""
_DEPTH = 8
"""Names that stand for names, at most."""


@dataclass
class Ends:
    """The numbers of buffers; `another` where the text does not tell which one it is."""

    fills: set[int] = field(default_factory=set[int])
    drains: set[int] = field(default_factory=set[int])
    fills_another: bool = False
    drains_another: bool = False


@lru_cache(maxsize=256)
def read_ends(
    texts: tuple[str, ...],
    defines: tuple[tuple[str, str], ...],
    arguments: tuple[int, ...],
    named: tuple[tuple[str, int], ...],
) -> Ends:
    """The buffers whose pages the calls in these texts push or pop."""
    text = _COMMENT.sub(" ", "\n".join(texts))
    values: dict[str, set[str]] = {}
    for found in (*_VARIABLE.finditer(text), *_DEFINE.finditer(text)):
        values.setdefault(found["name"], set()).add(found["value"])
    # A name with several values is another one in each scope.
    names = {name: each.pop() for name, each in values.items() if len(each) == 1} | dict(defines)
    ends = Ends()
    for verb, buffer in _released(text):
        number = _number(buffer, names, arguments, dict(named))
        fills = verb == "push_back"
        if number is not None:
            (ends.fills if fills else ends.drains).add(number)
        elif fills:
            ends.fills_another = True
        else:
            ends.drains_another = True
    return ends


def _released(text: str) -> Iterator[tuple[str, str]]:
    for found in (*_RELEASE.finditer(text), *_METHOD.finditer(text)):
        yield found["verb"], found["buffer"]


def _number(text: str, names: dict[str, str], arguments: tuple[int, ...], named: dict[str, int]) -> int | None:
    """What an expression that names a buffer stands for; None where that is not to be seen."""
    for _ in range(_DEPTH):
        if (argument := _ARGUMENT.fullmatch(text)) is not None:
            index = int(argument[1])
            return arguments[index] if index < len(arguments) else None
        if (argument := _NAMED.fullmatch(text)) is not None:
            return named.get(argument[1])
        if (old := _OF_THE_ENUM.search(text)) is not None:
            return _STARTS[old[1]] + int(old[2])
        if (number := _NUMBER.fullmatch(text)) is not None:
            return int(number["number"], 0)
        if text not in names:
            return None
        text = names[text]
    return None
