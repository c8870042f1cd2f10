"""What ttlang tells a user: one class, rendered as text or as JSON; and the table of codes."""

from __future__ import annotations

import json
import linecache
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import Any


class Severity(StrEnum):
    ERROR = auto()
    WARNING = auto()


@dataclass(frozen=True)
class Span:
    """A place in a source file. Lines and columns count from 1; the end is exclusive."""

    file: str
    line: int
    column: int
    end_line: int | None = None
    end_column: int | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Related:
    """Another place that explains a diagnostic ("reserved here")."""

    span: Span
    message: str


@dataclass(frozen=True)
class Diagnostic:
    """One finding about a kernel."""

    code: str
    """A key of `CODES`; never reused for another meaning."""
    message: str
    span: Span | None = None
    hint: str | None = None
    related: tuple[Related, ...] = ()
    severity: Severity = Severity.ERROR

    def __post_init__(self) -> None:
        assert self.code in CODES, f"{self.code} is not in the table of codes"

    def render(self) -> str:
        """The text form: `file:line:column: severity[code]: message`, the source line, a caret, the hint."""
        lines = [f"{self.span}: {self._headline()}" if self.span else self._headline()]
        if self.span:
            lines += _source_lines(self.span)
        for related in self.related:
            lines += [f"{related.span}: note: {related.message}", *_source_lines(related.span)]
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        return "\n".join(lines)

    def _headline(self) -> str:
        return f"{self.severity}[{self.code}]: {self.message}"

    def to_json(self) -> str:
        """One JSON line, shaped like an LSP `Diagnostic` (its lines and characters count from 0)."""
        data: dict[str, Any] = {
            "code": self.code,
            "severity": 1 if self.severity is Severity.ERROR else 2,
            "source": "ttlang",
            "message": self.message,
        }
        if self.span:
            data |= {"uri": self.span.file, "range": _lsp_range(self.span)}
        if self.hint:
            data["hint"] = self.hint
        if self.related:
            data["relatedInformation"] = [
                {"location": {"uri": r.span.file, "range": _lsp_range(r.span)}, "message": r.message}
                for r in self.related
            ]
        return json.dumps(data)


@dataclass(eq=False)
class DiagnosticError(Exception):
    """The one exception that reaches a user for anything wrong in a kernel: one or more findings."""

    diagnostics: tuple[Diagnostic, ...] = field(default_factory=tuple[Diagnostic, ...])

    def __str__(self) -> str:
        return "\n" + "\n\n".join(d.render() for d in self.diagnostics)


class TTLangWarning(UserWarning):
    """A diagnostic that does not stop the compiler."""

    def __init__(self, diagnostic: Diagnostic):
        super().__init__("\n" + diagnostic.render())
        self.diagnostic = diagnostic


def error(
    code: str,
    message: str,
    span: Span | None = None,
    *,
    hint: str | None = None,
    related: Iterable[Related] = (),
) -> DiagnosticError:
    """An exception with one error in it, ready to be raised."""
    return DiagnosticError((Diagnostic(code, message, span, hint, tuple(related)),))


def _source_lines(span: Span) -> list[str]:
    text = linecache.getline(span.file, span.line).rstrip("\n")
    if not text:
        return []
    end = span.end_column if span.end_column and span.end_line in (None, span.line) else len(text) + 1
    width = max(1, min(end, len(text) + 1) - span.column)
    indent = "".join("\t" if c == "\t" else " " for c in text[: span.column - 1])
    return [f"  {text}", f"  {indent}{'^' * width}"]


def _lsp_range(span: Span) -> dict[str, dict[str, int]]:
    end_line, end_column = span.end_line or span.line, span.end_column or span.column + 1
    return {
        "start": {"line": span.line - 1, "character": span.column - 1},
        "end": {"line": end_line - 1, "character": end_column - 1},
    }


CODES: dict[str, str] = {
    # TTL00xx: the compiler itself
    "TTL0001": "internal error of the compiler",
    "TTL0002": "bad compile option",
    "TTL0003": "a feature of the language that this version does not compile yet",
    # TTL01xx: the Python of threads
    "TTL0101": "statement that a thread can't contain",
    "TTL0102": "expression that a thread can't contain",
    "TTL0103": "name that is not defined",
    "TTL0104": "name that may be unbound here",
    "TTL0105": "value that a thread can't use",
    "TTL0106": "operation on values of the wrong kind",
    "TTL0107": "call with the wrong arguments",
    "TTL0108": "a value that only the run knows where a constant is needed",
    "TTL0109": "source of a function that can't be read",
    "TTL0110": "error while a host expression was evaluated",
    "TTL0111": "value that changes its kind in a loop or a branch",
    "TTL0112": "recursion in a thread",
    "TTL0113": "host function that works only inside a thread, or the other way round",
    # TTL02xx: kernels, threads and calls
    "TTL0201": "kernel function that fails while it is run",
    "TTL0202": "wrong set of threads",
    "TTL0203": "thread function with parameters",
    "TTL0204": "kernel called with the wrong arguments",
    "TTL0205": "tensor that a kernel can't take",
    "TTL0206": "cores that disagree about the kernel's resources",
    "TTL0207": "value that differs between cores and is no integer",
    "TTL0208": "language function used outside a kernel",
    "TTL0209": "program called with other tensors than the kernel",
    # TTL03xx: shapes, formats, indices
    "TTL0301": "shapes that don't match",
    "TTL0302": "tensor index outside the tensor",
    "TTL0303": "tensor index of the wrong form",
    "TTL0304": "block shape that is not possible",
    "TTL0305": "formats that don't go together",
    "TTL0306": "function that has no form for this format",
    "TTL0307": "function that this kernel API generation lacks",
    "TTL0308": "slice whose size only the run knows",
    "TTL0309": "part of a row that the NOC can't move, since its start is not aligned",
    # TTL04xx: the protocol of circular buffers
    "TTL0401": "block used after its release",
    "TTL0402": "release without an acquisition",
    "TTL0403": "acquisition that is never released",
    "TTL0404": "second acquisition before the release of the first",
    "TTL0405": "two producers of one buffer",
    "TTL0406": "two consumers of one buffer",
    "TTL0407": "buffer that is never filled",
    "TTL0408": "buffer that is never emptied",
    "TTL0409": "block that is pushed without having been written",
    "TTL0410": "block that is written twice",
    "TTL0411": "write to a block that was waited for",
    "TTL0412": "read of a block that was only reserved",
    "TTL0413": "acquisition that differs between the paths to here",
    "TTL0414": "block that is popped without having been read",
    "TTL0415": "threads that are sure to wait for each other forever",
    "TTL0416": "buffer that is filled more often than it is emptied",
    # TTL05xx: copies, pipes, semaphores
    "TTL0501": "copy between these two things is not possible",
    "TTL0502": "transfer that is never waited for",
    "TTL0503": "transfer waited for twice",
    "TTL0504": "release or use of a block with a transfer in flight",
    "TTL0505": "pipe or range of cores that the grid does not have",
    "TTL0506": "semaphore value that is not possible",
    "TTL0507": "pipe with more than one thread, or more than one shape of block, at an end",
    "TTL0508": "use of a pipe on a core that it does not start or end at",
    "TTL0509": "sends and receives of a pipe that do not match",
    # TTL06xx: math
    "TTL0601": "use that this kind of thread can't have",
    "TTL0602": "value that is computed and never stored",
    "TTL0603": "elements that a reduction leaves undefined take part in a result",
    "TTL0604": "sum that a 16-bit DST rounds too often",
    "TTL0605": "sum that is rounded to a buffer's 16 bits too often",
    # TTL07xx: budgets
    "TTL0701": "too much L1",
    "TTL0702": "too many circular buffers",
    "TTL0703": "grid larger than the chip",
    "TTL0704": "too many runtime arguments",
    "TTL0705": "too many semaphores",
    # TTL08xx: what the simulator finds while a kernel runs
    "TTL0801": "deadlock",
    "TTL0802": "read of memory that nothing wrote",
    "TTL0803": "access outside the acquired window of a buffer",
    "TTL0804": "wrong init state",
    "TTL0805": "wrong format state",
    "TTL0806": "DST used outside its section, or beyond its capacity",
    "TTL0807": "transfer outside a tensor or a buffer",
    "TTL0808": "push, pop or kernel end with a transfer in flight",
    "TTL0809": "circular buffer pointer that steps over the end of the ring",
    "TTL0810": "two cores or threads that write one place without an order",
    "TTL0811": "arithmetic of a thread that has no result",
    "TTL0812": "pages left in a buffer when the program ends",
    "TTL0813": "semaphore that passes the value a thread waits for",
}
"""Every code and what it is about. The pages of `docs/diagnostics.md` come from here."""
