"""`with ttl.signpost(name):`, a region that a profiler measures."""

from __future__ import annotations

from ttlang.dialects import ttl
from ttlang.frontend.blocks.call_arguments import Arguments
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.values import Host, SignpostValue, Value, describe

_NOT_IN_NAMES = frozenset('",\\')
"""The profiler writes names into a list between commas; what compiles the kernel, between quotes."""


def signpost(c: ThreadBuilder, arguments: Arguments) -> Value:
    name = arguments["name"]
    if not isinstance(name, Host) or not isinstance(name.value, str) or not name.value:
        hint = 'as in `with ttl.signpost("load"):`'
        raise c.error("TTL0107", f"ttl.signpost takes a name, a text, and is given {describe(name)}", hint=hint)
    text = name.value
    if not (text.isascii() and text.isprintable()) or not _NOT_IN_NAMES.isdisjoint(text):
        hint = "leave out commas, quotes, backslashes, and letters that are not in ASCII"
        raise c.error("TTL0107", f"the profiler can't list a region by the name {text!r}", hint=hint)
    return SignpostValue(text)


def begin_region(c: ThreadBuilder, region: SignpostValue) -> None:
    c.emit(ttl.SignpostBeginOp(region.name))


def end_region(c: ThreadBuilder) -> None:
    c.emit(ttl.SignpostEndOp())
