"""The memory of tensors for runs that nobody sees: copies, and values in place of those that are yet to be computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ttlang.engine.captured_call import CapturedCall
from ttlang.host.codec import Pages, encode_pages
from ttlang.host.each_chip import by_chip
from ttlang.host.spec import TensorSpec
from ttlang.host.tensor import Tensor

SEED = 0
"""Of values that stand in."""


@dataclass(eq=False)
class TensorCopy:
    """What runs read and write in place of a tensor."""

    tensor: Any
    """It is held, so that no other can have its identity."""
    pages: Pages
    true: bool
    """Whether these are the values that a run of the script would have here."""


class TensorMemory:
    """Copies of the tensors of a script's calls, one for each tensor, which its kernels write one after the other."""

    def __init__(self) -> None:
        self._copies: dict[int, TensorCopy] = {}

    def of_call(self, call: CapturedCall) -> list[TensorCopy]:
        """What a call's kernel is to be run on, on the first chip."""
        return [self._copy(tensor, known=known) for tensor, known in zip(call.tensors, call.known, strict=True)]

    def _copy(self, tensor: Any, *, known: bool) -> TensorCopy:
        if (found := self._copies.get(id(tensor))) is not None:
            return found
        if isinstance(tensor, Tensor) and known:
            made = TensorCopy(tensor, by_chip([tensor])[0][0].memory.copy(), true=True)
        else:
            spec = tensor.spec if isinstance(tensor, Tensor) else tensor
            made = TensorCopy(tensor, stand_in(spec), true=False)
        self._copies[id(tensor)] = made
        return made


def stand_in(spec: TensorSpec) -> Pages:
    """Values for a tensor of which nobody knows them: of a normal distribution, or 0 for integers; always the same."""
    if spec.row.is_integer:
        return np.zeros((spec.num_pages, spec.page_bytes), np.uint8)
    values = np.random.default_rng(SEED).standard_normal(tuple(spec.shape), np.float32)
    return encode_pages(values, spec)
