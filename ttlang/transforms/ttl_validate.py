"""Checks the contracts of buffers, transfers and pipes, before anything is lowered. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation, SSAValue

from ttlang.analysis.buffer_flow import BufferFlow
from ttlang.analysis.event_traces import UnknownEvents, trace_kernel
from ttlang.analysis.findings import findings_of
from ttlang.analysis.locations import diagnostic_at, span_of
from ttlang.checks.padding import check_padding
from ttlang.checks.row_alignment import check_row_alignment
from ttlang.checks.tf32_comparisons import check_tf32_comparisons
from ttlang.checks.thread_meetings import Verdict
from ttlang.checks.thread_paths import ThreadPaths
from ttlang.checks.undefined_elements import check_undefined_elements
from ttlang.diagnostics import Diagnostic, Severity, error
from ttlang.dialects import ttl
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.walking import operations_of
from ttlang.transforms.pass_order import OrderedPass


def _check_grid(kernel: ttl.KernelOp) -> None:
    chip, grid = kernel.chip, kernel.dimensions[:2]
    if any(size > limit for size, limit in zip(grid, chip.grid, strict=False)):
        shown, limit = " x ".join(map(str, grid)), " x ".join(map(str, chip.grid))
        raise error(
            "TTL0703",
            f"the grid of {shown} cores is larger than {chip.title}, which has {limit} (columns x rows)",
            span_of(kernel),
            hint=f"use a grid of at most {limit}, and give each core more work",
        )


Ends = dict[SSAValue, dict[str, Operation]]
"""For each buffer, the first operation at one of its ends in each thread that has one, by the thread's name."""


def _ends(kernel: ttl.KernelOp) -> tuple[Ends, Ends]:
    """What fills the buffers, and what empties them."""
    producers: Ends = {cb.result: {} for cb in kernel.circular_buffers}
    consumers: Ends = {cb.result: {} for cb in kernel.circular_buffers}
    for thread in kernel.threads:
        for op in operations_of(thread, ttl.CBReserveOp, ttl.CBPushOp, ttl.CBWaitOp, ttl.CBPopOp):
            if isinstance(op, ttl.CBReserveOp | ttl.CBPushOp):
                producers[op.cb].setdefault(thread.sym_name.data, op)
            else:
                consumers[op.cb].setdefault(thread.sym_name.data, op)
    return producers, consumers


def _check_counterparts(
    cb: ttl.CreateCBOp, producers: dict[str, Operation], consumers: dict[str, Operation]
) -> list[Diagnostic]:
    """What is filled is emptied somewhere, and the other way round."""
    name = cb.name_.data
    found: list[Diagnostic] = []
    if consumers and not producers:
        (thread, op), *_ = consumers.items()
        found.append(
            diagnostic_at(
                "TTL0407",
                f"{thread} waits for {name}, which nothing fills",
                op,
                f"reserve, write and push {name} in another thread",
                [(cb, "the buffer")],
            )
        )
    if producers and not consumers:
        (thread, op), *_ = producers.items()
        found.append(
            diagnostic_at(
                "TTL0408",
                f"{thread} fills {name}, which nothing empties",
                op,
                f"wait for {name} and pop it in another thread",
                [(cb, "the buffer")],
            )
        )
    return found


def find_mistakes(kernel: ttl.KernelOp) -> list[Diagnostic]:
    """What breaks the contracts of buffers and transfers, in the order of the source."""
    found = [d for thread in kernel.threads for d in ThreadPaths(thread).check()]
    found += [d for thread in kernel.threads for d in check_row_alignment(thread, kernel.chip)]
    flow = BufferFlow(kernel)
    found += [
        *check_undefined_elements(kernel, flow),
        *check_padding(kernel, flow),
        *check_tf32_comparisons(kernel, flow),
    ]
    producers, consumers = _ends(kernel)
    for cb in kernel.circular_buffers:
        found += _check_counterparts(cb, producers[cb.result], consumers[cb.result])
    if not any(d.severity is Severity.ERROR for d in found):
        found += _check_meetings(kernel)
    return sorted(found, key=lambda d: (d.span.line, d.span.column) if d.span else (0, 0))


def _check_meetings(kernel: ttl.KernelOp) -> list[Diagnostic]:
    """How the threads of all cores meet, where that is known before the run."""
    try:
        return Verdict(trace_kernel(kernel)).diagnostics()
    except UnknownEvents:
        return []


@dataclass(frozen=True)
class TTLValidatePass(OrderedPass):
    """Raises one exception with all mistakes that it finds; warns of what is only suspicious."""

    name = "ttl-validate"
    needs = frozenset({Guarantee.AS_WRITTEN})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for kernel in op.ops:
            if not isinstance(kernel, ttl.KernelOp):
                continue
            _check_grid(kernel)
            found = find_mistakes(kernel)
            findings_of(ctx).add(*found)
