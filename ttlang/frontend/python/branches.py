"""Where two paths meet: an `scf.if` gives the values that differ between them, or they are selected."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import i1
from xdsl.ir import Block, Region, SSAValue

from ttlang.analysis.arithmetic import constant_value
from ttlang.dialects.ttl import BlockType, TransferHandleType
from ttlang.frontend.blocks import i32_arithmetic
from ttlang.frontend.blocks.unused_arithmetic import is_speculatable
from ttlang.frontend.blocks.values import TRUE, Host, Value
from ttlang.frontend.python.joined_values import DEAD, Join, Rebuild, stand_in
from ttlang.frontend.python.liveness import Names
from ttlang.frontend.python.paths import ACTIVE, DEFAULTS, HIDDEN, Path
from ttlang.frontend.python.thread_compiler import ThreadCompiler

_INLINE_LIMIT = 8
"""Operations that are computed on both paths rather than branched around."""


def join_paths(
    c: ThreadCompiler, condition: SSAValue, then: Path, other: Path, live: Names, jump_live: Names = frozenset()
) -> None:
    """
    Ends a branch on `condition`: adds what the paths compute, and binds the variables to what holds after them. `live`
    are the names that are read where control goes on, `jump_live` those that are where a break or continue leads.
    """
    join = Join(c, then, other)
    if ACTIVE not in then.env and ACTIVE not in other.env:
        jump_live = frozenset()
    kept = {name: value for name, value in then.env.items() if other.env.get(name) is value}
    rebuilt: dict[str, Rebuild] = {}
    for name in sorted({*live, *jump_live, *HIDDEN, *then.env, *other.env}):
        if name in kept or (name not in then.env and name not in other.env):
            continue
        if name in HIDDEN:
            rebuilt[name] = join.join(*_hidden(name, then, other))
        elif name in live or name in jump_live:
            rebuilt[name] = join.join_bound(*(_at_end(path, name, live, jump_live) for path in (then, other)))
        else:
            kept[name] = DEAD
    results = _branch(c, condition, then.block, other.block, join.pairs)
    c.scope.env = kept
    for name, make in rebuilt.items():
        if name in HIDDEN:
            kept[name] = make(results)
        else:
            c.assign(name, make(results))


def _hidden(name: str, then: Path, other: Path) -> tuple[Value, Value]:
    first, second = then.env.get(name), other.env.get(name)
    if name in DEFAULTS:
        return first or DEFAULTS[name], second or DEFAULTS[name]
    return first or stand_in(second), second or stand_in(first)


def _at_end(path: Path, name: str, live: Names, jump_live: Names) -> Value | None:
    """What a variable stands for at the end of a path; anything, if nothing reads it where the path leads."""
    active = path.env.get(ACTIVE, TRUE)
    reads = (live if active.value else jump_live) if isinstance(active, Host) else live | jump_live
    return path.env.get(name, None if name in reads else DEAD)


def join_values(c: ThreadCompiler, condition: SSAValue, then: Path, other: Path) -> Value:
    """The value of a conditional expression: that of one path or of the other. They may bind names."""
    join = Join(c, then, other)
    make = join.join(then.value, other.value)
    before = c.scope.env
    changed = {name for path in (then, other) for name, value in path.env.items() if before.get(name) is not value}
    bound = {name: join.join_bound(then.env.get(name), other.env.get(name)) for name in sorted(changed)}
    results = _branch(c, condition, then.block, other.block, join.pairs)
    for name, rebuild in bound.items():
        c.assign(name, rebuild(results))
    return make(results)


def can_inline(*blocks: Block) -> bool:
    """Whether blocks are few cheap operations that may be computed in any case."""
    ops = [op for block in blocks for op in block.ops]
    return len(ops) <= _INLINE_LIMIT and all(map(is_speculatable, ops))


def move_operations(block: Block, target: Block) -> None:
    """Moves all operations to the end of another block."""
    for op in tuple(block.ops):
        op.detach()
        target.add_op(op)


def _branch(
    c: ThreadCompiler, condition: SSAValue, then: Block, other: Block, pairs: Sequence[tuple[SSAValue, SSAValue]]
) -> list[SSAValue]:
    if can_inline(then, other) and not any(isinstance(first.type, _UNSELECTED) for first, _ in pairs):
        move_operations(then, c.block)
        move_operations(other, c.block)
        return [_select(c, condition, first, second) for first, second in pairs]
    for block, values in zip((then, other), zip(*pairs, strict=True) if pairs else ((), ()), strict=True):
        terminator = scf.YieldOp.create(operands=values)
        terminator.location = c.location()
        block.add_op(terminator)
    types = [first.type for first, _ in pairs]
    # An `else` without statements and results is no `else`.
    has_other = pairs or other.first_op is not other.last_op
    regions = [Region(then), Region(other) if has_other else Region()]
    return list(c.emit(scf.IfOp.create(operands=[condition], result_types=types, regions=regions)).results)


_UNSELECTED = (BlockType, TransferHandleType)
"""Types of what is no number."""


def _select(c: ThreadCompiler, condition: SSAValue, first: SSAValue, second: SSAValue) -> SSAValue:
    if first is second:
        return first
    if first.type == i1 and (values := (constant_value(first), constant_value(second))) in ((1, 0), (0, 1)):
        return condition if values[1] == 0 else i32_arithmetic.negate(c, condition)
    return c.compute(arith.SelectOp, [condition, first, second], first.type, {})
