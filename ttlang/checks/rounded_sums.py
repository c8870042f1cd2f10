"""
TTL0604, TTL0605: sums that are rounded to few bits so often that little of the result is left.

TTL0604: by a 16-bit DST. TTL0605: by the packer, or by the kernel's own loop.

bfloat16 has 8 bits of significand. A rounding errs by up to 2^-8 of what it rounds, by 2^-9 as a rule; n of them on the
way of a sum add up to n times that if they all err to one side, to the square root of n times that if chance has it. So
a sum that is rounded 64 times has lost some three of its bits, and one of equal terms stops growing after 256 to 512 of
them: the next one is below half of the last bit. docs/numerics.md has what was measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from math import log2, prod

from xdsl.dialects import scf
from xdsl.ir import BlockArgument, Operation, SSAValue

from ttlang.analysis.linear_forms import turns_of
from ttlang.analysis.locations import span_of
from ttlang.diagnostics import Diagnostic, Severity
from ttlang.dialects import ttl
from ttlang.dialects.ttcore import TileType
from ttlang.dialects.typed_values import type_of
from ttlang.dialects.walking import operations_of
from ttlang.tables.dtypes import DType

MOST_ROUNDINGS = 64
"""Roundings of a sum from which on its author should know of them."""
_STEPS = 2
"""Times that DST is written for a tile of K, or of what is reduced: 16 terms each."""


def check_rounded_sums(kernel: ttl.KernelOp, *, narrow_is_meant: bool = False) -> Iterator[Diagnostic]:
    """
    Warns of sums that DST, the packer or the kernel's own loop rounds too often. `ttl-place-accumulators` has been: it
    says where sums are kept. A 16-bit DST that was asked for is meant.
    """
    for compute in operations_of(kernel, ttl.ComputeOp):
        if not kernel.dst32 and not narrow_is_meant:
            yield from _rounded_in_dst(compute)
        roundings = _in_buffer(compute)
        if roundings >= MOST_ROUNDINGS:
            dtype = _dtype(compute.outputs[0])
            yield _warning(
                "TTL0605",
                f"this sum is rounded to {dtype} in each of {roundings} turns: "
                f"about {_lost_bits(roundings)} bits of it are lost",
                compute,
                _way_out(compute, kernel),
            )


def is_rounded_too_often(tiles: int) -> bool:
    """Whether a 16-bit DST rounds a sum over so many tiles of terms so often that its author is told."""
    return tiles * _STEPS >= MOST_ROUNDINGS


def _rounded_in_dst(compute: ttl.ComputeOp) -> Iterator[Diagnostic]:
    steps, adds = _in_dst(compute), _adds_in_a_row(compute)
    if (roundings := max(steps, adds)) < MOST_ROUNDINGS:
        return
    terms = f"every 16 of its {steps * 16} terms" if steps >= adds else f"each of its {adds + 1} terms"
    yield _warning(
        "TTL0604",
        f"a 16-bit DST rounds this sum to bfloat16 after {terms}: about {_lost_bits(roundings)} of its 8 bits are lost",
        compute,
        "@ttl.⟦decorator⟧(fp32_dest_acc_en=True) adds up in 32 bits; fp32_dest_acc_en=False says that this is meant",
    )


def _adds_in_a_row(compute: ttl.ComputeOp) -> int:
    """The additions of whole tiles, one to the result of the other, as reductions of leading dimensions make them."""
    behind: dict[SSAValue, int] = {}
    for op in compute.body.block.ops:
        if (
            isinstance(op, ttl.ElementwiseOp)
            and op.ROW.name == "add"
            and not type_of(op.result, TileType).dtype.is_integer
        ):
            behind[op.result] = 1 + max(behind.get(operand, 0) for operand in op.operands)
    return max(behind.values(), default=0)


def _in_dst(compute: ttl.ComputeOp) -> int:
    """How often DST rounds a sum of a computation; 0 if nobody knows, or if it computes none."""
    turns = 1
    if compute.in_dst is not None:
        turns = _turns(_loops(compute, lambda op: isinstance(op, ttl.AccumulateOp)))
    return turns * _STEPS * max((_tiles_in(op, compute) for op in compute.body.block.ops), default=0)


def _tiles_in(op: Operation, compute: ttl.ComputeOp) -> int:
    """Tiles that are added up for one tile of a result."""
    match op:
        case ttl.MatmulOp(lhs=BlockArgument() as tile) | ttl.ReduceSumOp(input=BlockArgument() as tile):
            return compute.steps(tile)
        case _:
            return 0


def _in_buffer(compute: ttl.ComputeOp) -> int:
    """How often a sum is rounded to the format of a buffer: by the packer that adds, or by a loop that does."""
    output = compute.outputs[0]
    acquire, dtype = output.owner, _dtype(output)
    if not isinstance(acquire, ttl.AcquireOp) or dtype.is_integer or dtype.needs_dst32:
        return 0
    if compute.accumulate is not None:
        return _turns(_loops(compute, lambda op: op is acquire.parent_op()))
    if not any(_is_of(value, acquire.cb) and _is_added(compute, i) for i, value in enumerate(compute.inputs)):
        return 0
    others = [use.operation for use in acquire.cb.uses if isinstance(use.operation, ttl.CBReserveOp)]
    return _turns(_loops(compute, lambda op: any(other is not acquire and op.is_ancestor(other) for other in others)))


def _loops(compute: ttl.ComputeOp, is_end: Callable[[Operation], bool]) -> Iterator[Operation]:
    """The loops around a computation, inside of the first operation that is the end."""
    around = compute.parent_op()
    while around is not None and not is_end(around):
        if isinstance(around, scf.ForOp | scf.WhileOp):
            yield around
        around = around.parent_op()


def _turns(loops: Iterable[Operation]) -> int:
    """Turns of loops in each other; 0 if nobody knows."""
    return prod(turns_of(loop) or 0 for loop in loops)


def _is_of(block: SSAValue, cb: SSAValue) -> bool:
    acquire = block.owner
    return isinstance(acquire, ttl.CBWaitOp) and acquire.cb is cb


def _is_added(compute: ttl.ComputeOp, number: int) -> bool:
    """Whether the result is the tile of an input, with other things added to it."""
    body = compute.body.block
    found: list[SSAValue] = [compute.end.operands[0]]
    for value in found:
        match value.owner:
            case ttl.CopyTileOp() as op:
                found.append(op.input)
            case ttl.MatmulOp(addend=SSAValue() as addend):
                found.append(addend)
            case ttl.ElementwiseOp() as op if op.ROW.name in ("add", "sub"):
                found += op.operands
            case _:
                pass
    return body.args[number] in found[1:]


def _way_out(compute: ttl.ComputeOp, kernel: ttl.KernelOp) -> str:
    hint = "add up in a buffer that is made like a float32 tensor"
    if compute.accumulate is None or not isinstance(compute.body.block.first_op, ttl.MatmulOp):
        return hint
    tiles = kernel.dst_capacity if kernel.dst32 else kernel.dst_capacity // 2
    wide = "" if kernel.dst32 else ", with fp32_dest_acc_en=True,"
    return f"{hint}; or{wide} in blocks of at most {tiles} tiles, whose sum stays in DST"


def _lost_bits(roundings: int) -> int:
    return round(log2(roundings) / 2)


def _dtype(block: SSAValue) -> DType:
    return type_of(block, ttl.BlockType).element.dtype


def _warning(code: str, message: str, op: Operation, hint: str) -> Diagnostic:
    return Diagnostic(code, message, span_of(op), hint, severity=Severity.WARNING)
