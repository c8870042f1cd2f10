"""
The protocol of circular buffers and transfers, followed through a thread.

A walk over the structured control flow keeps, for each buffer, what the thread holds of it, and for each transfer
whether it was waited for; what breaks a rule becomes a diagnostic. Where paths meet, what they hold has to be the same,
unless a flag that the `if` yields tells them apart: that is how `break` and `continue` are written.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from xdsl.dialects import scf
from xdsl.ir import Block, Operation, Region, SSAValue

from ttlang.analysis.dst import postorder
from ttlang.analysis.holdings import Held, State, starts_at_zero
from ttlang.analysis.integers import constant_value
from ttlang.analysis.locations import span_of
from ttlang.diagnostics import Diagnostic, Related, Severity, fixes
from ttlang.dialects import ttl, ttl_pipes
from ttlang.dialects.ttl_pipes import pipes_of


def _runs_once(loop: Operation) -> bool:
    """Whether a loop is known to run just once."""
    if not isinstance(loop, scf.ForOp):
        return False
    start, stop, step = (constant_value(value) for value in (loop.lb, loop.ub, loop.step))
    return start is not None and stop is not None and step is not None and start < stop <= start + step


def buffer_name(cb: SSAValue) -> str:
    return cast(ttl.CreateCBOp, cb.owner).name_.data


class ThreadProtocol:
    """Follows one thread; `diagnostics` holds what it found."""

    def __init__(self, thread: ttl.ThreadOp):
        self.thread = thread
        self.diagnostics: list[Diagnostic] = []
        self._waited_for: dict[SSAValue, ttl.WaitOp | ttl.ReleaseOp] = {}
        """The first operation after which a transfer is over."""
        self._lost: set[ttl.StoreOp] = set()
        kernel = thread.parent_op()
        self._has_pipes = isinstance(kernel, ttl.KernelOp) and bool(pipes_of(kernel))
        """Whether cores have roles: `analysis/verdict.py` follows each of them then."""

    def check(self) -> list[Diagnostic]:
        for state in self._visit(self.thread.body.block, [State()]):
            self._end_of(state, State(), "at the end of the thread")
        return list(dict.fromkeys(self.diagnostics))

    def _report(
        self,
        code: str,
        message: str,
        op: Operation,
        hint: str | None = None,
        related: tuple[tuple[Operation, str], ...] = (),
        severity: Severity = Severity.ERROR,
        fix: fixes.Fix = (),
    ) -> None:
        notes = tuple(Related(span, text) for other, text in related if (span := span_of(other)) is not None)
        self.diagnostics.append(Diagnostic(code, message, span_of(op), hint, notes, severity, fix))

    # ------------------------------------------------------------------------------------------ control flow

    def _visit(self, block: Block, paths: list[State]) -> list[State]:
        """Follows a block from one or more states, and returns those at its end."""
        for op in block.ops:
            match op:
                case scf.IfOp():
                    paths = self._collapsed(op, [end for state in paths for end in self._visit_if(op, state)])
                case ttl_pipes.IfPipeOp():
                    paths = self._collapsed(op, [end for state in paths for end in self._visit_if_pipe(op, state)])
                case scf.ForOp() | scf.WhileOp():
                    paths = self._collapsed(op, [end for state in paths for end in self._visit_loop(op, state)])
                case _:
                    for state in paths:
                        self._apply(op, state)
        return paths

    def _apply(self, op: Operation, state: State) -> None:
        match op:
            case ttl.AcquireOp():
                self._acquire(op, state)
            case ttl.ReleaseOp():
                self._release(op, state)
            case ttl.StoreOp():
                self._store(op, state)
            case ttl.TilizeOp() | ttl.UntilizeOp():
                self._read(op.source, op, state)
                self._write(op.target, op, state)
            case ttl.CopyOp():
                self._copy(op, state)
            case ttl.WaitOp():
                self._wait(op, state)
            case _:
                pass

    def _visit_if(self, op: scf.IfOp, state: State) -> list[State]:
        """The states behind an `if`: one for each combination of the flags that it yields."""
        joined: dict[tuple[bool | None, ...], State] = {}
        for region, truth in ((op.true_region, True), (op.false_region, False)):
            if state.truth(op.cond) not in (None, truth):
                continue
            branch = state.fork()
            branch.flags[op.cond] = truth
            for end in self._visit_branch(op, region, branch):
                flags = tuple(end.truth(result) for result in op.results)
                if flags in joined:
                    self._join(op, joined[flags], end)
                else:
                    joined[flags] = end
        return list(joined.values())

    def _visit_if_pipe(self, op: ttl_pipes.IfPipeOp, state: State) -> list[State]:
        """A body that is run for none, one or more pipes. What it writes counts as written: `verdict.py` knows."""
        before = state.fork()
        ends = self._visit(op.body.block, [state])
        for end in ends:
            self._check_turn(op, before, end)
        return ends

    def _visit_branch(self, op: scf.IfOp, region: Region, branch: State) -> list[State]:
        if not region.blocks:
            return [branch]
        ends = self._visit(region.block, [branch])
        if op.results and (last := region.block.last_op) is not None:
            for end in ends:
                truths = [end.truth(value) for value in last.operands]
                end.flags |= {r: truth for r, truth in zip(op.results, truths, strict=True) if truth is not None}
        return ends

    def _collapsed(self, op: Operation, paths: list[State]) -> list[State]:
        """Paths on which the same is held need not be told apart."""
        kept: list[State] = []
        for state in paths:
            same = next((other for other in kept if other.holds_as(state)), None)
            if same is None:
                kept.append(state)
            else:
                self._join(op, same, state)
        return kept

    def _join(self, op: Operation, first: State, second: State) -> None:
        """Makes `first` what is known where the two paths meet."""
        self._join_held(op, first.waited, second.waited)
        self._join_held(op, first.reserved, second.reserved)
        first.in_flight |= second.in_flight
        first.flags = dict(first.flags.items() & second.flags.items())
        first.released = dict(first.released.items() & second.released.items())

    def _join_held(self, op: Operation, first: dict[SSAValue, Held], second: dict[SSAValue, Held]) -> None:
        for cb in dict.fromkeys((*first, *second)):
            a, b = first.get(cb), second.get(cb)
            if a is not None and b is not None and a.acquire is b.acquire:
                written = a.written or b.written if self._has_pipes else a.written and b.written
                a.written, a.read, a.stored = written, a.read or b.read, a.stored or b.stored
                continue
            held = cast(Held, a or b)
            notes: tuple[tuple[Operation, str], ...] = ((held.acquire, "acquired here"),)
            if a is not None and b is not None:
                message = f"the block of {buffer_name(cb)} is another one for each path through this `if`"
                hint = "acquire it before the `if`, or release it on both paths"
                notes += ((b.acquire, "and here"),)
            else:
                what = "acquired" if held.acquire.parent_op() is op else "released"
                message = f"{buffer_name(cb)} is {what} on one path through this `if` and not on the other"
                hint = f"{what.removesuffix('d')} it on both paths, or outside the `if`"
            self._report("TTL0413", message, op, hint, notes)
            first.pop(cb, None)

    def _visit_loop(self, op: scf.ForOp | scf.WhileOp, state: State) -> list[State]:
        before = state.fork()
        ends = [state]
        for region in op.regions:
            ends = self._visit(region.block, ends)
        for end in ends if not _runs_once(op) else ():
            self._check_turn(op, before, end)
        return ends

    def _check_turn(self, op: Operation, before: State, state: State) -> None:
        """A turn of a loop ends as it began."""
        self._end_of(state, before, "at the end of the loop's body")
        self._check_kept(op, before.waited, state.waited)
        self._check_kept(op, before.reserved, state.reserved)
        for handle, transfer in before.in_flight.items():
            if handle not in state.in_flight and isinstance(wait := self._waited_for[handle], ttl.WaitOp):
                self._report(
                    "TTL0503",
                    "this transfer is waited for in a loop, which may run more than once or never",
                    wait,
                    "wait() for it before or after the loop",
                    ((transfer, "started here"),),
                )

    def _check_kept(self, loop: Operation, before: dict[SSAValue, Held], after: dict[SSAValue, Held]) -> None:
        """What was acquired before a loop is still held after a turn, and not stored anew in each turn."""
        for cb, old in before.items():
            new = after.get(cb)
            if new is None or new.acquire is not old.acquire:
                again = "" if new is None else " and acquired again"
                self._report(
                    "TTL0413",
                    f"{buffer_name(cb)} is released{again} in this loop, which may run more than once or never",
                    loop,
                    "release it after the loop, or acquire it in the loop",
                    ((old.acquire, "acquired here"),),
                )
            elif new.stored and not new.stored.acc and old.stored is None and new.stored not in self._lost:
                self._lost.add(new.stored)
                self._report(
                    "TTL0410",
                    f"the block of {buffer_name(cb)} is stored in each turn of a loop: only the last store is kept",
                    new.stored,
                    "use store(..., acc=True) in every turn: it starts at zero; or reserve and push it in the loop",
                    ((old.acquire, "reserved here"),),
                )

    def _end_of(self, state: State, before: State, place: str) -> None:
        """Reports what is held or in flight in `state` and was not so before."""
        for held_now, held_before in ((state.waited, before.waited), (state.reserved, before.reserved)):
            for cb, held in list(held_now.items()):
                if cb in held_before:
                    continue
                release = "pop" if isinstance(held.acquire, ttl.CBWaitOp) else "push"
                verb = "waited for" if release == "pop" else "reserved"
                name = buffer_name(cb)
                self._report(
                    "TTL0403",
                    f"the block of {name} that is {verb} here is still held {place}",
                    held.acquire,
                    f"call {name}.{release}(), or acquire it in a `with`",
                    fix=fixes.release_after_use(span_of(held.acquire), release),
                )
                del held_now[cb]
        for handle, transfer in list(state.in_flight.items()):
            if handle in before.in_flight:
                continue
            self._report(
                "TTL0502",
                f"the transfer that is started here is not waited for {place}",
                transfer,
                "call wait() on what copy() returns, before the block is released",
                fix=_wait_at_once(transfer),
            )
            del state.in_flight[handle]

    # -------------------------------------------------------------------------------------------- operations

    def _acquire(self, op: ttl.AcquireOp, state: State) -> None:
        waits = isinstance(op, ttl.CBWaitOp)
        held = state.waited if waits else state.reserved
        if (old := held.get(op.cb)) is not None:
            name, release = buffer_name(op.cb), "pop" if waits else "push"
            self._report(
                "TTL0404",
                f"{name} is {'waited for' if waits else 'reserved'} again before {name}.{release}()",
                op,
                f"a thread holds one block of a buffer at a time: call {name}.{release}() first",
                ((old.acquire, "first acquired here"),),
            )
        held[op.cb] = Held(op, written=starts_at_zero(op))
        state.released.pop((op.cb, ttl.CBPopOp if waits else ttl.CBPushOp), None)

    def _release(self, op: ttl.ReleaseOp, state: State) -> None:
        pops = isinstance(op, ttl.CBPopOp)
        name = buffer_name(op.cb)
        held = (state.waited if pops else state.reserved).pop(op.cb, None)
        if held is None:
            self._report_release(op, state)
            return
        state.released[op.cb, type(op)] = op
        for handle, transfer in list(state.in_flight.items()):
            if held.acquire.block not in transfer.operands:
                continue
            self._report(
                "TTL0504",
                f"{name} is released while a transfer of its block is under way",
                op,
                "call wait() on the transfer first",
                ((transfer, "started here"),),
                fix=_wait_at_once(transfer),
            )
            del state.in_flight[handle]
            self._waited_for.setdefault(handle, op)
        if not pops and not held.written:
            self._report(
                "TTL0409",
                f"the block of {name} is pushed, and on some path nothing was written to it",
                op,
                "store() to it, or copy() into it, before it is pushed",
                ((held.acquire, "reserved here"),),
            )
        if pops and not held.read:
            self._report(
                "TTL0414",
                f"the block of {name} is popped, and nothing has read it",
                op,
                related=((held.acquire, "waited for here"),),
                severity=Severity.WARNING,
            )

    def _report_release(self, op: ttl.ReleaseOp, state: State) -> None:
        """A release of what is not held: of the wrong kind, one too many, or with no acquisition at all."""
        pops, name = isinstance(op, ttl.CBPopOp), buffer_name(op.cb)
        verb, other = ("pop", "push") if pops else ("push", "pop")
        if (held := (state.reserved if pops else state.waited).pop(op.cb, None)) is not None:
            made = "reserved" if pops else "waited for"
            self._report(
                "TTL0402",
                f"{name}.{verb}() releases a block that was {made}",
                op,
                f"call {name}.{other}(): reserve() and push() fill a buffer, wait() and pop() empty it",
                ((held.acquire, f"{made} here"),),
                fix=fixes.rename_method(span_of(op), verb, other),
            )
            return
        earlier = state.released.get((op.cb, type(op)))
        twice = earlier is not None and earlier.parent is op.parent and span_of(op) != span_of(earlier)
        self._report(
            "TTL0402",
            f"{name}.{verb}() releases a block that this thread does not hold here",
            op,
            f"call {name}.{'wait' if pops else 'reserve'}() before it; a `with` block releases by itself",
            ((earlier, "released here already"),) if earlier else (),
            fix=fixes.delete(span_of(op)) if twice else (),
        )

    def _use(self, value: SSAValue, op: Operation, state: State) -> Held | None:
        """The state of a block that an operation uses; None, and a report, where it is not held."""
        acquire = value.owner
        if not isinstance(acquire, ttl.AcquireOp):
            return None
        held = state.holds(acquire)
        if held is None:
            name = buffer_name(acquire.cb)
            self._report(
                "TTL0401",
                f"the block of {name} is used after its release",
                op,
                "an expression is computed where it is stored: store it before the blocks that it reads are released",
                ((acquire, "the block is acquired here"),),
            )
        return held

    def _read(self, value: SSAValue, op: Operation, state: State) -> None:
        held = self._use(value, op, state)
        if held is None:
            return
        held.read = True
        if isinstance(held.acquire, ttl.CBReserveOp):
            name = buffer_name(held.acquire.cb)
            self._report(
                "TTL0412",
                f"the block of {name} is read, but it was reserved, to be written",
                op,
                f"push it, and read what {name}.wait() returns",
                ((held.acquire, "reserved here"),),
            )

    def _write(self, value: SSAValue, op: Operation, state: State) -> Held | None:
        held = self._use(value, op, state)
        if held is None:
            return None
        held.written = True
        if isinstance(held.acquire, ttl.CBWaitOp):
            name = buffer_name(held.acquire.cb)
            self._report(
                "TTL0411",
                f"the block of {name} is written, but it was waited for, to be read",
                op,
                f"write to what {name}.reserve() returns",
                ((held.acquire, "waited for here"),),
            )
        return held

    def _store(self, op: ttl.StoreOp, state: State) -> None:
        for leaf in _leaves(op.value):
            self._read(leaf, op, state)
        held = self._write(op.block, op, state)
        if held is None:
            return
        if op.acc:
            held.stored = held.stored or op
            return
        if held.stored is not None:
            self._report(
                "TTL0410",
                f"the block of {buffer_name(held.acquire.cb)} is stored a second time: the first store is lost",
                op,
                "store the sum, or use store(..., acc=True)",
                ((held.stored, "first stored here"),),
            )
        held.stored = op

    def _copy(self, op: ttl.CopyOp, state: State) -> None:
        match op.direction:
            case ttl.Direction.READ | ttl.Direction.RECEIVE:
                self._write(op.destination, op, state)
            case ttl.Direction.SEND:
                self._send(op.source, op, state)
            case ttl.Direction.WRITE:
                self._read(op.source, op, state)
        state.in_flight[op.handle] = op

    def _send(self, value: SSAValue, op: Operation, state: State) -> None:
        """A block on its way to its consumer may be sent to other cores as well."""
        held = self._use(value, op, state)
        if held is None:
            return
        held.read = True
        if isinstance(held.acquire, ttl.CBReserveOp) and not held.written:
            name = buffer_name(held.acquire.cb)
            self._report(
                "TTL0412",
                f"the block of {name} is sent, and nothing has been written to it",
                op,
                "copy() into it before, or send what wait() returns",
                ((held.acquire, "reserved here"),),
            )

    def _wait(self, op: ttl.WaitOp, state: State) -> None:
        if state.in_flight.pop(op.handle, None) is not None:
            self._waited_for[op.handle] = op
            return
        if isinstance(earlier := self._waited_for.get(op.handle), ttl.WaitOp):
            self._report(
                "TTL0503",
                "this transfer has been waited for already",
                op,
                "wait() once for each copy()",
                ((earlier, "waited for here"),),
                fix=fixes.delete(span_of(op)) if span_of(op) != span_of(earlier) else (),
            )


def _wait_at_once(transfer: ttl.CopyOp) -> fixes.Fix:
    """A transfer whose handle nobody has kept can only be waited for where it starts."""
    return () if transfer.handle.uses else fixes.append(span_of(transfer), ".wait()")


def _leaves(value: SSAValue) -> Iterator[SSAValue]:
    """The blocks that an expression reads."""
    for op in postorder([value], lambda op: op.operands if isinstance(op, ttl.EXPRESSION) else ()):
        if not isinstance(op, ttl.EXPRESSION):
            yield op.results[0]
