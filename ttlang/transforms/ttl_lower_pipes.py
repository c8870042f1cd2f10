"""Pipes and semaphores become calls: what a core does for a pipe depends on its runtime arguments alone."""

from __future__ import annotations

from xdsl.context import Context
from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import ModuleOp, i32
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ttlang.analysis.arithmetic import constant_value
from ttlang.analysis.carried_transfers import copy_of, handed_handles
from ttlang.analysis.transfer_barriers import Sent, sent_behind
from ttlang.dialects import ttkernel, ttl
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.ttl import Core, CreatePipeOp, pipes_at
from ttlang.dialects.walking import operations_of
from ttlang.transforms.handed_values import drop_handles
from ttlang.transforms.pass_order import OrderedPass
from ttlang.transforms.pipes.core_roles import Roles, coordinate, core_argument
from ttlang.transforms.pipes.first_values import give_first_values
from ttlang.transforms.pipes.selections import Selection
from ttlang.transforms.pipes.semaphores import SemaphoreCall
from ttlang.transforms.pipes.thread_lowering import PipeThread, erase
from ttlang.transforms.pipes.transfers import Transfer
from ttlang.transforms.rewriting import Ints, set_location


class _Lowering(PipeThread):
    """Lowers what one thread does with pipes and semaphores."""

    def run(self) -> None:
        self._find_numbered()
        self.asks = bool(operations_of(self.thread, ttl.WaitAnyOp))
        self.sends_overlap = any(not _is_waited_for_next(copy) for copy in self._sends())
        self._hand_on_numbers()
        self._block(self.entry)
        drop_handles(self.thread, lambda handle: copy_of(handle).pipe is not None)
        for copy in operations_of(self.thread, ttl.CopyOp):
            if copy.pipe is not None:
                erase(copy)
        if self.sends and sent_behind(self.entry, _sends) is Sent.UNDER_WAY:
            self._end_with(ttkernel.NocAsyncWriteBarrierOp())
        if self.increments:
            self._end_with(ttkernel.NocAsyncAtomicBarrierOp())

    def _end_with(self, barrier: Operation) -> None:
        barrier.location = self.thread.location
        self.entry.add_op(barrier)

    def _sends(self) -> list[ttl.CopyOp]:
        copies = operations_of(self.thread, ttl.CopyOp)
        return [copy for copy in copies if copy.pipe is not None and copy.direction is ttl.Direction.SEND]

    def _hand_on_numbers(self) -> None:
        """Control flow hands on the number of a receive among those through its pipe, in place of its handle."""
        for handle in handed_handles(self.thread):
            if (copy := copy_of(handle)).direction is ttl.Direction.RECEIVE:
                self.handed[Rewriter.replace_value_with_new_type(handle, i32)] = copy

    def _find_numbered(self) -> None:
        for op in operations_of(self.thread, ttl.CopyOp):
            if op.pipe is None:
                continue
            sends = op.direction is ttl.Direction.SEND
            semaphores = {pipe.room if sends else pipe.data for pipe in pipes_at(op.pipe)}
            if len(semaphores) > 1:
                self.numbered.add(op.direction)

    def _block(self, block: Block) -> None:
        for op in tuple(block.ops):
            match op:
                case ttl.IfPipeOp():
                    self._if_pipe(op)
                case ttl.CopyOp() if op.pipe is not None:
                    Transfer(self, op.handle, op).start()
                case ttl.WaitOp(handle=handle) if self.copy_of(handle).pipe is not None:
                    Transfer(self, handle, op).finish()
                case ttl.WaitAnyOp():
                    Selection(self, op).lower()
                case ttl.PipeCoordinateOp():
                    self._coordinate(op)
                case ttl.SemaphoreOp():
                    SemaphoreCall(self, op).lower()
                case _:
                    for region in op.regions:
                        for inner in region.blocks:
                            self._block(inner)

    def _coordinate(self, op: ttl.PipeCoordinateOp) -> None:
        ints = self.ints(op)
        which = op.which.data
        value = self.field(op.pipe, f"{which}", which.of, ints)
        if value.name_hint is None and constant_value(value) is None:
            value.name_hint = op.result.name_hint or f"{which}"
        op.result.replace_all_uses_with(value)
        erase(op)

    # ------------------------------------------------------------------------------------------------- control flow

    def _if_pipe(self, op: ttl.IfPipeOp) -> None:
        pipes = pipes_at(op.pipe)
        ends: dict[Core, list[CreatePipeOp]] = {core: [] for core in self.kernel.cores}
        for pipe in pipes:
            for core in set(op.ends(pipe)):
                ends[core].append(pipe)
        roles = Roles(self.kernel, self.thread, pipes, {core: each for core, each in ends.items() if each})
        stem = "sends" if isinstance(op, ttl.IfPipeSrcOp) else "receives"
        ints = self.ints(op)
        body = op.body.block
        if roles.most == 1:
            self._once(op, roles, stem, ints, body)
            return
        block = Block(arg_types=[i32])
        block.args[0].name_hint = "pipe"
        roles.index = block.args[0]
        self.roles[op.pipe] = roles
        loop = scf.ForOp(ints.constant(0), roles.count(stem, ints), ints.constant(1), [], Region(block))
        _move(body, block)
        block.add_op(scf.YieldOp())
        self._replace(op, loop, block)

    def _once(self, op: ttl.IfPipeOp, roles: Roles, stem: str, ints: Ints, body: Block) -> None:
        """A body that no core runs more than once: under an `if`, unless each runs it."""
        self.roles[op.pipe] = roles
        condition = self._condition(roles, stem, ints)
        block = Block()
        _move(body, block)
        if condition is None:
            self._block(block)
            for inner in tuple(block.ops):
                inner.detach()
                Rewriter.insert_op(inner, InsertPoint.before(op))
            erase(op)
            return
        block.add_op(scf.YieldOp())
        self._replace(op, scf.IfOp(condition, [], Region(block)), block)

    def _replace(self, op: Operation, new: Operation, block: Block) -> None:
        Rewriter.insert_op(new, InsertPoint.before(op))
        new.location = op.location
        self._block(block)
        set_location(new, op)
        erase(op)

    def _condition(self, roles: Roles, stem: str, ints: Ints) -> SSAValue | None:
        """Whether this core is an end of a pipe; None if all are. As a person would ask it, where that can be."""
        inside, cores = set(roles.ends), self.kernel.cores
        if len(inside) == len(cores):
            return None
        for axis, kind in enumerate((ttl.CoreXOp, ttl.CoreYOp)):
            for place in sorted({core[axis] for core in cores}):
                for predicate in ("eq", "ne"):
                    if {core for core in cores if (core[axis] == place) == (predicate == "eq")} == inside:
                        return self._compare(kind, predicate, place, ints)
        flags = [int(core in inside) for core in cores]
        flag = core_argument(self.kernel, stem, flags)
        return ints.emit(arith.CmpiOp(flag, ints.constant(0), "ne"))

    def _compare(self, kind: type[Operation], predicate: str, place: int, ints: Ints) -> SSAValue:
        return ints.emit(arith.CmpiOp(coordinate(self.thread, kind), ints.constant(place), predicate))


def _sends(op: Operation) -> bool:
    """Whether it is what every send begins with."""
    return isinstance(op, ttkernel.NocSemaphoreSetOp)


def _communicates(thread: ttl.ThreadOp) -> bool:
    """Whether a thread has to do with pipes or semaphores."""
    copies = operations_of(thread, ttl.CopyOp)
    return any(copy.pipe is not None for copy in copies) or bool(operations_of(thread, ttl.SemaphoreOp))


def _is_waited_for_next(copy: ttl.CopyOp) -> bool:
    """Whether a send is waited for before the thread begins another."""
    following = copy.next_op
    while following is not None:
        if isinstance(following, ttl.WaitOp) and following.handle is copy.handle:
            return True
        if any(isinstance(op, ttl.CopyOp) and op.direction is ttl.Direction.SEND for op in following.walk()):
            return False
        following = following.next_op
    return False


def _move(source: Block, target: Block) -> None:
    for op in tuple(source.ops):
        op.detach()
        target.add_op(op)


class TTLLowerPipesPass(OrderedPass):
    """`ttl.if_pipe_*`, copies through pipes and `ttl.semaphore_*` become calls."""

    name = "ttl-lower-pipes"
    needs = frozenset({Guarantee.PIPES_PLACED, Guarantee.TRANSFER_HANDLES})
    gives = frozenset({Guarantee.PIPE_CALLS})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for kernel in op.ops:
            if not isinstance(kernel, ttl.KernelOp):
                continue
            if not ttl.pipes_of(kernel) and not ttl.semaphores_of(kernel):
                continue
            threads = [_Lowering(kernel, thread) for thread in kernel.threads]
            give_first_values([each for each in threads if _communicates(each.thread)])
            for each in threads:
                each.run()
            for pipe in ttl.pipes_of(kernel):
                if not pipe.result.uses:
                    continue
                raise AssertionError(f"{pipe.name_.data} is still used")
