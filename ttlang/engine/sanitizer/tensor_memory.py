"""The memory of tensors for runs that nobody sees: copies, and values in place of those that are yet to be computed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ttlang.engine.compiled_call import CompiledCall, TensorImage
from ttlang.host.codec import Pages, encode_pages
from ttlang.host.page_memory import PageMemory
from ttlang.host.spec import TensorSpec

SEED = 0
"""Of values that stand in."""


@dataclass(eq=False)
class TensorCopy:
    """What runs read and write in place of a tensor."""

    pages: Pages
    true: bool
    """Whether these are the values that a run of the script would have here."""


class TensorMemory:
    """Copies of the tensors of a script's calls, one for each tensor, which its kernels write one after the other."""

    def __init__(self) -> None:
        self._copies: dict[int, tuple[PageMemory, TensorCopy]] = {}
        """By the memory, which is held, so that no other can have its identity."""

    def of_call(self, call: CompiledCall) -> list[TensorCopy]:
        """What a call's kernel is to be run on, on the first chip."""
        return [self._copy(image) for image in call.tensors]

    def _copy(self, image: TensorImage) -> TensorCopy:
        if image.memory is None:
            return TensorCopy(stand_in(image.spec), true=False)
        if (found := self._copies.get(id(image.memory))) is not None:
            return found[1]
        if image.known:
            made = TensorCopy(image.memory.copy().pages, true=True)
        else:
            made = TensorCopy(stand_in(image.spec), true=False)
        self._copies[id(image.memory)] = image.memory, made
        return made


def stand_in(spec: TensorSpec) -> Pages:
    """Values for a tensor of which nobody knows them: of a normal distribution, or 0 for integers; always the same."""
    if spec.row.is_integer:
        return np.zeros((spec.num_pages, spec.page_bytes), np.uint8)
    values = np.random.default_rng(SEED).standard_normal(tuple(spec.shape), np.float32)
    return encode_pages(values, spec)
