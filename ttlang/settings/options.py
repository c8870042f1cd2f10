"""The compile options of a kernel."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

from ttlang.diagnostics import DiagnosticError, error
from ttlang.settings.flag_text import read_flags
from ttlang.settings.option_relics import RELICS
from ttlang.settings.target import Target, resolve
from ttlang.tables.compile_flags import FLAGS
from ttlang.tables.fidelities import FIDELITIES
from ttlang.tables.kernel_api import GENERATIONS, NEWEST

_OF_THE_BLOCKS = "a block's size is the shape= of its buffer, and each core finds its part with ttl.⟦core⟧()"
REPLACED_OPTIONS = {
    **{name: relic.instead for name, relic in RELICS.items()},
    "compute_config": "its fields are options of their own: math_fidelity, fp32_dest_acc_en, math_approx_mode",
    "block_factors": _OF_THE_BLOCKS,
    "granularity": _OF_THE_BLOCKS,
    "compile_time_args": "what the kernel function closes over is constant, and so are its arguments but for tensors",
}
"""Arguments of the decorator in the plan of the `ttl` dialect and in other compilers: what stands in their place."""

LATER_OPTIONS = {
    "device_domain": "a kernel runs on one chip; call it once for each, or give it a grid of (columns, rows, chips)",
    "runtime_resource_factory": "buffers, pipes and semaphores are made in the kernel function",
}
"""Arguments of the decorator for parts of the language which are still to be built: what there is instead."""
_UNDECIDED = frozenset({"fp32_dest_acc_en"})
"""Options that may be None in earnest."""


@dataclass(frozen=True)
class CompileOptions:
    """What may be chosen for a kernel: `@ttl.kernel(math_fidelity="LoFi")`."""

    arch: str = ""
    """The chip that is compiled for. Empty: that of `TTLANG_ARCH`, else the default chip."""
    metal_api: str = ""
    """The release of ttnn whose kernel API the C++ uses. Empty: that of `TTLANG_METAL_API`, else the newest."""
    fp32_dest_acc_en: bool | None = None
    """32 bits a datum in DST. None: where a buffer has a 32-bit format; in 2026, where the kernel adds up, too."""
    dst_full_sync_en: bool = False
    """A DST section takes all of DST: twice the tiles, no overlap of math and pack."""
    math_fidelity: str = "HiFi4"
    """In how many phases the FPU multiplies, LoFi in one, HiFi2 in two: fewer are faster and lose bits."""
    math_approx_mode: bool = False
    """`exp` is computed as with `approx=True`. A card's sqrt and recip take faster forms, which is not modelled."""
    allow_tf32: bool = False
    """The FPU may take float32 blocks, as tf32 with 10 bits of fraction, for what the SFPU computes in float32."""
    pad: bool = False
    """Slices of tiled tensors may pass the end: what is read there is 0, and what is written there is left out."""
    line_zones: bool = False
    """Each line of a thread is a zone of Metal's profiler, as `ttl.signpost` makes one, by its file and line."""
    options: str = ""
    """Flags of other compilers, as in "--no-ttl-reduce-full-fp32"; those that change nothing here are warned of."""

    def __post_init__(self) -> None:
        read_flags(self.options)
        for name, value, choices in (
            ("metal_api", self.metal_api or NEWEST.name, GENERATIONS),
            ("math_fidelity", self.math_fidelity, FIDELITIES),
        ):
            if value not in choices:
                raise error("TTL0002", f"{name} is {value!r}, not one of {', '.join(choices)}")
        if self.arch:
            _check_chip(self.arch)

    def target(self) -> Target:
        """The chip and the kernel API: of the options, else of the environment as it is now."""
        return resolve(self.arch, self.metal_api)

    def flag(self, name: str) -> str | bool | None:
        """What a flag is set to; None if it is not named."""
        return read_flags(self.options).get(name)

    def flags_without_effect(self) -> tuple[str, ...]:
        """Those that are set, and change nothing here, as in `--no-ttl-maximize-dst`."""
        found = read_flags(self.options).items()
        return tuple(f"--{'no-' if value is False else ''}{name}" for name, value in found if not FLAGS[name].widens)

    def with_flags(self, text: object) -> CompileOptions:
        """With further flags, which count before those that there are. Raises a TTL0002 for what is no text of them."""
        if text is None:
            return self
        if not isinstance(text, str):
            raise error("TTL0002", f"options is {text!r}, and not a text")
        return self.updated({"options": f"{self.options} {text}".strip()})

    def resolved(self) -> CompileOptions:
        """With the chip and the kernel API named, so that the environment has no say any more."""
        target = self.target()
        if (self.arch, self.metal_api) == (target.chip.name, target.generation.name):
            return self
        return replace(self, arch=target.chip.name, metal_api=target.generation.name)

    def updated(self, changes: dict[str, Any]) -> CompileOptions:
        """With some options changed; None is the default. Raises a diagnostic for a name that is no option."""
        known = {field.name for field in fields(self)}
        asked = {name for name, value in changes.items() if value is not None or name not in LATER_OPTIONS}
        if unknown := [name for name in changes if name in asked - known]:
            raise _unknown(unknown[0], known)
        changes = {name: value for name, value in changes.items() if value is not None or name in _UNDECIDED}
        for field in fields(self):
            value = changes.get(field.name, field.default)
            if isinstance(field.default, str):
                due = "" if isinstance(value, str) else "a text"
            else:
                # A number in place of a switch would be compiled as one.
                due = "" if isinstance(value, bool) or (value is None and field.default is None) else "True or False"
            if due:
                raise error("TTL0002", f"{field.name} is {value!r}, and not {due}")
        return replace(self, **changes)


def check_names(names: Iterable[str]) -> None:
    """Raises a TTL0002 for a name that is no option."""
    known = {field.name for field in fields(CompileOptions)}
    for name in names:
        if name not in known:
            raise _unknown(name, known)


def _check_chip(arch: str) -> None:
    from ttlang.tables.chips import find_chip

    try:
        find_chip(arch)
    except ValueError as cause:
        raise error("TTL0002", f"arch: {cause}") from None


def _unknown(name: str, known: Collection[str]) -> DiagnosticError:
    from difflib import get_close_matches

    if name in LATER_OPTIONS:
        return error("TTL0003", f"{name} is not compiled by this version of ttlang: {LATER_OPTIONS[name]}")
    close = get_close_matches(name, known, n=1)
    meant = f"did you mean {close[0]}? The" if close else "the"
    hint = REPLACED_OPTIONS.get(name) or f"{meant} options are {', '.join(sorted(known))}"
    return error("TTL0002", f"{name} is no compile option", hint=hint)
