"""`ttlang`: runs, compiles and checks scripts that hold kernels."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from ttlang import __version__
from ttlang.diagnostics import CODES, Diagnostic, DiagnosticError
from ttlang.diagnostics.session import session
from ttlang.engine.compiled_script import no_kernel
from ttlang.engine.exits import EXIT_CODES, Exit
from ttlang.engine.script import run_script
from ttlang.engine.streams import outcome, writable_streams
from ttlang.settings import variables as env
from ttlang.settings.variables import NUMERICS, Variable, check_environment, given
from ttlang.tables.chips import CHIPS
from ttlang.tables.kernel_api import GENERATIONS
from ttlang.tools.command_input import misused, source_of
from ttlang.tools.compiling import check_command, compile_command, export_command
from ttlang.tools.report import Report

_SETTINGS = (
    (env.ARCH, "arch"),
    (env.METAL_API, "metal_api"),
    (env.NUMERICS_MODE, "numerics"),
    (env.SEED, "seed"),
    (env.STATS, "stats"),
    (env.DEBUG_LOCATIONS, "locations"),
    (env.AUTO_PROFILE, "line_zones"),
)

_COLLECTED_FROM = 50_000
"""
New objects after which garbage is looked for: 700 of Python's own are one class of the compiler, and to look for
garbage while it is imported costs a tenth of a short command.
"""


def _given(arguments: argparse.Namespace) -> dict[Variable, str]:
    """What stands in place of environment variables."""
    values = {variable: getattr(arguments, name, None) for variable, name in _SETTINGS}
    if values[env.STATS] and arguments.json:
        values[env.STATS] = "json"
    return {variable: str(value) for variable, value in values.items() if value is not None}


def _run(arguments: argparse.Namespace) -> int:
    report = Report(json=arguments.json)
    with report.warnings(), session() as following:
        ending = run_script(source_of(arguments))
    report.show_ending(ending)
    if not following.called and ending.how == "finished":
        report.show(no_kernel(arguments.script))
    return report.exit_code


def _profile(arguments: argparse.Namespace) -> int:
    from ttlang.tools.profiling import profile_command

    return profile_command(arguments)


def _tune(arguments: argparse.Namespace) -> int:
    from ttlang.tools.tuning import tune_command

    return tune_command(arguments)


def _mcp(arguments: argparse.Namespace) -> int:
    from ttlang.settings.extras import import_extra

    import_extra("mcp", "mcp")
    from ttlang.tools.mcp_server import serve

    serve()
    return Exit.OK


def _explain(arguments: argparse.Namespace) -> int:
    from ttlang.diagnostics.catalogue import find_mistakes, mistakes

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
        code = pages[0].code
        print(f"{code}: {CODES[code]}\n")
        if any(f"warning[{code}]" in page.console for page in pages):
            print(f"Where it is a warning, a comment `# ttl: allow {code}` at its line silences it there.\n")
        print(*(page.path.read_text(encoding="utf-8") for page in pages), sep="\n", end="")
        return 0
    scripts = [page for page in pages if page.script]
    if len(scripts) != 1:
        names = ", ".join(page.name for page in scripts)
        print(f"{arguments.code} has {f'several scripts: {names}' if names else 'no script'}", file=sys.stderr)
        return Exit.COMMAND
    print(scripts[0].wrong if arguments.side == "wrong" else scripts[0].right, end="")
    return 0


def _serve(_: argparse.Namespace) -> int:
    from ttlang.tools.language_server import serve

    return serve()


_SERVES = (
    "It speaks LSP over standard input and output, and is started by an editor (docs/editor.md). It runs no script by "
    "itself: where the editor says that a workspace is trusted, a worker process does"
)


_EXAMPLES = "list the example scripts, or print one, as in `ttlang examples softmax > softmax.py`"


def _pages(arguments: argparse.Namespace) -> int:
    from ttlang.tools.packaged_pages import show

    return show(arguments.kind, arguments.name)


_RUNS = (
    "The script runs, as with Python, but its kernels compute nothing: it ends where it reads a result. What it does "
    "before that (files that it writes, say) it does"
)


_TUNES = (
    "The script runs as with `ttlang run`; each kernel that leaves sizes to be chosen is tuned for what it is called "
    "with, before it runs. The best sizes are kept: later calls take them. A script may tune by itself, too, with a "
    "reference or on a card: `kernel.tune`"
)


_TIMES = (
    "The script runs as with `ttlang run`, and the simulator's clock tells what its kernels take, without hardware. "
    "With --json, the profile is one line of JSON, from which all views are made"
)


def _vscode(arguments: argparse.Namespace) -> int:
    from ttlang.tools.editor_extension import install

    return install(arguments.code)


@cache
def _parser() -> argparse.ArgumentParser:
    codes = "exit codes: " + "; ".join(f"{code.value} {text}" for code, text in EXIT_CODES.items())
    parser = argparse.ArgumentParser(prog="ttlang", description=__doc__, epilog=codes)
    parser.add_argument("--version", action="version", version=f"ttlang {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(
        name: str, handler: Callable[[argparse.Namespace], int], text: str, more: str = ""
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=f"{text}. {more}" if more else text)
        sub.set_defaults(handler=handler, command=name)
        return sub

    def script(sub: argparse.ArgumentParser, *, rest: str) -> None:
        sub.add_argument("--arch", choices=tuple(CHIPS), help="the chip (default: $TTLANG_ARCH or the first)")
        sub.add_argument("--json", action="store_true", help="diagnostics as JSON lines, on standard output")
        sub.add_argument(
            "script", help="a Python script that makes tensors and calls kernels; or kernels as IR, in a file .mlir"
        )
        after = "" if rest == argparse.REMAINDER else ", after a `--`"
        sub.add_argument("arguments", nargs=rest, help=f"arguments of the script{after}")

    run = command("run", _run, "run a script; without ttnn, in the simulator")
    run.add_argument("--numerics", choices=NUMERICS, help="the simulator's arithmetic: float32, or the chip's bits")
    run.add_argument("-m", "--module", action="store_true", help="the script is a module's name, as with `python -m`")
    run.add_argument("--seed", type=int, help="shuffle the simulator's schedule")
    run.add_argument(
        "--stats",
        action="store_const",
        const="table",
        help="count what each line did: tile operations, unpacks, packs, inits, pages, waits (with --json, as JSON)",
    )
    run.add_argument("--values", metavar="FILE.npz", help="of IR: values for its tensors, by their names")
    # As with Python, what follows the script is the script's.
    script(run, rest=argparse.REMAINDER)

    compile_ = command("compile", compile_command, "compile the kernels that a script calls, and print them", _RUNS)
    compile_.add_argument(
        "--print", choices=("ttl", "plan", "ttkernel", "cpp", "runner"), default="cpp", help="what to print"
    )
    compile_.add_argument("-o", "--output", help="a file to print to, written when there are no errors")
    compile_.add_argument(
        "--locations", action="store_const", const="1", help="IR says from which line each operation is"
    )
    compile_.add_argument("--metal-api", choices=GENERATIONS, help="generation of the kernel API")
    compile_.add_argument(
        "--line-zones", action="store_const", const="1", help="each line of a thread is a zone of Metal's profiler"
    )
    compile_.add_argument("--kernel", help="only the kernel of this name")
    script(compile_, rest="*")

    export = command(
        "export", export_command, "write the kernels that a script calls as folders that need no ttlang", _RUNS
    )
    export.add_argument("-o", "--output", required=True, help="the folder; a folder in it for each of several kernels")
    export.add_argument("--force", action="store_true", help="overwrite a folder of others, and files that were edited")
    export.add_argument("--metal-api", choices=GENERATIONS, help="generation of the kernel API")
    export.add_argument(
        "--line-zones", action="store_const", const="1", help="each line of a thread is a zone of Metal's profiler"
    )
    export.add_argument("--kernel", help="only the kernel of this name")
    export.add_argument(
        "--values",
        action="store_true",
        help="also run the kernels in the simulator, and keep the tensors' values",
    )
    script(export, rest="*")

    check = command("check", check_command, "compile the kernels that a script calls, and report what is wrong", _RUNS)
    check.add_argument("--metal-api", choices=GENERATIONS, help="generation of the kernel API")
    check.add_argument("--fix", action="store_true", help="make the edits that are sure in the script, then check")
    check.add_argument(
        "--fix-in", action="append", default=[], metavar="PATH", help="another file, or folder, that --fix may edit"
    )
    script(check, rest="*")

    profile = command("profile", _profile, "show where the time of kernels goes on the chip, by line", _TIMES)
    profile.add_argument("--core", metavar="X,Y", help="the lines of this core alone")
    profile.add_argument("--thread", help="the lines of this thread alone")
    profile.add_argument("--kernel", help="only the kernel of this name")
    profile.add_argument(
        "--diff", metavar="OTHER", help="what has changed since another script, or a profile of --json"
    )
    for option, text in (
        ("html", "write a page for the browser: source with heat, lanes and buffers over time, cores, roofline"),
        ("trace", "write a trace for Perfetto"),
        ("speedscope", "write profiles for speedscope"),
    ):
        profile.add_argument(f"--{option}", metavar="FILE", help=text)
    profile.add_argument(
        "--thorough", action="store_true", help="also of large kernels, try all that has a share of the critical path"
    )
    profile.add_argument("--chip", dest="arch", choices=tuple(CHIPS), help="the same as --arch")
    script(profile, rest="*")

    tune = command("tune", _tune, "find the best sizes of the kernels that a script calls, and keep them", _TUNES)
    tune.add_argument("--kernel", help="only the kernel of this name")
    tune.add_argument("--progress", action="store_true", help="with --json, also lines that say how far it is")
    tune.add_argument("--explain", action="store_true", help="what each configuration takes, or why it is out")
    tune.add_argument("--all", action="store_true", help="also predict what surely takes longer than the best")
    tune.add_argument("--workers", type=int, metavar="N", help="processes that work (default: one for each processor)")
    tune.add_argument("--sampler", choices=("optuna",), help="what proposes configurations (default: ttlang's search)")
    tune.add_argument("--trials", type=int, metavar="N", help="how many it proposes")
    tune.add_argument(
        "--export", metavar="FILE", help="also write what was found to a file that can be shipped beside the kernel"
    )
    script(tune, rest="*")

    lsp = command("lsp", _serve, "the language server, which editors start", _SERVES)
    # Editors add these to any server's command.
    lsp.add_argument("--stdio", action="store_true", help=argparse.SUPPRESS)

    explain = command("explain", _explain, "what a diagnostic means: a kernel that gets it, and how to repair it")
    which = explain.add_mutually_exclusive_group()
    for side in ("wrong", "right"):
        which.add_argument(
            f"--{side}", dest="side", action="store_const", const=side, help=f"print the {side} script alone"
        )
    explain.add_argument("code", help="a code, or the name of one of its pages; `all` lists them")

    command("mcp", _mcp, "tools for AI agents: a server of the Model Context Protocol, on standard input and output")

    for kind, text in (("docs", "list the pages of the documentation, or print one"), ("examples", _EXAMPLES)):
        pages = command(kind, _pages, text)
        pages.set_defaults(kind=kind)
        pages.add_argument("name", nargs="?", help="as in the list")

    vscode = command("vscode", _vscode, "install the extension for VS Code, which shows all of this while you type")
    vscode.add_argument("action", choices=("install",), help="what to do")
    vscode.add_argument("--code", metavar="COMMAND", help="the editor's command (default: code, codium and their kin)")
    return parser


def _no_file(parsed: argparse.Namespace) -> int:
    print(f"ttlang: {parsed.script} is not a file", file=sys.stderr)
    if parsed.json:
        report = Report(json=True)
        report.show(Diagnostic("TTL0006", f"{parsed.script} is not a file"))
        report.summarize(parsed.command)
    return Exit.COMMAND


_INTERRUPTED = 130
"""The exit code of a command that Ctrl-C has ended, as shells have it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Returns its exit code."""
    with writable_streams():
        return outcome("ttlang", lambda: _main(arguments))


def _main(arguments: Sequence[str] | None) -> int:
    parsed = _parser().parse_args(arguments)
    # Called with arguments, it is a function of a process that goes on.
    parsed.owns_process = arguments is None
    if parsed.owns_process:
        gc.set_threshold(_COLLECTED_FROM)
    if hasattr(parsed, "script") and not getattr(parsed, "module", False) and not Path(parsed.script).is_file():
        return _no_file(parsed)
    if hasattr(parsed, "script") and (problem := misused(parsed)):
        print(f"ttlang: {problem}", file=sys.stderr)
        return Exit.COMMAND
    try:
        with given(_given(parsed)):
            if hasattr(parsed, "script"):
                check_environment()
            return parsed.handler(parsed)
    except DiagnosticError as found:
        # Of an environment that is wrong.
        report = Report(json=getattr(parsed, "json", False))
        report.show_error(found)
        if report.json:
            report.summarize(parsed.command)
        return Exit.COMMAND
    except KeyboardInterrupt as stopped:
        print(f"ttlang: {stopped}" if str(stopped) else "ttlang: interrupted", file=sys.stderr)
        return _INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
