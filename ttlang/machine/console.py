"""Where the lines go that threads print, and what their assertions raise."""

from __future__ import annotations

from collections.abc import Callable

from ttlang.diagnostics.system_errors import say
from ttlang.machine.faults import Fault


class Console:
    """
    Prints what threads say, line by line, each headed by who says it. Like the host of a card, it keeps a line back
    until it is whole, so that no other thread's comes between.
    """

    def __init__(self, *, silent: bool = False):
        self._silent = silent
        self._begun: dict[str, str] = {}
        """By who says them, lines that have not ended."""
        self.before: Callable[[], None] | None = None
        """Is called before a line is printed: clears what is shown there for a while."""

    def write(self, speaker: str, text: str) -> None:
        *lines, rest = (self._begun.pop(speaker, "") + text).split("\n")
        for line in lines:
            self._print(speaker, line)
        if rest:
            self._begun[speaker] = rest

    def close(self) -> None:
        """Prints the lines that nobody has ended."""
        for speaker, line in self._begun.items():
            self._print(speaker, line)
        self._begun.clear()

    def _print(self, speaker: str, line: str) -> None:
        if not self._silent:
            if self.before is not None:
                self.before()
            say(f"{speaker}: {line}")


def failed(op: int, text: str, code: str = "") -> Fault:
    """What an assertion raises, of the call's number and its text; with `code`, one that the compiler has made."""
    if code:
        return Fault(code, op, text)
    return Fault("TTL0814", op, f"the assertion fails{': ' if text else ''}{text}")
