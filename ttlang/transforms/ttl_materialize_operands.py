"""
Puts into L1 what the hardware takes from there: an operand of a matmul, a reduction, a broadcast or a transpose that is
computed gets a buffer that the compiler makes. The value is stored there where it is computed, and all that use it
read it from there.

The rules, each of which saves a trip through L1 or a computation:

- the transpose of a block in L1, as the second operand of a matmul, is read transposed and needs no buffer;
- a matmul, a reduction or a transpose that several stores would compute is stored once and read by all of them; the
  author's blocks, too, are stored from its DST section;
- what the FPU could do without in L1, but not at that cost, is stored as well (`fpu_operands.py`);
- a buffer takes the next value as soon as the last store that reads it is done;
- float32 values keep their precision: the FPU reads a buffer as tf32, moves to DST read it whole, and a buffer can't be
  configured for both (docs/hardware.md, "Formats"). What both use has a buffer for each, or a copy for the FPU; but
  not with `allow_tf32`;
- what a 32-bit DST computes of narrower blocks, and what bfloat16 can't hold, is kept in 32 bits, of which the FPU and
  moves both read tf32. Where L1 has no room for that and for what DST spills, the largest are kept in bfloat16, and the
  plan says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, SSAValue, Use
from xdsl.rewriter import InsertPoint, Rewriter

from ttlang.analysis.block_readers import acquisitions, in_l1, moves_to_dst, reads_tf32, viewed
from ttlang.dialects import ttl
from ttlang.dialects.attributes import UNIT, bool_attr
from ttlang.dialects.copying import copied
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.ttcore import tile_type
from ttlang.dialects.typed_values import owner_of, type_of
from ttlang.dialects.walking import operations, operations_of
from ttlang.tables.dtypes import BF16, F32, DType
from ttlang.tables.functions import BY_NAME
from ttlang.tables.kernel_api import NEWEST, Generation, find_generation
from ttlang.transforms.compiler_buffers import (
    follow_format,
    join_stores,
    kept_format,
    make_buffer,
    pop_behind_last_reader,
    read_from,
)
from ttlang.transforms.fpu_operands import FPUOperands
from ttlang.transforms.pass_order import OrderedPass
from ttlang.transforms.rewriting import set_location
from ttlang.transforms.ttl_allocate_circular_buffers import fits_l1, l1_bytes, made_to_fit_l1
from ttlang.transforms.ttl_fit_dst import TTLFitDSTPass, most_spilled
from ttlang.transforms.ttl_form_compute import TTLFormComputePass, groups_in
from ttlang.transforms.ttl_select_engines import TTLSelectEnginesPass

_FAR = 7
"""Where L1 has room for so many times the buffers nothing is tried out: expressions don't spill as much."""
_SPARE = 8
"""Buffers that are left for tiles of constants and for spills of DST, before any that the FPU could do without."""
_HEAVY = ttl.MatmulOp | ttl.ReduceOp | ttl.TransposeOp
"""What is not computed a second time."""


@dataclass(eq=False)
class _Held:
    """A value in L1, in a block of a buffer that the compiler made."""

    cb: ttl.CreateCBOp
    reserve: ttl.CBReserveOp
    store: ttl.StoreOp
    push: ttl.CBPushOp
    wait: ttl.CBWaitOp
    chosen: bool = False
    """The FPU could do without it, but at a higher cost."""

    @property
    def is_widened(self) -> bool:
        """Whether it has more bits than the format of the value."""
        stored, given = (value.type.element.dtype for value in (self.wait.block, self.store.value))
        return stored is F32 and given is not F32

    @property
    def is_for_fpu(self) -> bool:
        """Whether the FPU reads it."""
        return self.chosen or any(map(reads_tf32, self.wait.block.uses))

    def takes(self, later: _Held) -> bool:
        """Whether a later value can have its buffer, and keeps its bits: what the FPU reads is tf32 to all others."""
        return self.cb.result.type == later.cb.result.type and self.is_for_fpu == later.is_for_fpu

    def read_by(self, uses: Iterable[Use]) -> None:
        """Lets uses of the value read it from the block."""
        read_from(self.wait.block, ((use.operation, use.index) for use in uses))

    def use(self, cb: ttl.CreateCBOp, pop: ttl.CBPopOp) -> None:
        """Has the buffer of another one, whose time is over."""
        if self.cb.tf32:
            cb.tf32 = UNIT
        for op in (self.reserve, self.push, self.wait, pop):
            op.operands[0] = cb.result
        self.cb.detach()
        self.cb.erase()
        self.cb = cb


class _Materializer:
    def __init__(
        self,
        kernel: ttl.KernelOp,
        thread: ttl.ComputeThreadOp,
        generation: Generation,
        has_room: Callable[[ttl.KernelOp], bool],
    ):
        self._kernel = kernel
        self._thread = thread
        self._fpu = FPUOperands(kernel, generation)
        self._has_room = has_room
        self._held: list[_Held] = []
        self._copies: dict[SSAValue, SSAValue] = {}

    def run(self) -> None:
        for op in operations_of(self._thread, ttl.FromL1Op, ttl.ViewOp):
            self._operands(op)
        for op in operations_of(self._thread, ttl.ElementwiseOp):
            self._operand_of_fpu(op)
        while (value := self._computed_again()) is not None:
            self._hold(value, set(value.uses))
        for held in self._held:
            if held.is_widened and held.is_for_fpu:
                held.cb.tf32 = UNIT
        self._release()
        self._fit_l1()

    # ------------------------------------------------------------------------------------------ operands

    def _operands(self, op: ttl.FromL1Op | ttl.ViewOp) -> None:
        if isinstance(op, ttl.MatmulOp):
            _fold_transpose(op)
        if isinstance(op, ttl.ViewOp):
            _fold_shape(op)
        if isinstance(op, ttl.ReduceOp) and op.scaler is not None and self._kept(op.input) is not self._kept(op.scaler):
            self._multiply_after(op, op.scaler)
        for index, operand in enumerate(op.operands):
            if not in_l1(operand, for_view=isinstance(op, ttl.ViewOp)):
                self._hold_operand(operand, ttl.ViewOp if isinstance(op, ttl.ViewOp) else ttl.FromL1Op)
            elif isinstance(op, ttl.FromL1Op) and self._needs_copy(operand):
                op.operands[index] = self._copy(operand)

    def _hold_operand(self, value: SSAValue, reader: type[ttl.FromL1Op | ttl.ViewOp]) -> None:
        """All uses read the buffer; of float32 values, those by the FPU alone, or those of other shapes alone."""
        uses = set(value.uses)
        if not self._is_exact(value):
            self._hold(value, uses)
            return
        held = self._hold(value, {use for use in uses if isinstance(use.operation, reader)})
        others = {use for use in value.uses if not isinstance(use.operation, ttl.StoreOp)}
        if others and self._has_buffers and fits_l1(self._kernel, 2 * held.cb.result.type.total_bytes):
            self._insert(value, held.store, beside=held).read_by(others)

    def _operand_of_fpu(self, op: ttl.ElementwiseOp) -> None:
        """An operand that costs less in L1, where L1 has room for it."""
        value = self._fpu.wanted(op, {held.reserve.block for held in self._held if held.is_for_fpu})
        if value is None or not self._has_buffers:
            return
        element = tile_type(kept_format(self._kernel, value))
        if fits_l1(self._kernel, 2 * ttl.buffer_type(_sizes(value), element, 1).total_bytes):
            self._hold(value, set(value.uses)).chosen = True

    @property
    def _has_buffers(self) -> bool:
        """Whether the chip has one more, those included that later passes may make."""
        return len(self._kernel.circular_buffers) + _SPARE <= self._kernel.chip.circular_buffers

    def _multiply_after(self, op: ttl.ReduceOp, scaler: SSAValue) -> None:
        """A reduction reads its scaler in its operand's format: one of another format is multiplied by after it."""
        factor = ttl.BroadcastOp(ttl.Dim.NONE, scaler, op.result.type)
        scaled = ttl.elementwise_op(BY_NAME["mul"])([op.result, factor.result], op.result.type)
        for made in (factor, scaled):
            set_location(made, op)
        Rewriter.insert_op((factor, scaled), InsertPoint.after(op))
        op.result.replace_uses_with_if(scaled.result, lambda use: use.operation is not scaled)
        op.operands = [op.input]
        self._operands(factor)

    def _kept(self, value: SSAValue) -> DType:
        """The format in which a value is in L1, or will be."""
        return _dtype(value) if in_l1(value) else kept_format(self._kernel, value)

    def _is_exact(self, value: SSAValue) -> bool:
        return self._kernel.keeps_float32 and _dtype(value) is F32

    def _needs_copy(self, block: SSAValue) -> bool:
        """Whether a float32 buffer is read by the FPU and by moves to DST."""
        acquire = viewed(block).owner
        if not self._is_exact(block) or not isinstance(acquire, ttl.AcquireOp):
            return False
        if owner_of(acquire.cb, ttl.CreateCBOp).widened:
            return False
        if any(held.wait is acquire and held.is_widened for held in self._held):
            return False
        return any(moves_to_dst(use) for other in acquisitions(acquire) for use in other.block.uses)

    def _copy(self, block: SSAValue) -> SSAValue:
        if block not in self._copies:
            self._copies[block] = self._insert(block, owner_of(block, Operation)).wait.block
        return self._copies[block]

    # --------------------------------------------------------------------------------------------- values

    def _computed_again(self) -> SSAValue | None:
        """A value, too dear for it, that more than one group of stores would compute, or a loop again and again."""
        homes: dict[SSAValue, list[Block]] = {}
        for block, group in groups_in(self._thread):
            for value in group.values:
                homes.setdefault(value, []).append(block)
        for value, blocks in homes.items():
            op = value.owner
            if isinstance(op, _HEAVY) and (len(blocks) > 1 or blocks[0] is not op.parent_block()):
                return value
        return None

    def _hold(self, value: SSAValue, uses: set[Use]) -> _Held:
        held = self._insert(value, owner_of(value, Operation))
        joined = join_stores(held.store, held.reserve)
        held.read_by(use for use in value.uses if use in uses and use.operation not in joined)
        return held

    def _insert(self, value: SSAValue, after: Operation, *, beside: _Held | None = None) -> _Held:
        """`beside`: what the same value is held in already, from the same section."""
        stem = after.name.removeprefix("ttl.")
        cb = make_buffer(self._kernel, value, kept_format(self._kernel, value), after, stem=stem)
        reserve, wait = ttl.CBReserveOp(cb.result), ttl.CBWaitOp(cb.result)
        held = _Held(cb, reserve, ttl.StoreOp(value, reserve.block), ttl.CBPushOp(cb.result), wait)
        wait.block.name_hint = value.name_hint
        ops = (held.reserve, held.store, held.push, held.wait)
        for op in ops:
            set_location(op, after)
        if beside is None:
            Rewriter.insert_op(ops, InsertPoint.after(after))
        else:
            Rewriter.insert_op(ops[:2], InsertPoint.after(beside.store))
            Rewriter.insert_op(ops[2:], InsertPoint.after(beside.wait))
        self._held.append(held)
        return held

    # -------------------------------------------------------------------------------------------- buffers

    def _release(self) -> None:
        """Pops each value behind the last store that reads it, and lets values whose times are apart share a buffer."""
        pops = [(held, pop_behind_last_reader(held.wait)) for held in self._held]
        places = {op: place for place, op in enumerate(operations(self._thread))}
        free: list[tuple[int, _Held]] = []
        for held, pop in sorted(pops, key=lambda pair: places[pair[0].reserve]):
            start = places[held.reserve]
            fitting = (pair for pair in free if pair[0] < start and pair[1].takes(held))
            if (found := next(fitting, None)) is not None:
                free.remove(found)
                held.use(found[1].cb, pop)
            free.append((places[pop], held))

    def _fit_l1(self) -> None:
        """Keeps values that only the width of DST makes wide in bfloat16, the largest first, until all fits L1."""
        while (largest := self._largest_wide()) is not None and not self._has_room(self._kernel):
            _narrow(largest)

    def _largest_wide(self) -> ttl.CreateCBOp | None:
        """The largest buffer of which nothing but the width of DST asks for 32 bits."""
        kept = {held.cb for held in self._held if not held.is_widened}
        wide = {held.cb for held in self._held if held.cb not in kept}
        wide |= {cb for cb in self._kernel.circular_buffers if cb.widened and not cb.narrowed}
        wide -= {cb for cb in wide if any(_has_scaler(use.operation) for use in _block_uses(cb))}
        places = {cb: place for place, cb in enumerate(self._kernel.circular_buffers)}
        # Of the largest ones, the first.
        return max(wide, key=lambda cb: (cb.result.type.total_bytes, -places[cb]), default=None)


def _most_made(kernel: ttl.KernelOp) -> int:
    """Bytes of the buffers that the next passes make at most: for spills, and a tile of constants for each value."""
    threads = (thread for thread in kernel.threads if isinstance(thread, ttl.ComputeThreadOp))
    groups = [group for thread in threads for _, group in groups_in(thread)]
    return most_spilled(groups) + F32.tile_bytes * sum(len(group.values) for group in groups)


def _narrow(cb: ttl.CreateCBOp) -> None:
    """Keeps a buffer in bfloat16."""
    cb.narrowed = bool_attr(True)
    cb.properties.pop("tf32", None)
    old = cb.result.type
    new = ttl.buffer_type(old.sizes, tile_type(BF16), old.block_count.data)
    blocks = [use.operation.block for use in cb.result.uses if isinstance(use.operation, ttl.AcquireOp)]
    for block in blocks:
        follow_format(Rewriter.replace_value_with_new_type(block, new.block))
    Rewriter.replace_value_with_new_type(cb.result, new)


def _block_uses(cb: ttl.CreateCBOp) -> Iterator[Use]:
    for use in cb.result.uses:
        if isinstance(use.operation, ttl.AcquireOp):
            yield from use.operation.block.uses


def _has_scaler(op: Operation) -> bool:
    """Whether its operands have one format, which none of them can leave alone."""
    return isinstance(op, ttl.ReduceOp) and op.scaler is not None


def _fold_transpose(op: ttl.MatmulOp) -> None:
    """The transpose of a block in L1 is read transposed."""
    transpose = op.rhs.owner
    if isinstance(transpose, ttl.TransposeOp) and in_l1(transpose.input):
        op.operands[1] = transpose.input
        if op.transpose:
            del op.properties["transpose"]
        else:
            op.transpose = UNIT


def _fold_shape(op: ttl.ViewOp) -> None:
    """A view of all tiles in another shape is one of the block itself: places count in memory order."""
    inner = op.input.owner
    if isinstance(inner, ttl.ViewOp) and inner.view.in_order:
        op.operands[0] = inner.input


def _sizes(value: SSAValue) -> tuple[int, ...]:
    return type_of(value, ttl.BlockType).sizes


def _dtype(value: SSAValue) -> DType:
    return type_of(value, ttl.BlockType).element.dtype


@dataclass(frozen=True)
class TTLMaterializeOperandsPass(OrderedPass):
    """Computed operands that the hardware reads from L1 are stored in buffers that the compiler makes."""

    name = "ttl-materialize-operands"
    needs = frozenset(
        {
            Guarantee.KERNEL_FUNCTIONS,
            Guarantee.MATRIX_REDUCTIONS,
            Guarantee.DST_WIDTH,
            Guarantee.BLOCK_EXPRESSIONS,
            Guarantee.HELD_OPERANDS,
            Guarantee.OPEN_BUFFERS,
        }
    )
    gives = frozenset({Guarantee.OPERANDS_IN_L1})

    metal_api: str = NEWEST.name

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for kernel in op.ops:
            if not isinstance(kernel, ttl.KernelOp):
                continue
            for thread in kernel.threads:
                if isinstance(thread, ttl.ComputeThreadOp):
                    generation = find_generation(self.metal_api)
                    _Materializer(kernel, thread, generation, lambda kernel: self._has_room(ctx, kernel)).run()

    def _has_room(self, ctx: Context, kernel: ttl.KernelOp) -> bool:
        """Whether L1 has room for the buffers, those included into which DST will be spilled: it is tried out."""
        if fits_l1(kernel, _FAR * l1_bytes(kernel)) or fits_l1(kernel, _most_made(kernel)):
            return True
        trial = ModuleOp([copied(kernel)])
        for stage in (TTLFormComputePass(), TTLSelectEnginesPass(self.metal_api), TTLFitDSTPass()):
            stage.apply(ctx, trial)
        return all(made_to_fit_l1(each) for each in trial.ops if isinstance(each, ttl.KernelOp))
