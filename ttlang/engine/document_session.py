"""A document that is edited: its script is run once, and what was captured of that judges its edits."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from ttlang.diagnostics import Diagnostic
from ttlang.diagnostics.json_form import to_json
from ttlang.driver.checkpoints import checkpoints
from ttlang.engine.captured_script import CapturedScript
from ttlang.engine.facts.told_facts import tell_compiled
from ttlang.engine.judging import Checkpoint, Emit, Outcome, Unsure
from ttlang.engine.moved_places import MovedPlaces
from ttlang.engine.protocol import Fields, Findings, Settings
from ttlang.engine.script import Script, failed
from ttlang.engine.text_edits import ScriptText, lines_beside
from ttlang.settings import variables as env


class DocumentSession:
    """
    Judges the texts of one document, one after the other, in a process of its own (`Judging`). What it tells of a text
    is what `ttlang check` tells of a file that holds it.
    """

    def __init__(self, path: str, settings: Settings, emit: Emit, checkpoint: Checkpoint):
        """`path`: the name of the document's file, which need not exist."""
        self.path = path
        self._uri = Path(path).absolute().as_uri()
        self._settings = {env.ARCH: settings.arch, env.METAL_API: settings.metal_api}
        self._later_tiers = settings.later_tiers
        self._emit = emit
        self._checkpoint = checkpoint
        self._text: str | None = None
        """That was judged last."""
        self._script: CapturedScript | None = None
        """As the last text that is Python has it."""
        self._has_run = False
        """Whether a script has begun to run here, and has come to its end if it is kept."""

    def judge(self, text: str, version: int) -> Outcome:
        """Tells the compile tier of a text. Raises `Superseded` with its state as if the text had not come."""
        with self._surroundings():
            try:
                script = ScriptText(text, self.path)
            except Exception as broken:  # whatever `compile` raises
                self._text = text
                found = [*failed(Script(self.path, (), text=text), broken).findings, *self._beside(text)]
                self._tell(version, found, complete=False)
                return Outcome.KEEP
            if self._has_run and self._script is None:
                return Outcome.RERUN_NEEDED
            if self._script is None:
                self._has_run = True
                first = CapturedScript(self.path, script)
                first.run()
                self._script = first
            else:
                try:
                    self._script.edit(script)
                except Unsure:
                    return Outcome.RERUN_NEEDED
            self._text = text
            self._tell(version, self._script.told())
            tell_compiled(self._uri, version, self._script.facts(), self._emit, costs_follow=self._later_tiers)
            return Outcome.KEEP

    def after(self, version: int) -> None:
        """Tells the later tiers, and facts that take time, of the last text. Runs in a fork that has no other use."""
        from ttlang.engine.later_tiers import run_later_tiers

        if self._script is None or self._text != self._script.text.text:
            return
        with self._surroundings():
            calls = self._script.compiled_calls()
            run_later_tiers(self._uri, version, calls, self._emit)

    def command(self, name: str, params: Fields, progress: Callable[[str, float | None], None]) -> Any:
        """Does a command on the last text; JSON comes back. Runs in a fork. Raises a DiagnosticError."""
        from ttlang.engine.document_commands import do_command

        with self._surroundings():
            calls = () if self._script is None else self._script.compiled_calls()
            return do_command(Script(self.path, (), text=self._text), calls, name, params, progress)

    def _beside(self, text: str) -> list[Diagnostic]:
        """What was found in the last text that was a script, as far as it is of statements that this one has, too."""
        if self._script is None:
            return []
        places = MovedPlaces(self.path, lines_beside(self._script.text, text))
        beside: list[Diagnostic] = []
        for found in self._script.told():
            with suppress(Unsure):
                if found.span is not None:
                    beside.append(places.finding(found))
        return beside

    def _surroundings(self) -> ExitStack:
        """What the settings choose in place of the environment, and where work is given up."""
        stack = ExitStack()
        stack.enter_context(env.given({name: value for name, value in self._settings.items() if value is not None}))
        stack.enter_context(checkpoints(self._checkpoint))
        return stack

    def _tell(self, version: int, found: Sequence[Diagnostic], *, complete: bool = True) -> None:
        self._emit(Findings(self._uri, version, "compile", [json.loads(to_json(each)) for each in found], complete))
