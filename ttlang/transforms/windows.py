"""
Windows of tensors, and the blocks that they are copied to and from, place by place. Where the author allows it
(`pad=True`), a window may pass the tensor's end: then only what lies inside is gone through, and the rest of a block
that is read gets zeros.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod

from xdsl.builder import Builder
from xdsl.dialects import arith, scf
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint

from ttlang.analysis.arithmetic import constant_value
from ttlang.analysis.window_ends import last_offset, passes_end
from ttlang.dialects import ttkernel, ttl
from ttlang.transforms.loops import Numbers, stepped_nest
from ttlang.transforms.rewriting import Ints

Inside = Sequence[SSAValue | None]
"""For each dimension of a window, how many of its places lie in the tensor; None where all are sure to."""

_INSIDE = {"r": "rows_inside", "c": "columns_inside"}
"""What their numbers are called, by the names of the variables that go through them."""


def axis_names(rank: int, last: str) -> list[str]:
    """What the variables over the dimensions of a window are called: `d0`, `d1`, and the letters of the last ones."""
    return [*(f"d{axis}" for axis in range(rank - len(last))), *last[-rank:]] if rank else []


def flat_place(ints: Ints, places: Iterable[SSAValue], sizes: Sequence[int]) -> SSAValue:
    """The number, in memory order, of a place in a shape. Places are taken where they are needed."""
    if not sizes:
        return ints.constant(0)
    place = iter(places)
    number = next(place)
    for size in sizes[1:]:
        scaled = ints.mul(number, ints.constant(size))
        number = ints.add(scaled, next(place))
    return number


def places_inside(ints: Ints, window: ttl.TensorSliceOp) -> Inside:
    """How much of a window lies in its tensor."""
    sizes, whole = window.result.type.sizes, window.tensor.type.sizes
    names = axis_names(len(sizes), "rc")
    passing = passes_end(window)
    return [
        _inside(ints, offset, sizes[axis], whole[axis], names[axis]) if passing[axis] else None
        for axis, offset in enumerate(window.offsets)
    ]


def _inside(ints: Ints, offset: SSAValue, size: int, whole: int, name: str) -> SSAValue:
    left = ints.sub(ints.constant(whole), offset)
    if (known := constant_value(left)) is not None:
        return ints.constant(min(max(known, 0), size))
    found = at_most(ints, left, size, natural=last_offset(offset, size) <= whole)
    found.name_hint = _INSIDE.get(name, f"{name}_inside")
    return found


def at_most(ints: Ints, number: SSAValue, size: int, *, natural: bool = False) -> SSAValue:
    """A number, but no less than 0, which it is not anyway if it is `natural`, and no more than a size."""
    if not natural:
        number = ints.emit(arith.MaxSIOp(number, ints.constant(0)))
    return ints.emit(arith.MinSIOp(number, ints.constant(size)))


def numbers_inside(inside: SSAValue | None, size: int, step: int = 1) -> Numbers:
    """What a loop runs over to go through the places of a dimension that lie in the tensor; all of them in steps."""
    if inside is None:
        return range(0, size, step)
    known = constant_value(inside)
    return inside if known is None else range(known)


def where(builder: Builder, source: Operation, left: SSAValue, right: SSAValue) -> Builder:
    """Where to build what is run if one i32 is less than another."""
    end = scf.YieldOp()
    ints = Ints.at(builder, source)
    ints.insert(scf.IfOp(ints.emit(arith.CmpiOp(left, right, "slt")), [], Region(Block([end]))))
    return Builder(InsertPoint.before(end))


def read_zeros_outside(
    op: Operation, sizes: Sequence[int], inside: Inside, address: SSAValue, page_bytes: SSAValue
) -> None:
    """
    Before `op`, has zeros read to those pages of a block at an address whose places lie outside. Along each dimension
    they are one piece, behind the places inside.
    """
    names = axis_names(len(sizes), "rc")
    for axis, count in enumerate(inside):
        if count is None or (known := constant_value(count)) == sizes[axis]:
            continue
        builder = Builder(InsertPoint.before(op))
        size = Ints.at(builder, op).constant(sizes[axis])
        if known is None:
            builder = where(builder, op, count, size)
        before = [numbers_inside(*one) for one in zip(inside[:axis], sizes[:axis], strict=True)]
        builder, places = stepped_nest(builder, op, list(zip(names[:axis], before, strict=True)))
        ints = Ints.at(builder, op)
        stride = ints.mul(ints.constant(prod(sizes[axis + 1 :])), page_bytes)
        if stride is not page_bytes:
            stride.name_hint = "row_bytes" if names[axis] == "r" else f"{names[axis]}_bytes"
        first = ints.mul(flat_place(ints, [*places, count], sizes[: axis + 1]), stride)
        ints.insert(ttkernel.NocAsyncReadZerosOp(ints.add(address, first), ints.mul(ints.sub(size, count), stride)))
