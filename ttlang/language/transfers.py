"""Copies between tensors and blocks."""

from __future__ import annotations

from ttlang.language.buffers import Block
from ttlang.language.call_sites import host_error
from ttlang.language.pipes import Pipe
from ttlang.language.tensors import TensorLike


class Transfer:
    """The handle of a copy under way. Handles exist in data movement threads only: this class documents them."""

    def wait(self) -> None:
        """Blocks until the copy has landed. Call it once on every path."""
        raise host_error("Transfer.wait", "a data movement thread")


def copy(src: TensorLike | Block | Pipe, dst: TensorLike | Block | Pipe) -> Transfer:
    """
    Starts a copy from a slice of a tensor to a block, or from a block to a slice, of one shape and one format, and
    returns its handle.
    """
    raise host_error("ttl.copy", "a data movement thread")
