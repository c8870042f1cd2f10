"""
Groups of transfers. A group is known when the thread is compiled: to wait for it is to wait for each of its transfers.
One that starts in a loop or a branch behind the making of its group can't be named there, and is waited for where it is
added.
"""

from __future__ import annotations

from ttlang.frontend.blocks import copies
from ttlang.frontend.blocks.call_arguments import Arguments
from ttlang.frontend.blocks.thread_builder import ThreadBuilder, block_of, is_within
from ttlang.frontend.blocks.values import NONE, TransferGroup, TransferValue, Value, describe


def make(c: ThreadBuilder, arguments: Arguments) -> Value:
    c.need_data_movement("ttl.GroupTransfer is called")
    return TransferGroup(c.block)


def add(c: ThreadBuilder, arguments: Arguments) -> Value:
    group, transfer = _group(arguments), arguments["transfer"]
    if not isinstance(transfer, TransferValue):
        hint = "add what ttl.copy(...) returns, before it is waited for"
        raise c.error("TTL0106", f"a group of transfers is given {describe(transfer)}", hint=hint)
    if group.waited_at is not None:
        raise c.error("TTL0503", "this group has been waited for, and takes no more transfers", hint=_ANOTHER)
    if any(transfer.ssa is other.ssa for other in group.transfers):
        raise c.error("TTL0503", "this transfer is in the group already", hint="add each transfer once")
    if is_within(group.block, block_of(transfer.ssa)):
        group.transfers.append(transfer)
    else:
        copies.wait(c, transfer)
    return NONE


def wait_all(c: ThreadBuilder, arguments: Arguments) -> Value:
    group = _group(arguments)
    if group.waited_at is not None:
        raise c.error("TTL0503", "this group has been waited for already", hint=_ANOTHER)
    group.waited_at = c.span()
    for transfer in group.transfers:
        copies.wait(c, transfer)
    return NONE


_ANOTHER = "make another ttl.GroupTransfer() for the transfers that come after"


def _group(arguments: Arguments) -> TransferGroup:
    group = arguments["self"]
    assert isinstance(group, TransferGroup)
    return group
