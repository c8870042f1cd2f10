"""Single elements of blocks: reads, writes, comparisons."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import i32
from xdsl.ir import SSAValue

from ttlang.dialects import ttl
from ttlang.frontend.blocks import i32_arithmetic
from ttlang.frontend.blocks.call_arguments import Arguments, is_none
from ttlang.frontend.blocks.known_values import host_integer, host_number, is_integer
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.value_nouns import describe_shape
from ttlang.frontend.blocks.values import NONE, BlockValue, Bool, ElementValue, Group, Host, Int, Value, describe
from ttlang.tables.dtypes import BF16, F32, Kind


def raw_element_read(c: ThreadBuilder, arguments: Arguments) -> Value:
    block, coordinates = _element(c, "ttl.raw_element_read", arguments["block"], _items(arguments["coordinates"]))
    _need_float(c, "ttl.raw_element_read", block)
    return ElementValue(c.emit(ttl.LoadElementOp(block.ssa, coordinates)).result)


def raw_element_write(c: ThreadBuilder, arguments: Arguments) -> Value:
    name, items = "ttl.raw_element_write", list(_items(arguments["coordinates"]))
    value = arguments["value"]
    if is_none(value):
        if not items:
            raise c.error("TTL0107", f"{name} is given no value", hint="the value is the last argument")
        value = items.pop()
    block, coordinates = _element(c, name, arguments["block"], items)
    _need_float(c, name, block)
    if not can_be_element(value):
        hint = "a number that only the run knows is no float" if is_integer(value) else None
        taken = "a number, or what was read from a block"
        raise c.error("TTL0106", f"{name} takes {taken}, not {describe(value)}", hint=hint)
    c.emit(ttl.StoreElementOp(as_element(c, value), block.ssa, coordinates))
    return NONE


def read_index(c: ThreadBuilder, arguments: Arguments) -> Value:
    block, coordinates = _element(c, "ttl.read_index", arguments["block"], _items(arguments["coordinates"]))
    dtype = block.type.element.dtype
    if dtype.kind is Kind.BLOCK_FLOAT:
        raise c.error(
            "TTL0306",
            f"ttl.read_index has no form for {dtype}, whose elements share their exponents",
            hint="keep indices in an integer format",
        )
    return Int(c.emit(ttl.LoadIndexOp(block.ssa, coordinates)).result)


def compare(c: ThreadBuilder, predicate: str, left: Value, right: Value) -> Bool | Host | None:
    """A comparison of an element with another or with a number; None where there is none of these values."""
    if not any(isinstance(value, ElementValue) for value in (left, right)):
        return None
    if any(isinstance(value, Int) for value in (left, right)):
        raise c.error(
            "TTL0106",
            "an element of a block is compared with a float, not with an integer known only at run time",
            hint="a variable that a loop is to put elements into begins as a float: 0.0, not 0",
        )
    if not all(map(can_be_element, (left, right))):
        return None
    if predicate in ("sgt", "sge"):
        # NaN, which counts as greater, is neither: so the greater one stands on the right.
        predicate, left, right = i32_arithmetic.MIRRORED[predicate], right, left
    operands = [as_element(c, value) for value in (left, right)]
    order = Int(c.compute(ttl.CompareElementsOp, operands, i32, {}))
    return i32_arithmetic.compare(c, predicate, order, Host(0))


def can_be_element(value: Value) -> bool:
    """Whether it was read from a block, or is a number of the host."""
    return isinstance(value, ElementValue) or (isinstance(value, Host) and host_number(value) is not None)


def as_element(c: ThreadBuilder, value: Value) -> SSAValue:
    """A value that can be an element."""
    if isinstance(value, ElementValue):
        return value.ssa
    return c.prologue(ttl.ElementConstantOp(c.as_float(c.number(value) or 0))).result


def _items(group: Value) -> Sequence[Value]:
    """Arguments behind a `*`."""
    if isinstance(group, Group):
        return group.items
    assert isinstance(group, Host)
    return [item if isinstance(item, Value) else Host(item) for item in group.value]


def _element(
    c: ThreadBuilder, name: str, value: Value, items: Sequence[Value]
) -> tuple[BlockValue, Sequence[SSAValue]]:
    """The block, and the coordinates of an element of it."""
    c.need_data_movement(f"{name} is called")
    if not isinstance(value, BlockValue) or value.buffer is None:
        raise c.error("TTL0106", f"{name} takes a block of a buffer, not {describe(value)}")
    extents = ttl.extents_of(value.type)
    for item in items:
        if not is_integer(item):
            raise c.error("TTL0303", f"a coordinate of an element is an integer, not {describe(item)}")
    if len(items) != len(extents):
        raise c.error(
            "TTL0303",
            f"an element of a block of {describe_shape(extents)} elements takes {len(extents)} coordinates, not "
            f"{len(items)}",
            hint="they count elements, also in a block of tiles",
        )
    for item, size in zip(items, extents, strict=True):
        known = host_integer(item)
        if known is not None and not 0 <= known < size:
            raise c.error(
                "TTL0302",
                f"the coordinate {known} is outside of a block of {describe_shape(extents)} elements",
                hint=f"it is one from 0 to {size - 1}",
            )
    return value, [c.integer(item) for item in items]


def _need_float(c: ThreadBuilder, name: str, block: BlockValue) -> None:
    dtype = block.type.element.dtype
    if dtype in (BF16, F32):
        return
    hint = "ttl.read_index reads integers" if dtype.is_integer else "make the buffer like a tensor of bfloat16"
    raise c.error("TTL0306", f"{name} has no form for {dtype}: it is for bfloat16 and float32", hint=hint)
