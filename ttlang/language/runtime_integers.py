"""
Integers of a call that are no constants of the kernel: they may differ from call to call, and nothing is compiled anew.

A parameter is one by its annotation, `pos: ttl.RuntimeInt`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Any, NoReturn, TypeAlias, get_args

from ttlang.diagnostics import DiagnosticError, error
from ttlang.language.call_sites import caller_span
from ttlang.language.python_objects import as_index

LOWEST, HIGHEST = -(2**31), 2**31 - 1
"""What a runtime argument, a word of 32 bits, can hold."""


class _RuntimeArgument:
    """Marks a type: the number goes to the threads as a runtime argument."""


RuntimeInt: TypeAlias = Annotated[int, _RuntimeArgument()]
"""
The annotation of a kernel's parameter that takes another integer at each call, of 32 bits, without another compilation.
Threads compute with it; the kernel function can't.
"""


def _refused(what: str) -> Callable[..., NoReturn]:
    def refuse(self: RuntimeParameter, *_: object) -> NoReturn:
        raise error(
            "TTL0113",
            f"{self.name} is known only to a run, and works only inside a thread",
            caller_span(),
            hint="compute with it in a thread; or annotate it as an int, a constant, for each value of which the "
            "kernel is compiled anew",
        )

    refuse.__name__ = what
    return refuse


class RuntimeParameter:
    """Stands for such an integer in a kernel function, which can do nothing with it but hand it on to threads."""

    def __init__(self, name: str, index: int):
        self.name = name
        self.index = index
        """Its place among the parameters of its kind."""

    def __repr__(self) -> str:
        return f"<runtime integer {self.name}>"

    __hash__ = object.__hash__


_USES = (
    *("index", "int", "float", "bool", "complex", "round", "trunc", "floor", "ceil", "format", "eq", "ne", "lt", "le"),
    *("gt", "ge", "neg", "pos", "abs", "invert"),
    *(f"{side}{name}" for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "divmod") for side in ("", "r")),
    *(f"{side}{name}" for name in ("pow", "lshift", "rshift", "and", "or", "xor") for side in ("", "r")),
)
"""What Python asks of an integer."""

for _name in _USES:
    setattr(RuntimeParameter, f"__{_name}__", _refused(f"__{_name}__"))


def runtime_parameters(function: Callable[..., object]) -> dict[str, RuntimeParameter]:
    """The parameters of a kernel function that are annotated as such, by name, in their order."""
    python: Any = inspect.unwrap(function)
    found: dict[str, RuntimeParameter] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if _is_runtime(parameter.annotation, python.__globals__):
            found[name] = RuntimeParameter(name, len(found))
    return found


def _is_runtime(annotation: object, names: Mapping[str, object]) -> bool:
    if isinstance(annotation, str):
        if "RuntimeInt" not in annotation:
            return False
        try:
            return _is_runtime(eval(annotation, dict(names)), names)
        except Exception:  # a name that is imported for type checkers only, or that a function holds
            return annotation.rpartition(".")[2] == "RuntimeInt"
    return any(isinstance(part, _RuntimeArgument) for part in get_args(annotation)[1:])


def runtime_values(parameters: Mapping[str, RuntimeParameter], arguments: Mapping[str, object]) -> dict[str, int]:
    """The numbers of a call, by parameter. Raises a TTL0204 for anything that is no integer of 32 bits."""
    return {name: _checked(name, arguments[name]) for name in parameters}


def _checked(name: str, value: Any) -> int:
    try:
        number = as_index(value)
    except TypeError:
        raise _bad_value(f"{name} is a ttl.RuntimeInt, an integer, and is given {value!r}") from None
    if not LOWEST <= number <= HIGHEST:
        raise _bad_value(f"{name} is a ttl.RuntimeInt, of 32 bits, and is given {number}")
    return number


def _bad_value(message: str) -> DiagnosticError:
    return error("TTL0204", message, caller_span())
