"""
Files of JSON, which appear whole or not at all, whenever a process is killed. What is damaged is warned of and counts
as not there, so that it is made anew; what another version of ttlang has written counts as not there, too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

from ttlang.diagnostics import Diagnostic, Severity
from ttlang.diagnostics.python_warnings import warn
from ttlang.settings.cache import keep_text, reported
from ttlang.settings.extras import import_extra

FORMAT = 1
"""Of the files. Whoever changes what stands in them counts it up."""
_PATIENCE = 60
"""Seconds that a writer waits for others, who take milliseconds."""
_warned: set[Path] = set()

Read = TypeVar("Read")


def read_kept(path: Path, read: Callable[[Any], Read]) -> Read | None:
    """
    What `read` makes of a file, and None where there is none. `read` raises a TypeError, a LookupError, an
    AttributeError or a ValueError where the file is not as it was written, of which a TTL0224 warns, once for a file.
    """
    try:
        text = path.read_bytes()
    except OSError:
        return None
    try:
        data = json.loads(text)
        return read(data) if data["format"] == FORMAT else None
    except (TypeError, LookupError, AttributeError, ValueError, RecursionError):
        warn_once(path, f"{path} is damaged, and counts as not there")
        return None


def warn_once(path: Path, message: str, hint: str | None = None) -> None:
    """A TTL0224 about a file, for each file once."""
    if path not in _warned:
        _warned.add(path)
        warn(Diagnostic("TTL0224", message, hint=hint, severity=Severity.WARNING))


def write_kept(path: Path, data: Mapping[str, Any]) -> None:
    """Writes a file in place of what is there. Raises a TTL0223 where that is not possible."""
    keep_text(path, json_text({"format": FORMAT, **data}))


def json_text(data: Mapping[str, Any]) -> str:
    """A line for each field, and for each object in a list: for readers, and for differences in a repository."""
    fields = [f" {json.dumps(name)}: {_shown(value)}" for name, value in data.items()]
    return "{\n" + ",\n".join(fields) + "\n}\n"


def _shown(value: Any) -> str:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in cast("list[Any]", value)):
        return json.dumps(value)
    return "[\n" + ",\n".join([f"  {json.dumps(item)}" for item in cast("list[Any]", value)]) + "\n ]"


@contextmanager
def locked(folder: Path) -> Generator[None]:
    """
    Nobody else is in here for the same folder; a process that is killed leaves. On a file system without locks
    everybody is. Raises a TTL0015 where `filelock` is not installed.
    """
    filelock = import_extra("filelock", "tune")
    with reported(folder):
        folder.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(folder / ".lock", timeout=_PATIENCE)
    try:
        lock.acquire()
    except (filelock.Timeout, NotImplementedError, OSError):
        # Another holds it for too long, or this file system has no locks, which filelock says by NotImplementedError.
        # What is lost where two write the same file is found again.
        yield
        return
    try:
        yield
    finally:
        lock.release()
