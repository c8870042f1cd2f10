"""`ttlang`: runs, compiles and checks scripts that hold kernels."""

from __future__ import annotations

import argparse
import os
import runpy
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import nullcontext, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ttlang import __version__
from ttlang import options as env
from ttlang.architecture import ARCHITECTURES
from ttlang.diagnostics import CODES, DiagnosticError
from ttlang.diagnostics.words import count_of
from ttlang.driver.settings import Variable, check_environment, given
from ttlang.options import METAL_APIS, NUMERICS
from ttlang.tools.report import EXIT_CODES, Exit, Report

if TYPE_CHECKING:
    from ttlang.compiler import CompiledKernel


def _run_script(path: str, arguments: Sequence[str]) -> None:
    """Runs a script as `python script.py arguments...` would, with `import ttnn` at hand on every machine."""
    from ttlang.diagnostics.shadow import watch
    from ttlang.host import install_as_ttnn

    install_as_ttnn()
    sys.argv = [path, *arguments]
    sys.path.insert(0, str(Path(path).resolve().parent))
    with watch():
        runpy.run_path(path, run_name="__main__")


_SETTINGS = (
    (env.ARCH, "arch"),
    (env.METAL_API, "metal_api"),
    (env.NUMERICS_MODE, "numerics"),
    (env.SEED, "seed"),
    (env.STATS, "stats"),
)


def _given(arguments: argparse.Namespace) -> dict[Variable, str]:
    """What stands in place of environment variables."""
    values = {variable: getattr(arguments, name, None) for variable, name in _SETTINGS}
    if values[env.STATS] and arguments.json:
        values[env.STATS] = "json"
    return {variable: str(value) for variable, value in values.items() if value is not None}


def _show_script_error(path: str) -> None:
    """The traceback of a script, without the frames of this command."""
    kind, value, trace = sys.exc_info()
    while trace is not None and trace.tb_frame.f_code.co_filename != path:
        trace = trace.tb_next
    traceback.print_exception(kind, value, trace)


def _run(arguments: argparse.Namespace) -> int:
    report = Report(json=arguments.json)
    with report.warnings():
        try:
            _run_script(arguments.script, arguments.arguments)
        except DiagnosticError as found:
            if env.VERBOSE_ERRORS.is_set():
                traceback.print_exc()
            report.show_error(found)
        except Exception:
            _show_script_error(arguments.script)
            return Exit.SCRIPT
    return report.exit_code


def _compile_script(
    arguments: argparse.Namespace,
    report: Report,
    use: Callable[[CompiledKernel], None],
    calls_of: Callable[[CompiledKernel, Sequence[Any]], None] | None = None,
) -> Exit:
    """Runs a script with kernels compiled only, and hands each to `use`, and to `calls_of` with the call's tensors."""
    from ttlang.kernel import observe

    calls = 0

    def observer(outcome: CompiledKernel | DiagnosticError) -> None:
        nonlocal calls
        calls += 1
        if isinstance(outcome, DiagnosticError):
            report.show_error(outcome)
            return
        report.kernels.append(outcome.name)
        report.show(*outcome.findings)
        try:
            use(outcome)
        except DiagnosticError as found:
            report.show_error(found)

    # With JSON lines, standard output is theirs alone.
    script_output = redirect_stdout(sys.stderr) if arguments.json else nullcontext()
    with observe(observer, calls=calls_of, reading=None), report.warnings(), script_output:
        try:
            _run_script(arguments.script, arguments.arguments)
        except DiagnosticError as found:
            report.show_error(found)
        except Exception as failure:
            # Nothing was computed, so a script that looks at its results may well stop there.
            if calls == 0:
                _show_script_error(arguments.script)
                return Exit.SCRIPT
            what = ": ".join([type(failure).__name__, *str(failure).splitlines()[:1]])
            after = f"{arguments.script} stopped after {count_of(calls, 'kernel call')} ({what})"
            print(f"note: nothing was computed, and {after}", file=sys.stderr)
    if calls == 0 and not report.found:
        print(f"note: {arguments.script} called no kernel, so none was compiled", file=sys.stderr)
    return report.exit_code


def _compile(arguments: argparse.Namespace) -> int:
    report = Report(json=arguments.json)

    def show(compiled: CompiledKernel) -> None:
        if arguments.kernel not in (None, compiled.name):
            return
        print(_printed(compiled, arguments.print), file=report.out)

    return _compile_script(arguments, report, show)


def _printed(compiled: CompiledKernel, form: str) -> str:
    from ttlang.compiler import print_ir

    match form:
        case "ttl":
            return print_ir(compiled.initial)
        case "plan":
            return compiled.plan()
        case "ttkernel":
            return str(compiled.program)
        case "runner":
            from ttlang.backends.ttnn import runner_source

            return runner_source(compiled.program)
        case _:
            heads = {name: f"// {compiled.name}/{name}.cpp " for name in compiled.cpp()}
            return "\n".join(f"{heads[name]:-<100}\n{text}" for name, text in compiled.cpp().items())


def _try_cpp(compiled: CompiledKernel) -> None:
    """Some mistakes show only in the C++: a function that the generation of the kernel API lacks."""
    compiled.cpp()


def _check(arguments: argparse.Namespace) -> int:
    if arguments.fix:
        from ttlang.tools.fix import fix_script

        for line in fix_script([arguments.script, *arguments.arguments]):
            print(line, file=sys.stderr)
    report = Report(json=arguments.json)
    code = _compile_script(arguments, report, _try_cpp)
    if code is not Exit.SCRIPT:
        report.summarize("check")
    return code


def _export(arguments: argparse.Namespace) -> int:
    from ttlang.tools.export import Exporter

    exporter = Exporter(Path(arguments.output), kernel=arguments.kernel, values=arguments.values)
    report = Report(json=arguments.json)
    code = _compile_script(arguments, report, _try_cpp, exporter.add)
    if code is not Exit.OK:
        return code
    folders = exporter.write()
    print(*folders, sep="\n", end="\n" if folders else "")
    if folders or arguments.kernel is None:
        return code
    print(f"ttlang: {arguments.script} calls no kernel {arguments.kernel}", file=sys.stderr)
    return Exit.COMMAND


def _explain(arguments: argparse.Namespace) -> int:
    from ttlang.catalogue import find_mistakes, mistakes

    if arguments.code.lower() == "all":
        for code, title in CODES.items():
            print(f"{code}: {title}")
            print(*(f"    {page.name}: {page.title}" for page in mistakes() if page.code == code), sep="\n")
        return 0
    pages = find_mistakes(arguments.code)
    if not pages:
        print(f"{arguments.code} is no code of ttlang; `ttlang explain all` lists them", file=sys.stderr)
        return Exit.COMMAND
    if arguments.side is None:
        print(f"{pages[0].code}: {CODES[pages[0].code]}\n")
        print(*(page.path.read_text() for page in pages), sep="\n", end="")
        return 0
    scripts = [page for page in pages if page.script]
    if len(scripts) != 1:
        names = ", ".join(page.name for page in scripts)
        print(f"{arguments.code} has {f'several scripts: {names}' if names else 'no script'}", file=sys.stderr)
        return Exit.COMMAND
    print(scripts[0].wrong if arguments.side == "wrong" else scripts[0].right, end="")
    return 0


_EXAMPLES = "list the example scripts, or print one, as in `ttlang examples softmax > softmax.py`"


def _pages(arguments: argparse.Namespace) -> int:
    from ttlang.tools.pages import show

    return show(arguments.kind, arguments.name)


def _parser() -> argparse.ArgumentParser:
    codes = "exit codes: " + "; ".join(f"{code.value} {text}" for code, text in EXIT_CODES.items())
    parser = argparse.ArgumentParser(prog="ttlang", description=__doc__, epilog=codes)
    parser.add_argument("--version", action="version", version=f"ttlang {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, handler: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(handler=handler)
        return sub

    def script(sub: argparse.ArgumentParser, *, rest: str) -> None:
        sub.add_argument("--arch", choices=tuple(ARCHITECTURES), help="the chip (default: $TTLANG_ARCH or the first)")
        sub.add_argument("--json", action="store_true", help="diagnostics as JSON lines, on standard output")
        sub.add_argument("script", help="a Python script that makes tensors and calls kernels")
        after = "" if rest == argparse.REMAINDER else ", after a `--`"
        sub.add_argument("arguments", nargs=rest, help=f"arguments of the script{after}")

    run = command("run", _run, "run a script; without ttnn, in the simulator")
    run.add_argument("--numerics", choices=NUMERICS, help="the simulator's arithmetic: float32, or the chip's bits")
    run.add_argument("--seed", type=int, help="shuffle the simulator's schedule")
    run.add_argument(
        "--stats",
        action="store_const",
        const="table",
        help="count what each line did: tile operations, unpacks, packs, inits, pages, waits (with --json, as JSON)",
    )
    # As with Python, what follows the script is the script's.
    script(run, rest=argparse.REMAINDER)

    compile_ = command("compile", _compile, "compile the kernels that a script calls, and print them; nothing runs")
    compile_.add_argument(
        "--print", choices=("ttl", "plan", "ttkernel", "cpp", "runner"), default="cpp", help="what to print"
    )
    compile_.add_argument("--metal-api", choices=METAL_APIS, help="generation of the kernel API")
    compile_.add_argument("--kernel", help="only the kernel of this name")
    script(compile_, rest="*")

    export = command("export", _export, "write the kernels that a script calls as folders that need no ttlang")
    export.add_argument("-o", "--output", required=True, help="the folder; a folder in it for each of several kernels")
    export.add_argument("--metal-api", choices=METAL_APIS, help="generation of the kernel API")
    export.add_argument("--kernel", help="only the kernel of this name")
    export.add_argument(
        "--values",
        action="store_true",
        help="also run the kernels in the simulator, and keep the tensors' values",
    )
    script(export, rest="*")

    check = command("check", _check, "compile the kernels that a script calls, and report what is wrong with them")
    check.add_argument("--metal-api", choices=METAL_APIS, help="generation of the kernel API")
    check.add_argument("--fix", action="store_true", help="make the edits that diagnostics are sure of, then check")
    script(check, rest="*")

    explain = command("explain", _explain, "what a diagnostic means: a kernel that gets it, and how to repair it")
    which = explain.add_mutually_exclusive_group()
    for side in ("wrong", "right"):
        which.add_argument(
            f"--{side}", dest="side", action="store_const", const=side, help=f"print the {side} script alone"
        )
    explain.add_argument("code", help="a code, or the name of one of its pages; `all` lists them")

    for kind, text in (("docs", "list the pages of the documentation, or print one"), ("examples", _EXAMPLES)):
        pages = command(kind, _pages, text)
        pages.set_defaults(kind=kind)
        pages.add_argument("name", nargs="?", help="as in the list")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Returns its exit code."""
    parsed = _parser().parse_args(arguments)
    if hasattr(parsed, "script") and not Path(parsed.script).is_file():
        print(f"ttlang: {parsed.script} is not a file", file=sys.stderr)
        return Exit.COMMAND
    try:
        with given(_given(parsed)):
            if hasattr(parsed, "script"):
                check_environment()
            return parsed.handler(parsed)
    except DiagnosticError as found:
        # Of an environment that is wrong.
        Report(json=getattr(parsed, "json", False)).show_error(found)
        return Exit.COMMAND
    except BrokenPipeError:
        # Whoever read the output has seen enough; Python must not complain of it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK


if __name__ == "__main__":
    sys.exit(main())
