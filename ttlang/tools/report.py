"""What the commands say about diagnostics, as text or as JSON lines, and the exit code that follows."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager

from ttlang.diagnostics import Diagnostic, DiagnosticError, Severity, json_form
from ttlang.diagnostics.plurals import count_of
from ttlang.diagnostics.python_warnings import collected
from ttlang.diagnostics.system_errors import MACHINE
from ttlang.engine.exits import Exit
from ttlang.engine.script import Ending

_NOT_OF_KERNELS = {
    "TTL0004": Exit.SCRIPT,
    "TTL0006": Exit.SCRIPT,
    "TTL0009": Exit.COMMAND,
    "TTL0012": Exit.COMMAND,
    MACHINE: Exit.COMMAND,
}
"""Errors that are not a kernel's, and the exit codes of a command that has found no other."""


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

    def show_ending(self, ending: Ending) -> None:
        """How a script has ended, if that is worth a word. As text, a traceback says it all."""
        if not ending.trace:
            self.show(*ending.findings)
            return
        print(ending.trace, end="", file=sys.stderr)
        if self.json:
            self.show(*ending.findings)
        self.found |= dict.fromkeys(ending.findings)

    def show_error(self, found: DiagnosticError) -> None:
        self.show(*found.diagnostics)

    @contextmanager
    def warnings(self) -> Generator[None]:
        """Keeps the warnings of kernels while this lasts, and shows them then; others go their usual way."""
        kept: list[Diagnostic] = []
        try:
            with collected(kept):
                yield
        finally:
            self.show(*kept)

    @property
    def errors(self) -> int:
        return self.count(Severity.ERROR)

    @property
    def exit_code(self) -> Exit:
        """That of the diagnostics alone."""
        if any(diagnostic.code == "TTL0001" for diagnostic in self.found):
            return Exit.INTERNAL
        codes = {found.code for found in self.found if found.severity is Severity.ERROR}
        if codes - _NOT_OF_KERNELS.keys():
            return Exit.KERNEL
        return max((_NOT_OF_KERNELS[code] for code in codes), default=Exit.OK)

    def count(self, severity: Severity) -> int:
        return sum(found.severity is severity for found in self.found)

    def summarize(self, command: str) -> None:
        """The last JSON line; as text, a word about kernels without a mistake."""
        names = list(dict.fromkeys(self.kernels))
        warned = self.count(Severity.WARNING)
        if self.json:
            summary = json_form.summary(command, names, self.errors, warned, self.count(Severity.NOTE))
            print(summary, file=self.out)
        elif names and not self.errors:
            told = f" ({count_of(warned, 'warning')})" if warned else ""
            print(f"no errors in {', '.join(names)}{told}", file=self.out)
