"""What a kernel is given whose time is predicted: descriptions in place of tensors, or tensors that have values."""

from __future__ import annotations

from collections.abc import Sequence

from ttlang.backends.simulator import HasPages
from ttlang.host import TILE_LAYOUT, TensorSpec
from ttlang.host.each_chip import by_chip
from ttlang.host.tensor import Tensor
from ttlang.language.tensors import TensorLike, is_tensor
from ttlang.tables.dtypes import find_dtype


def described_without_data(value: object) -> object:
    """A tensor of PyTorch without data as a description of what it would be on a device: in tiles."""
    if not getattr(value, "is_meta", False) or not is_tensor(value):
        return value
    try:
        return TensorSpec(tuple(value.shape), find_dtype(value.dtype), TILE_LAYOUT)
    except ValueError:
        # Of a format that no device has: the checks of a call say so.
        return value


def with_values(tensors: Sequence[TensorLike]) -> Sequence[HasPages]:
    """The tensors of a call, on its first chip, if all are of the host library; else none."""
    of_host = [tensor for tensor in tensors if isinstance(tensor, Tensor)]
    return by_chip(of_host)[0] if len(of_host) == len(tensors) else ()
