"""Which windows of tensors may pass the tensor's end, in kernels whose author allows that (`pad=True`)."""

from __future__ import annotations

from xdsl.ir import SSAValue

from ttlang.analysis.bounds import interval
from ttlang.analysis.linear_forms import linear_form, reached_bounds, remainder
from ttlang.dialects import ttl
from ttlang.dialects.ttcore import TileType
from ttlang.dialects.walking import enclosing


def passes_end(window: ttl.TensorSliceOp) -> tuple[bool, ...]:
    """For each dimension of a window, whether it may pass the end of the tensor; False where it is sure not to."""
    kernel, tensor = enclosing(window, ttl.KernelOp), window.tensor.type
    if kernel is None or kernel.pad is None or not isinstance(tensor.element, TileType):
        return tuple(False for _ in window.offsets)
    sizes = window.result.type.sizes
    return tuple(
        last_offset(offset, size) + size > whole
        for offset, size, whole in zip(window.offsets, sizes, tensor.sizes, strict=True)
    )


def last_offset(offset: SSAValue, step: int) -> int:
    """
    No more than this is an i32. `step`: what offsets like it are multiples of, as a rule, or are so far behind one.
    """
    high = (reached_bounds(offset) or interval(offset)).high
    place, period = remainder(linear_form(offset), step)
    return high - (high - place) % period
