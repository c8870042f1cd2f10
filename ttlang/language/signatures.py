"""What type checkers are told of functions that share a signature."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

Signature = TypeVar("Signature")


def overloaded_as(_: Signature) -> Callable[[Callable[..., object]], Signature]:
    """For type checkers: the function has the overloads of another."""
    return lambda function: cast(Signature, function)
