"""
Dataclasses whose methods are made when one of them is first called.

For each dataclass Python compiles up to six methods from text. For those of xDSL and of the compiler that was half of
what the first call of a kernel takes in a process, and few of them are called in it. While `deferring` lasts, a class
gets methods that have the real ones made when they are called; whoever asks for its fields has them made, too. The
classes come out as `dataclass` makes them, but for a docstring, which it gives to those that have none.
"""

from __future__ import annotations

import dataclasses
import sys
from abc import update_abstractmethods
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import MISSING, Field
from dataclasses import dataclass as dataclass_at_once
from threading import RLock
from types import FunctionType
from typing import Any

_PACKAGES = ("ttlang", "xdsl")
_OPTIONS = {"init", "repr", "eq", "frozen", "kw_only"}
"""Those of classes that can be made later; what others ask for is the class itself, or more methods."""
_FACTS = ("__dataclass_fields__", "__dataclass_params__", "__match_args__")
_FIRST = ("__init__", "__setattr__", "__delattr__", "__replace__", *_FACTS)
"""What there is to be with the first object of a class."""
_COMPARING = ("__repr__", "__eq__", "__hash__")
_WITHOUT: dict[tuple[str, ...], dict[str, bool]] = {_FIRST: {"repr": False, "eq": False}, _COMPARING: {"init": False}}
"""Options by which each of these is made without the other."""
_METHODS = ("__init__", "__setattr__", "__delattr__", "__replace__", *_COMPARING)
_LOCK = RLock()
"""Of whoever makes methods: bases are made first."""


@contextmanager
def deferring() -> Generator[None]:
    """While this lasts, dataclasses of xDSL's modules and ours that are imported get their methods later."""
    dataclasses.dataclass = deferred_dataclass
    try:
        yield
    finally:
        # Another thread may still import: what it defines from now on is made at once.
        dataclasses.dataclass = dataclass_at_once


def deferred_dataclass(cls: Any = None, /, **options: Any) -> Any:
    """`dataclasses.dataclass`, for classes of any package."""

    def decorate(cls: type[Any]) -> type[Any]:
        if cls.__module__.partition(".")[0] not in _PACKAGES or options.keys() - _OPTIONS:
            return dataclass_at_once(cls, **options)
        _Deferred(cls, options).stand_in()
        return cls

    return decorate if cls is None else decorate(cls)


class _Deferred:
    """A dataclass without its methods."""

    def __init__(self, cls: type[Any], options: dict[str, Any]):
        self.cls = cls
        self._options = options
        own = cls.__dict__
        annotations = own.get("__annotations__", {})
        self._written = {name: getattr(cls, name) for name in annotations if hasattr(cls, name)}
        self._written |= {name: own[name] for name in _METHODS if name in own}
        self._written |= {
            "__annotations__": annotations,
            "__module__": cls.__module__,
            "__qualname__": cls.__qualname__,
        }
        self._in_place: dict[str, object] = {}
        """What stands in."""
        self._made: dict[str, Any] = {}
        """What no longer has to."""

    def stand_in(self) -> None:
        """Gives the class what stands in for its methods, and its defaults."""
        cls = self.cls
        for name, value in self._written.items():
            if type(value) is Field and cls.__dict__.get(name) is value:
                _give_default(cls, name, value)
        if self._is_unhashable():
            cls.__hash__ = None  # pyright: ignore[reportAttributeAccessIssue]
        self._in_place = {name: self._method(name) for name in self._methods()}
        self._in_place |= {name: _Fact(self, name) for name in _FACTS if name not in cls.__dict__}
        for name, each in self._in_place.items():
            setattr(cls, name, each)
        update_abstractmethods(cls)

    def _methods(self) -> list[str]:
        """Those that will be made."""
        frozen, equal = self._options.get("frozen", False), self._options.get("eq", True)
        wanted = {
            "__init__": self._options.get("init", True),
            "__repr__": self._options.get("repr", True),
            "__eq__": equal,
            "__setattr__": frozen,
            "__delattr__": frozen,
            "__replace__": sys.version_info >= (3, 13),
        }
        names = [name for name, is_wanted in wanted.items() if is_wanted and name not in self._written]
        return [*names, "__hash__"] if equal and frozen and not self._has_hash() else names

    def _is_unhashable(self) -> bool:
        return self._options.get("eq", True) and not self._options.get("frozen", False) and not self._has_hash()

    def _has_hash(self) -> bool:
        """Whether it has one of its own. Python gives None to a class that has an `__eq__`."""
        written = self._written
        return "__hash__" in written and not (written["__hash__"] is None and "__eq__" in written)

    def _method(self, name: str) -> FunctionType:
        def method(this: Any, /, *args: Any, **named: Any) -> Any:
            return self.made(name)(this, *args, **named)

        method.__name__, method.__qualname__ = name, f"{self.cls.__qualname__}.{name}"
        assert isinstance(method, FunctionType)
        return method

    def made(self, name: str) -> Any:
        """A method, or a fact, and with it others that are made now."""
        with _LOCK:
            if name not in self._made:
                self._make(_COMPARING if name in _COMPARING else _FIRST)
            return self._made[name]

    def _make(self, names: tuple[str, ...]) -> None:
        """
        Makes these, for a class that only looks like this one, and puts them in their places one by one: at no time
        does another thread see a class without them.
        """
        cls, options = self.cls, self._options
        model: Any = type(cls.__name__, (self._bases_model(),), self._written | {"__doc__": "A model."})
        if hasattr(cls, "__post_init__"):
            model.__post_init__ = cls.__post_init__
        dataclass_at_once(model, **options | _WITHOUT[names])
        params: Any = model.__dict__["__dataclass_params__"]
        params.init, params.repr, params.eq = (options.get(name, True) for name in ("init", "repr", "eq"))
        for name in names:
            if name not in self._in_place:
                continue
            made = self._made[name] = model.__dict__[name]
            _rebind(made, model, cls)
            # Nobody's but ours is replaced.
            if cls.__dict__.get(name) is self._in_place[name]:
                setattr(cls, name, made)

    def _bases_model(self) -> type[Any]:
        """What `dataclass` looks for in the bases."""
        fields: dict[str, Field[Any]] = {}
        params: list[Any] = []
        bases: list[Any] = [*reversed(self.cls.__mro__[1:])]
        for base in bases:
            if (inherited := getattr(base, "__dataclass_fields__", None)) is not None:
                fields |= inherited
                params.append(base.__dataclass_params__)
        if not params:
            return object
        return type("Bases", (), {"__dataclass_fields__": fields, "__dataclass_params__": params[-1]})


class _Fact:
    """What a class says of its fields."""

    def __init__(self, deferred: _Deferred, name: str):
        self._deferred = deferred
        self._name = name

    def __get__(self, instance: object, owner: type[Any]) -> Any:
        return self._deferred.made(self._name)


def _give_default(cls: type[Any], name: str, field: Any) -> None:
    if field.default is MISSING:
        delattr(cls, name)
    else:
        setattr(cls, name, field.default)


def _rebind(made: object, model: type[Any], cls: type[Any]) -> None:
    """Methods of frozen classes know the class that they were made for."""
    for cell in getattr(made, "__closure__", None) or ():
        if cell.cell_contents is model:
            cell.cell_contents = cls
