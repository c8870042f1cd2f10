"""
Under which names a script has the language, and what these names are. The language is ours: to import it runs no code
of the script.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Sequence
from functools import cache
from types import ModuleType
from typing import Any, NamedTuple, cast

from ttlang.language.math_functions import MathFunction

Path = tuple[str, ...]
"""A name of the language without `ttl.` before it: `("math", "gelu")`."""

KERNELS = (("operation",), ("kernel",))
"""Decorators that make a kernel."""
THREADS = (("compute",), ("datamovement",))


class LanguageNames:
    """The names of one script."""

    def __init__(self, tree: ast.Module):
        self._bound: dict[str, Path] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name == "ttl" or alias.name.startswith("ttl."):
                        parts = tuple(alias.name.split(".")[1:])
                        self._bound[alias.asname or "ttl"] = parts if alias.asname else ()
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                self._add_from(node.module, node.names)

    def _add_from(self, module: str, names: Sequence[ast.alias]) -> None:
        head, *rest = module.split(".")
        if head == "ttlang" and not rest:
            self._bound |= {alias.asname or alias.name: () for alias in names if alias.name == "ttl"}
        elif head == "ttl":
            for alias in names:
                if alias.name == "*":
                    self._bound |= {name: (*rest, name) for name in _exported(tuple(rest))}
                elif (alias.name, rest) == ("ttl", []):
                    self._bound[alias.asname or alias.name] = ()
                else:
                    self._bound[alias.asname or alias.name] = (*rest, alias.name)

    @property
    def any(self) -> bool:
        """Whether the script has the language at all."""
        return bool(self._bound)

    def path_of(self, node: ast.expr) -> Path | None:
        """Of `ttl.math.gelu`; None for what is no name of the language."""
        if isinstance(node, ast.Name):
            return self._bound.get(node.id)
        if isinstance(node, ast.Attribute) and (owner := self.path_of(node.value)) is not None:
            return (*owner, node.attr)
        return None

    def called(self, node: ast.expr) -> Path | None:
        """Of a decorator, with its arguments or without."""
        return self.path_of(node.func if isinstance(node, ast.Call) else node)


class Member(NamedTuple):
    """A name behind a dot."""

    name: str
    value: Any


def find(path: Path) -> Any:
    """What a name of the language is; None if there is no such name, and for what is only Python's, as `__dict__`."""
    found: Any = _language()
    for part in path:
        if part.startswith("__"):
            return None
        found = getattr(found, part, None)
        if found is None:
            return None
    return found


def members(owner: Any) -> Iterator[Member]:
    """What may be written behind a dot, in the order of their definition."""
    if isinstance(owner, ModuleType):
        names = _all_names(owner)
    else:
        names = [name for name in dir(owner) if not name.startswith("_")]
        names += [name for name in getattr(owner, "__annotations__", ()) if not name.startswith("_")]
    for name in dict.fromkeys(names):
        yield Member(name, getattr(owner, name, None))


def has_member(module: ModuleType, name: str) -> bool:
    """Whether a module of the language has a name, listed or not."""
    return hasattr(module, name)


def returned(value: Any, owner: type | None = None) -> type | None:
    """The class of what a function of the language, or a method of `owner`, gives; None if it has no name in `ttl`."""
    if isinstance(value, type):
        return value
    if is_math_function(value):
        return _class("Block")
    annotation = getattr(value, "__annotations__", {}).get("return")
    if annotation == "Self":
        return owner
    return _class(annotation) if isinstance(annotation, str) else None


def is_math_function(value: Any) -> bool:
    """Whether it is a row of the table of functions."""
    return isinstance(value, MathFunction)


def signature_of(value: Any) -> inspect.Signature | None:
    """As it is called: without `self`, and without annotations that say nothing."""
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):
        return None
    parameters = [each for each in signature.parameters.values() if each.name != "self"]
    plain = [each.replace(annotation=_shown(each.annotation)) for each in parameters]
    return inspect.Signature(plain, return_annotation=_shown(signature.return_annotation))


class _Words(str):
    """An annotation, which `inspect` would show in quotes."""

    __slots__ = ()
    __repr__ = str.__str__


def _shown(annotation: Any) -> Any:
    """What says nothing is left out."""
    if annotation in ("object", "Any"):
        return inspect.Parameter.empty
    return _Words(annotation) if isinstance(annotation, str) else annotation


def documentation(value: Any) -> str:
    """The docstring, without what Python says of any object of a class."""
    text = inspect.getdoc(value) or ""
    if isinstance(value, type | ModuleType) or callable(value):
        return text
    return "" if text == inspect.getdoc(cast("type[Any]", type(value))) else text


def _exported(path: Path) -> Sequence[str]:
    module = find(path)
    return [*getattr(module, "__all__", ())] if isinstance(module, ModuleType) else []


def _all_names(module: ModuleType) -> list[str]:
    names = [*getattr(module, "__all__", [])] or [name for name in dir(module) if not name.startswith("_")]
    if module is _language():
        names += ["TILE_SHAPE", *module.math.__all__]
    return names


def _class(name: str) -> type | None:
    found = find((name.strip("'\""),))
    return found if isinstance(found, type) else None


@cache
def _language() -> ModuleType:
    import ttl

    return ttl
