"""`ttlang profile`."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from math import inf
from pathlib import Path
from typing import Any

from ttlang.diagnostics.session import session
from ttlang.engine.compiled_script import no_kernel
from ttlang.engine.exits import Exit
from ttlang.engine.script import Script, Source, run_script
from ttlang.engine.timed_calls import TimedCalls
from ttlang.profiler.difference import difference, sides_of
from ttlang.profiler.document import Profile, to_data
from ttlang.profiler.file_views import FILE_VIEWS, missing_package, write_files
from ttlang.profiler.kernel_profile import profile_kernel
from ttlang.profiler.reruns import MOST_CALLS
from ttlang.profiler.table import show_all
from ttlang.tools.command_input import source_of, unwritable
from ttlang.tools.report import Report


def profile_command(arguments: Namespace) -> int:
    """Runs the script, and shows where the time of its kernels goes."""
    report = Report(json=arguments.json)
    try:
        core = None if arguments.core is None else _core(arguments.core)
        other = _read(arguments.diff) if arguments.diff and not arguments.diff.endswith(".py") else None
    except (OSError, ValueError) as problem:
        print(f"ttlang: {problem}", file=sys.stderr)
        return Exit.COMMAND
    files = {option: Path(path) for option in FILE_VIEWS if (path := getattr(arguments, option)) is not None}
    if problem := missing_package(files) or next(_unwritable(files, arguments.script), None):
        print(f"ttlang: {problem}", file=sys.stderr)
        return Exit.COMMAND
    profile = _profile(source_of(arguments), report, core, arguments)
    if problem := _missing(arguments, profile, core):
        print(f"ttlang: {problem}", file=sys.stderr)
        return max(report.exit_code, Exit.COMMAND)
    write_files(profile, files)
    if arguments.diff:
        if other is None:
            other = to_data(_profile(Script(arguments.diff, ()), report, core, arguments))
        # The script is what has become of the other one.
        print(*difference(sides_of(other), sides_of(to_data(profile))), sep="\n")
    elif arguments.json:
        print(json.dumps(to_data(profile)))
    else:
        show_all(profile.kernels, arguments.thread)
    return report.exit_code


def _unwritable(files: Mapping[str, Path], script: str) -> Iterator[str]:
    for option, path in files.items():
        if problem := unwritable(f"--{option}", str(path), script):
            yield problem


def _profile(source: Source, report: Report, core: tuple[int, int] | None, arguments: Namespace) -> Profile:
    """That of a script's kernels, or of the one with a name. What the script prints goes to standard error."""
    with report.warnings(), session() as following, TimedCalls(report.show) as calls, redirect_stdout(sys.stderr):
        ending = run_script(source)
    report.show_ending(ending)
    if not following.called and ending.how == "finished":
        report.show(no_kernel(source.path))
    found = [call for call in calls.found if arguments.kernel in (None, call.prediction.name)]
    return Profile(
        source.path,
        tuple(
            profile_kernel(
                call.prediction,
                calls=call.calls,
                from_run=call.from_run,
                failed=call.failed,
                core=_on(call, core),
                most_calls=inf if arguments.thorough else MOST_CALLS / len(found),
                over_time=arguments.json or any(getattr(arguments, option) for option in FILE_VIEWS),
            )
            for call in found
        ),
    )


def _on(call: Any, core: tuple[int, int] | None) -> tuple[int, int] | None:
    """The core, if the program of the call has it."""
    program = call.prediction.simulation.program
    return core if core and core[0] < program.columns and core[1] < program.rows else None


def _core(text: str) -> tuple[int, int]:
    column, comma, row = text.partition(",")
    if not (comma and column.isdecimal() and row.isdecimal()):
        raise ValueError(f"--core {text!r} is not a column and a row, as in 0,1")
    return int(column), int(row)


def _read(path: str) -> dict[str, Any]:
    """The last profile in a file of JSON lines."""
    for line in reversed(Path(path).read_text(encoding="utf-8").splitlines()):
        if line.startswith("{") and (found := json.loads(line)).get("kind") == "profile":
            return found
    raise ValueError(f"{path} holds no profile; `ttlang profile --json` prints one")


def _missing(arguments: Namespace, profile: Profile, core: tuple[int, int] | None) -> str | None:
    """What was asked for and is not there."""
    kernels = profile.kernels
    if not kernels:
        return f"{arguments.script} calls no kernel {arguments.kernel}" if arguments.kernel else None
    threads = dict.fromkeys(line.thread for kernel in kernels for line in kernel.lines)
    if arguments.thread is not None and arguments.thread not in threads:
        return f"there is no thread {arguments.thread}; the threads are {', '.join(threads)}"
    if core and not any(core[0] < kernel.columns and core[1] < kernel.rows for kernel in kernels):
        return f"no kernel has a core {core[0]},{core[1]}"
    return None
