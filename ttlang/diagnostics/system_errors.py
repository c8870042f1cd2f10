"""What the machine does not give: files, folders, memory. No mistake of a kernel, and none of ttlang."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager

from ttlang.diagnostics import DiagnosticError, error

MACHINE = "TTL0013"


def say(text: str) -> None:
    """Prints a line of ours amid a script's output. Letters that the output does not have are escaped."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    with on_this_machine():
        print(text.encode(encoding, "backslashreplace").decode(encoding))


@contextmanager
def on_this_machine() -> Generator[None]:
    """For work with files: what the machine does not allow is said as that."""
    try:
        yield
    except BrokenPipeError:
        # Whoever read the output has seen enough.
        raise
    except OSError as cause:
        raise machine_error(cause) from cause


def machine_error(cause: OSError | MemoryError) -> DiagnosticError:
    """The finding about a file that can't be read or written, a disk that is full, or memory that is not there."""
    if isinstance(cause, MemoryError):
        return error(MACHINE, "there is not enough memory", hint="give each core less work, or use smaller tensors")
    names = [str(name) for name in (cause.filename, cause.filename2) if name is not None]
    what = cause.strerror or str(cause) or type(cause).__name__
    return error(
        MACHINE,
        f"{' and '.join(names)}: {what}" if names else what,
        hint="see to it that this can be read and written, or choose another place (docs/settings.md has the settings)",
    )
