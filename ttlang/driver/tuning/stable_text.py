"""
What a kernel function depends on, as a text that is the same in another process: the facts that `Guards` compares by
identity, with each object numbered in the order in which it is met, and no address, line or order of a set in it.
"""

from __future__ import annotations

import abc
import builtins
import re
import types
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from inspect import unwrap
from typing import Any, cast

from ttlang.driver import unchanging_objects as unchanging
from ttlang.driver.dependencies import CLASS_PARTS, is_fixed, is_kernel, parts_of
from ttlang.driver.guards import MISSING, Fact, Guards, cell_content
from ttlang.driver.tuning.argument_texts import data_text
from ttlang.language.spaces import Space

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_LONG = 64
"""Bytes; of longer ones stands their sum."""
_VALUES: tuple[Any, ...] = (int, float, complex, str, bytes)
"""Whose subclasses have a value beside their fields."""


class Unstable(Exception):
    """An object has nothing that is the same in another process."""


def stable_text(roots: Iterable[object], guards: Guards, *, opens_spaces: bool = True) -> str:
    """
    A line for each object that can be reached from `roots`, as far as `guards` knows that it matters. `opens_spaces`:
    also what spaces of sizes are made of. Raises an `Unstable` for an object that shows nothing but its address.
    """
    facts: defaultdict[int, list[Fact]] = defaultdict(list)
    for fact in guards.facts():
        facts[id(fact.owner)].append(fact)
    return _Objects(facts, opens_spaces=opens_spaces).text([*roots, builtins.__dict__])


class _Objects:
    def __init__(self, facts: dict[int, list[Fact]], *, opens_spaces: bool):
        self._facts = facts
        self._opens_spaces = opens_spaces
        self._numbers: dict[int, int] = {}
        self._met: list[object] = []
        """In the order of their numbers. They are held, so that no other can have their place in memory."""

    def text(self, roots: Iterable[object]) -> str:
        lines = [self._each(roots)]
        for number, value in enumerate(self._met):  # which grows
            lines.append(f"#{number} {self._described(value)}")
        return "\n".join(lines)

    def _each(self, values: Iterable[object]) -> str:
        return ", ".join([self._one(value) for value in values])

    def _one(self, value: object) -> str:
        """What can't change as it is; a number for what has an identity, or fields."""
        kind = unchanging.class_of(value)
        if value is MISSING:
            return "missing"
        if isinstance(value, str | bytes) and kind in unchanging.ATOMS:
            return _long(value)
        if kind in unchanging.ATOMS:
            return f"{kind.__name__} {value!r}"
        if isinstance(value, types.CodeType):
            return f"code {self._code(value)}"
        if kind is tuple or kind is frozenset:
            return f"{kind.__name__}({self._items(cast(Any, value))})"
        if (number := self._numbers.get(id(value))) is None:
            number = self._numbers[id(value)] = len(self._met)
            self._met.append(value)
        return f"#{number}"

    def _items(self, values: Iterable[object]) -> str:
        """Those of a set are described each for itself, since their order is another in each process."""
        if not isinstance(values, set | frozenset):
            return self._each(values)
        return ", ".join(sorted(self._of_set(value) for value in values))

    def _of_set(self, value: object) -> str:
        return _Objects(self._facts, opens_spaces=self._opens_spaces).text([value])

    def _code(self, code: types.CodeType) -> str:
        """Its sum: instructions, constants and names, and no places."""
        counts = code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags
        names = code.co_name, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars
        parts = f"{counts} {names} {code.co_exceptiontable!r} {code.co_code!r} {self._each(code.co_consts)}"
        return sha256(parts.encode()).hexdigest()

    def _described(self, value: Any) -> str:
        match value:
            case types.FunctionType() | types.BuiltinFunctionType() if _is_constant(value):
                inside = [cell_content(cell) for cell in getattr(value, "__closure__", None) or ()]
                extra = getattr(value, "__dict__", {}).items()
                return f"function {_name(value)} {self._each(inside)} {self._pairs(extra)}"
            case types.FunctionType():
                return f"function {self._function(value)}"
            case types.BuiltinFunctionType() | types.MethodWrapperType():
                return f"method {value.__name__} of {self._one(value.__self__)}"
            case types.MethodType():
                return f"method {self._each([value.__self__, value.__func__])}"
            case type():
                return f"class {self._class(value)}"
            case types.ModuleType():
                known = self._known(value)
                return f"module {known or value.__name__}"
            case _ if is_kernel(value):
                kernel: Any = value
                grid = kernel.grid if not callable(kernel.grid) else "as its function says"
                return f"kernel {self._one(unwrap(kernel.function))} {grid} {kernel.options} {kernel.edition.name}"
            case _ if parts := parts_of(value):
                return f"{type(value).__name__} {self._each([getattr(value, name) for name in parts])}"
            case _ if unchanging.is_data(value):
                return data_text(value)
            case Space():
                return f"{_name(type(value))} {self._each(value.parts)}" if self._opens_spaces else "a space"
            case _ if unchanging.is_constant(value):
                return self._constant(value)
            case _:
                return self._object(value)

    def _function(self, function: types.FunctionType) -> str:
        """What is known of it; its code, and what that reads, only if it may be called."""
        known = self._known(function)
        if not any(fact.name == "__code__" for fact in self._facts.get(id(function), ())):
            return known
        cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        read = [f"{name}: {text}" for name, cell in cells if (text := self._known(cell))]
        # The names of its module are an object of their own, since several functions read them.
        tables = [each for each in (function.__globals__, function.__dict__) if id(each) in self._facts]
        return f"{known}; {'; '.join(read)}; {self._each(tables)}"

    def _class(self, kind: type) -> str:
        if unchanging.is_constant_class(kind):
            return _name(kind)
        known = self._known(kind)
        if not any(fact.name == "__bases__" for fact in self._facts.get(id(kind), ())):
            return f"{kind.__name__}; {known}"
        parts = [
            (name, value)
            for name, value in vars(kind).items()
            if name not in CLASS_PARTS or (name == "__annotations__" and id(value) in self._facts)
        ]
        return f"{kind.__name__}{_registered(kind)}; {known}; {self._one(type(kind))}; {self._pairs(parts)}"

    def _constant(self, value: object) -> str:
        """An object of a library's that never changes."""
        kind = unchanging.class_of(value)
        if isinstance(value, re.Pattern):
            pattern = cast("re.Pattern[str]", value)
            return f"pattern {pattern.pattern!r} {pattern.flags}"
        shown = repr(value)
        if not _ADDRESS.search(shown):
            return f"{_name(kind)} {shown}"
        if kind is object:
            return "object"
        if unchanging.top(kind.__module__) not in (*unchanging.OURS, "dataclasses", "typing"):
            raise Unstable(f"a {_name(kind)}")
        return f"{_name(kind)} {self._pairs(_fields(value))}"

    def _object(self, value: Any) -> str:
        """An object by what is known of it, and by what it can't lose."""
        kind = unchanging.class_of(value)
        own = kind.__name__ if unchanging.is_python_class(kind) else _name(kind)
        text = f"{own} {self._known(value)}"
        if is_fixed(value):
            return f"{text}; {self._items(value)}"
        if base := next((base for base in _VALUES if isinstance(value, base)), None):
            return f"{text}; {base.__repr__(value)}"
        return f"{text}; {self._one(value.default_factory)}" if isinstance(value, defaultdict) else text

    def _known(self, owner: object) -> str:
        """The facts of an object, by name: in which order code reads them is no matter."""
        facts = self._facts.get(id(owner), ())
        return "; ".join([self._fact(fact) for fact in sorted(facts, key=lambda fact: (fact.kind, fact.name))])

    def _fact(self, fact: Fact) -> str:
        match fact.kind:
            case "holds":
                held: Any = fact.value
                return f"holds {self._items(set(held)) if isinstance(fact.owner, set) else self._each(held)}"
            case _:
                return f"{fact.kind} {fact.name} {self._one(fact.value)}"

    def _pairs(self, pairs: Iterable[tuple[str, object]]) -> str:
        return "; ".join([f"{name}: {self._one(value)}" for name, value in pairs])


def _is_constant(value: types.FunctionType | types.BuiltinFunctionType) -> bool:
    if isinstance(value, types.FunctionType):
        return unchanging.is_constant_function(value)
    return unchanging.is_constant_builtin(value)


def _name(value: Any) -> str:
    """Of a function or a class."""
    return f"{unchanging.module_of(value)}.{value.__qualname__}"


def _registered(kind: type) -> str:
    """Of an abstract class, those that count as its subclasses without being any."""
    if not isinstance(kind, abc.ABCMeta):
        return ""
    references: Iterable[Callable[[], object]] = vars(abc)["_get_dump"](kind)[0]
    return f" {sorted([_name(other) for reference in references if (other := reference()) is not None])}"


def _long(value: str | bytes) -> str:
    if len(value) <= _LONG:
        return repr(value)
    data = value.encode(errors="surrogatepass") if isinstance(value, str) else value
    return f"{type(value).__name__} {sha256(data).hexdigest()}"


def _fields(value: object) -> Iterator[tuple[str, object]]:
    yield from getattr(value, "__dict__", {}).items()
    for kind in type(value).__mro__:
        for name, part in vars(kind).items():
            if isinstance(part, types.MemberDescriptorType):
                yield name, getattr(value, name, MISSING)
