"""A library of our own in C++ that a process may have made for it, where there is a compiler: numpy does without."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Mapping
from pathlib import Path

from ttlang.diagnostics import DiagnosticError

_FLAGS = ("-O3", "-fvisibility=default", "-fno-fast-math", "-Wno-psabi")
VECTORS = (("avx512f", "avx512dq", "avx512vl", "fma"), ("avx2", "fma"))
"""What processors may have, best first: the names that Linux and the compilers have for it."""


class OwnLibrary:
    """One of the texts beside this file."""

    def __init__(
        self,
        text: str,
        functions: Mapping[str, int],
        looked_for: int,
        worth: int,
        *,
        for_this_processor: bool = False,
    ):
        """
        `functions`: their names, and how many pointers or numbers of 64 bits they take; they return an `int`.
        `looked_for`, `worth`: the work of a process from which on it looks whether the library is there, and has it
        made. `for_this_processor`: the text is compiled for the vectors that this one has.
        """
        self._for_this_processor = for_this_processor
        self._source = Path(__file__).parent / f"{text}.cpp"
        self._functions = functions
        self._looked_for = looked_for
        self._worth = worth
        self._possible = sys.platform in ("linux", "darwin")
        self._done = 0
        """Work so far, without it."""
        self.loaded: ctypes.PyDLL | None = None

    def find(self, work: int) -> ctypes.PyDLL | None:
        """The library, if it is there, or if this work, with that so far, is worth making it."""
        if self.loaded is not None or not self._possible:
            return self.loaded
        before, self._done = self._done, self._done + work
        if self._done >= self._worth:
            self.make()
        elif before < self._looked_for <= self._done:
            self.loaded = self._load(make=False)
        return self.loaded

    def make(self) -> ctypes.PyDLL | None:
        """The library, made if it isn't there yet; None where that can't be."""
        if self.loaded is None and self._possible:
            self.loaded = self._load(make=True)
            self._possible = self.loaded is not None
        return self.loaded

    def _load(self, *, make: bool) -> ctypes.PyDLL | None:
        # Not before it is asked for: what needs no library imports none of it.
        from ttlang.backends.native import host_compiler
        from ttlang.settings import cache as kept

        text = self._source.read_text(encoding="utf-8")
        flags = (*_FLAGS, *(_vector_flags() if self._for_this_processor else ()))
        command = [*host_compiler.FLAGS, *flags, str(self._source)]
        try:
            path = host_compiler.library_path(self._source.stem, text, command)
            if make:
                host_compiler.compile_own(self._source.stem, text, command)
            elif not kept.is_kept(path):
                return None
            library = ctypes.PyDLL(str(path))
        except (DiagnosticError, OSError):
            return None
        for name, arguments in self._functions.items():
            function = getattr(library, name)
            function.argtypes = [ctypes.c_void_p] * arguments
            function.restype = ctypes.c_int
        return library


def _vector_flags() -> tuple[str, ...]:
    """What a compiler is told of this processor."""
    has = processor_has()
    return next((tuple(f"-m{name}" for name in names) for names in VECTORS if has.issuperset(names)), ())


def processor_has() -> set[str]:
    """Nothing where it is not known."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return set()
    return set(text.split("\n\n", 1)[0].split())
