"""Prints of what only the run has: a block, a part of a tensor, the state of a buffer."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product

from ttlang.dialects import ttl
from ttlang.dialects.ttcore import TileType
from ttlang.dialects.typed_values import owner_of, type_of
from ttlang.frontend.blocks.acquired_blocks import buffer_ssa
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.value_nouns import describe_block, describe_shape
from ttlang.frontend.blocks.values import BlockValue, Host, Text, Value, Window
from ttlang.language.buffers import CircularBuffer
from ttlang.language.tensors import TensorParameter, parameter_name

_ROWS = "a row-major {} can't be printed yet"
_ROWS_HINT = "print it on the host, or convert the tensor: ttnn.to_layout(tensor, ttnn.TILE_LAYOUT)"


def is_printed_object(value: Value) -> bool:
    """Whether a print shows what the value holds at that time; of these, a call prints one."""
    match value:
        case BlockValue(buffer=buffer):
            return buffer is not None
        case Host(CircularBuffer() | TensorParameter()) | Window():
            return True
        case _:
            return False


def headline(c: ThreadBuilder, value: Value) -> Text:
    """What stands for the object in the text of its print."""
    match value:
        case BlockValue(buffer=buffer) if buffer is not None:
            return Text(f"a block of {owner_of(buffer, ttl.CreateCBOp).author_name}, {describe_block(value.type)}")
        case Host(CircularBuffer() as buffer):
            type_ = type_of(cb := buffer_ssa(c, buffer), ttl.CircularBufferType)
            count, pages = type_.block_count.data, owner_of(cb, ttl.CreateCBOp).block_pages
            filled = c.emit(ttl.FilledPagesOp(cb)).result
            blocks = f"{count} blocks of {describe_block(type_.block)}"
            return Text(f"{buffer.name}, {blocks}, {{}} of {count * pages} pages filled", (filled,))
        case Host(TensorParameter() as tensor):
            type_ = c.kernel.tensor_type(tensor)
            unit = "tiles" if isinstance(type_.element, TileType) else "elements"
            return Text(f"{parameter_name(tensor)}, {describe_shape(type_.sizes)} {unit} of {type_.element.dtype}")
        case Window():
            return Text(f"a part of a tensor, {describe_shape(value.type.sizes)} tiles of {value.type.element.dtype}")
        case _:
            raise TypeError(f"{value} is no object that is printed")


def show(c: ThreadBuilder, value: Value, pages: int | None) -> None:
    """
    Prints what an object holds: so many pages of it, or all of a block and one of a tensor. Raises a TTL0003 for what
    can't be printed yet.
    """
    match value:
        case BlockValue():
            _show_block(c, value, pages)
        case Window():
            _show_window(c, value)
        case Host(TensorParameter() as tensor):
            c.need_data_movement("a tensor is printed")
            for number, window in enumerate(islice(_pages(c, tensor), pages or 1)):
                c.emit(ttl.PrintOp(f"page {number}:\n"))
                _show_window(c, window)
        case _:
            pass


def _show_block(c: ThreadBuilder, block: BlockValue, pages: int | None) -> None:
    if not isinstance(block.type.element, TileType):
        raise c.error("TTL0003", _ROWS.format("block"), hint=_ROWS_HINT)
    if not isinstance(block.ssa.owner, ttl.AcquireOp):
        raise c.error("TTL0003", "a block that the run chooses can't be printed yet", hint="print it in the branches")
    c.emit(ttl.PrintBlockOp(block.ssa, pages))


def _show_window(c: ThreadBuilder, window: Window) -> None:
    """Reads it into a buffer of the thread's own, which it empties at once."""
    c.need_data_movement("a part of a tensor is printed")
    if not isinstance(window.type.element, TileType):
        raise c.error("TTL0003", _ROWS.format("tensor"), hint=_ROWS_HINT)
    cb = c.kernel.shown_in(c.op, window.type)
    given = c.emit(ttl.CBReserveOp(cb))
    c.emit(ttl.WaitOp(c.emit(ttl.CopyOp(window.ssa, given.block)).handle))
    c.emit(ttl.CBPushOp(cb))
    c.emit(ttl.PrintBlockOp(c.emit(ttl.CBWaitOp(cb)).block))
    c.emit(ttl.CBPopOp(cb))


def _pages(c: ThreadBuilder, tensor: TensorParameter) -> Iterator[Window]:
    """Tiles in the order of their pages."""
    type_ = c.kernel.tensor_type(tensor)
    if not isinstance(type_.element, TileType):
        raise c.error("TTL0003", _ROWS.format("tensor"), hint=_ROWS_HINT)
    for place in product(*map(range, type_.sizes)):
        offsets = [c.constant(index) for index in place]
        yield Window(c.emit(ttl.TensorSliceOp(c.kernel.tensors[tensor], offsets, (1, 1))).result)
