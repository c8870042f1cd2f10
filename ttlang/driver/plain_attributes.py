"""What can be seen of an object without any code of its class being run."""

from __future__ import annotations

import inspect
import types
from abc import ABCMeta

from ttlang.driver import unchanging_objects as unchanging
from ttlang.driver.guards import MISSING


def plain_attribute(owner: object, name: str) -> object:
    """An attribute that is there, and comes without any code being run; else MISSING."""
    if type(owner) in (types.ModuleType, types.FunctionType):
        return owner.__dict__.get(name, MISSING)
    if isinstance(owner, type):
        return _class_attribute(owner, name)
    kind = type(owner)
    if not unchanging.is_python_class(kind) and not unchanging.is_open_class(kind):
        return MISSING
    if kind.__getattribute__ is not object.__getattribute__ or hasattr(kind, "__getattr__"):
        return MISSING
    part = inspect.getattr_static(kind, name, None)
    if isinstance(part, types.MemberDescriptorType) or not hasattr(unchanging.class_of(part), "__get__"):
        return getattr(owner, name, MISSING)
    return MISSING


def _class_attribute(kind: type, name: str) -> object:
    if type(kind) not in (type, ABCMeta) or unchanging.is_constant_class(kind):
        return MISSING
    part = inspect.getattr_static(kind, name, MISSING)
    if isinstance(part, types.FunctionType | staticmethod) or not hasattr(unchanging.class_of(part), "__get__"):
        return getattr(kind, name, MISSING)
    return MISSING


def shows_its_state(kind: type) -> bool:
    """Whether it was written in Python, as all of its bases that keep anything."""
    return all(
        base is object or unchanging.is_python_class(base) or unchanging.is_open_class(base) or _is_abstract(base)
        for base in kind.__mro__
    )


def _is_abstract(base: type) -> bool:
    """Whether it is a base of the standard library's without fields, as `Generic` or `Sequence`, or of enumerations."""
    return unchanging.is_pure_module(base.__module__) and base.__module__ in (
        *("abc", "collections", "collections.abc", "contextlib", "enum", "typing"),
    )
