"""
DST as registers: the order of a `ttl.compute` body that needs few slots, and a slot for each value.

Slots are counted for one tile; a batch of n tiles takes n times as many (slot k of tile i is DST index k*n + i).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from xdsl.ir import BlockArgument, Operation, OpResult, SSAValue

from ttlang.dialects import ttkernel, ttl
from ttlang.dialects.ttkernel.facets import UsesDst, declared
from ttlang.dialects.walking import operands_of


@dataclass(frozen=True)
class Allocation:
    """A slot for the result of each operation."""

    slots: dict[SSAValue, int]
    count: int


def postorder(roots: Iterable[SSAValue], operands: Callable[[Operation], Iterable[SSAValue]]) -> list[Operation]:
    """The operations that the roots are computed by, each once and after its operands. Depth is no limit."""
    done: dict[Operation, None] = {}
    begun: set[Operation] = set()
    stack = [root.op for root in roots if type(root) is OpResult]
    stack.reverse()
    while stack:
        op = stack[-1]
        if op in done:
            stack.pop()
        elif op in begun:
            # All that it is computed by stood above it.
            done[op] = None
            stack.pop()
        else:
            begun.add(op)
            inner = [operand.op for operand in operands(op) if type(operand) is OpResult]
            inner.reverse()
            stack += inner
    return list(done)


def reachable(values: Sequence[SSAValue]) -> list[Operation]:
    """The operations that the values are computed by, in an order that needs few slots (Sethi and Ullman's)."""
    needs: dict[SSAValue, int] = {}
    for op in postorder(values, operands_of):
        children = sorted([needs.get(operand, 0) for operand in set(operands_of(op))], reverse=True)
        needs[op.results[0]] = max([1, *(need + held for held, need in enumerate(children))])
    return postorder(values, lambda op: sorted(operands_of(op), key=lambda v: needs.get(v, 0), reverse=True))


def allocate(ops: Sequence[Operation], outputs: Iterable[SSAValue]) -> Allocation:
    """
    A linear scan. A result takes the slot of an operand that dies, where there is one. What adds to what its slot
    holds, such as `mul_tiles`, gets one that nothing in the section has used.
    """
    last_use: dict[SSAValue, int] = {}
    for position, op in enumerate(ops):
        for operand in operands_of(op):
            last_use[operand] = position
    for value in outputs:
        last_use[value] = len(ops)

    slots: dict[SSAValue, int] = {}
    free: list[int] = []
    count = 0
    for position, op in enumerate(ops):
        result = op.results[0]
        dying = [v for v in dict.fromkeys(operands_of(op)) if v in slots and last_use[v] == position]
        replaced = in_place(op)
        if replaced is not None and replaced in dying:
            slot = slots[replaced]
        elif dying and replaced is None:
            slot = slots[dying[0]]
        elif free and not accumulates(op):
            slot = min(free)
            free.remove(slot)
        else:
            slot = count
            count += 1
        slots[result] = slot
        free += [slots[v] for v in dying if slots[v] != slot]
        if result not in last_use:
            free.append(slot)
    return Allocation(slots, count)


def is_fpu(op: Operation) -> bool:
    """Whether an operation is a binary function of the FPU."""
    return isinstance(op, ttl.ElementwiseOp) and op.engine is not None and op.engine.data is ttl.Engine.FPU


def reuses_dst(op: Operation) -> bool:
    """Whether an operation is the FPU's function of a tile in DST and one in L1."""
    return is_fpu(op) and any(not isinstance(operand, BlockArgument) for operand in op.operands)


def accumulates(op: Operation) -> bool:
    """Whether the kernel call adds to what its DST slot holds, which must be nothing."""
    match op:
        case ttl.MatmulOp():
            return op.addend is None and _adds(ttkernel.MatmulBlockOp)
        case ttl.ReduceOp():
            return _adds(ttkernel.ReduceTileOp)
        case ttl.ElementwiseOp() if is_fpu(op) and not reuses_dst(op):
            return _adds(ttkernel.FPU_BINARY[op.ROW.fpu])
        case _:
            return False


def _adds(call: type[ttkernel.CallOp]) -> bool:
    dst = declared(call, UsesDst)
    return dst is not None and dst.accumulates


def loads(op: Operation) -> bool:
    """Whether an operation moves a tile from L1 to DST (and not from DST to DST)."""
    return isinstance(op, ttl.CopyTileOp | ttl.TransposeOp) and isinstance(op.input, BlockArgument)


def in_place(op: Operation) -> SSAValue | None:
    """The operand whose DST slot the result replaces, where the kernel call has no slot of its own for the result."""
    if isinstance(op, ttl.MatmulOp | ttl.MulAddOp):
        return op.addend
    if reuses_dst(op):
        return next(operand for operand in op.operands if not isinstance(operand, BlockArgument))
    if len(op.operands) != 1 or isinstance(op, ttl.CopyTileOp) or isinstance(op.operands[0], BlockArgument):
        return None
    return op.operands[0]
