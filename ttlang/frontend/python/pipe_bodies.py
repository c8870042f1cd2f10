"""Functions that a thread runs for each pipe that its core is an end of."""

from __future__ import annotations

from xdsl.ir import Block, Region

from ttlang.dialects import ttl
from ttlang.frontend.blocks.call_arguments import Arguments
from ttlang.frontend.blocks.pipe_values import pipes_of
from ttlang.frontend.blocks.values import NONE, PipeValue, Value
from ttlang.frontend.python.function_calls import apply
from ttlang.frontend.python.thread_compiler import BoundHandler, ThreadCompiler


def for_each_pipe(kind: type[ttl.IfPipeOp], name: str) -> BoundHandler:
    """`ttl.if_pipe_src(pipes, f)` and `net.if_src(f)`, or the same for the destinations; messages call it `name`."""

    def handle(c: ThreadCompiler, arguments: Arguments) -> Value:
        pipes, body = arguments.values()
        return _for_each_pipe(c, kind, name, pipes, body)

    return handle


def _for_each_pipe(c: ThreadCompiler, kind: type[ttl.IfPipeOp], name: str, pipes: Value, body: Value) -> Value:
    """Compiles the body once, for whichever of the pipes this core is an end of."""
    c.need_data_movement(f"{name} is called")
    block = Block(arg_types=[ttl.PipeType()])
    op = kind.create(operands=pipes_of(c, pipes, name), regions=[Region(block)])
    scope = c.scope
    env = scope.env
    scope.env = dict(env)
    c.conditions += 1
    try:
        with c.inside(block):
            apply(c, body, [PipeValue(block.args[0])], {})
    finally:
        scope.env = env
        c.conditions -= 1
    c.emit(op)
    return NONE
