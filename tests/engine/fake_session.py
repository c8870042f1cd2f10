"""A session for tests of the processes around it: a text is executed, and tells what its `findings` are."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

from ttlang.diagnostics import error
from ttlang.engine.judging import Checkpoint, Emit, Outcome
from ttlang.engine.protocol import Facts, Fields, Findings, Settings


class FakeSession:
    """
    The first text is executed, with `checkpoint`, `emit` and `pid` at hand; later ones as well, unless they begin with
    `# rerun`. Names of the text are those of its module.
    """

    def __init__(self, path: str, settings: Settings, emit: Emit, checkpoint: Checkpoint):
        self._path, self._settings, self._emit, self._checkpoint = path, settings, emit, checkpoint
        self._module: dict[str, Any] = {}
        self._runs = 0

    def judge(self, text: str, version: int) -> Outcome:
        if self._runs and text.startswith("# rerun"):
            return Outcome.RERUN_NEEDED
        self._module = {"__name__": "__main__", "checkpoint": self._checkpoint, "settings": self._settings}
        message = "fine"
        try:
            exec(compile(text, self._path, "exec"), self._module)
        except Exception as cause:
            message = f"{type(cause).__name__}: {cause}"
        self._runs += 1
        said = {"message": message, "pid": os.getpid(), "runs": self._runs, "said": self._module.get("said")}
        self._emit(Findings("", version, "compile", [said]))
        return Outcome.KEEP

    def after(self, version: int) -> None:
        time.sleep(self._module.get("tier_seconds", 0))
        if (later := self._module.get("later")) is not None:
            later()
        self._emit(Facts("", version, [{"pid": os.getpid()}]))
        self._emit(Findings("", version, "counters", []))

    def command(self, name: str, params: Fields, progress: Callable[[str, float | None], None]) -> Any:
        progress("begins", None)
        if name == "fails":
            raise error("TTL0003", "this fails")
        if name == "crashes":
            os._exit(3)
        if name == "breaks":
            raise ZeroDivisionError("by nothing")
        time.sleep(params.get("seconds", 0))
        return {"name": name, "pid": os.getpid(), "said": self._module.get("said")}
