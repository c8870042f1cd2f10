"""What the signposts of both dialects have in common: a region is what stands between two operations of one block."""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterator

from xdsl.dialects.builtin import StringAttr
from xdsl.ir import Block, Operation
from xdsl.irdl import ParsePropInAttrDict, prop_def, traits_def
from xdsl.traits import MemoryReadEffect, MemoryWriteEffect
from xdsl.utils.exceptions import VerifyException

from ttlang.dialects.attributes import string_attr
from ttlang.dialects.operation import DialectOperation


class SignpostOp(DialectOperation, ABC):
    """An end of a region that a profiler measures. It does nothing, and stays where it stands."""

    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())
    irdl_options = (ParsePropInAttrDict(),)


class SignpostBeginOp(SignpostOp, ABC):
    """Where a region starts, and its name. The regions of a block lie in each other or apart."""

    label = prop_def(StringAttr)
    assembly_format = "$label attr-dict"

    def __init__(self, label: str | StringAttr):
        super().__init__(properties={"label": string_attr(label) if isinstance(label, str) else label})

    def verify_(self) -> None:
        block = self.parent_block()
        if block is not None and self not in dict(regions_of(block)):
            raise VerifyException("the region has no end in its block")


class SignpostEndOp(SignpostOp, ABC):
    """Where the region ends that was started last in this block."""

    assembly_format = "attr-dict"

    def __init__(self) -> None:
        super().__init__()


def regions_of(block: Block) -> Iterator[tuple[SignpostBeginOp, list[Operation]]]:
    """
    The regions of a block, the inner before the outer, each with what stands in it and with its end as the last. What
    has no end is none.
    """
    open_regions: list[tuple[SignpostBeginOp, list[Operation]]] = []
    for op in block.ops:
        for _, inside in open_regions:
            inside.append(op)
        if isinstance(op, SignpostBeginOp):
            open_regions.append((op, []))
        elif isinstance(op, SignpostEndOp) and open_regions:
            yield open_regions.pop()
