"""What a tier of the sanitizer has found of a call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ttlang.analysis.locations import span_of
from ttlang.diagnostics import Diagnostic, Severity
from ttlang.diagnostics.allow_comments import allow_for, heed
from ttlang.driver.compiler import CompiledKernel

LEFT_OUT = "TTL0822"


@dataclass(frozen=True)
class TierResult:
    """Findings, which no comment in the source allows."""

    findings: tuple[Diagnostic, ...] = ()
    left_out: str | None = None
    """Why the kernel was not run, or not to its end."""


def heeded(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """What is to be told: comments are heeded."""
    errors = [each for each in found if each.severity is Severity.ERROR]
    others = [each for each in found if each.severity is not Severity.ERROR and not allow_for(each)]
    return (*heed(errors), *others)


def left_out_note(compiled: CompiledKernel, why: str) -> Diagnostic:
    """The note on a kernel that a tier has left out."""
    message = f"{compiled.name} is not run with data while it is edited: {why}"
    hint = "`ttlang run` runs it on its tensors"
    return Diagnostic(LEFT_OUT, message, span_of(compiled.program), hint, severity=Severity.NOTE)
