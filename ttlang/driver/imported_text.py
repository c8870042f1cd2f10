"""
The text that a kernel was imported from. Its file may be edited and saved while the program runs; what is compiled, and
what messages show, is the text that Python has read, as long as nothing imports the file anew.
"""

from __future__ import annotations

import io
import linecache
import os
from types import FunctionType

_seen: dict[str, tuple[int, int]] = {}
"""Time and size of files when their text was kept."""
_given: set[str] = set()
"""Files in whose place stands a text that was handed over."""


def give_text(file: str, text: str) -> None:
    """From now on a file has this text, for all who ask `linecache` for it, whatever is on the disk."""
    _given.add(file)
    # An entry without a time is not looked for on the disk.
    linecache.cache[file] = len(text), None, io.StringIO(text, newline=None).readlines(), file


def keep_text(function: FunctionType) -> None:
    """Keeps the text of a function's file, as it is now, for all who ask `linecache` for it. To be called on import."""
    name = function.__code__.co_filename
    if name in _given:
        return
    try:
        status = os.stat(name)
    except OSError:
        return  # a cell of a notebook, or in an archive: nothing reads it again
    seen = status.st_mtime_ns, status.st_size
    kept = linecache.cache.get(name)
    if _seen.get(name) == seen and kept is not None and len(kept) == 4 and kept[1] is None:
        return
    linecache.cache.pop(name, None)
    lines = linecache.getlines(name, function.__globals__)
    if not lines:
        return
    _seen[name] = seen
    # An entry without a time is not looked for on the disk again.
    linecache.cache[name] = status.st_size, None, lines, name
