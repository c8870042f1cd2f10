"""Operations as stages of others: what a statement `other(x, buffer)` of a unified body stands for."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from types import FunctionType

from ttlang.diagnostics import DiagnosticError, error
from ttlang.language.buffers import CircularBuffer
from ttlang.language.call_sites import caller_span
from ttlang.language.pipes import PipeNet
from ttlang.language.tensors import TensorParameter
from ttlang.tables.editions import Edition

CODE = "TTL0242"
_RESOURCES: dict[type, str] = {CircularBuffer: "a buffer", PipeNet: "a net of pipes"}
"""What only another operation can give, and what messages call it."""


class Stage:
    """An operation, which another one may have as a part of its body."""

    function: Callable[..., object]
    edition: Edition

    @property
    def python(self) -> FunctionType:
        """The function that was decorated."""
        python = inspect.unwrap(self.function)
        assert isinstance(python, FunctionType)
        return python


def expand_only(stage: Stage) -> str | None:
    """Of an operation that takes resources of another and so can't be called alone, the first such parameter."""
    return next((name for name, kind in _kinds(stage.python).items() if kind in _RESOURCES), None)


def not_composed(name: str) -> DiagnosticError:
    """What is said where an operation is called in another, and not as a statement that names it."""
    return error(
        CODE,
        f"{name} is called in another operation, and not as a stage of it",
        caller_span(),
        hint=f"write {name}(...) as a statement of its own in the body of an operation that decorates no threads",
    )


def not_called(name: str, parameter: str) -> DiagnosticError:
    """What is said where an operation that takes resources of another is called from outside."""
    return error(
        CODE,
        f"{name} takes a buffer or a net as its {parameter}, and so is a stage of other operations alone",
        caller_span(),
        hint=f"call an operation that has {name}(...) as a statement in its body",
    )


def check_arguments(stage: Stage, given: Sequence[object]) -> None:
    """Raises a TTL0242 for arguments that a stage does not take: as many as it has parameters, of their kinds."""
    python = stage.python
    kinds = _kinds(python)
    if len(given) != len(kinds):
        message = f"{python.__name__} has {len(kinds)} parameters, and is given {len(given)} arguments"
        raise error(CODE, message, caller_span(), hint="a stage is given all of them, by position")
    for (name, kind), value in zip(kinds.items(), given, strict=True):
        if not isinstance(value, kind if kind in _RESOURCES else TensorParameter):
            wanted = _RESOURCES.get(kind, "a tensor")
            article = next((text for each, text in _RESOURCES.items() if isinstance(value, each)), "")
            what = article or ("a tensor" if isinstance(value, TensorParameter) else f"of {type(value).__name__}")
            annotation = "ttl.PipeNet" if isinstance(value, PipeNet) else "ttl.DFB"
            hint = f"annotate the parameter: {name}: {annotation}" if article and kind not in _RESOURCES else None
            message = f"{name} of {python.__name__} takes {wanted}, and is given one that is {what}"
            raise error(CODE, message, caller_span(), hint=hint)


def _kinds(python: FunctionType) -> dict[str, type]:
    """The parameters of an operation, and what each is annotated with; `object` for none, and for tensors."""
    found: dict[str, type] = {}
    for name, parameter in inspect.signature(python).parameters.items():
        note: object = parameter.annotation
        if isinstance(note, str):
            note = {"DFB": CircularBuffer, "CircularBuffer": CircularBuffer, "PipeNet": PipeNet}.get(
                note.strip("'\"").rpartition(".")[2], object
            )
        found[name] = note if isinstance(note, type) and note in _RESOURCES else object
    return found
