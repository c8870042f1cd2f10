"""A call of a kernel that was compiled in place of being run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ttlang.driver.compiler import CompiledKernel
from ttlang.host.tensor import Tensor


@dataclass(frozen=True, eq=False)
class CapturedCall:
    """What a script, or something that stands in its place, has called a kernel with."""

    compiled: CompiledKernel
    tensors: Sequence[Any]
    """Of the host library, or descriptions that stand for such tensors."""
    numbers: Sequence[int]
    """The integers of the call that are no constants."""
    known: Sequence[bool]
    """Of each tensor, whether its values were there: no kernel was to compute them, and it is no description."""

    @staticmethod
    def of(compiled: CompiledKernel, tensors: Sequence[Any], numbers: Sequence[int]) -> CapturedCall:
        """The call, as it is made: before what it would write is withheld."""
        known = [isinstance(tensor, Tensor) and tensor.withheld is None for tensor in tensors]
        return CapturedCall(compiled, tuple(tensors), tuple(numbers), tuple(known))
