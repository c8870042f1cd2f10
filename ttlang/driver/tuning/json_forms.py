"""The records of tuning as JSON, and back. What is not as it was written raises what `read_kept` takes for damage."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, TypeVar, cast

from ttlang.driver.tuning.records import (
    Chosen,
    Comparison,
    Evaluated,
    Found,
    Lowered,
    Problem,
    Refused,
    Values,
)
from ttlang.tables.dtypes import DType, find_dtype

Json = dict[str, Any]
Kind = TypeVar("Kind")


def values_text(values: Values) -> str:
    """A configuration as the text that stands for it."""
    return _text_of(values_to_json(values))


def _text_of(data: Any) -> str:
    return json.dumps(data, separators=(",", ":"))


def values_to_json(values: Values) -> Json:
    return {name: _plain(value) for name, value in values}


def values_from_json(data: Any) -> Values:
    return tuple([(_of(str, name), _value(value)) for name, value in data.items()])


def values_of(text: str) -> Values:
    """The configuration that a text stands for."""
    return values_from_json(json.loads(text))


def _plain(value: Any) -> object:
    if isinstance(value, DType):
        return {"format": value.name}
    return [_plain(item) for item in cast("tuple[Any, ...]", value)] if isinstance(value, tuple) else value


def _value(data: Any) -> object:
    if isinstance(data, dict):
        return find_dtype(cast(Json, data)["format"])
    return tuple([_value(item) for item in cast("list[Any]", data)]) if isinstance(data, list) else data


def problem_to_json(problem: Problem) -> Json:
    return problem._asdict()


def problem_from_json(data: Any) -> Problem:
    fields = {name: _of(str, data[name]) for name in ("kernel", "file", "fingerprint", "space", "chip", "options")}
    return Problem(
        **fields,
        arguments=_texts(data["arguments"]),
        metal_api=_of(str, data["metal_api"]),
        compiler=_of(str, data["compiler"]),
    )


def evaluated_to_json(evaluated: Evaluated) -> Json:
    outcomes = [{"values": json.loads(text), **_outcome(each)} for text, each in evaluated.outcomes.items()]
    return {"tuned": sorted(evaluated.tuned), "evaluated": outcomes}


def _outcome(outcome: Lowered | Refused) -> Json:
    if isinstance(outcome, Lowered):
        return {"program": outcome.program}
    return {"refused": [outcome.code, outcome.message]}


def evaluated_from_json(data: Any) -> Evaluated:
    outcomes = {_text_of(each["values"]): _read_outcome(each) for each in data["evaluated"]}
    return Evaluated(outcomes, frozenset(_texts(data["tuned"])))


def _read_outcome(data: Any) -> Lowered | Refused:
    if "program" in data:
        return Lowered(_of(str, data["program"]))
    code, message = data["refused"]
    return Refused(_of(str, code), _of(str, message))


def chosen_to_json(chosen: Chosen) -> Json:
    return {"values": values_to_json(chosen.values)}


def chosen_from_json(data: Any) -> Chosen:
    return Chosen(values_from_json(data["values"]))


def found_to_json(found: Found) -> Json:
    known = {name: value for name, value in found._asdict().items() if value not in (None, ())}
    return known if found.comparison is None else {**known, "comparison": found.comparison._asdict()}


def found_from_json(data: Any) -> Found:
    compared = data.get("comparison")
    return Found(
        _number(data.get("least_cycles")),
        _number(data.get("cycles")),
        None if (size := data.get("l1_bytes")) is None else _of(int, size),
        None
        if compared is None
        else Comparison(float(compared["pcc"]), float(compared["largest_error"]), _of(bool, compared["ok"])),
        tuple(map(float, data.get("measured", ()))),
    )


def _of(kind: type[Kind], data: Any) -> Kind:
    if not isinstance(data, kind):
        raise TypeError(f"{data!r} is no {kind.__name__}")
    return data


def _number(data: Any) -> float | None:
    return None if data is None else float(data)


def _texts(data: Iterable[Any]) -> tuple[str, ...]:
    return tuple([_of(str, each) for each in data])
