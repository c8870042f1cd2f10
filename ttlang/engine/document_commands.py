"""
What is done with a document on request: its kernels as texts, their profile, a run of the script in the simulator, the
search for sizes, an export. It runs in a process that has no other use.

The answer to "text" is a `KernelText`, or null. Others answer a page, `{"title": ..., "html": ...}`, or a text,
`{"title": ..., "text": ..., "language": ...}`.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from ttlang.diagnostics import DiagnosticError, Severity, error
from ttlang.driver.call_observers import observe_calls
from ttlang.engine.compiled_script import CompiledScript, try_cpp
from ttlang.engine.exporter import Exporter
from ttlang.engine.facts.kernel_facts import text_to_json
from ttlang.engine.facts.kernel_texts import kernel_texts
from ttlang.engine.facts.line_costs import prediction_of
from ttlang.engine.facts.told_facts import Called
from ttlang.engine.protocol import Fields
from ttlang.engine.script import Ending, Script, run_script
from ttlang.engine.timed_calls import TimedCall, TimedCalls
from ttlang.profiler import document
from ttlang.profiler.kernel_profile import profile_kernel
from ttlang.profiler.page.html_page import page
from ttlang.profiler.reruns import MOST_CALLS
from ttlang.settings import variables as env

if TYPE_CHECKING:
    from ttlang.driver.kernel import Kernel
    from ttlang.driver.tuning.tuned import Tuned

Tell = Callable[[str, float | None], None]
"""What is being done, and how much of it is done, from 0 to 1."""


def do_command(script: Script, calls: Sequence[Called], name: str, params: Fields, tell: Tell) -> Any:
    """
    Does a command of that name. `calls`: those of the script, as it was judged. `params` has `kernel`, the name of the
    one that is meant, or none for all. Raises a DiagnosticError for whatever is wrong.
    """
    kernel: str | None = params.get("kernel") or None
    match name:
        case "text":
            return _text(_named(calls, kernel), params)
        case "profile":
            return _profile(script, _named(calls, kernel), kernel, tell)
        case "simulate":
            return _simulate(script, kernel, tell)
        case "tune":
            return _tune(script, kernel, tell)
        case "export":
            return _export(script, kernel, params, tell)
        case _:
            raise error("TTL0002", f"there is no command {name}")


def _named(calls: Sequence[Called], kernel: str | None) -> list[Called]:
    return [call for call in calls if kernel in (None, call.compiled.name)]


def _shown(title: str, lines: Sequence[str]) -> Fields:
    return {"title": title, "text": "\n".join(lines) + "\n", "language": "plaintext"}


def _title(what: str, script: Script, kernel: str | None) -> str:
    return f"{what} of {kernel or Path(script.path).name}"


def _text(calls: Sequence[Called], params: Fields) -> Fields | None:
    """Of the first call: one `form`, of C++ one `thread`."""
    if not calls:
        return None
    texts = kernel_texts(calls[0].compiled, str(params.get("form")))
    thread = params.get("thread")
    return next((text_to_json(text) for text in texts if text.form != "cpp" or thread in (None, text.thread)), None)


# ---------------------------------------------------------------------------------------------------------- profile


def _profile(script: Script, calls: Sequence[Called], kernel: str | None, tell: Tell) -> Fields:
    tell("predicts", None)
    timed = [_timed(call) for call in calls]
    known = [each for each in timed if each is not None]
    if len(known) < len(timed) or not timed:
        known = _from_a_run(script, kernel)
    profiles: list[document.Kernel] = []
    for number, call in enumerate(known):
        tell(f"profiles {call.prediction.name}", number / len(known))
        profiles.append(
            profile_kernel(
                call.prediction,
                calls=call.calls,
                from_run=call.from_run,
                failed=call.failed,
                most_calls=MOST_CALLS / len(known),
            )
        )
    return {"title": _title("Profile", script, kernel), "html": page(document.Profile(script.path, tuple(profiles)))}


def _timed(call: Called) -> TimedCall | None:
    """None where its time depends on data."""
    prediction = prediction_of(call.compiled, call.numbers)
    return None if prediction is None else TimedCall(prediction, from_run=False)


def _from_a_run(script: Script, kernel: str | None) -> list[TimedCall]:
    """By the data of the script, which runs for that."""
    with TimedCalls(lambda *_: None) as calls, redirect_stdout(io.StringIO()):
        ending = run_script(script)
    found = [call for call in calls.found if kernel in (None, call.prediction.name)]
    return found or _nothing(script, kernel, ending)


def _nothing(script: Script, kernel: str | None, ending: Ending, which: str = "") -> NoReturn:
    """Raises why a command found no kernel: what the script failed with, or that it calls none of the name."""
    if any(found.severity is Severity.ERROR for found in ending.findings):
        raise DiagnosticError(ending.findings)
    raise error("TTL0005", f"{script.path} calls no kernel{f' {kernel}' if kernel else ''}{which}")


# --------------------------------------------------------------------------------------------------- runs of the script


def _simulate(script: Script, kernel: str | None, tell: Tell) -> Fields:
    """What `ttlang run --stats` prints."""
    tell("runs the script", None)
    told = io.StringIO()
    with env.given({env.STATS: "table"}), redirect_stdout(told), redirect_stderr(told):
        ending = run_script(script)
    findings = [found.render() for found in ending.findings]
    return _shown(_title("Simulation", script, kernel), [told.getvalue().rstrip(), *findings, ending.trace.rstrip()])


def _tune(script: Script, kernel: str | None, tell: Tell) -> Fields:
    """What `ttlang tune --explain` says. What was found is kept, so that the next judgement takes it."""
    tuned: list[Tuned] = []

    def tune(called: Kernel[Any], args: Sequence[object], kwargs: dict[str, Any]) -> None:
        if called.space is None or kernel not in (None, called.__name__):
            return

        def progress(step: str, done: int, total: int) -> None:
            tell(f"{called.__name__}: {step}", done / total if total else None)

        tuned.append(called.tune(*args, **kwargs, workers=1, progress=progress))

    with observe_calls(tune), redirect_stdout(io.StringIO()):
        ending = run_script(script)
    if not tuned:
        _nothing(script, kernel, ending, which=" that leaves sizes to be chosen")
    lines: list[str] = [line for each in tuned for line in ("", *each.summary(), "", *each.explain())]
    return _shown(_title("Tuning", script, kernel), lines[1:])


def _export(script: Script, kernel: str | None, params: Fields, tell: Tell) -> Fields:
    """
    What `ttlang export` writes, into `folder`: by default one beside the script, of its name with "_kernels". With
    `force`, what stands there already is written over.
    """
    path = Path(script.path)
    folder = Path(str(params.get("folder") or path.with_name(f"{path.stem}_kernels")))
    exporter = Exporter(folder, kernel, force=bool(params.get("force")))
    compiled = CompiledScript(script, try_cpp)
    tell("compiles", None)
    with redirect_stdout(io.StringIO()):
        compiled.run(lambda: 0, exporter.add)
    if found := [each for each in compiled.told() if each.severity is Severity.ERROR]:
        raise DiagnosticError(tuple(found))
    tell("writes", None)
    folders = exporter.write() or _nothing(script, kernel, compiled.ending)
    return _shown(_title("Export", script, kernel), [f"written: {each}" for each in folders])
