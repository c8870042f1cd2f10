"""The SFPU: functions of DST slots."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from functools import cache
from typing import Any, ClassVar

from xdsl.dialects.builtin import (
    DenseArrayBase,
    StringAttr,
    f64,
    i32,
)
from xdsl.ir import (
    Attribute,
    Operation,
    SSAValue,
)
from xdsl.irdl import IRDLOperation, operand_def, opt_prop_def, prop_def, var_operand_def
from xdsl.utils.exceptions import VerifyException

from ttlang.dialects.attributes import f64_array, string_attr
from ttlang.dialects.definition import irdl_op_definition
from ttlang.dialects.ttkernel.call_families import ComputeOp
from ttlang.dialects.ttkernel.cpp_spelling import Format, Spelling
from ttlang.dialects.ttkernel.facets import Configuration, Configures, Facet, Needs, Unit, UsesDst, WideDefine, facets
from ttlang.tables import vector_modes
from ttlang.tables.functions import FUNCTIONS, Encoding, Function
from ttlang.tables.kernel_api import GENERATIONS


class SFPUInitOp(ComputeOp, ABC):
    """Prepares the SFPU for the functions that share this init."""

    ROW: ClassVar[Function]
    """A row of the functions that share it."""
    FACETS: ClassVar = facets(Configures(Configuration.INIT, sets=(Unit.SFPU,)))
    format = opt_prop_def(StringAttr)
    """The integer format that the function's integer form works on."""
    assembly_format = "`(` `)` attr-dict"

    def __init__(self, format: str | None = None):
        super().__init__(properties={"format": string_attr(format)} if format else {})

    @property
    def parameter_values(self) -> tuple[float, ...]:
        """Values of the row's parameters, if the init has any."""
        return ()


class SFPUInitOfNumbersOp(SFPUInitOp, ABC):
    """Prepares the SFPU for a function whose parameters are part of that."""

    parameters = prop_def(DenseArrayBase.constr(f64))
    assembly_format = "`(` `)` $parameters attr-dict"

    def __init__(self, parameters: Sequence[float]):
        super().__init__()
        self.parameters = f64_array(parameters)

    @property
    def parameter_values(self) -> tuple[float, ...]:
        return tuple(float(v) for v in self.parameters.iter_values())


class SFPUTileOp(ComputeOp, ABC):
    """
    A function of `ttlang.tables.functions` on DST slots: the operands, then, unless it works in place, the result.
    `parameters` are those of the row's kernel call.
    """

    ROW: ClassVar[Function]
    slots = var_operand_def(i32)
    parameters = opt_prop_def(DenseArrayBase.constr(f64))
    format = opt_prop_def(StringAttr)
    """The integer format, for the function's integer form."""
    vector_mode = opt_prop_def(StringAttr)
    """
    The part of the tile that is computed: "r", the two faces that row 0 is in, or "c", those of column 0. The others
    stay in the slot of the result as they were. Absent: all of it.
    """
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("slots", "parameters")
    assembly_format = "`(` $slots `)` ($parameters^)? attr-dict"

    def __init__(
        self,
        slots: Sequence[SSAValue],
        parameters: Sequence[float] = (),
        format: str | None = None,
        vector_mode: str | None = None,
    ):
        properties: dict[str, Attribute] = {}
        if vector_mode:
            properties["vector_mode"] = string_attr(vector_mode)
        if parameters:
            properties["parameters"] = f64_array(parameters)
        if format:
            properties["format"] = string_attr(format)
        super().__init__(operands=[list(slots)], properties=properties)

    @property
    def parameter_values(self) -> tuple[float, ...]:
        return tuple(float(v) for v in self.parameters.iter_values()) if self.parameters else ()

    @property
    def inputs(self) -> tuple[SSAValue, ...]:
        """The slots that it reads."""
        return tuple(self.slots)[: self.ROW.arity]

    @property
    def output(self) -> SSAValue:
        """The slot that it writes."""
        return tuple(self.slots)[-1]

    def verify_(self) -> None:
        if len(self.slots) != slot_count(self.ROW):
            raise VerifyException(f"takes {slot_count(self.ROW)} DST slots")
        if len(self.parameter_values) != len(self.ROW.parameters):
            raise VerifyException(f"takes {len(self.ROW.parameters)} parameters")
        if self.vector_mode is not None and not (self.ROW.call and self.ROW.call.in_part and not self.format):
            raise VerifyException("computes whole tiles")
        if self.vector_mode is not None and self.vector_mode.data not in vector_modes.BY_NAME:
            raise VerifyException(f"vector_mode is one of {', '.join(vector_modes.BY_NAME)}")


def slot_count(row: Function) -> int:
    """DST slots that the kernel call of a row names: one for a function in place, else the operands and the result."""
    return 1 if row.arity <= 1 else row.arity + 1


def _class_name(name: str) -> str:
    return "".join(part.title() for part in name.split("_")) + "Op"


def _row_class(kind: type[IRDLOperation], name: str, row: Function, *declared: Facet) -> type[Any]:
    fields: dict[str, Any] = {
        "name": f"ttkernel.{name}",
        "ROW": row,
        "FACETS": declared,
        "__annotations__": {"ROW": ClassVar[Function], "FACETS": ClassVar[tuple[Facet, ...]]},
        "__module__": __name__,
        "__doc__": row.doc,
    }
    return irdl_op_definition(type(_class_name(name), (kind,), fields))


_Spelling = tuple[str, str]
"""The name of an init, and its template arguments."""


def _init_spellings(row: Function) -> tuple[_Spelling | None, ...]:
    """How the forms of a row's init are spelled: for floats and integers, in each generation. None: no such form."""
    forms = (form for form in (row.call, row.integer))
    calls = (form and form.at(generation) for form in forms for generation in GENERATIONS.values())
    return tuple((call.init_name, call.init_template) if call else None for call in calls)


@cache
def _op_names() -> tuple[dict[str, str], dict[str, str]]:
    """The operations' names for each row: (tile, init). Two rows that spell a form differently have two names."""
    tiles: dict[str, str] = {}
    inits: dict[str, str] = {}
    taken_tiles: set[str] = set()
    taken_inits: dict[str, tuple[_Spelling | None, ...]] = {}
    for row in FUNCTIONS:
        if row.call is None:
            continue
        tile = row.call.tile if row.call.tile not in taken_tiles else f"{row.name}_tile"
        taken_tiles.add(tile)
        tiles[row.name] = tile
        init, spelled = row.call.init_name, _init_spellings(row)
        pairs = list(zip(taken_inits.get(init, spelled), spelled, strict=True))
        if any(a and b and a != b for a, b in pairs):
            init, pairs = f"{row.name}_tile_init", list(zip(spelled, spelled, strict=True))
        taken_inits[init] = tuple(a or b for a, b in pairs)
        inits[row.name] = init
    return tiles, inits


@cache
def sfpu_tile_op(row: Function) -> type[SFPUTileOp]:
    """The operation of a row's kernel call: `ttkernel.exp_tile`."""
    declared: list[Facet] = [UsesDst(("slots",), reads=row.arity), Needs(sfpu_init_op(row))]
    if "inp_float32" in row.tags:
        declared.append(WideDefine("INP_FLOAT32"))
    return _row_class(SFPUTileOp, _op_names()[0][row.name], row, *declared)


@cache
def _init_op(name: str) -> type[SFPUInitOp]:
    inits = _op_names()[1]
    row = next(row for row in FUNCTIONS if inits.get(row.name) == name)
    numbers = any(parameter.encoding is Encoding.IN_INIT for parameter in row.parameters)
    return _row_class(SFPUInitOfNumbersOp if numbers else SFPUInitOp, name, row)


def sfpu_init_op(row: Function) -> type[SFPUInitOp]:
    """The operation of a row's init: `ttkernel.exp_tile_init`. Rows that share an init share the operation."""
    return _init_op(_op_names()[1][row.name])


_TYPECAST = Spelling(template=(Format("from_format", as_number=True), Format("to_format", as_number=True)))


@irdl_op_definition
class TypecastTileInitOp(ComputeOp):
    name = "ttkernel.typecast_tile_init"
    HEADER: ClassVar[str] = "eltwise_unary/typecast.h"
    SPELLING: ClassVar[Spelling] = _TYPECAST
    FACETS: ClassVar = facets(Configures(Configuration.INIT, sets=(Unit.SFPU,)))
    from_format = prop_def(StringAttr)
    to_format = prop_def(StringAttr)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ()
    assembly_format = "`(` $from_format `,` $to_format `)` attr-dict"

    def __init__(self, from_format: str, to_format: str):
        super().__init__(properties={"from_format": string_attr(from_format), "to_format": string_attr(to_format)})


@irdl_op_definition
class TypecastTileOp(ComputeOp):
    """Converts DST slot `dst` in place."""

    name = "ttkernel.typecast_tile"
    HEADER: ClassVar[str] = "eltwise_unary/typecast.h"
    SPELLING: ClassVar[Spelling] = _TYPECAST
    FACETS: ClassVar = facets(UsesDst(("dst",), reads=1), Needs(TypecastTileInitOp))
    dst = operand_def(i32)
    from_format = prop_def(StringAttr)
    to_format = prop_def(StringAttr)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("dst",)
    assembly_format = "`(` $dst `,` $from_format `,` $to_format `)` attr-dict"

    def __init__(self, dst: SSAValue, from_format: str, to_format: str):
        super().__init__(
            operands=[dst],
            properties={"from_format": string_attr(from_format), "to_format": string_attr(to_format)},
        )


def row_ops() -> list[type[Operation]]:
    """The operations of all rows of the table."""
    tiles, inits = _op_names()
    rows = [row for row in FUNCTIONS if row.name in tiles]
    return [*(_init_op(name) for name in dict.fromkeys(inits.values())), *(sfpu_tile_op(row) for row in rows)]
