"""
What the author of a kernel says of its tensors at their parameters, as in `x: ttl.Tensor[(512, 512), ttl.bfloat16]`: an
example, with which the kernel is judged where nothing calls it. A call may bring other tensors.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple, Protocol, cast

from ttlang.diagnostics import DiagnosticError, Span, error
from ttlang.language.call_sites import caller_span
from ttlang.language.python_objects import as_index
from ttlang.language.tensors import TensorLike
from ttlang.tables.dtypes import DType, find_dtype

CODE = "TTL0214"
_HINT = "write it as in x: ttl.Tensor[(512, 512), ttl.bfloat16]"


class DeclaredTensor(NamedTuple):
    """What stands at a parameter."""

    shape: tuple[int, ...]
    """In elements."""
    dtype: DType
    layout: Any = None
    """Of ttnn. None: in tiles."""
    memory_config: Any = None
    """Of ttnn. None: interleaved in DRAM."""


class Tensor(TensorLike, Protocol):
    """
    The annotation of a parameter that is a tensor of ttnn. In brackets may stand what it looks like, as an example:
    its shape in elements and its format, and where that is not tiles in DRAM, ttnn's layout and memory configuration:
    `x: ttl.Tensor[(512, 512), ttl.bfloat16, ttnn.ROW_MAJOR_LAYOUT, ttnn.L1_MEMORY_CONFIG]`. Editors and `ttlang check`
    judge a kernel that nothing calls with these tensors; a call may bring others. What can't be a tensor is a TTL0214.
    """

    def __class_getitem__(cls, declaration: object) -> Any:
        try:
            return _declared(declaration)
        except DiagnosticError as found:
            raise found.at(caller_span()) from None


def _declared(declaration: object) -> DeclaredTensor:
    parts = cast("tuple[object, ...]", declaration) if isinstance(declaration, tuple) else (declaration,)
    if len(parts) < 2 or not isinstance(parts[0], tuple | list):
        raise _wrong("ttl.Tensor[...] takes a shape and a format", _HINT)
    shape, dtype, *rest = parts
    layouts = [each for each in rest if _is_layout(each)]
    memories = [each for each in rest if hasattr(each, "buffer_type")]
    if len(layouts) > 1 or len(memories) > 1 or len(layouts) + len(memories) < len(rest):
        hint = "what follows the format is ttnn.ROW_MAJOR_LAYOUT or ttnn.TILE_LAYOUT, and a ttnn.MemoryConfig"
        raise _wrong(f"ttl.Tensor[...] can't have {', '.join(map(repr, rest))} behind its format", hint)
    return DeclaredTensor(
        _shape(cast("tuple[object, ...]", shape)),
        _format(dtype),
        layouts[0] if layouts else None,
        memories[0] if memories else None,
    )


def _shape(sizes: tuple[object, ...]) -> tuple[int, ...]:
    try:
        shape = tuple([as_index(size) for size in sizes])
    except TypeError:
        raise _wrong(f"{sizes!r} is no shape: a size is an integer", _HINT) from None
    if not shape or min(shape) < 1:
        raise _wrong(f"{shape} is no shape: a tensor has one dimension or more, each of one element or more", _HINT)
    return shape


def _format(dtype: object) -> DType:
    try:
        return find_dtype(dtype)
    except ValueError as cause:
        raise _wrong(str(cause), _HINT) from None


def _is_layout(value: object) -> bool:
    return str(getattr(value, "name", "")).upper().removesuffix("_LAYOUT") in ("TILE", "ROW_MAJOR")


def _wrong(message: str, hint: str) -> DiagnosticError:
    return error(CODE, message, hint=hint)


def declared_tensors(function: Callable[..., object], place: Callable[[str], Span | None]) -> dict[str, DeclaredTensor]:
    """
    The parameters of a kernel function of which it is said. Raises a TTL0214 for a wrong declaration; `place` has the
    places of parameters, for one that Python has kept as text.
    """
    python: Any = inspect.unwrap(function)
    found: dict[str, DeclaredTensor] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        value: object = parameter.annotation
        if isinstance(value, str):
            try:
                value = _evaluated(value, python)
            except DiagnosticError as wrong:
                here = tuple([replace(each, span=place(name)) for each in wrong.diagnostics])
                raise DiagnosticError(here) from None
        if isinstance(value, DeclaredTensor):
            found[name] = value
    return found


def _evaluated(text: str, python: Any) -> object:
    """An annotation that is kept as text; None for one that says nothing of a tensor, or that nobody can evaluate."""
    if "Tensor[" not in text:
        return None
    try:
        return eval(text, {**python.__globals__, **inspect.getclosurevars(python).nonlocals})
    except DiagnosticError:
        raise
    except Exception:  # a name that is imported for type checkers only
        return None
