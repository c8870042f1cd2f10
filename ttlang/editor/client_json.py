"""JSON of requests that the protocol does not define, whose objects pygls makes into named tuples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast


def json_of(value: Any) -> Any:
    """The same as dictionaries and lists."""
    if hasattr(value, "_asdict"):
        return {name: json_of(each) for name, each in value._asdict().items()}
    if isinstance(value, Mapping):
        return {str(name): json_of(each) for name, each in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [json_of(each) for each in cast("list[Any]", value)]
    return value


def object_of(value: Any) -> dict[str, Any]:
    """A JSON object; an empty one in place of anything else."""
    found = json_of(value)
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}
