"""Where two paths meet: values that differ between them become results of an `scf.if`, or are selected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import i1
from xdsl.ir import Block, Region, SSAValue

from ttlang.analysis.arithmetic import constant_value
from ttlang.diagnostics import Diagnostic, Related
from ttlang.dialects import ttl
from ttlang.dialects.ttl import BlockType, ElementType
from ttlang.dialects.typed_values import owner_of
from ttlang.frontend.blocks import copies, i32_arithmetic, row_major_blocks
from ttlang.frontend.blocks.common_values import as_common, common_type, computed
from ttlang.frontend.blocks.unused_arithmetic import is_speculatable
from ttlang.frontend.blocks.values import (
    FALSE,
    NONE,
    POISON,
    TRUE,
    BlockValue,
    Bool,
    ElementValue,
    Fill,
    Group,
    Host,
    Int,
    Poison,
    SettledTransfer,
    TransferValue,
    Unusable,
    Value,
    describe,
    host_integer,
    is_integer,
    same_value,
)
from ttlang.frontend.python.liveness import Names
from ttlang.frontend.python.thread_compiler import ThreadCompiler

# Variables that no program can name: how far control has come. They are joined like all others.
ACTIVE = "$active"
"""Whether the statements that follow in this list are run; absent: they are."""
BREAK = "$break"
"""Whether the loop has been left; absent: it has not."""
RETURN = "$return"
"""Whether the function has returned; absent: it has not."""
RESULT = "$result"
"""What it has returned."""
_DEFAULTS: dict[str, Value] = {ACTIVE: TRUE, BREAK: FALSE, RETURN: FALSE}
HIDDEN = (ACTIVE, BREAK, RETURN, RESULT)

_INLINE_LIMIT = 8
"""Operations that are computed on both paths rather than branched around."""

Rebuild = Callable[[Sequence[SSAValue]], Value]
"""Makes the value that holds after the paths have met, from the results of the `scf.if`."""


@dataclass
class Path:
    """One of two paths, compiled into a block that no operation holds yet."""

    block: Block
    env: dict[str, Value]
    value: Value = NONE


def compile_path(c: ThreadCompiler, body: Callable[[], Value | None]) -> Path:
    """Runs a compilation into a block of its own, on a copy of the variables."""
    scope = c.scope
    env, block = scope.env, Block()
    scope.env = dict(env)
    c.conditions += 1
    try:
        with c.inside(block):
            value = body()
        return Path(block, scope.env, value or NONE)
    finally:
        scope.env = env
        c.conditions -= 1


def empty_path(c: ThreadCompiler, value: Value = NONE) -> Path:
    return Path(Block(), dict(c.scope.env), value)


@dataclass
class _Join:
    """Collects the pairs of values that the two paths yield."""

    c: ThreadCompiler
    then: Path
    other: Path
    pairs: list[tuple[SSAValue, SSAValue]] = field(default_factory=list[tuple[SSAValue, SSAValue]])

    def join(self, first: Value, second: Value) -> Rebuild:
        if same_value(first, second):
            return lambda _: first
        if first is DEAD or second is DEAD:
            return self._join_dead(second if first is DEAD else first, first is DEAD)
        for value in (first, second):
            if isinstance(value, Poison | Unusable):
                return lambda _, value=value: value
        if is_integer(first) and is_integer(second):
            return self._join_integers(first, second)
        if (groups := _as_groups(first, second)) is not None:
            a, b = groups
            items = [self.join(x, y) for x, y in zip(a.items, b.items, strict=True)]
            return lambda results: Group(tuple(item(results) for item in items), a.kind)
        if isinstance(first, TransferValue | SettledTransfer) and isinstance(second, TransferValue | SettledTransfer):
            return self._join_transfers(first, second)
        if (type_ := common_type(self.c, first, second)) is not None:
            return self._join_common(first, second, type_)
        conflict = self._conflict(first, second)
        return lambda _: conflict

    def _join_dead(self, value: Value, first: bool) -> Rebuild:
        """Of a value and of one that does not matter."""
        if isinstance(value, Host | Poison) or any(value is known for known in self.c.scope.env.values()):
            return lambda _: value
        stand_in = _stand_in(value)
        if isinstance(stand_in, Unusable):
            return lambda _: DEAD
        return self.join(stand_in, value) if first else self.join(value, stand_in)

    def _join_integers(self, first: Value, second: Value) -> Rebuild:
        truth = _is_truth(first) and _is_truth(second)
        index = len(self.pairs)
        self.pairs.append((self._yield(self.then, first, truth), self._yield(self.other, second, truth)))
        return lambda results: Bool(results[index]) if truth else Int(results[index])

    def _join_common(self, first: Value, second: Value, type_: BlockType | ElementType) -> Rebuild:
        for value in (first, second):
            row_major_blocks.learn(self.c, value)
        index = len(self.pairs)
        ends: list[SSAValue] = []
        for path, value in ((self.then, first), (self.other, second)):
            with self.c.inside(path.block):
                ends.append(as_common(self.c, value, type_))
        self.pairs.append((ends[0], ends[1]))
        return lambda results: computed(results[index])

    def _join_transfers(
        self, first: TransferValue | SettledTransfer, second: TransferValue | SettledTransfer
    ) -> Rebuild:
        """
        Each path waits for its own, at its end: a copy from or to a tensor is done some time, whoever waits. What goes
        through a pipe may need what comes after the paths.
        """
        ends = [(p, v) for p, v in ((self.then, first), (self.other, second)) if isinstance(v, TransferValue)]
        if any(owner_of(value.ssa, ttl.CopyOp).pipe is not None for _, value in ends):
            conflict = self._conflict(first, second)
            return lambda _: conflict
        for path, value in ends:
            with self.c.inside(path.block):
                copies.wait(self.c, value)
        return lambda _: SettledTransfer()

    def _yield(self, path: Path, value: Value, truth: bool) -> SSAValue:
        with self.c.inside(path.block):
            if not truth:
                return self.c.integer(value)
            return value.ssa if isinstance(value, Bool) else self.c.truth_constant(bool(host_integer(value)))

    def _conflict(self, first: Value, second: Value) -> Unusable:
        a, b = describe(first), describe(second)
        how = f"is {a} on one path and {b} on the other" if a != b else f"is another one on each path, each {a}"
        return conflict(how, Related(self.c.span(), "the paths split here"))


def conflict(how: str, related: Related, hint: str | None = None) -> Unusable:
    """The value of a variable that is not the same in every run, and is of a kind that can't be carried."""

    def report(name: str) -> Diagnostic:
        return Diagnostic("TTL0111", f"{name} {how}", hint=hint or _CARRY_HINT, related=(related,))

    return Unusable(report)


_CARRY_HINT = "integers, truth values and blocks of one shape can differ between paths: use the value on each of them"


DEAD = Unusable(lambda name: Diagnostic("TTL0104", f"{name} may be unbound here"))
"""The value of a variable on a path on which nothing reads it."""


def unbound(how: str, related: Related) -> Unusable:
    """The value of a variable that has none on some path."""
    return Unusable(
        lambda name: Diagnostic("TTL0104", f"{name} {how}", hint=f"give {name} a value before that", related=(related,))
    )


def join_paths(
    c: ThreadCompiler, condition: SSAValue, then: Path, other: Path, live: Names, jump_live: Names = frozenset()
) -> None:
    """
    Ends a branch on `condition`: adds what the paths compute, and binds the variables to what holds after them. `live`
    are the names that are read where control goes on, `jump_live` those that are where a break or continue leads.
    """
    join = _Join(c, then, other)
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
            first, second = (_at_end(path, name, live, jump_live) for path in (then, other))
            if first is None or second is None:
                first = second = unbound("is bound on one path only", Related(c.span(), "the paths split here"))
            rebuilt[name] = join.join(first, second)
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
    if name in _DEFAULTS:
        return first or _DEFAULTS[name], second or _DEFAULTS[name]
    return first or _stand_in(second), second or _stand_in(first)


def _at_end(path: Path, name: str, live: Names, jump_live: Names) -> Value | None:
    """What a variable stands for at the end of a path; anything, if nothing reads it where the path leads."""
    active = path.env.get(ACTIVE, TRUE)
    reads = (live if active.value else jump_live) if isinstance(active, Host) else live | jump_live
    return path.env.get(name, None if name in reads else DEAD)


def join_values(c: ThreadCompiler, condition: SSAValue, then: Path, other: Path) -> Value:
    """The value of a conditional expression: that of one path or of the other. They may bind names."""
    join = _Join(c, then, other)
    make = join.join(then.value, other.value)
    before = c.scope.env
    changed = {name for path in (then, other) for name, value in path.env.items() if before.get(name) is not value}
    bound: dict[str, Rebuild] = {}
    for name in sorted(changed):
        first, second = then.env.get(name), other.env.get(name)
        if first is None or second is None:
            first = second = unbound("is bound on one path only", Related(c.span(), "the paths split here"))
        bound[name] = join.join(first, second)
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
    if can_inline(then, other) and not any(isinstance(first.type, BlockType) for first, _ in pairs):
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


def _select(c: ThreadCompiler, condition: SSAValue, first: SSAValue, second: SSAValue) -> SSAValue:
    if first is second:
        return first
    if first.type == i1 and (values := (constant_value(first), constant_value(second))) in ((1, 0), (0, 1)):
        return condition if values[1] == 0 else i32_arithmetic.negate(c, condition)
    return c.compute(arith.SelectOp, [condition, first, second], first.type, {})


def _is_truth(value: Value) -> bool:
    return isinstance(value, Bool) or (isinstance(value, Host) and isinstance(value.value, bool))


def _as_groups(first: Value, second: Value) -> tuple[Group, Group] | None:
    """Both as tuples (or lists) of one length, if they are."""
    groups: list[Group] = []
    for value in (first, second):
        if isinstance(value, Host) and type(value.value) in (tuple, list):
            value = Group(tuple(Host(item) for item in value.value), tuple if isinstance(value.value, tuple) else list)
        if isinstance(value, Group):
            groups.append(value)
    if len(groups) < 2 or groups[0].kind is not groups[1].kind or len(groups[0].items) != len(groups[1].items):
        return None
    return groups[0], groups[1]


def _returned_value(name: str) -> Diagnostic:
    return Diagnostic(
        "TTL0003",
        "a value of this kind can't be returned from the middle of a function yet",
        hint="return it at the end of the function, on every path",
    )


def _stand_in(value: Value | None) -> Value:
    """Something of the kind of a function's result, for the paths on which it has not returned yet."""
    match value:
        case Int() | ElementValue():
            return Host(0)
        case Bool():
            return FALSE
        case Group(items, kind):
            return Group(tuple(_stand_in(item) for item in items), kind)
        case BlockValue(buffer=None) | Fill(shape=tuple()):
            return Fill(0, value.type.sizes if isinstance(value, BlockValue) else value.shape)
        case None:
            return POISON
        case Host():
            return value
        case _:
            return Unusable(_returned_value)
