"""Math on blocks: the rows of `ttlang.tables.functions`, and what their operands must have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ttlang.dialects import ttl
from ttlang.dialects.attributes import f64_array
from ttlang.frontend.blocks import row_major_blocks
from ttlang.frontend.blocks.block_formats import (
    block_type,
    common_dtype,
    dtype_of,
    fit_number,
    has_integer_form,
    widest,
)
from ttlang.frontend.blocks.broadcasts import spread
from ttlang.frontend.blocks.operands import operand
from ttlang.frontend.blocks.shape_errors import no_common_shape
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.values import BlockValue, Fill, Spread, Value, as_value, describe
from ttlang.tables.dtypes import BF16, DType
from ttlang.tables.functions import BY_NAME, Function


def apply(c: ThreadBuilder, name: str, *operands: Value | float) -> Value:
    """
    A function of blocks and numbers, by its name in `ttlang.tables.functions`: `apply(c, "add", x, 1.0)`. Operands have
    one shape, but for numbers and broadcasts, which take it; the result has the widest of their formats. Raises a
    TTL0301 for other shapes, a TTL0305 for formats that don't go together, a TTL0306 for a function that an integer
    format does not have.
    """
    return apply_row(c, BY_NAME[name], [as_value(each) for each in operands], ())


def apply_row(
    c: ThreadBuilder, row: Function, operands: list[Value], parameters: tuple[float, ...], name: str = ""
) -> Value:
    """A function of blocks and numbers. `name`: what the user calls it."""
    shown = name or row.name
    c.need_compute(f"{shown} is computed")
    for value in operands:
        row_major_blocks.learn(c, value)
    if any(isinstance(value, Spread) for value in operands):
        shape = _shape_of(operands)
        if shape is None:
            return _on_spreads(c, row, operands, parameters, name)
        operands = [spread(c, value, shape) if isinstance(value, Spread) else value for value in operands]
    operands = _with_formats(c, shown, operands)
    values = [operand(c, shown, value) for value in operands]
    found = [value for value in values if isinstance(value, BlockValue)]
    if not found and any(isinstance(value, Fill) for value in operands):
        return apply_row(c, row, _as_blocks(c, shown, operands), parameters, name)
    if not found:
        raise c.error("TTL0106", f"{shown} needs a block, and is given {', '.join(map(describe, operands))}")
    if "bitwise_condition" in row.tags and not isinstance(values[0], BlockValue):
        return operands[1] if values[0] else operands[2]
    sizes, dtype = _common_shape(c, shown, found, operands), common_dtype(c, shown, found)
    if (scalar := _scalar_form(row, values)) is not None:
        return scalar(c)
    if dtype.is_integer and not has_integer_form(row, dtype):
        raise c.error(
            "TTL0306",
            f"{shown} has no form for {dtype}",
            hint="⟦typecast⟧(x, ttl.float32) makes floats of the integers",
        )
    if dtype.is_integer:
        parameters = tuple(fit_number(c, parameter, dtype) for parameter in parameters)
    blocks = [value if isinstance(value, BlockValue) else fill(c, value, sizes, dtype) for value in values]
    return _emit(c, row, blocks, parameters, block_type(sizes, dtype))


def _with_formats(c: ThreadBuilder, name: str, operands: list[Value]) -> list[Value]:
    """Makes blocks of those filled ones whose format is not one that the blocks beside them have or hold."""
    formats = [dtype_of(value) for value in operands if isinstance(value, BlockValue)]
    if not formats:
        return operands

    def is_block(value: Value) -> bool:
        if not isinstance(value, Fill) or value.dtype is None or value.dtype in formats:
            return False
        return (
            value.dtype.is_integer
            or any(dtype.is_integer for dtype in formats)
            or widest([value.dtype, *formats]) is not widest(formats)
        )

    shape = _shape_of(operands)
    return [filled(c, name, value, shape) if is_block(value) else value for value in operands]


def _as_blocks(c: ThreadBuilder, name: str, operands: list[Value]) -> list[Value]:
    """Filled blocks alone, as blocks of the format that one of them names."""
    shape = _shape_of(operands)
    dtype = next((value.dtype for value in operands if isinstance(value, Fill) and value.dtype), BF16)
    return [filled(c, name, value, shape, dtype) if isinstance(value, Fill) else value for value in operands]


def _on_spreads(
    c: ThreadBuilder, row: Function, operands: list[Value], parameters: tuple[float, ...], name: str
) -> Value:
    """
    A function of broadcasts and numbers alone is the broadcast of the function of what is broadcast; of one along rows
    and one along columns, it has the rows of the one and the columns of the other.
    """
    spreads = [value for value in operands if isinstance(value, Spread)]
    first = spreads[0]
    if (shape := _shape_of_spreads(spreads)) is not None:
        whole = [spread(c, value, shape) if isinstance(value, Spread) else value for value in operands]
        return apply_row(c, row, whole, parameters, name)
    if any((other.axes, other.block.type.sizes) != (first.axes, first.block.type.sizes) for other in spreads):
        raise c.error(
            "TTL0301",
            f"{name or row.name} is given broadcasts whose shape nothing tells",
            hint="name a block of that shape: ⟦broadcast⟧(x, o, dims=[1])",
        )
    inner = [value.block if isinstance(value, Spread) else value for value in operands]
    result = apply_row(c, row, inner, parameters, name)
    return Spread(result, first.axes) if isinstance(result, BlockValue) else result


def _shape_of_spreads(spreads: Sequence[Spread]) -> tuple[int, ...] | None:
    """The shape that broadcasts have in common, if each dimension is known from those that do not repeat along it."""
    shape: list[int] = []
    for axis in range(len(spreads[0].block.type.sizes)):
        kept = {value.block.type.sizes[axis : axis + 1] for value in spreads if axis not in value.axes}
        if len(kept) != 1:
            return None
        shape += kept.pop()
    return tuple(shape)


def _shape_of(values: Sequence[Value]) -> tuple[int, ...] | None:
    """The shape that the operands of a function have, broadcasts and numbers aside."""
    for value in values:
        if isinstance(value, BlockValue):
            return value.type.sizes
        if isinstance(value, Fill) and value.shape is not None:
            return value.shape
    return None


def _common_shape(
    c: ThreadBuilder, name: str, found: Sequence[BlockValue], operands: Sequence[Value]
) -> tuple[int, ...]:
    shapes = [block.type.sizes for block in found]
    shapes += [value.shape for value in operands if isinstance(value, Fill) and value.shape is not None]
    for shape in shapes[1:]:
        if shape != shapes[0]:
            raise no_common_shape(c, name, (shapes[0], shape), operands)
    return shapes[0]


def _scalar_form(row: Function, values: list[BlockValue | float]) -> Callable[[ThreadBuilder], Value] | None:
    """The row for a block and a number, where there is one for this format."""
    if row.arity != 2 or not (row.with_scalar or row.scalar_with):
        return None
    first, second = values
    if isinstance(first, BlockValue) and isinstance(second, BlockValue):
        return None
    block, number, form = (
        (first, second, row.with_scalar) if isinstance(first, BlockValue) else (second, first, row.scalar_with)
    )
    assert isinstance(block, BlockValue)
    assert not isinstance(number, BlockValue)
    if not form:
        return None
    scalar, dtype = BY_NAME[form], dtype_of(block)
    if dtype.is_integer and not has_integer_form(scalar, dtype):
        return None
    return lambda c: apply_row(c, scalar, [block], (fit_number(c, number, dtype),))


def filled(
    c: ThreadBuilder, name: str, value: Value, shape: tuple[int, ...] | None = None, dtype: DType = BF16
) -> BlockValue:
    """
    A filled block as one that is computed, of `shape` and `dtype` unless it names its own. `name`: what takes it.
    """
    assert isinstance(value, Fill)
    sizes = value.shape or shape
    if sizes is None:
        raise c.error(
            "TTL0106",
            f"{name} is given {describe(value)} whose shape nothing tells",
            hint="name it: ⟦fill⟧(0, shape=(1, 1))",
        )
    return fill(c, value.number, sizes, value.dtype or dtype)


def fill(c: ThreadBuilder, number: float, sizes: tuple[int, ...], dtype: DType) -> BlockValue:
    """A block of a shape, in tiles, full of a number."""
    row, number = BY_NAME["fill"], fit_number(c, number, dtype)
    if dtype.is_integer and not has_integer_form(row, dtype):
        raise c.error("TTL0306", f"fill has no form for {dtype}")
    return _emit(c, row, (), (number,), block_type(sizes, dtype))


def _emit(
    c: ThreadBuilder,
    row: Function,
    operands: Sequence[BlockValue],
    parameters: Sequence[float],
    result_type: ttl.BlockType,
) -> BlockValue:
    properties = {"parameters": f64_array([c.as_float(p) for p in parameters])} if parameters else {}
    kind = ttl.elementwise_op(row)
    op = kind.create(operands=[value.ssa for value in operands], result_types=[result_type], properties=properties)
    return BlockValue(c.emit(op).result)
