"""What is told of a script that takes too much or ends its process, and of commands that come to nothing."""

from __future__ import annotations

import json
import signal
from typing import Any

from ttlang.diagnostics import Diagnostic, Severity, Span
from ttlang.diagnostics.json_form import to_json
from ttlang.engine.limits import JUDGE_SECONDS

LIMIT = "TTL0016"
GIVEN_UP = "TTL0017"
_ENDS = "TTL0006"
_INTERNAL = "TTL0001"


def to_fields(found: Diagnostic) -> dict[str, Any]:
    """A finding as the protocol has it."""
    return json.loads(to_json(found))


def out_of_time(path: str, place: Span | None) -> Diagnostic:
    """`place`: where the script was, None if nobody knows."""
    message = f"the script takes more than {JUDGE_SECONDS:.0f} s, and is ended: what follows is not judged"
    hint = "put what takes long behind `if __name__ == '__main__':`, in a function that is called there with data"
    return Diagnostic(LIMIT, message, place or _start(path), hint if place is None else None)


def out_of_memory(path: str) -> Diagnostic:
    message = "the script takes more memory than it is given while it is edited, and is ended: nothing of it is judged"
    return Diagnostic(LIMIT, message, _start(path), "make large tensors of ttnn or torch, which take none here")


def too_long(path: str, characters: int) -> Diagnostic:
    message = f"a text of more than {characters} characters is not judged"
    return Diagnostic(LIMIT, message, _start(path), severity=Severity.WARNING)


def process_gone(path: str, status: int | None) -> Diagnostic:
    """`status`: as `waitpid` tells it, None if nobody knows."""
    how = ""
    if status is not None:
        code = -(status & 0x7F) if status & 0x7F else status >> 8
        how = f" by {signal.Signals(-code).name}" if code < 0 else f" with status {code}"
    message = f"the script ends the process that runs it{how}: nothing of it is judged"
    return Diagnostic(_ENDS, message, _start(path))


def internal(path: str, cause: BaseException) -> Diagnostic:
    lines = str(cause).strip().splitlines()
    message = ": ".join([type(cause).__name__, *lines[-1:]])
    hint = f"this is a bug of ttlang, please report it with this file; `ttlang check {path}` may say more"
    return Diagnostic(_INTERNAL, f"the file can't be judged: {message}", _start(path), hint)


def given_up(command: str) -> dict[str, Any]:
    """In place of a command's result."""
    return to_fields(Diagnostic(GIVEN_UP, f"{command} came to no end: the text has changed, or its process was ended"))


def failed_command(command: str, cause: BaseException) -> dict[str, Any]:
    lines = str(cause).strip().splitlines()
    message = ": ".join([type(cause).__name__, *lines[-1:]])
    return to_fields(Diagnostic(_INTERNAL, f"{command} fails: {message}"))


def _start(path: str) -> Span:
    return Span(path, 1, 1)
