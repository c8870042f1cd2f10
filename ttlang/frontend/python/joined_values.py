"""What a variable stands for where two paths meet: results of an `scf.if`, or a reason why it has no value there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from xdsl.ir import SSAValue

from ttlang.diagnostics import Diagnostic, Related
from ttlang.dialects import ttl
from ttlang.dialects.ttl import BlockType, ElementType
from ttlang.frontend.blocks import copies, row_major_blocks
from ttlang.frontend.blocks.acquired_blocks import are_alike, hand_on, held
from ttlang.frontend.blocks.common_values import as_common, common_type, computed
from ttlang.frontend.blocks.known_values import host_integer, is_integer, same_value
from ttlang.frontend.blocks.thread_builder import block_of
from ttlang.frontend.blocks.values import (
    FALSE,
    POISON,
    TRUE,
    BlockValue,
    Bool,
    Chosen,
    ChosenTransfer,
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
)
from ttlang.frontend.python.paths import Path
from ttlang.frontend.python.thread_compiler import ThreadCompiler
from ttlang.language.buffers import CircularBuffer
from ttlang.language.pipes import Pipe
from ttlang.language.tensors import TensorParameter

_Transfer = TransferValue | ChosenTransfer | SettledTransfer
Rebuild = Callable[[Sequence[SSAValue]], Value]
"""Makes the value that holds after the paths have met, from the results of the `scf.if`."""


@dataclass
class Join:
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
        if isinstance(first, _Transfer) and isinstance(second, _Transfer):
            return self._join_transfers(first, second)
        if isinstance(first, BlockValue) and isinstance(second, BlockValue) and are_alike(first, second):
            return self._join_held(first, second)
        if self._is_acquired_here(first) and self._is_acquired_here(second):
            return self._join_chosen(first, second)
        if (type_ := common_type(self.c, first, second)) is not None:
            return self._join_common(first, second, type_)
        if all(self._may_be_chosen(value) for value in (first, second)):
            return self._join_chosen(first, second)
        conflict = self._conflict(first, second)
        return lambda _: conflict

    def join_bound(self, first: Value | None, second: Value | None) -> Rebuild:
        """Of a variable, which may have no value on a path."""
        if first is None or second is None:
            first = second = unbound("is bound on one path only", self._split)
        return self.join(first, second)

    @property
    def _split(self) -> Related:
        return Related(self.c.span(), "the paths split here")

    def _join_dead(self, value: Value, first: bool) -> Rebuild:
        """Of a value and of one that does not matter."""
        if isinstance(value, Host | Poison) or any(value is known for known in self.c.scope.env.values()):
            return lambda _: value
        instead = stand_in(value)
        if isinstance(instead, Unusable):
            return lambda _: DEAD
        return self.join(instead, value) if first else self.join(value, instead)

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
            is_acquired = self._is_acquired_here(value)
            with self.c.inside(path.block):
                if is_acquired and isinstance(value, BlockValue):
                    # Its block can be released where the path ends.
                    value = BlockValue(self.c.emit(ttl.ViewOp(value.ssa)).result)
                ends.append(as_common(self.c, value, type_))
        self.pairs.append((ends[0], ends[1]))
        return lambda results: computed(results[index])

    def _join_held(self, first: BlockValue, second: BlockValue) -> Rebuild:
        """The block that is held where the paths meet, whichever of them has acquired it."""
        for path, block in ((self.then, first), (self.other, second)):
            with self.c.inside(path.block):
                hand_on(self.c, block)
        return lambda _: held(self.c, first)

    def _join_transfers(self, first: _Transfer, second: _Transfer) -> Rebuild:
        """
        Each path waits for its own, at its end: a copy from or to a tensor is done some time, whoever waits. What goes
        through a pipe may need what comes after the paths: it is waited for there, if both are under way before them.
        """
        ends = [(p, v) for p, v in ((self.then, first), (self.other, second)) if isinstance(v, TransferValue)]
        if any(isinstance(v, ChosenTransfer) for v in (first, second)) or any(v.pipe is not None for _, v in ends):
            if copies.are_alike(first, second):
                return self._join_alike(first, second)
            if not isinstance(first, SettledTransfer) and not isinstance(second, SettledTransfer):
                return self._choose(first, second)
            conflict = self._conflict(first, second)
            return lambda _: conflict
        for path, value in ends:
            with self.c.inside(path.block):
                copies.wait(self.c, value)
        return lambda _: SettledTransfer()

    def _join_alike(self, first: Value, second: Value) -> Rebuild:
        """The next handle of one name, whichever path has begun the transfer, and its block."""
        assert isinstance(first, TransferValue)
        assert isinstance(second, TransferValue)
        block, index = self.join(first.block, second.block), len(self.pairs)
        self.pairs.append((first.ssa, second.ssa))

        def rebuild(results: Sequence[SSAValue]) -> Value:
            its_block = block(results)
            assert isinstance(its_block, BlockValue)
            return TransferValue(results[index], its_block, first.pipe)

        return rebuild

    def _choose(self, first: TransferValue | ChosenTransfer, second: TransferValue | ChosenTransfer) -> Rebuild:
        """One of several transfers, which have begun before the paths part."""
        if not (self._has_begun(first) and self._has_begun(second)):
            conflict = self._conflict(first, second)
            return lambda _: conflict
        flag, a, b = self._flag(), self._member(first, True), self._member(second, False)

        def rebuild(results: Sequence[SSAValue]) -> Value:
            one, other = a(results), b(results)
            assert isinstance(one, TransferValue | ChosenTransfer)
            assert isinstance(other, TransferValue | ChosenTransfer)
            return ChosenTransfer(flag(results), one, other)

        return rebuild

    def _has_begun(self, transfer: TransferValue | ChosenTransfer) -> bool:
        """Whether that is so where the paths part."""
        if isinstance(transfer, ChosenTransfer):
            return self._has_begun(transfer.first) and self._has_begun(transfer.second)
        return self.c.is_in(block_of(transfer.ssa))

    def _member(self, value: Value, first: bool) -> Rebuild:
        """What one path gives to choose from: a choice of its own is told behind it, too."""
        if not isinstance(value, Chosen | ChosenTransfer):
            return lambda _: value
        index, is_first = len(self.pairs), self._yield(self.then if first else self.other, value.is_first, True)
        unused = self._yield(self.other if first else self.then, FALSE, True)
        self.pairs.append((is_first, unused) if first else (unused, is_first))
        a, b = self._member(value.first, first), self._member(value.second, first)
        return lambda results: replace(value, is_first=Bool(results[index]), first=a(results), second=b(results))

    def _join_chosen(self, first: Value, second: Value) -> Rebuild:
        """One of two that the thread has: a block that its own path has acquired is held where the paths meet."""
        for path, value in ((self.then, first), (self.other, second)):
            if isinstance(value, BlockValue) and self._is_acquired_here(value):
                with self.c.inside(path.block):
                    hand_on(self.c, value)
        flag, a, b = self._flag(), self._member(first, True), self._member(second, False)
        return lambda results: Chosen(flag(results), a(results), b(results))

    def _is_acquired_here(self, value: Value) -> bool:
        """Whether a value is a block that is acquired on a path, and not before the paths part."""
        if not isinstance(value, BlockValue) or value.buffer is None:
            return False
        return not self.c.is_in(block_of(value.ssa))

    def _may_be_chosen(self, value: Value) -> bool:
        """Whether a value is one that the thread can have, whichever path it takes: a block, a buffer, a tensor."""
        if isinstance(value, BlockValue):
            return value.buffer is not None
        if isinstance(value, Chosen):
            return self._may_be_chosen(value.first) and self._may_be_chosen(value.second)
        return isinstance(value, Host) and isinstance(value.value, CircularBuffer | TensorParameter | Pipe)

    def _flag(self) -> Callable[[Sequence[SSAValue]], Bool]:
        """Which path has been taken."""
        index = len(self.pairs)
        self.pairs.append((self._yield(self.then, TRUE, True), self._yield(self.other, FALSE, True)))
        return lambda results: Bool(results[index])

    def _yield(self, path: Path, value: Value, truth: bool) -> SSAValue:
        with self.c.inside(path.block):
            if not truth:
                return self.c.integer(value)
            return value.ssa if isinstance(value, Bool) else self.c.truth_constant(bool(host_integer(value)))

    def _conflict(self, first: Value, second: Value) -> Unusable:
        a, b = describe(first), describe(second)
        how = f"is {a} on one path and {b} on the other" if a != b else f"is another one on each path, each {a}"
        return conflict(how, self._split)


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


def stand_in(value: Value | None) -> Value:
    """Something of the kind of a function's result, for the paths on which it has not returned yet."""
    match value:
        case Int() | ElementValue():
            return Host(0)
        case Bool():
            return FALSE
        case Group(items, kind):
            return Group(tuple(stand_in(item) for item in items), kind)
        case BlockValue(buffer=None) | Fill(shape=tuple()):
            return Fill(0, value.type.sizes if isinstance(value, BlockValue) else value.shape)
        case None:
            return POISON
        case Host():
            return value
        case _:
            return Unusable(_returned_value)
