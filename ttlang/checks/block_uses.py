"""What single operations of a thread do to the blocks that it holds, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from xdsl.ir import Operation, SSAValue

from ttlang.analysis.buffer_flow import starts_at_zero
from ttlang.analysis.dst import postorder
from ttlang.analysis.locations import diagnostic_at, span_of
from ttlang.checks.path_state import HeldBlock, PathState
from ttlang.diagnostics import Diagnostic, Severity, fixes
from ttlang.dialects import ttl

Note = tuple[Operation, str]


def buffer_name(cb: SSAValue) -> str:
    return cast(ttl.CreateCBOp, cb.owner).name_.data


class ThreadSteps:
    """The steps of one thread; `diagnostics` holds what is wrong with those that were taken."""

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []
        self._waited_for: dict[SSAValue, Operation] = {}
        """The first operation after which a transfer is over."""
        self._released: dict[tuple[type[Operation], SSAValue], tuple[ttl.AcquireOp, ttl.ReleaseOp]] = {}
        """The last acquisition of a buffer that was released, and the release."""
        self._misused: set[Operation] = set()
        """Acquisitions of blocks that are read though they are there to be written: the rest follows from that."""
        self._unsure: set[SSAValue] = set()
        """Buffers of which it has been said that they are not released, or not on all paths."""
        self._sent: frozenset[SSAValue] = frozenset()
        """Buffers whose data is used though no block that was waited for is read."""

    def _report(
        self,
        code: str,
        message: str,
        op: Operation,
        hint: str | None = None,
        related: tuple[Note, ...] = (),
        severity: Severity = Severity.ERROR,
        fix: fixes.Fix = (),
    ) -> None:
        place = span_of(op)
        notes = [note for note in related if span_of(note[0]) != place]
        self.diagnostics.append(diagnostic_at(code, message, op, hint, notes, severity, fix))

    def _apply(self, op: Operation, state: PathState) -> None:
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

    # ----------------------------------------------------------------------------------- acquisitions, releases

    def _acquire(self, op: ttl.AcquireOp, state: PathState) -> None:
        waits = isinstance(op, ttl.CBWaitOp)
        held = state.waited if waits else state.reserved
        old = held.get(op.cb)
        held[op.cb] = HeldBlock(op, written=starts_at_zero(op))
        if old is None:
            return
        name, release = buffer_name(op.cb), "pop" if waits else "push"
        self._report(
            "TTL0404",
            f"{name} is {'waited for' if waits else 'reserved'} again before {name}.{release}(): it is the same block",
            op,
            f"a thread holds one block of a buffer at a time: call ⟦release|{name}|{release}⟧ first, or make its "
            "blocks larger",
            ((old.acquire, "first acquired here"),),
        )
        # Both are taken to be held until as many releases: what would follow from this has been said.
        held[op.cb].earlier = (old.acquire, *old.earlier)

    def _release(self, op: ttl.ReleaseOp, state: PathState) -> None:
        pops = isinstance(op, ttl.CBPopOp)
        blocks = state.waited if pops else state.reserved
        held = blocks.pop(op.cb, None)
        if held is None:
            if op.cb not in self._unsure and not self._has_other_end(op, state):
                self._report_unheld(op)
            return
        self._released[type(op), op.cb] = held.acquire, op
        if held.earlier:
            blocks[op.cb] = held.before()
        self._check_landed(op, held, state)
        if not pops and not held.written and held.acquire not in self._misused:
            self._report_unwritten(op, held)
        # What reads it elsewhere is wrong for another reason.
        if pops and not held.read and not held.acquire.block.uses and op.cb not in self._sent:
            self._report(
                "TTL0414",
                f"the block of {buffer_name(op.cb)} is popped, and nothing has read it",
                op,
                related=((held.acquire, "waited for here"),),
                severity=Severity.WARNING,
            )

    def _has_other_end(self, op: ttl.ReleaseOp, state: PathState) -> bool:
        """Whether the thread holds the buffer's other end, which is released in its own way; a report if it does."""
        pops = isinstance(op, ttl.CBPopOp)
        held = (state.reserved if pops else state.waited).pop(op.cb, None)
        if held is None:
            return False
        name, verb, _ = _release_words(op)
        made, meant = ("reserved", "push") if pops else ("waited for", "pop")
        self._report(
            "TTL0402",
            f"{name}.{verb}() releases a block that was {made}",
            op,
            f"call ⟦release|{name}|{meant}⟧: reserve() and push() fill a buffer, wait() and pop() empty it",
            ((held.acquire, f"{made} here"),),
            fix=fixes.rename_method(span_of(op), verb, meant),
        )
        return True

    def _report_unheld(self, op: ttl.ReleaseOp) -> None:
        name, verb, acquire = _release_words(op)
        last = self._released.get((type(op), op.cb))
        if last is not None and span_of(last[0]) == span_of(op):
            self._report(
                "TTL0402",
                f"{name}.{verb}() releases a block that the `with` around it releases, too",
                last[1],
                f"leave ⟦release|{name}|{verb}⟧ out",
                ((op, "this `with`"),),
                fix=fixes.delete(span_of(last[1])),
            )
            return
        if last is not None:
            # After a `with`, it may as well be the acquisition of another block that is missing.
            twice = last[1].parent is op.parent and span_of(last[1]) != span_of(last[0])
            self._report(
                "TTL0402",
                f"{name}.{verb}() releases a block that is released already",
                op,
                f"leave it out, or call {name}.{acquire}() before it",
                ((last[1], "released here"),),
                fix=fixes.delete(span_of(op)) if twice else (),
            )
            return
        self._report(
            "TTL0402",
            f"{name}.{verb}() releases a block that this thread does not hold here",
            op,
            f"call {name}.{acquire}() before it; a `with` block releases by itself",
        )

    def _check_landed(self, op: ttl.ReleaseOp, held: HeldBlock, state: PathState) -> None:
        for handle, transfer in list(state.in_flight.items()):
            if held.acquire.block not in transfer.operands:
                continue
            self._report(
                "TTL0504",
                f"{buffer_name(op.cb)} is released while a transfer of its block is under way",
                op,
                "call wait() on the transfer first",
                ((transfer, "started here"),),
                fix=wait_at_once(transfer),
            )
            del state.in_flight[handle]
            self._waited_for.setdefault(handle, op)

    def _report_unwritten(self, op: ttl.ReleaseOp, held: HeldBlock) -> None:
        name = buffer_name(op.cb)
        writers = [use.operation for use in held.acquire.block.uses if _writes(use.operation, held.acquire.block)]
        where = "on some path nothing was written to it" if writers else "nothing was written to it"
        first: tuple[Note, ...] = ((writers[0], "written here"),) if writers else ()
        self._report(
            "TTL0409",
            f"the block of {name} is pushed, and {where}",
            op,
            "write to it on the other paths, too"
            if writers
            else "store() to it, or copy() into it, before it is pushed",
            ((held.acquire, "reserved here"), *first),
        )

    # --------------------------------------------------------------------------------------------- reads, writes

    def _use(self, value: SSAValue, op: Operation, state: PathState) -> HeldBlock | None:
        """The state of a block that an operation uses; None, and a report, where it is not held."""
        acquire = value.owner
        if not isinstance(acquire, ttl.AcquireOp):
            return None
        held = state.holds(acquire)
        if held is None:
            self._report_released(acquire, op)
        return held

    def _report_released(self, acquire: ttl.AcquireOp, op: Operation) -> None:
        notes: tuple[Note, ...] = ((acquire, "acquired here"), *self._released_note(acquire))
        if len(notes) == 1:
            notes = ((acquire, "acquired here, and released at the end of this `with`"),)
        hint = "an expression is computed where it is stored: store it before the blocks that it reads are released"
        self._report(
            "TTL0401",
            f"the block of {buffer_name(acquire.cb)} is used after its release",
            op,
            hint if isinstance(op, ttl.StoreOp) else "use the block before it is released",
            notes,
        )

    def _released_note(self, acquire: ttl.AcquireOp) -> tuple[Note, ...]:
        """Where a block was released, unless by its `with`."""
        release = ttl.CBPopOp if isinstance(acquire, ttl.CBWaitOp) else ttl.CBPushOp
        acquired, released = self._released.get((release, acquire.cb), (None, acquire))
        if acquired is not acquire or span_of(released) == span_of(acquire):
            return ()
        return ((released, "released here"),)

    def _read(self, value: SSAValue, op: Operation, state: PathState) -> None:
        held = self._use(value, op, state)
        if held is None:
            return
        held.read = True
        if not isinstance(held.acquire, ttl.CBReserveOp):
            return
        name = buffer_name(held.acquire.cb)
        hint = f"push it, and read what {name}.wait() returns"
        if isinstance(op, ttl.StoreOp) and op.block is value:
            hint = "block += ... adds to what the block holds: leave the block itself out of the expression"
        if isinstance(op, ttl.CopyOp) and not held.written:
            hint = "ttl.copy(source, destination): to fill the block, swap the two"
        self._misused.add(held.acquire)
        self._report(
            "TTL0412",
            f"the block of {name} is read, but it was reserved, to be written",
            op,
            hint,
            ((held.acquire, "reserved here"),),
        )

    def _write(self, value: SSAValue, op: Operation, state: PathState) -> HeldBlock | None:
        held = self._use(value, op, state)
        if held is None:
            return None
        held.written = True
        if isinstance(held.acquire, ttl.CBWaitOp):
            name = buffer_name(held.acquire.cb)
            hint = "write to a block that was reserved, of the buffer that is to hold it"
            if isinstance(op, ttl.CopyOp) and not held.read:
                hint = "ttl.copy(source, destination): to copy the block out, swap the two"
            self._report(
                "TTL0411",
                f"the block of {name} is written, but it was waited for, to be read",
                op,
                hint,
                ((held.acquire, "waited for here"),),
            )
        return held

    def _store(self, op: ttl.StoreOp, state: PathState) -> None:
        for leaf in _leaves(op.value):
            self._read(leaf, op, state)
        held = self._write(op.block, op, state)
        if held is None:
            return
        if op.acc:
            held.stored = held.stored or op
            return
        if held.stored is not None and held.acquire not in self._misused:
            self._report(
                "TTL0410",
                f"the block of {buffer_name(held.acquire.cb)} is stored a second time: the first store is lost",
                op,
                "store both at once, as in store(a + b); or add to the first with block += ...",
                ((held.stored, "first stored here"),),
            )
        held.stored = op

    # ------------------------------------------------------------------------------------------------- transfers

    def _copy(self, op: ttl.CopyOp, state: PathState) -> None:
        apart = self._is_apart(op, state)
        match op.direction:
            case ttl.Direction.READ | ttl.Direction.RECEIVE:
                self._fill(op, state, apart=apart)
            case ttl.Direction.SEND:
                self._send(op.source, op, state)
            case ttl.Direction.WRITE:
                self._read(op.source, op, state)
        state.in_flight[op.handle] = op

    def _is_apart(self, op: ttl.CopyOp, state: PathState) -> bool:
        """Whether no other transfer writes the block, nor reads it if this one writes; a report if one does."""
        apart = True
        block, fills = op.block, op.destination is op.block
        for handle, other in list(state.in_flight.items()):
            if other.block is not block or not (fills or other.destination is block):
                continue
            apart = False
            name = buffer_name(block.owner.cb) if isinstance(block.owner, ttl.AcquireOp) else "the buffer"
            does = "filled" if fills else "copied on"
            self._report(
                "TTL0504",
                f"the block of {name} is {does} while another transfer of it is under way",
                op,
                "call wait() on the other transfer first",
                ((other, "started here"),),
                fix=wait_at_once(other),
            )
            del state.in_flight[handle]
            self._waited_for.setdefault(handle, op)
        return apart

    def _fill(self, op: ttl.CopyOp, state: PathState, *, apart: bool) -> None:
        held = self._write(op.destination, op, state)
        if held is None:
            return
        if held.filled is not None and apart:
            name = buffer_name(held.acquire.cb)
            self._report(
                "TTL0410",
                f"the block of {name} is filled a second time: what the first copy brought is lost",
                op,
                "reserve a block for each of them, or make the blocks larger and copy both at once",
                ((held.filled, "first filled here"),),
            )
        held.filled = op

    def _send(self, value: SSAValue, op: Operation, state: PathState) -> None:
        """A block on its way to its consumer may be sent to other cores as well."""
        held = self._use(value, op, state)
        if held is None:
            return
        held.read, held.filled = True, None
        if isinstance(held.acquire, ttl.CBReserveOp) and not held.written:
            name = buffer_name(held.acquire.cb)
            self._misused.add(held.acquire)
            self._report(
                "TTL0412",
                f"the block of {name} is sent, and nothing has been written to it",
                op,
                "copy() into it before, or send what wait() returns",
                ((held.acquire, "reserved here"),),
            )

    def _wait(self, op: ttl.WaitOp, state: PathState) -> None:
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


def wait_at_once(transfer: ttl.CopyOp) -> fixes.Fix:
    """A transfer whose handle nobody has kept can only be waited for where it starts."""
    return () if transfer.handle.uses else fixes.append(span_of(transfer), ".wait()")


def _release_words(op: ttl.ReleaseOp) -> tuple[str, str, str]:
    """The buffer's name, the release and its acquisition."""
    name = buffer_name(op.cb)
    return (name, "pop", "wait") if isinstance(op, ttl.CBPopOp) else (name, "push", "reserve")


def _writes(op: Operation, block: SSAValue) -> bool:
    match op:
        case ttl.StoreOp():
            return op.block is block
        case ttl.TilizeOp() | ttl.UntilizeOp():
            return op.target is block
        case ttl.CopyOp():
            return op.destination is block
        case _:
            return False


def _leaves(value: SSAValue) -> Iterator[SSAValue]:
    """The blocks that an expression reads."""
    for op in postorder([value], lambda op: op.operands if isinstance(op, ttl.EXPRESSION) else ()):
        if not isinstance(op, ttl.EXPRESSION):
            yield op.results[0]
