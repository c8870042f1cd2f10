"""
What replaces the contents of a block that was waited for (`block.store(...)`) becomes a value, which all that reads the
block behind that reads in its place: nobody else sees the block before it is popped. Loops carry such a value and
branches choose it, as if the author had named it. So what follows keeps it in DST or in L1 where that is cheapest, and
a sum over the turns of a loop is added up where it lies.

A buffer has one block at a time that the thread has waited for, so its contents are one variable: a wait sets it to the
block itself, a store to a value, a pop to nothing. Where paths meet on which it differs, the block itself is a value,
too; as long as it is on none, everything stays as it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from xdsl.context import Context
from xdsl.dialects import scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, SSAValue
from xdsl.rewriter import InsertPoint

from ttlang.analysis.carried_blocks import Loop
from ttlang.dialects import ttl
from ttlang.dialects.attributes import f64_array
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.ttcore import tile_type
from ttlang.dialects.typed_values import type_of
from ttlang.dialects.walking import operations_of, terminator
from ttlang.tables.dtypes import BF16, F32
from ttlang.tables.functions import BY_NAME
from ttlang.transforms.compiler_buffers import insert, make_buffer
from ttlang.transforms.handed_values import carry_also, choose_also, end_of_path
from ttlang.transforms.pass_order import OrderedPass


class _Kind(IntEnum):
    """What a buffer's block holds at a place. Where paths meet, it is the largest of theirs."""

    NOTHING = 0
    OWN = 1
    """What was in it when it was waited for."""
    VALUE = 2


@dataclass(frozen=True)
class _Contents:
    kind: _Kind = _Kind.NOTHING
    value: SSAValue | None = None
    """The value, or the block itself under the name that it has there; None where no name is known."""
    paths: _Paths | None = None
    """Those that have met, where some of them hold the block and others have released it."""


@dataclass(eq=False)
class _Paths:
    """What two paths hold at their ends. Behind them none of it can be read: a path may have released it."""

    op: scf.IfOp
    first: _Contents
    second: _Contents
    chosen: SSAValue | None = None
    """What was held, as a value, if it has been asked for."""


class _Promoter:
    """Of one buffer, in one thread."""

    def __init__(self, kernel: ttl.KernelOp, cb: SSAValue, stores: list[ttl.StoreOp]):
        self._kernel = kernel
        self._cb = cb
        self._type = _common_type(stores)

    def visit(self, block: Block, contents: _Contents) -> _Contents:
        """Follows a block of operations, and returns what is held at its end."""
        op = block.first_op
        while op is not None:
            following = op.next_op
            contents = self._follow(op, contents)
            op = following
        return contents

    def _follow(self, op: Operation, contents: _Contents) -> _Contents:
        if contents.kind is _Kind.VALUE and contents.value is not None:
            self._read(op, contents.value)
        match op:
            case ttl.CBWaitOp() if op.cb is self._cb:
                return contents if op.held is not None and contents.kind is not _Kind.OWN else _own(op)
            case ttl.CBPopOp() if op.cb is self._cb:
                return _Contents()
            case ttl.StoreOp() if self._is_block(op.block):
                return self._replace(op, contents)
            case scf.IfOp():
                return self._branch(op, contents)
            case scf.ForOp() | scf.WhileOp():
                return self._loop(op, contents)
            case _:
                return contents

    def _is_block(self, value: SSAValue) -> bool:
        return isinstance(value.owner, ttl.CBWaitOp) and value.owner.cb is self._cb

    # ------------------------------------------------------------------------------------------------ straight on

    def _read(self, op: Operation, value: SSAValue) -> None:
        """An operation reads what the block holds."""
        for index, operand in enumerate(op.operands):
            if not self._is_block(operand) or isinstance(op, ttl.HandOnOp):
                continue
            if isinstance(op, ttl.StoreOp) and index == 1:
                continue
            if isinstance(op, ttl.PrintBlockOp):
                self._print(op, value)
            elif isinstance(op, ttl.ViewOp) and op.result.type == op.input.type:
                op.result.replace_all_uses_with(value)
            else:
                op.operands[index] = value

    def _print(self, op: ttl.PrintBlockOp, value: SSAValue) -> None:
        """What is printed lies in L1, in the format of the block."""
        dtype, purpose = op.block.type.element.dtype, "what a block that is printed was replaced by"
        cb = make_buffer(self._kernel, op.block, dtype, op, stem="printed", purpose=purpose)
        reserve, wait = ttl.CBReserveOp(cb.result), ttl.CBWaitOp(cb.result)
        store = ttl.StoreOp(value, reserve.block)
        insert(op, InsertPoint.before(op), reserve, store, ttl.CBPushOp(cb.result), wait)
        insert(op, InsertPoint.after(op), ttl.CBPopOp(cb.result))
        op.operands[0] = wait.block

    def _replace(self, store: ttl.StoreOp, contents: _Contents) -> _Contents:
        value, name = store.value, store.block.name_hint
        if not self._is_block(value):
            if isinstance(value.owner, ttl.AcquireOp):
                # Another block may be released before this value of it is read.
                read = ttl.ViewOp(value)
                insert(store, InsertPoint.before(store), read)
                value = read.result
            value.name_hint = value.name_hint or name
            contents = _Contents(_Kind.VALUE, value)
        store.detach()
        store.erase()
        return contents

    # -------------------------------------------------------------------------------------------- loops, branches

    def _branch(self, op: scf.IfOp, contents: _Contents) -> _Contents:
        first, second = (self.visit(region.block, contents) if region.blocks else contents for region in (*op.regions,))
        kind = max(first.kind, second.kind)
        if first == second or kind is _Kind.NOTHING:
            return first
        if kind is _Kind.OWN:
            held = {each.value for each in (first, second) if each.kind is _Kind.OWN}
            name = held.pop() if len(held) == 1 else None
            # A block that a path has waited for has no name behind it.
            name = None if name is None or op.is_ancestor(name.owner) else name
            released = first.kind is not second.kind or first.paths or second.paths
            return _Contents(kind, name, _Paths(op, first, second) if released else None)
        return self._named(self._chosen(_Paths(op, first, second)))

    def _chosen(self, paths: _Paths) -> SSAValue:
        """What is held where paths meet, as a value that each of them gives at its end."""
        if paths.chosen is None:
            ends = zip((paths.first, paths.second), paths.op.regions, strict=True)
            first, second = (self._value(each, end_of_path(region)) for each, region in ends)
            paths.chosen = choose_also(paths.op, first, second).results[-1]
        return paths.chosen

    def _loop(self, loop: Loop, contents: _Contents) -> _Contents:
        kind = max(contents.kind, self._kind_behind(loop, contents.kind))
        changed = self._is_changed_in(loop)
        if kind is not _Kind.VALUE or not changed:
            for region in loop.regions:
                self.visit(region.block, contents)
            return _Contents(kind) if changed else contents
        carried = carry_also(loop, self._value(contents, loop))
        for argument, region in zip(reversed(carried.arguments), carried.loop.regions, strict=True):
            held = self.visit(region.block, self._named(argument))
            end = terminator(region.block)
            end.operands = [*end.operands[:-1], self._value(held, end)]
        return self._named(carried.result)

    def _named(self, value: SSAValue) -> _Contents:
        return _Contents(_Kind.VALUE, value)

    def _value(self, contents: _Contents, place: Operation) -> SSAValue:
        """What is held, as a value of the type that all of it has; anything, where nothing is."""
        value = contents.value
        if contents.kind is _Kind.NOTHING:
            fill = ttl.elementwise_op(BY_NAME["fill"]).create(
                result_types=[self._type], properties={"parameters": f64_array([0.0])}
            )
            insert(place, InsertPoint.before(place), fill)
            return fill.results[0]
        if contents.paths is not None:
            return self._chosen(contents.paths)
        if value is None:
            wait = ttl.CBWaitOp(self._cb, held=True)
            insert(place, InsertPoint.before(place), wait)
            value = wait.block
        if value.type == self._type:
            return value
        cast = ttl.TypecastOp(value, self._type)
        insert(place, InsertPoint.before(place), cast)
        return cast.result

    # ---------------------------------------------------------------------------------------------- what is ahead

    def _is_changed_in(self, op: Operation) -> bool:
        """Whether a part of the thread waits for the buffer, pops it, or replaces its block."""
        changes = operations_of(op, ttl.CBWaitOp, ttl.CBPopOp, ttl.StoreOp)
        return any(self._changed(each, _Kind.NOTHING) is not None for each in changes)

    def _changed(self, op: Operation, kind: _Kind) -> _Kind | None:
        """What is held behind an operation that changes it."""
        match op:
            case ttl.CBWaitOp() if op.cb is self._cb and op.held is None:
                return _Kind.OWN
            case ttl.CBPopOp() if op.cb is self._cb:
                return _Kind.NOTHING
            case ttl.StoreOp() if self._is_block(op.block):
                return kind if self._is_block(op.value) else _Kind.VALUE
            case _:
                return None

    def _kind_behind(self, op: Operation, kind: _Kind) -> _Kind:
        if isinstance(op, scf.IfOp):
            return max(self._kind_at_end(region.block, kind) if region.blocks else kind for region in op.regions)
        if isinstance(op, scf.ForOp | scf.WhileOp):
            for _ in _Kind:
                end = kind
                for region in op.regions:
                    end = self._kind_at_end(region.block, end)
                kind = max(kind, end)
            return kind
        changed = self._changed(op, kind)
        return kind if changed is None else changed

    def _kind_at_end(self, block: Block, kind: _Kind) -> _Kind:
        for op in block.ops:
            kind = self._kind_behind(op, kind)
        return kind


def _own(wait: ttl.CBWaitOp) -> _Contents:
    return _Contents(_Kind.OWN, wait.block)


def _common_type(stores: list[ttl.StoreOp]) -> ttl.BlockType:
    """The type of a value that is what a block holds, or what any of some stores replaces that by."""
    block = type_of(stores[0].block, ttl.BlockType)
    formats = {block.element.dtype, *(store.value.type.element.dtype for store in stores)}
    if len(formats) == 1:
        return block
    return ttl.BlockType(block.sizes, tile_type(F32 if F32 in formats else BF16))


class TTLPromoteReplacedBlocksPass(OrderedPass):
    """Blocks that were waited for and are given other contents become values from there on."""

    name = "ttl-promote-replaced-blocks"
    needs = frozenset({Guarantee.ENDS, Guarantee.DST_WIDTH, Guarantee.BLOCK_EXPRESSIONS, Guarantee.OPEN_BUFFERS})
    gives = frozenset({Guarantee.CONSTANT_BLOCKS})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for kernel in op.ops:
            if not isinstance(kernel, ttl.KernelOp):
                continue
            for thread in operations_of(kernel, ttl.ComputeThreadOp):
                stores: dict[SSAValue, list[ttl.StoreOp]] = {}
                for store in operations_of(thread, ttl.StoreOp):
                    if isinstance(wait := store.block.owner, ttl.CBWaitOp):
                        stores.setdefault(wait.cb, []).append(store)
                for cb, found in stores.items():
                    _Promoter(kernel, cb, found).visit(thread.body.block, _Contents())
