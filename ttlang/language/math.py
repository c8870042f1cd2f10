"""`ttl.math`: a function for each public row of `ttlang.functions`, under its name and its aliases."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NoReturn

from ttlang.functions import BY_NAME, FUNCTIONS, Function
from ttlang.language.context import host_error
from ttlang.language.matrices import broadcast, matmul, reduce_max, reduce_sum, transpose

if TYPE_CHECKING:
    from inspect import Signature

OPERANDS = ("x", "y", "z")
"""Names of the blocks that a function takes, as the table's sentences have them."""


class MathFunction:
    """An elementwise function of blocks. It works in compute threads only."""

    def __init__(self, row: Function, name: str):
        self.row = row
        self.__name__ = self.__qualname__ = name
        self.__module__ = "ttl.math"
        self.__doc__ = row.doc

    @property
    def operands(self) -> tuple[str, ...]:
        """Names of its blocks."""
        return OPERANDS[: self.row.arity]

    @property
    def __signature__(self) -> Signature:
        from inspect import Parameter, Signature

        kind = Parameter.POSITIONAL_OR_KEYWORD
        parameters = [Parameter(name, kind) for name in self.operands]
        for parameter in self.row.inputs:
            default = Parameter.empty if parameter.default is None else parameter.default
            parameters.append(Parameter(parameter.name, kind, default=default))
        return Signature(parameters)

    def __call__(self, *_: Any, **__: Any) -> NoReturn:
        raise host_error(f"ttl.math.{self.__name__}", "a compute thread")

    def __repr__(self) -> str:
        return f"<function ttl.math.{self.__name__}>"


__all__ = [name for row in FUNCTIONS if row.public for name in (row.name, *row.aliases)]  # pyright: ignore[reportUnsupportedDunderAll]
__all__ += ["broadcast", "matmul", "reduce_max", "reduce_sum", "transpose"]


ELSEWHERE = {"amax": "reduce_max", "mm": "matmul", "mT": "transpose", "reciprocal": "recip", "sum": "reduce_sum"}
"""What other libraries call functions of `ttl.math`."""

COMPOSED = {
    "layer_norm": "reduce_sum, rsqrt and broadcast",
    "mean": "reduce_sum and a product with 1 / n",
    "rms_norm": "reduce_sum, rsqrt and broadcast",
    "softmax": "reduce_max, exp, reduce_sum and broadcast",
}
"""Functions of other libraries that are expressions here, and of what."""


def find_function(name: str) -> str | None:
    """The function that another library calls so, or that has this name."""
    return name if name in __all__ else ELSEWHERE.get(name)


def __getattr__(name: str) -> MathFunction:
    """Makes a function on first use, and keeps it."""
    row = BY_NAME.get(name)
    if row is None or not row.public:
        if name in COMPOSED:
            raise AttributeError(f"ttl.math has no function {name!r}: it is an expression of {COMPOSED[name]}")
        close = [known] if (known := find_function(name)) else get_close_matches(name, __all__, n=1)
        meant = f"; did you mean {close[0]}?" if close else ""
        raise AttributeError(f"ttl.math has no function {name!r}{meant}")
    function = globals()[name] = MathFunction(row, name)
    return function


def __dir__() -> list[str]:
    return sorted(__all__)
