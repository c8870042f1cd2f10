"""Kernels from files of IR, which commands take in place of a script: compiled, and run on tensors that are made."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.utils.exceptions import VerifyException

from ttlang.analysis.locations import span_of
from ttlang.analysis.verification import Verifier
from ttlang.diagnostics import DiagnosticError, error, session
from ttlang.diagnostics.findings import Findings
from ttlang.diagnostics.internal_errors import INTERNAL, Maker
from ttlang.diagnostics.python_warnings import warn
from ttlang.dialects import ttkernel, ttl
from ttlang.driver.call_observers import show_observers
from ttlang.driver.compiler import CompiledKernel, dump_cpp, lower
from ttlang.driver.launch import emit_runner, launch
from ttlang.driver.pipeline import finish_lowered
from ttlang.driver.stated_options import stated_options
from ttlang.driver.universe import make_context
from ttlang.host.tensor import Tensor
from ttlang.settings import variables as env
from ttlang.settings.options import CompileOptions
from ttlang.tools.ir_file import UNREADABLE, read_ir
from ttlang.tools.ir_tensors import make_integers, make_tensors, read_values

OTHER_STAGE = "TTL0231"

_LATER = (ttl.ComputeOp, ttl.DMABarrierOp, ttl.TagReadsOp, ttl.WritesFlushedOp)
"""What passes make, and no front end: a kernel with such is on its way."""
_REST = "run the passes that are left, as the first line of a file of TTLANG_DUMP has them: ttlang-opt FILE -p PASSES"

Shown = Callable[[CompiledKernel, Sequence[Tensor]], None]


@dataclass(frozen=True)
class IRFile:
    """The kernels of a `.mlir`, each of which is called once."""

    path: str
    values: str | None = None
    """A file of values for its tensors (`read_values`)."""
    shown: Shown | None = None
    """Gets each kernel that has run, and its tensors as they are then."""
    is_module = False

    def execute(self) -> None:
        """Compiles each, and runs it unless somebody observes. Raises a DiagnosticError for what is wrong."""
        values = read_values(self.path, self.values)
        for found in _kernels(read_ir(make_context(), Path(self.path)), self.path):
            session.called(found.sym_name.data, None)
            try:
                compiled = _compiled(found)
                tensors, integers = make_tensors(compiled, values), make_integers(compiled, values)
            except DiagnosticError as wrong:
                # Edits are of Python's text, which this is not.
                bare = DiagnosticError(tuple(dataclasses.replace(one, fix=()) for one in wrong.diagnostics))
                if not show_observers(bare, ()):
                    raise bare from None
                continue
            if not show_observers(compiled, tensors, numbers=integers):
                self._run(compiled, tensors, integers)

    def _run(self, compiled: CompiledKernel, tensors: list[Tensor], integers: list[int]) -> None:
        for finding in compiled.findings:
            warn(finding)
        dump_cpp(compiled)
        if env.EMIT_RUNNER.is_set():
            emit_runner(compiled, tensors, integers)
        if env.COMPILE_ONLY.is_set():
            return
        launch(compiled, tensors, integers)
        if self.shown is not None:
            self.shown(compiled, tensors)


def _kernels(module: ModuleOp, path: str) -> Iterator[ttl.KernelOp | ttkernel.ProgramOp]:
    """The kernels of a module that verifies. Raises a TTL0230 or a TTL0231 where there are none."""
    try:
        Verifier().verify(module)
    except DiagnosticError as found:
        raise error(UNREADABLE, found.diagnostics[0].message, found.diagnostics[0].span or span_of(module)) from None
    kernels = [op for op in module.walk() if isinstance(op, ttl.KernelOp | ttkernel.ProgramOp)]
    if not kernels:
        message = f"{path} has no kernel: neither a ttl.kernel nor a ttkernel.program"
        raise error(OTHER_STAGE, message, span_of(module.body.block.first_op))
    yield from kernels


def _compiled(found: ttl.KernelOp | ttkernel.ProgramOp) -> CompiledKernel:
    """A kernel of a file, for the target that the command asks for. Raises a DiagnosticError if it is none for that."""
    options = CompileOptions(line_zones=env.AUTO_PROFILE.is_set())
    _check_target(found, "chip", found.arch.data, options.arch or env.ARCH.get())
    module = ModuleOp([found.clone()])
    if isinstance(found, ttkernel.ProgramOp):
        _check_target(found, "kernel API", found.metal_api.data, env.METAL_API.get())
        program = module.body.block.first_op
        assert isinstance(program, ttkernel.ProgramOp)
        finish_lowered(module, options)
        return CompiledKernel(program, _options_of(program), module)
    options = stated_options(found, options).resolved()
    _check_stage(found)
    findings = Findings()
    with findings.beside_errors():
        program = lower(module, options, findings, guard=_refusing(found))
    return CompiledKernel(program, options, module, tuple(findings), frozenset(findings.heeded))


def _options_of(program: ttkernel.ProgramOp) -> CompileOptions:
    return CompileOptions(
        program.arch.data,
        program.metal_api.data,
        bool(program.fp32_dest_acc_en),
        bool(program.dst_full_sync_en),
        program.math_fidelity.data,
        bool(program.math_approx_mode),
    )


def _check_target(found: ttl.KernelOp | ttkernel.ProgramOp, what: str, own: str, asked: str) -> None:
    if asked in ("", own):
        return
    message = f"{found.sym_name.data} is for the {what} {own}, which its IR follows, not for {asked}"
    raise error("TTL0002", message, span_of(found), hint=f"leave the {what} out, or make the IR for {asked}")


def _check_stage(kernel: ttl.KernelOp) -> None:
    """A kernel on its way would be lowered twice in part."""
    later = next((op for op in kernel.walk() if isinstance(op, _LATER) or op.name.startswith("ttkernel.")), None)
    if later is not None:
        message = f"{kernel.sym_name.data} has been lowered in part: {later.name} is what a pass makes"
        raise error(OTHER_STAGE, message, span_of(later), hint=_REST)


def _refusing(kernel: Operation):
    """What passes can't do with IR that somebody wrote is no error of ttlang itself."""

    @contextmanager
    def guard(part: str, name: str, make: Maker) -> Generator[None]:
        try:
            yield
        except DiagnosticError as found:
            first = found.diagnostics[0]
            if first.code != INTERNAL:
                raise
            raise error(OTHER_STAGE, f"{part} can't be run on {name}: {first.message}", first.span) from found
        except Exception as cause:
            last = str(cause).strip().splitlines()[-1:]
            what = ": ".join([type(cause).__name__, *last] if not isinstance(cause, VerifyException) else last)
            raise error(OTHER_STAGE, f"{part} can't be run on {name}: {what}", span_of(kernel), hint=_REST) from cause

    return guard
