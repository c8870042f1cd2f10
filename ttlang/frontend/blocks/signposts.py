"""`with ttl.signpost(name):`, a region that a profiler measures: taken, and not measured yet."""

from __future__ import annotations

from ttlang.diagnostics import Diagnostic, Severity
from ttlang.frontend.blocks.call_arguments import Arguments
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.values import Host, SignpostValue, Value, describe


def signpost(c: ThreadBuilder, arguments: Arguments) -> Value:
    name = arguments["name"]
    if not isinstance(name, Host) or not isinstance(name.value, str) or not name.value:
        hint = 'as in `with ttl.signpost("load"):`'
        raise c.error("TTL0107", f"ttl.signpost takes a name, a text, and is given {describe(name)}", hint=hint)
    message = f'the region "{name.value}" is not measured: neither by the simulator nor, yet, by emitted C++'
    c.diagnostics.append(Diagnostic("TTL0003", message, c.span(), severity=Severity.NOTE))
    return SignpostValue(name.value)
