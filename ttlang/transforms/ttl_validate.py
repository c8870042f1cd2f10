"""Checks the contracts of buffers, transfers and pipes, before anything is lowered. Changes nothing."""

from __future__ import annotations

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp

from ttlang.analysis.buffer_flow import BufferFlow
from ttlang.analysis.finding_context import findings_of
from ttlang.checks.buffer_ends import check_counterparts
from ttlang.checks.grid_size import check_grid_size
from ttlang.checks.padding import check_padding
from ttlang.checks.row_alignment import check_row_alignment
from ttlang.checks.tensor_buffers import check_tensor_buffers
from ttlang.checks.tf32_comparisons import check_tf32_comparisons
from ttlang.checks.thread_meetings import check_meetings
from ttlang.checks.thread_paths import ThreadPaths
from ttlang.checks.undefined_elements import check_undefined_elements
from ttlang.diagnostics import Diagnostic, Severity
from ttlang.dialects import ttl
from ttlang.dialects.guarantees import Guarantee
from ttlang.transforms.pass_order import OrderedPass


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
    found += [*check_counterparts(kernel), *check_tensor_buffers(kernel)]
    if not any(d.severity is Severity.ERROR for d in found):
        found += check_meetings(kernel)
    return sorted(found, key=lambda d: (d.span.line, d.span.column) if d.span else (0, 0))


class TTLValidatePass(OrderedPass):
    """Raises one exception with all mistakes that it finds; warns of what is only suspicious."""

    name = "ttl-validate"
    needs = frozenset({Guarantee.AS_WRITTEN, Guarantee.ENDS})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for kernel in op.ops:
            if not isinstance(kernel, ttl.KernelOp):
                continue
            check_grid_size(kernel)
            found = find_mistakes(kernel)
            findings_of(ctx).add(*found)
