"""Buffers that the compiler makes for values of expressions: their names, their formats, and when they are released."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import count

from xdsl.ir import Operation, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ttlang.analysis.precision import fits_bfloat16
from ttlang.dialects import ttl
from ttlang.dialects.attributes import bool_attr, string_attr
from ttlang.dialects.ttcore import tile_type
from ttlang.dialects.typed_values import type_of
from ttlang.tables.dtypes import BF16, F32, DType
from ttlang.transforms.rewriting import set_location


def kept_format(kernel: ttl.KernelOp, value: SSAValue, wide: Collection[SSAValue] = ()) -> DType:
    """What a value is kept in: it loses nothing that DST has of it. `wide`: values that are kept in 32 bits already."""
    dtype = type_of(value, ttl.BlockType).element.dtype
    if dtype.is_integer or dtype is F32:
        return dtype
    return F32 if kernel.dst32 and not fits_bfloat16(value, wide) else BF16


def make_buffer(
    kernel: ttl.KernelOp,
    value: SSAValue,
    dtype: DType,
    source: Operation,
    *,
    stem: str,
    blocks: int = 1,
    purpose: str = "",
) -> ttl.CreateCBOp:
    """
    A ring of so many blocks of the value's shape, named after it or, if it has no name, by `stem`. `purpose`: what the
    plan says of it.
    """
    type_ = ttl.buffer_type(type_of(value, ttl.BlockType).sizes, tile_type(dtype), blocks)
    cb = make_ring(kernel, value.name_hint or stem, type_, source)
    if purpose:
        cb.purpose = string_attr(purpose)
        if dtype is F32 and type_of(value, ttl.BlockType).element.dtype is not F32:
            cb.widened = bool_attr(True)
    return cb


def make_ring(kernel: ttl.KernelOp, stem: str, type_: ttl.CircularBufferType, source: Operation) -> ttl.CreateCBOp:
    """A buffer of the compiler's that is named by `stem`."""
    taken = {op.name_.data for op in (*kernel.circular_buffers, *kernel.tensors)}
    name = next(name for number in count() if (name := f"{stem}{number or ''}_cb") not in taken)
    cb = ttl.CreateCBOp(name, type_, compiler_made=True)
    cb.result.name_hint = name
    set_location(cb, source)
    Rewriter.insert_op(cb, InsertPoint.before(kernel.threads[0]))
    return cb


def insert(source: Operation, place: InsertPoint, *ops: Operation) -> None:
    """Inserts operations that belong to what stands at `source`."""
    for op in ops:
        set_location(op, source)
    Rewriter.insert_op(ops, place)


def read_from(block: SSAValue, uses: Iterable[tuple[Operation, int]]) -> None:
    """Lets uses (operations, and which of their operands) of a value read the block that it is kept in."""
    for op, index in tuple(uses):
        op.operands[index] = block
    follow_format(block)


def follow_format(block: SSAValue) -> None:
    """Gives views of a block the format that it has in L1."""
    for use in tuple(block.uses):
        if isinstance(view := use.operation, ttl.ViewOp):
            type_ = ttl.BlockType(view.view.sizes, type_of(block, ttl.BlockType).element)
            follow_format(Rewriter.replace_value_with_new_type(view.result, type_))


def join_stores(store: ttl.StoreOp, reserve: ttl.CBReserveOp) -> list[ttl.StoreOp]:
    """
    Moves further stores of a value to `store`, which is that to the compiler's block of `reserve`: those that nothing
    in between could tell from stores there.
    """
    others = [use.operation for use in store.value.uses if use.operation is not store]
    joined = [other for other in others if isinstance(other, ttl.StoreOp) and _can_join(other, store, reserve)]
    for other in joined:
        other.detach()
        Rewriter.insert_op(other, InsertPoint.before(store))
    return joined


def _can_join(other: ttl.StoreOp, store: ttl.StoreOp, reserve: ttl.CBReserveOp) -> bool:
    """Whether the block of another store is there where `store` is done, and nothing else uses it."""
    acquire, home = other.block.owner, store.parent_block()
    if other.acc is not None or other.parent_block() is not home or not store.is_before_in_block(other):
        return False
    if not isinstance(acquire, ttl.CBReserveOp) or not other.block.has_one_use():
        return False
    return acquire.parent_block() is not home or acquire.is_before_in_block(reserve)


def pop_behind_last_reader(wait: ttl.CBWaitOp) -> ttl.CBPopOp:
    """Releases a block behind the last store that reads it, in the block where it was waited for."""
    home = wait.parent_block()
    last: Operation = wait
    for store in _stores_of(wait.block):
        around = home.find_ancestor_op_in_block(store) if home else None
        assert around is not None, "a value is read where it is defined"
        last = around if last.is_before_in_block(around) else last
    pop = ttl.CBPopOp(wait.cb)
    insert(last, InsertPoint.after(last), pop)
    return pop


def _stores_of(block: SSAValue) -> Iterator[ttl.StoreOp]:
    """The stores whose values are computed from a block."""
    values = {block: None}
    for value in (pending := [block]):
        for use in value.uses:
            match reader := use.operation:
                case ttl.StoreOp() if reader.value is value:
                    yield reader
                case _ if isinstance(reader, ttl.EXPRESSION) and (result := reader.results[0]) not in values:
                    values[result] = None
                    pending.append(result)
                case _:
                    pass
