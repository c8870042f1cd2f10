"""What a row of the table of functions says: the function's names, parameters, meaning and kernel call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import Any, NamedTuple

from ttlang.tables.kernel_api import OLDEST, Dated, Generation

Reference = Callable[..., Any]
"""`reference(np, *operands, *parameters)`: exact values, in the precision of the operands (float64 or int64)."""


class Encoding(StrEnum):
    """How a parameter stands in the kernel call. In the call of an integer form all are `INTEGER`."""

    BITS = auto()
    """The bit pattern of the float32, as a uint32_t."""
    BF16 = auto()
    """The bit pattern of the bfloat16, as a uint16_t."""
    INTEGER = auto()
    FLOAT = auto()
    ABSENT = auto()
    """Not at all: other parameters are derived from it."""
    IN_INIT = auto()
    """As a template argument of the init, where its name stands in braces: the bit pattern of the float32."""


class Rounding(StrEnum):
    """How the kernel brings its float32 result into a 16-bit DST (docs/numerics.md)."""

    TRUNCATE = auto()
    NEAREST_EVEN = auto()
    NEAREST_AWAY = auto()


@dataclass(frozen=True)
class Parameter:
    """A number that a function takes beside its blocks: a constant of the kernel."""

    name: str
    default: float | None = None
    encoding: Encoding = Encoding.BITS
    derive: Callable[..., float] | None = None
    """Computes this parameter from those that the user gives, which then can't give this one."""
    names: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)
    """
    Its names where they are others, by `Edition.numbers`. A parameter with `derive` has one where users give it, in its
    place among the others: it must then be what is derived.
    """

    @property
    def in_call(self) -> bool:
        """Whether it is an argument of the kernel call."""
        return self.encoding not in (Encoding.ABSENT, Encoding.IN_INIT)

    def name_in(self, vocabulary: str) -> str:
        return self.names.get(vocabulary, self.name)


class Option(NamedTuple):
    """A keyword that says how a function is computed: a constant of the kernel, which `Function.chosen` looks at."""

    name: str
    default: float | bool | None
    doc: str
    """One sentence."""
    only: str = ""
    """Why no value but the default is compiled."""


@dataclass(frozen=True)
class Call(Dated):
    """
    The kernel call of a function: `init_tile<init_template>(); tile<template>(operands..., out, part, parameters...)`.
    """

    tile: str
    header: str
    """The include that declares it, below `api/compute/`."""
    init: str = ""
    """Default: `<tile>_init`."""
    template: str = ""
    """`{format}` in it stands for the `DataFormat::...` of the datums in DST."""
    init_template: str = ""
    """`{name}` in it stands for the parameter of that name, which is `Encoding.IN_INIT`."""
    in_part: bool = False
    """Whether it can leave a part of the tile alone: it takes a `VectorMode` before its parameters."""

    @property
    def init_name(self) -> str:
        return self.init or f"{self.tile}_init"

    @property
    def key(self) -> str:
        """The name with its template arguments, but for formats: what tables of calls are looked up by."""
        if not self.template or "DataFormat" in self.template or "{format}" in self.template:
            return self.tile
        return f"{self.tile}<{self.template}>"


@dataclass(frozen=True)
class Function:
    """An elementwise function of `arity` blocks."""

    name: str
    arity: int
    call: Call | None
    """None: the function is made of others, see `expansion`."""
    reference: Reference
    doc: str
    """One sentence, in terms of x (and y, z, and the parameters)."""
    parameters: tuple[Parameter, ...] = ()
    """In the order of the kernel call, and of the user's call."""
    aliases: tuple[str, ...] = ()
    """Further public names."""
    public: bool = True
    """Whether users can name it; the scalar forms below are reached through operators and their block form."""
    integer: Call | None = None
    """The form for int32 tiles, where the API has one (with `{format}`, for the other integer formats too)."""
    integer_formats: tuple[str, ...] = ("si32",)
    """IR names of the formats that `integer` takes."""
    fpu: str = ""
    """`add`, `sub` or `mul`: the FPU form that reads two buffers straight from L1."""
    with_scalar: str = ""
    """The row for (block, number)."""
    scalar_with: str = ""
    """The row for (number, block)."""
    expansion: Callable[..., Any] | None = None
    """
    `expansion(f, *operands, *parameters)`, where `f.<name>(...)` applies another row; operands may be numbers. It takes
    the place of the call wherever `call_in` has none: in a generation, or for an integer format.
    """
    options: tuple[Option, ...] = ()
    """Keywords that calls may have besides."""
    chosen: Callable[..., Any] | None = None
    """`chosen(f, *operands, *options)`, with `f` as in `expansion`: what a call is that has any of `options`."""
    of_product: Callable[..., Any] | None = None
    """`of_product(f, x, factor)`, with `f` as in `expansion`: the function of x times a number in one call, or None."""
    approximation: Callable[..., Any] | None = None
    """`approximation(f, *operands, *parameters)`, with `f` as in `expansion`: what `math_approx_mode` takes for it."""
    rounding: Rounding = Rounding.NEAREST_AWAY
    predicate: bool = False
    """The result is 1.0 or 0.0."""
    tags: frozenset[str] = field(default_factory=frozenset[str])
    """
    `bitwise_condition`: the call takes its first operand for true unless all bits are 0, so that -0 and NaN are true;
    the condition has to be a predicate. `inp_float32`: with `#define INP_FLOAT32` before its include the call computes
    to float32 accuracy, without it to that of bfloat16. `selects`: the result is one of the operands and numbers, or
    what is left of one, so that it has no more bits than they have. `beside_the_language`: nothing in a kernel in
    Python comes to it; ttnn's operations and kernels in C++ do.
    """

    @property
    def inputs(self) -> tuple[Parameter, ...]:
        """The parameters that a user gives."""
        return tuple(p for p in self.parameters if p.derive is None)

    def inputs_in(self, vocabulary: str) -> tuple[Parameter, ...]:
        """The parameters that a user of these names gives (`Edition.numbers`), derived ones among them."""
        return tuple(p for p in self.parameters if p.derive is None or vocabulary in p.names)

    def call_values(self, values: tuple[float, ...]) -> tuple[float, ...]:
        """A value for each of `parameters`, from those that the user gave."""
        given = iter(values)
        return tuple(p.derive(*values) if p.derive else next(given) for p in self.parameters)

    @property
    def since(self) -> Generation:
        """The first generation that has a call for it."""
        return self.call.first if self.call else OLDEST

    def call_in(self, generation: Generation, integer_format: str = "") -> Call | None:
        """
        The kernel call in a generation, for floats or for the integer format of that IR name. None where there is none.
        """
        call = self.call
        if integer_format:
            call = self.integer if integer_format in self.integer_formats else None
        return call.at(generation) if call else None
