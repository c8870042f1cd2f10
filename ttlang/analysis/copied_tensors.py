"""Which tensors the copies of a kernel, or of a thread, have to do with: their names."""

from __future__ import annotations

from xdsl.ir import Operation

from ttlang.analysis.buffer_flow import tensor_of
from ttlang.dialects import ttl
from ttlang.dialects.walking import operations_of


def tensors_read(within: Operation) -> set[str]:
    return {tensor_of(copy.source).name_.data for copy in _copies(within, ttl.Direction.READ)}


def tensors_written(within: Operation) -> set[str]:
    return {tensor_of(copy.destination).name_.data for copy in _copies(within, ttl.Direction.WRITE)}


def tensors_under_buffers(kernel: ttl.KernelOp) -> set[str]:
    """Those that buffers lie on, whose blocks are parts of them."""
    return {cb.tensor.data for cb in kernel.circular_buffers if cb.tensor is not None}


def _copies(within: Operation, direction: ttl.Direction) -> list[ttl.CopyOp]:
    return [copy for copy in operations_of(within, ttl.CopyOp) if copy.direction is direction]
