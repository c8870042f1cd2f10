"""A call of a function of the language, and its arguments by parameter."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ttlang.frontend.blocks import suggestions
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.values import Host, Value
from ttlang.tables.operand_names import own_names

Arguments = Mapping[str, Value]
"""What a call gives to a function, by parameter, defaults included."""


@dataclass
class Call:
    """A call that is being compiled."""

    callee: Any
    """The function of the host that is called, if it is one."""
    args: list[Value]
    keywords: dict[str, Value] = field(default_factory=dict[str, Value])

    @property
    def values(self) -> list[Value]:
        return [*self.args, *self.keywords.values()]


def bind(c: ThreadBuilder, function: Callable[..., object], name: str, call: Call) -> Arguments:
    """The arguments of a call by parameter, defaults included. Raises a TTL0107 for a call that does not fit."""
    if not call.keywords and (arguments := _in_order(_places(function), call.args)) is not None:
        return arguments
    signature = _signature(function)
    known = signature.parameters
    own = {name: x for name, x in own_names(function.__name__, 1).items() if x in known and name not in known}
    keywords = {own.get(key, key): value for key, value in call.keywords.items()}
    if len(keywords) < len(call.keywords):
        names = [key for key in call.keywords if key in own or key in own.values()]
        raise c.error("TTL0107", f"{name}: its block is given twice, by {' and by '.join(names)}")
    try:
        bound = signature.bind(*call.args, **keywords)
    except TypeError as cause:
        message, hint = suggestions.of_call(name, signature, call.args, call.keywords, cause)
        raise c.error("TTL0107", message, hint=hint) from None
    bound.apply_defaults()
    return {key: _value(given) for key, given in bound.arguments.items()}


def _value(given: object) -> Value:
    return given if isinstance(given, Value) else Host(given)


@dataclass(frozen=True)
class _Places:
    """The parameters of a function that can be given by their places, with the defaults of the last of them."""

    names: tuple[str, ...]
    defaults: Mapping[str, Value]


def _in_order(places: _Places | None, args: Sequence[Value]) -> Arguments | None:
    """The arguments of a call that gives its first ones alone; None where that is not enough, or too much."""
    if places is None or not len(places.names) - len(places.defaults) <= len(args) <= len(places.names):
        return None
    given = dict(zip(places.names, args, strict=False))
    return given | {name: places.defaults[name] for name in places.names[len(args) :]}


def with_owner(call: Call) -> Call:
    """A call of a method of a host object, with the object as the first argument."""
    owner = getattr(call.callee, "__self__", None)
    return call if owner is None else Call(None, [Host(owner), *call.args], call.keywords)


def is_none(value: Value) -> bool:
    """Whether nothing is said of a parameter: its value is None."""
    return isinstance(value, Host) and value.value is None


@cache
def _places(function: Callable[..., object]) -> _Places | None:
    """None for a function that has other parameters as well."""
    parameters = _signature(function).parameters.values()
    if any(each.kind is not inspect.Parameter.POSITIONAL_OR_KEYWORD for each in parameters):
        return None
    optional = [each for each in parameters if each.default is not inspect.Parameter.empty]
    defaults = {each.name: _value(each.default) for each in optional}
    return _Places(tuple(each.name for each in parameters), defaults)


@cache
def _signature(function: Callable[..., object]) -> inspect.Signature:
    return inspect.signature(function)
