"""What may stand where an expression takes a block or a number."""

from __future__ import annotations

from xdsl.ir import BlockArgument

from ttlang.diagnostics import DiagnosticError
from ttlang.frontend.blocks import row_major_blocks
from ttlang.frontend.blocks.known_values import is_method
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.values import BlockValue, Bool, Host, Int, Ratio, Value, describe
from ttlang.language.buffers import CircularBuffer
from ttlang.language.tensors import TensorParameter


def operand(c: ThreadBuilder, name: str, value: Value) -> BlockValue | float:
    """A block, or a number that is known at compile time. `name`: the function that takes it, as messages call it."""
    if isinstance(value, BlockValue):
        row_major_blocks.compute_with(c, value)
        return value
    check_number(c, name, value)
    number = c.number(value)
    if number is None:
        raise no_block(c, name, value)
    return number


def check_number(c: ThreadBuilder, name: str, value: Value) -> None:
    """Numbers beside blocks are compiled in. Raises a TTL0108 for one that only the run knows."""
    if not isinstance(value, Int | Bool | Ratio):
        return
    known = None if isinstance(value, Ratio) else value.ssa.name_hint
    is_carried = isinstance(value, Int) and isinstance(value.ssa, BlockArgument) and value.ssa.index > 0
    raise c.error(
        "TTL0108",
        f"{known or 'this'} is {describe(value)}, and {name} works on blocks and numbers known at compile time",
        hint=_SUM_HINT if is_carried else _NUMBER_HINT,
    )


_NUMBER_HINT = "write the numbers to a tensor, and copy its tiles to a block; or choose between constants with `if`"
_SUM_HINT = "a sum of blocks starts with a number known at compile time, as in total = 0, or with a block"


def no_block(c: ThreadBuilder, name: str, value: Value) -> DiagnosticError:
    """What to say of an operand that is no block, but may hold some."""
    hint = "call it" if is_method(value) else None
    if isinstance(value, Host) and isinstance(value.value, CircularBuffer):
        hint = "acquire a block of the buffer, with wait() or reserve()"
    if isinstance(value, Host) and isinstance(value.value, TensorParameter):
        hint = "copy tiles of the tensor to a block in a data movement thread, and wait for that block here"
    return c.error("TTL0106", f"{name} does not work on {describe(value)}", hint=hint)
