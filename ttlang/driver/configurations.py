"""The configurations of a kernel: what its spaces leave to be chosen for a call, and in which order."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import Parameter, Signature
from itertools import product
from math import prod
from typing import TYPE_CHECKING

from ttlang.diagnostics import DiagnosticError, Related, Span, error
from ttlang.language.call_sites import caller_span, code_span, raised_at
from ttlang.language.spaces import CODE, Scope, Space

if TYPE_CHECKING:
    from ttlang.tables.chips import Chip

Where = Callable[..., object]
"""Tells of values, which its parameters name, whether they go together."""


@dataclass(frozen=True)
class Configuration:
    """One choice of all that is to be chosen."""

    values: tuple[tuple[str, object], ...]
    """By name, in the order of the space."""

    def __str__(self) -> str:
        return ", ".join(f"{name}={value}" for name, value in self.values)


@dataclass(frozen=True)
class ParameterSpace:
    """What the author of a kernel leaves to be chosen."""

    parameters: Mapping[str, Space]
    """Keyword-only parameters of the kernel function."""
    options: Mapping[str, Space]
    """Options of the decorator, the grid among them."""
    where: Where | None = None

    @property
    def objects(self) -> list[object]:
        """What the choice depends on beside the call."""
        return [*self.options.values(), self.where]

    def opened(self, arguments: Mapping[str, object], fixed: Mapping[str, object], chip: Chip) -> OpenSpace:
        """
        What is left to be chosen for a call. `arguments`: of the kernel's parameters, by name, with a space for each
        that is not given; `fixed`: options that are. Raises a TTL0710 for values that are not of their space.
        """
        _check_no_spaces(arguments, self.parameters)
        given = {**{name: value for name, value in arguments.items() if not isinstance(value, Space)}, **fixed}
        spaces = {**self.parameters, **self.options}
        scope = Scope({name: value for name, value in given.items() if name not in spaces}, chip)
        values: dict[str, tuple[object, ...]] = {}
        places: dict[str, Space] = {}
        for name, declared in spaces.items():
            space = declared.for_chip(chip)
            found = space.values(scope) if isinstance(space, Space) else (space,)
            if name in given:
                _check_given(name, given[name], found, declared)
                continue
            values[name] = found
            places[name] = space if isinstance(space, Space) else declared
        return OpenSpace(values, places, given, self.where)


def space_of(signature: Signature, options: Mapping[str, Space], where: Where | None) -> ParameterSpace | None:
    """That of a kernel function with this signature, if it leaves anything to be chosen."""
    parameters: dict[str, Space] = {}
    for name, parameter in signature.parameters.items():
        if not isinstance(parameter.default, Space):
            continue
        if parameter.kind is not Parameter.KEYWORD_ONLY:
            hint = "write a * before it among the parameters, and give it by name"
            raise parameter.default.bad(f"{name} may be given by position, and so has no values to choose from", hint)
        parameters[name] = parameter.default
    if parameters or options:
        return ParameterSpace(parameters, options, where)
    if where is not None:
        hint = "give a keyword-only parameter a default such as ttl.one_of(1, 2, 4)"
        message = "where= has nothing to choose from: no parameter of the kernel has a space"
        raise error(CODE, message, caller_span(), hint=hint)
    return None


def nothing_to_choose(name: str, place: Span) -> DiagnosticError:
    """What is said where a kernel is to be tuned that leaves nothing to be chosen."""
    hint = "give a keyword-only parameter a default such as ttl.one_of(1, 2, 4)"
    related = [Related(place, "the kernel")]
    return error(CODE, f"{name} leaves nothing to be chosen", caller_span(), hint=hint, related=related)


def _check_no_spaces(arguments: Mapping[str, object], declared: Mapping[str, Space]) -> None:
    for name, value in arguments.items():
        if isinstance(value, Space) and value is not declared.get(name):
            hint = f"give {name} a value; what it may be is the default of a keyword-only parameter"
            raise error(CODE, f"{name} is given {value!r}, and calls give values", caller_span(), hint=hint)


def _check_given(name: str, value: object, values: Sequence[object], space: Space) -> None:
    if any(type(each) is type(value) and each == value for each in values):
        return
    declared = [Related(space.span, f"what {name} may be")] if space.span else []
    hint = f"give it one of {', '.join(map(str, values))}, or leave it to be chosen"
    raise error(CODE, f"{name}={value!r} is no value of its space", caller_span(), hint=hint, related=declared)


@dataclass(frozen=True)
class OpenSpace:
    """What is to be chosen for one call."""

    values: Mapping[str, tuple[object, ...]]
    """What each name may be, in order; from the greatest on, where that is wanted."""
    spaces: Mapping[str, Space]
    given: Mapping[str, object]
    """The other arguments and options of the call."""
    where: Where | None = None
    _names_of_where: tuple[str, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        if self.where is not None:
            names = tuple(inspect.signature(self.where).parameters)
            if unknown := [name for name in names if name not in self.values and name not in self.given]:
                hint = f"it may name {', '.join([*self.values, *self.given])}"
                raise error(CODE, f"where= takes {unknown[0]}, which the kernel does not have", self._place, hint=hint)
            object.__setattr__(self, "_names_of_where", names)

    @property
    def objects(self) -> list[object]:
        """What they depend on beside the call."""
        return [*self.spaces.values(), self.where]

    @property
    def count(self) -> int:
        """Configurations, those that `where` leaves out among them."""
        return prod(map(len, self.values.values()))

    @property
    def largest(self) -> tuple[str, ...]:
        """The parameters of which the greatest value is wanted."""
        return tuple(name for name, space in self.spaces.items() if space.takes_largest)

    def pads(self, configuration: Configuration) -> bool:
        """Whether some of its sizes may not divide what they cut."""
        return any(self.spaces[name].pads for name, _ in configuration.values)

    def __iter__(self) -> Iterator[Configuration]:
        """Those that go together, in order: the last name changes first."""
        for values in product(*self.values.values()):
            configuration = Configuration(tuple(zip(self.values, values, strict=True)))
            if self.has(configuration):
                yield configuration

    def has(self, configuration: Configuration) -> bool:
        """Whether its values go together. Raises a TTL0710 where `where` can't tell."""
        if self.where is None:
            return True
        known = {**self.given, **dict(configuration.values)}
        try:
            return bool(self.where(*[known[name] for name in self._names_of_where]))
        except DiagnosticError:
            raise
        except Exception as cause:
            message = f"where= raises {type(cause).__name__} for {configuration}: {cause}"
            raise error(CODE, message, raised_at(cause) or self._place) from cause

    def neighbours(self, configuration: Configuration) -> Iterator[Configuration]:
        """Those that differ in one value, by one step in its order."""
        for place, (name, value) in enumerate(configuration.values):
            at = self.values[name].index(value)
            for step in (-1, 1):
                if 0 <= at + step < len(self.values[name]):
                    changed = (name, self.values[name][at + step])
                    values = (*configuration.values[:place], changed, *configuration.values[place + 1 :])
                    if self.has(other := Configuration(values)):
                        yield other

    def order(self, configuration: Configuration) -> tuple[int, ...]:
        """By what configurations are in order."""
        return tuple(self.values[name].index(value) for name, value in configuration.values)

    def rank(self, values: tuple[tuple[str, object], ...]) -> tuple[int, ...] | None:
        """The same for values that may be of another space; None where they are."""
        named = dict(values)
        if list(named) != list(self.values) or any(named[name] not in found for name, found in self.values.items()):
            return None
        configuration = Configuration(values)
        return self.order(configuration) if self.has(configuration) else None

    @property
    def _place(self) -> Span | None:
        code = getattr(self.where, "__code__", None)
        return code_span(code) if code is not None else None
