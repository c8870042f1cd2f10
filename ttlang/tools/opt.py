"""
`ttlang-opt`: xdsl-opt with our dialects, passes and targets, found through the `xdsl.universe` entry point. What is
wrong is reported as `ttlang` reports it, at the line of the kernel, or of the file of IR where the IR names no other.
"""

from __future__ import annotations

import io
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import IO

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.interpreter import Interpreter
from xdsl.interpreters.printf import PrintfFunctions
from xdsl.interpreters.transform import OperationHandle, TransformFunctions
from xdsl.ir import Operation
from xdsl.passes import ModulePass, PassPipeline
from xdsl.transforms.transform_interpreter import TransformInterpreterPass
from xdsl.universe import Universe
from xdsl.utils.arg_spec import parse_pipeline
from xdsl.utils.exceptions import ArgSpecParseError, DiagnosticException, ParseError, VerifyException
from xdsl.xdsl_opt_main import xDSLOptMain

from ttlang.analysis.locations import span_of
from ttlang.diagnostics import DiagnosticError, error
from ttlang.diagnostics.edition_names import speaking
from ttlang.dialects import ttl
from ttlang.driver.universe import TTLANG_UNIVERSE
from ttlang.engine.exits import Exit
from ttlang.engine.streams import outcome, writable_streams
from ttlang.settings import variables as env
from ttlang.tables.editions import DEFAULT
from ttlang.tools.ir_file import UNREADABLE, parse_ir, unreadable

OTHER_STAGE = "TTL0231"
OURS = TTLANG_UNIVERSE.all_passes


class CommandError(Exception):
    """The command line is wrong, or a file that it names can't be had."""


@dataclass(frozen=True)
class ScheduleInterpreterPass(TransformInterpreterPass):
    """xDSL's interpreter of schedules, which can name the passes of every installed package, ours among them."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        schedule = self.find_transform_entry_point(op, self.entry_point)
        interpreter = Interpreter(op)
        interpreter.register_implementations(TransformFunctions(ctx, Universe.get_multiverse().all_passes))
        interpreter.register_implementations(PrintfFunctions())
        interpreter.call_op(schedule, (OperationHandle(op),))


class _Output(io.StringIO):
    """Keeps its text when xDSL closes it."""

    def close(self) -> None:
        pass


class TTLangOptMain(xDSLOptMain):
    """The driver."""

    def __init__(self, args: Sequence[str] | None = None):
        self._running: ModulePass | None = None
        self._output: _Output | None = None
        super().__init__("Runs passes of ttlang, and of xDSL, on a file of IR.", args)

    def run(self) -> None:
        """Reads, runs the passes, prints. Raises a DiagnosticError for what is wrong with the IR, or a CommandError."""
        try:
            super().run()
            if self._output is not None:
                Path(self.args.output_file).write_text(self._output.getvalue(), encoding="utf-8")
        except ParseError as cause:
            raise unreadable(cause) from None
        except (IsADirectoryError, FileNotFoundError, PermissionError) as cause:
            raise CommandError(f"{cause.filename or self.get_input_name()}: {cause.strerror}") from None

    def prepare_output(self) -> IO[str]:
        """A file is written when all is well: it may be the one that is read, or what an earlier run has made."""
        if self.args.output_file is None:
            return super().prepare_output()
        self._output = _Output()
        return self._output

    def register_all_passes(self) -> None:
        super().register_all_passes()
        self.register_pass(ScheduleInterpreterPass.name, lambda: ScheduleInterpreterPass)

    def parse_chunk(self, chunk: IO[bytes], file_extension: str, start_offset: int = 0) -> ModuleOp | None:
        if file_extension != "mlir":
            return super().parse_chunk(chunk, file_extension, start_offset)
        implicit = not self.args.no_implicit_module
        return parse_ir(self.ctx, chunk.read(), self.get_input_name(), line_offset=start_offset, implicit=implicit)

    def prepare_input(self) -> tuple[list[tuple[IO[bytes], int]], str]:
        try:
            return super().prepare_input()
        except ValueError as cause:
            raise CommandError(f"{cause}; --frontend names one of {', '.join(self.available_frontends)}") from None

    def setup_pipeline(self) -> None:
        try:
            unknown = [spec.name for spec in parse_pipeline(self.args.passes) if spec.name not in self.available_passes]
            if unknown:
                close = get_close_matches(unknown[0], self.available_passes, n=1)
                raise CommandError(f"there is no pass {unknown[0]}" + (f"; did you mean {close[0]}?" if close else ""))
            super().setup_pipeline()
        except (ValueError, ArgSpecParseError) as cause:
            raise CommandError(f"--passes: {cause}") from None
        between = self.pipeline.callback
        assert between is not None

        def enter(previous: ModulePass | None, module: ModuleOp, following: ModulePass | None) -> None:
            self._running = previous
            between(previous, module, following)
            self._running = following

        self.pipeline = PassPipeline(self.pipeline.passes, enter)

    def apply_passes(self, prog: ModuleOp) -> None:
        first = prog.body.block.first_op
        try:
            with speaking(first.spoken if isinstance(first, ttl.KernelOp) else DEFAULT):
                super().apply_passes(prog)
        except (DiagnosticError, ParseError):
            raise
        except DiagnosticException as cause:
            if self.args.verify_diagnostics:
                raise
            raise self._refused(prog, cause) from cause
        except Exception as cause:
            if self.args.shrink:
                raise
            raise self._refused(prog, cause) from cause

    def output_resulting_program(self, prog: ModuleOp) -> str:
        try:
            return super().output_resulting_program(prog)
        except ValueError as cause:
            raise CommandError(f"--target: {cause}") from None

    def _refused(self, module: ModuleOp, cause: Exception) -> DiagnosticError:
        lines = str(cause).strip().splitlines()
        kind = "" if isinstance(cause, DiagnosticException) else f"{type(cause).__name__}: "
        what, where = kind + (lines[-1] if lines else "").lstrip(") "), module.body.block.first_op
        if isinstance(cause, VerifyException):
            where = _unverified(module) or where
            what = f"{where.name if where else 'builtin.module'}: {what}"
        if self._running is None:
            return error(UNREADABLE, what, span_of(where))
        hint = (
            None
            if self._running.name not in OURS
            else (
                "a pass works on what those before it leave: docs/passes.md has the order, and "
                "`-p ttl-lower-to-ttkernel` runs them all. If they have run, this is a bug of ttlang, please report it"
            )
        )
        return error(OTHER_STAGE, f"{self._running.name} can't be run on this IR: {what}", span_of(where), hint=hint)


def _unverified(module: ModuleOp) -> Operation | None:
    """The innermost operation that does not verify."""
    for op in module.walk():
        try:
            op.verify(verify_nested_ops=False)
        except VerifyException:
            return op
    return None


def main() -> None:
    """Exits as `ttlang` does: `engine/exits.py` has the codes."""
    with writable_streams():
        code = outcome("ttlang-opt", _main)
    sys.exit(code)


def _main() -> int:
    try:
        TTLangOptMain().run()
    except DiagnosticError as found:
        if env.VERBOSE_ERRORS.is_set():
            traceback.print_exc()
        print(*(diagnostic.render() for diagnostic in found.diagnostics), sep="\n\n", file=sys.stderr)
        return Exit.KERNEL
    except CommandError as wrong:
        print(f"ttlang-opt: {wrong}", file=sys.stderr)
        return Exit.COMMAND
    return Exit.OK
