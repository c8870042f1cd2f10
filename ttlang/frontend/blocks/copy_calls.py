"""Calls of `ttl.copy`, and of what it returns."""

from __future__ import annotations

from xdsl.dialects import scf
from xdsl.ir import Block, Region

from ttlang.diagnostics import Related
from ttlang.frontend.blocks import copies
from ttlang.frontend.blocks.call_arguments import Arguments, Call
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.values import NONE, ChosenTransfer, SettledTransfer, TransferValue, Value


def copy(c: ThreadBuilder, arguments: Arguments) -> Value:
    return copies.copy(c, arguments["src"], arguments["dst"])


def wait(c: ThreadBuilder, transfer: Value, call: Call) -> Value:
    if call.values:
        raise c.error("TTL0107", "wait takes no arguments")
    if isinstance(transfer, SettledTransfer):
        for place, block in transfer.waits:
            if c.is_in(block):
                related = (Related(place, "waited for here"),)
                raise c.error("TTL0503", "this transfer has been waited for already", related=related)
        transfer.waits.append((c.span(), c.block))
        return NONE
    assert isinstance(transfer, TransferValue | ChosenTransfer)
    _wait(c, transfer)
    return NONE


def _wait(c: ThreadBuilder, transfer: TransferValue | ChosenTransfer) -> None:
    if isinstance(transfer, ChosenTransfer):
        ways = Block(), Block()
        for way, chosen in zip(ways, (transfer.first, transfer.second), strict=True):
            with c.inside(way):
                _wait(c, chosen)
                c.emit(scf.YieldOp())
        c.emit(scf.IfOp(transfer.is_first.ssa, [], Region(ways[0]), Region(ways[1])))
    elif not c.has_come(transfer.ssa):
        copies.wait(c, transfer)
