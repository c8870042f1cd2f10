"""Arguments of a decorator that an edition has kept from compilers before it: they are checked, and have no effect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ttlang.diagnostics import error
from ttlang.tables.editions import Edition


def without_relics(options: Mapping[str, object], edition: Edition) -> dict[str, Any]:
    """The others, which mean something. Raises a TTL0002 for a relic of a wrong value."""
    for name in edition.relics & options.keys():
        accepts, due = _RELICS[name]
        if not accepts(options[name]):
            raise error("TTL0002", f"{name} is {options[name]!r}, and not {due}", hint="or leave it out")
    if edition.relics and options.get("iterator_types") is not None and not options.get("indexing_maps"):
        raise error("TTL0002", "iterator_types is given without indexing_maps", hint="leave both out")
    return {name: value for name, value in options.items() if name not in edition.relics}


def _is_list_of(test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or (isinstance(value, list | tuple) and all(map(test, value)))  # pyright: ignore[reportUnknownArgumentType]


_RELICS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "indexing_maps": (_is_list_of(callable), "a list of functions"),
    "iterator_types": (
        _is_list_of(lambda kind: kind in ("parallel", "reduction")),
        'a list of "parallel", "reduction"',
    ),
    "memory_space": (lambda value: value in ("L1", "DRAM"), '"L1" or "DRAM"'),
    "num_outs": (lambda value: type(value) is int and value == 1, "1"),
    "tiled": (lambda value: isinstance(value, bool), "True or False"),
}
"""Whether a value is one that the argument may have, and which those are."""
