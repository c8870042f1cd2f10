"""How operations on tensors that are yet to be computed hand that on to what they make."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import NoReturn, ParamSpec, TypeVar, cast

import numpy as np

Reading = Callable[[], NoReturn]
_passing: ContextVar[Reading | None] = ContextVar("ttlang_passing", default=None)
"""What reading does of the tensors that an operation is given, while it runs on some that are yet to be computed."""

FILLED = ("output_tensor", "optional_output_tensor")
"""Arguments that an operation writes, and does not read."""


def passed_on() -> Reading | None:
    """What reading does of a tensor that is made or filled now; None where all is computed."""
    return _passing.get()


Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def passing_on(operation: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """
    An operation whose result has a shape and a format that do not depend on values: of tensors that are yet to be
    computed (`Tensor.withhold`) it makes, or fills, one that is yet to be computed, too, and reads none.
    """

    @wraps(operation)
    def passing(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        reading = _reading_of((*args, *(value for name, value in kwargs.items() if name not in FILLED)))
        if reading is None:
            return operation(*args, **kwargs)
        token = _passing.set(reading)
        try:
            # What stands in for values may overflow.
            with np.errstate(all="ignore"):
                return operation(*args, **kwargs)
        finally:
            _passing.reset(token)

    return passing


def _reading_of(values: object) -> Reading | None:
    """What reading does of the first, of tensors and of lists of them, that is yet to be computed."""
    if not isinstance(values, tuple | list):
        if (tell_use := getattr(values, "tell_use", None)) is not None:
            tell_use()
        return getattr(values, "withheld", None)
    return next(filter(None, map(_reading_of, cast("list[object]", values))), None)
