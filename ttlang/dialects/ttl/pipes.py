"""The part of `ttl` by which cores talk to each other: pipes and semaphores."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import lru_cache
from typing import ClassVar

from xdsl.dialects.builtin import BoolAttr, DenseArrayBase, IntegerAttr, IntegerType, StringAttr, i32, i64
from xdsl.dialects.utils import EnumAttribute
from xdsl.ir import Attribute, Block, BlockArgument, Region, SpacedOpaqueSyntaxAttribute, SSAValue
from xdsl.irdl import (
    ParsePropInAttrDict,
    irdl_attr_definition,
    opt_prop_def,
    prop_def,
    region_def,
    result_def,
    traits_def,
)
from xdsl.traits import HasParent, MemoryReadEffect, MemoryWriteEffect, NoTerminator, Pure
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.str_enum import StrEnum

from ttlang.dialects.attributes import bool_attr, i64_array, i64_attr, string_attr
from ttlang.dialects.definition import irdl_op_definition
from ttlang.dialects.guarantees import Guarantee, given
from ttlang.dialects.operation import DialectOperation
from ttlang.dialects.ttl.effects import EffectOp, ThreadKind
from ttlang.dialects.ttl.resources import Core, KernelOp
from ttlang.dialects.ttl.types import PipeType, SemaphoreType
from ttlang.dialects.typed_values import operand_of, owner_of, var_operand_of
from ttlang.dialects.walking import operations_in

Rectangle = tuple[Core, Core]
"""Cores, from the first to the last one, both in."""


@irdl_op_definition
class CreatePipeOp(DialectOperation):
    """
    A pipe from the core `source` to the rectangle from `first` to `last`, both in, and to `further` ones.
    `ttl-place-pipes` sets what follows `numbers`.
    """

    name = "ttl.create_pipe"
    name_ = prop_def(StringAttr, prop_name="name")
    source = prop_def(DenseArrayBase.constr(i64))
    first = prop_def(DenseArrayBase.constr(i64))
    last = prop_def(DenseArrayBase.constr(i64))
    further = opt_prop_def(DenseArrayBase.constr(i64))
    """The first and the last core of each further rectangle, one after the other: (x, y, x, y)."""
    numbers = opt_prop_def(DenseArrayBase.constr(i64))
    """Where the author names cores by their numbers: the source, the first destination, the end of them."""
    room = opt_prop_def(IntegerAttr)
    """The semaphore on the source that counts announcements, or blocks taken out of the landing slots."""
    data = opt_prop_def(IntegerAttr)
    """The semaphore on the destinations that counts blocks."""
    flag = opt_prop_def(IntegerAttr)
    """The semaphore on the source from which `data` is set behind each block."""
    landing = opt_prop_def(StringAttr)
    """The buffer whose block `slot` is the landing slot; without it, blocks land in the receivers' own."""
    slot = opt_prop_def(IntegerAttr)
    """The slot; or that of the receiver's ring which the first block lands in."""
    stride = opt_prop_def(IntegerAttr)
    """Slots of the receiver's ring from each block to the next."""
    once = opt_prop_def(BoolAttr)
    """No more than one block goes through it."""
    result = result_def(PipeType)
    traits = traits_def(HasParent(KernelOp))
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$name `from` $source `to` $first `:` $last attr-dict `->` type($result)"

    def __init__(
        self, name: str, source: Core, first: Core, last: Core, *further: Rectangle, numbers: Sequence[int] = ()
    ):
        properties: dict[str, Attribute] = {
            "name": string_attr(name),
            "source": i64_array(source),
            "first": i64_array(first),
            "last": i64_array(last),
        }
        if further:
            corners = [part for rectangle in further for core in rectangle for part in core]
            properties["further"] = i64_array(corners)
        if numbers:
            properties["numbers"] = i64_array(numbers)
        super().__init__(properties=properties, result_types=[PipeType()])

    @property
    def stem(self) -> str:
        """The name without its number: pipes that a loop made have it in common."""
        name = self.name_.data
        return name.rstrip("0123456789").rstrip("_") or name

    @property
    def source_core(self) -> Core:
        return _core(self.source)

    @property
    def corners(self) -> Rectangle:
        """Of the first rectangle."""
        return _core(self.first), _core(self.last)

    @property
    def rectangles(self) -> tuple[Rectangle, ...]:
        """Of its destinations, each from its first to its last core."""
        parts = () if self.further is None else _numbers(self.further)
        return (self.corners, *(((a, b), (c, d)) for a, b, c, d in zip(*[iter(parts)] * 4, strict=True)))

    @property
    def destinations(self) -> tuple[Core, ...]:
        """Rectangle by rectangle, by rows."""
        return _cores_in_all(self.rectangles)


def cores_in(rectangle: Rectangle) -> list[Core]:
    """By rows."""
    (left, top), (right, bottom) = rectangle
    return [(x, y) for y in range(top, bottom + 1) for x in range(left, right + 1)]


@lru_cache(maxsize=1024)
def _cores_in_all(rectangles: tuple[Rectangle, ...]) -> tuple[Core, ...]:
    return tuple(core for rectangle in rectangles for core in cores_in(rectangle))


def _core(array: DenseArrayBase[IntegerType]) -> Core:
    x, y = _numbers(array)
    return x, y


def _numbers(array: DenseArrayBase[IntegerType]) -> tuple[int, ...]:
    return _unpacked(array.data.data)


@lru_cache(maxsize=1024)
def _unpacked(numbers: bytes) -> tuple[int, ...]:
    """Of an array of `i64`. Each core is asked of each pipe whether it is an end of it."""
    return tuple(i64.iter_unpack(numbers))


@irdl_op_definition
class CreateSemaphoreOp(DialectOperation):
    """A semaphore, which starts at `initial` on every core."""

    name = "ttl.create_semaphore"
    name_ = prop_def(StringAttr, prop_name="name")
    initial = prop_def(IntegerAttr.constr(i64))
    index = opt_prop_def(IntegerAttr)
    """The hardware's number of the semaphore, or which word of the buffer it is: `ttl-place-pipes` sets it."""
    buffer = opt_prop_def(StringAttr)
    """The buffer that it is a word of, where a program has too few semaphores."""
    compiler_made = opt_prop_def(BoolAttr)
    result = result_def(SemaphoreType)
    traits = traits_def(HasParent(KernelOp))
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$name `=` $initial attr-dict `->` type($result)"

    def __init__(self, name: str, initial: int = 0, *, compiler_made: bool = False):
        made = {"compiler_made": bool_attr(True)} if compiler_made else {}
        super().__init__(
            properties={"name": string_attr(name), "initial": i64_attr(initial), **made},
            result_types=[SemaphoreType()],
        )

    @property
    def number(self) -> int:
        """The hardware's number of the semaphore, or which word of the buffer it is."""
        return given(self.index, Guarantee.PIPES_PLACED).value.data


# --------------------------------------------------------------------------------------------------------- pipes


class IfPipeOp(EffectOp, ABC):
    """Runs the body for each of the pipes, in their order, that this core is an end of; the argument is that pipe."""

    THREAD: ClassVar[ThreadKind | None] = ThreadKind.DATA_MOVEMENT
    pipes = var_operand_of(PipeType)
    body = region_def("single_block")
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect(), NoTerminator())
    assembly_format = "$pipes attr-dict-with-keyword `:` type($pipes) $body"

    def __init__(self, pipes: Sequence[SSAValue], body: Region | None = None):
        super().__init__(operands=[list(pipes)], regions=[body or Region(Block(arg_types=[PipeType()]))])

    @property
    def pipe(self) -> BlockArgument:
        return self.body.block.args[0]

    def verify_(self) -> None:
        if not self.pipes or [type(t) for t in self.body.block.arg_types] != [PipeType]:
            raise VerifyException("it has pipes, and its body has one as argument")

    @classmethod
    @abstractmethod
    def ends(cls, pipe: CreatePipeOp) -> tuple[Core, ...]:
        """The cores on which the body is run for the pipe."""


@irdl_op_definition
class IfPipeSrcOp(IfPipeOp):
    name = "ttl.if_pipe_src"

    @classmethod
    def ends(cls, pipe: CreatePipeOp) -> tuple[Core, ...]:
        return (pipe.source_core,)


@irdl_op_definition
class IfPipeDstOp(IfPipeOp):
    name = "ttl.if_pipe_dst"

    @classmethod
    def ends(cls, pipe: CreatePipeOp) -> tuple[Core, ...]:
        return pipe.destinations


def pipes_at(pipe: SSAValue) -> tuple[CreatePipeOp, ...]:
    """The pipes that a value of this type may be."""
    if isinstance(pipe, BlockArgument):
        around = pipe.block.parent_op()
        assert isinstance(around, IfPipeOp)
        return tuple(owner_of(each, CreatePipeOp) for each in around.pipes)
    return (owner_of(pipe, CreatePipeOp),)


def pipes_of(kernel: KernelOp) -> tuple[CreatePipeOp, ...]:
    """All pipes of a kernel."""
    return tuple([op for op in operations_in(kernel.body.block) if isinstance(op, CreatePipeOp)])


def semaphores_of(kernel: KernelOp) -> tuple[CreateSemaphoreOp, ...]:
    """All semaphores of a kernel."""
    return tuple([op for op in operations_in(kernel.body.block) if isinstance(op, CreateSemaphoreOp)])


class Coordinate(StrEnum):
    """A coordinate of a pipe, of its first rectangle; or a number of one. Ends are exclusive, as in slices."""

    SRC_X = "src_x"
    SRC_Y = "src_y"
    DST_X = "dst_x"
    DST_Y = "dst_y"
    END_X = "end_x"
    END_Y = "end_y"
    SRC_NUMBER = "src_number"
    DST_NUMBER = "dst_number"
    END_NUMBER = "end_number"

    def of(self, pipe: CreatePipeOp) -> int:
        (left, top), (right, bottom) = pipe.corners
        x, y = pipe.source_core
        numbers = (0, 0, 0) if pipe.numbers is None else _numbers(pipe.numbers)
        return dict(zip(Coordinate, (x, y, left, top, right + 1, bottom + 1, *numbers), strict=True))[self]


@irdl_attr_definition
class CoordinateAttr(EnumAttribute[Coordinate], SpacedOpaqueSyntaxAttribute):
    name = "ttl.coordinate"


@irdl_op_definition
class PipeCoordinateOp(DialectOperation):
    """A coordinate of the pipe that a body is run for."""

    name = "ttl.pipe_coordinate"
    pipe = operand_of(PipeType)
    which = prop_def(CoordinateAttr)
    result = result_def(i32)
    traits = traits_def(Pure())
    assembly_format = "$which `of` $pipe attr-dict"

    def __init__(self, pipe: SSAValue, which: Coordinate):
        super().__init__(operands=[pipe], properties={"which": CoordinateAttr(which)}, result_types=[i32])


# ----------------------------------------------------------------------------------------------------- semaphores


class Comparison(StrEnum):
    EQ = "eq"
    GE = "ge"


@irdl_attr_definition
class ComparisonAttr(EnumAttribute[Comparison], SpacedOpaqueSyntaxAttribute):
    name = "ttl.comparison"


class SemaphoreOp(EffectOp, ABC):
    """Something that a data movement thread does with a semaphore."""

    THREAD: ClassVar[ThreadKind | None] = ThreadKind.DATA_MOVEMENT

    @property
    def created(self) -> CreateSemaphoreOp:
        return owner_of(self.operands[0], CreateSemaphoreOp)


@irdl_op_definition
class SemaphoreWaitOp(SemaphoreOp):
    """Blocks until this core's counter compares with the value."""

    name = "ttl.semaphore_wait"
    semaphore = operand_of(SemaphoreType)
    value = operand_of(i32)
    comparison = prop_def(ComparisonAttr)
    assembly_format = "$semaphore $comparison $value attr-dict"

    def __init__(self, semaphore: SSAValue, comparison: Comparison, value: SSAValue):
        super().__init__(operands=[semaphore, value], properties={"comparison": ComparisonAttr(comparison)})


@irdl_op_definition
class SemaphoreSetOp(SemaphoreOp):
    """
    Sets counters: without `cores` this core's; of the core `cores` (2 numbers); of the rectangle between two (4).
    """

    name = "ttl.semaphore_set"
    semaphore = operand_of(SemaphoreType)
    value = operand_of(i32)
    cores = var_operand_of(i32)
    assembly_format = "$semaphore `[` $cores `]` `=` $value attr-dict"

    def __init__(self, semaphore: SSAValue, value: SSAValue, cores: Sequence[SSAValue] = ()):
        super().__init__(operands=[semaphore, value, list(cores)])

    def verify_(self) -> None:
        if len(self.cores) not in (0, 2, 4):
            raise VerifyException("a semaphore is set on this core, on one, or on a rectangle")


@irdl_op_definition
class SemaphoreIncOp(SemaphoreOp):
    """Adds to the counter of the core (x, y)."""

    name = "ttl.semaphore_inc"
    semaphore = operand_of(SemaphoreType)
    value = operand_of(i32)
    x = operand_of(i32)
    y = operand_of(i32)
    assembly_format = "$semaphore `[` $x `,` $y `]` `+` `=` $value attr-dict"

    def __init__(self, semaphore: SSAValue, value: SSAValue, x: SSAValue, y: SSAValue):
        super().__init__(operands=[semaphore, value, x, y])
