"""
The sink: whoever finds something hands it here, and it is handed down to whoever may find something. What a comment
`# ttl: allow CODE` silences ends here; readers (text, JSON lines, exceptions, Python's warnings) get the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager

from ttlang.diagnostics import Diagnostic, DiagnosticError, Severity
from ttlang.diagnostics.allow_comments import Allow, allow_for

Reader = Callable[[Diagnostic], object]


class Findings:
    """Findings in the order in which they came, each once."""

    def __init__(self, read: Reader | None = None):
        """`read` gets each as it comes."""
        self._found: dict[Diagnostic, None] = {}
        self._read = read
        self.heeded: set[Allow] = set()
        """Comments that have silenced something."""

    def add(self, *diagnostics: Diagnostic) -> None:
        """Keeps what is only told. Raises a DiagnosticError with all of them if an error is among them."""
        if any(found.severity is Severity.ERROR for found in diagnostics):
            raise DiagnosticError(diagnostics)
        for found in diagnostics:
            if allow := allow_for(found):
                self.heeded.add(allow)
            elif found not in self._found:
                self._found[found] = None
                if self._read:
                    self._read(found)

    @contextmanager
    def beside_errors(self) -> Generator[None]:
        """An error that comes out of here takes along what was found before it."""
        try:
            yield
        except DiagnosticError as found:
            raise DiagnosticError((*found.diagnostics, *self)) from found

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)
