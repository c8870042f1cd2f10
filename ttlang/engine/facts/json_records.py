"""Frozen dataclasses as JSON, and back, by their fields' types: numbers, texts, tuples, mappings and other records."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

Record = TypeVar("Record")
Json = dict[str, Any]


def record_to_json(record: Any) -> Any:
    """What `json.dumps` takes: records become dictionaries by field, tuples lists."""
    if is_dataclass(record):
        return {each.name: record_to_json(getattr(record, each.name)) for each in fields(record)}
    if isinstance(record, tuple):
        return [record_to_json(each) for each in cast("tuple[Any, ...]", record)]
    if isinstance(record, Mapping):
        return {name: record_to_json(each) for name, each in cast("Mapping[str, Any]", record).items()}
    return record


def record_from_json(kind: type[Record], data: Any) -> Record:
    """
    The record of a class whose `record_to_json` is `data`. A field that is missing has its default; one that the class
    does not have is left out. Raises a TypeError where a field without a default is missing.
    """
    known = _readers(kind)
    return kind(**{name: known[name](value) for name, value in data.items() if name in known})


@cache
def _readers(kind: type) -> dict[str, Callable[[Any], Any]]:
    hints = get_type_hints(kind)
    return {each.name: _reader(hints[each.name]) for each in fields(kind)}


def _reader(hint: Any) -> Callable[[Any], Any]:
    """What makes a value of that type of its JSON."""
    origin, inner = get_origin(hint), get_args(hint)
    if is_dataclass(hint):
        return lambda data: record_from_json(cast("type[Any]", hint), data)
    if origin in (Union, types.UnionType):
        (one,) = [each for each in inner if each is not types.NoneType]
        read = _reader(one)
        return lambda data: None if data is None else read(data)
    if origin is tuple:
        if len(inner) == 2 and inner[1] is Ellipsis:
            item = _reader(inner[0])
            return lambda data: tuple([item(each) for each in data])
        items = [_reader(each) for each in inner]
        return lambda data: tuple([read(each) for read, each in zip(items, data, strict=True)])
    if origin is dict:
        value = _reader(inner[1])
        return lambda data: {name: value(each) for name, each in data.items()}
    return lambda data: data
