"""Arguments of a kernel, its place in the grid, and the tensors it reaches."""

from __future__ import annotations

from abc import ABC
from typing import ClassVar

from xdsl.dialects.builtin import (
    IntegerAttr,
    SymbolRefAttr,
    i32,
    i64,
)
from xdsl.ir import (
    ParametrizedAttribute,
    SSAValue,
    TypeAttribute,
)
from xdsl.irdl import irdl_attr_definition, operand_def, prop_def, result_def, traits_def
from xdsl.traits import (
    Pure,
)

from ttlang.dialects.definition import irdl_op_definition
from ttlang.dialects.ttkernel.call_families import CallOp, PureValueOp, number, symbol
from ttlang.dialects.ttkernel.cpp_spelling import Spelling, TypeName
from ttlang.dialects.ttkernel.facets import HandedOver, IsExpression, facets


class _ArgumentOp(PureValueOp, ABC):
    FACETS: ClassVar = facets(HandedOver())
    index = prop_def(IntegerAttr.constr(i64))
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("index",)
    assembly_format = "`(` $index `)` attr-dict"

    def __init__(self, index: int):
        super().__init__(properties={"index": number(index)}, result_types=[i32])


@irdl_op_definition
class GetArgValOp(_ArgumentOp):
    """The runtime argument of this core at `index`."""

    name = "ttkernel.get_arg_val"
    SPELLING: ClassVar[Spelling] = Spelling(template=(TypeName("int32_t"),))


@irdl_op_definition
class GetArgValAtOp(CallOp):
    """The runtime argument of this core at `index` + `offset`: an entry of a table."""

    name = "ttkernel.get_arg_val_at"
    SPELLING: ClassVar[Spelling] = Spelling(name="get_arg_val", template=(TypeName("int32_t"),))
    index = prop_def(IntegerAttr.constr(i64))
    offset = operand_def(i32)
    result = result_def(i32)
    traits = traits_def(Pure())
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("index", "offset")
    assembly_format = "`(` $index `+` $offset `)` attr-dict"

    def __init__(self, index: int, offset: SSAValue):
        super().__init__(operands=[offset], properties={"index": number(index)}, result_types=[i32])


@irdl_op_definition
class GetCommonArgValOp(_ArgumentOp):
    """The runtime argument common to all cores at `index`: the address of the kernel's tensor at that index."""

    name = "ttkernel.get_common_arg_val"
    SPELLING: ClassVar[Spelling] = Spelling(template=(TypeName("uint32_t"),))
    UNSIGNED: ClassVar[bool] = True


@irdl_op_definition
class GetRuntimeArgValOp(_ArgumentOp):
    """The runtime argument common to all cores at `index`, behind the addresses of tensors: an integer of the call."""

    name = "ttkernel.get_runtime_arg_val"
    SPELLING: ClassVar[Spelling] = Spelling(name="get_common_arg_val", template=(TypeName("int32_t"),))


class _PlaceOp(PureValueOp, ABC):
    FACETS: ClassVar = facets(IsExpression())
    assembly_format = "attr-dict"

    def __init__(self) -> None:
        super().__init__(result_types=[i32])


@irdl_op_definition
class MyLogicalXOp(_PlaceOp):
    """The column of this core in the program's grid."""

    name = "ttkernel.my_logical_x_"
    SPELLING: ClassVar[Spelling] = Spelling(name="get_absolute_logical_x")


@irdl_op_definition
class MyLogicalYOp(_PlaceOp):
    """The row of this core in the program's grid."""

    name = "ttkernel.my_logical_y_"
    SPELLING: ClassVar[Spelling] = Spelling(name="get_absolute_logical_y")


@irdl_attr_definition
class TensorAccessorArgsType(ParametrizedAttribute, TypeAttribute):
    """The compile-time description of a tensor's pages."""

    name = "ttkernel.TensorAccessorArgs"


@irdl_attr_definition
class TensorAccessorType(ParametrizedAttribute, TypeAttribute):
    """What finds the pages of a tensor."""

    name = "ttkernel.TensorAccessor"


_ACCESSOR_ARGS, _ACCESSOR = TensorAccessorArgsType(), TensorAccessorType()


@irdl_op_definition
class TensorAccessorArgsOp(CallOp):
    """The description of a tensor. Its compile-time arguments follow those of the tensor before it in the kernel."""

    name = "ttkernel.TensorAccessorArgs"
    FACETS: ClassVar = facets(HandedOver())
    tensor = prop_def(SymbolRefAttr)
    result = result_def(TensorAccessorArgsType)
    traits = traits_def(Pure())
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("tensor",)
    assembly_format = "`(` $tensor `)` attr-dict"

    def __init__(self, tensor: str | SymbolRefAttr):
        super().__init__(properties={"tensor": symbol(tensor)}, result_types=[_ACCESSOR_ARGS])


@irdl_op_definition
class TensorAccessorOp(CallOp):
    """An accessor of the tensor that `args` describes, whose pages start at `address`."""

    name = "ttkernel.TensorAccessor"
    FACETS: ClassVar = facets(HandedOver())
    args = operand_def(TensorAccessorArgsType)
    address = operand_def(i32)
    result = result_def(TensorAccessorType)
    traits = traits_def(Pure())
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("args", "address")
    assembly_format = "`(` $args `,` $address `)` attr-dict"

    def __init__(self, args: SSAValue, address: SSAValue):
        super().__init__(operands=[args, address], result_types=[_ACCESSOR])
