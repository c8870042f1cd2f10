"""Blocks of circular buffers, acquired and released."""

from __future__ import annotations

from abc import ABC
from typing import ClassVar

from xdsl.dialects.builtin import IntegerAttr, StringAttr, UnitAttr, i32, i64
from xdsl.ir import SSAValue
from xdsl.irdl import ParsePropInAttrDict, opt_prop_def, result_def
from xdsl.utils.exceptions import VerifyException

from ttlang.dialects.attributes import UNIT
from ttlang.dialects.definition import irdl_op_definition
from ttlang.dialects.ttl.effects import EffectOp
from ttlang.dialects.ttl.resources import CreateCBOp
from ttlang.dialects.ttl.types import BlockType, CircularBufferType
from ttlang.dialects.typed_values import operand_of, opt_operand_of, owner_of, type_of


class ReleaseOp(EffectOp, ABC):
    METHOD: ClassVar[str]
    """The method that authors call."""
    cb = operand_of(CircularBufferType)
    block = opt_operand_of(BlockType)
    """The block, where the thread holds several of the buffer together; without it, the oldest one is released."""
    thread = opt_prop_def(StringAttr)
    """In a unified thread, the kind of thread that does it, where its author says so."""
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$cb (`of` $block^ `:` type($block))? attr-dict `:` type($cb)"

    def __init__(self, cb: SSAValue, block: SSAValue | None = None):
        super().__init__(operands=[cb, block])

    def of_oldest(self) -> None:
        """Names its block no longer."""
        self.operands = [self.cb]


@irdl_op_definition
class CBPopOp(ReleaseOp):
    """Frees the block that was waited for."""

    name = "ttl.cb_pop"
    METHOD: ClassVar[str] = "pop"


@irdl_op_definition
class CBPushOp(ReleaseOp):
    """Hands the reserved block to the consumer."""

    name = "ttl.cb_push"
    METHOD: ClassVar[str] = "push"


class AcquireOp(EffectOp, ABC):
    RELEASE: ClassVar[type[ReleaseOp]]
    """What ends it."""
    METHOD: ClassVar[str]
    """The method that authors call."""
    cb = operand_of(CircularBufferType)
    block = result_def(BlockType)
    held = opt_prop_def(UnitAttr)
    """The thread holds the block already, under other names, which paths have handed on: it waits for nothing."""
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$cb attr-dict `:` type($cb) `->` type($block)"

    def __init__(self, cb: SSAValue, *, held: bool = False):
        properties = {"held": UNIT if held else None}
        super().__init__(operands=[cb], result_types=[type_of(cb, CircularBufferType).block], properties=properties)

    def verify_(self) -> None:
        if self.cb.type.block != self.block.type:
            raise VerifyException("the block has the buffer's shape and element")


@irdl_op_definition
class CBWaitOp(AcquireOp):
    """Blocks until the buffer's oldest block is filled, and returns it."""

    name = "ttl.cb_wait"
    in_parts = opt_prop_def(UnitAttr)
    """What reads the block first waits for its pages, part by part."""
    METHOD: ClassVar[str] = "wait"
    RELEASE: ClassVar[type[ReleaseOp]] = CBPopOp


@irdl_op_definition
class CBReserveOp(AcquireOp):
    """Blocks until the buffer has a free block, and returns it."""

    name = "ttl.cb_reserve"
    METHOD: ClassVar[str] = "reserve"
    RELEASE: ClassVar[type[ReleaseOp]] = CBPushOp
    published = opt_prop_def(UnitAttr)
    """The block lies on a tensor, whose values it hands on: it is written from the start."""
    ahead = opt_prop_def(IntegerAttr.constr(i64))
    """How many blocks the thread has reserved before and not pushed; without it, none. The block is behind them."""

    @property
    def blocks_before(self) -> int:
        return 0 if self.ahead is None else self.ahead.value.data


@irdl_op_definition
class HandOnOp(EffectOp):
    """
    A path ends, or a turn of a loop, and a variable stands for this block there. Where the paths meet, or the next turn
    starts, an acquisition that is `held` is the same block, whichever of them was taken.
    """

    name = "ttl.hand_on"
    block = operand_of(BlockType)
    assembly_format = "$block attr-dict `:` type($block)"

    def __init__(self, block: SSAValue):
        super().__init__(operands=[block])


@irdl_op_definition
class FilledPagesOp(EffectOp):
    """How many pages of a buffer are filled at this time, as the thread sees it."""

    name = "ttl.filled_pages"
    cb = operand_of(CircularBufferType)
    result = result_def(i32)
    assembly_format = "$cb attr-dict `:` type($cb)"

    def __init__(self, cb: SSAValue):
        super().__init__(operands=[cb], result_types=[i32])


def buffer_name(block: SSAValue) -> str:
    """The name of the circular buffer that a block was acquired from."""
    return owner_of(owner_of(block, AcquireOp).cb, CreateCBOp).name_.data
