"""What somebody means who writes a name that is not there: one of another language, or a mistyped one."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping, Sequence
from inspect import Parameter, Signature
from types import ModuleType
from typing import TypeGuard

from ttlang import language
from ttlang.diagnostics import DiagnosticError, Span, error

_MODULES = {
    "ttl": "ttl",
    "ttlang.language": "ttl",
    "ttlang.language.math": "ttl.math",
    "ttlang.language.block": "ttl.block",
}
"""Modules of the language, and what users call them."""

_SUMS = "⟦reduce_sum⟧(x, dims=...) adds up rows, columns, or both"
_LARGEST = "⟦reduce_max⟧(x, dims=...) finds the largest of rows, columns, or both"
_CORE = "column, row = ttl.⟦core⟧()"
_CAST = "⟦typecast⟧(x, ttl.float32)"
_SHAPES = "a block keeps its shape: choose it where its circular buffer is made, and what it takes by the copy"
_FORMATS = "floats are ttl.bfloat16, ttl.float32, ttl.bfloat8_b and ttl.bfloat4_b"
_INSTEAD: dict[str, str] = {
    "softmax": "it is made of ⟦reduce_max⟧, ttl.math.exp, ⟦reduce_sum⟧ and ⟦broadcast⟧",
    "layer_norm": "it is made of ⟦reduce_sum⟧, ⟦broadcast⟧ and ttl.math.rsqrt",
    "sum": _SUMS,
    "mean": f"{_SUMS}; multiply the sums by 1 / n",
    "amax": _LARGEST,
    "reduce": f"{_SUMS}; so does ⟦reduce_max⟧",
    "dot": "the product of blocks is a @ b",
    "mm": "the product of blocks is a @ b",
    "bmm": "the product of blocks is a @ b",
    "T": "⟦transpose⟧(x)",
    "t": "⟦transpose⟧(x)",
    "permute": "⟦transpose⟧(x)",
    "load": "ttl.copy(x[row, column], block).wait() in a data movement thread; then wait for the block here",
    "async_copy": "ttl.copy(x[row, column], block).wait() in a data movement thread",
    "store": "a block has it as a method: block.store(value)",
    "program_id": _CORE,
    "get_global_id": _CORE,
    "threadIdx": _CORE,
    "blockIdx": _CORE,
    "core_id": _CORE,
    "core_x": _CORE,
    "core_y": _CORE,
    "num_programs": "columns, rows = ttl.grid_size()",
    "gridDim": "columns, rows = ttl.grid_size()",
    "grid": "columns, rows = ttl.grid_size()",
    "zeros": "⟦fill⟧(0)",
    "ones": "⟦fill⟧(1)",
    "full": "⟦fill⟧(value)",
    "zeros_like": "⟦fill⟧(0)",
    "cast": _CAST,
    "astype": _CAST,
    "to": _CAST,
    "item": "threads work on whole blocks",
    "reshape": _SHAPES,
    "view": _SHAPES,
    "squeeze": "⟦squeeze⟧(x, dims=[0])",
    "unsqueeze": "⟦unsqueeze⟧(x, dims=[0])",
    "float16": _FORMATS,
    "half": _FORMATS,
    "float64": _FORMATS,
    "syncthreads": "the threads of a core wait for each other by buffers",
    "barrier": "the threads of a core wait for each other by buffers, cores by pipes and semaphores",
    "arange": "a `for` loop over range(n)",
}
"""What to write for names of NumPy, PyTorch, Triton and CUDA."""
_OF_BLOCKS = {"max": _LARGEST, "relu_": "ttl.math.relu(x)"}
"""For methods of tensors whose names are functions of another meaning here."""


_KEYWORDS = {
    "axis": "dims",
    "axes": "dims",
    "ndims": "dims",
    "accumulate": "acc",
    "out": "o",
    "output": "o",
    "negative_slope": "slope",
    "num_buffers": "buffer_factor",
}
"""Parameters by the names that they have elsewhere."""

_FUNCTIONS = frozenset(dir(language.math))
"""Of `ttl.math`."""

_NAMES = {
    "ttl": (*language.__all__, "kernel", "operation"),
    "ttl.math": _FUNCTIONS,
    "ttl.block": language.block.__all__,
}
"""What the modules of the language have."""

_SHORT = 4
"""Up to so many letters, a name of _INSTEAD may as well be a variable's."""


def is_language(value: object) -> TypeGuard[ModuleType]:
    """Whether it is one of the modules of the language."""
    return isinstance(value, ModuleType) and value.__name__ in _MODULES


def module_name(module: ModuleType) -> str:
    return _MODULES[module.__name__]


def for_name(name: str, visible: Iterable[str]) -> str | None:
    """The hint for a variable that is not defined."""
    names = sorted(visible)
    counterpart = _INSTEAD.get(name) if len(name) > _SHORT else None
    return _close(name, names, cutoff=0.8) or _language_name(name) or counterpart or _close(name, names)


def for_attribute(module: ModuleType, name: str) -> str | None:
    """The hint for what a module of the language does not have."""
    return (
        _language_name(name)
        or _INSTEAD.get(name)
        or _close(name, _NAMES[module_name(module)], f"{module_name(module)}.")
        or _close(name, _FUNCTIONS, "ttl.math.")
    )


def for_method(name: str) -> str | None:
    """The hint for what a block does not have."""
    if name in _OF_BLOCKS:
        return _OF_BLOCKS[name]
    if name in _FUNCTIONS:
        return f"it is a function: ttl.math.{name}(x)"
    return _INSTEAD.get(name) or _close(name, ("store", "push", "pop", "shape", "dtype"))


def for_keyword(keyword: str, names: Iterable[str]) -> str | None:
    """The parameter that an unknown keyword means."""
    from difflib import get_close_matches

    names = list(names)
    close = [_KEYWORDS[keyword]] if _KEYWORDS.get(keyword) in names else get_close_matches(keyword, names, n=1)
    return f"did you mean {close[0]}?" if close else None


def of_call(
    name: str, signature: Signature, args: Sequence[object], keywords: Mapping[str, object], cause: TypeError
) -> tuple[str, str]:
    """Message and hint for a call that does not fit its function."""
    parameters = [p for p in signature.parameters.values() if p.name != "self"]
    names = [p.name for p in parameters]
    form = _form(name, parameters)
    unknown = next((keyword for keyword in keywords if keyword not in names), None)
    if unknown is not None:
        meant = for_keyword(unknown, names)
        return f"{name} has no parameter {unknown}", _joined(meant, form)
    missing = [p.name for p in parameters[_given(signature, args) :] if p.default is p.empty and p.name not in keywords]
    if missing:
        return f"{name} lacks its argument {missing[0]}", form
    if (given := _given(signature, args)) > len(names):
        return f"{name} takes {len(names) or 'no'} argument{'s' * (len(names) != 1)}, and is given {given}", form
    return f"{name}: {cause}", form


def _joined(meant: str | None, form: str) -> str:
    return f"{meant} I{form[1:]}" if meant else form


def language_error(cause: Exception, place: Span | None) -> DiagnosticError | None:
    """What is wrong with a use of the language in host code that raises; None if the error is of another kind."""
    if isinstance(cause, AttributeError) and is_language(cause.obj):
        name = cause.name or ""
        return error("TTL0103", f"{module_name(cause.obj)} has no {name}", place, hint=for_attribute(cause.obj, name))
    if not isinstance(cause, TypeError) or (found := _CALL.match(str(cause))) is None:
        return None
    name, reason = found.groups()
    owner, _, method = name.partition(".")
    function = getattr(language, owner, None)
    if function is None or (method and method != "__init__"):
        return None
    if function is language.CircularBuffer:
        hint = "make it with ttl.⟦buffer⟧(tensor, shape=(rows, columns))"
        return error("TTL0107", "a circular buffer is made like a tensor", place, hint=hint)
    signature = inspect.signature(function)
    form = _form(f"ttl.{owner}", signature.parameters.values())
    if (unknown := re.search(r"unexpected keyword argument '(\w+)'", reason)) is not None:
        meant = for_keyword(unknown[1], signature.parameters)
        return error("TTL0107", f"ttl.{owner} has no parameter {unknown[1]}", place, hint=_joined(meant, form))
    if (missing := re.search(r"missing .*?'(\w+)'", reason)) is not None:
        return error("TTL0107", f"ttl.{owner} lacks its argument {missing[1]}", place, hint=form)
    return error("TTL0107", f"ttl.{owner}() {reason}", place, hint=form)


_CALL = re.compile(r"([\w.]+)\(\) (.+)")
"""What Python says of a call with the wrong arguments."""


def _given(signature: Signature, args: Sequence[object]) -> int:
    """How many parameters positional arguments fill, `self` aside."""
    return len(args) - ("self" in signature.parameters)


def _form(name: str, parameters: Iterable[Parameter]) -> str:
    """How a function is called: as Python writes its signature, without the types."""
    return f"it is {name}{Signature([each.replace(annotation=Parameter.empty) for each in parameters])}"


def _language_name(name: str) -> str | None:
    if name in _NAMES["ttl"]:
        return f"did you mean ttl.{name}?"
    if name in _FUNCTIONS:
        return f"did you mean ttl.math.{name}?"
    return None


def _close(name: str, known: Iterable[str], prefix: str = "", cutoff: float = 0.6) -> str | None:
    from difflib import get_close_matches

    close = get_close_matches(name, sorted(known), n=1, cutoff=cutoff)
    return f"did you mean {prefix}{close[0]}?" if close else None
