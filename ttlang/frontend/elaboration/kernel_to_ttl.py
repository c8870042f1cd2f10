"""From an elaborated kernel to its `ttl` IR."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from xdsl.dialects.builtin import ModuleOp, UnitAttr

from ttlang.analysis.inferred_ends import ends_left_out
from ttlang.analysis.locations import location
from ttlang.checks.thread_paths import ThreadPaths
from ttlang.diagnostics import Diagnostic, DiagnosticError, Related, Severity, Span
from ttlang.dialects import ttl
from ttlang.dialects.attributes import string_attr
from ttlang.frontend.blocks.kernel_builder import KernelBuilder, foreign_name
from ttlang.frontend.elaboration.elaborate import Elaboration
from ttlang.frontend.python.thread_to_ttl import compile_thread
from ttlang.language.call_sites import Origin
from ttlang.language.threads import COMPUTE, DATA_MOVEMENT, UNIFIED
from ttlang.tables.editions import DEFAULT


@dataclass(frozen=True)
class FrontEndResult:
    """What the front end makes of a kernel."""

    module: ModuleOp
    """Holds one `ttl.kernel`."""
    diagnostics: tuple[Diagnostic, ...]
    """Warnings, in the order of the source."""


def build_module(elaboration: Elaboration, *, pads: bool = False) -> FrontEndResult:
    """
    Compiles all threads of a kernel. `pads`: slices of its tiled tensors may pass the end. Raises one DiagnosticError
    with everything that is wrong with them.
    """
    computed_ends: set[tuple[str, bool]] = set()
    while True:
        known = len(computed_ends)
        kernel = _make_kernel(elaboration, computed_ends, pads=pads)
        found, whole = _compile_threads(kernel, elaboration)
        # It shows in the course of a unified body where row-major blocks are to be in tiles.
        if len(computed_ends) == known:
            break
    found += [*kernel.mixtures(), *kernel.edition_notes(), *kernel.memory_notes]
    if _has_errors(found):
        # What the passes would find in the other threads is said at once.
        for end in ends_left_out(kernel.op):
            end.insert()
        for op in kernel.op.threads:
            found += ThreadPaths(op).check() if op.sym_name.data in whole else ()
        raise DiagnosticError(_in_order(found))
    ordered = _in_order(found)
    module = ModuleOp([kernel.op])
    module.location = kernel.op.location
    return FrontEndResult(module, ordered)


def _compile_threads(kernel: KernelBuilder, elaboration: Elaboration) -> tuple[list[Diagnostic], set[str]]:
    """What is said of the threads, and the names of those with no errors."""
    found: list[Diagnostic] = []
    whole: set[str] = set()
    for thread in elaboration.threads:
        try:
            said = compile_thread(kernel, _KINDS[thread.kind], thread.name, thread.functions)
        except DiagnosticError as problem:
            said = list(problem.diagnostics)
        found += said
        if not _has_errors(said):
            whole.add(thread.name)
    return found, whole


_KINDS = {COMPUTE: ttl.ComputeThreadOp, DATA_MOVEMENT: ttl.DataMovementThreadOp, UNIFIED: ttl.UnifiedThreadOp}


def _has_errors(found: Iterable[Diagnostic]) -> bool:
    return any(diagnostic.severity is Severity.ERROR for diagnostic in found)


def _foreign(elaboration: Elaboration) -> Related | None:
    """Where the kernel function uses a name of the other edition."""
    run = elaboration.runs[0]
    if run.foreign is None:
        return None
    name, origin = run.foreign
    return foreign_name(name, origin.span() if origin else elaboration.span)


def _make_kernel(elaboration: Elaboration, computed_ends: set[tuple[str, bool]], *, pads: bool) -> KernelBuilder:
    """The kernel with its resources. `computed_ends`: as `KernelBuilder` has them."""
    span = elaboration.span
    op = ttl.KernelOp(elaboration.name, elaboration.grid, elaboration.arch.name)
    op.location = location(span)
    if elaboration.edition is not DEFAULT:
        op.edition = string_attr(elaboration.edition.name)
    if pads:
        op.pad = UnitAttr()
    code = elaboration.runs[0].code
    names = frozenset((*code.co_varnames, *code.co_cellvars))
    foreign = _foreign(elaboration)
    kernel = KernelBuilder(op, elaboration.grid, elaboration.edition, elaboration.canonical, foreign, names)
    kernel.computed_ends = computed_ends
    problems: list[Diagnostic] = []
    for tensor in elaboration.tensors:
        try:
            kernel.add_tensor(tensor, span)
        except DiagnosticError as problem:
            problems += problem.diagnostics
    if problems:
        raise DiagnosticError(tuple(problems))
    for parameter in elaboration.runtime_parameters:
        kernel.add_runtime_argument(parameter)
    for buffer in elaboration.buffers:
        kernel.add_buffer(buffer, _place_of(buffer.origin, span))
    for pipe in elaboration.pipes:
        kernel.add_pipe(pipe, _place_of(pipe.origin, span))
    for semaphore in elaboration.semaphores:
        kernel.add_semaphore(semaphore, _place_of(semaphore.origin, span))
    return kernel


def _place_of(origin: Origin | None, kernel: Span) -> Span:
    """Where a resource was made, as far as that is known."""
    return origin.span() if origin else kernel


def _in_order(found: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """In the order of the source, each once: a function that is inlined twice has its errors twice."""
    unique: dict[tuple[str, Span | None], Diagnostic] = {}
    for diagnostic in found:
        unique.setdefault((diagnostic.code, diagnostic.span), diagnostic)
    return tuple(sorted(unique.values(), key=_place))


def _place(diagnostic: Diagnostic) -> tuple[str, int, int]:
    span = diagnostic.span
    return (span.file, span.line, span.column) if span else ("", 0, 0)
