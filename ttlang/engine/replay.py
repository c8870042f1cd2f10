"""An edit of kernels whose script has run: functions get their new code, and the calls that notice are made again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from types import CodeType, FunctionType

from ttlang.diagnostics import Diagnostic
from ttlang.diagnostics.allow_comments import Allow
from ttlang.diagnostics.python_warnings import collected
from ttlang.driver.checkpoints import checkpoint
from ttlang.engine.captured_calls import CapturedCall
from ttlang.engine.compiled_script import CallOutcome, outcome_of, try_cpp
from ttlang.engine.judging import Unsure
from ttlang.engine.moved_places import MovedPlaces
from ttlang.engine.text_edits import ScriptText, Start, TextEdit, start_of
from ttlang.engine.used_tensors import UsedTensors

Calls = list[CapturedCall | None]


class Replay:
    """One edit of a script's kernels."""

    def __init__(
        self,
        path: str,
        outcomes: list[CallOutcome],
        calls: Calls,
        used: UsedTensors,
        undoing: ExitStack,
        *,
        asked_for_grid: bool,
    ):
        """`undoing`: gets what makes functions what they were. `asked_for_grid`: whether the script has."""
        self._path = path
        self._outcomes = outcomes
        self._calls = calls
        self._used = used
        self._undoing = undoing
        self._asked_for_grid = asked_for_grid

    def judged(self, text: ScriptText, change: TextEdit, changed: set[Start]) -> tuple[list[CallOutcome], Calls]:
        """
        Outcomes and calls for a text that a change has led to. `changed`: where the functions start whose code is
        another since. Raises `Unsure`.
        """
        places = MovedPlaces(self._path, change.lines)
        held = {id(call) for call in self._recorded() if _holds(call)}
        functions = self._functions()
        edited = [function for function in functions if start_of(function.__code__) in changed]
        kept = [function for function in functions if start_of(function.__code__) not in changed]
        for function in edited:
            self._recode(function, text, places)
        again = {id(call) for call in self._recorded() if not _holds(call)}
        if not again <= held:
            raise Unsure
        for function in kept if change.moves else ():
            before = function.__code__
            self._recode(function, text, places)
            self._tell_guards(function, before)
        return self._judged(places, again, moves=change.moves)

    def _recorded(self) -> Iterator[CapturedCall]:
        return (call for call in self._calls if call is not None and call.recorded is not None)

    def _functions(self) -> list[FunctionType]:
        """Of this file, as far as calls depend on them."""
        found: dict[int, FunctionType] = {}
        for call in filter(None, self._calls):
            found |= {id(function): function for function in call.functions(self._path)}
        return list(found.values())

    def _recode(self, function: FunctionType, text: ScriptText, places: MovedPlaces) -> None:
        """Gives a function its code in the text."""
        before = function.__code__
        name, line = start_of(before)
        after = text.codes.get((name, places.line(line)))
        if after is None or after.co_freevars != before.co_freevars:
            raise Unsure
        kernels = {id(call.kernel): call.kernel for call in filter(None, self._calls) if call.kernel.python is function}
        self._set(function, before, after)
        for kernel in kernels.values():
            self._undoing.callback(kernel.edited(after))

    def _tell_guards(self, function: FunctionType, before: CodeType) -> None:
        """A function that has only moved is what it was."""
        for call in self._recorded():
            if call.recorded is not None:
                guards = call.recorded.guards
                guards.recoded(function, function.__code__)
                self._undoing.callback(guards.recoded, function, before)

    def _set(self, function: FunctionType, before: CodeType, after: CodeType) -> None:
        function.__code__ = after
        self._undoing.callback(setattr, function, "__code__", before)

    def _judged(self, places: MovedPlaces, again: set[int], *, moves: bool) -> tuple[list[CallOutcome], Calls]:
        outcomes: list[CallOutcome] = []
        calls: Calls = []
        for call, outcome in zip(self._calls, self._outcomes, strict=True):
            moved = None if id(call) in again else _moved(outcome, places)
            if call is not None:
                call = replace(call, place=places.span(call.place), is_stale=call.is_stale or moves)
                if moved is None:
                    moved, call = self._made_again(call)
            if moved is None:
                raise Unsure
            outcomes.append(moved)
            calls.append(call)
        return outcomes, calls

    def _made_again(self, call: CapturedCall) -> tuple[CallOutcome, CapturedCall]:
        """What comes of a call, which the script must not be able to tell from what came of it. Raises `Unsure`."""
        checkpoint()
        if call.recorded is None:
            raise Unsure
        warned: list[Diagnostic] = []
        with collected(warned):
            found, again = call.made_again()
        if warned or not call.looks_as_before(again.effect, self._used, asked_for_grid=self._asked_for_grid):
            raise Unsure
        return outcome_of(found, try_cpp), again


def _holds(call: CapturedCall) -> bool:
    return call.recorded is not None and call.recorded.guards.hold()


def _moved(outcome: CallOutcome, places: MovedPlaces) -> CallOutcome | None:
    """The same outcome for another text; None where it speaks of what has changed."""
    try:
        heeded = frozenset(Allow(code, places.span(span)) for code, span in outcome.heeded)
        return replace(outcome, findings=places.findings(outcome.findings), heeded=heeded)
    except Unsure:
        return None
