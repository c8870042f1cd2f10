"""A path through a thread: its operations, its variables, and how far control has come on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from xdsl.ir import Block

from ttlang.frontend.blocks.values import FALSE, NONE, TRUE, Value
from ttlang.frontend.python.thread_compiler import ThreadCompiler

# Variables that no program can name: how far control has come. They are joined like all others.
ACTIVE = "$active"
"""Whether the statements that follow in this list are run; absent: they are."""
BREAK = "$break"
"""Whether the loop has been left; absent: it has not."""
RETURN = "$return"
"""Whether the function has returned; absent: it has not."""
RESULT = "$result"
"""What it has returned."""
DEFAULTS: dict[str, Value] = {ACTIVE: TRUE, BREAK: FALSE, RETURN: FALSE}
HIDDEN = (ACTIVE, BREAK, RETURN, RESULT)


@dataclass
class Path:
    """One of two paths, compiled into a block that no operation holds yet."""

    block: Block
    env: dict[str, Value]
    value: Value = NONE


def compile_path(c: ThreadCompiler, body: Callable[[], Value | None]) -> Path:
    """Runs a compilation into a block of its own, on a copy of the variables."""
    scope = c.scope
    env, block = scope.env, Block()
    scope.env = dict(env)
    c.conditions += 1
    try:
        with c.inside(block):
            value = body()
        return Path(block, scope.env, value or NONE)
    finally:
        scope.env = env
        c.conditions -= 1


def empty_path(c: ThreadCompiler, value: Value = NONE) -> Path:
    return Path(Block(), dict(c.scope.env), value)
