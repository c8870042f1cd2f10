"""
TTL0002, TTL0212: what an edition leaves open, or other compilers of the language know, in how a kernel is decorated and
called.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ttlang.diagnostics import Diagnostic, Severity, Span
from ttlang.settings.options import CompileOptions
from ttlang.tables.editions import Edition


def flag_notes(options: CompileOptions, place: Span) -> Iterator[Diagnostic]:
    """Of flags that other compilers of the language know, and that change nothing here."""
    for flag in options.flags_without_effect():
        message = f"the compile flag {flag} changes nothing here: the compiler chooses by what things cost"
        hint = "leave it out, or keep it for other compilers of the language"
        yield Diagnostic("TTL0002", message, place, hint, severity=Severity.WARNING)


def grid_notes(name: str, place: Span, edition: Edition) -> Iterator[Diagnostic]:
    """Of a kernel that does not say its grid."""
    if edition.notes:
        yield Diagnostic(
            "TTL0212",
            f"{name} does not say its grid, and {edition.name} leaves open what it is then: it runs on one core",
            place,
            f'say what is meant: @ttl.{edition.decorator}(grid=(1, 1)), or grid="full", all cores of the chip',
            severity=Severity.WARNING,
        )


def constant_notes(name: str, place: Span, edition: Edition, constants: Sequence[str]) -> Iterator[Diagnostic]:
    """Of arguments with these names, which are no tensors."""
    if edition.notes and constants:
        yield Diagnostic(
            "TTL0212",
            f"{name} is called with {', '.join(constants)}, no tensor: {edition.name} has tensors as arguments and "
            "nothing else; here it is a constant that is compiled in",
            place,
            "for other compilers of the language, make the kernel in a function that has it as a parameter",
            severity=Severity.WARNING,
        )
