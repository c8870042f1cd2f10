"""Checks that what a kernel was made from is what it was: quick where nothing has changed, and false for any doubt."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, KeysView, Sequence
from operator import is_, itemgetter
from types import CellType, CodeType
from typing import NamedTuple, Protocol

MISSING: object = object()
"""Stands for an attribute, an item or a cell's content that is not there."""


class Unrecorded(Exception):
    """Something that a kernel depends on can change unseen."""


class Fact(NamedTuple):
    """What is known of an object of the host."""

    owner: object
    kind: str
    """What is known: "attribute", "item", "cell", "content" or "tensor"; "holds" of a container that is known whole."""
    name: str
    value: object


class _Table(Protocol):
    """A dict or the like, of any keys."""

    def __iter__(self) -> Iterator[object]: ...

    def values(self) -> Iterable[object]: ...


_Items = tuple[Callable[[dict[str, object]], Iterable[object]], dict[str, object], list[object]]
"""What reads several items of a table at once, the table, and their values."""


class _Columns(NamedTuple):
    """Facts by kind, in columns, for loops that run in C."""

    attributes: tuple[list[object], list[str], list[object], list[object]]
    """Owners, names, what stands for an attribute that is not there, and values."""
    items: list[_Items]
    absent: Sequence[tuple[KeysView[str], tuple[str, ...]]]
    cells: tuple[list[CellType], list[object]]


def cell_content(cell: CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:
        return MISSING


class Guards:
    """
    Facts about objects of the host, each with the value that it had. Values are compared by identity, and held, so
    that no other object can take their place; contents of arrays are compared byte by byte.
    """

    def __init__(self) -> None:
        self._attributes: dict[tuple[int, str], tuple[object, str, object]] = {}
        self._items: dict[int, tuple[dict[str, object], dict[str, object]]] = {}
        self._absent: dict[int, tuple[dict[str, object], dict[str, None]]] = {}
        self._cells: dict[int, tuple[CellType, object]] = {}
        self._sequences: list[tuple[Iterable[object], list[object]]] = []
        self._mappings: list[tuple[_Table, list[object], list[object]]] = []
        self._contents: list[tuple[object, str, Callable[[], object], object]] = []
        self._tensors: list[tuple[object, str, Callable[[], object], weakref.ref[object]]] = []
        self._ready: _Columns | None = None

    def attribute(self, owner: object, name: str, value: object) -> None:
        """`owner.name` is `value`, or is not there."""
        self._attributes[id(owner), name] = owner, name, value

    def recoded(self, owner: object, code: CodeType) -> None:
        """A function that is known has other code by now, which means the same."""
        if (id(owner), "__code__") in self._attributes:
            self.attribute(owner, "__code__", code)
            self._ready = None

    def item(self, table: dict[str, object], name: str, value: object) -> None:
        """`table[name]` is `value`, or is not there."""
        if value is MISSING:
            self._absent.setdefault(id(table), (table, {}))[1][name] = None
        else:
            self._items.setdefault(id(table), (table, {}))[1][name] = value

    def cell(self, cell: CellType, value: object) -> None:
        """The cell of a closure holds `value`, or nothing."""
        self._cells[id(cell)] = cell, value

    def sequence(self, items: Iterable[object]) -> None:
        """A list, a set or the like has the items that it has now, in their order."""
        self._sequences.append((items, list(items)))

    def mapping(self, table: _Table) -> None:
        """A dict or the like has the keys and the values that it has now, in their order."""
        self._mappings.append((table, list(table), list(table.values())))

    def content(self, owner: object, name: str, read: Callable[[], object]) -> None:
        """
        `read()`, whose results can be compared, gives what it gives now: `name` of `owner`. Without an owner it is what
        means nothing in another process.
        """
        self._contents.append((owner, name, read, read()))

    def tensor(self, owner: object, name: str, find: Callable[[], object], value: object) -> None:
        """`find()` gives this very tensor, `name` of `owner`. It is not held: its memory is the user's."""
        self._tensors.append((owner, name, find, weakref.ref(value)))

    def facts(self) -> Iterator[Fact]:
        """All of it, for whoever describes it; what is not there has the value `MISSING`."""
        for owner, name, value in self._attributes.values():
            yield Fact(owner, "attribute", name, value)
        for table, values in self._items.values():
            yield from (Fact(table, "item", name, value) for name, value in values.items())
        for table, names in self._absent.values():
            yield from (Fact(table, "item", name, MISSING) for name in names)
        for cell, value in self._cells.values():
            yield Fact(cell, "cell", "", value)
        for items, held in self._sequences:
            yield Fact(items, "holds", "", held)
        for table, keys, values in self._mappings:
            yield Fact(table, "holds", "", [*zip(keys, values, strict=True)])
        for owner, name, _, value in self._contents:
            if owner is not None:
                yield Fact(owner, "content", name, value)
        for owner, name, _, tensor in self._tensors:
            yield Fact(owner, "tensor", name, tensor())

    def hold(self) -> bool:
        """Whether all of it is as it was."""
        ready = self._ready
        if ready is None:
            ready = self._ready = self._prepared()
        (owners, names, missing, values), items, absent, (cells, inside) = ready
        try:
            return (
                all(map(is_, map(getattr, owners, names, missing), values))
                and all(all(map(is_, get(table), expected)) for get, table, expected in items)
                and all(map(is_, map(cell_content, cells), inside))
                and all(keys.isdisjoint(names) for keys, names in absent)
                and all(_same(items, expected) for items, expected in self._sequences)
                and all(_same(t, keys) and _same(t.values(), of) for t, keys, of in self._mappings)
                and all(read() == expected for _, _, read, expected in self._contents)
                and all(find() is tensor() for _, _, find, tensor in self._tensors)
            )
        except Exception:  # of a user's class, or of an item that is gone
            return False

    def _prepared(self) -> _Columns:
        rows = list(self._attributes.values())
        attributes = [row[0] for row in rows], [row[1] for row in rows], [MISSING] * len(rows), [row[2] for row in rows]
        items = [_getter(table, expected) for table, expected in self._items.values()]
        absent = [(table.keys(), tuple(names)) for table, names in self._absent.values()]
        cells = [cell for cell, _ in self._cells.values()], [value for _, value in self._cells.values()]
        return _Columns(attributes, items, absent, cells)


def _getter(table: dict[str, object], expected: dict[str, object]) -> _Items:
    """Reads several items at once. The first is read twice: of one name alone, `itemgetter` would give no tuple."""
    names, values = list(expected), list(expected.values())
    return itemgetter(names[0], *names), table, [values[0], *values]


def _same(items: Iterable[object], expected: list[object]) -> bool:
    found = list(items)
    return len(found) == len(expected) and all(map(is_, found, expected))
