"""Prints of what only the run has: a block, a part of a tensor, the state of a buffer."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product

from xdsl.dialects.builtin import StringAttr

from ttlang.dialects import ttl
from ttlang.dialects.ttcore import TileType
from ttlang.dialects.typed_values import owner_of, type_of
from ttlang.frontend.blocks.acquired_blocks import buffer_ssa
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.value_nouns import describe_block, describe_shape, describe_unit
from ttlang.frontend.blocks.values import BlockValue, Host, Text, Value, Window
from ttlang.language.buffers import CircularBuffer
from ttlang.language.tensors import TensorParameter, parameter_name


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
            unit, dtype = describe_unit(value.type), value.type.element.dtype
            return Text(f"a part of a tensor, {describe_shape(value.type.sizes)} {unit} of {dtype}")
        case _:
            raise TypeError(f"{value} is no object that is printed")


def show(c: ThreadBuilder, value: Value, pages: int | None) -> None:
    """
    Prints what an object holds: so many pages of it (tiles, or rows of what is row-major), or all of a block and one of
    a tensor. Raises a TTL0003 for what can't be printed yet.
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
    if not isinstance(block.ssa.owner, ttl.AcquireOp):
        raise c.error("TTL0003", "a block that the run chooses can't be printed yet", hint="print it in the branches")
    c.emit(ttl.PrintBlockOp(block.ssa, pages))


def _show_window(c: ThreadBuilder, window: Window) -> None:
    """Reads it into a buffer of the thread's own, which it empties at once."""
    c.need_data_movement("a part of a tensor is printed")
    cb = c.kernel.shown_in(c.op, window.type)
    given = c.emit(ttl.CBReserveOp(cb))
    c.emit(ttl.WaitOp(c.emit(ttl.CopyOp(window.ssa, given.block)).handle))
    c.emit(ttl.CBPushOp(cb))
    c.emit(ttl.PrintBlockOp(c.emit(ttl.CBWaitOp(cb)).block))
    pop = c.emit(ttl.CBPopOp(cb))
    if c.is_unified:
        # What is printed alone tells nothing of the thread that has the block.
        pop.thread = StringAttr(ttl.ThreadKind.DATA_MOVEMENT)


def _pages(c: ThreadBuilder, tensor: TensorParameter) -> Iterator[Window]:
    """Tiles, or rows, in the order of their pages."""
    type_ = c.kernel.tensor_type(tensor)
    *leading, columns = type_.sizes
    sizes = (*(1 for _ in leading), 1 if isinstance(type_.element, TileType) else columns)
    for place in product(*(range(whole // part) for whole, part in zip(type_.sizes, sizes, strict=True))):
        offsets = [c.constant(index) for index in place]
        yield Window(c.emit(ttl.TensorSliceOp(c.kernel.tensors[tensor], offsets, sizes)).result)
