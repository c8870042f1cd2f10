"""
What a compiled kernel depends on: found by a walk from the kernel function over all that its code, and the code that
it calls, can reach. Attributes are followed one by one as far as the code does (`FunctionReads`); what then goes its
own way is looked at as a whole. A walk that meets something that can change unseen, such as a clock, a file or a
random number, says so: such a kernel is elaborated for each call.
"""

from __future__ import annotations

import array
import functools
import inspect
import types
from abc import ABCMeta, get_cache_token
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from enum import EnumMeta
from typing import Any, Protocol, TypeGuard, cast

from ttlang.driver import array_contents
from ttlang.driver import unchanging_objects as unchanging
from ttlang.driver.guards import MISSING, Guards, Unrecorded, cell_content
from ttlang.driver.plain_attributes import shows_its_state
from ttlang.driver.read_values import ABOUT, FunctionReads
from ttlang.language.spaces import Space

_MOST_OBJECTS = 1000
"""To compare more objects at each call costs more than to elaborate the kernel."""
CLASS_PARTS = frozenset(
    {
        *("__annotations__", "__dict__", "__doc__", "__firstlineno__", "__module__", "__orig_bases__", "__qualname__"),
        *("__annotate__", "__annotate_func__", "__annotations_cache__", "__static_attributes__", "__weakref__"),
        *("__abstractmethods__", "__parameters__", "_abc_impl", "__classcell__", "__getstate__", "__setstate__"),
        *("__dataclass_fields__", "__dataclass_params__", "__match_args__", "__slots__", "__type_params__"),
    }
)
"""Attributes of classes that say nothing about what their instances do."""

_PARTS: tuple[tuple[type[object] | tuple[type[object], ...], tuple[str, ...]], ...] = (
    (slice, ("start", "stop", "step")),
    ((staticmethod, classmethod), ("__func__",)),
    (property, ("fget", "fset", "fdel")),
    (functools.cached_property, ("func",)),
    ((functools.partial, functools.partialmethod), ("func", "args", "keywords")),
)
"""Objects of Python that are no more than some of their attributes."""


def record(function: Callable[..., object], arguments: Iterable[object]) -> Guards:
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
        self._seen: dict[int, object] = {}
        self._functions = FunctionReads(self.guards)

    def value(self, value: object) -> None:
        """All that can be reached from a value."""
        if isinstance(value, Space):
            self._values(value.parts)
            return
        if id(value) in self._seen or unchanging.is_constant(value):
            return
        if unchanging.is_data(value):
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
                self._class(value)
            case types.ModuleType():
                self._module(value)
            case _ if parts := parts_of(value):
                self._values([getattr(value, name) for name in parts])
            case _:
                self._object(value)

    def _values(self, values: Iterable[object]) -> None:
        for value in values:
            self.value(value)

    def _any_function(self, function: types.FunctionType) -> None:
        if unchanging.is_constant_function(function):
            # A library's wrapper of a function of the user's holds that.
            self._values(map(cell_content, function.__closure__ or ()))
            self._values(function.__dict__.values())
            return
        module = str(function.__globals__.get("__name__", ""))
        if module.startswith(("ttlang.host", "numpy")) or unchanging.is_standard(module):
            raise Unrecorded(f"{module}.{function.__name__}")
        self._values(self._functions.add(function))

    def _builtin(self, function: types.BuiltinFunctionType) -> None:
        if unchanging.is_constant_builtin(function):
            return
        owner = function.__self__
        if owner is None or isinstance(owner, types.ModuleType):
            raise Unrecorded(f"{unchanging.module_of(function)}.{function.__name__}")
        self.value(owner)

    def _module(self, module: types.ModuleType) -> None:
        if not unchanging.is_pure_module(module.__name__) and unchanging.top(module.__name__) not in unchanging.OURS:
            raise Unrecorded(f"the module {module.__name__}, as a whole")

    def _class(self, kind: type[object]) -> None:
        if unchanging.is_constant_class(kind):
            return
        if not unchanging.is_python_class(kind):
            raise Unrecorded(f"the class {kind.__module__}.{kind.__qualname__}")
        self.guards.attribute(kind, "__bases__", kind.__bases__)
        self.guards.mapping(vars(kind))
        for name, value in list(vars(kind).items()):
            if name not in CLASS_PARTS:
                self.value(value)
        self._values(kind.__bases__)
        if type(kind) not in (type, ABCMeta, EnumMeta):
            self.value(type(kind))
        if isinstance(kind, ABCMeta):
            self.guards.content(None, "", get_cache_token)  # which changes with each class that is registered with one

    def introspection(self) -> None:
        """What functions and classes say about themselves, where that may be asked for. To be called at the end."""
        if not self._functions.introspects:
            return
        for value in list(self._seen.values()):
            if isinstance(value, types.FunctionType):
                self._attributes(value, ABOUT)
            elif isinstance(value, type) and unchanging.is_python_class(value):
                self._attributes(value, ("__name__", "__qualname__"))  # the others are among its parts
                self.value(vars(value).get("__annotations__"))

    def _attributes(self, owner: object, names: Iterable[str]) -> None:
        for name in names:
            value = getattr(owner, name)
            self.guards.attribute(owner, name, value)
            self.value(value)

    def _object(self, value: object) -> None:
        """An object that has items, or fields, or both."""
        kind = type(value)
        self._items(value)
        if array_contents.is_array(value) and unchanging.top(kind.__module__) in array_contents.LIBRARIES:
            return self._fields(value)
        if unchanging.top(kind.__module__) in (*unchanging.OURS, *unchanging.HARDWARE):
            return
        if unchanging.is_python_class(kind):
            self.guards.attribute(value, "__class__", kind)
            self.value(kind)
        self._fields(value)
        for each in filter(unchanging.is_python_class, kind.__mro__):
            for name, part in list(vars(each).items()):
                if isinstance(part, types.MemberDescriptorType):
                    field = getattr(value, name, MISSING)
                    self.guards.attribute(value, name, field)
                    self.value(field)

    def _fields(self, value: object) -> None:
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
            self.guards.content(array, "", array_contents.reader(array))
        except array_contents.Unreadable as cause:
            raise Unrecorded(str(cause)) from None
        if getattr(array, "is_leaf", False):  # of other tensors, to ask for the gradient is warned of
            self.guards.attribute(array, "grad", array.grad)
            self.value(array.grad)

    def _items(self, value: object) -> None:
        """What is in a container. Raises `Unrecorded` for an object whose inside can't be seen."""
        guards = self.guards
        match value:
            case _ if _is_changeable(value):
                guards.sequence(value)
                self._values(list(value))
            case _ if is_fixed(value):
                self._values(value)
            case _ if _is_mapping(value):
                guards.mapping(value)
                self._values(list(value))
                self._values(list(value.values()))
                self.value(getattr(value, "default_factory", None))
            case bytearray() | array.array():
                held = cast(Any, value)
                guards.content(held, "", functools.partial(bytes, held))
            case bool() | int() | float() | complex() | str() | bytes():
                pass
            case _ if is_kernel(value):
                self.value(inspect.unwrap(value.function))
            case _ if array_contents.is_array(value):
                self._array(value)
            case _ if shows_its_state(type(value)):
                pass
            case _:
                raise Unrecorded(f"a {type(value).__module__}.{type(value).__qualname__}")


def parts_of(value: object) -> tuple[str, ...]:
    return next((names for kinds, names in _PARTS if isinstance(value, kinds)), ())


def _is_changeable(value: object) -> TypeGuard[Collection[object]]:
    return isinstance(value, list | set | deque)


def is_fixed(value: object) -> TypeGuard[Collection[object]]:
    return isinstance(value, tuple | frozenset)


def _is_mapping(value: object) -> TypeGuard[Mapping[object, object]]:
    return isinstance(value, dict | types.MappingProxyType)


class KernelLike(Protocol):
    @property
    def function(self) -> Callable[..., object]: ...


def is_kernel(value: object) -> TypeGuard[KernelLike]:
    return type(value).__module__ == "ttlang.driver.kernel"
