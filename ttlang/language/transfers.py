"""Copies between tensors and blocks."""

from __future__ import annotations

from collections.abc import Sequence

from ttlang.language.blocks import Block
from ttlang.language.call_sites import host_error
from ttlang.language.pipes import Pipe
from ttlang.language.tensors import TensorLike


class Transfer:
    """The handle of a copy under way. Handles exist in data movement threads only: this class documents them."""

    def wait(self) -> None:
        """Blocks until the copy has landed. Call it once on every path."""
        raise host_error("Transfer.wait", "a data movement thread")


class GroupTransfer:
    """
    Transfers that are waited for together: `group.add(ttl.copy(...))` for each, then `group.wait_all()`, once. Data
    movement threads make it. A transfer that starts in a loop or a branch behind the making of the group is waited for
    where it is added.
    """

    def __init__(self) -> None:
        raise host_error("ttl.GroupTransfer", "a data movement thread")

    def add(self, transfer: Transfer) -> None:
        """Adds a copy under way. A TTL0503 after `wait_all`, or for one that is in the group already."""

    def wait_all(self) -> None:
        """Blocks until all copies of the group have landed. A TTL0503 for a second time."""


class ReceiveRequest(Transfer):
    """The handle of a copy from a pipe, while it is under way."""

    def __init__(self) -> None:
        raise host_error("ttl.ReceiveRequest", "a data movement thread")


class ReadyReceive:
    """What `wait_any` has waited for."""

    def __init__(self) -> None:
        raise host_error("ttl.ReadyReceive", "a data movement thread")

    def index(self) -> int:
        """Its place in the tuple."""
        raise host_error("ReadyReceive.index", "a data movement thread")


def wait_any(receives: Sequence[Transfer], start: int = 0) -> ReadyReceive:
    """
    Waits until one of several receives from pipes has come: of those that have, it tells the first from place `start`
    on, in a circle. The others stay under way. What it has waited for may be waited for again, which returns at once.
    """
    raise host_error("ttl.wait_any", "a data movement thread")


def copy(src: TensorLike | Block | Pipe, dst: TensorLike | Block | Pipe) -> Transfer:
    """
    Starts a copy from a slice of a tensor to a block, or from a block to a slice, of one shape and one format, and
    returns its handle.
    """
    raise host_error("ttl.copy", "a data movement thread")
