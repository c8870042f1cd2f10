"""From the `ttl` IR of a kernel to its program: runs the pipeline, dumps what is asked for, reports its failures."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.passes import ModulePass
from xdsl.printer import Printer

from ttlang.analysis.accessed_tensors import accessed
from ttlang.analysis.locations import span_of
from ttlang.analysis.reads_onto_shards import reads_onto_shards
from ttlang.analysis.verification import Verifier
from ttlang.diagnostics import Diagnostic, error
from ttlang.diagnostics.allow_comments import Allow
from ttlang.diagnostics.edition_names import speaking
from ttlang.diagnostics.findings import Findings
from ttlang.diagnostics.internal_errors import Maker, reproducing
from ttlang.dialects import ttkernel, ttl
from ttlang.dialects.copying import copied
from ttlang.dialects.ttkernel.facets import WritesTensor
from ttlang.driver.checkpoints import checkpoint
from ttlang.driver.pipeline import TTLInsertEndsPass, TTLLowerComputePass, make_pipeline
from ttlang.driver.universe import make_context
from ttlang.settings import variables as env
from ttlang.settings.collection import no_collection
from ttlang.settings.options import CompileOptions
from ttlang.settings.target import Target
from ttlang.settings.variables import Variable, cannot_write, make_folder
from ttlang.tables.chips import find_chip

if TYPE_CHECKING:
    from ttlang.backends.simulator import GeneratedProgram, HasPages
    from ttlang.backends.simulator.predicted_time import Prediction


class Chosen(Protocol):
    """How the sizes of a kernel were chosen."""

    @property
    def values(self) -> Mapping[str, object]:
        """By the names of parameters and options."""
        ...

    def report(self) -> list[str]:
        """For the plan: what was chosen, and why no larger one."""
        ...

    def reasons(self) -> Mapping[str, str]:
        """By the same names: what it could be, and why it is no larger. Others are tried for that."""
        ...


@dataclass(frozen=True)
class CompiledKernel:
    """A kernel for tensors of one description."""

    program: ttkernel.ProgramOp
    options: CompileOptions
    initial: ModuleOp
    """The `ttl` IR that it was lowered from; of a program that was read from a file, that file's IR."""
    findings: tuple[Diagnostic, ...] = ()
    """What is to be told of it: its warnings."""
    heeded: frozenset[Allow] = frozenset()
    """Comments `# ttl: allow CODE` that have silenced some."""
    chosen: Chosen | None = None
    """Of a kernel that leaves sizes to be chosen."""

    @property
    def name(self) -> str:
        return self.program.sym_name.data

    @cached_property
    def target(self) -> Target:
        """What it was compiled for."""
        return Target(find_chip(self.program.arch.data), self.program.generation)

    @cached_property
    def outputs(self) -> frozenset[str]:
        """The parameters whose tensors it writes."""
        return frozenset(accessed(self.program, WritesTensor))

    @cached_property
    def reads_onto_shards(self) -> dict[ttkernel.TensorOp, Operation]:
        """The tensors on whose shards pages of DRAM are read."""
        return reads_onto_shards(self.program)

    def cpp(self) -> dict[str, str]:
        """TT-Metal C++, by the names of the threads."""
        from ttlang.backends.cpp.printer import print_program

        with self.printing():
            return print_program(self.program, metal_api=self.target.generation.name)

    def source(self, what: str) -> ModuleOp:
        """
        The `ttl` IR that it was lowered from. Raises a TTL0232 for a program that was read from a file, which does not
        tell: `what` is what can't be had of it.
        """
        if isinstance(self.initial.body.block.first_op, ttl.KernelOp):
            return self.initial
        message = f"{self.name} is given as a lowered program, which does not tell {what}"
        hint = "give the kernel's ttl IR, as `ttlang compile --print ttl` prints it"
        raise error("TTL0232", message, span_of(self.program), hint=hint)

    def plan(self) -> str:
        """What the compiler decided: buffers, L1, DST sections. Raises a TTL0232 as `source` does."""
        from ttlang.analysis.compile_report import compile_report, inferred_report, shared_report

        module, context = self.source("the plan that led to it").clone(), make_context(Findings())
        kernel = module.body.block.first_op
        assert isinstance(kernel, ttl.KernelOp)
        written: list[str] = []
        for stage in make_pipeline(self.options):
            if isinstance(stage, TTLInsertEndsPass):
                written = [*shared_report(kernel), *inferred_report(kernel)]
            if isinstance(stage, TTLLowerComputePass):
                break
            stage.apply(context, module)
        sizes = self.chosen.report() if self.chosen is not None else []
        return "\n".join([compile_report(kernel), *written, *sizes, *self._approximate()])

    def _approximate(self) -> Iterator[str]:
        from ttlang.backends.simulator.unrecorded_results import functions_without_rule, has_unrecorded_sums

        names = functions_without_rule(self.program)
        if names:
            width = 32 if self.program.dst32 else 16
            where = f"with {width} bits in DST, ttnn {self.program.generation}"
            yield f"\nnot known to the bit {where}, so that `chip` rounds exact results: {', '.join(names)}"
        if has_unrecorded_sums(self.program):
            generation = self.program.generation
            yield f"\nnot known to the bit: the sums of rows of ttnn {generation}, which `chip` has from its headers"

    @cached_property
    def simulation(self) -> GeneratedProgram:
        """The program, ready to run in the simulator."""
        from ttlang.backends.simulator import prepare

        with self.simulating():
            return prepare(self.program)

    @cached_property
    def counting_simulation(self) -> GeneratedProgram:
        """The same, whose runs count what each line does."""
        from ttlang.backends.simulator import prepare

        with self.simulating():
            return prepare(self.program, counting=True)

    def predict(self, numbers: Sequence[int] = (), tensors: Sequence[HasPages] = ()) -> Prediction:
        """
        What the program takes on its chip, by the clock of the simulator (docs/time.md): cycles, microseconds, the time
        of each line. `numbers`: the integers of a call that are no constants, in the order of the parameters.
        `tensors`: those of the call, for a program that depends on data, which is run on them and leaves them as they
        are. Raises a TTL0213 for such a program where there are none.
        """
        from ttlang.backends.simulator.predicted_time import predict

        with self.simulating():
            return predict(self.simulation.simulation, numbers, tensors)

    def least_cycles(self, numbers: Sequence[int] = ()) -> float:
        """
        Cycles that the program takes at least, by the clock of the simulator: found in a small part of the time that
        `predict` takes, by a few of its cores (docs/time.md). `numbers`: as `predict` has them. 0.0 for a program that
        depends on data, of which nothing is known without it.
        """
        from ttlang.backends.simulator.predicted_time import least_cycles

        with self.simulating():
            return least_cycles(self.simulation.simulation, numbers)

    def printing(self) -> AbstractContextManager[None]:
        """For what the printers do: their own errors are reported as such."""
        return reproducing("the C++ printer", self.name, self._printed)

    def simulating(self) -> AbstractContextManager[None]:
        """For what the simulator does: its own errors are reported as such."""
        return reproducing("the simulator", self.name, self._printed)

    def _printed(self, path: Path) -> tuple[str, str]:
        return f"ttlang-opt {path} -t tt-metal", print_ir(self.module, locations=True)

    @property
    def module(self) -> ModuleOp:
        """The `ttkernel` IR."""
        module = self.program.parent_op()
        assert isinstance(module, ModuleOp)
        return module


_ESCAPES = {"\n": "\\n", "\t": "\\t", "\\": "\\\\", '"': '\\"'}
"""In the strings of IR."""


class IRPrinter(Printer):
    """Prints the type of an operation without its location, which xDSL would print twice for `scf.while`."""

    def print_operation_type(self, op: Operation) -> None:
        self.print_function_type(op.operand_types, op.result_types)

    def print_string_literal(self, string: str) -> None:
        """As it is: what is escaped byte by byte is read as bytes, and not as a string."""
        if string.isascii():
            super().print_string_literal(string)
            return
        escaped = "".join(_ESCAPES.get(c) or (f"\\{ord(c):02X}" if c < " " else c) for c in string)
        self.print_string(f'"{escaped}"')


def print_ir(module: ModuleOp, *, locations: bool = False) -> str:
    stream = io.StringIO()
    IRPrinter(stream=stream, print_debuginfo=locations).print_op(module)
    return stream.getvalue() + "\n"


def pass_specs(passes: Sequence[ModulePass]) -> str:
    """What `ttlang-opt -p` takes to run these passes."""
    return ",".join(str(p.spec()) for p in passes)


Guard = Callable[[str, str, Maker], AbstractContextManager[None]]
"""What stands around a part of the compiler: its name, the kernel's, and the file that makes an error come again."""


def lower(
    module: ModuleOp, options: CompileOptions, findings: Findings | None = None, *, guard: Guard = reproducing
) -> ttkernel.ProgramOp:
    """
    The program of a module of one `ttl.kernel`, which is not changed. Raises a DiagnosticError for whatever is wrong
    with the kernel; an error of the compiler itself names the pass and a file that reproduces it. `findings` gets what
    is only told; without it, that is a warning of Python. `guard`: what becomes of errors that are no diagnostics.
    """
    initial, module = module, copied(module)
    kernel = module.body.block.first_op
    assert isinstance(kernel, ttl.KernelOp)
    name = kernel.sym_name.data
    with speaking(kernel.spoken):
        return _run_passes(initial, module, name, options, findings, guard)


def _run_passes(
    initial: ModuleOp, module: ModuleOp, name: str, options: CompileOptions, findings: Findings | None, guard: Guard
) -> ttkernel.ProgramOp:
    passes = make_pipeline(options)
    context = make_context(findings)
    each, dumped = env.VERIFY.is_set(), env.DUMP.is_set()
    _write(env.INITIAL_MLIR, module)
    if dumped:
        _dump(name, "00-ttl", module, passes)
    with no_collection():
        # The program always is; what led to it, only where that is asked for, as in the tests: it costs a tenth.
        verifier = Verifier()
        if each:
            with guard("the front end", name, lambda path: _before(initial, path, passes, 0)):
                verifier.verify(module)
        for index, stage in enumerate(passes):
            checkpoint()
            with guard(stage.name, name, lambda path, index=index: _before(initial, path, passes, index)):
                stage.apply(context, module)
                last = stage is passes[-1]
                if each or last:
                    verifier.verify(module, whole=last)
            if dumped:
                _dump(name, f"{index + 1:02}-{stage.name}", module, passes[index + 1 :])
    _write(env.FINAL_MLIR, module)
    program = module.body.block.first_op
    assert isinstance(program, ttkernel.ProgramOp)
    return program


def _before(initial: ModuleOp, path: Path, passes: Sequence[ModulePass], index: int) -> tuple[str, str]:
    """The command that runs the passes from `index` on, and the kernel as they find it: made anew, from the start."""
    module, context = initial.clone(), make_context(Findings())
    for stage in passes[:index]:
        stage.apply(context, module)
    return f"ttlang-opt {path} -p '{pass_specs(passes[index:])}'", print_ir(module, locations=True)


def dump_cpp(compiled: CompiledKernel) -> None:
    """Writes the C++ beside the IR, where `TTLANG_DUMP` asks for it."""
    if not env.DUMP.is_set():
        return
    folder = _dump_folder(compiled.name)
    for thread, source in compiled.cpp().items():
        (folder / f"{thread}.cpp").write_text(source, encoding="utf-8")


def _write(variable: Variable, module: ModuleOp) -> None:
    if path := variable.get():
        try:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).write_text(print_ir(module, locations=env.DEBUG_LOCATIONS.is_set()), encoding="utf-8")
        except OSError as cause:
            raise cannot_write(variable, Path(path), cause) from None


def _dump_folder(name: str) -> Path:
    return make_folder(env.DUMP, Path(env.DUMP.get()) / name)


def _dump(name: str, stage: str, module: ModuleOp, rest: Sequence[ModulePass]) -> None:
    path = _dump_folder(name) / f"{stage}.mlir"
    head = f"// ttlang-opt {path.name} -p '{pass_specs(rest)}'\n" if rest else ""
    path.write_text(head + print_ir(module, locations=True), encoding="utf-8")
