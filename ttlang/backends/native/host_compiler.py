"""The compiler of this machine, and libraries of our own that it makes, each once."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ttlang.diagnostics import error
from ttlang.settings import cache as kept

FLAGS = ("-std=c++20", "-O1", "-fPIC", "-shared", "-fvisibility=hidden", "-fno-exceptions", "-fno-rtti")


@dataclass(frozen=True)
class Compiler:
    """The compiler of this machine."""

    path: str
    stamp: str
    """Changes with the compiler."""


@cache
def find_compiler() -> Compiler:
    """The compiler that CXX names, else g++ or clang++. Raises a TTL0222 where there is none."""
    for name in (os.environ.get("CXX", ""), "g++", "clang++", "c++"):
        if name and (path := shutil.which(name)):
            real = Path(path).resolve()
            return Compiler(path, f"{real} {real.stat().st_mtime_ns}")
    raise error(
        "TTL0222",
        "kernels in C++ need a compiler to run without a card, and there is none",
        hint="install g++ or clang++, or set CXX",
    )


def libraries() -> Path:
    """The folder of the cache that compiled libraries lie in."""
    return kept.folder() / "native"


def library_path(name: str, text: str, command: Iterable[str]) -> Path:
    """Where the library of a text lies, compiled in this way."""
    key = "\0".join([find_compiler().stamp, text, *command])
    return libraries() / f"{name}_{hashlib.sha256(key.encode()).hexdigest()[:20]}.so"


def compile_own(name: str, text: str, command: Sequence[str]) -> Path:
    """
    The library of a text of our own, compiled by a command that names its file; made if it isn't there. Raises a
    TTL0220 where the compiler fails.
    """
    path = library_path(name, text, command)
    if kept.is_kept(path):
        return path
    made = kept.new_file(path)
    compiler = find_compiler().path
    done = subprocess.run(
        [compiler, *command, "-o", str(made)],
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    )
    if done.returncode:
        made.unlink(missing_ok=True)
        raise error("TTL0220", f"{compiler} fails: {done.stderr.strip() or done.returncode}")
    kept.keep_file(made, path)
    return path
