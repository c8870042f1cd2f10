"""Commands that compile the kernels which a script calls, and compute nothing: `compile`, `check`, `export`."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from contextlib import nullcontext, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ttlang.diagnostics import DiagnosticError
from ttlang.engine.compiled_script import CompiledScript, try_cpp
from ttlang.engine.exits import Exit
from ttlang.settings import variables as env
from ttlang.tools.command_input import source_of, unwritable
from ttlang.tools.report import Report

if TYPE_CHECKING:
    from ttlang.driver.compiler import CompiledKernel


class Compiling:
    """A script whose kernels are compiled, and a report of what came of them."""

    def __init__(
        self,
        arguments: Namespace,
        use: Callable[[CompiledKernel], object],
        *,
        apart: bool = False,
        judges_uncalled: bool = False,
    ):
        """
        `use` gets each kernel that compiles. `apart`: what the script prints goes to standard error. `judges_uncalled`:
        as `CompiledScript` has it.
        """
        self.report = Report(json=arguments.json)
        self.compiled = CompiledScript(source_of(arguments), use, self.report.show, judges_uncalled=judges_uncalled)
        self._owns_process: bool = arguments.owns_process
        self._apart = apart or arguments.json

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

        def end() -> int:
            report, compiled = self.report, self.compiled
            report.kernels += compiled.kernels
            report.show(*compiled.warnings)
            report.show_ending(compiled.ending)
            report.show(*compiled.told())
            return finish()

        with redirect_stdout(sys.stderr) if self._apart else nullcontext():
            return self.compiled.run(end, calls, computes=computes, owns_process=self._owns_process)


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
            from ttlang.engine.facts.kernel_texts import plan_text

            return plan_text(compiled)
        case "ttkernel":
            return print_ir(compiled.module, locations=locations) if locations else str(compiled.program)
        case "runner":
            from ttlang.backends.ttnn import runner_source

            return runner_source(compiled.program)
        case _:
            files = [(f"// {compiled.name}/{name}.cpp ", text) for name, text in compiled.cpp().items()]
            return "\n".join(f"{head:-<100}\n{text}" for head, text in files)


def check_command(arguments: Namespace) -> int:
    """`ttlang check`."""
    if arguments.fix:
        from ttlang.tools.fix import fix_script

        for line in fix_script(arguments.script, arguments.arguments, also=arguments.fix_in, flags=_flags(arguments)):
            print(line, file=sys.stderr)
    compiling = Compiling(arguments, try_cpp, judges_uncalled=True)

    def finish() -> Exit:
        compiling.report.show(*compiling.compiled.told_by_check())
        compiling.report.summarize("check")
        return compiling.report.exit_code

    return compiling.run(finish)


def _flags(arguments: Namespace) -> list[str]:
    """Those of a check that decide what it finds."""
    given = (("--arch", arguments.arch), ("--metal-api", arguments.metal_api))
    return [word for flag, value in given if value is not None for word in (flag, value)]


def export_command(arguments: Namespace) -> int:
    """`ttlang export`."""
    from ttlang.engine.exporter import Exporter

    if not arguments.output:
        print("ttlang: -o '' is no folder", file=sys.stderr)
        return Exit.COMMAND
    exporter = Exporter(Path(arguments.output), arguments.kernel, arguments.values, arguments.force)
    compiling = Compiling(arguments, try_cpp)

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
