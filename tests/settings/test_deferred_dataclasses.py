"""Dataclasses whose methods are made later come out as `dataclass` makes them."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import sys
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from ttlang.settings.deferred_dataclasses import deferred_dataclass, deferring

SOURCE = """
from __future__ import annotations
from abc import ABC, abstractmethod
from dataclasses import KW_ONLY, InitVar, field
from functools import cached_property
from typing import ClassVar


@dataclass
class Plain:
    x: int
    y: str = "y"
    more: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Frozen:
    KIND: ClassVar[str] = "kind"
    x: int
    hidden: int = field(default=3, repr=False, compare=False)

    @cached_property
    def twice(self) -> int:
        return 2 * self.x


@dataclass(frozen=True)
class Derived(Frozen):
    x: int = 5
    z: tuple[int, ...] = ()


class Undecorated(Derived):
    pass


@dataclass(frozen=True)
class Fieldless(Undecorated):
    pass


@dataclass(frozen=True, eq=False)
class Itself:
    x: int


@dataclass(repr=False)
class OwnMethods:
    x: int

    def __repr__(self) -> str:
        return "own"

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 7


@dataclass(frozen=True)
class OwnEqual:
    x: int

    def __eq__(self, other: object) -> bool:
        return True


@dataclass(frozen=True, init=False)
class OwnInit:
    x: int

    def __init__(self, start: int):
        object.__setattr__(self, "x", start + 1)


@dataclass(kw_only=True)
class Named:
    x: int = 1
    y: int


@dataclass
class Partly(Plain):
    _: KW_ONLY
    k: int = 0
    seed: InitVar[int] = 4

    def __post_init__(self, seed: int) -> None:
        self.k += seed


@dataclass(frozen=True)
class NotGiven:
    x: int
    count: int = field(default=2, init=False)
    found: list[int] = field(default_factory=list, init=False)


@dataclass
class Calling:
    self: int
    x: int = 0


class Abstract(ABC):
    @abstractmethod
    def __eq__(self, other: object) -> bool: ...

    @abstractmethod
    def run(self) -> int: ...


@dataclass
class Concrete(Abstract):
    x: int

    def run(self) -> int:
        return self.x


@dataclass(slots=True)
class Slotted:
    x: int = 1


@dataclass(order=True)
class Ordered:
    x: int
"""


def made_by(decorator: Callable[..., Any], name: str) -> ModuleType:
    module = ModuleType(name)
    module.__dict__["dataclass"] = decorator
    sys.modules[name] = module
    exec(SOURCE, module.__dict__)
    return module


@pytest.fixture
def both() -> Any:
    """The classes as Python makes them, and ours, of a package of ours."""
    usual, deferred = (made_by(each, "ttlang._sample") for each in (dataclasses.dataclass, deferred_dataclass))
    yield usual, deferred
    del sys.modules["ttlang._sample"]


CALLS: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("Plain", (1,), {}),
    ("Plain", (1, "z"), {"more": [2]}),
    ("Frozen", (1,), {}),
    ("Frozen", (1, 2), {}),
    ("Derived", (), {}),
    ("Derived", (1, 2, (3,)), {}),
    ("Undecorated", (4,), {}),
    ("Fieldless", (4,), {"z": (1,)}),
    ("Itself", (1,), {}),
    ("OwnMethods", (1,), {}),
    ("OwnEqual", (1,), {}),
    ("OwnInit", (1,), {}),
    ("Named", (), {"y": 2}),
    ("Partly", (1,), {"k": 2, "seed": 3}),
    ("NotGiven", (1,), {}),
    ("Calling", (1,), {}),
    ("Concrete", (1,), {}),
    ("Slotted", (), {}),
    ("Ordered", (1,), {}),
]
"""Classes and what they are called with; each class at least once."""
NAMES = list(dict.fromkeys(name for name, _, _ in CALLS))


def said_of(action: Callable[[], Any]) -> Any:
    """A result, or the error in its place."""
    try:
        return action()
    except Exception as error:
        return type(error), str(error)


OBSERVED: dict[str, Callable[[Any, Any], Any]] = {
    "text": lambda one, other: repr(one),
    "equal": lambda one, other: (one == other, one == 3, one != other),
    "equal to a copy": lambda one, other: copy.copy(one) == one,
    "hash": lambda one, other: hash(one) if type(one).__name__ != "Itself" else "of its own",
    "state": lambda one, other: vars(one),
    "set": lambda one, other: setattr(one, "x", 8),
    "set another": lambda one, other: setattr(one, "w", 8),
    "delete": lambda one, other: delattr(one, "x"),
    "cached": lambda one, other: one.twice,
    "replaced": lambda one, other: repr(dataclasses.replace(one, x=9)),
    "as a dictionary": lambda one, other: dataclasses.asdict(one),
    "fields": lambda one, other: [(f.name, f.type, f.default, f.init, f.kw_only) for f in dataclasses.fields(one)],
    "smaller": lambda one, other: one < other,
}


@pytest.mark.parametrize("observed", OBSERVED)
def test_objects_are_alike(both: tuple[ModuleType, ModuleType], observed: str) -> None:
    def said(module: ModuleType, name: str, positional: tuple[Any, ...], named: dict[str, Any]) -> Any:
        kind = getattr(module, name)
        return said_of(lambda: OBSERVED[observed](kind(*positional, **named), kind(*positional, **named)))

    usual, deferred = both
    for call in CALLS:
        assert said(deferred, *call) == said(usual, *call), call


CLASS_FACTS: dict[str, Callable[[Any], Any]] = {
    "fields": lambda kind: [(f.name, f.type, f.default) for f in dataclasses.fields(kind)],
    "parameters": lambda kind: repr(kind.__dataclass_params__),
    "places of a match": lambda kind: kind.__match_args__,
    "defaults": lambda kind: [repr(getattr(kind, name, "none")) for name in ("x", "y", "more", "hidden", "z", "KIND")],
    "hashable": lambda kind: kind.__hash__ is None,
    "what is abstract": lambda kind: getattr(kind, "__abstractmethods__", None),
    "called too little": lambda kind: said_of(lambda: kind(nothing=1)),
    "made without a call": lambda kind: said_of(lambda: kind.__new__(kind) == kind.__new__(kind)),
    "set without a call": lambda kind: said_of(lambda: setattr(kind.__new__(kind), "x", 1)),
}


@pytest.mark.parametrize("fact", CLASS_FACTS)
def test_classes_are_alike_before_there_is_an_object(both: tuple[ModuleType, ModuleType], fact: str) -> None:
    usual, deferred = both
    for name in NAMES:
        assert CLASS_FACTS[fact](getattr(deferred, name)) == CLASS_FACTS[fact](getattr(usual, name)), name


def test_nothing_stands_in_for_methods_that_were_called(both: tuple[ModuleType, ModuleType]) -> None:
    for name, positional, named in CALLS:
        kinds = [getattr(module, name) for module in both]
        for kind in kinds:
            made = kind(*positional, **named)
            said_of(lambda made=made: (repr(made), made == made, hash(made)))
        assert str(inspect.signature(kinds[1])) == str(inspect.signature(kinds[0]))
        for method in ("__init__", "__repr__", "__eq__", "__hash__"):
            usual, own = (kind.__dict__.get(method) for kind in kinds)
            assert getattr(usual, "__qualname__", None) == getattr(own, "__qualname__", None)
            assert not hasattr(own, "__code__") or own.__code__.co_name != "method", (name, method)


def test_a_method_that_others_have_put_there_stays(both: tuple[ModuleType, ModuleType]) -> None:
    kind = both[1].Plain
    calls: list[Any] = []
    before = kind.__init__

    def counted(self: Any, *arguments: Any) -> None:
        calls.append(arguments)
        before(self, *arguments)

    kind.__init__ = counted
    assert [kind(1), kind(2)] == [kind(1), kind(2)]
    assert calls == [(1,), (2,), (1,), (2,)]


def test_threads_that_make_the_first_object_at_once(both: tuple[ModuleType, ModuleType]) -> None:
    kind = both[1].Derived
    barrier = threading.Barrier(8)
    found: list[Any] = []

    def make(number: int) -> None:
        barrier.wait()
        found.append(kind(number, z=(number,)))

    threads = [threading.Thread(target=make, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(each.x for each in found) == list(range(8))
    assert set(found) == {kind(number, z=(number,)) for number in range(8)}


def test_what_is_wrong_with_fields_is_said_at_the_first_object() -> None:
    annotations = {"x": "int", "y": "int"}
    kind = deferred_dataclass(type("Wrong", (), {"__annotations__": annotations, "__module__": "ttlang", "x": 1}))
    with pytest.raises(TypeError, match="non-default argument 'y' follows default argument"):
        kind(1, 2)


def test_only_while_it_lasts_and_only_our_packages() -> None:
    usual = dataclasses.dataclass
    with deferring():
        assert dataclasses.dataclass is not usual
        decorated = dataclasses.dataclass(type("Foreign", (), {"__annotations__": {"x": int}, "__module__": "other"}))
        assert "__dataclass_fields__" in decorated.__dict__
        assert decorated.__init__.__code__.co_varnames == ("self", "x")
    assert dataclasses.dataclass is usual
