"""What the commands say about diagnostics, as text or as JSON lines, and the exit code that follows."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any

from ttlang.diagnostics import Diagnostic, DiagnosticError, Severity, TTLangWarning, json_form
from ttlang.diagnostics.words import count_of


class Exit(IntEnum):
    """Exit codes of `ttlang`."""

    OK = 0
    KERNEL = 1
    COMMAND = 2
    SCRIPT = 3
    INTERNAL = 4


EXIT_CODES = {
    Exit.OK: "all is well; warnings may have been printed",
    Exit.KERNEL: "a kernel has errors",
    Exit.COMMAND: "the command line is wrong, or the script can't be read",
    Exit.SCRIPT: "the script itself failed",
    Exit.INTERNAL: "an error of ttlang itself (TTL0001): report it, with the file that it names",
}


class Report:
    """Prints diagnostics, each once: text on standard error, JSON lines on standard output."""

    def __init__(self, *, json: bool):
        self.json = json
        self.kernels: list[str] = []
        """Names of the kernels that were looked at."""
        self.found: dict[Diagnostic, None] = {}
        self.out = sys.stdout

    def show(self, *diagnostics: Diagnostic) -> None:
        for diagnostic in diagnostics:
            if diagnostic in self.found:
                continue
            self.found[diagnostic] = None
            if self.json:
                print(json_form.to_json(diagnostic), file=self.out)
            else:
                print(diagnostic.render(), end="\n\n", file=sys.stderr)

    def show_error(self, found: DiagnosticError) -> None:
        self.show(*found.diagnostics)

    @contextmanager
    def warnings(self) -> Generator[None]:
        """Keeps the warnings of kernels while this lasts, and shows them then; others go their usual way."""
        kept: list[Diagnostic] = []
        with warnings.catch_warnings():
            warnings.simplefilter("always", TTLangWarning)
            usual = warnings.showwarning

            def show(message: Warning | str, *rest: Any, **named: Any) -> None:
                if isinstance(message, TTLangWarning):
                    kept.append(message.diagnostic)
                else:
                    usual(message, *rest, **named)

            warnings.showwarning = show
            try:
                yield
            finally:
                self.show(*kept)

    @property
    def errors(self) -> int:
        return sum(diagnostic.severity is Severity.ERROR for diagnostic in self.found)

    @property
    def exit_code(self) -> Exit:
        """That of the diagnostics alone."""
        if any(diagnostic.code == "TTL0001" for diagnostic in self.found):
            return Exit.INTERNAL
        return Exit.KERNEL if self.errors else Exit.OK

    def summarize(self, command: str) -> None:
        """The last JSON line; as text, a word about kernels without a mistake."""
        names = list(dict.fromkeys(self.kernels))
        if self.json:
            summary = json_form.summary(command, names, self.errors, len(self.found) - self.errors)
            print(summary, file=self.out)
        elif names and not self.errors:
            told = f" ({count_of(len(self.found), 'warning')})" if self.found else ""
            print(f"no errors in {', '.join(names)}{told}")
