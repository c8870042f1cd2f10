"""
The kernels of a release of ttnn, compiled one by one as the native route does it, and why each that is refused is.

What a host gives a kernel when it is compiled is not in the wheel. So each is tried with several compile-time
arguments, has all buffers, and the names that hosts bind are taken from its text; a define of its host's it lacks.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

from ttlang.backends.native.kernel_source import release_roots
from ttlang.backends.native.kernel_unit import MOST_BUFFERS, Surroundings, UnitBuffer, kernel_and_entry
from ttlang.backends.native.refused_calls import MARK
from ttlang.backends.native.toolchain import FLAGS, QUIET, find_compiler, include_folder
from ttlang.dialects.ttkernel import Thread
from ttlang.tables import dtypes
from ttlang.tables.chips import DEFAULT_CHIP
from ttlang.tables.kernel_api import Generation
from ttlang.tools.headers import fetch_kernels

_OBJECTS = (
    "Noc|CircularBuffer|DataflowBuffer|CoreLocalMem|Semaphore|UnicastEndpoint|MulticastEndpoint|AllocatorBank"
    "|noc_traits_t|Scratchpad|LocalTensorAccessor|TensorAccessor|ShardView|PageView"
)
REASONS: tuple[tuple[str, str], ...] = (
    ("a newer compiler", r"Segmentation fault|internal compiler|#pragma GCC unroll|^the compiler fails"),
    ("links to other chips", r"fabric|ethernet|socket|edm|\bccl|mux|packet_header|worker_sync|noc_addr\.h|drisc|relay"),
    (
        "functions of the units themselves",
        r"\bsfpi|ckernel_sfpu|\bllk_|\bp_\w+'|TTI?_\w+|'semaphore' has not|lltt|addrmod|cfg_|tensix"
        r"|ckernel::(packer|math|unpacker|sfpu)",
    ),
    ("a file that the release has elsewhere", r"No such file or directory"),
    (
        "a define of its host",
        r"must be defined|#error|'(?:\w+::)?[A-Z][A-Z0-9_]*'|'cb_\w+' was not declared|'reduce_(init|tile)\(",
    ),
    (
        "the object interface",
        rf"'(class |struct )?(\w+::)?({_OBJECTS})(<[^']*>)?' has no member|is not a member of '(\w+::)?({_OBJECTS})"
        rf"|'({_OBJECTS})' (was not|has not been|does not name)|call to '(\w+::)?({_OBJECTS})(<[^']*>)?::",
    ),
    (
        "other values of its compile-time arguments",
        r"static assertion|constant expression|division by zero|array bound|fewer compile-time|subscript|'constexpr'",
    ),
)
"""Why a kernel is refused, by what the compiler says of it first."""
OTHER_REASON = "another function"


@dataclass(frozen=True)
class Outcome:
    """What became of a kernel."""

    path: Path
    refused: tuple[str, ...] = ()
    """The calls that are refused wherever it comes to them."""
    errors: tuple[str, ...] = ()
    """What the compiler says; nothing of a kernel that compiles."""

    @property
    def reason(self) -> str:
        if not self.errors:
            return "a meaning for a call, which is refused" if self.refused else ""
        return next((reason for reason, text in REASONS if re.search(text, self.errors[0])), OTHER_REASON)


def kernels_of(version: str) -> list[Path]:
    """The kernels in the wheel of a release."""
    folder = fetch_kernels(version)
    return sorted(path for path in folder.rglob("*.cpp") if "kernels" in str(path.relative_to(folder)))


def compile_all(generation: Generation, paths: Sequence[Path]) -> list[Outcome]:
    """Compiles kernels, side by side."""
    with TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as workers:
        compiler = _Compiler(generation, Path(folder))
        return list(workers.map(compiler.outcome, paths))


def counts(outcomes: Iterable[Outcome]) -> Counter[str]:
    """How many kernels are refused for each reason."""
    return Counter(outcome.reason for outcome in outcomes if outcome.reason)


# ------------------------------------------------------------------------------------------------------- compilations

_VALUES: tuple[tuple[int, ...], ...] = ((2,), (1,), (2, 3), (4,), (32,), (0,))
"""Compile-time arguments that are tried: each repeats. 2, in front of a tensor's address, describes one in DRAM."""
_ARGUMENTS = 256


@dataclass(frozen=True)
class _Compiler:
    generation: Generation
    folder: Path

    def outcome(self, path: Path) -> Outcome:
        text = path.read_text(encoding="utf-8", errors="replace")
        code = re.sub(r"//.*", "", text)
        code = re.sub(r"/\*.*?\*/", "", code, flags=re.DOTALL)
        names = tuple(sorted(set(re.findall(r'get_named_compile_time_arg_val\(\s*"([^"]+)"', code))))
        first: Outcome | None = None
        for values in _VALUES:
            found = self._try(path, code, _thread_of(path, code), values, names)
            first = first or found
            if not found.errors:
                return found
            if found.reason not in (REASONS[-1][0], OTHER_REASON):
                break
        assert first is not None
        return first

    def _try(self, path: Path, code: str, thread: Thread, values: tuple[int, ...], names: tuple[str, ...]) -> Outcome:
        unit = _bindings(code, values[0]) + kernel_and_entry(path, code)
        made = self.folder / f"{abs(hash((path, values)))}.o"
        headers = include_folder(DEFAULT_CHIP, (self.generation,))
        command = [
            *(find_compiler().path, *FLAGS, *QUIET, "-O0", "-fmax-errors=5", f"-I{path.parent}", f"-isystem{headers}"),
            *(f"-isystem{root}" for root in release_roots(path)),
        ]
        if names:
            unit = _prologue(thread, values, names) + unit
        else:
            command += ["-include", str(_precompiled(self.generation, self.folder, thread, values))]
        done = subprocess.run(
            [*command, "-c", "-xc++", "-", "-o", str(made)],
            input=unit,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
        if done.returncode:
            errors = (line.partition("error: ")[2] for line in done.stderr.splitlines() if "error: " in line)
            return Outcome(path, errors=tuple(errors) or ("the compiler fails",))
        text = made.read_bytes()
        made.unlink()
        found = {name.decode() for name in re.findall(MARK.encode() + rb"([^\0]+)\0", text)}
        return Outcome(path, refused=tuple(sorted(found)))


def _thread_of(path: Path, code: str) -> Thread:
    included = " ".join(re.findall(r"#\s*include\s*(\S+)", code))
    if "compute" in path.parts or (
        "compute" in included and not re.search("dataflow_api|noc|kernel/dataflow", included)
    ):
        return Thread.COMPUTE
    return Thread.WRITER if "writer" in path.name else Thread.READER


def _prologue(thread: Thread, values: tuple[int, ...], names: tuple[str, ...]) -> str:
    """The text in front of a kernel that may have all that a kernel can be given."""
    surroundings = Surroundings(
        thread=thread,
        noc=0,
        fidelity="HiFi4",
        dst32=False,
        full_sync=False,
        approximates=False,
        compile_time_args=(values * _ARGUMENTS)[:_ARGUMENTS],
        named_args=[(name, values[i % len(values)]) for i, name in enumerate(names)],
        buffers={i: UnitBuffer(dtypes.BF16, 2048, 8, 1 << 17) for i in range(MOST_BUFFERS)},
    )
    return surroundings.prologue() + '#include "kernel_objects.h"\n'


_PRECOMPILING = Lock()


def _precompiled(generation: Generation, folder: Path, thread: Thread, values: tuple[int, ...]) -> Path:
    """That text, precompiled."""
    with _PRECOMPILING:
        return _precompile(generation, folder, thread, values)


@cache
def _precompile(generation: Generation, folder: Path, thread: Thread, values: tuple[int, ...]) -> Path:
    header = folder / f"{thread.name}_{'_'.join(map(str, values))}.h"
    header.write_text(_prologue(thread, values, ()), encoding="utf-8")
    headers = include_folder(DEFAULT_CHIP, (generation,))
    command = [find_compiler().path, *FLAGS, *QUIET, "-O0", f"-isystem{headers}", "-xc++-header", str(header)]
    subprocess.run([*command, "-o", f"{header}.gch"], check=True)
    return header


def _bindings(code: str, value: int) -> str:
    """What hosts of ProgramSpecs declare for a kernel: the names of its arguments, buffers, tensors and semaphores."""
    return "".join(_namespaces(code, value))


_TOKENS = {
    "args": ("experimental::CtaVal<uint32_t>", "{{{value}}}"),
    "dfb": ("DFBBindingToken<>", "{{{number}}}"),
    "tensor": ("tensor_accessor::TensorBindingToken<0, 0>", "{{}}"),
    "sem": ("SemaphoreBindingToken", "{{{number}, SemScope::LOCAL_NONATOMIC}}"),
    "scratch": ("ScratchpadBindingToken", "{{0, 2048}}"),
}
_PATTERNS = {"AccessPattern", "STRIDED", "ALL", "BLOCKED", "UNKNOWN"}
"""Names of the interface's own in such a namespace."""


def _namespaces(code: str, value: int) -> Iterator[str]:
    for space, (kind, form) in _TOKENS.items():
        names = sorted(set(re.findall(rf"(?<![\w:])(?:::)?{space}::(\w+)", code)) - _PATTERNS)
        tokens = (f"constexpr {kind} {name}{form.format(value=value, number=i)};" for i, name in enumerate(names))
        if names:
            yield f"namespace {space} {{ {' '.join(tokens)} }}\n"
    for name, place in (("get_vararg", "get_arg_val"), ("get_common_vararg", "get_common_arg_val")):
        if f"::{name}" not in code:
            yield f"inline uint32_t {name}(uint32_t index) {{ return {place}<uint32_t>(index); }}\n"
