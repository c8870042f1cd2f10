"""
Checks emitted kernels against the kernel headers of a ttnn release, with the host's g++ and without a chip's compiler.

A wheel of ttnn holds the headers that its runtime compiles kernels with. Here g++ parses a kernel against them in the
way the runtime would, and generates no code: it finds misspelt calls, wrong arguments and templates, missing includes,
and calls of another generation of the API. What only the chip's compiler understands, the bodies of compute calls,
stays switched off.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from ttlang.settings import cache
from ttlang.settings.cache import kept_folder
from ttlang.tables.chips import Chip, find_chip
from ttlang.tools.header_stand_ins import (
    ARGUMENTS,
    ARGUMENTS_DECLARED,
    ARGUMENTS_FILE,
    DESCRIPTORS,
    FORMATS,
    PRELUDE,
    STAND_INS,
    STREAMS,
)
from ttlang.tools.headers import find_headers

Kind = Literal["compute", "datamovement"]
Processor = Literal["reader", "writer"]


@dataclass(frozen=True)
class Kernel:
    """The C++ source of a kernel, and what the runtime would compile it with."""

    source: str
    kind: Kind
    compile_time_args: tuple[int, ...] = ()
    processor: Processor = "reader"
    """Which of the two data movement processors runs it."""
    dst32: bool = False
    """Whether a compute kernel has a 32-bit DST (`fp32_dest_acc_en`)."""
    debug: bool = False
    """Whether prints, assertions and the profiler are switched on."""


def typecheck(
    source: str,
    *,
    kind: Kind,
    version: str,
    arch: str,
    compile_time_args: Sequence[int] = (),
    processor: Processor = "reader",
    dst32: bool = False,
    deprecated: bool = False,
) -> list[str]:
    """
    The errors of a kernel, as `line:column: message`; none means that it compiles. `deprecated`: to call what the
    headers deprecate is an error too. Raises a RuntimeError without g++ or without the headers of that release
    (see `fetch_headers`).
    """
    kernel = Kernel(source, kind, tuple(compile_time_args), processor, dst32)
    return typecheck_many({"": kernel}, version=version, arch=arch, deprecated=deprecated, isolated=True)[""]


def typecheck_many(
    kernels: Mapping[str, Kernel], *, version: str, arch: str, deprecated: bool = False, isolated: bool = False
) -> dict[str, list[str]]:
    """
    The errors of each kernel, as `typecheck` reports them. One that prints, asserts or is profiled is checked twice: as
    the runtime compiles it, which leaves that out, and with it.

    Parsing the headers takes a hundred times longer than parsing a kernel. So kernels that are compiled with the same
    settings share one translation unit: all includes first, then each kernel in a namespace of its own. Two mistakes
    pass unseen there, an include that another kernel has and a name of the API that a kernel defines again; with
    `isolated` each kernel has a unit of its own, and they don't. A kernel that fails among others is always checked
    again alone.
    """
    compiler = _Compiler(_required_headers(version), find_chip(arch), deprecated)
    errors = _errors(kernels, compiler, isolated)
    speaking = {name: replace(kernel, debug=True) for name, kernel in kernels.items() if _SPEAKS.search(kernel.source)}
    for name, found in _errors(speaking, compiler, isolated).items():
        errors[name] += [error for error in found if error not in errors[name]]
    return errors


_SPEAKS = re.compile(r"\b(DPRINT|ASSERT|DeviceZone)\w*\b")


def _errors(kernels: Mapping[str, Kernel], compiler: _Compiler, isolated: bool) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    for names in [[name] for name in kernels] if isolated else _batches(kernels):
        errors |= zip(names, compiler.batch_errors([kernels[name] for name in names]), strict=True)
    return {name: errors[name] for name in kernels}


def _required_headers(version: str) -> Path:
    if shutil.which("g++") is None:
        raise RuntimeError("g++ is needed to check kernels, and is not installed")
    if (headers := find_headers(version)) is None:
        raise RuntimeError(f"the kernel headers of ttnn {version} are not here: see ttlang.tools.headers.fetch_headers")
    return headers


def _batches(kernels: Mapping[str, Kernel]) -> Iterator[list[str]]:
    """Names of the kernels that can share a translation unit."""
    batches: dict[object, list[str]] = {}
    for name, kernel in kernels.items():
        parts = _split(kernel.source)
        if parts is None:
            yield [name]
            continue
        key = (kernel.kind, kernel.compile_time_args, kernel.processor, kernel.dst32, kernel.debug, parts.defines)
        batches.setdefault(key, []).append(name)
    yield from batches.values()


@dataclass(frozen=True)
class _Parts:
    """A kernel whose preprocessor lines are defines and includes, all of them before its code."""

    defines: tuple[str, ...]
    includes: tuple[str, ...]
    code: str
    first_line: int
    """Where `code` begins."""


def _split(source: str) -> _Parts | None:
    """None for a kernel that can't share a translation unit."""
    lines = source.splitlines()
    begin = next((i for i, line in enumerate(lines) if not re.match(r"\s*(#|//|$)", line)), len(lines))
    directives = [line.strip() for line in lines[:begin] if line.lstrip().startswith("#")]
    defines = tuple(line for line in directives if line.startswith("#define"))
    includes = tuple(line for line in directives if line.startswith("#include"))
    if len(defines) + len(includes) < len(directives) or any(line.lstrip().startswith("#") for line in lines[begin:]):
        return None
    return _Parts(defines, includes, "\n".join(lines[begin:]), begin + 1)


# The compiler. Kernel number i is the file `kernel_<i>` to it.

_PRIMARY = re.compile(
    r"(?P<file>[^:]+):(?P<line>\d+):(?:(?P<column>\d+):)? (?P<kind>(?:fatal )?error|warning): (?P<text>.*)"
)
_WITH = re.compile(r" \[with [^\]]*\]")
"""How g++ lists template arguments; for an accessor they fill a screen."""
_MENTION = re.compile(r"(?:In file included from |\s+from )?kernel_(?P<kernel>\d+):(?P<line>\d+)")


class _Compiler:
    def __init__(self, headers: Path, chip: Chip, deprecated: bool):
        self.headers = headers
        self.chip = chip
        self.deprecated = deprecated
        dprint = headers / "tt_metal" / "hw" / "inc" / "api" / "debug" / "dprint.h"
        self.prints = (
            FORMATS if "#define DPRINT(format" in dprint.read_text(encoding="utf-8", errors="replace") else STREAMS
        )

    def errors(self, kernel: Kernel) -> list[str]:
        """The errors of a kernel alone."""
        if not _defines_main(kernel):
            return ["1:1: there is no `void kernel_main()`"]
        output = self._run(kernel, f'#line 1 "kernel_0"\n{kernel.source}\n')
        return [message for _, message in self._diagnostics(output)]

    def batch_errors(self, batch: Sequence[Kernel]) -> list[list[str]]:
        """The errors of each of the kernels, which can share a translation unit."""
        if len(batch) == 1:
            return [self.errors(batch[0])]
        sources = [parts for kernel in batch if (parts := _split(kernel.source))]
        unit = [*sources[0].defines, *dict.fromkeys(line for parts in sources for line in parts.includes)]
        for i, parts in enumerate(sources):
            unit += [f"namespace kernel_{i} {{", f'#line {parts.first_line} "kernel_{i}"', parts.code, "}"]
        unit += ['#line 1 "batch"', "void kernel_main() {}"]
        blamed = {i for i, _ in self._diagnostics(self._run(batch[0], "\n".join(unit) + "\n"))}
        if -1 in blamed:
            half = len(batch) // 2
            return self.batch_errors(batch[:half]) + self.batch_errors(batch[half:])
        suspects = blamed | {i for i, kernel in enumerate(batch) if not _defines_main(kernel)}
        return [self.errors(kernel) if i in suspects else [] for i, kernel in enumerate(batch)]

    def _diagnostics(self, output: str) -> Iterator[tuple[int, str]]:
        """(number of the kernel, `line:column: message`); -1 for what no kernel can be blamed for."""
        mention: tuple[int, str] | None = None
        for line in output.splitlines():
            found = _MENTION.match(line)
            if found:
                mention = int(found["kernel"]), found["line"]
            primary = _PRIMARY.match(line)
            if primary is None:
                continue
            in_kernel = found is not None
            if self._is_error(primary, in_kernel):
                kernel, at = mention or (-1, primary["line"])
                where = f"{at}:{primary['column'] or 1}" if in_kernel else f"{at}:1"
                text = primary["text"] if in_kernel else f"{primary['text']} ({Path(primary['file']).name})"
                yield kernel, f"{where}: {_WITH.sub('', text)}"
            mention = None

    def _is_error(self, primary: re.Match[str], in_kernel: bool) -> bool:
        if primary["kind"] != "warning":
            return True
        if not in_kernel:
            return False
        if primary["text"].endswith("[-Wdeprecated-declarations]"):
            return self.deprecated
        # A pointer of the chip fits into 32 bits, one of the host does not.
        return primary["text"].endswith("[-fpermissive]") and "loses precision" not in primary["text"]

    def _run(self, kernel: Kernel, unit: str) -> str:
        """What g++ says about a translation unit that is compiled as `kernel` would be."""
        prints = self.prints if kernel.debug else ""
        flags = [
            *("-std=c++20", "-fpermissive", "-fno-diagnostics-show-caret"),
            *(f"-D{macro}" for macro in [*_chip_macros(self.chip), *_kernel_macros(kernel)]),
            *(f"-isystem{path}" for path in _include_folders(self.headers / "tt_metal", self.chip)),
        ]
        if kernel.kind == "compute":
            prelude, begin, end = PRELUDE.format(dst32="true" if kernel.dst32 else "false") + prints, "", ""
            files = STAND_INS
        else:
            files = {ARGUMENTS_FILE: ARGUMENTS_DECLARED}
            prelude, end = _around(_entry_file(self.headers, kernel))
            prelude += f"void kernel_main();\n{prints}"
            begin = ARGUMENTS.format(words=_words(kernel), count=len(kernel.compile_time_args))
        folder = _precompiled(prelude, {"chlkc_descriptors.h": DESCRIPTORS, **files}, flags)
        return _compile([*flags, f"-I{folder}", "-include", "prelude.h", "-xc++", "-"], f"{begin}{unit}{end}")


def _around(entry: Path) -> tuple[str, str]:
    """What the file that includes a data movement kernel has before and behind it."""
    before, _, behind = re.split(
        r"(^#include [<\"]kernel_includes\.hpp[>\"]$)", entry.read_text(encoding="utf-8"), flags=re.M
    )
    return before, f'#line 1 "{entry}"\n{behind}'


def _compile(arguments: Sequence[str], unit: str = "", *, output: Sequence[str] = ("-fsyntax-only",)) -> str:
    """What g++ says. A RuntimeError if it fails, but not because of the source."""
    environment = {**os.environ, "LC_ALL": "C"}
    command = ["g++", *arguments, *output]
    done = subprocess.run(
        command, input=unit, capture_output=True, encoding="utf-8", errors="replace", check=False, env=environment
    )
    if done.returncode and "error" not in done.stderr:
        raise RuntimeError(f"g++ failed:\n{done.stderr}")
    return done.stderr


def _precompiled(prelude: str, files: Mapping[str, str], flags: Sequence[str]) -> Path:
    """
    A folder with `prelude.h`, precompiled, and with the files that it may include. It is kept in the cache: to parse
    the prelude takes g++ four times as long as the rest of a check.
    """
    stamp = Path(shutil.which("g++") or "").resolve().stat().st_mtime_ns
    key = hashlib.sha256(repr((stamp, prelude, sorted(files.items()), flags)).encode()).hexdigest()[:20]

    def fill(made: Path) -> None:
        for name, text in {**files, "prelude.h": prelude}.items():
            (made / name).parent.mkdir(exist_ok=True)
            (made / name).write_text(text, encoding="utf-8")
        header = str(made / "prelude.h")
        # Where the prelude is at fault, so that this makes nothing, the check itself says so.
        _compile([*flags, f"-I{made}", "-xc++-header", header], output=("-o", f"{header}.gch"))

    return kept_folder(cache.folder() / "preludes" / key, fill)


def _defines_main(kernel: Kernel) -> bool:
    return re.search(r"\bvoid\s+kernel_main\s*\(\s*\)", kernel.source) is not None


# What the runtime gives a kernel: its files, macros and include folders


def _entry_file(headers: Path, kernel: Kernel) -> Path:
    """The file that the runtime compiles for a data movement kernel; it includes the kernel."""
    processor = "ncrisck" if kernel.processor == "reader" else "brisck"
    return headers / "tt_metal" / "hw" / "firmware" / "src" / "tt-1xx" / f"{processor}.cc"


def _chip_macros(chip: Chip) -> list[str]:
    pcie_x, pcie_y = chip.pcie
    macros = [f"ARCH_{chip.family.upper()}", f"PCIE_NOC_X={pcie_x}", f"PCIE_NOC_Y={pcie_y}"]
    for memory, banks in (("DRAM", chip.dram_banks), ("L1", chip.grid[0] * chip.grid[1])):
        macros.append(f"NUM_{memory}_BANKS={banks}")
        if banks & (banks - 1):
            macros.append(f"IS_NOT_POW2_NUM_{memory}_BANKS=1")
        else:
            macros.append(f"LOG_BASE_2_OF_NUM_{memory}_BANKS={banks.bit_length() - 1}")
    return [*macros, *chip.firmware_macros]


def _kernel_macros(kernel: Kernel) -> list[str]:
    macros = [
        *("TENSIX_FIRMWARE", "KERNEL_BUILD", "PROGRAMMABLE_CORE_TYPE=0", "LOCAL_MEM_EN=0"),
        "DISPATCH_MESSAGE_ADDR=0xFFB70438",
    ]
    if kernel.kind == "compute":
        macros.append(f"KERNEL_COMPILE_TIME_ARGS={_words(kernel)}")
    if kernel.debug:
        macros += ["DEBUG_PRINT_ENABLED", "WATCHER_ENABLED"]
        macros += ["PROFILE_KERNEL=1", "PROFILER_FULL_HOST_BUFFER_SIZE_PER_RISC=65536"]
    if kernel.kind == "compute":
        return [*macros, "COMPILE_FOR_TRISC=1", "PROCESSOR_INDEX=3", "DST_SYNC_MODE=DstSync::SyncHalf"]
    macros += ["NOC_MODE=0", 'FULL_KERNEL_NAME="kernel"']
    if kernel.processor == "reader":
        return [*macros, "COMPILE_FOR_NCRISC", "PROCESSOR_INDEX=1", "NOC_INDEX=0"]
    return [*macros, "COMPILE_FOR_BRISC", "PROCESSOR_INDEX=0", "NOC_INDEX=1"]


def _words(kernel: Kernel) -> str:
    return ",".join(map(str, kernel.compile_time_args))


def _include_folders(metal: Path, chip: Chip) -> list[Path]:
    inner = metal / "hw" / "inc" / "internal" / "tt-1xx"
    mine = inner / chip.family
    kernels = metal / "hw" / "ckernels" / chip.name / "metal"
    llk = metal / "tt-llk"
    mine_llk = llk / f"tt_llk_{chip.name}"
    return [
        *(metal.parent, metal, metal / "hw" / "inc", metal / "hostdevcommon" / "api", metal / "api"),
        *(inner, mine, mine / f"{chip.name}_defines", mine / "noc"),
        *(kernels / "common", kernels / "llk_io", kernels / "llk_api", kernels / "llk_api" / "llk_sfpu"),
        *(llk / "common", llk / "tools" / "include", mine_llk / "llk_lib"),
        *(mine_llk / "common" / "inc", mine_llk / "common" / "inc" / "sfpu"),
        metal / "hw" / "firmware" / "src" / "tt-1xx",
    ]
