"""Circular buffers, which connect the threads of a core."""

from __future__ import annotations

from ttlang.language.blocks import Block
from ttlang.language.buffer_memory import Backing, DFBAllocationGroup
from ttlang.language.call_sites import Origin, host_error
from ttlang.language.logical_kernels import Kernel
from ttlang.language.tensors import parameter_name
from ttlang.tables.dtypes import DType


class CircularBuffer:
    """A ring of `block_count` blocks in L1: one thread fills them, another empties them, in order."""

    def __init__(
        self, dtype: DType, shape: tuple[int, ...], block_count: int, origin: Origin | None, *, tiled: bool = True
    ):
        self.name = ""
        """The variable it is bound to in the kernel function."""
        self.dtype = dtype
        self.tiled = tiled
        """Whether it holds tiles, and not rows of elements."""
        self.shape = shape
        """Of a block, in tiles or in elements."""
        self.block_count = block_count
        self.origin = origin
        self.group: DFBAllocationGroup | None = None
        """Of buffers that share memory."""
        self.backing: Backing | None = None
        """The tensor on whose shards it lies."""

    def wait(self) -> Block:
        """Blocks until the oldest block is filled, and returns it. Release it with `pop`, or use `with`."""
        raise host_error("CircularBuffer.wait")

    def reserve(self) -> Block:
        """Blocks until a block is free, and returns it. Release it with `push`, or use `with`."""
        raise host_error("CircularBuffer.reserve")

    def publish(self) -> None:
        """Hands what the tensor's shard holds, which the buffer lies on, to the consumer: all blocks, once."""
        raise host_error("CircularBuffer.publish", "a data movement thread")

    def push(self, *, kernel: Kernel | None = None) -> None:
        """Hands the reserved block to the consumer."""
        raise host_error("CircularBuffer.push")

    def pop(self, *, kernel: Kernel | None = None) -> None:
        """Frees the block that was waited for."""
        raise host_error("CircularBuffer.pop")

    def __repr__(self) -> str:
        return f"<circular buffer {self.name}: {self.contents}>"

    @property
    def contents(self) -> str:
        """Its configuration, as in "2 blocks of 1x1 tiles of bfloat16"."""
        shape = "x".join(map(str, self.shape))
        held = f"{self.block_count} blocks of {shape} {'tiles' if self.tiled else 'elements'} of {self.dtype}"
        if self.backing is None:
            return held
        return f"{held} on {parameter_name(self.backing.tensor)}, from byte {self.backing.byte_offset} on"
