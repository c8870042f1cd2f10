"""
TTL0403, TTL0410, TTL0413, TTL0502, TTL0503: what a thread holds on its paths, and at their ends.

TTL0403: a block is not released. TTL0410: only the last write of a loop is kept. TTL0413: paths that meet hold
different blocks. TTL0502: a transfer is not waited for. TTL0503: one is waited for in each turn of a loop.

A walk over the structured control flow keeps, for each buffer, what the thread holds of it, and for each transfer
whether it was waited for; what breaks a rule becomes a diagnostic. Where paths meet, what they hold has to be the same,
unless a flag that the `if` yields tells them apart: that is how `break` and `continue` are written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from xdsl.dialects import scf
from xdsl.ir import Block, Operation, SSAValue

from ttlang.analysis.buffer_flow import buffer_of
from ttlang.analysis.carried_transfers import Renaming, into_body, into_loop, into_next_turn, out_of_branch, out_of_loop
from ttlang.analysis.dst import postorder
from ttlang.analysis.inferred_ends import why_open
from ttlang.analysis.linear_forms import CORE_OPS, turns_of
from ttlang.analysis.locations import span_of
from ttlang.analysis.open_ends import MOST_PATHS
from ttlang.analysis.path_conditions import true_but_in_last_turn
from ttlang.checks.block_accesses import evaluate, give, look, read, store, write
from ttlang.checks.path_state import HeldBlock, PathState
from ttlang.checks.releases import acquire, hand_on, release
from ttlang.checks.thread_report import Note, ThreadReport, buffer_name, wait_at_once
from ttlang.checks.transfers import copy, element, wait, wait_any
from ttlang.diagnostics import Diagnostic, fixes
from ttlang.dialects import ttl
from ttlang.dialects.ttl import pipes_of
from ttlang.dialects.walking import operations_in, operations_of


def _turns_text(loop: Operation) -> str:
    turns = turns_of(loop)
    return f"runs {turns} times" if turns else "may run more than once or never"


def _sent(kernel: ttl.KernelOp) -> Iterator[SSAValue]:
    """The buffers whose blocks are sent through pipes, which uses their data before they come to their reader."""
    for op in operations_of(kernel, ttl.CopyOp):
        if op.direction is ttl.Direction.SEND and (cb := buffer_of(op.source)):
            yield cb


def _apply(report: ThreadReport, op: Operation, state: PathState) -> None:
    """What a single operation does to the blocks that the thread holds, and what is wrong with it."""
    match op:
        case ttl.AcquireOp():
            acquire(report, op, state)
        case ttl.ReleaseOp():
            release(report, op, state)
        case ttl.StoreOp():
            store(report, op, state)
        case ttl.TilizeOp() | ttl.UntilizeOp():
            read(report, op.source, op, state)
            write(report, op.target, op, state)
        case ttl.CopyOp():
            copy(report, op, state)
        case ttl.PrintBlockOp():
            look(report, op.block, op, state)
        case ttl.WaitOp():
            wait(report, op, state)
        case ttl.ElementOp():
            element(report, op, state)
        case ttl.ElementwiseOp() | ttl.TypecastOp() | ttl.FromL1Op() | ttl.ViewOp():
            evaluate(report, op, state)
        case scf.YieldOp() | scf.ForOp() | scf.WhileOp():
            give(report, op, state)
        case ttl.HandOnOp():
            hand_on(report, op, state)
        case _:
            pass


_ON_OTHER_WAYS = frozenset(
    {scf.IfOp, ttl.WaitAnyOp, ttl.IfPipeSrcOp, ttl.IfPipeDstOp, scf.ForOp, scf.WhileOp, scf.ConditionOp}
)
"""Behind these, or in them, there may be other paths than before."""


def _decides_more(condition: SSAValue) -> bool:
    """
    Whether several branches ask for a condition. Those of a core's place are many, and exclude each other in ways that
    paths don't know: they are not told apart.
    """
    asks = sum(isinstance(use.operation, scf.IfOp) for use in condition.uses)
    return asks > 1 and not any(isinstance(op, CORE_OPS) for op in postorder([condition], _operands))


def _operands(op: Operation) -> Sequence[SSAValue]:
    return op.operands


class ThreadPaths:
    """Follows one thread."""

    def __init__(self, thread: ttl.ThreadOp):
        self.thread = thread
        self._lost: set[ttl.StoreOp] = set()
        kernel = thread.parent_op()
        self._has_pipes = isinstance(kernel, ttl.KernelOp) and bool(pipes_of(kernel))
        """Whether cores have roles: `checks/thread_meetings.py` follows each of them then."""
        self._inserts = isinstance(kernel, ttl.KernelOp) and kernel.spoken.missing_release == "insert"
        """Whether a release that is missing is one that can't be inferred."""
        sent = _sent(kernel) if isinstance(kernel, ttl.KernelOp) and self._has_pipes else ()
        keeps = isinstance(kernel, ttl.KernelOp) and kernel.spoken.released_values == "keep"
        computes = isinstance(thread, ttl.ComputeThreadOp)
        replaces = isinstance(kernel, ttl.KernelOp) and kernel.spoken.waited_stores == "replace"
        self._report = ThreadReport(sent=frozenset(sent), keeps_values=keeps and computes, replaces_blocks=replaces)

    def check(self) -> list[Diagnostic]:
        for state in self._visit(self.thread.body.block, [PathState()]):
            self._end_of(state, PathState(), "at the end of the thread")
        # A turn of a loop that is followed once more finds the same with other notes.
        found: dict[Diagnostic, Diagnostic] = {}
        for each in self._report.diagnostics:
            found.setdefault(replace(each, related=()), each)
        return list(found.values())

    # ------------------------------------------------------------------------------------------ control flow

    def _visit(self, block: Block, paths: list[PathState]) -> list[PathState]:
        """Follows a block from one or more states, and returns those at its end."""
        for op in operations_in(block):
            if type(op) not in _ON_OTHER_WAYS:
                for state in paths:
                    _apply(self._report, op, state)
                continue
            match op:
                case scf.IfOp():
                    paths = self._collapsed(op, [end for state in paths for end in self._visit_if(op, state)])
                case ttl.WaitAnyOp():
                    paths = self._collapsed(op, [end for state in paths for end in wait_any(self._report, op, state)])
                case ttl.IfPipeOp():
                    paths = self._collapsed(op, [end for state in paths for end in self._visit_if_pipe(op, state)])
                case scf.ForOp() | scf.WhileOp():
                    for state in paths:
                        _apply(self._report, op, state)
                    paths = self._collapsed(op, [end for state in paths for end in self._visit_loop(op, state)])
                case scf.ConditionOp():
                    for state in paths:
                        _apply(self._report, op, state)
                        self._rename(state, into_body(op))
                case _:
                    pass
        return paths

    def _visit_if(self, op: scf.IfOp, state: PathState) -> list[PathState]:
        """
        The states behind an `if`: one for each combination of the flags that it yields, and for each side of a
        condition that is asked for once more.
        """
        asked_again = (*op.results, *([op.cond] if _decides_more(op.cond) else []))
        joined: dict[tuple[bool | None, ...], PathState] = {}
        for region in op.regions:
            if not state.conditions.may_take(op, region):
                continue
            branch = state.fork()
            branch.conditions = branch.conditions.in_branch(op, region)
            for end in self._visit(region.block, [branch]) if region.blocks else [branch]:
                end.conditions = end.conditions.behind(op, region)
                self._rename(end, out_of_branch(region, op))
                flags = tuple(end.conditions.truth(asked) for asked in asked_again)
                if flags in joined:
                    self._join(op, joined[flags], end)
                else:
                    joined[flags] = end
        return list(joined.values())

    def _visit_if_pipe(self, op: ttl.IfPipeOp, state: PathState) -> list[PathState]:
        """A body that is run for none, one or more pipes. What it writes counts as written."""
        before = state.fork()
        ends = self._visit(op.body.block, [state])
        for end in ends:
            self._check_turn(op, before, end)
            end.forget_copies()
        return ends

    def _collapsed(self, op: Operation, paths: list[PathState]) -> list[PathState]:
        """
        Paths on which the same is held and written need not be told apart, unless conditions behind the operation do.
        """
        kept: list[PathState] = []
        for state in paths:
            state.conditions = state.conditions.outside(op)
            same = next((other for other in kept if other.holds_as(state) and self._are_one(other, state, paths)), None)
            if same is None:
                kept.append(state)
            else:
                self._join(op, same, state)
        return kept

    @staticmethod
    def _are_one(first: PathState, second: PathState, paths: list[PathState]) -> bool:
        alike = first.conditions.numbers == second.conditions.numbers and first.writes_as(second)
        return alike or len(paths) > MOST_PATHS

    def _join(self, op: Operation, first: PathState, second: PathState) -> None:
        """Makes `first` what is known where the two paths meet."""
        self._join_held(op, first.waited, second.waited)
        self._join_held(op, first.reserved, second.reserved)
        self._join_receives(op, first, second)
        first.in_flight |= second.in_flight
        first.selected |= second.selected
        first.conditions = first.conditions.common(second.conditions)

    def _join_receives(self, op: Operation, first: PathState, second: PathState) -> None:
        """One that is waited for on one path alone has to be one that may be waited for again."""
        for one, other in ((first, second), (second, first)):
            for handle, transfer in one.in_flight.items():
                wait = self._report.waited_for.get(handle)
                if handle in other.in_flight or handle in other.selected or not isinstance(wait, ttl.WaitOp):
                    continue
                if transfer.direction is ttl.Direction.RECEIVE:
                    self._report.add(
                        "TTL0503",
                        "this receive is waited for on one path through this `if` and not on the other",
                        op,
                        "wait() for it on both paths, or behind them",
                        ((transfer, "started here"), (wait, "waited for here")),
                    )

    def _join_held(self, op: Operation, first: dict[SSAValue, HeldBlock], second: dict[SSAValue, HeldBlock]) -> None:
        for cb in dict.fromkeys((*first, *second)):
            a, b = first.get(cb), second.get(cb)
            if a is not None and b is not None and (a.acquire is b.acquire or (a.handed and b.handed)):
                written = a.written or b.written if self._has_pipes else a.written and b.written
                a.written, a.read = written, a.read or b.read
                a.stored, a.filled = a.stored or b.stored, b.filled and a.filled
                continue
            if (held := a or b) is None:
                continue
            notes: tuple[Note, ...] = ((held.acquire, "acquired here"), *self._report.released_note(held.acquire))
            if a is not None and b is not None:
                message = f"the block of {buffer_name(cb)} is another one for each path through this `if`"
                hint = "acquire it before the `if`, or release it on both paths"
                notes += ((b.acquire, "and here"),)
            else:
                what = "acquired" if held.acquire.parent_op() is op else "released"
                message = f"{buffer_name(cb)} is {what} on one path through this `if` and not on the other"
                hint = f"{what.removesuffix('d')} it on both paths, or outside the `if`"
            self._report.add("TTL0413", message, op, hint, notes)
            self._report.unsure.add(cb)
            first.pop(cb, None)

    def _visit_loop(self, op: scf.ForOp | scf.WhileOp, state: PathState) -> list[PathState]:
        self._rename(state, into_loop(op))
        before = state.fork()
        if conditions := true_but_in_last_turn(op):
            return self._visit_turns(op, state, conditions)
        ends = self._visit_turn(op, [state])
        for end in ends if turns_of(op) != 1 else ():
            self._check_turn(op, before, end)
            end.forget_copies()
        if before.hands_on and turns_of(op) != 1:
            # Further turns begin with other blocks than the first one.
            self._visit_turn(op, [end.fork() for end in ends])
        for end in ends:
            self._rename(end, out_of_loop(op))
        return ends

    def _visit_turns(
        self, op: scf.ForOp | scf.WhileOp, state: PathState, conditions: dict[SSAValue, bool]
    ) -> list[PathState]:
        """A loop whose last turn takes other branches: it need not leave what the next one would begin with."""
        before = state.fork()
        opposite = {condition: not truth for condition, truth in conditions.items()}
        state.conditions = state.conditions.assuming(conditions)
        ends = self._visit_turn(op, [state])
        for end in ends:
            self._check_turn(op, before, end)
            end.forget_copies()
        if before.hands_on:
            self._visit_turn(op, [end.fork() for end in ends])
        for end in ends:
            end.conditions = end.conditions.assuming(opposite)
        ends = self._visit_turn(op, ends)
        for end in ends:
            self._end_of(end, before, "at the end of the loop's body")
            end.conditions = end.conditions.without(conditions)
        return ends

    def _visit_turn(self, op: scf.ForOp | scf.WhileOp, paths: list[PathState]) -> list[PathState]:
        for region in op.regions:
            paths = self._visit(region.block, paths)
        for state in paths:
            self._rename(state, into_next_turn(op))
        return paths

    def _rename(self, state: PathState, renaming: Renaming) -> None:
        """Handles go on under other names, by which they are waited for."""
        state.rename(renaming)
        for old, new in renaming:
            if new not in state.in_flight and (wait := self._report.waited_for.get(old)) is not None:
                self._report.waited_for.setdefault(new, wait)

    def _check_turn(self, op: Operation, before: PathState, state: PathState) -> None:
        """A turn of a loop ends as it began."""
        self._end_of(state, before, "at the end of the loop's body")
        self._check_kept(op, before.waited, state.waited)
        self._check_kept(op, before.reserved, state.reserved)
        for handle, transfer in before.in_flight.items():
            if handle not in state.in_flight and isinstance(wait := self._report.waited_for.get(handle), ttl.WaitOp):
                self._report.add(
                    "TTL0503",
                    f"this transfer is waited for in a loop, which {_turns_text(op)}",
                    wait,
                    "wait() for it before or after the loop",
                    ((transfer, "started here"),),
                )

    def _check_kept(self, loop: Operation, before: dict[SSAValue, HeldBlock], after: dict[SSAValue, HeldBlock]) -> None:
        """What was acquired before a loop is still held after a turn, and not stored anew in each turn."""
        for cb, old in before.items():
            new = after.get(cb)
            if new is not None and old.handed and new.handed:
                continue
            if new is None or old.acquire not in (new.acquire, *new.earlier):
                again = "" if new is None else " and acquired again"
                turns = _turns_text(loop)
                self._report.add(
                    "TTL0413",
                    f"{buffer_name(cb)} is acquired before this loop, which {turns}, and released{again} in it",
                    loop,
                    "release it after the loop, or acquire it in the loop",
                    ((old.acquire, "acquired here"), *self._report.released_note(old.acquire)),
                )
                self._report.unsure.add(cb)
            elif old.acquire in self._report.misused:
                continue
            elif new.filled and isinstance(loop, scf.ForOp | scf.WhileOp) and new.filled.parent_op() is loop:
                self._report.add(
                    "TTL0410",
                    f"the block of {buffer_name(cb)} is filled in each turn of a loop: only the last copy is kept",
                    new.filled,
                    "reserve and push it in the loop",
                    ((old.acquire, "reserved here"),),
                )
            elif new.stored and not new.stored.acc and old.stored is None and new.stored not in self._lost:
                self._lost.add(new.stored)
                self._report.add(
                    "TTL0410",
                    f"the block of {buffer_name(cb)} is stored in each turn of a loop: only the last store is kept",
                    new.stored,
                    "use block += ... in every turn: it starts at zero; or reserve and push it in the loop",
                    ((old.acquire, "reserved here"),),
                )

    def _end_of(self, state: PathState, before: PathState, place: str) -> None:
        """Reports what is held or in flight in `state` and was not so before."""
        for held_now, held_before in ((state.waited, before.waited), (state.reserved, before.reserved)):
            for cb, held in list(held_now.items()):
                if cb in held_before:
                    continue
                del held_now[cb]
                if held.again or held.earlier:
                    continue
                self._report.unsure.add(cb)
                release = held.acquire.RELEASE.METHOD
                verb = "waited for" if isinstance(held.acquire, ttl.CBWaitOp) else "reserved"
                name = buffer_name(cb)
                call = f"call ⟦release|{name}|{release}⟧{' in the loop' if 'loop' in place else ''}"
                why = (
                    f"; it is not left to the compiler: {why_open(self.thread, held.acquire)}" if self._inserts else ""
                )
                self._report.add(
                    "TTL0403",
                    f"the block of {name} that is {verb} here is still held {place}",
                    held.acquire,
                    f"{call}, or acquire it in a `with`{why}",
                    fix=() if self._inserts else fixes.release_after_use(span_of(held.acquire), release),
                )
        for handle, transfer in list(state.in_flight.items()):
            if handle in before.in_flight:
                continue
            self._report.add(
                "TTL0502",
                f"the transfer that is started here is not waited for {place}",
                transfer,
                "call wait() on what copy() returns, before the block is released",
                fix=wait_at_once(transfer),
            )
            del state.in_flight[handle]
