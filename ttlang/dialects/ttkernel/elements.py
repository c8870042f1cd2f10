"""Elements of pages in this core's own L1, which a data movement processor reads and writes through pointers."""

from __future__ import annotations

from typing import ClassVar

from xdsl.dialects.builtin import StringAttr, i32
from xdsl.ir import ParametrizedAttribute, SSAValue, TypeAttribute
from xdsl.irdl import irdl_attr_definition, operand_def, prop_def, result_def, traits_def
from xdsl.traits import Pure

from ttlang.dialects.attributes import string_attr
from ttlang.dialects.definition import irdl_op_definition
from ttlang.dialects.ttkernel.call_families import BareOp, CallOp, EffectOp, PureValueOp
from ttlang.dialects.ttkernel.cpp_spelling import Spelling
from ttlang.dialects.ttkernel.facets import DataMovementOnly, IsExpression, facets


@irdl_attr_definition
class ElementPtrType(ParametrizedAttribute, TypeAttribute):
    """A pointer to elements of one size in this core's L1."""

    name = "ttkernel.element_ptr"


@irdl_op_definition
class CastToElementPtrOp(CallOp):
    """A pointer to the elements at an address of this core's L1; each is an unsigned integer of `bits` bits."""

    name = "ttkernel.cast_to_element_ptr"
    SPELLING: ClassVar[Spelling] = Spelling(name="reinterpret_cast<volatile tt_l1_ptr uint{bits}_t*>")
    FACETS: ClassVar = facets(DataMovementOnly())
    bits = prop_def(StringAttr)
    address = operand_def(i32)
    result = result_def(ElementPtrType)
    traits = traits_def(Pure())
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("address",)
    assembly_format = "$bits `(` $address `)` attr-dict"

    def __init__(self, address: SSAValue, bits: int):
        super().__init__(
            operands=[address], properties={"bits": string_attr(str(bits))}, result_types=[ElementPtrType()]
        )

    @property
    def width(self) -> int:
        """Bits of an element."""
        return int(self.bits.data)

    @property
    def pointee(self) -> str:
        """The type of an element in C++."""
        return f"volatile tt_l1_ptr uint{self.width}_t"


@irdl_op_definition
class LoadElementOp(EffectOp):
    """The element at an index, as an unsigned integer; all 32 bits of the largest, which may make it negative."""

    name = "ttkernel.load_element"
    FACETS: ClassVar = facets(DataMovementOnly())
    pointer = operand_def(ElementPtrType)
    index = operand_def(i32)
    result = result_def(i32)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("pointer", "index")
    assembly_format = "`(` $pointer `,` $index `)` attr-dict"

    def __init__(self, pointer: SSAValue, index: SSAValue):
        super().__init__(operands=[pointer, index], result_types=[i32])


@irdl_op_definition
class StoreElementOp(EffectOp):
    """Writes the lowest bits of `value` to the element at an index."""

    name = "ttkernel.store_element"
    FACETS: ClassVar = facets(DataMovementOnly())
    pointer = operand_def(ElementPtrType)
    index = operand_def(i32)
    value = operand_def(i32)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("pointer", "index", "value")
    assembly_format = "`(` $pointer `,` $index `,` $value `)` attr-dict"

    def __init__(self, pointer: SSAValue, index: SSAValue, value: SSAValue):
        super().__init__(operands=[pointer, index, value])


@irdl_op_definition
class InvalidateL1CacheOp(BareOp):
    """
    Forgets what the processor holds of L1: on Blackhole it keeps four lines of it, and what another one or the NOC has
    written since does not show (tt_metal/hw/inc/internal/tt-1xx/risc_common.h). Nothing on other chips.
    """

    name = "ttkernel.invalidate_l1_cache"
    FACETS: ClassVar = facets(DataMovementOnly())


@irdl_op_definition
class CompareFloatsOp(PureValueOp):
    """-1, 0 or 1, as one float32 is less than, equal to or greater than another, by their bits; 2 for NaN."""

    name = "ttkernel.compare_floats"
    FACETS: ClassVar = facets(IsExpression())
    DEFINITION: ClassVar[str] = """
// How one float32 compares to another, by their bits: -1 less, 0 equal, 1 greater, 2 none of them (NaN).
inline int32_t compare_floats(int32_t a, int32_t b) {
    if ((a & INT32_MAX) > 0x7F800000 || (b & INT32_MAX) > 0x7F800000) return 2;
    const int32_t x = a < 0 ? -(a & INT32_MAX) : a, y = b < 0 ? -(b & INT32_MAX) : b;
    return (x > y) - (x < y);
}
"""
    left = operand_def(i32)
    right = operand_def(i32)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("left", "right")
    assembly_format = "`(` $left `,` $right `)` attr-dict"

    def __init__(self, left: SSAValue, right: SSAValue):
        super().__init__(operands=[left, right], result_types=[i32])


@irdl_op_definition
class IntegerPartOp(PureValueOp):
    """A float32, given by its bits, without its fraction: from 0 to 2^31 - 1, else undefined."""

    name = "ttkernel.integer_part"
    FACETS: ClassVar = facets(IsExpression())
    DEFINITION: ClassVar[str] = """
// A float32, given by its bits, without its fraction, where that is a natural number.
inline int32_t integer_part(int32_t bits) {
    const int32_t exponent = (bits >> 23 & 0xFF) - 150, significand = (bits & 0x7FFFFF) | 0x800000;
    if (exponent < -23) return 0;
    return exponent < 0 ? significand >> -exponent : significand << (exponent < 7 ? exponent : 7);
}
"""
    bits = operand_def(i32)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("bits",)
    assembly_format = "`(` $bits `)` attr-dict"

    def __init__(self, bits: SSAValue):
        super().__init__(operands=[bits], result_types=[i32])
