"""Removes what the compilation of a thread has made in vain: unused arithmetic, and results that nothing reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from xdsl.dialects import arith, scf
from xdsl.ir import Block, Operation, Region

from ttlang.analysis.arithmetic import ARITHMETIC, constant_value
from ttlang.analysis.bounds import is_nonnegative
from ttlang.dialects import ttl
from ttlang.dialects.walking import operations_of, terminator
from ttlang.frontend.blocks.thread_builder import COMPARISONS

T = TypeVar("T")

_PREDICATES = tuple(COMPARISONS.values())

_UNUSED = (arith.ConstantOp, ttl.CoreXOp, ttl.CoreYOp, ttl.TensorSliceOp, ttl.TensorShardOp, ttl.ElementConstantOp)


def clean(block: Block) -> None:
    """Cleans the body of a thread."""
    for op in operations_of(block, arith.FloorDivSIOp):
        if is_nonnegative(op.lhs) and is_nonnegative(op.rhs):
            _divide_exactly(op)
    _remove_unused(block)


def _divide_exactly(op: arith.FloorDivSIOp) -> None:
    """
    While a loop is compiled nothing is known of what it carries; now it may be. A division that rounds down becomes one
    that truncates, and a remainder that was made of it a remainder.
    """
    block = _home(op)
    types = [op.result.type]
    quotient = arith.DivSIOp.create(operands=op.operands, result_types=types, location=op.location)
    block.insert_op_before(quotient, op)
    quotient.result.name_hint = op.result.name_hint
    op.result.replace_all_uses_with(quotient.result)
    block.erase_op(op)
    for use in tuple(quotient.result.uses):
        product = use.operation
        if not isinstance(product, arith.MuliOp) or product.operands[1] is not quotient.rhs:
            continue
        for inner in tuple(product.result.uses):
            rest = inner.operation
            if not isinstance(rest, arith.SubiOp) or rest.lhs is not quotient.lhs or rest.rhs is not product.result:
                continue
            remainder = arith.RemSIOp.create(operands=quotient.operands, result_types=types, location=rest.location)
            _home(rest).insert_op_before(remainder, rest)
            remainder.result.name_hint = rest.result.name_hint
            rest.result.replace_all_uses_with(remainder.result)
            _home(rest).erase_op(rest)


def _remove_unused(block: Block) -> None:
    """Works backwards, so that an operation is looked at after all that use it."""
    op = block.last_op
    while op is not None:
        previous = op.prev_op
        if type(op) is scf.IfOp:
            op = _without_unused_results(op)
            _turn_around(op)
        for region in op.regions:
            for inner in region.blocks:
                _remove_unused(inner)
        if _is_dead(op):
            op.detach()
            op.erase()
        op = previous


def _is_dead(op: Operation) -> bool:
    if any(result.uses for result in op.results):
        return False
    if type(op) is scf.IfOp:
        return all(isinstance(inner, scf.YieldOp) for region in op.regions for b in region.blocks for inner in b.ops)
    return isinstance(op, _UNUSED) or is_speculatable(op) or _is_division(op)


def _is_division(op: Operation) -> bool:
    return type(op) in (arith.DivSIOp, arith.RemSIOp, arith.FloorDivSIOp)


def _without_unused_results(op: scf.IfOp) -> scf.IfOp:
    used = [bool(result.uses) for result in op.results]
    if all(used):
        return op
    for region in op.regions:
        if region.blocks:
            end = terminator(region.block)
            end.operands = _kept(end.operands, used)
    regions = [op.detach_region(region) for region in tuple(op.regions)]
    if not any(used) and regions[1].blocks and isinstance(regions[1].block.first_op, scf.YieldOp):
        regions[1].block.erase_op(terminator(regions[1].block))
        regions[1] = Region()
    types = [result.type for result in _kept(op.results, used)]
    made = scf.IfOp.create(operands=[op.cond], result_types=types, regions=regions, location=op.location)
    _home(op).insert_op_before(made, op)
    for old, new in zip(_kept(op.results, used), made.results, strict=True):
        new.name_hint = old.name_hint
        old.replace_all_uses_with(new)
    op.detach()
    op.erase()
    return made


def _turn_around(op: scf.IfOp) -> None:
    """`if a == b: nothing, else: x` becomes `if a != b: x`."""
    condition = op.cond.owner
    then, other = op.regions
    if op.results or not other.blocks or not isinstance(then.block.first_op, scf.YieldOp):
        return
    if not isinstance(condition, arith.CmpiOp) or not op.cond.has_one_use():
        return
    inverse = _INVERSE[condition.predicate.value.data]
    condition.properties["predicate"] = _PREDICATES[inverse]
    for region in (then, other):
        op.detach_region(region)
    op.add_region(other)
    op.add_region(Region())


_INVERSE = {0: 1, 1: 0, 2: 5, 3: 4, 4: 3, 5: 2}
"""Predicates of `arith.cmpi` that hold where another does not: eq and ne, slt and sge, sle and sgt."""


def _home(op: Operation) -> Block:
    """The block that an operation stands in."""
    home = op.parent
    assert home is not None
    return home


def _kept(items: Sequence[T], kept: Sequence[bool]) -> list[T]:
    return [item for item, keep in zip(items, kept, strict=True) if keep]


def is_speculatable(op: Operation) -> bool:
    """Whether an operation may be computed although Python would not: it has no effect, and can't fail."""
    if type(op) in _DIVISIONS:
        return bool(constant_value(op.operands[1]))
    return type(op) in _SPECULATABLE


_DIVISIONS = frozenset(kind for kind, meaning in ARITHMETIC.items() if meaning.divides)
_SPECULATABLE = ARITHMETIC.keys() - _DIVISIONS | {arith.CmpiOp}
