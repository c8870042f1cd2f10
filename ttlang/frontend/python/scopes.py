"""Names: which object of the host, or which value of the thread, a name stands for."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral
from types import FunctionType
from typing import Any, ClassVar

from ttlang.diagnostics import Diagnostic
from ttlang.frontend.blocks.values import (
    Bool,
    Functions,
    Group,
    Host,
    Int,
    RangeValue,
    RemoteSemaphore,
    SliceValue,
    Table,
    Unusable,
    Value,
)
from ttlang.frontend.python.liveness import Names
from ttlang.language.python_objects import is_dict
from ttlang.language.semaphores import MulticastRemoteSemaphore, UnicastRemoteSemaphore

PerCore = Callable[[str, tuple[int, ...], bool], Int | Bool]
"""Makes the value for an integer (or a bool) that differs between cores, from its name and its values."""


@dataclass
class Scope:
    """The variables of a function that is being compiled."""

    locals: Names
    closure: Closure
    """Where names are looked up that no function of the thread binds."""
    outer: Scope | None = None
    """Of the function that this one is defined in, where that is compiled too."""
    env: dict[str, Value] = field(default_factory=dict[str, Value])
    """What the variables stand for at this point."""
    is_comprehension: bool = False

    def owner(self, name: str) -> Scope | None:
        """The scope of the thread that binds a name; None for names from outside the thread."""
        scope: Scope | None = self
        while scope is not None and name not in scope.locals:
            scope = scope.outer
        return scope

    def visible(self) -> set[str]:
        """All names that can be used here."""
        names = set(self.locals) | (self.outer.visible() if self.outer else self.closure.names())
        return {name for name in names if not name.startswith("$")}


@dataclass(frozen=True, eq=False)
class LocalFunction(Value):
    """A function that a thread defines."""

    NOUN: ClassVar[str] = "a function"

    node: ast.FunctionDef | ast.Lambda
    scope: Scope
    """Where it is defined: it sees the names there as they are when it is called."""
    defaults: Mapping[str, Value]


class Closure:
    """What a Python function sees around it, after the kernel function has returned: cells, globals, builtins."""

    def __init__(self, functions: tuple[FunctionType, ...], canonical: Mapping[int, object], per_core: PerCore):
        self.functions = functions
        """The function of each run of the kernel function: one, or one for each core."""
        self._canonical = canonical
        self._per_core = per_core
        self._known: dict[str, Value] = {}

    def find(self, name: str) -> Value | None:
        """The value of a name; None if it is not defined. One that can't be used in a thread is an `Unusable`."""
        if (known := self._known.get(name)) is None:
            known = self._look_up(name)
            if known is not None:
                self._known[name] = known
        return known

    def names(self) -> set[str]:
        function = self.functions[0]
        return {*function.__code__.co_freevars, *function.__globals__, *dir(builtins)}

    def _look_up(self, name: str) -> Value | None:
        function = self.functions[0]
        free = function.__code__.co_freevars
        if name in free:
            index = free.index(name)
            try:
                return self.merge(name, [(f.__closure__ or ())[index].cell_contents for f in self.functions])
            except ValueError:
                return Unusable(_unset_cell)
        if name in function.__globals__:
            return self.merge(name, [f.__globals__[name] for f in self.functions])
        if hasattr(builtins, name):
            return Host(getattr(builtins, name))
        return None

    def merge(self, name: str, values: Sequence[object]) -> Value:
        """One value for what a name stood for in each run of the kernel function."""
        first = values[0]
        if len(values) == 1 or all(value is first for value in values):
            return Host(first)
        counterparts = [self._canonical.get(id(value), value) for value in values]
        if all(value is counterparts[0] for value in counterparts):
            return Host(counterparts[0])
        if any(type(value) is not type(first) for value in values):
            return _differs(values, "its type differs")
        return self._merge_kind(name, first, values)

    def _merge_kind(self, name: str, first: Any, values: Sequence[Any]) -> Value:
        match first:
            case bool() | int() | Integral():
                if all(value == first for value in values):
                    return Host(first)
                return self._per_core(name, tuple(map(int, values)), first is True or first is False)
            case tuple():
                return self._merge_sequence(name, tuple, values)
            case list():
                return self._merge_sequence(name, list, values)
            case _ if is_dict(first):
                return self._merge_dict(name, first, values)
            case range() | slice():
                parts = [
                    self.merge(f"{name}_{part}", [getattr(value, part) for value in values])
                    for part in ("start", "stop", "step")
                ]
                start, stop, step = parts
                if isinstance(first, slice):
                    return SliceValue(start, stop, step)
                assert isinstance(start, Int | Host)
                assert isinstance(stop, Int | Host)
                assert isinstance(step, Int | Host)
                return RangeValue(start, stop, step)
            case UnicastRemoteSemaphore() | MulticastRemoteSemaphore():
                return self._merge_remote(name, values)
            case FunctionType():
                if all(value.__code__ == first.__code__ for value in values):
                    return Functions(tuple(values))
                return _differs(values, "it is another function")
            case _:
                return Host(first) if _all_equal(values) else _differs(values)

    def _merge_remote(self, name: str, values: Sequence[UnicastRemoteSemaphore | MulticastRemoteSemaphore]) -> Value:
        """A semaphore of cores that differ between runs, as its method `get_remote` would give it in the thread."""
        semaphore = self.merge(name, [value.semaphore for value in values])
        if not isinstance(semaphore, Host):
            return semaphore
        corners = [value.corners for value in values]
        columns = list(zip(*corners, strict=True))
        cores = [self.merge(f"{name}_{_AXES[axis]}", column) for axis, column in enumerate(columns)]
        return RemoteSemaphore(semaphore.value, tuple(cores))

    def _merge_sequence(self, name: str, kind: type, values: Sequence[Any]) -> Value:
        if any(len(value) != len(values[0]) for value in values):
            return _differs(values, "its length differs")
        items = [self.merge(f"{name}_{i}", column) for i, column in enumerate(zip(*values, strict=True))]
        if (bad := next((item for item in items if isinstance(item, Unusable)), None)) is not None:
            return bad
        if all(isinstance(item, Host) for item in items):
            return Host(values[0])
        return Group(tuple(items), kind)

    def _merge_dict(self, name: str, first: dict[object, object], values: Sequence[Any]) -> Value:
        if any(list(value) != list(first) for value in values):
            return _differs(values, "its keys differ")
        items = {key: self.merge(f"{name}_{key}", [value[key] for value in values]) for key in first}
        if (bad := next((item for item in items.values() if isinstance(item, Unusable)), None)) is not None:
            return bad
        return Host(first) if all(isinstance(item, Host) for item in items.values()) else Table(items)


_AXES = ("x", "y", "last_x", "last_y")


def _all_equal(values: Sequence[object]) -> bool:
    first = values[0]
    try:
        return all(bool(value == first) for value in values)
    except Exception:  # an __eq__ of the user's, or of an array
        return False


def _differs(values: Sequence[object], how: str = "") -> Unusable:
    first = values[0]
    core = next(
        (i for i, value in enumerate(values) if type(value) is not type(first) or not _all_equal([first, value])), 1
    )

    def report(name: str) -> Diagnostic:
        reason = how or f"{_short(first)} on core 0, {_short(values[core])} on core {core}"
        return Diagnostic(
            "TTL0207",
            f"{name} differs between cores, and is no integer: {reason}",
            hint="only integers, and tuples, lists and dicts of them, may differ: all cores run the same code",
        )

    return Unusable(report)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _unset_cell(name: str) -> Diagnostic:
    return Diagnostic("TTL0104", f"{name} has no value when the kernel function returns")
