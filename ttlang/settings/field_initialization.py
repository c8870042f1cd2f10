"""The `__init__` of a dataclass that has its fields but for its methods: what `dataclass` compiles, and only that."""

from __future__ import annotations

from dataclasses import MISSING, Field, InitVar, fields
from typing import Any


class _Factory:
    """In place of an argument that was not given, where a field has a factory."""

    def __repr__(self) -> str:
        return "<factory>"


_FACTORY = _Factory()


def initializer(cls: Any, *, frozen: bool) -> Any:
    """
    Sets the fields, past the `__setattr__` of a frozen class, and ends with `__post_init__` where there is one. Raises
    a TypeError for a field without a default behind one that has one.
    """
    real = {field.name for field in fields(cls)}
    every: list[Field[Any]] = [
        field for field in cls.__dataclass_fields__.values() if field.name in real or _is_given(field)
    ]
    given = [field for field in every if field.init]
    placed, named = [f for f in given if not f.kw_only], [f for f in given if f.kw_only]
    _check_order(placed)
    this = "__dataclass_self__" if any(field.name == "self" for field in every) else "self"
    values = {f.name: value for f in every if f.name in real and (value := _value(f)) is not None}
    form = "_set({}, {!r}, {})" if frozen else "{}.{} = {}"
    lines = [form.format(this, name, value) for name, value in values.items()]
    if hasattr(cls, "__post_init__"):
        lines.append(f"{this}.__post_init__({', '.join(f.name for f in every if f.name not in real)})")
    parameters = [this, *map(_parameter, placed), *(["*"] if named else []), *map(_parameter, named)]
    text = f"def __init__({', '.join(parameters)}):\n " + "\n ".join(lines or ["pass"])
    names: dict[str, Any] = {"__name__": cls.__module__, "_set": object.__setattr__, "_FACTORY": _FACTORY}
    names |= {f"_default_{f.name}": f.default for f in every}
    names |= {f"_factory_{f.name}": f.default_factory for f in every}
    exec(text, names)
    made = names["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    made.__annotations__ = {f.name: f.type for f in (*placed, *named)} | {"return": None}
    return made


def _is_given(field: Field[Any]) -> bool:
    """Whether it is no field of the object, but an argument all the same."""
    return isinstance(field.type, InitVar) or "InitVar[" in str(field.type)


def _check_order(placed: list[Field[Any]]) -> None:
    has_default = False
    for field in placed:
        if field.default is not MISSING or field.default_factory is not MISSING:
            has_default = True
        elif has_default:
            raise TypeError(f"non-default argument {field.name!r} follows default argument")


def _parameter(field: Field[Any]) -> str:
    if field.default is not MISSING:
        return f"{field.name}=_default_{field.name}"
    return field.name if field.default_factory is MISSING else f"{field.name}=_FACTORY"


def _value(field: Field[Any]) -> str | None:
    """What the field is set to; nothing for one whose value is the class's, or is set by `__post_init__`."""
    name = field.name
    if field.default_factory is MISSING:
        return name if field.init else None
    made = f"_factory_{name}()"
    return f"{made} if {name} is _FACTORY else {name}" if field.init else made
