"""Calls of kernels that were compiled in place of being run, as far as later runs need them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ttlang.driver.compiler import CompiledKernel
    from ttlang.host.page_memory import PageMemory
    from ttlang.host.spec import TensorSpec


@dataclass(frozen=True, eq=False)
class TensorImage:
    """A tensor of a call. The tensor itself is not held: it leaves its device when the script is done with it."""

    spec: TensorSpec
    memory: PageMemory | None
    """Its own, on the first chip. None of a description that stands for a tensor."""
    known: bool
    """Whether its values were there: no kernel was to compute them."""


@dataclass(frozen=True, eq=False)
class CompiledCall:
    """What a script, or something that stands in its place, has called a kernel with."""

    compiled: CompiledKernel
    tensors: Sequence[TensorImage]
    """In their order."""
    numbers: Sequence[int]
    """The integers of the call that are no constants."""

    @staticmethod
    def of(compiled: CompiledKernel, tensors: Sequence[Any], numbers: Sequence[int]) -> CompiledCall:
        """The call, as it is made: before what it would write is withheld."""
        return CompiledCall(compiled, tuple(map(image_of, tensors)), tuple(numbers))


def image_of(tensor: Any) -> TensorImage:
    """Of a tensor, or of a description that stands for one, as it is now."""
    if hasattr(tensor, "memory"):
        return TensorImage(tensor.spec, tensor.memory, tensor.withheld is None)
    return TensorImage(tensor, None, known=False)


class CompiledCalls:
    """The calls of a script that compile: of those that do the same, the first."""

    def __init__(self) -> None:
        self._first: dict[tuple[int, tuple[int, ...]], CompiledCall] = {}
        """By program and numbers; the program is held, so that no other can have its identity."""

    def add(self, compiled: CompiledKernel, tensors: Sequence[Any], numbers: Sequence[int]) -> None:
        """Keeps a call, as `CompiledCall.of` has it."""
        key = id(compiled.program), tuple(numbers)
        if key not in self._first:
            self._first[key] = CompiledCall.of(compiled, tensors, numbers)

    def keep(self, call: CompiledCall) -> None:
        """The same for a call that was kept before."""
        self._first.setdefault((id(call.compiled.program), tuple(call.numbers)), call)

    @property
    def in_order(self) -> Sequence[CompiledCall]:
        return tuple(self._first.values())
