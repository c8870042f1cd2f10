"""How the calls of `ttlang.tables.functions` are written in C++."""

from __future__ import annotations

import ctypes
import math
import struct
from collections.abc import Sequence

from ttlang.tables.dtypes import BF16, DType, Kind
from ttlang.tables.functions import Call, Encoding, Parameter
from ttlang.tables.vector_modes import WHOLE

_INT32 = (-(2**31), 2**31 - 1)


def init_text(
    call: Call, format: DType = BF16, values: Sequence[float] = (), parameters: Sequence[Parameter] = ()
) -> str:
    """The init of a call: `exp_tile_init()`. `format`, `values` and `parameters` as for `tile_text`."""
    template = call.init_template
    for value, parameter in zip(values, parameters, strict=True):
        if parameter.encoding is Encoding.IN_INIT:
            template = template.replace(f"{{{parameter.name}}}", _number(value, Encoding.BITS))
    return f"{call.init_name}{_template(template, format)}()"


def tile_text(
    call: Call,
    operands: Sequence[str],
    values: Sequence[float] = (),
    parameters: Sequence[Parameter] = (),
    format: DType = BF16,
    vector_mode: str = "",
) -> str:
    """
    The call on DST slots: `relu_max_tile(i, 0x40c00000u)`.

    `operands`: the slots as C++ expressions; the slot of a function in place, else those of the operands and then of
    the result. `values`: one for each of the row's `parameters`, as `Function.call_values` gives them. `format`: what
    the datums in DST are, bf16 in a 16-bit and f32 in a 32-bit DST, or the integer format where `call` is an integer
    form. `vector_mode`: the name of the part of the tile that it computes; empty for all of it. Raises a ValueError for
    a value that the call can't take.
    """
    numbers = [
        _number(value, Encoding.INTEGER if format.is_integer else parameter.encoding)
        for value, parameter in zip(values, parameters, strict=True)
        if parameter.in_call
    ]
    part = [f"VectorMode::{(vector_mode or WHOLE.name).upper()}"] if call.in_part and (vector_mode or numbers) else []
    return f"{call.tile}{_template(call.template, format)}({', '.join([*operands, *part, *numbers])})"


def float_bits(value: float) -> int:
    """The bit pattern of `value` as a float32; what is too large for one becomes infinite."""
    return struct.unpack("<I", struct.pack("<f", ctypes.c_float(value).value))[0]


def float_literal(value: float) -> str:
    """A C++ literal of type float: the shortest that reads back as the float32 nearest to `value`."""
    nearest = ctypes.c_float(value).value
    if math.isnan(nearest):
        return '__builtin_nanf("")'
    if math.isinf(nearest):
        return "__builtin_inff()" if nearest > 0 else "-__builtin_inff()"
    text = next(t for p in range(1, 10) if ctypes.c_float(float(t := f"{nearest:.{p}g}")).value == nearest)
    return f"{text}f" if "." in text or "e" in text else f"{text}.0f"


def _number(value: float, encoding: Encoding) -> str:
    match encoding:
        case Encoding.BITS:
            return f"{float_bits(value):#010x}u"
        case Encoding.BF16:
            return f"{float_bits(value) >> 16:#06x}u"
        case Encoding.FLOAT:
            return float_literal(value)
        case Encoding.INTEGER:
            return _integer_literal(value)
        case Encoding.ABSENT | Encoding.IN_INIT:
            raise ValueError("the parameter is no argument of the call")


def _integer_literal(value: float) -> str:
    """An int32; infinities stand for its bounds, since that is what they mean to a clamp."""
    if math.isinf(value):
        return str(_INT32[value > 0])
    if not float(value).is_integer():
        raise ValueError(f"{value} is not an integer")
    return str(int(value))


def _template(text: str, format: DType) -> str:
    if not text:
        return ""
    if "{format}" in text and format.kind is Kind.BLOCK_FLOAT:
        raise ValueError(f"{format} is a format of L1, not of DST")
    return f"<{text.replace('{format}', f'DataFormat::{format.data_format}')}>"
