"""
A value that is still to be read when a block that it is computed from is popped is computed before that, where it
stands in the text, and kept in a buffer that the compiler makes. What was kept for loops, branches and sums, and has no
release yet, is released behind the last store that reads it, as all of this is.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation, SSAValue
from xdsl.rewriter import InsertPoint

from ttlang.analysis.thread_order import ThreadOrder
from ttlang.dialects import ttl
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.typed_values import owner_of
from ttlang.dialects.walking import operations_of
from ttlang.transforms.compiler_buffers import insert, kept_format, make_buffer, pop_behind_last_reader, read_from
from ttlang.transforms.pass_order import OrderedPass

_PURPOSE = "a value that outlives a block which it is computed from"
_Use = tuple[Operation, int]
"""An operation, and which of its operands a value is."""


class _Keeper:
    def __init__(self, kernel: ttl.KernelOp, thread: ttl.ComputeThreadOp):
        self._kernel = kernel
        self._thread = thread
        self._order = ThreadOrder(thread)
        self._waits: dict[SSAValue, list[ttl.CBWaitOp]] = {}
        """Of each buffer, in the order of the text."""
        for wait in operations_of(thread, ttl.CBWaitOp):
            self._waits.setdefault(wait.cb, []).append(wait)

    def run(self) -> None:
        late: dict[SSAValue, set[_Use]] = {}
        for end, block in self._ends():
            for value in _computed_from(block):
                late.setdefault(value, set()).update(self._across(end, value))
        for value, uses in late.items():
            if uses:
                self._keep(value, uses)
        for wait in list(self._unreleased()):
            pop_behind_last_reader(wait)

    def _ends(self) -> Iterator[tuple[Operation, SSAValue]]:
        """Where a block that was waited for may cease to hold what it held: it is popped or handed on."""
        for op in self._order.operations:
            if isinstance(op, ttl.HandOnOp) and isinstance(op.block.owner, ttl.CBWaitOp):
                yield op, op.block
            elif isinstance(op, ttl.CBPopOp) and (wait := self._released_by(op)) is not None:
                yield op, wait.block

    def _released_by(self, pop: ttl.CBPopOp) -> ttl.CBWaitOp | None:
        """The last acquisition above a release, but for those of paths that do not lead to it."""
        region = pop.parent_region()
        assert region is not None
        waits = self._waits.get(pop.cb, [])
        above = bisect(waits, self._order.number(pop), key=self._order.number)
        return next((wait for wait in reversed(waits[:above]) if self._order.leads_to(wait, region)), None)

    def _across(self, end: Operation, value: SSAValue) -> Iterator[_Use]:
        """The uses of a value on the other side of a place."""
        place, made = self._order.number(end), self._order.number(owner_of(value, Operation))
        if made > place:
            return
        for use in value.uses:
            if self._order.number(use.operation) > place:
                yield use.operation, use.index

    def _unreleased(self) -> Iterator[ttl.CBWaitOp]:
        for wait in operations_of(self._thread, ttl.CBWaitOp):
            made = owner_of(wait.cb, ttl.CreateCBOp)
            home = wait.parent_block()
            if made.purpose is None or home is None:
                continue
            if not any(isinstance(op, ttl.CBPopOp) and op.cb is wait.cb for op in home.ops):
                yield wait

    def _keep(self, value: SSAValue, uses: set[_Use]) -> None:
        maker = owner_of(value, Operation)
        stem = maker.name.removeprefix("ttl.")
        cb = make_buffer(self._kernel, value, kept_format(self._kernel, value), maker, stem=stem, purpose=_PURPOSE)
        reserve, wait = ttl.CBReserveOp(cb.result), ttl.CBWaitOp(cb.result)
        store = ttl.StoreOp(value, reserve.block)
        insert(maker, InsertPoint.after(maker), reserve, store, ttl.CBPushOp(cb.result), wait)
        wait.block.name_hint = value.name_hint
        read_from(wait.block, uses)


def _computed_from(block: SSAValue) -> list[SSAValue]:
    """The values of expressions that read a block."""
    found: dict[SSAValue, None] = {}
    todo = [block]
    while todo:
        for use in todo.pop().uses:
            op = use.operation
            if isinstance(op, ttl.EXPRESSION) and op.results[0] not in found:
                found[op.results[0]] = None
                todo.append(op.results[0])
    return list(found)


class TTLKeepReleasedValuesPass(OrderedPass):
    """Values of blocks that are released before they are read are kept in buffers that the compiler makes."""

    name = "ttl-keep-released-values"
    needs = frozenset(
        {
            *(Guarantee.CONSTANT_BLOCKS, Guarantee.DST_WIDTH, Guarantee.BLOCK_EXPRESSIONS),
            *(Guarantee.BUFFERED_VALUES, Guarantee.OPEN_BUFFERS),
        }
    )
    gives = frozenset({Guarantee.HELD_OPERANDS})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for kernel in op.ops:
            if isinstance(kernel, ttl.KernelOp):
                for thread in operations_of(kernel, ttl.ComputeThreadOp):
                    _Keeper(kernel, thread).run()
