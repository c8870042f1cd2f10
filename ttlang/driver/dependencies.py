"""
What a compiled kernel depends on: found by a walk from the kernel function over all that its code, and the code that
it calls, can reach. Attributes are followed one by one as far as the code does; what then goes its own way is looked
at as a whole. A walk that meets something that can change unseen, such as a clock, a file or a random number, says
so: such a kernel is elaborated for each call.
"""

from __future__ import annotations

import array
import builtins
import functools
import inspect
import types
from abc import ABCMeta, get_cache_token
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from enum import EnumMeta
from typing import Any, cast

from ttlang.driver import arrays, constants
from ttlang.driver.guards import MISSING, Guards, cell_content
from ttlang.driver.reads import Read, Root, asks_for, reads_of

_MOST_OBJECTS = 1000
"""To compare more objects at each call costs more than to elaborate the kernel."""
_DATA_FACTS = frozenset(
    {
        *("dtype", "layout", "memory_config", "ndim", "pad_value", "padded_shape", "shape", "spec", "tile"),
        *("arch", "chip", "compute_with_storage_grid_size", "core_grid", "id"),
    }
)
"""What never changes of a tensor on a device, and of a device."""
_ABOUT = frozenset({"__annotations__", "__doc__", "__module__", "__name__", "__qualname__"})
"""What functions and classes say about themselves."""
_INTROSPECTION = frozenset({"inspect", "signature", "getdoc", "get_type_hints", "get_annotations"})
"""Names of functions that ask for it."""
_UNSEEN = frozenset({"__subclasses__"})
"""Names of attributes that change without a trace in what has them."""
_CLASS_PARTS = frozenset(
    {
        *("__annotations__", "__dict__", "__doc__", "__firstlineno__", "__module__", "__orig_bases__", "__qualname__"),
        *("__annotate__", "__annotate_func__", "__annotations_cache__", "__static_attributes__", "__weakref__"),
        *("__abstractmethods__", "__parameters__", "_abc_impl", "__classcell__", "__getstate__", "__setstate__"),
        *("__dataclass_fields__", "__dataclass_params__", "__match_args__", "__slots__", "__type_params__"),
    }
)
"""Attributes of classes that say nothing about what their instances do."""


class Unrecorded(Exception):
    """Something that a kernel depends on can change unseen."""


def record(function: Callable[..., Any], arguments: Iterable[Any]) -> Guards:
    """
    The guards of a kernel function that is called with these arguments, of which those are left out that have a
    description. Raises `Unrecorded`. To be called before the function is run, which may change what it reads.
    """
    walk = _Walk()
    try:
        walk.value(inspect.unwrap(function))
        for argument in arguments:
            walk.value(argument)
        walk.introspection()
    except Unrecorded:
        raise
    except Exception as cause:  # of a user's class, which is asked for its attributes
        raise Unrecorded(f"an object whose look raises {cause!r}") from cause
    return walk.guards


class _Walk:
    def __init__(self) -> None:
        self.guards = Guards()
        self._seen: dict[int, Any] = {}
        self._introspects = False
        """Whether any of the code may ask functions and classes for their names, texts or annotations."""

    # ------------------------------------------------------------------------------------------------- functions

    def _function(self, function: types.FunctionType) -> None:
        guards, code = self.guards, function.__code__
        guards.attribute(function, "__code__", code)
        for name in ("__defaults__", "__kwdefaults__"):
            guards.attribute(function, name, getattr(function, name))
            self.value(getattr(function, name))
        if function.__dict__:
            guards.mapping(function.__dict__)
            for value in function.__dict__.values():
                self.value(value)
        if asks_for(code, _UNSEEN):
            raise Unrecorded("the subclasses of a class")
        self._introspects = self._introspects or asks_for(code, _ABOUT) or asks_for(code, _INTROSPECTION)
        cells = dict(zip(code.co_freevars, function.__closure__ or (), strict=True))
        for read in reads_of(code):
            self._read(read, function.__globals__, cells)

    def _read(self, read: Read, names: dict[str, Any], cells: Mapping[str, types.CellType]) -> None:
        find: Callable[[], Any]
        match read.root:
            case Root.IMPORT:
                if read.name and not constants.is_pure_module(read.name) and read.name not in constants.OURS:
                    raise Unrecorded(f"import {read.name}")
                return
            case Root.CELL:
                # A variable of the function itself, which a function in it reads, is no cell of its closure.
                if (cell := cells.get(read.name)) is None:
                    return
                value, find = cell_content(cell), functools.partial(cell_content, cell)
                if not constants.is_data(value):
                    self.guards.cell(cell, value)
            case Root.GLOBAL:
                table, name = names, read.name
                if name not in names:
                    self.guards.item(names, name, MISSING)
                    table = builtins.__dict__
                value = table.get(name, MISSING)
                find = functools.partial(table.get, name)
                if not constants.is_data(value):
                    self.guards.item(table, name, value)
        if value is MISSING:
            return
        if constants.is_data(value):
            self.guards.tensor(find, value)
        self._chain(value, read.attributes)

    def _chain(self, value: Any, names: tuple[str, ...]) -> None:
        """A value, of which attributes are taken, one of the other."""
        for name in names:
            if constants.is_constant(value):
                return
            if arrays.is_array(value) or constants.is_data(value):
                return self._fact(value, name)
            if (found := _plain_attribute(value, name)) is MISSING:
                break
            if constants.is_data(found):
                self.guards.tensor(functools.partial(getattr, value, name, None), found)
            else:
                self.guards.attribute(value, name, found)
            value = found
        self.value(value)

    def _fact(self, tensor: Any, name: str) -> None:
        """An attribute of a tensor or a device that has nothing to do with its contents."""
        if constants.is_data(tensor):
            if name not in _DATA_FACTS:
                raise Unrecorded(f"{name} of a {type(tensor).__name__}")
        elif name in arrays.FACTS:
            self.guards.content(functools.partial(arrays.fact, name), tensor)
        else:
            self.value(tensor)

    # ---------------------------------------------------------------------------------------------------- values

    def value(self, value: Any) -> None:
        """All that can be reached from a value."""
        if id(value) in self._seen or constants.is_constant(value):
            return
        if constants.is_data(value):
            raise Unrecorded(f"the contents of a {type(value).__name__}")
        if len(self._seen) >= _MOST_OBJECTS:
            raise Unrecorded("too many objects")
        self._seen[id(value)] = value
        match value:
            case types.FunctionType():
                self._any_function(value)
            case types.MethodType():
                self.value(value.__self__)
                self.value(value.__func__)
            case types.BuiltinFunctionType():
                self._builtin(value)
            case type():
                self._class(cast("type[Any]", value))
            case types.ModuleType():
                self._module(value)
            case slice():
                part = cast("slice[Any, Any, Any]", value)
                self._values((part.start, part.stop, part.step))
            case staticmethod() | classmethod():
                self.value(cast(Any, value).__func__)
            case property():
                self._values((value.fget, value.fset, value.fdel))
            case functools.cached_property():
                self.value(cast(Any, value).func)
            case functools.partial() | functools.partialmethod():
                part = cast("functools.partial[Any]", value)
                self._values((part.func, part.args, part.keywords))
            case _:
                self._object(value)

    def _values(self, values: Iterable[Any]) -> None:
        for value in values:
            self.value(value)

    def _any_function(self, function: types.FunctionType) -> None:
        if constants.is_constant_function(function):
            # A library's wrapper of a function of the user's holds that.
            self._values(map(cell_content, function.__closure__ or ()))
            self._values(function.__dict__.values())
            return
        module = str(function.__globals__.get("__name__", ""))
        if module.startswith(("ttlang.host", "numpy")) or constants.is_standard(module):
            raise Unrecorded(f"{module}.{function.__name__}")
        self._function(function)

    def _builtin(self, function: Any) -> None:
        if constants.is_constant_builtin(function):
            return
        owner = function.__self__
        if owner is None or isinstance(owner, types.ModuleType):
            raise Unrecorded(f"{constants.module_of(function)}.{function.__name__}")
        self.value(owner)

    def _module(self, module: types.ModuleType) -> None:
        if not constants.is_pure_module(module.__name__) and constants.top(module.__name__) not in constants.OURS:
            raise Unrecorded(f"the module {module.__name__}, as a whole")

    def _class(self, kind: type[Any]) -> None:
        if constants.is_constant_class(kind):
            return
        if not constants.is_python_class(kind):
            raise Unrecorded(f"the class {kind.__module__}.{kind.__qualname__}")
        self.guards.attribute(kind, "__bases__", kind.__bases__)
        self.guards.mapping(vars(kind))
        for name, value in list(vars(kind).items()):
            if name not in _CLASS_PARTS:
                self.value(value)
        self._values(kind.__bases__)
        if type(kind) not in (type, ABCMeta, EnumMeta):
            self.value(type(kind))
        if isinstance(kind, ABCMeta):
            self.guards.content(_abstract_classes, None)

    def introspection(self) -> None:
        """What functions and classes say about themselves, where that may be asked for. To be called at the end."""
        if not self._introspects:
            return
        for value in list(self._seen.values()):
            if isinstance(value, types.FunctionType):
                self._attributes(value, _ABOUT)
            elif isinstance(value, type) and constants.is_python_class(value):
                self._attributes(value, ("__name__", "__qualname__"))  # the others are among its parts
                self.value(vars(value).get("__annotations__"))

    def _attributes(self, owner: Any, names: Iterable[str]) -> None:
        for name in names:
            value = getattr(owner, name)
            self.guards.attribute(owner, name, value)
            self.value(value)

    def _object(self, value: Any) -> None:
        """An object that has items, or fields, or both."""
        kind = constants.class_of(value)
        self._items(value)
        if arrays.is_array(value) and constants.top(kind.__module__) in arrays.LIBRARIES:
            return self._fields(value)
        if constants.top(kind.__module__) in (*constants.OURS, *constants.HARDWARE):
            return
        if constants.is_python_class(kind):
            self.guards.attribute(value, "__class__", kind)
            self.value(kind)
        self._fields(value)
        for each in filter(constants.is_python_class, kind.__mro__):
            for name, part in list(vars(each).items()):
                if isinstance(part, types.MemberDescriptorType):
                    field = getattr(value, name, MISSING)
                    self.guards.attribute(value, name, field)
                    self.value(field)

    def _fields(self, value: Any) -> None:
        try:
            fields = object.__getattribute__(value, "__dict__")  # which no method of the user's stands in for
        except AttributeError:
            fields = None
        if fields is not None:
            self.guards.attribute(value, "__dict__", fields)
            self.guards.mapping(fields)
            self._values(list(fields.values()))

    def _array(self, array: Any) -> None:
        try:
            self.guards.content(arrays.reader(array), array)
        except arrays.Unreadable as cause:
            raise Unrecorded(str(cause)) from None
        if getattr(array, "is_leaf", False):  # of other tensors, to ask for the gradient is warned of
            self.guards.attribute(array, "grad", array.grad)
            self.value(array.grad)

    def _items(self, value: Any) -> None:
        """What is in a container. Raises `Unrecorded` for an object whose inside can't be seen."""
        guards = self.guards
        match value:
            case list() | set() | deque():
                guards.sequence(cast("Iterable[Any]", value))
                self._values(list(cast("Iterable[Any]", value)))
            case tuple() | frozenset():
                self._values(cast("Iterable[Any]", value))
            case dict() | types.MappingProxyType():
                table = cast("Mapping[Any, Any]", value)
                guards.mapping(table)
                self._values(list(table))
                self._values(list(table.values()))
                self.value(getattr(table, "default_factory", None))
            case bytearray() | array.array():
                guards.content(bytes, value)
            case bool() | int() | float() | complex() | str() | bytes():
                pass
            case _ if constants.class_of(value).__module__ == "ttlang.driver.kernel":
                self.value(inspect.unwrap(value.function))
            case _ if arrays.is_array(value):
                self._array(value)
            case _ if _shows_its_state(constants.class_of(value)):
                pass
            case _:
                raise Unrecorded(f"a {constants.class_of(value).__module__}.{type(value).__qualname__}")


def _shows_its_state(kind: type) -> bool:
    """Whether it was written in Python, as all of its bases that keep anything."""
    return all(
        base is object or constants.is_python_class(base) or constants.is_open_class(base) or _is_abstract(base)
        for base in kind.__mro__
    )


def _is_abstract(base: type) -> bool:
    """Whether it is a base of the standard library's without fields, as `Generic` or `Sequence`, or of enumerations."""
    return constants.is_pure_module(base.__module__) and base.__module__ in (
        *("abc", "collections", "collections.abc", "contextlib", "enum", "typing"),
    )


def _abstract_classes(_: None) -> object:
    """Changes with each class that is registered as one of an abstract class's kind."""
    return get_cache_token()


def _plain_attribute(owner: Any, name: str) -> Any:
    """An attribute that is there, and comes without any code being run; else MISSING."""
    if type(owner) in (types.ModuleType, types.FunctionType):
        return owner.__dict__.get(name, MISSING)
    if isinstance(owner, type):
        return _class_attribute(cast("type[Any]", owner), name)
    kind = constants.class_of(owner)
    if not constants.is_python_class(kind) and not constants.is_open_class(kind):
        return MISSING
    if kind.__getattribute__ is not object.__getattribute__ or hasattr(kind, "__getattr__"):
        return MISSING
    part = inspect.getattr_static(kind, name, None)
    if isinstance(part, types.MemberDescriptorType) or not hasattr(constants.class_of(part), "__get__"):
        return getattr(owner, name, MISSING)
    return MISSING


def _class_attribute(kind: type[Any], name: str) -> Any:
    if type(kind) not in (type, ABCMeta) or constants.is_constant_class(kind):
        return MISSING
    part = inspect.getattr_static(kind, name, MISSING)
    if isinstance(part, types.FunctionType | staticmethod) or not hasattr(constants.class_of(part), "__get__"):
        return getattr(kind, name, MISSING)
    return MISSING
