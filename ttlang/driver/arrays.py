"""Arrays of numpy and tensors of PyTorch that a kernel function reads: what of them is compared, and how."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

LIBRARIES = ("numpy", "torch")
FACTS = ("device", "dtype", "layout", "ndim", "shape")
"""Attributes that have nothing to do with what is in them."""
_MOST_BYTES = 1 << 20
"""To compare more at each call costs more than to elaborate the kernel."""


class Unreadable(Exception):
    """The contents of an array can't be compared."""


def is_array(value: Any) -> bool:
    """Whether it is an array of numpy's or a tensor of PyTorch's."""
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    return any(
        isinstance(value, kind)
        for kind in (getattr(numpy, "ndarray", None), getattr(torch, "Tensor", None))
        if kind is not None
    )


def reader(array: Any) -> Callable[[Any], Any]:
    """What reads all that is in an array, and how it lies in memory. Raises `Unreadable`."""
    if array.nbytes > _MOST_BYTES:
        raise Unreadable(f"the {array.nbytes} bytes of an array")
    if hasattr(array, "is_sparse"):
        if array.is_sparse or array.is_quantized:
            raise Unreadable("a sparse or quantized tensor")
        return _tensor_content
    if array.dtype.hasobject:
        raise Unreadable("an array of objects")
    return _array_content


def fact(name: str, array: Any) -> Any:
    """One of `FACTS`."""
    return getattr(array, name)


def gradient(array: Any) -> Any:
    """That of a tensor which has one; None of anything else. To ask others is warned of."""
    return array.grad if getattr(array, "is_leaf", False) else None


def _array_content(array: Any) -> tuple[Any, ...]:
    mask = getattr(array, "mask", None)  # of a masked array
    return array.shape, array.strides, array.dtype, array.tobytes(), None if mask is None else mask.tobytes()


def _tensor_content(tensor: Any) -> tuple[Any, ...]:
    torch = sys.modules["torch"]
    flat = tensor.detach().cpu().contiguous().reshape(-1)
    facts = tensor.shape, tensor.stride(), tensor.dtype, tensor.device, tensor.requires_grad
    return *facts, flat.view(torch.uint8).numpy().tobytes()
