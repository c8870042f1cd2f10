"""
Gives each circular buffer its number and its place in L1, and checks that the core has them. Where L1 has no room for
all, those of the compute thread that never hold blocks at one time share memory (`shared_buffers.py`).
"""

from __future__ import annotations

from collections.abc import Iterable

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp

from ttlang.analysis.buffer_flow import layout_sources
from ttlang.analysis.locations import span_of
from ttlang.diagnostics import DiagnosticError, Related, error
from ttlang.dialects import ttl
from ttlang.dialects.attributes import i64_attr
from ttlang.dialects.copying import copied
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.shared_memory import by_memory
from ttlang.dialects.walking import enclosing
from ttlang.tables.chips import Chip
from ttlang.tables.dtypes import F32
from ttlang.transforms.pass_order import OrderedPass
from ttlang.transforms.shared_buffers import share_memory


def _kib(size: int) -> str:
    return f"{size / 1024:.1f} KiB".replace(".0 KiB", " KiB")


def _aligned(size: int, alignment: int) -> int:
    return -(-size // alignment) * alignment


def _place(cb: ttl.CreateCBOp, chip: Chip) -> int:
    """Bytes of L1 that a buffer takes, up to the next one."""
    return _aligned(cb.result.type.total_bytes, chip.dram_alignment)


_CONSTANTS = 4 * F32.tile_bytes
"""Room for the tiles of ones and zeros that reductions and broadcasts may still need."""


def l1_bytes(kernel: ttl.KernelOp) -> int:
    """L1 that the buffers so far and the kernel's own tensors take of each core."""
    buffers = sum(_place(first, kernel.chip) for first, *_ in by_memory(kernel.own_buffers))
    return buffers + tensor_bytes_per_core(kernel)


def least_l1_bytes(kernel: ttl.KernelOp) -> int:
    """
    L1 that a kernel, as it is before all passes, takes of each core at least: its own tensors, and the buffers that a
    data movement thread uses, which no pass drops, and which share memory with none but those of their group.
    """
    pieces = by_memory(kernel.own_buffers)
    used = sum(_place(piece[0], kernel.chip) for piece in pieces if any(map(_moves_data, piece)))
    return used + tensor_bytes_per_core(kernel)


def check_least_l1(kernel: ttl.KernelOp) -> None:
    """Raises the TTL0701 that a kernel, as it is before all passes, gets from this one whatever they do."""
    if (least := least_l1_bytes(kernel)) > kernel.chip.l1_budget:
        raise _too_large(kernel, least, [cb for cb in kernel.own_buffers if _moves_data(cb)], "at least ")


def _moves_data(cb: ttl.CreateCBOp) -> bool:
    return any(enclosing(use.operation, ttl.DataMovementThreadOp) is not None for use in cb.result.uses)


def fits_l1(kernel: ttl.KernelOp, more: int = 0) -> bool:
    """Whether the buffers so far, and `more` bytes, fit L1 beside what later passes always may make."""
    return l1_bytes(kernel) + more + _CONSTANTS <= kernel.chip.l1_budget


def made_to_fit_l1(kernel: ttl.KernelOp) -> bool:
    """The same, with buffers sharing memory as far as it takes, as the pass lets them: of a kernel to try it out on."""
    share_memory(kernel, lambda: fits_l1(kernel))
    return fits_l1(kernel)


def tensor_bytes_per_core(kernel: ttl.KernelOp) -> int:
    """L1 that the kernel's own tensors take of each core."""
    return sum(tensor.result.type.bytes_per_core(kernel.chip) for tensor in kernel.tensors)


def _maker(cb: ttl.CreateCBOp) -> str:
    return "" if cb.compiler_made is None else ", which the compiler needs for parts of this expression"


def _check_count(kernel: ttl.KernelOp, chip: Chip) -> None:
    buffers = kernel.circular_buffers
    if len(buffers) <= chip.circular_buffers:
        return
    made = sum(cb.compiler_made is not None for cb in buffers)
    extra = f" ({made} of them made by the compiler)" if made else ""
    first = buffers[chip.circular_buffers]
    words = [cb for cb in buffers if any(each.buffer == cb.name_ for each in ttl.semaphores_of(kernel))]
    raise error(
        "TTL0702",
        f"the kernel has {len(buffers)} circular buffers{extra}; a core of {chip.title} has {chip.circular_buffers}",
        span_of(first),
        hint="use one buffer for several blocks that are not alive together",
        related=[
            Related(span, f"{cb.name_.data} holds the kernel's semaphores: without it a program has {chip.semaphores}")
            for cb in words
            if (span := span_of(cb)) is not None
        ],
    )


def _check_l1(kernel: ttl.KernelOp, chip: Chip) -> None:
    if (total := l1_bytes(kernel)) > chip.l1_budget:
        raise _too_large(kernel, total, kernel.own_buffers)


def _too_large(
    kernel: ttl.KernelOp, total: int, buffers: Iterable[ttl.CreateCBOp], at_least: str = ""
) -> DiagnosticError:
    """`total`: bytes of the buffers and of the kernel's own tensors; `at_least`: whether there may be more."""
    chip, tensors = kernel.chip, tensor_bytes_per_core(kernel)
    found = sorted(buffers, key=lambda cb: cb.result.type.total_bytes, reverse=True)
    largest = next((cb for cb in found if cb.compiler_made is None), found[0])
    count = largest.result.type.block_count.data
    shrink = f"fewer blocks than {count}, or " if count > 1 else ""
    note = f" beside {_kib(tensors)} of tensors in L1" if tensors else ""
    excess = f"{at_least}{_kib(total - chip.l1_budget)}"
    return error(
        "TTL0701",
        f"the circular buffers take {at_least}{_kib(total - tensors)} of L1{note}; "
        f"a core of {chip.title} has {_kib(chip.l1_budget)} for buffers and tensors",
        span_of(largest),
        hint=f"give {largest.name_.data} {shrink}smaller blocks: it is {excess} too much",
        related=[
            Related(span, f"{cb.name_.data}{_maker(cb)}: {_kib(cb.result.type.total_bytes)}")
            for cb in found
            if (span := span_of(cb)) is not None
        ],
    )


def _share_memory(kernel: ttl.KernelOp) -> None:
    """Where L1 is too small, and would not be then: a kernel that never fits is reported as its author has it."""

    def fits(kernel: ttl.KernelOp) -> bool:
        return l1_bytes(kernel) <= kernel.chip.l1_budget

    if fits(kernel):
        return
    trial = copied(kernel)
    share_memory(trial, lambda: fits(trial))
    if fits(trial):
        share_memory(kernel, lambda: fits(kernel))


def _numbered(kernel: ttl.KernelOp) -> list[ttl.CreateCBOp]:
    """
    The buffers in the order of their numbers: first those that changes of layout read, since an older generation looks
    at buffer 0 for them (`Generation.layouts_ask_buffer_0`).
    """
    sources = layout_sources(kernel)
    return sorted(kernel.circular_buffers, key=lambda cb: cb.result not in sources)


class TTLAllocateCircularBuffersPass(OrderedPass):
    """Sets `buffer_index` and `address` of every `ttl.create_cb`."""

    name = "ttl-allocate-circular-buffers"
    needs = frozenset({Guarantee.PIPES_PLACED, Guarantee.OPERANDS_IN_L1, Guarantee.FITS_DST})
    gives = frozenset({Guarantee.BUFFERS_ALLOCATED})
    ends = frozenset({Guarantee.OPEN_BUFFERS})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for kernel in op.ops:
            if not isinstance(kernel, ttl.KernelOp):
                continue
            chip = kernel.chip
            _check_count(kernel, chip)
            _share_memory(kernel)
            _check_l1(kernel, chip)
            for index, cb in enumerate(_numbered(kernel)):
                cb.buffer_index = i64_attr(index)
            address = chip.l1_buffer_base
            # Those on tensors have the addresses of these; the simulator has them behind all others.
            for buffers in by_memory(sorted(kernel.circular_buffers, key=lambda cb: cb.tensor is not None)):
                for cb in buffers:
                    cb.address = i64_attr(address)
                address += _place(buffers[0], chip)
