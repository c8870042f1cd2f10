"""A document that is edited: its script is run once, and what was captured of that judges its edits."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ttlang.diagnostics import Diagnostic, error
from ttlang.diagnostics.json_form import to_json
from ttlang.driver.checkpoints import checkpoints
from ttlang.engine.compiled_call import CompiledCalls
from ttlang.engine.compiled_script import CompiledScript, try_cpp
from ttlang.engine.judging import Checkpoint, Emit, Outcome
from ttlang.engine.protocol import Fields, Findings, Settings
from ttlang.engine.script import Script, failed
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
        self._emit = emit
        self._checkpoint = checkpoint
        self._text: str | None = None
        """That was judged last."""
        self._script: CompiledScript | None = None
        self._calls = CompiledCalls()

    def judge(self, text: str, version: int) -> Outcome:
        """Tells the compile tier of a text. Raises `Superseded` with its state as if the text had not come."""
        with self._surroundings():
            if self._script is None:
                return self._judge_first(text, version)
            if text != self._text:
                return Outcome.RERUN_NEEDED
            self._tell(version, self._script.told_by_check())
            return Outcome.KEEP

    def after(self, version: int) -> None:
        """Tells the later tiers, and facts that take time, of the last text. Runs in a fork that has no other use."""
        from ttlang.engine.later_tiers import run_later_tiers

        with self._surroundings():
            run_later_tiers(self._uri, version, self._calls.in_order, self._emit)

    def command(self, name: str, params: Fields, progress: Callable[[str, float | None], None]) -> Any:
        """Does a command on the last text; JSON comes back. Runs in a fork. Raises a DiagnosticError."""
        raise error("TTL0003", f"there is no command {name}")

    def _judge_first(self, text: str, version: int) -> Outcome:
        try:
            compile(text, self.path, "exec", dont_inherit=True)
        except Exception as broken:
            # Nothing has run: this process can still run another text.
            self._tell(version, failed(Script(self.path, (), text=text), broken).findings, complete=False)
            return Outcome.KEEP
        self._script = CompiledScript(Script(self.path, (), text=text), try_cpp)
        self._script.run(lambda: 0, self._calls.add)
        self._text = text
        self._tell(version, self._script.told_by_check())
        return Outcome.KEEP

    def _surroundings(self) -> ExitStack:
        """What the settings choose in place of the environment, and where work is given up."""
        stack = ExitStack()
        stack.enter_context(env.given({name: value for name, value in self._settings.items() if value is not None}))
        stack.enter_context(checkpoints(self._checkpoint))
        return stack

    def _tell(self, version: int, found: Sequence[Diagnostic], *, complete: bool = True) -> None:
        self._emit(Findings(self._uri, version, "compile", [json.loads(to_json(each)) for each in found], complete))
