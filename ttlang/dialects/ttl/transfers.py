"""Windows of tensors, copies between them and blocks, and waits for copies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from xdsl.dialects.builtin import IntegerAttr, i32, i64
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import ParsePropInAttrDict, base, opt_prop_def, prop_def, result_def, traits_def
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ttlang.dialects.definition import irdl_op_definition
from ttlang.dialects.operation import DialectOperation
from ttlang.dialects.ttcore import ShardsAttr, TensorType, copied_sizes
from ttlang.dialects.ttl.effects import EffectOp, ThreadKind
from ttlang.dialects.ttl.types import (
    BlockType,
    Direction,
    DirectionAttr,
    PipeType,
    ShapedType,
    SliceType,
    TransferHandleType,
)
from ttlang.dialects.typed_values import operand_of, opt_operand_of, type_of, var_operand_of


@irdl_op_definition
class TensorSliceOp(DialectOperation):
    """A window of a tensor, from the tile at `offsets`, with a size for each dimension."""

    name = "ttl.tensor_slice"
    tensor = operand_of(TensorType)
    offsets = var_operand_of(i32)
    result = result_def(SliceType)
    traits = traits_def(Pure())
    assembly_format = "$tensor `[` $offsets `]` attr-dict `:` type($tensor) `->` type($result)"

    def __init__(self, tensor: SSAValue, offsets: Sequence[SSAValue], sizes: Sequence[int]):
        element = type_of(tensor, TensorType).element
        super().__init__(operands=[tensor, list(offsets)], result_types=[SliceType(sizes, element)])

    def verify_(self) -> None:
        tensor, window = self.tensor.type, self.result.type
        if not len(tensor.sizes) == len(self.offsets) == len(window.sizes):
            raise VerifyException("a slice has an offset and a size for each dimension of its tensor")
        if tensor.element != window.element:
            raise VerifyException("a slice has the element of its tensor")


@irdl_op_definition
class TensorShardOp(DialectOperation):
    """The shard of a sharded tensor at `index`: shards count row by row over the tensor."""

    name = "ttl.tensor_shard"
    tensor = operand_of(TensorType)
    index = operand_of(i32)
    result = result_def(SliceType)
    traits = traits_def(Pure())
    assembly_format = "$tensor `[` $index `]` attr-dict `:` type($tensor) `->` type($result)"

    def __init__(self, tensor: SSAValue, index: SSAValue):
        type_ = type_of(tensor, TensorType)
        assert isinstance(type_.shards, ShardsAttr)
        super().__init__(operands=[tensor, index], result_types=[SliceType(type_.shards.sizes, type_.element)])

    def verify_(self) -> None:
        tensor, window = self.tensor.type, self.result.type
        if not isinstance(tensor.shards, ShardsAttr):
            raise VerifyException("only a sharded tensor has shards")
        if (tensor.shards.sizes, tensor.element) != (window.sizes, window.element):
            raise VerifyException("a shard has the shard shape and the element of its tensor")


_END_OF_COPY = base(SliceType) | base(BlockType) | base(PipeType)


@irdl_op_definition
class CopyOp(EffectOp):
    """
    Starts a transfer between a block and a slice or a pipe. Its handle tells when it has landed. Leading dimensions of
    size 1 may stand in the shape of one end alone.
    """

    name = "ttl.copy"
    THREAD: ClassVar[ThreadKind | None] = ThreadKind.DATA_MOVEMENT
    source = operand_of(_END_OF_COPY)
    destination = operand_of(_END_OF_COPY)
    handle = result_def(TransferHandleType)
    awaited = opt_prop_def(IntegerAttr.constr(i64))
    """In parts of how many tiles the block is waited for; without it, nothing is left to wait for."""
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$source `to` $destination attr-dict `:` type($source) `to` type($destination) `->` type($handle)"

    def __init__(self, source: SSAValue, destination: SSAValue):
        direction = copy_direction(source.type, destination.type)
        super().__init__(operands=[source, destination], result_types=[TransferHandleType(direction)])

    @property
    def direction(self) -> Direction:
        return self.handle.type.direction.data

    def verify_(self) -> None:
        source, destination = self.source.type, self.destination.type
        if sum(isinstance(end, BlockType) for end in (source, destination)) != 1:
            raise VerifyException("a copy joins a block and a slice or a pipe")
        ends = (end for end in (source, destination) if isinstance(end, ShapedType))
        shaped = [(copied_sizes(end.sizes, end.element), end.element) for end in ends]
        if any(one != shaped[0] for one in shaped):
            raise VerifyException("source and destination have one shape and one element")
        expected = copy_direction(source, destination)
        if self.direction is not expected:
            raise VerifyException(f"this copy is a {expected}")

    @property
    def block(self) -> SSAValue:
        """The end that is a block."""
        return self.source if isinstance(self.source.type, BlockType) else self.destination

    @property
    def pipe(self) -> SSAValue | None:
        """The end that is a pipe, if there is one."""
        return next((end for end in (self.source, self.destination) if isinstance(end.type, PipeType)), None)


def copy_direction(source: Attribute, destination: Attribute) -> Direction:
    """What a copy between two ends is, one of which is a block."""
    match source, destination:
        case SliceType(), _:
            return Direction.READ
        case PipeType(), _:
            return Direction.RECEIVE
        case _, PipeType():
            return Direction.SEND
        case _:
            return Direction.WRITE


@irdl_op_definition
class WaitOp(EffectOp):
    """Blocks until a transfer has landed."""

    name = "ttl.wait"
    THREAD: ClassVar[ThreadKind | None] = ThreadKind.DATA_MOVEMENT
    handle = operand_of(TransferHandleType)
    assembly_format = "$handle attr-dict `:` type($handle)"

    def __init__(self, handle: SSAValue):
        super().__init__(operands=[handle])


@irdl_op_definition
class WaitAnyOp(EffectOp):
    """
    Blocks until one of several receives from pipes has landed. The result is its place: the first that has landed, from
    the place `start` on, in a circle. What it has waited for may be waited for again, which returns at once.
    """

    name = "ttl.wait_any"
    THREAD: ClassVar[ThreadKind | None] = ThreadKind.DATA_MOVEMENT
    handles = var_operand_of(TransferHandleType)
    start = operand_of(i32)
    index = result_def(i32)
    assembly_format = "$handles `from` $start attr-dict `:` type($handles)"

    def __init__(self, handles: Sequence[SSAValue], start: SSAValue):
        super().__init__(operands=[list(handles), start], result_types=[i32])

    def verify_(self) -> None:
        if len(self.handles) < 2:
            raise VerifyException("one receive alone is waited for by ttl.wait")
        if any(handle.type.direction.data is not Direction.RECEIVE for handle in self.handles):
            raise VerifyException("only receives come in an order that nobody knows")


@irdl_op_definition
class TagReadsOp(EffectOp):
    """Reads of tensors by the thread have this tag from now on; 0 at its start."""

    name = "ttl.tag_reads"
    THREAD: ClassVar[ThreadKind | None] = ThreadKind.DATA_MOVEMENT
    tag = operand_of(i32)
    assembly_format = "$tag attr-dict"

    def __init__(self, tag: SSAValue):
        super().__init__(operands=[tag])


@irdl_op_definition
class DMABarrierOp(EffectOp):
    """Blocks until every transfer of the thread in this direction has landed; of reads, those with a tag."""

    name = "ttl.dma_barrier"
    THREAD: ClassVar[ThreadKind | None] = ThreadKind.DATA_MOVEMENT
    direction = prop_def(DirectionAttr)
    tag = opt_operand_of(i32)
    assembly_format = "$direction (`of` $tag^)? attr-dict"

    def __init__(self, direction: Direction, tag: SSAValue | None = None):
        super().__init__(operands=[tag], properties={"direction": DirectionAttr(direction)})

    def verify_(self) -> None:
        if self.tag is not None and self.direction.data is not Direction.READ:
            raise VerifyException("only reads have tags")


@irdl_op_definition
class WritesFlushedOp(EffectOp):
    """Blocks until the bytes of every write of the thread have left their blocks, which may be changed then."""

    name = "ttl.writes_flushed"
    THREAD: ClassVar[ThreadKind | None] = ThreadKind.DATA_MOVEMENT
    assembly_format = "attr-dict"

    def __init__(self) -> None:
        super().__init__()
