"""How rows are written: one call a row, with what most rows of its kind have in common."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypedDict, Unpack

from ttlang.tables.functions.row import Call, Function, Option, Parameter, Rounding
from ttlang.tables.kernel_api import OLDEST, TTNN_0_81, Generation

OfNumbers = (
    Callable[[], Any]
    | Callable[[Any], Any]
    | Callable[[Any, Any], Any]
    | Callable[[Any, Any, Any], Any]
    | Callable[[Any, Any, Any, Any], Any]
    | Callable[[Any, Any, Any, Any, Any, Any], Any]
)
"""What a reference, an expansion or a derivation may be: a function of a few numbers."""
COMMON = "compute_kernel_api.h"
BINARY = "eltwise_binary_sfpu.h"
SCALAR_INIT = "binop_with_scalar_tile_init"
ROUNDING_INIT = "rounding_op_tile_init"
TRUNCATE = Rounding.TRUNCATE
NEAREST_EVEN = Rounding.NEAREST_EVEN
SELECTS = frozenset({"selects"})
ALL_INTEGERS = ("si32", "u32", "u16")


def call_of(
    tile: str,
    header: str,
    init: str = "",
    template: str = "",
    init_template: str = "",
    *,
    in_part: bool = False,
    since: Generation = OLDEST,
    before: Call | None = None,
) -> Call:
    """`header` without `.h` is a file of `eltwise_unary`."""
    header = header if header.endswith(".h") else f"eltwise_unary/{header}.h"
    return Call(tile, header, init, template, init_template, in_part, since=since, before=before)


class _Fields(TypedDict, total=False):
    """Fields of a row by name."""

    parameters: tuple[Parameter, ...]
    aliases: tuple[str, ...]
    public: bool
    integer: Call
    integer_formats: tuple[str, ...]
    fpu: str
    with_scalar: str
    scalar_with: str
    expansion: OfNumbers
    options: tuple[Option, ...]
    chosen: OfNumbers
    of_product: OfNumbers
    approximation: OfNumbers
    rounding: Rounding
    predicate: bool
    tags: frozenset[str]


def unary(name: str, call: str | Call, reference: OfNumbers, doc: str, **more: Unpack[_Fields]) -> Function:
    """`call`: the header alone will do where the call is `<name>_tile`."""
    call = call if isinstance(call, Call) else call_of(f"{name}_tile", call)
    return Function(name, 1, call, reference, doc, **more)


def binary(name: str, call: str | Call, reference: OfNumbers, doc: str, **more: Unpack[_Fields]) -> Function:
    """`call`: the header alone will do where the call is `<name>_binary_tile`."""
    call = call if isinstance(call, Call) else call_of(f"{name}_binary_tile", call)
    return Function(name, 2, call, reference, doc, **more)


def scalar(name: str, call: str | Call, reference: OfNumbers, doc: str, **more: Unpack[_Fields]) -> Function:
    """A row that users reach by an operator with a number."""
    more.setdefault("parameters", (Parameter("value"),))
    more["public"] = False
    return unary(name, call, reference, doc, **more)


def made_of(name: str, arity: int, reference: OfNumbers, doc: str, **more: Unpack[_Fields]) -> Function:
    """A row without a kernel call."""
    return Function(name, arity, None, reference, doc, **more)


def compare(name: str, mirror: str, numpy_name: str, sign: str, **more: Unpack[_Fields]) -> Function:
    """A comparison of two blocks; `mirror` is the one with the operands swapped."""
    more.update(predicate=True, with_scalar=f"unary_{name}", scalar_with=f"unary_{mirror}")
    return binary(
        name,
        BINARY,
        lambda np, x, y: getattr(np, numpy_name)(x, y).astype(x.dtype),
        f"1 where x {sign} y, else 0.",
        **more,
    )


def ordering(name: str, mirror: str, numpy_name: str, sign: str) -> Function:
    """A comparison that has an integer form."""
    integer = call_of(
        f"{name}_int_tile",
        "binary_comp.h",
        template="{format}",
        init_template="{format}",
        since=TTNN_0_81,
        before=call_of(f"{name}_int32_tile", "binary_comp.h"),
    )
    return compare(name, mirror, numpy_name, sign, integer=integer)


def compare_scalar(name: str, numpy_name: str, sign: str) -> Function:
    return scalar(
        f"unary_{name}",
        "comp",
        lambda np, x, value: getattr(np, numpy_name)(x, value).astype(x.dtype),
        f"1 where x {sign} value, else 0.",
        integer=call_of(f"unary_{name}_tile_int32", "comp", f"unary_{name}_tile_init"),
        predicate=True,
    )


def compare_zero(name: str, numpy_name: str, sign: str) -> Function:
    return unary(
        name,
        "comp",
        lambda np, x: getattr(np, numpy_name)(x, 0).astype(x.dtype),
        f"1 where x {sign} 0, else 0.",
        integer=call_of(f"{name}_tile_int32", "comp", f"{name}_tile_init"),
        predicate=True,
    )


def class_test(name: str, doc: str) -> Function:
    """A test by the numpy function of that name."""
    return unary(
        name,
        "isinf_isnan",
        lambda np, x: getattr(np, name)(x).astype(x.dtype),
        f"1 where x is {doc}, else 0.",
        predicate=True,
    )


def derived(name: str, derive: OfNumbers, names: Mapping[str, str] | None = None) -> Parameter:
    return Parameter(name, derive=derive, names=names or {})


def reciprocal(value: float) -> float:
    """1 / value as IEEE has it: infinite for zeros."""
    return math.copysign(math.inf, value) if value == 0 else 1 / value
