"""Commands that compile the kernels which a script calls, and compute nothing: `compile`, `check`, `export`."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ttlang.diagnostics import CODES, Diagnostic, DiagnosticError, Severity, allow_comments
from ttlang.diagnostics.session import Session, session
from ttlang.engine.exits import Exit
from ttlang.engine.script import Ending, Reading, run_script
from ttlang.settings import variables as env
from ttlang.tools.command_input import source_of, unwritable
from ttlang.tools.report import Report

if TYPE_CHECKING:
    from ttlang.driver.compiler import CompiledKernel

UNCALLED = "TTL0005"


class Compiling:
    """A script whose kernels are compiled, and what came of them."""

    def __init__(self, arguments: Namespace, use: Callable[[CompiledKernel], object], *, apart: bool = False):
        """`use` gets each kernel that compiles. `apart`: what the script prints goes to standard error."""
        self.report = Report(json=arguments.json)
        self.script = source_of(arguments)
        self._owns_process: bool = arguments.owns_process
        self._use = use
        self._apart = apart or arguments.json
        self._good: list[CompiledKernel] = []
        self._session = Session()

    def run(
        self,
        finish: Callable[[], Exit],
        calls: Callable[[CompiledKernel, Sequence[Any], Sequence[int]], None] | None = None,
        *,
        computes: bool = False,
    ) -> int:
        """
        Runs the script. `calls` gets each kernel with the tensors and numbers of the call, and has computed them if it
        `computes`. `finish` is called once, when the script has ended.
        """
        from ttlang.driver.call_observers import observe

        def end(ending: Ending) -> int:
            self._end(ending)
            return finish()

        reading = Reading(self.script, lambda: [name for name, _ in self._session.not_called], end)
        stop = None if computes else reading.leaving if self._owns_process else reading.raising
        if self._owns_process:
            reading.watch_forks()
        output = redirect_stdout(sys.stderr) if self._apart else nullcontext()
        with session() as self._session, observe(self._observe, calls=calls, reading=stop), output:
            with self.report.warnings():
                ending = run_script(self.script)
            return reading.finish(ending)

    def _observe(self, outcome: CompiledKernel | DiagnosticError) -> None:
        if isinstance(outcome, DiagnosticError):
            self.report.show_error(outcome)
            return
        self.report.kernels.append(outcome.name)
        self.report.show(*outcome.findings)
        try:
            self._use(outcome)
            self._good.append(outcome)
        except DiagnosticError as found:
            self.report.show_error(found)

    def _end(self, ending: Ending) -> None:
        self.report.show_ending(ending)
        if not self._session.called and ending.how == "finished":
            self.report.show(no_kernel(self.script.path))

    def show_uncalled(self) -> None:
        """Notes on kernels of the script itself that nothing has called."""
        for name, place in self._session.not_called:
            if place.file == self.script.path:
                message = f"{name} is not called, so it is not checked"
                self.report.show(Diagnostic(UNCALLED, message, place, severity=Severity.NOTE))

    def show_unused(self) -> None:
        """Warnings of comments that allow what is not there, in kernels that have been called and are right."""
        if self.report.errors:
            return
        heeded = {heeded for compiled in self._good for heeded in compiled.heeded}
        called = [place for _, place in self._session.called if place is not None]
        for file in dict.fromkeys(place.file for place in called):
            for comment in allow_comments.allows_of(file):
                if comment not in heeded and _is_spoken_for(comment, self._session):
                    self.report.show(allow_comments.unused(comment))


def no_kernel(path: str) -> Diagnostic:
    """The note on a script that called no kernel."""
    return Diagnostic(UNCALLED, f"{path} called no kernel", severity=Severity.NOTE)


def _is_spoken_for(comment: allow_comments.Allow, session: Session) -> bool:
    """Whether a comment lies in a kernel that was called, and its code is one that compiling finds."""
    if comment.code not in CODES or comment.code.startswith("TTL08"):
        return False
    places = [(place, (name, place) in session.called) for name, place in session.made]
    before = [(place.line, called) for place, called in places if place.file == comment.span.file]
    around = [entry for entry in before if entry[0] <= comment.span.line]
    return bool(around) and max(around)[1]


def compile_command(arguments: Namespace) -> int:
    """`ttlang compile`."""
    texts: list[str] = []

    def show(compiled: CompiledKernel) -> None:
        # Printed at the end: within the script, an output that is closed would be taken for a mistake of the script.
        if arguments.kernel in (None, compiled.name):
            texts.append(printed(compiled, arguments.print))

    def finish() -> Exit:
        report = compiling.report
        if arguments.output is None:
            print(*texts, sep="\n", end="\n" if texts else "", file=report.out)
        elif report.exit_code is Exit.OK:
            text = "".join(f"{text.rstrip()}\n" for text in texts)
            Path(arguments.output).write_text(text, encoding="utf-8")
        return report.exit_code

    compiling = Compiling(arguments, show, apart=True)
    if arguments.output is not None and (problem := unwritable("-o", arguments.output, arguments.script)):
        print(f"ttlang: {problem}", file=sys.stderr)
        return Exit.COMMAND
    return compiling.run(finish)


def printed(compiled: CompiledKernel, form: str) -> str:
    """
    A kernel in one of the forms of `compile --print`; TTLANG_DEBUG_LOCATIONS has IR say where in the source it is from.
    Raises a TTL0232 for a form that a program from a file does not have.
    """
    from ttlang.driver.compiler import print_ir

    locations = env.DEBUG_LOCATIONS.is_set()
    match form:
        case "ttl":
            return print_ir(compiled.source("the ttl IR that it comes from"), locations=locations)
        case "plan":
            return "\n".join([compiled.plan(), *_by_the_clock(compiled)])
        case "ttkernel":
            return print_ir(compiled.module, locations=locations) if locations else str(compiled.program)
        case "runner":
            from ttlang.backends.ttnn import runner_source

            return runner_source(compiled.program)
        case _:
            files = [(f"// {compiled.name}/{name}.cpp ", text) for name, text in compiled.cpp().items()]
            return "\n".join(f"{head:-<100}\n{text}" for head, text in files)


def _by_the_clock(compiled: CompiledKernel) -> Iterator[str]:
    """
    What the plan advises, with what the clock says it gains. Nothing for a kernel whose time depends on data, or on
    integers that only a call has, or that does not come to its end.
    """
    from ttlang.profiler.advice import plan_advice

    program = compiled.simulation.simulation.program
    if any(kernel.numbers for kernel in program.kernels):
        return
    try:
        prediction = compiled.predict()
    except DiagnosticError:
        return
    if prediction.time.stopped or not (found := plan_advice(prediction)):
        return
    yield f"\nby the clock, which has {prediction.cycles:.0f} cycles:"
    yield from (f"  {each.text}; {each.evidence}" for each in found)


def check_command(arguments: Namespace) -> int:
    """`ttlang check`."""
    if arguments.fix:
        from ttlang.tools.fix import fix_script

        for line in fix_script(arguments.script, arguments.arguments, also=arguments.fix_in, flags=_flags(arguments)):
            print(line, file=sys.stderr)
    compiling = Compiling(arguments, _try_cpp)

    def finish() -> Exit:
        compiling.show_uncalled()
        compiling.show_unused()
        compiling.report.summarize("check")
        return compiling.report.exit_code

    return compiling.run(finish)


def _flags(arguments: Namespace) -> list[str]:
    """Those of a check that decide what it finds."""
    given = (("--arch", arguments.arch), ("--metal-api", arguments.metal_api))
    return [word for flag, value in given if value is not None for word in (flag, value)]


def _try_cpp(compiled: CompiledKernel) -> None:
    """Some mistakes show only in the C++: a function that the generation of the kernel API lacks."""
    compiled.cpp()


def export_command(arguments: Namespace) -> int:
    """`ttlang export`."""
    from ttlang.tools.exporter import Exporter

    if not arguments.output:
        print("ttlang: -o '' is no folder", file=sys.stderr)
        return Exit.COMMAND
    exporter = Exporter(Path(arguments.output), arguments.kernel, arguments.values, arguments.force)
    compiling = Compiling(arguments, _try_cpp)

    def finish() -> Exit:
        report = compiling.report
        if report.exit_code is not Exit.OK:
            return report.exit_code
        try:
            folders = exporter.write()
        except DiagnosticError as found:
            report.show_error(found)
            return report.exit_code
        print(*folders, sep="\n", end="\n" if folders else "", file=report.out)
        if folders or arguments.kernel is None:
            return report.exit_code
        print(f"ttlang: {arguments.script} calls no kernel {arguments.kernel}", file=sys.stderr)
        return Exit.COMMAND

    return compiling.run(finish, exporter.add, computes=arguments.values)
