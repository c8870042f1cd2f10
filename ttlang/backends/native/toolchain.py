"""Compiles kernels in C++ with the system's compiler, each once, and reports what it refuses."""

from __future__ import annotations

import ctypes
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ttlang.backends.native.header import chip_header, refusals_header, table_header
from ttlang.backends.native.host_compiler import FLAGS, compile_own, find_compiler, libraries, library_path
from ttlang.backends.native.includes import includes_of
from ttlang.backends.native.kernel_unit import Surroundings, UnitBuffer, kernel_and_entry, mentioned_headers
from ttlang.backends.native.native_program import NativeKernel
from ttlang.diagnostics import Diagnostic, DiagnosticError, Span, error
from ttlang.settings import cache as kept
from ttlang.tables.chips import Chip
from ttlang.tables.kernel_api import GENERATIONS, Generation

_HERE = Path(__file__).parent
_KEEP_LOOPS = ("-fno-finite-loops",)
"""So that an endless loop is not taken for one that nobody comes to."""
QUIET = ("-w", "-fpermissive", "-fno-diagnostics-show-caret")
_COVERAGE = ("-fsanitize-coverage=trace-pc",)
"""So that a kernel that polls memory can be made to pause."""


@cache
def runtime() -> ctypes.PyDLL:
    """
    The library below kernels, with its functions' types. Kernels find the one that the process has loaded first, so it
    loads no other: these modules may be loaded anew, and the cache be elsewhere then. Raises a TTL0222 where that is
    one of another version.
    """
    # In the global scope, where kernels look for its functions. Its calls are short: they keep Python's lock.
    library = _loaded_runtime() or ctypes.PyDLL(str(runtime_file()), mode=ctypes.RTLD_GLOBAL)
    library.ttlang_resume.argtypes = [ctypes.c_void_p, ctypes.c_int64]
    library.ttlang_resume.restype = ctypes.c_int64
    library.ttlang_open.argtypes = [ctypes.c_void_p, ctypes.c_uint64]
    library.ttlang_open.restype = ctypes.c_void_p
    library.ttlang_close.argtypes = [ctypes.c_void_p]
    library.ttlang_begin.argtypes = [ctypes.c_uint64]
    library.ttlang_map.argtypes = [ctypes.c_uint64]
    library.ttlang_map.restype = ctypes.c_void_p
    library.ttlang_unmap.argtypes = [ctypes.c_void_p, ctypes.c_uint64]
    return library


def _runtime_version() -> str:
    text = "".join((_HERE / name).read_text(encoding="utf-8") for name in ("fibers.h", "fibers.cpp"))
    return hashlib.sha256(text.encode()).hexdigest()


def _loaded_runtime() -> ctypes.PyDLL | None:
    """That of this process, if it has one."""
    process = ctypes.PyDLL(None)
    if not hasattr(process, "ttlang_version"):
        return None
    process.ttlang_version.restype = ctypes.c_char_p
    if process.ttlang_version().decode() != _runtime_version():
        message = "this process has run kernels in C++ with another version of ttlang"
        raise error("TTL0222", message, hint="start a new process")
    return process


def runtime_file() -> Path:
    """Where that of this version lies; it is compiled if it isn't kept."""
    version = _runtime_version()
    command = [*FLAGS, "-O2", "-fvisibility=default", f'-DTTLANG_VERSION="{version}"', str(_HERE / "fibers.cpp")]
    return compile_own("runtime", version, command)


@dataclass(frozen=True)
class Library:
    """A compiled kernel."""

    path: Path
    shared: bool
    """Whether cores can share one copy of it: it has no variables of its own."""

    def load(self, core: int) -> ctypes.PyDLL:
        """The library, for a core."""
        runtime()
        if self.shared:
            return _loaded(self.path)
        # Variables are a core's own, and start anew with each run.
        with tempfile.NamedTemporaryFile(suffix=".so") as copy:
            shutil.copy(self.path, copy.name)
            return ctypes.PyDLL(copy.name)


@cache
def _loaded(path: Path) -> ctypes.PyDLL:
    return ctypes.PyDLL(str(path))


def compile_kernels(kernels: Sequence[NativeKernel]) -> list[Library]:
    """The libraries of kernels; those that are new are compiled side by side. Raises a TTL0220 for bad C++."""
    jobs = [_job(kernel) for kernel in kernels]
    missing = {path for path, _, _ in jobs if not kept.is_kept(path)}
    for wanted in {_headers_for(kernel) for (path, _, _), kernel in zip(jobs, kernels, strict=True) if path in missing}:
        include_folder(*wanted)
    new = {path: _start(command, path, unit) for path, command, unit in jobs if path in missing}
    failed: list[Diagnostic] = []
    for (path, _, _), kernel in zip(jobs, kernels, strict=True):
        if path in new:
            failed += _finish(new.pop(path), path, kernel)
    if failed:
        raise DiagnosticError(tuple(failed))
    return [Library(path, _has_no_variables(path)) for path, _, _ in jobs]


def find_line(kernel: NativeKernel, at: int) -> tuple[str, int] | None:
    """
    The file and the line of an instruction of a kernel, by its offset in the library; None where that can't be found.
    The kernel is compiled once more for it, with lines: they change no instruction.
    """
    tool = shutil.which("addr2line")
    if tool is None:
        return None
    _, command, unit = _job(kernel)
    include_folder(*_headers_for(kernel))
    with tempfile.TemporaryDirectory() as folder:
        library = str(Path(folder) / "lines.so")
        compiler = [find_compiler().path, *command, "-g1", "-o", library]
        if subprocess.run(
            compiler, input=unit, encoding="utf-8", errors="surrogateescape", capture_output=True, check=False
        ).returncode:
            return None
        asked = [tool, "-e", library, "-i", hex(at)]
        said = subprocess.run(
            asked, encoding="utf-8", errors="surrogateescape", capture_output=True, check=False
        ).stdout
    own = kernel.source.path.parent
    for file, line in re.findall(r"^(.+):(\d+)", said, re.MULTILINE):
        if own in Path(file).parents:
            return file, int(line)
    return None


_LOOP = re.compile(r"\b(?:while|for|do|goto)\b")


def find_loop(kernel: NativeKernel, at: int) -> tuple[str, int] | None:
    """The same, of a loop that the compiler has left nothing of but a jump, which has the line of what is before it."""
    found = find_line(kernel, at)
    if found is None:
        return None
    file, line = found
    lines = Path(file).read_text(encoding="utf-8", errors="replace").split("\n")
    loops = (number for number in range(line, len(lines) + 1) if _LOOP.search(lines[number - 1].partition("//")[0]))
    return file, next(loops, line)


# ---------------------------------------------------------------------------------------------------------- a kernel


def _job(kernel: NativeKernel) -> tuple[Path, list[str], str]:
    """The library of a kernel, the compiler's arguments, and the text that it compiles."""
    unit, source = _unit(kernel), kernel.source
    command = [
        *FLAGS,
        *QUIET,
        *_COVERAGE,
        *_KEEP_LOOPS,
        *(f"-D{name}={value}" for name, value in source.defines),
        f"-I{source.path.parent}",
        f"-isystem{_header_folder(*_headers_for(kernel))}",
        *(f"-isystem{root}" for root in source.roots),
        "-xc++",
        "-",
    ]
    text = "\0".join([unit, source.text, *map("\0".join, source.included)])
    return library_path(kernel.info.name, text, command), command, unit


def _headers_for(kernel: NativeKernel) -> tuple[Chip, tuple[Generation, ...]]:
    """What its headers depend on."""
    return kernel.program.info.architecture, tuple(kernel.generations)


def _unit(kernel: NativeKernel) -> str:
    source, program = kernel.source, kernel.program
    info = program.info
    whole = info.architecture.dst_tiles(dst32=info.dst32, full_sync=True)
    surroundings = Surroundings(
        thread=kernel.thread,
        noc=kernel.info.noc,
        fidelity=info.fidelity,
        dst32=info.dst32,
        full_sync=info.dst_tiles == whole,
        approximates=program.approximates,
        compile_time_args=source.compile_time_args,
        named_args=source.named_args,
        buffers={
            int(each.name.removeprefix("cb_")): UnitBuffer(each.dtype, each.page_bytes, each.pages, each.address)
            for each in info.buffers
        },
    )
    return surroundings.prologue() + mentioned_headers(source.texts) + kernel_and_entry(source.path, source.text)


# ------------------------------------------------------------------------------------------------------------- headers


def include_folder(chip: Chip, generations: tuple[Generation, ...]) -> Path:
    """
    A folder with the header, and with what kernels include in its stead. It is made if it is not there: other processes
    may have made room since it was used last.
    """

    def fill(made: Path) -> None:
        for name, text in header_texts(chip, generations).items():
            path = made / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    return kept.kept_folder(_header_folder(chip, generations), fill)


def _header_folder(chip: Chip, generations: tuple[Generation, ...]) -> Path:
    """Where it is, or is to be."""
    return libraries() / f"include_{header_digest(chip, generations)}"


@cache
def header_digest(chip: Chip, generations: tuple[Generation, ...]) -> str:
    return hashlib.sha256(repr(sorted(header_texts(chip, generations).items())).encode()).hexdigest()[:16]


@cache
def header_texts(chip: Chip, generations: tuple[Generation, ...]) -> Mapping[str, str]:
    """The texts of all, by their names."""
    files = {path.name: path.read_text(encoding="utf-8") for path in _HERE.glob("*.h")}
    files["table.h"] = table_header(generations)
    files["refused.h"] = refusals_header()
    files["program.h"] = f"namespace ttlang {{\nTTLANG_PROGRAM\n}}\n{chip_header(chip)}"
    for generation in generations:
        files |= includes_of(generation)
    return files | {name: _REDUCE for name in files if name.endswith("/reduce.h")}


_REDUCE = """#pragma once
#if defined(REDUCE_OP) && defined(REDUCE_DIM)
namespace ckernel {
inline void reduce_init(uint32_t in, uint32_t scaler, uint32_t out, TTLANG_AT) {
    reduce_init<REDUCE_OP, REDUCE_DIM>(in, scaler, out, at);
}
inline void reduce_tile(uint32_t in, uint32_t scaler, uint32_t tile, uint32_t scaler_tile, uint32_t dst, TTLANG_AT) {
    reduce_tile<REDUCE_OP, REDUCE_DIM>(in, scaler, tile, scaler_tile, dst, at);
}
}
#endif
"""
"""A kernel may give its reductions defaults by macros, before it includes this file."""


# ------------------------------------------------------------------------------------------------------- the compiler


@dataclass(frozen=True)
class _Job:
    """A compiler at work, and where it writes."""

    process: subprocess.Popen[str]
    made: Path


def _start(command: Sequence[str], path: Path, unit: str = "") -> _Job:
    made = kept.new_file(path)
    done = subprocess.Popen(
        [find_compiler().path, *command, "-o", str(made)],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="surrogateescape",
        env={**os.environ, "LC_ALL": "C"},
    )
    assert done.stdin is not None
    # Short enough for a pipe to hold, so that the next compiler can start.
    try:
        done.stdin.write(unit)
        done.stdin.flush()
    except BrokenPipeError:
        pass
    return _Job(done, made)


def _finish(job: _Job, path: Path, kernel: NativeKernel | None = None) -> list[Diagnostic]:
    """Waits for the compiler; what it finds wrong."""
    _, output = job.process.communicate()
    if job.process.returncode == 0:
        kept.keep_file(job.made, path)
        return []
    job.made.unlink(missing_ok=True)
    found = list(_errors(output, kernel)) if kernel else []
    return found or [Diagnostic("TTL0220", f"{find_compiler().path} fails: {output.strip() or job.process.returncode}")]


_ERROR = re.compile(r"(?P<file>[^:\n]+):(?:(?P<line>\d+):)?(?:(?P<column>\d+):)? (?:fatal )?error: (?P<text>.*)")
"""Without a line it is about the command: the text of a define."""
_FROM = re.compile(r"(?:In file included from|\s+from|\s*required from here|)\s*(?P<file>/[^:\n]+):(?P<line>\d+)")
MOST_ERRORS = 5


def _errors(output: str, kernel: NativeKernel) -> Iterable[Diagnostic]:
    """The errors of a kernel, each at the kernel's own line where the compiler names one."""
    mention: tuple[str, int] | None = None
    own = kernel.source.path.parent
    count = 0
    for line in output.splitlines():
        found = _ERROR.match(line)
        if found is None:
            if (at := _FROM.match(line)) and own in Path(at["file"]).parents and "table.h" not in at["file"]:
                mention = at["file"], int(at["line"])
            continue
        inside = found["line"] and own in Path(found["file"]).parents
        if inside:
            span = Span(found["file"], int(found["line"]), int(found["column"] or 1))
        else:
            span = kernel.span(*mention) if mention else kernel.info.span
        text = found["text"].replace("\N{LEFT SINGLE QUOTATION MARK}", "'")
        yield Diagnostic("TTL0220", f"the C++ compiler says: {text}", span, _hint(text))
        mention = None
        count += 1
        if count == MOST_ERRORS:
            return


def _hint(text: str) -> str | None:
    if "was not declared" in text or "not a member" in text or "No such file" in text:
        known = " and ".join(GENERATIONS)
        return f"of the kernel API, the simulator has what ttlang's own kernels and common ones use (ttnn {known})"
    return None


@cache
def _has_no_variables(path: Path) -> bool:
    """Whether a library holds nothing that a kernel could change, beside what the API has."""
    nm = shutil.which("nm")
    if nm is None:
        return False
    listed = subprocess.run(
        [nm, "-C", "--defined-only", str(path)],
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        check=False,
    )
    names = {line.split(maxsplit=2)[2] for line in listed.stdout.splitlines() if re.match(r"\S+ [bBdDVuGgSs] ", line)}
    names = {name for name in names if not name.startswith(("worker_logical_", "__", "_", "completed"))}
    return listed.returncode == 0 and not names
