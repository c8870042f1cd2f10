"""
Arguments that decorators of compilers before this one had, and that the threads of a kernel say now. An edition refuses
them, or takes them without effect: then they are checked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ttlang.diagnostics import error
from ttlang.tables.editions import Edition


@dataclass(frozen=True)
class Relic:
    """Such an argument."""

    accepts: Callable[[Any], bool]
    """Whether a value is one that it may have."""
    due: str
    """Which those are."""
    instead: str
    """What to do in its place."""


def without_relics(options: Mapping[str, object], edition: Edition) -> dict[str, Any]:
    """The options that mean something in an edition. Raises a TTL0002 for a relic of a wrong value."""
    if edition.relics == "error":
        return dict(options)
    for name in RELICS.keys() & options.keys():
        relic = RELICS[name]
        if not relic.accepts(options[name]):
            raise error("TTL0002", f"{name} is {options[name]!r}, and not {relic.due}", hint=relic.instead)
    if options.get("iterator_types") is not None and not options.get("indexing_maps"):
        raise error("TTL0002", "iterator_types is given without indexing_maps", hint="leave both out")
    return {name: value for name, value in options.items() if name not in RELICS}


def _is_list_of(test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or (isinstance(value, list | tuple) and all(map(test, value)))  # pyright: ignore[reportUnknownArgumentType]


_OF_THE_THREADS = "leave it out: the loops and slices of the threads say it"
RELICS: Mapping[str, Relic] = {
    "indexing_maps": Relic(_is_list_of(callable), "a list of functions", _OF_THE_THREADS),
    "iterator_types": Relic(
        _is_list_of(lambda kind: kind in ("parallel", "reduction")),
        'a list of "parallel", "reduction"',
        _OF_THE_THREADS,
    ),
    "memory_space": Relic(
        lambda value: value in ("L1", "DRAM"),
        '"L1" or "DRAM"',
        "leave it out: buffers lie in L1, and a tensor's memory_config says where it lies",
    ),
    "num_outs": Relic(lambda value: type(value) is int and value == 1, "1", _OF_THE_THREADS),
    "tiled": Relic(
        lambda value: isinstance(value, bool),
        "True or False",
        "leave it out: a tensor's layout says it, ttnn.TILE_LAYOUT or ttnn.ROW_MAJOR_LAYOUT",
    ),
}
