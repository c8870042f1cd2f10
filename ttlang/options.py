"""What can be set: the compile options, and every environment variable that ttlang reads."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import Any

from ttlang.architecture import ARCHITECTURES, DEFAULT_ARCHITECTURE, Architecture, find_architecture
from ttlang.diagnostics import error
from ttlang.functions import GENERATIONS

METAL_APIS = GENERATIONS
FIDELITIES = ("LoFi", "HiFi2", "HiFi3", "HiFi4")
NUMERICS = ("fast", "chip")
"""The first is the default."""


@dataclass(frozen=True)
class Variable:
    """An environment variable."""

    name: str
    doc: str

    def get(self, default: str = "") -> str:
        return os.environ.get(self.name) or default

    def is_set(self) -> bool:
        """True unless unset, empty or `0`."""
        return self.get() not in ("", "0")


ARCH = Variable("TTLANG_ARCH", "the chip to compile for and to simulate: " + " or ".join(ARCHITECTURES))
METAL_API = Variable("TTLANG_METAL_API", "generation of the kernel API: " + " or ".join(METAL_APIS))
COMPILE_ONLY = Variable("TTLANG_COMPILE_ONLY", "1: a kernel's call compiles and checks, and runs nothing")
INITIAL_MLIR = Variable("TTLANG_INITIAL_MLIR", "a file to write the ttl IR of the last compiled kernel to")
FINAL_MLIR = Variable("TTLANG_FINAL_MLIR", "a file to write the lowered ttkernel IR of the last compiled kernel to")
EMIT_RUNNER = Variable(
    "TTLANG_EMIT_RUNNER",
    "1, or a folder: export each kernel that is compiled, as `ttlang export` does (1: to ./ttlang_out)",
)
VERBOSE_ERRORS = Variable("TTLANG_VERBOSE_ERRORS", "1: show the compiler's own frames in tracebacks")
DUMP = Variable("TTLANG_DUMP", "a folder to write the IR after every pass and the C++ to, one subfolder a kernel")
VERIFY = Variable("TTLANG_VERIFY", "1: verify the IR, dominance and locations after every pass")
NUMERICS_MODE = Variable("TTLANG_NUMERICS", "arithmetic of the simulator: fast (default) or chip")
STATS = Variable("TTLANG_STATS", "table or json: print what each line of a simulated kernel did")
SEED = Variable("TTLANG_SEED", "seed that shuffles the simulator's schedule")
HEADERS = Variable("TTLANG_HEADERS", "a folder with `ttnn-<version>/ttnn`, the unpacked wheels whose headers check C++")
CACHE = Variable(
    "TTLANG_CACHE",
    "folder for headers, compiled C++ and launched kernels (default: `ttlang` in XDG_CACHE_HOME or ~/.cache)",
)
CACHE_SIZE = Variable("TTLANG_CACHE_SIZE", "what that folder may take, headers aside, as in 500M (default: 1G)")

VARIABLES = (
    ARCH,
    METAL_API,
    COMPILE_ONLY,
    INITIAL_MLIR,
    FINAL_MLIR,
    EMIT_RUNNER,
    VERBOSE_ERRORS,
    DUMP,
    VERIFY,
    NUMERICS_MODE,
    SEED,
    STATS,
    HEADERS,
    CACHE,
    CACHE_SIZE,
)


_OF_THE_BLOCKS = "a block's size is the shape= of its buffer, and each core finds its part with ttl.core()"
_OF_THE_THREADS = "leave it out: the loops and slices of the threads say it"
REPLACED_OPTIONS = {
    "memory_space": "leave it out: buffers lie in L1, and a tensor's memory_config says where it lies",
    "tiled": "leave it out: a tensor's layout says it, ttnn.TILE_LAYOUT or ttnn.ROW_MAJOR_LAYOUT",
    "compute_config": "its fields are options of their own: math_fidelity, fp32_dest_acc_en, math_approx_mode",
    "block_factors": _OF_THE_BLOCKS,
    "granularity": _OF_THE_BLOCKS,
    "compile_time_args": "what the kernel function closes over is constant, and so are its arguments but for tensors",
    "indexing_maps": _OF_THE_THREADS,
    "iterator_types": _OF_THE_THREADS,
    "num_outs": _OF_THE_THREADS,
}
"""Arguments of the decorator in the plan of the `ttl` dialect and in other compilers: what stands in their place."""


@dataclass(frozen=True)
class CompileOptions:
    """What may be chosen for a kernel: `@ttl.kernel(math_fidelity="LoFi")`."""

    arch: str = ""
    """Empty: `TTLANG_ARCH`, else Wormhole B0."""
    metal_api: str = ""
    """Empty: `TTLANG_METAL_API`, else the newest."""
    fp32_dest_acc_en: bool | None = None
    """32 bits a datum in DST. None: where a buffer of the kernel has a 32-bit format."""
    dst_full_sync_en: bool = False
    """A DST section takes all of DST: twice the tiles, no overlap of math and pack."""
    math_fidelity: str = "HiFi4"
    math_approx_mode: bool = False

    def __post_init__(self) -> None:
        for name, value, choices in (
            ("metal_api", self.kernel_api(), METAL_APIS),
            ("math_fidelity", self.math_fidelity, FIDELITIES),
        ):
            if value not in choices:
                raise error("TTL0002", f"{name} is {value!r}, not one of {', '.join(choices)}")
        try:
            self.architecture()
        except ValueError as cause:
            raise error("TTL0002", f"arch: {cause}") from None

    def architecture(self) -> Architecture:
        return find_architecture(self.arch or ARCH.get(DEFAULT_ARCHITECTURE.name))

    def kernel_api(self) -> str:
        """The generation of the kernel API."""
        return self.metal_api or METAL_API.get(METAL_APIS[-1])

    def resolved(self) -> CompileOptions:
        """With the chip and the kernel API that the environment gives now, where they are not chosen."""
        if self.arch and self.metal_api:
            return self
        return replace(self, arch=self.architecture().name, metal_api=self.kernel_api())

    def updated(self, changes: dict[str, Any]) -> CompileOptions:
        """With some options changed. Raises a diagnostic for a name that is no option."""
        known = {field.name for field in fields(self)}
        for name in changes:
            if name not in known:
                close = get_close_matches(name, known, n=1)
                meant = f"did you mean {close[0]}? The" if close else "the"
                hint = REPLACED_OPTIONS.get(name) or f"{meant} options are {', '.join(sorted(known))}"
                raise error("TTL0002", f"{name} is no compile option", hint=hint)
        return replace(self, **changes)
