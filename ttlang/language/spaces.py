"""
What the sizes of a kernel may be. A space stands where a value would: as the default of a keyword-only parameter of the
kernel function, or as an option of its decorator. One of its values is chosen for each call (docs/tuning.md).
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from ttlang.diagnostics import DiagnosticError, Related, Span, error
from ttlang.language.call_sites import caller, raised_at
from ttlang.language.python_objects import as_index, is_sequence
from ttlang.tables.dtypes import DType

if TYPE_CHECKING:
    from ttlang.tables.chips import Chip

CODE = "TTL0710"
_PLAIN = (bool, int, float, str, type(None), DType)
"""What a value of a space may be, and tuples of these: it is compiled in, kept on disk, and told."""

Value = TypeVar("Value")
Number = int | Callable[..., int]
"""A whole number, or what computes it from the arguments of the call that its parameters name."""


class Scope(NamedTuple):
    """The call that values are asked for."""

    arguments: Mapping[str, object]
    """By name, but for those that are to be chosen."""
    chip: Chip


class Space(ABC):
    """What a parameter may be. Two are equal only if they are one."""

    takes_largest = False
    """Its greatest value that the core has memory for is chosen, and not the fastest one."""
    pads = False
    """Its values need not divide what is cut into blocks."""

    def __init__(self) -> None:
        self._origin = caller()

    @cached_property
    def span(self) -> Span | None:
        """Where it was made."""
        return self._origin.span() if self._origin else None

    def __repr__(self) -> str:
        return f"ttl.{self._text()}"

    @abstractmethod
    def _text(self) -> str:
        """As its author has written it, without the functions in it."""

    @property
    def parts(self) -> tuple[object, ...]:
        """What it is made of: values, functions, spaces."""
        return ()

    @property
    def listed(self) -> tuple[object, ...]:
        """Values that are written out in it."""
        return ()

    @abstractmethod
    def values(self, scope: Scope) -> tuple[Any, ...]:
        """What may be chosen for a call, in order, each once. Raises a TTL0710 where that is nothing."""

    def for_chip(self, _chip: Chip) -> object:
        """The space, or the value, that it is on a chip."""
        return self

    def bad(self, message: str, hint: str | None = None, *, related: Iterable[Related] = ()) -> DiagnosticError:
        """What is said of it, at its place."""
        return error(CODE, message, self.span, hint=hint, related=[*related])


class OneOf(Space):
    """The values that its author lists."""

    def __init__(self, values: tuple[object, ...]):
        super().__init__()
        self._values = tuple(map(_plain, values))
        if not values:
            raise self.bad("ttl.one_of has no values to choose from", "list them, as in ttl.one_of(1, 2, 4)")
        for value in self._values:
            if not _is_plain(value):
                kinds = "whole numbers, numbers, texts, True and False, formats, and tuples of these"
                raise self.bad(f"ttl.one_of has {value!r}, which can't be chosen", f"values are {kinds}")

    def _text(self) -> str:
        return f"one_of({', '.join(map(repr, self._values))})"

    @property
    def parts(self) -> tuple[object, ...]:
        return self._values

    @property
    def listed(self) -> tuple[object, ...]:
        return self._values

    def values(self, scope: Scope) -> tuple[object, ...]:
        return tuple(dict.fromkeys(self._values))


class DivisorOf(Space):
    """What divides a number; with `pad`, what cuts it into as many blocks as no smaller size does."""

    def __init__(self, number: Number, pad: bool):
        super().__init__()
        self._number = _number(self, "ttl.divisor_of", number)
        self.pads = pad

    def _text(self) -> str:
        return f"divisor_of({_shown(self._number)}{', pad=True' if self.pads else ''})"

    @property
    def parts(self) -> tuple[object, ...]:
        return self._number, self.pads

    def values(self, scope: Scope) -> tuple[int, ...]:
        number = _computed(self, "ttl.divisor_of", self._number, scope)
        if number < 1:
            raise self.bad(f"ttl.divisor_of has no values: {number} has no divisors", "give it a number of at least 1")
        if self.pads:
            return tuple(sorted({-(-number // blocks) for blocks in range(1, number + 1)}))
        return tuple(size for size in range(1, number + 1) if number % size == 0)


class Between(Space):
    """Whole numbers from the least to the greatest, in steps."""

    def __init__(self, least: Number, greatest: Number, step: int):
        super().__init__()
        self._ends = [_number(self, "ttl.between", end) for end in (least, greatest)]
        self._step = _number(self, "ttl.between", step)

    def _text(self) -> str:
        step = "" if self._step == 1 else f", {_shown(self._step)}"
        return f"between({', '.join(map(_shown, self._ends))}{step})"

    @property
    def parts(self) -> tuple[object, ...]:
        return (*self._ends, self._step)

    def values(self, scope: Scope) -> tuple[int, ...]:
        least, greatest = (_computed(self, "ttl.between", end, scope) for end in self._ends)
        step = _computed(self, "ttl.between", self._step, scope)
        if step < 1 or least > greatest:
            what = f"from {least} to {greatest} in steps of {step}"
            raise self.bad(f"ttl.between has no values {what}", "the first is the least, and steps are at least 1")
        return tuple(range(least, greatest + 1, step))


class Largest(Space):
    """The greatest value of a space that a core has memory for."""

    takes_largest = True

    def __init__(self, inner: Space):
        super().__init__()
        self._inner = inner
        self.pads = inner.pads

    def _text(self) -> str:
        return f"largest({self._inner!r})"

    @property
    def listed(self) -> tuple[object, ...]:
        return self._inner.listed

    @property
    def parts(self) -> tuple[object, ...]:
        return (self._inner,)

    def values(self, scope: Scope) -> tuple[int, ...]:
        """From the greatest on."""
        values = self._inner.values(scope)
        for value in values:
            if isinstance(value, bool) or not isinstance(value, int):
                hint = "of whole numbers there is a greatest; of anything else, ttl.one_of chooses the fastest"
                raise self.bad(f"ttl.largest has {value!r}, which is no whole number", hint)
        return tuple(sorted(values, reverse=True))


class PerChip(Space):
    """A space, or a value, for each chip."""

    def __init__(self, choices: Mapping[str, object]):
        from ttlang.tables.chips import CHIPS

        super().__init__()
        self._choices = {name: _plain(choice) for name, choice in choices.items()}
        if unknown := [name for name in choices if name not in CHIPS]:
            raise self.bad(f"ttl.per_chip has {unknown[0]}, which is no chip", f"the chips are {', '.join(CHIPS)}")
        if not choices:
            example = ", ".join(f"{chip}=1" for chip in CHIPS)
            raise self.bad("ttl.per_chip has no chip", f"name them, as in ttl.per_chip({example})")

    def _text(self) -> str:
        return f"per_chip({', '.join(f'{name}={choice!r}' for name, choice in self._choices.items())})"

    @property
    def listed(self) -> tuple[object, ...]:
        found: list[object] = []
        for choice in self._choices.values():
            found += choice.listed if isinstance(choice, Space) else (choice,)
        return tuple(found)

    @property
    def parts(self) -> tuple[object, ...]:
        return tuple(self._choices.items())

    def for_chip(self, chip: Chip) -> object:
        if chip.name not in self._choices:
            hint = f"add {chip.name}=, with what it is there"
            raise self.bad(f"ttl.per_chip says nothing of {chip.title}, for which the kernel is compiled", hint)
        return self._choices[chip.name]

    def values(self, scope: Scope) -> tuple[Any, ...]:
        choice = self.for_chip(scope.chip)
        return choice.values(scope) if isinstance(choice, Space) else (choice,)


def one_of(*values: Value) -> Value:
    """One of these values: the one with which the kernel is predicted to be fastest."""
    return _stands_for(OneOf(values))


def divisor_of(number: Number, *, pad: bool = False) -> int:
    """
    A whole number that divides `number`: a size of blocks, in tiles, that cuts a dimension of so many tiles without a
    rest. `number` may be a function of the call's arguments, which it names: `lambda a: a.shape[0] // 32`. With `pad`
    any size may be chosen, and the last block goes beyond the tensor: reads give zeros there, and writes leave it out.
    """
    return _stands_for(DivisorOf(number, pad))


def between(least: Number, greatest: Number, step: int = 1) -> int:
    """A whole number from `least` to `greatest`, which may be functions of the call's arguments."""
    return _stands_for(Between(least, greatest, step))


def largest(*sizes: int) -> int:
    """
    The greatest of these whole numbers, or of the one space given, with which everything fits a core's memory. Of
    several such parameters, the product is greatest; if that leaves a choice, the fastest.
    """
    inner: Any = sizes[0] if len(sizes) == 1 and isinstance(sizes[0], Space) else OneOf(sizes)
    return _stands_for(Largest(inner))


def per_chip(**choices: Value) -> Value:
    """What a parameter may be on each chip, by its name: `ttl.per_chip(wormhole_b0=4, blackhole=ttl.one_of(4, 8))`."""
    return _stands_for(PerChip(choices))


def _stands_for(space: Space) -> Any:
    """A space is written where its value will be, so for editors it is of that type."""
    return space


# --------------------------------------------------------------------------------------------------- what is checked


def named_arguments(function: Callable[..., object], arguments: Mapping[str, object], space: Space, what: str) -> Any:
    """The arguments that a function's parameters name. Raises a TTL0710 for a name that is none of them."""
    names = inspect.signature(function).parameters
    if unknown := [name for name in names if name not in arguments]:
        hint = f"it may name {', '.join(arguments)}"
        raise space.bad(f"the function of {what} takes {unknown[0]}, which is no argument of the call", hint)
    return [arguments[name] for name in names]


def _number(space: Space, what: str, number: object) -> Any:
    if callable(number):
        return number
    try:
        return as_index(number)
    except TypeError:
        raise space.bad(
            f"{what} takes {number!r}, which is no whole number", "give it one, or a function that returns one"
        ) from None


def _shown(number: object) -> str:
    return "…" if callable(number) else repr(number)


def _computed(space: Space, what: str, number: Any, scope: Scope) -> int:
    if not callable(number):
        return number
    given = named_arguments(number, scope.arguments, space, what)
    try:
        found: Any = number(*given)
    except DiagnosticError:
        raise
    except Exception as cause:
        raised = raised_at(cause)
        related = [Related(raised, "raised here")] if raised else []
        message = f"the function of {what} raises {type(cause).__name__}: {cause}"
        raise space.bad(message, "it is called with the arguments of the call", related=related) from cause
    try:
        return as_index(found)
    except TypeError:
        message = f"the function of {what} returns {found!r}, which is no whole number"
        raise space.bad(message, "use // to divide") from None


def _plain(value: Any) -> object:
    """A whole number of any library as Python's; tuples of them, too."""
    if is_sequence(value):
        return tuple(map(_plain, value))
    if isinstance(value, bool):
        return value
    try:
        return as_index(value)
    except TypeError:
        return value


def _is_plain(value: object) -> bool:
    return all(map(_is_plain, value)) if is_sequence(value) else isinstance(value, _PLAIN)
