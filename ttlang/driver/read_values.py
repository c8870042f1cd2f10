"""
What a function's code reads, each with the value that it had: names of cells and modules, and attributes of what they
hold, one by one as far as the code follows them.
"""

from __future__ import annotations

import builtins
import functools
import types
from collections.abc import Callable, Iterator, Mapping

from ttlang.driver import array_contents
from ttlang.driver import unchanging_objects as unchanging
from ttlang.driver.code_reads import Read, Root, asks_for, reads_of
from ttlang.driver.guards import MISSING, Guards, Unrecorded, cell_content
from ttlang.driver.plain_attributes import plain_attribute

_DATA_FACTS = frozenset(
    {
        *("dtype", "layout", "memory_config", "ndim", "pad_value", "padded_shape", "shape", "spec", "tile"),
        *("arch", "chip", "compute_with_storage_grid_size", "core_grid", "id"),
    }
)
"""What never changes of a tensor on a device, and of a device."""
ABOUT = frozenset({"__annotations__", "__doc__", "__module__", "__name__", "__qualname__"})
"""What functions and classes say about themselves."""
_INTROSPECTION = frozenset({"inspect", "signature", "getdoc", "get_type_hints", "get_annotations"})
"""Names of functions that ask for it."""
_UNSEEN = frozenset({"__subclasses__"})
"""Names of attributes that change without a trace in what has them."""


class FunctionReads:
    """Adds to `guards` what functions read."""

    def __init__(self, guards: Guards):
        self.guards = guards
        self.introspects = False
        """Whether any of the code may ask functions and classes for their names, texts or annotations."""

    def add(self, function: types.FunctionType) -> Iterator[object]:
        """A function, and what its code reads. Gives what is to be looked at as a whole, one after the other."""
        guards, code = self.guards, function.__code__
        guards.attribute(function, "__code__", code)
        for name in ("__defaults__", "__kwdefaults__"):
            guards.attribute(function, name, getattr(function, name))
            yield getattr(function, name)
        if function.__dict__:
            guards.mapping(function.__dict__)
            yield from function.__dict__.values()
        if asks_for(code, _UNSEEN):
            raise Unrecorded("the subclasses of a class")
        self.introspects = self.introspects or asks_for(code, ABOUT) or asks_for(code, _INTROSPECTION)
        cells = dict(zip(code.co_freevars, function.__closure__ or (), strict=True))
        for read in reads_of(code):
            yield from self._read(read, function.__globals__, cells)

    def _read(self, read: Read, names: dict[str, object], cells: Mapping[str, types.CellType]) -> Iterator[object]:
        find: Callable[[], object]
        owner: object
        match read.root:
            case Root.IMPORT:
                if read.name and not unchanging.is_pure_module(read.name) and read.name not in unchanging.OURS:
                    raise Unrecorded(f"import {read.name}")
                return
            case Root.CELL:
                # A variable of the function itself, which a function in it reads, is no cell of its closure.
                if (cell := cells.get(read.name)) is None:
                    return
                owner, value, find = cell, cell_content(cell), functools.partial(cell_content, cell)
                if not unchanging.is_data(value):
                    self.guards.cell(cell, value)
            case Root.GLOBAL:
                table, name = names, read.name
                if name not in names:
                    self.guards.item(names, name, MISSING)
                    table = builtins.__dict__
                owner, value = table, table.get(name, MISSING)
                find = functools.partial(table.get, name)
                if not unchanging.is_data(value):
                    self.guards.item(table, name, value)
        if value is MISSING:
            return
        if unchanging.is_data(value):
            self.guards.tensor(owner, "" if read.root is Root.CELL else read.name, find, value)
        yield from self._chain(value, read.attributes)

    def _chain(self, value: object, names: tuple[str, ...]) -> Iterator[object]:
        """A value, of which attributes are taken, one of the other."""
        for name in names:
            if unchanging.is_constant(value):
                return
            if array_contents.is_array(value) or unchanging.is_data(value):
                yield from self._fact(value, name)
                return
            if (found := plain_attribute(value, name)) is MISSING:
                break
            if unchanging.is_data(found):
                self.guards.tensor(value, name, functools.partial(getattr, value, name, None), found)
            else:
                self.guards.attribute(value, name, found)
            value = found
        yield value

    def _fact(self, tensor: object, name: str) -> Iterator[object]:
        """An attribute of a tensor or a device that has nothing to do with its contents."""
        if unchanging.is_data(tensor):
            if name not in _DATA_FACTS:
                raise Unrecorded(f"{name} of a {type(tensor).__name__}")
        elif name in array_contents.FACTS:
            self.guards.content(tensor, name, functools.partial(getattr, tensor, name))
        else:
            yield tensor
