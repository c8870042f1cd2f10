"""Math on blocks: the rows of `ttlang.tables.functions`, as operators and by name."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Sequence
from functools import lru_cache

from xdsl.dialects.builtin import DenseArrayBase, f64
from xdsl.ir import BlockArgument

from ttlang.diagnostics import DiagnosticError
from ttlang.dialects import ttl
from ttlang.dialects.ttcore import TileType
from ttlang.frontend.blocks.math_arguments import check_derived, given_arguments, read_number
from ttlang.frontend.blocks.shape_errors import made_here, no_common_shape, wrong_broadcast, wrong_store
from ttlang.frontend.blocks.values import (
    BlockValue,
    Bool,
    Fill,
    Host,
    Int,
    Ratio,
    Spread,
    Value,
    describe,
    is_method,
)
from ttlang.frontend.python.operators import no_operator
from ttlang.frontend.python.thread_compiler import ThreadCompiler
from ttlang.language.buffers import CircularBuffer
from ttlang.language.math_functions import OPERANDS
from ttlang.language.tensors import TensorParameter
from ttlang.tables import dtypes
from ttlang.tables.dtypes import DType, Kind
from ttlang.tables.functions import BY_NAME, FUNCTIONS, Function

OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.Pow: "power_binary",
    ast.Eq: "eq",
    ast.NotEq: "ne",
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
}
"""Rows that operators stand for."""

_BLOCK_FORM = {row.with_scalar: row for row in FUNCTIONS if row.with_scalar and BY_NAME[row.with_scalar].public}
"""For a public row of a block and a number: the row of two blocks."""


@lru_cache(maxsize=1024)
def block_type(sizes: tuple[int, ...], dtype: DType) -> ttl.BlockType:
    return ttl.BlockType(sizes, TileType(dtype))


def dtype_of(block: BlockValue) -> DType:
    return block.type.element.dtype


# ------------------------------------------------------------------------------------------------ ways to a function


def apply_operator(c: ThreadCompiler, kind: type[ast.operator], symbol: str, left: Value, right: Value) -> Value:
    """A binary operator of which a side is a block."""
    if kind not in OPERATORS:
        raise no_operator(c, symbol, left, right)
    return apply_row(c, BY_NAME[OPERATORS[kind]], [left, right], (), symbol)


def apply_comparison(c: ThreadCompiler, kind: type[ast.cmpop], symbol: str, left: Value, right: Value) -> Value:
    """A comparison of which a side is a block: a block of 1 and 0."""
    if kind not in OPERATORS:
        raise no_operator(c, symbol, left, right)
    return apply_row(c, BY_NAME[OPERATORS[kind]], [left, right], (), symbol)


def apply_name(c: ThreadCompiler, name: str, *operands: Value) -> Value:
    return apply_row(c, BY_NAME[name], list(operands), ())


def apply_call(c: ThreadCompiler, row: Function, name: str, args: Sequence[Value], keywords: dict[str, Value]) -> Value:
    """A call of `ttl.math.<name>`: first its blocks, then its numbers, by position or by name."""
    names = [*OPERANDS[: row.arity], *(p.name for p in row.inputs)]
    given = given_arguments(c, row, name, args, keywords)
    operands = [_given(c, name, given, operand) for operand in names[: row.arity]]
    if (block_form := _BLOCK_FORM.get(row.name)) is not None and isinstance(given.get(names[-1]), BlockValue | Spread):
        return apply_row(c, block_form, [*operands, given[names[-1]]], (), name)
    numbers: list[float] = []
    for parameter in row.inputs:
        if parameter.name not in given and parameter.default is not None:
            numbers.append(parameter.default)
            continue
        value = _given(c, name, given, parameter.name)
        numbers.append(read_number(c, f"{parameter.name} of ttl.math.{name}", value, parameter.encoding))
    check_derived(c, row, name, given, numbers)
    if row.arity == 0:
        return Fill(numbers[0])
    return apply_row(c, row, operands, tuple(numbers), name)


def _given(c: ThreadCompiler, name: str, given: dict[str, Value], argument: str) -> Value:
    if argument not in given:
        row = BY_NAME[name]
        names = ", ".join((*OPERANDS[: row.arity], *(p.name for p in row.inputs)))
        hint = f"it is ttl.math.{name}({names}): {row.doc.rstrip('.')}"
        raise c.error("TTL0107", f"ttl.math.{name} lacks its argument {argument}", hint=hint)
    return given[argument]


# ------------------------------------------------------------------------------------------------------- the rows


def apply_row(
    c: ThreadCompiler, row: Function, operands: list[Value], parameters: tuple[float, ...], name: str = ""
) -> Value:
    """A function of blocks and numbers. `name`: what the user calls it."""
    shown = name or row.name
    c.need_compute(f"{shown} is computed")
    if any(isinstance(value, Spread) for value in operands):
        shape = _shape_of(operands)
        if shape is None:
            return _on_spreads(c, row, operands, parameters, name)
        operands = [spread(c, value, shape) if isinstance(value, Spread) else value for value in operands]
    values = [_operand(c, shown, value) for value in operands]
    found = [value for value in values if isinstance(value, BlockValue)]
    if not found:
        raise c.error("TTL0106", f"{shown} needs a block, and is given {', '.join(map(describe, operands))}")
    if "bitwise_condition" in row.tags and not isinstance(values[0], BlockValue):
        return operands[1] if values[0] else operands[2]
    sizes, dtype = _common_shape(c, shown, found, operands), _common_dtype(c, shown, found)
    if (scalar := _scalar_form(row, values)) is not None:
        return scalar(c)
    if dtype.is_integer and not _has_integer_form(row, dtype):
        raise c.error(
            "TTL0306",
            f"{shown} has no form for {dtype}",
            hint="⟦typecast⟧(x, ttl.float32) makes floats of the integers",
        )
    if dtype.is_integer:
        parameters = tuple(_fit_number(c, parameter, dtype) for parameter in parameters)
    blocks = [value if isinstance(value, BlockValue) else _fill(c, value, sizes, dtype) for value in values]
    return _emit(c, row, blocks, parameters, block_type(sizes, dtype))


def _operand(c: ThreadCompiler, name: str, value: Value) -> BlockValue | float:
    if isinstance(value, BlockValue):
        return value
    check_number(c, name, value)
    number = c.number(value)
    if number is None:
        raise no_block(c, name, value)
    return number


def check_number(c: ThreadCompiler, name: str, value: Value) -> None:
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
_SUM_HINT = "the sum that a loop builds is kept in a reserved block: `with out_cb.reserve() as total`, and total += x"


def no_block(c: ThreadCompiler, name: str, value: Value) -> DiagnosticError:
    """What to say of an operand that is no block, but may hold some."""
    hint = "call it" if is_method(value) else None
    if isinstance(value, Host) and isinstance(value.value, CircularBuffer):
        hint = "acquire a block of the buffer, with wait() or reserve()"
    if isinstance(value, Host) and isinstance(value.value, TensorParameter):
        hint = "copy tiles of the tensor to a block in a data movement thread, and wait for that block here"
    return c.error("TTL0106", f"{name} does not work on {describe(value)}", hint=hint)


def _scalar_form(row: Function, values: list[BlockValue | float]) -> Callable[[ThreadCompiler], Value] | None:
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
    if dtype.is_integer and not _has_integer_form(scalar, dtype):
        return None
    return lambda c: apply_row(c, scalar, [block], (_fit_number(c, number, dtype),))


def _has_integer_form(row: Function, dtype: DType) -> bool:
    """Whether a function works on an integer format: by a kernel call, or made of others (`ttl-expand-functions`)."""
    return row.expansion is not None or (row.integer is not None and dtype.name in row.integer_formats)


def _number(c: ThreadCompiler, value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        raise c.error("TTL0305", f"a number of {int(value).bit_length()} bits is beyond every format") from None


def _emit(
    c: ThreadCompiler,
    row: Function,
    operands: Sequence[BlockValue],
    parameters: Sequence[float],
    result_type: ttl.BlockType,
) -> BlockValue:
    properties = (
        {"parameters": DenseArrayBase.from_list(f64, [_number(c, p) for p in parameters])} if parameters else {}
    )
    kind = ttl.elementwise_op(row)
    op = kind.create(operands=[value.ssa for value in operands], result_types=[result_type], properties=properties)
    return BlockValue(c.emit(op).result)


# --------------------------------------------------------------------------------------------- shapes and formats


def _common_shape(
    c: ThreadCompiler, name: str, found: Sequence[BlockValue], operands: Sequence[Value]
) -> tuple[int, ...]:
    shapes = [block.type.sizes for block in found]
    shapes += [value.shape for value in operands if isinstance(value, Fill) and value.shape is not None]
    for shape in shapes[1:]:
        if shape != shapes[0]:
            raise no_common_shape(c, name, (shapes[0], shape), operands)
    return shapes[0]


def _common_dtype(c: ThreadCompiler, name: str, found: Sequence[BlockValue]) -> DType:
    """The format of a result: the widest among those of floats; integers all have the same."""
    formats = list(dict.fromkeys(dtype_of(block) for block in found))
    if len(formats) == 1:
        return formats[0]
    if any(dtype.is_integer for dtype in formats):
        raise c.error(
            "TTL0305",
            f"{name} is given blocks of {formats[0]} and of {formats[1]}",
            hint=_conversion(formats),
            related=made_here(*found),
        )
    return widest(formats)


def _conversion(formats: Sequence[DType]) -> str:
    """How integers are brought to the format of what they stand beside: floats stay, and the wider integers."""
    floats = [dtype for dtype in formats if not dtype.is_integer]
    of_floats = dtypes.F32 if dtypes.F32 in floats else dtypes.BF16
    goal = of_floats if floats else dtypes.INT32
    converted = [str(dtype) for dtype in formats if dtype.is_integer and dtype is not goal]
    return f"convert the blocks of {' and of '.join(converted)}: ⟦typecast⟧(x, ttl.{goal})"


def widest(formats: Sequence[DType]) -> DType:
    """The format that holds what an expression over blocks of these formats computes (none of them an integer)."""
    if dtypes.F32 in formats:
        return dtypes.F32
    if any(dtype.kind is Kind.FLOAT for dtype in formats):
        return dtypes.BF16
    return max(formats, key=lambda dtype: dtype.tile_bytes)


def _fit_number(c: ThreadCompiler, number: float, dtype: DType) -> float:
    """A number in an expression of integers has to be one."""
    if dtype.is_integer and not (math.isfinite(number) and float(number).is_integer()):
        raise c.error(
            "TTL0305",
            f"{number} goes into an expression over blocks of {dtype}",
            hint="use an integer, or convert the blocks with ⟦typecast⟧(x, ttl.float32)",
        )
    return number


def _fill(c: ThreadCompiler, number: float, sizes: tuple[int, ...], dtype: DType) -> BlockValue:
    """A block full of a number."""
    row, number = BY_NAME["fill"], _fit_number(c, number, dtype)
    if dtype.is_integer and not _has_integer_form(row, dtype):
        raise c.error("TTL0306", f"fill has no form for {dtype}")
    return _emit(c, row, (), (number,), block_type(sizes, dtype))


# ---------------------------------------------------------------------------------------------------- broadcasts


def spread(c: ThreadCompiler, value: Spread, sizes: tuple[int, ...]) -> BlockValue:
    """A broadcast to a shape."""
    x = value.block
    repeats = {ttl.Dim.ROW: (True, False), ttl.Dim.COL: (False, True)}.get(value.dim, (True, True))
    for has, needs, repeated in zip(x.type.sizes, sizes, repeats, strict=True):
        if has != (1 if repeated else needs):
            raise wrong_broadcast(c, x, value.dim, sizes)
    result = block_type(sizes, dtype_of(x))
    return BlockValue(c.emit(ttl.BroadcastOp(value.dim, x.ssa, result)).result)


def _shape_of(values: Sequence[Value]) -> tuple[int, ...] | None:
    """The shape that the operands of a function have, broadcasts and numbers aside."""
    for value in values:
        if isinstance(value, BlockValue):
            return value.type.sizes
        if isinstance(value, Fill) and value.shape is not None:
            return value.shape
    return None


def _on_spreads(
    c: ThreadCompiler, row: Function, operands: list[Value], parameters: tuple[float, ...], name: str
) -> Value:
    """
    A function of broadcasts and numbers alone is the broadcast of the function of what is broadcast; of one along rows
    and one along columns, it has the rows of the one and the columns of the other.
    """
    spreads = [value for value in operands if isinstance(value, Spread)]
    first = spreads[0]
    rows = {value.block.type.sizes[0] for value in spreads if value.dim is ttl.Dim.COL}
    columns = {value.block.type.sizes[1] for value in spreads if value.dim is ttl.Dim.ROW}
    if len(rows) == len(columns) == 1:
        shape = (rows.pop(), columns.pop())
        whole = [spread(c, value, shape) if isinstance(value, Spread) else value for value in operands]
        return apply_row(c, row, whole, parameters, name)
    if any((other.dim, other.block.type.sizes) != (first.dim, first.block.type.sizes) for other in spreads):
        raise c.error(
            "TTL0301",
            f"{name or row.name} is given broadcasts whose shape nothing tells",
            hint="name a block of that shape: ⟦broadcast⟧(x, o, dims=[1])",
        )
    inner = [value.block if isinstance(value, Spread) else value for value in operands]
    result = apply_row(c, row, inner, parameters, name)
    return Spread(result, first.dim) if isinstance(result, BlockValue) else result


# ------------------------------------------------------------------------------------------ stores and conversions


def store(c: ThreadCompiler, target: BlockValue, value: Value, *, acc: bool = False) -> None:
    """`target.store(value)`; with `acc`, `target += value`."""
    c.need_compute("a block is stored")
    if target.buffer is None:
        raise c.error(
            "TTL0106",
            "store writes to a block of a buffer, and this is the value of an expression",
            hint="reserve a block: out = out_cb.reserve(); out.store(...)",
        )
    goal = dtype_of(target)
    if isinstance(value, Fill) and value.shape not in (None, target.type.sizes):
        raise wrong_store(c, value.shape or (), target)
    if isinstance(value, Spread):
        value = spread(c, value, target.type.sizes)
    if isinstance(value, Host | Fill) and (number := c.number(value)) is not None:
        source = _fill(c, number, target.type.sizes, goal)
    else:
        operand = _operand(c, "store", value)
        assert isinstance(operand, BlockValue)
        source = operand
    if source.type.sizes != target.type.sizes:
        raise wrong_store(c, source.type.sizes, target, source)
    given = dtype_of(source)
    if given is not goal and (given.is_integer or goal.is_integer):
        raise c.error(
            "TTL0305",
            f"a value of {given} is stored in a block of {goal}",
            hint=f"convert it: ⟦typecast⟧(x, ttl.{goal})",
            related=made_here(target),
        )
    acc = acc or c.continued.get(source.ssa) is target.ssa
    c.emit(ttl.StoreOp(source.ssa, target.ssa, acc=acc))


def typecast(c: ThreadCompiler, value: Value, dtype: DType) -> Value:
    """`ttl.typecast(value, dtype)`."""
    c.need_compute("typecast is computed")
    if isinstance(value, Fill) or c.number(value) is not None:
        return value
    if isinstance(value, Spread):
        inner = typecast(c, value.block, dtype)
        return Spread(inner, value.dim) if isinstance(inner, BlockValue) else inner
    operand = _operand(c, "typecast", value)
    assert isinstance(operand, BlockValue)
    if dtype_of(operand) is dtype:
        return value
    result_type = block_type(operand.type.sizes, dtype)
    return BlockValue(c.emit(ttl.TypecastOp.create(operands=[operand.ssa], result_types=[result_type])).result)
