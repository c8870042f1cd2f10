"""How a command writes: to a terminal of any locale, a pipe that nobody reads, a disk that is full, or to nothing."""

from __future__ import annotations

import io
import os
import select
import sys
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
from typing import TextIO, cast

from ttlang.diagnostics.system_errors import machine_error
from ttlang.engine.exits import Exit
from ttlang.settings import variables as env


@contextmanager
def writable_streams() -> Generator[None]:
    """
    While this lasts, standard output and error take every letter, those that their encoding lacks as escapes, and a
    stream that the process was started without is there, and leads nowhere.
    """
    with ExitStack() as after:
        for name in ("stdout", "stderr"):
            stream = getattr(sys, name)
            if stream is None:
                # At once: the next file that is opened would get the stream's number, and what is meant for the stream.
                nowhere = after.enter_context(open(os.devnull, "w", encoding="utf-8"))
                after.callback(setattr, sys, name, None)
                setattr(sys, name, nowhere)
            elif isinstance(stream, io.TextIOWrapper) and stream.errors in ("strict", "surrogateescape"):
                text = cast(io.TextIOWrapper, stream)
                after.callback(_restore, text, text.errors)
                text.reconfigure(errors="backslashreplace")
        yield


def _restore(stream: io.TextIOWrapper, errors: str | None) -> None:
    with suppress(OSError, ValueError):
        stream.reconfigure(errors=errors)


def outcome(command: str, work: Callable[[], int]) -> int:
    """The exit code of a command's work, also where files or streams fail: that is no error of ttlang."""
    try:
        code = work()
        # A server closes what it speaks on.
        if not sys.stdout.closed:
            sys.stdout.flush()
        return code
    except BrokenPipeError:
        # Whoever read the output has seen enough.
        return Exit.OK
    except (OSError, MemoryError) as cause:
        if env.VERBOSE_ERRORS.is_set():
            raise
        with suppress(OSError):
            print(f"{command}: {machine_error(cause).diagnostics[0].message}", file=sys.stderr)
        return Exit.COMMAND
    finally:
        # Python must not complain at its end of what can't be written any more.
        for stream in (sys.stdout, sys.stderr):
            if is_gone(stream):
                with suppress(OSError, ValueError):
                    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def is_gone(stream: TextIO) -> bool:
    """Whether what is written to a stream can't get out of it."""
    try:
        stream.flush()
        if not hasattr(select, "poll"):
            return False
        poll = select.poll()
        poll.register(stream.fileno(), 0)
        # What is too long for Python's buffer is dropped as the write fails: a flush may find nothing left to do.
        return any(event & select.POLLERR for _, event in poll.poll(0))
    except OSError as cause:
        return not isinstance(cause, io.UnsupportedOperation)
    except ValueError:
        # It is closed: nothing waits in it.
        return False
