"""What the passes share: rewriting that keeps source locations, and integer arithmetic that folds as it is built."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from inspect import signature
from typing import TypeVar, get_args

from xdsl.builder import Builder
from xdsl.dialects import arith
from xdsl.dialects.builtin import IntegerAttr, ModuleOp, UnknownLoc, i32
from xdsl.ir import Block, Operation, SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern
from xdsl.rewriter import InsertPoint

from ttlang.analysis.arithmetic import constant_value
from ttlang.analysis.intervals import wrapped
from ttlang.dialects.attributes import i32_attr
from ttlang.dialects.making import made
from ttlang.dialects.walking import operations, operations_of

OpT = TypeVar("OpT", bound=Operation)
PatternT = TypeVar("PatternT", bound=RewritePattern)

_KINDS: dict[object, tuple[type[Operation], ...]] = {}
"""For the methods of patterns, the operations they rewrite."""


_Rewrite = Callable[[PatternT, OpT, PatternRewriter], None]


def rewrites(method: _Rewrite[PatternT, OpT]) -> _Rewrite[PatternT, Operation]:
    """xDSL's `op_type_rewrite_pattern`, for patterns that `convert` takes: it looks at no other operations."""
    rewrite = op_type_rewrite_pattern(method)
    annotation = tuple(signature(method, eval_str=True).parameters.values())[-2].annotation
    _KINDS[rewrite] = get_args(annotation) or (annotation,)
    return rewrite


def set_location(new: Operation, source: Operation) -> None:
    """Gives `new` and all in it that have no location that of `source`."""
    for op in operations(new) if new.regions else (new,):
        if type(op.location) is UnknownLoc:
            op.location = source.location


def convert(module: ModuleOp, *patterns: RewritePattern) -> None:
    """
    One walk with all patterns, over what is there before it. The operations that a pattern makes get the location of
    the one it rewrites. Nothing is deleted but by them.
    """
    kinds = tuple(kind for pattern in patterns for kind in _KINDS[type(pattern).match_and_rewrite])
    removed: set[Operation] = set()
    for op in operations_of(module, *dict.fromkeys(kinds)):
        if op in removed:
            continue
        rewriter = PatternRewriter(op)
        rewriter.operation_insertion_handler.append(lambda new, source=op: set_location(new, source))
        rewriter.operation_removal_handler.append(lambda old: removed.update(operations(old)))
        for pattern in patterns:
            pattern.match_and_rewrite(op, rewriter)
            if rewriter.has_done_action:
                break


def insert_at(builder: Builder, op: Operation) -> None:
    """Inserts an operation where a builder is that nobody listens to: it looks for listeners each time."""
    point = builder.insertion_point
    if point.insert_before is None:
        point.block.add_op(op)
    else:
        point.block.insert_op_before(op, point.insert_before)


class Ints:
    """
    Builds `i32` arithmetic at one place. Folds constants, and keeps one operation for each constant, at the start of
    the thread.
    """

    def __init__(self, entry: Block, insert: Callable[[Operation], object], source: Operation):
        self._entry = entry
        self._insert = insert
        self._source = source

    @classmethod
    def before(cls, op: Operation, rewriter: PatternRewriter) -> Ints:
        return cls(entry_block(op), lambda new: rewriter.insert(new), op)

    @classmethod
    def at(cls, builder: Builder, source: Operation) -> Ints:
        return cls(entry_block(source), partial(insert_at, builder), source)

    def constant(self, value: int) -> SSAValue:
        return constant_at(self._entry, value, self._source)

    def add(self, left: SSAValue, right: SSAValue) -> SSAValue:
        a, b = constant_value(left), constant_value(right)
        if a is not None and b is not None:
            return self.constant(wrapped(a + b))
        if a == 0 or b == 0:
            return right if a == 0 else left
        return self.emit(made(arith.AddiOp, (left, right), (left.type,)))

    def sub(self, left: SSAValue, right: SSAValue) -> SSAValue:
        a, b = constant_value(left), constant_value(right)
        if a is not None and b is not None:
            return self.constant(wrapped(a - b))
        return left if b == 0 else self.emit(made(arith.SubiOp, (left, right), (left.type,)))

    def mul(self, left: SSAValue, right: SSAValue) -> SSAValue:
        a, b = constant_value(left), constant_value(right)
        if a is not None and b is not None:
            return self.constant(wrapped(a * b))
        if a == 0 or b == 0:
            return self.constant(0)
        if a == 1 or b == 1:
            return right if a == 1 else left
        return self.emit(made(arith.MuliOp, (left, right), (left.type,)))

    def rem(self, left: SSAValue, size: int) -> SSAValue:
        """The remainder of a division of what is not negative."""
        return self.emit(arith.RemSIOp(left, self.constant(size)))

    def div(self, left: SSAValue, right: SSAValue) -> SSAValue:
        """The quotient, rounded down, of what is not negative."""
        a, b = constant_value(left), constant_value(right)
        if a is not None and b is not None:
            return self.constant(a // b)
        return left if b == 1 else self.emit(arith.DivSIOp(left, right))

    def emit(self, op: Operation) -> SSAValue:
        """Inserts an operation, with the location of the source; returns its result."""
        self.insert(op)
        return op.results[0]

    def insert(self, op: Operation) -> None:
        """Inserts an operation, with the location of the source."""
        op.location = self._source.location
        self._insert(op)


def entry_block(op: Operation) -> Block:
    """The outermost block of the thread that an operation stands in."""
    threads = _threads()
    block = op.parent_block()
    while block is not None and (parent := block.parent_op()) is not None:
        if isinstance(parent, threads):
            return block
        block = parent.parent_block()
    raise AssertionError(f"{op.name} is not in a thread")


@cache
def _threads() -> tuple[type[Operation], ...]:
    from ttlang.dialects import ttkernel, ttl

    return ttl.ThreadOp, ttkernel.KernelOp


def constant_at(entry: Block, value: int, source: Operation) -> SSAValue:
    """The constant at the start of a thread; made, with the location of `source`, if it isn't there."""
    attr = i32_attr(value)
    op = entry.first_op
    while type(op) is arith.ConstantOp:
        held = op.properties["value"]
        # Few attributes are compared field by field.
        if held is attr or (isinstance(held, IntegerAttr) and held.value.data == value and held == attr):
            return op.results[0]
        op = op.next_op
    new = made(arith.ConstantOp, (), (i32,), {"value": attr}, location=source.location)
    if op is None:
        entry.add_op(new)
    else:
        entry.insert_op_before(new, op)
    return new.result


def at_entry(entry: Block, op: Operation) -> Operation:
    """Puts an operation behind the constants at the start of a thread."""
    place = entry.first_op
    while isinstance(place, arith.ConstantOp):
        place = place.next_op
    builder = Builder(InsertPoint.at_end(entry) if place is None else InsertPoint.before(place))
    return builder.insert(op)
