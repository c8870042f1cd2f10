"""Loops whose trips differ only in numbers that grow by a constant: the simulator runs all trips at once."""

from __future__ import annotations

import math
from dataclasses import dataclass

from xdsl.dialects import arith, scf
from xdsl.ir import BlockArgument, Operation, OpResult, SSAValue

from ttlang.analysis.arithmetic import ARITHMETIC
from ttlang.analysis.intervals import wrapped
from ttlang.backends.simulator.ranges import Ranges
from ttlang.dialects import ttkernel

PURE = (
    arith.ConstantOp,
    arith.CmpiOp,
    *ARITHMETIC,
    ttkernel.GetArgValOp,
    ttkernel.GetCommonArgValOp,
    ttkernel.GetRuntimeArgValOp,
    ttkernel.MyLogicalXOp,
    ttkernel.MyLogicalYOp,
    ttkernel.GetTileSizeOp,
)
"""Operations that only compute a number."""
_POINTERS = (ttkernel.GetReadPtrOp, ttkernel.GetWritePtrOp)
_PAGE_OPS = (ttkernel.NocAsyncReadPageOp, ttkernel.NocAsyncWritePageOp)
MANY = 1 << 16
_DIVIDING = tuple(kind for kind, meaning in ARITHMETIC.items() if meaning.divides)


@dataclass(frozen=True)
class Loop:
    """A loop of a nest."""

    op: scf.ForOp
    step: int
    trips: int | None
    """None if only the run knows."""

    @property
    def variable(self) -> BlockArgument:
        return self.op.body.block.args[0]


@dataclass(frozen=True)
class Nest:
    """A loop nest around calls, in the order of the program, each with the loops around it, outermost first."""

    loops: tuple[Loop, ...]
    calls: tuple[tuple[Operation, tuple[Loop, ...]], ...]

    @property
    def fewest_trips(self) -> int:
        """Trips of the call that has the fewest; a loop whose trips only the run knows may have many."""
        return min(math.prod(MANY if loop.trips is None else loop.trips for loop in around) for _, around in self.calls)


def transfer_nest(op: scf.ForOp, ranges: Ranges) -> Nest | None:
    """
    The nest at `op`, if it holds nothing but page transfers whose pages and addresses are affine in the nest's loops
    (and the arithmetic for them), and loops that do not depend on each other.
    """
    loops: list[Loop] = []
    calls: list[tuple[Operation, tuple[Loop, ...]]] = []
    if not _collect(op, (), ranges, loops, calls) or not calls:
        return None
    for call, around in calls:
        assert isinstance(call, _PAGE_OPS)
        variables = [loop.variable for loop in around]
        if any(_depends(call.accessor, variable) for variable in variables):
            return None
        for value in (call.page, call.l1_address):
            if any(stride(value, variable, ranges) is None for variable in variables):
                return None
    return Nest(tuple(loops), tuple(calls))


def _collect(
    op: scf.ForOp,
    around: tuple[Loop, ...],
    ranges: Ranges,
    loops: list[Loop],
    calls: list[tuple[Operation, tuple[Loop, ...]]],
) -> bool:
    loop = loop_of(op, ranges)
    if loop is None or any(_depends(bound, outer.variable) for bound in (op.lb, op.ub) for outer in around):
        return False
    loops.append(loop)
    nest = (*around, loop)
    for inner in op.body.block.ops:
        if isinstance(inner, scf.ForOp):
            if not _collect(inner, nest, ranges, loops, calls):
                return False
        elif isinstance(inner, _PAGE_OPS):
            calls.append((inner, nest))
        elif not is_plain(inner, ranges) and not isinstance(inner, (*_POINTERS, scf.YieldOp)):
            return False
    return True


def loop_of(op: scf.ForOp, ranges: Ranges) -> Loop | None:
    """The loop, if it carries no values and has a constant step."""
    step = ranges.constant(op.step)
    if op.iter_args or step is None or step <= 0:
        return None
    low, high = ranges.constant(op.lb), ranges.constant(op.ub)
    return Loop(op, step, len(range(low, high, step)) if low is not None and high is not None else None)


def is_plain(op: Operation, ranges: Ranges) -> bool:
    """
    Whether an operation only computes a number, and can't fail at it, or does nothing: it may run once for all trips,
    or for none.
    """
    if isinstance(op, ttkernel.SignpostBeginOp | ttkernel.SignpostEndOp):
        return True
    if not isinstance(op, PURE):
        return False
    low, high = ranges.of(op.operands[1]) if isinstance(op, _DIVIDING) else (1, 1)
    return low > 0 or high < 0


_LINEAR = frozenset({arith.AddiOp, arith.SubiOp, arith.MuliOp})


def stride(value: SSAValue, variable: BlockArgument, ranges: Ranges) -> int | None:
    """
    How much the value grows when the variable grows by one, if that is a constant. Modulo 2^32, as all arithmetic
    here: of pages, addresses and slots that exist, none is so far from another that it could tell.
    """
    if value is variable:
        return 1
    if not _depends(value, variable):
        return 0
    # By exact classes: a test for a base class of ours costs more than the rest.
    if not isinstance(value, OpResult) or (kind := type(value.op)) not in _LINEAR:
        return None
    lhs, rhs = value.op.operands
    left, right = stride(lhs, variable, ranges), stride(rhs, variable, ranges)
    if left is None or right is None:
        return None
    if kind is arith.AddiOp:
        return wrapped(left + right)
    if kind is arith.SubiOp:
        return wrapped(left - right)
    for growing, factor in ((left, rhs), (right, lhs)):
        if (times := ranges.constant(factor)) is not None:
            return wrapped(growing * times)
    return None


def _depends(value: SSAValue, variable: BlockArgument) -> bool:
    """Whether a value is computed from the variable of a loop around it."""
    if value is variable:
        return True
    if not isinstance(value, OpResult):
        return False
    op = value.op
    operands = op.operands
    if not operands or not variable.block.is_ancestor(op):
        return False
    return any(_depends(operand, variable) for operand in operands)
