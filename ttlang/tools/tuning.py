"""`ttlang tune`."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Generator, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any, TextIO

from ttlang.diagnostics.session import session
from ttlang.driver.call_observers import observe_calls
from ttlang.driver.kernel import Kernel
from ttlang.driver.tuning.progress import shown_progress
from ttlang.driver.tuning.shipped_choices import export
from ttlang.driver.tuning.tuned import Tuned
from ttlang.driver.tuning.tuner import Progress
from ttlang.engine.compiled_script import no_kernel
from ttlang.engine.exits import Exit
from ttlang.engine.script import run_script
from ttlang.language.specs import read_spec
from ttlang.language.tensors import is_tensor
from ttlang.tools.command_input import source_of, unwritable
from ttlang.tools.report import Report
from ttlang.tools.tuned_table import show_tuned

_SCHEMA = 1
"""Of the JSON: it grows when a field changes its meaning or goes."""


def tune_command(arguments: Namespace) -> int:
    """Runs the script, tunes its kernels, and shows what was found."""
    report = Report(json=arguments.json)
    problem = unwritable("--export", arguments.export, arguments.script) if arguments.export else None
    if arguments.workers is not None and arguments.workers < 1:
        problem = "--workers is a number of processes, at least 1"
    if arguments.trials is not None and (arguments.trials < 1 or arguments.sampler is None):
        problem = "--trials is a number of configurations, at least 1, that --sampler proposes"
    if problem:
        print(f"ttlang: {problem}", file=sys.stderr)
        return Exit.COMMAND
    found: dict[object, Tuned] = {}

    def tune(kernel: Any, args: Sequence[object], kwargs: dict[str, object]) -> None:
        if kernel.space is not None and arguments.kernel in (None, kernel.__name__):
            _tune(kernel, args, kwargs, found, arguments, report.out)

    with (
        report.warnings(),
        session() as following,
        observe_calls(tune),
        redirect_stdout(sys.stderr),
    ):
        ending = run_script(source_of(arguments))
    report.show_ending(ending)
    if not following.called and ending.how == "finished":
        report.show(no_kernel(arguments.script))
    tuned = list(found.values())
    if arguments.json:
        print(json.dumps({"schema": _SCHEMA, "kind": "tuning", "kernels": [each.to_data() for each in tuned]}))
    else:
        show_tuned(tuned, sys.stdout, explained=arguments.explain)
    if arguments.export and tuned:
        export(Path(arguments.export), [each.to_ship for each in tuned if each.to_ship is not None])
        print(f"written: {arguments.export}", file=sys.stderr)
    return report.exit_code


def _tune(
    kernel: Kernel[Any],
    args: Sequence[object],
    kwargs: dict[str, Any],
    found: dict[object, Tuned],
    arguments: Namespace,
    out: TextIO,
) -> None:
    """Once for calls that are alike."""
    described = [read_spec(value) if is_tensor(value) else value for value in (*args, *kwargs.values())]
    key = kernel.function, repr([*described, *kwargs])
    if key in found:
        return
    watched = arguments.json and arguments.progress
    with told_progress(kernel.__name__, out) if watched else shown_progress(kernel.__name__) as progress:
        found[key] = kernel.tune(
            *args,
            **kwargs,
            workers=arguments.workers,
            predicts_all=arguments.all,
            progress=progress,
            sampler=arguments.sampler,
            trials=arguments.trials,
        )


@contextmanager
def told_progress(name: str, out: TextIO) -> Generator[Progress]:
    """A line of JSON for each evaluation."""

    def progress(step: str, done: int, total: int) -> None:
        line = {"schema": _SCHEMA, "kind": "progress", "kernel": name, "step": step, "done": done, "total": total}
        print(json.dumps(line), file=out, flush=True)

    yield progress
