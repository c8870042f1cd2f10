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
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import MISSING, Field, FrozenInstanceError, fields
from dataclasses import dataclass as dataclass_at_once
from threading import RLock
from types import FunctionType
from typing import Any

from ttlang.settings.field_initialization import initializer

_PACKAGES = ("ttlang", "xdsl")
_OPTIONS = {"init", "repr", "eq", "frozen", "kw_only"}
"""Those of classes that can be made later; what others ask for is the class itself, or more methods."""
_FACTS = ("__dataclass_fields__", "__dataclass_params__", "__match_args__")
_COMPARING = ("__repr__", "__eq__", "__hash__")
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
        _Deferred(cls, **options).stand_in()
        return cls

    return decorate if cls is None else decorate(cls)


class _Deferred:
    """A dataclass without its methods."""

    def __init__(
        self,
        cls: type[Any],
        *,
        init: bool = True,
        repr: bool = True,
        eq: bool = True,
        frozen: bool = False,
        kw_only: bool = False,
    ):
        own = cls.__dict__
        annotations = own.get("__annotations__", {})
        self.cls = cls
        self._options = {"init": init, "repr": repr, "eq": eq, "frozen": frozen}
        self._kw_only = kw_only
        self._written = {name: getattr(cls, name) for name in annotations if hasattr(cls, name)}
        self._written |= {name: own[name] for name in _METHODS if name in own}
        has_hash = "__hash__" in own and not (own["__hash__"] is None and "__eq__" in own)
        self._hash = eq and frozen and not has_hash
        """Whether one is made. Python gives None to a class that has an `__eq__`, which counts as none."""
        self._unhashable = eq and not frozen and not has_hash
        self._of_model = {
            "__annotations__": annotations,
            "__module__": cls.__module__,
            "__qualname__": cls.__qualname__,
            "__doc__": "It has one, so that none is made.",
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
        if self._unhashable:
            cls.__hash__ = None  # pyright: ignore[reportAttributeAccessIssue]
        if self._options["frozen"]:
            _freeze(cls)
        self._in_place = {name: _Fact(self, name) for name in _FACTS if name not in cls.__dict__}
        self._in_place |= {name: self._method(name) for name in self._methods()}
        for name, each in self._in_place.items():
            setattr(cls, name, each)
        update_abstractmethods(cls)

    def _methods(self) -> list[str]:
        """Those that will be made."""
        wanted = {"__init__": "init", "__repr__": "repr", "__eq__": "eq"}
        names = [name for name, option in wanted.items() if self._options[option]]
        if sys.version_info >= (3, 13):
            names.append("__replace__")
        names = [name for name in names if name not in self._written]
        return [*names, "__hash__"] if self._hash else names

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
                self._make(name)
            return self._made[name]

    def _make(self, name: str) -> None:
        """
        Makes it, for a class that only looks like this one, and puts it in its place: at no time does another thread
        see a class without it.
        """
        options = self._options
        if name == "__init__":
            self._place({name: initializer(self.cls, frozen=options["frozen"])}, [name])
        elif name in _COMPARING:
            self._place(self._model(repr=options["repr"], eq=options["eq"], unsafe_hash=self._hash), _COMPARING)
        else:
            self._place(self._model(repr=False, eq=False), (*_FACTS, "__replace__"))

    def _model(self, **options: bool) -> dict[str, Any]:
        """What a class that looks like this one is given. It is not frozen, which would give it two methods more."""
        model: Any = type(self.cls.__name__, self._bases_model(), self._written | self._of_model)
        dataclass_at_once(model, init=False, kw_only=self._kw_only, **options)
        for option, value in self._options.items():
            setattr(model.__dataclass_params__, option, value)
        model.__dataclass_params__.unsafe_hash = False
        return dict(model.__dict__)

    def _bases_model(self) -> tuple[type[Any], ...]:
        """What `dataclass` looks for in the bases."""
        bases: list[Any] = [*reversed(self.cls.__mro__[1:])]
        inherited = [fields for base in bases if (fields := getattr(base, "__dataclass_fields__", None)) is not None]
        if not inherited:
            return ()
        every: dict[str, Field[Any]] = {}
        for each in inherited:
            every |= each
        return (type("Bases", (_NotFrozen,), {"__dataclass_fields__": every}),)

    def _place(self, made: dict[str, Any], names: Iterable[str]) -> None:
        for name in names:
            if name not in self._in_place:
                continue
            self._made[name] = made[name]
            # Nobody's but ours is replaced.
            if self.cls.__dict__.get(name) is self._in_place[name]:
                setattr(self.cls, name, made[name])


@dataclass_at_once
class _NotFrozen:
    """Bases of a class that is not frozen."""


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


def _freeze(cls: type[Any]) -> None:
    """What `dataclass` compiles for each class does the same for all."""

    def is_field(this: object, name: str) -> bool:
        return type(this) is cls or any(field.name == name for field in fields(cls))

    def __setattr__(self: Any, name: str, value: object) -> None:
        if is_field(self, name):
            raise FrozenInstanceError(f"cannot assign to field {name!r}")
        super(cls, self).__setattr__(name, value)

    def __delattr__(self: Any, name: str) -> None:
        if is_field(self, name):
            raise FrozenInstanceError(f"cannot delete field {name!r}")
        super(cls, self).__delattr__(name)

    methods: tuple[Callable[..., None], ...] = (__setattr__, __delattr__)
    for method in methods:
        if method.__name__ in cls.__dict__:
            raise TypeError(f"Cannot overwrite attribute {method.__name__} in class {cls.__name__}")
        method.__qualname__ = f"{cls.__qualname__}.{method.__name__}"
        setattr(cls, method.__name__, method)
