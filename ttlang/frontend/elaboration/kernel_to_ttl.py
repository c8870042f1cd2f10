"""From an elaborated kernel to its `ttl` IR."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from xdsl.dialects.builtin import ModuleOp, StringAttr
from xdsl.ir import Operation, SSAValue

from ttlang.analysis.locations import location
from ttlang.checks.thread_paths import ThreadPaths
from ttlang.diagnostics import Diagnostic, DiagnosticError, Related, Severity, Span
from ttlang.diagnostics.spelling import OLDEST
from ttlang.dialects import ttl
from ttlang.dialects.names import value_hint
from ttlang.dialects.ttcore import ScalarType, TileType
from ttlang.frontend.blocks.kernel_builder import KernelBuilder, foreign_name
from ttlang.frontend.blocks.tensor_types import tensor_type
from ttlang.frontend.elaboration.elaborate import Elaboration
from ttlang.frontend.python.thread_to_ttl import compile_thread
from ttlang.language.call_sites import Origin
from ttlang.language.edition import EDITIONS
from ttlang.language.tensors import parameter_index, parameter_name, spec_of
from ttlang.language.threads import COMPUTE, DATA_MOVEMENT


@dataclass(frozen=True)
class FrontEndResult:
    """What the front end makes of a kernel."""

    module: ModuleOp
    """Holds one `ttl.kernel`."""
    diagnostics: tuple[Diagnostic, ...]
    """Warnings, in the order of the source."""


def build_module(elaboration: Elaboration) -> FrontEndResult:
    """Compiles all threads of a kernel. Raises one DiagnosticError with everything that is wrong with them."""
    kernel = _make_kernel(elaboration)
    found: list[Diagnostic] = []
    whole: set[str] = set()
    for thread in elaboration.threads:
        try:
            said = compile_thread(kernel, _KINDS[thread.kind], thread.name, thread.functions)
        except DiagnosticError as problem:
            said = problem.diagnostics
        found += said
        if not _has_errors(said):
            whole.add(thread.name)
    found += kernel.mixtures()
    if _has_errors(found):
        # What the passes would find in the other threads is said at once.
        for op in kernel.op.threads:
            found += ThreadPaths(op).check() if op.sym_name.data in whole else ()
        raise DiagnosticError(_in_order(found))
    ordered = _in_order(found)
    module = ModuleOp([kernel.op])
    module.location = kernel.op.location
    return FrontEndResult(module, ordered)


_KINDS = {COMPUTE: ttl.ComputeThreadOp, DATA_MOVEMENT: ttl.DataMovementThreadOp}


def _has_errors(found: Iterable[Diagnostic]) -> bool:
    return any(diagnostic.severity is Severity.ERROR for diagnostic in found)


def _foreign(elaboration: Elaboration) -> Related | None:
    """Where the kernel function uses a name of the other edition."""
    run = elaboration.runs[0]
    if run.foreign is None:
        return None
    name, origin = run.foreign
    (other,) = (edition for edition in EDITIONS.values() if edition is not run.edition)
    return foreign_name(other, name, origin.span() if origin else elaboration.span)


def _make_kernel(elaboration: Elaboration) -> KernelBuilder:
    """The kernel with its resources."""
    span = elaboration.span
    op = ttl.KernelOp(elaboration.name, elaboration.grid, elaboration.arch.name)
    op.location = location(span)
    if elaboration.edition.name != OLDEST:
        op.edition = StringAttr(elaboration.edition.name)
    code = elaboration.runs[0].code
    names = frozenset((*code.co_varnames, *code.co_cellvars))
    foreign = _foreign(elaboration)
    kernel = KernelBuilder(op, elaboration.grid, elaboration.edition, elaboration.canonical, foreign, names)
    problems: list[Diagnostic] = []
    for tensor in elaboration.tensors:
        name, spec = parameter_name(tensor), spec_of(tensor)
        try:
            type_ = tensor_type(name, spec, lambda: span)
        except DiagnosticError as problem:
            problems += problem.diagnostics
            continue
        rows, columns = spec.shape[-2:]
        accessor = ttl.TensorAccessorOp(name, parameter_index(tensor), type_, (rows, columns), float(spec.padding))
        accessor.result.name_hint = value_hint(name)
        kernel.add(accessor)
        kernel.tensors[tensor] = accessor.result
    if problems:
        raise DiagnosticError(tuple(problems))
    for buffer in elaboration.buffers:
        element = TileType(buffer.dtype) if buffer.tiled else ScalarType(buffer.dtype)
        type_ = ttl.CircularBufferType(buffer.shape, element, buffer.block_count)
        kernel.buffers[buffer] = _add(kernel, ttl.CreateCBOp(buffer.name, type_), buffer.name, buffer.origin, span)
    for pipe in elaboration.pipes:
        (left, right), (top, bottom) = pipe.range
        created = ttl.CreatePipeOp(pipe.name, pipe.source, (left, top), (right - 1, bottom - 1))
        kernel.pipes[pipe] = _add(kernel, created, pipe.name, pipe.origin, span)
    for semaphore in elaboration.semaphores:
        counter = ttl.CreateSemaphoreOp(semaphore.name, semaphore.initial_value)
        kernel.semaphores[semaphore] = _add(kernel, counter, semaphore.name, semaphore.origin, span)
    return kernel


def _add(kernel: KernelBuilder, op: Operation, name: str, origin: Origin | None, span: Span) -> SSAValue:
    """Adds a resource of the kernel, with the place where it was made."""
    op.results[0].name_hint = value_hint(name)
    at = origin.span() if origin else span
    kernel.add(op, location(at))
    return op.results[0]


def _in_order(found: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """In the order of the source, each once: a function that is inlined twice has its errors twice."""
    unique: dict[tuple[str, Span | None], Diagnostic] = {}
    for diagnostic in found:
        unique.setdefault((diagnostic.code, diagnostic.span), diagnostic)
    return tuple(sorted(unique.values(), key=_place))


def _place(diagnostic: Diagnostic) -> tuple[str, int, int]:
    span = diagnostic.span
    return (span.file, span.line, span.column) if span else ("", 0, 0)
