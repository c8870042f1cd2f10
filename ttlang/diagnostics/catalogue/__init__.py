"""
The catalogue of mistakes: pages that explain a diagnostic by a kernel that is wrong, what is said of it, and how it
becomes right.

A page is a Markdown file `CODE-name.md` beside this one: a title, an explanation, the kernel's script as a diff from
wrong to right, and the command that finds the mistake with all that it prints. The tests run each page's command on its
wrong script, and its right script; `make golden` writes what commands print anew.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
SCRIPT = "kernel.py"
"""The name under which commands in pages speak of their script."""

_PAGE = re.compile(
    r"# (?P<title>.+?)\n\n(?P<text>.+?)(?:\n```diff\n(?P<script>.+?)```\n\n```console\n(?P<console>.+?)```\n)?",
    re.DOTALL,
)


@dataclass(frozen=True)
class Mistake:
    """A page of the catalogue."""

    path: Path
    title: str
    text: str
    """The explanation, in Markdown."""
    script: str
    """The lines of the script, marked as in a diff: `-` stands before those of the wrong one alone, `+` of the right
    one. Empty where no script can make the mistake."""
    console: str
    """The command that finds the mistake, after a `$`, and what it prints."""

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def code(self) -> str:
        """The diagnostic that it gets, a key of `CODES`."""
        return self.name.partition("-")[0]

    @property
    def wrong(self) -> str:
        """The script with the mistake."""
        return self._without("+")

    @property
    def right(self) -> str:
        """The script without it."""
        return self._without("-")

    @property
    def command(self) -> list[str]:
        """What `ttlang` is called with, the script's name the last."""
        head, *_ = self.console.splitlines()
        return head.removeprefix("$ ttlang ").split()

    def _without(self, mark: str) -> str:
        return "".join(line[1:] or "\n" for line in self.script.splitlines(keepends=True) if line[0] != mark)


@cache
def mistakes() -> tuple[Mistake, ...]:
    """All pages, in the order of their codes."""
    return tuple(_read(path) for path in sorted(FOLDER.glob("TTL*.md")))


def find_mistakes(code: str) -> tuple[Mistake, ...]:
    """The pages of a code, or the one of that name. Upper and lower case are the same."""
    wanted = code.lower()
    return tuple(page for page in mistakes() if wanted in (page.code.lower(), page.name.lower()))


def _read(path: Path) -> Mistake:
    found = _PAGE.fullmatch(path.read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"{path} is not written as a page of the catalogue is: see the others")
    return Mistake(path, found["title"], found["text"].strip(), found["script"] or "", found["console"] or "")
