"""A script whose kernels are compiled and compute nothing, and what is to be told of it: the one home of `check`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NoReturn

from ttlang.diagnostics import CODES, Diagnostic, DiagnosticError, Severity, allow_comments
from ttlang.diagnostics.python_warnings import collected
from ttlang.diagnostics.session import Session, session
from ttlang.engine.moved_places import MovedPlaces
from ttlang.engine.script import Ending, Reading, ScriptEnd, Source, run_script
from ttlang.engine.uncalled_kernels import call_uncalled

if TYPE_CHECKING:
    from ttlang.driver.compiler import CompiledKernel

UNCALLED = "TTL0005"

Use = Callable[["CompiledKernel"], object]
"""What is made of a kernel that compiles. Raises a DiagnosticError for what only that shows."""
Show = Callable[[Diagnostic], object]
CallObserver = Callable[["CompiledKernel", Sequence[Any], Sequence[int]], None]


@dataclass(frozen=True)
class CallOutcome:
    """What came of a call."""

    name: str | None
    """Of a kernel that compiles."""
    findings: tuple[Diagnostic, ...]
    heeded: frozenset[allow_comments.Allow] = frozenset()
    """Comments that have silenced something, of a kernel that is right."""


def outcome_of(found: CompiledKernel | DiagnosticError, use: Use) -> CallOutcome:
    """The outcome of a call, and of what is made of its kernel."""
    if isinstance(found, DiagnosticError):
        return CallOutcome(None, found.diagnostics)
    try:
        use(found)
    except DiagnosticError as problem:
        return CallOutcome(found.name, (*found.findings, *problem.diagnostics))
    return CallOutcome(found.name, found.findings, found.heeded)


def try_cpp(compiled: CompiledKernel) -> None:
    """What `check` makes of a kernel. Some mistakes show only in the C++: a function that a generation lacks."""
    compiled.cpp()


def _ignored(_: Diagnostic) -> None:
    pass


class CompiledScript:
    """A script whose kernels are compiled, and what came of them."""

    def __init__(self, script: Source, use: Use, show: Show = _ignored, *, judges_uncalled: bool = False):
        """
        `use` gets each kernel that compiles. `show` is told what is found of a call right behind it. `judges_uncalled`:
        at its end, kernels of the script that nothing has called are, as far as it is known with what.
        """
        self.script = script
        self._judges_uncalled = judges_uncalled
        self.outcomes: list[CallOutcome] = []
        """Of calls, in their order."""
        self.warnings: list[Diagnostic] = []
        """Of what the script does with kernels beside calling them."""
        self.ending = Ending("finished")
        self.session = Session()
        self.is_over = False
        """Whether it has read what was not computed. What still runs of it, behind `finally`, is not looked at."""
        self._use = use
        self._show = show

    def run(
        self,
        finish: Callable[[], int],
        calls: CallObserver | None = None,
        *,
        computes: bool = False,
        owns_process: bool = False,
    ) -> int:
        """
        Runs the script, and calls `finish` once, when it has ended. `calls` gets each kernel with the tensors and
        numbers of the call, and has computed them if it `computes`. `owns_process`: nothing of the script runs once it
        has read what was not computed.
        """
        from ttlang.driver.call_observers import observe
        from ttlang.driver.remembered_calls import write_remembered

        def end(ending: Ending) -> int:
            if not self.is_over:
                self.ending = ending
            if self._judges_uncalled:
                self._judge_uncalled()
            write_remembered()
            return finish()

        def stopping() -> NoReturn:
            try:
                reading.raising()
            except ScriptEnd as end:
                self._stop(end.ending)
                raise

        reading = Reading(self.script, lambda: [name for name, _ in self.session.not_called], end)
        stop = None if computes else reading.leaving if owns_process else stopping
        if owns_process:
            reading.watch_forks()
        warnings: list[Diagnostic] = []
        with session() as following, observe(self._observe, calls=calls, reading=stop):
            self.session, self.warnings = following, warnings
            with collected(warnings):
                ending = run_script(self.script)
            return reading.finish(ending)

    def _stop(self, ending: Ending) -> None:
        """From here on the script is as if it did not run."""
        if not self.is_over:
            self.is_over = True
            self.ending = ending
            self.session, self.warnings = self.session.copy(), [*self.warnings]

    def _observe(self, found: CompiledKernel | DiagnosticError) -> None:
        if self.is_over:
            return
        outcome = outcome_of(found, self._use)
        self.outcomes.append(outcome)
        for diagnostic in outcome.findings:
            self._show(diagnostic)

    def move(self, places: MovedPlaces) -> None:
        """What it has found beside outcomes is told of another text. Raises `Unsure`, and then nothing has changed."""
        session, warnings = places.session(self.session), list(places.findings(tuple(self.warnings)))
        self.ending = replace(self.ending, findings=places.findings(self.ending.findings))
        self.session, self.warnings = session, warnings

    def _judge_uncalled(self) -> None:
        def show(wrong: DiagnosticError) -> None:
            for found in wrong.diagnostics:
                self.warnings.append(found)
                self._show(found)

        was_over, self.is_over = self.is_over, False
        call_uncalled(self.session, self.script.path, show)
        self.is_over = was_over

    @property
    def kernels(self) -> list[str]:
        """Names of the kernels that compile, by call."""
        return [outcome.name for outcome in self.outcomes if outcome.name is not None]

    def told(self) -> Iterator[Diagnostic]:
        """All that was found, in the order in which it is told; something may come twice."""
        for outcome in self.outcomes:
            yield from outcome.findings
        yield from self.warnings
        yield from self.ending.findings
        if not self.session.called and self.ending.how == "finished":
            yield no_kernel(self.script.path)

    def told_by_check(self) -> list[Diagnostic]:
        """The same, each once, with what `check` says of kernels that nothing calls, and of comments without effect."""
        told = dict.fromkeys((*self.told(), *self._uncalled()))
        if not any(found.severity is Severity.ERROR for found in told):
            told |= dict.fromkeys(self._unused())
        return list(told)

    def _uncalled(self) -> Iterator[Diagnostic]:
        """Notes on kernels of the script itself that nothing has called."""
        for name, place in self.session.not_called:
            if place.file == self.script.path:
                message = f"{name} is not called, so it is not checked"
                yield Diagnostic(UNCALLED, message, place, severity=Severity.NOTE)

    def _unused(self) -> Iterator[Diagnostic]:
        """Warnings of comments that allow what is not there, in kernels that have been called and are right."""
        heeded = {heeded for outcome in self.outcomes for heeded in outcome.heeded}
        called = [place for _, place in self.session.called if place is not None]
        for file in dict.fromkeys(place.file for place in called):
            for comment in allow_comments.allows_of(file):
                if comment not in heeded and _is_spoken_for(comment, self.session):
                    yield allow_comments.unused(comment)


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
