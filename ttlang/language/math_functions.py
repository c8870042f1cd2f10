"""What the functions of `ttl.math` are: a row of the table, under one of its names."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from ttlang.language.call_sites import host_error
from ttlang.tables.functions import Function
from ttlang.tables.operand_names import OPERANDS

if TYPE_CHECKING:
    from inspect import Signature


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
        parameters += [Parameter(o.name, Parameter.KEYWORD_ONLY, default=o.default) for o in self.row.options]
        return Signature(parameters)

    def __call__(self, *_: object, **__: object) -> NoReturn:
        raise host_error(f"ttl.math.{self.__name__}", "a compute thread")

    def __repr__(self) -> str:
        return f"<function ttl.math.{self.__name__}>"
