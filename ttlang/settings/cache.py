"""
The cache folder: what is made once and kept, whichever process comes first. Every entry appears whole or not at all,
under a name that no other process writes; what is damaged, or may be somebody else's, is made anew.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import re
import shutil
import stat
import tempfile
import time
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from ttlang.diagnostics import Diagnostic, Severity, TTLangWarning, error
from ttlang.settings import variables

_GROUPS = (
    "native",
    "native/sources",
    "preludes",
    "kernels",
    "calls",
    "tuned/problems",
    "tuned/choices",
    "tuned/programs",
)
"""Folders of the cache that hold entries: files, and folders that are one entry each."""
_AROUND = ("tuned",)
"""Folders around them."""
_DAY = 24 * 60 * 60
"""In seconds."""
_SUM = ".sha256"
"""Is added to the name of a file that is loaded: the sum of its contents."""
_LIST = ".files"
"""In a folder that is one entry: its files and their sizes."""
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_LOOKS = 64
"""How often a process looks at the size of the cache while it fills it once."""
_written: dict[Path, int] = {}
"""Of each cache folder, the bytes that this process has put there since it last looked at its size."""
_used: set[Path] = set()
"""Entries of this process, which it may still need."""


def place() -> Path:
    """Where the cache is: TTLANG_CACHE, else `ttlang` in XDG_CACHE_HOME, else in ~/.cache. It may not be there yet."""
    named, shared = variables.CACHE.get(), Path(os.environ.get("XDG_CACHE_HOME", ""))
    try:
        if named:
            return Path(named).expanduser().absolute()
        # That variable counts only if it holds an absolute path.
        return (shared if shared.is_absolute() else Path.home() / ".cache") / "ttlang"
    except RuntimeError:  # nobody's home
        return Path(named or ".cache/ttlang").absolute()


def folder() -> Path:
    """
    The cache, to be written to. Where it can't be written, or others could have put something in it, a folder for this
    process alone, and a warning once.
    """
    return _checked(place())


@cache
def _checked(path: Path) -> Path:
    problem = _problem(path)
    if problem is None:
        return path
    hint = "set TTLANG_CACHE to a folder of your own; until then all is made anew in each process"
    message = f"the cache folder {path} is not used: {problem}"
    warnings.warn(
        TTLangWarning(Diagnostic("TTL0223", message, hint=hint, severity=Severity.WARNING)), UserWarning, stacklevel=2
    )
    own = tempfile.mkdtemp(prefix="ttlang-cache-")
    atexit.register(shutil.rmtree, own, ignore_errors=True)
    return Path(own)


def _problem(path: Path) -> str | None:
    """What is wrong with a cache folder, which is made if it isn't there."""
    try:
        path.mkdir(mode=0o755, parents=True, exist_ok=True)
        for each in (path, *(path / group for group in (*_AROUND, *_GROUPS))):
            if each.exists() and (found := _not_ours(each)) is not None:
                return found
        with tempfile.TemporaryFile(dir=path):
            return None
    except OSError as cause:
        return cause.strerror or str(cause)


def _not_ours(path: Path) -> str | None:
    """Why others could have put something in a file or a folder."""
    if not hasattr(os, "getuid"):
        return None
    state = path.stat()
    if state.st_uid != os.getuid():
        return f"{path} belongs to another user"
    return f"everybody can write to {path}" if state.st_mode & stat.S_IWOTH else None


@contextmanager
def reported(path: Path) -> Generator[None]:
    """What the file system refuses, as a finding."""
    try:
        yield
    except OSError as cause:
        hint = "make room, or set TTLANG_CACHE to a folder that can be written"
        raise error("TTL0223", f"{path} can't be written: {cause.strerror or cause}", hint=hint) from None


# ------------------------------------------------------------------------------------------------------------- files


def new_file(path: Path) -> Path:
    """An empty file beside `path`, of a name that no other process has, to be filled and then kept."""
    with reported(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f"{path.stem}.", suffix=".part", dir=path.parent)
        os.close(handle)
    return Path(name)


def keep_file(made: Path, path: Path) -> None:
    """Gives a file that is complete its name, and notes its sum."""
    with reported(path):
        digest = _sum(made)
        _flush(made)
        os.replace(made, path)
        keep_text(path.with_name(path.name + _SUM), digest)
    _used.add(path)
    _trim_at_times(path)


def is_kept(path: Path) -> bool:
    """Whether a file is there, and is what was kept, and nobody else's."""
    try:
        whole = path.with_name(path.name + _SUM).read_text(encoding="utf-8") == _sum(path)
        if not whole or _not_ours(path) is not None:
            return False
        os.utime(path)
    except (OSError, UnicodeDecodeError):
        return False
    _used.add(path)
    return True


def keep_text(path: Path, text: str) -> None:
    """Writes a file, unless it holds just that."""
    with suppress(OSError, UnicodeDecodeError):
        if path.read_text(encoding="utf-8") == text:
            return
    made = new_file(path)
    with reported(path):
        made.write_text(text, encoding="utf-8")
        made.chmod(0o644)
        _flush(made)
        os.replace(made, path)


def use(path: Path) -> None:
    """Notes that a text is used today, so that others go before it."""
    with suppress(OSError):
        if path.stat().st_mtime + _DAY < time.time():
            os.utime(path)
    _used.add(path)


def _sum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _flush(path: Path) -> None:
    """So that a crash of the machine leaves no name without contents."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# ----------------------------------------------------------------------------------------------------------- folders


def kept_folder(path: Path, fill: Callable[[Path], None]) -> Path:
    """The folder, which `fill` makes the contents of, in another place, unless it is there and whole."""
    if _is_whole(path):
        with suppress(OSError):
            os.utime(path)
        _used.add(path)
        return path
    with reported(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f"{path.name}.", suffix=".part", dir=path.parent))
    try:
        made = work / "made"
        made.mkdir()
        fill(made)
        (made / _LIST).write_text(_listing(made), encoding="utf-8")
        _move(made, path, work / "damaged")
    except OSError as cause:
        with reported(path):
            raise cause
    finally:
        shutil.rmtree(work, ignore_errors=True)
    _used.add(path)
    _trim_at_times(path)
    return path


def _move(made: Path, path: Path, aside: Path) -> None:
    """Puts a folder in its place, and what is damaged there out of the way."""
    for _ in range(2):
        try:
            made.rename(path)
            return
        except OSError:
            if _is_whole(path):  # another process was quicker
                return
            if not path.exists():
                raise
            path.rename(aside)
    raise FileExistsError(17, "another process keeps writing there")


def _is_whole(path: Path) -> bool:
    try:
        return (path / _LIST).read_text(encoding="utf-8") == _listing(path)
    except (OSError, UnicodeDecodeError):
        return False


def _listing(path: Path) -> str:
    files = sorted(each for each in path.rglob("*") if each.is_file() and each.name != _LIST)
    return "".join(f"{each.relative_to(path)} {each.stat().st_size}\n" for each in files)


# -------------------------------------------------------------------------------------------------------------- size


def most_bytes() -> int:
    """What the cache may take, downloaded headers aside: TTLANG_CACHE_SIZE. A TTL0002 for what is no size."""
    text = variables.CACHE_SIZE.get("1G")
    found = re.fullmatch(r"(\d+)\s*([KMGT]?)(?:i?B)?", text.strip(), re.IGNORECASE)
    if found is None:
        hint = "a number of bytes, or one with K, M or G: 500M"
        raise error("TTL0002", f"TTLANG_CACHE_SIZE is {text!r}, which is no size", hint=hint)
    return int(found[1]) * _UNITS[found[2].upper()]


def _trim_at_times(made: Path) -> None:
    """
    Trims when this process begins to write, and whenever it has written a share of what the cache may take: to look
    through a large one takes longer than to compile a kernel.
    """
    most, here, entry = most_bytes(), folder(), _entry(made)
    _written[here] = _written.get(here, most) + (entry[1] if entry else 0)
    if _written[here] * _LOOKS > most:
        trim()
        _written[here] = 0


def trim() -> None:
    """
    Removes the entries that were used longest ago, until the rest fits; not those of this process. What processes that
    were killed have left half made goes first.
    """
    entries: list[tuple[float, int, Path]] = []
    for group in _GROUPS:
        _forget_parts(folder() / group)
        with suppress(OSError):
            entries += [each for path in (folder() / group).iterdir() if (each := _entry(path)) is not None]
    total, most = sum(size for _, size, _ in entries), most_bytes()
    for _, size, path in sorted(entries):
        if total <= most:
            return
        if path in _used:
            continue
        _remove(path)
        total -= size


def _forget_parts(group: Path) -> None:
    """Removes what was begun more than a day ago."""
    for path in group.glob("*.part"):
        with suppress(OSError):
            if path.stat().st_mtime + _DAY < time.time():
                _remove(path)


def _entry(path: Path) -> tuple[float, int, Path] | None:
    """When it was last used, its bytes, and where it is; None for what belongs to an entry."""
    if path.name.endswith((_SUM, ".part")) or path.name == "sources":
        return None
    try:
        files = [path, *path.rglob("*")] if path.is_dir() else [path]
        return path.stat().st_mtime, sum(each.stat().st_size for each in files), path
    except OSError:  # another process removes it
        return None


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
        return
    for each in (path, path.with_name(path.name + _SUM)):
        each.unlink(missing_ok=True)
