"""What judges a document, as the process that it runs in sees it, and how it is told to stop."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import Any, Protocol

from ttlang.engine.protocol import Event, Fields, Settings

Emit = Callable[[Event], None]
Checkpoint = Callable[[], None]
"""Called where a judgement may stop with everything in order. Raises `Superseded` if a newer text has come."""


class Superseded(BaseException):
    """A newer text of the document has come. No `except Exception` of a script or of the compiler catches it."""


class Unsure(Exception):
    """Whether an edit comes to what a new run of the script would come to, nobody can tell without the run."""


class Outcome(Enum):
    """What a judgement leaves behind."""

    KEEP = auto()
    """The process has judged the text, and may judge the next one."""
    RERUN_NEEDED = auto()
    """It has judged nothing: a process in which nothing has run yet has to judge this text."""


class Judging(Protocol):
    """A document's session: what was captured of its script, and judges its edits."""

    def judge(self, text: str, version: int) -> Outcome:
        """Tells the compile tier of a text. Raises `Superseded` with its state as if the text had not come."""
        ...

    def after(self, version: int) -> None:
        """Tells the later tiers, and facts that take time, of the last text. Runs in a fork that has no other use."""
        ...

    def command(self, name: str, params: Fields, progress: Callable[[str, float | None], None]) -> Any:
        """Does a command on the last text; JSON comes back. Runs in a fork. Raises a DiagnosticError."""
        ...


MakeSession = Callable[[str, Settings, Emit, Checkpoint], Judging]
"""Of a file's name."""
