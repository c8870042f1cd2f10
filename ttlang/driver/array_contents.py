"""Arrays of numpy and tensors of PyTorch that a kernel function reads: what of them is compared, and how."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

LIBRARIES = ("numpy", "torch")
FACTS = ("device", "dtype", "layout", "ndim", "shape")
"""Attributes that have nothing to do with what is in them."""
_MOST_BYTES = 1 << 20
"""To compare more at each call costs more than to elaborate the kernel."""


class Unreadable(Exception):
    """The contents of an array can't be compared."""


def is_array(value: object) -> bool:
    """Whether it is an array of numpy's or a tensor of PyTorch's."""
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    return any(
        isinstance(value, kind)
        for kind in (getattr(numpy, "ndarray", None), getattr(torch, "Tensor", None))
        if kind is not None
    )


def reader(array: Any) -> Callable[[], tuple[object, ...]]:
    """What reads all that is in an array, and how it lies in memory. Raises `Unreadable`."""
    if array.nbytes > _MOST_BYTES:
        raise Unreadable(f"the {array.nbytes} bytes of an array")
    if hasattr(array, "is_sparse"):
        if array.is_sparse or array.is_quantized:
            raise Unreadable("a sparse or quantized tensor")
        return partial(_tensor_content, array)
    if array.dtype.hasobject:
        raise Unreadable("an array of objects")
    return partial(_array_content, array)


def _array_content(array: Any) -> tuple[object, ...]:
    mask = getattr(array, "mask", None)  # of a masked array
    return array.shape, array.strides, array.dtype, array.tobytes(), None if mask is None else mask.tobytes()


def _tensor_content(tensor: Any) -> tuple[object, ...]:
    torch = sys.modules["torch"]
    flat = tensor.detach().cpu().contiguous().reshape(-1)
    facts = tensor.shape, tensor.stride(), tensor.dtype, tensor.device, tensor.requires_grad
    return *facts, flat.view(torch.uint8).numpy().tobytes()
