"""Errors of ttlang itself: what reaches the user names the part that failed, and one file with all that it takes to see
it fail again."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from ttlang.diagnostics import DiagnosticError, error
from ttlang.diagnostics.system_errors import machine_error

INTERNAL = "TTL0001"

Maker = Callable[[Path], tuple[str, str]]
"""From the path of the file that will be written: the command that fails again, and the text of the file."""


@contextmanager
def reproducing(part: str, kernel: str, make: Maker, suffix: str = ".mlir") -> Generator[None]:
    """
    Whatever comes out of a part of ttlang and is no diagnostic about the kernel becomes one about ttlang, with a file.
    """
    try:
        yield
    except DiagnosticError as found:
        if found.diagnostics[0].code != INTERNAL or found.diagnostics[0].hint:
            raise
        raise _internal_error(part, kernel, make, suffix, found, found.diagnostics[0].message) from found
    except (OSError, MemoryError) as cause:
        raise machine_error(cause) from cause
    except Exception as cause:
        lines = str(cause).strip().splitlines()
        message = ": ".join([type(cause).__name__, *lines[-1:]])
        raise _internal_error(part, kernel, make, suffix, cause, message) from cause


def _internal_error(
    part: str, kernel: str, make: Maker, suffix: str, cause: Exception, message: str
) -> DiagnosticError:
    try:
        path = Path(tempfile.mkdtemp(prefix="ttlang-")) / f"{kernel}{suffix}"
    except OSError as full:
        raise machine_error(full) from cause
    command, text = make(path)
    comment = "//" if suffix == ".mlir" else "#"
    import traceback

    trace = "".join(traceback.format_exception(cause)).rstrip().splitlines()
    lines = [f"{comment} {command}", text.rstrip(), "", *(f"{comment} {line}" for line in trace), ""]
    path.write_text("\n".join(lines), encoding="utf-8")
    span = cause.diagnostics[0].span if isinstance(cause, DiagnosticError) else None
    return error(
        INTERNAL,
        f"{part} failed on {kernel}: {message}",
        span,
        hint=f"this is a bug of ttlang, please report it with {path}; this fails again:\n    {command}",
    )
