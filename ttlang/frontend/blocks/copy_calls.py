"""Calls of `ttl.copy`, and of what it returns."""

from __future__ import annotations

from ttlang.frontend.blocks import copies
from ttlang.frontend.blocks.call_arguments import Arguments, Call
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.values import NONE, TransferValue, Value


def copy(c: ThreadBuilder, arguments: Arguments) -> Value:
    return copies.copy(c, arguments["src"], arguments["dst"])


def wait(c: ThreadBuilder, transfer: Value, call: Call) -> Value:
    assert isinstance(transfer, TransferValue)
    if call.values:
        raise c.error("TTL0107", "wait takes no arguments")
    copies.wait(c, transfer)
    return NONE
