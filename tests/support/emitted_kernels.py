"""
The C++ of every kernel that the tests compile is kept, and type-checked after the last test: for both chips, against
the real headers of both generations of the kernel API. A run of chosen tests checks none of it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

_FOLDER = "EMITTED_KERNELS"
"""The variable that tells the workers of a run where kernels are kept."""
_REPORT = pytest.StashKey[list[str]]()
_INTERLEAVED = (0, 2)
"""What describes a tensor that is interleaved in L1 or in DRAM; the bytes of its pages follow."""
_NO_TENSOR = (1, 0, 0, 0)
"""Shards of no dimension, which the headers refuse: what a kernel would find that reads words behind its own."""
_FIRST = "TensorAccessorArgs<0>"
"""How a kernel asks for the words of its first tensor; those of the others follow."""


def begin(config: pytest.Config) -> None:
    """A folder for the kernels of a run of all tests; there is none for chosen ones."""
    if hasattr(config, "workerinput"):
        return
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS and not config.getoption("keyword")
    if whole and "not headers" not in config.getoption("markexpr"):
        os.environ[_FOLDER] = tempfile.mkdtemp(prefix="emitted-kernels-")


@contextmanager
def kept() -> Iterator[None]:
    """While this lasts, the C++ of each program that is lowered is kept, for both generations of the kernel API."""
    if _FOLDER not in os.environ:
        yield
        return
    from ttlang.driver import compiler

    folder, lower = Path(os.environ[_FOLDER]), compiler.lower

    def lower_and_keep(module: Any, options: Any, *sink: Any, **more: Any) -> Any:
        program = lower(module, options, *sink, **more)
        _keep(program, options.target().chip, folder)
        return program

    with patch.object(compiler, "lower", lower_and_keep):
        yield


def _keep(program: Any, chip: Any, folder: Path) -> None:
    from tests.support.accessor_words import accessor_words
    from ttlang.backends.cpp.printer import print_kernel
    from ttlang.diagnostics import DiagnosticError
    from ttlang.tables.kernel_api import GENERATIONS

    for generation, kernel in product(GENERATIONS, program.kernels):
        try:
            source = print_kernel(kernel, metal_api=generation)
        except DiagnosticError as lacking:
            if lacking.diagnostics[0].code not in ("TTL0307", "TTL0003"):
                raise
            continue
        role = f"{kernel.thread.data}{'32' if program.dst32 else ''}"
        words = json.dumps(accessor_words(program, kernel, chip))
        digest = hashlib.sha256((source + words).encode()).hexdigest()[:20]
        path = folder / generation / f"{digest}.{role}.cpp"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.with_suffix(".json").write_text(words)
            path.write_text(source)


def finish(session: pytest.Session) -> None:
    """Checks what was kept, and fails the run if a kernel does not pass."""
    config = session.config
    if hasattr(config, "workerinput") or (folder := os.environ.pop(_FOLDER, None)) is None:
        return
    try:
        if session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            failed, config.stash[_REPORT] = _check(Path(folder))
            if failed:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # A run that is interrupted may write there still.


def report(terminal: pytest.TerminalReporter, config: pytest.Config) -> None:
    if lines := config.stash.get(_REPORT, None):
        terminal.section("type check of the emitted kernels")
        for line in lines:
            terminal.line(line)


def _check(folder: Path) -> tuple[bool, list[str]]:
    """Whether a kernel fails, and what is said of each generation and chip."""
    from tests.support.needs import lacking_headers
    from ttlang.tables.chips import CHIPS
    from ttlang.tables.kernel_api import GENERATIONS
    from ttlang.tools.headers import VERSIONS
    from ttlang.tools.typecheck import typecheck_many

    def check(job: tuple[tuple[str, str], str]) -> tuple[bool, str]:
        (generation, version), chip = job
        kernels = _kernels(sorted((folder / generation).glob("*.cpp")))
        name = f"ttnn {version}, {chip}"
        if reason := lacking_headers(version):
            return False, f"{name}: not checked: {reason}"
        found = typecheck_many(kernels, version=version, arch=chip)
        return _said(name, {kernel: errors[0] for kernel, errors in found.items() if errors}, kernels)

    jobs = product(zip(GENERATIONS, VERSIONS, strict=True), CHIPS)
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # The work is done by compilers, in processes of their own.
        results = list(pool.map(check, jobs))
    return any(failed for failed, _ in results), [line for _, line in results]


def _kernels(paths: Sequence[Path]) -> dict[str, Any]:
    """
    The kernels in these files, by the files' names. Those with the same words are compiled together, so all kernels of
    data movement get the words of all of them, in one list, and look for their own where these begin.
    """
    from ttlang.tools.typecheck import Kernel

    words: list[int] = []
    begins: dict[tuple[int, ...], int] = {}
    kernels: dict[str, Any] = {}
    for path in paths:
        role = path.name.split(".")[1]
        if role.startswith("compute"):
            kernels[path.name] = Kernel(path.read_text(), "compute", dst32=role.endswith("32"))
            continue
        own = tuple(json.loads(path.with_suffix(".json").read_text()))
        if all(word in _INTERLEAVED for word in own[::2]):
            own = (_INTERLEAVED[-1], 2048) * (len(own) // 2)  # For the types, all pages are the same.
        if own not in begins:
            begins[own] = len(words)
            words += own + _NO_TENSOR
        source = path.read_text().replace(_FIRST, f"TensorAccessorArgs<{begins[own]}>")
        processor = "reader" if role.startswith("reader") else "writer"
        kernels[path.name] = Kernel(source, "datamovement", processor=processor)
    return {
        name: replace(kernel, compile_time_args=tuple(words)) if kernel.kind == "datamovement" else kernel
        for name, kernel in kernels.items()
    }


def _said(name: str, failures: Mapping[str, str], kernels: Mapping[str, Any]) -> tuple[bool, str]:
    if not kernels:
        return True, f"{name}: no kernel was kept, so none was checked"
    if not failures:
        return False, f"{name}: {len(kernels)} kernels pass"
    shown = "".join(f"\n  {kernel}: {error}" for kernel, error in list(failures.items())[:10])
    sources = "".join(f"\n{kernels[kernel].source}" for kernel in list(failures)[:1])
    return True, f"{name}: {len(failures)} of {len(kernels)} kernels fail{shown}{sources}"
