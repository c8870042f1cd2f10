"""What stands above a kernel: what can be done with it, and what it takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lsprotocol import types as lsp

from ttlang.editor.client_places import ClientPlaces
from ttlang.editor.open_script import OpenScript
from ttlang.editor.syntax.outline import Kernel
from ttlang.editor.wording import bytes_text, cycles_text, time_text
from ttlang.engine.facts.kernel_facts import KernelFacts
from ttlang.profiler.words import PARTS


def lenses(script: OpenScript, places: ClientPlaces, *, runs: bool, shows_texts: bool) -> list[lsp.CodeLens]:
    """`runs`: whether scripts may be run. `shows_texts`: whether the client has a place for generated texts."""
    return [
        lsp.CodeLens(places.range(script.document.lines, kernel.name_place), command)
        for kernel in script.kernels
        for command in _commands(script, kernel, runs=runs, shows_texts=shows_texts)
    ]


def _commands(script: OpenScript, kernel: Kernel, *, runs: bool, shows_texts: bool) -> Iterator[lsp.Command]:
    if not runs:
        return
    about: Any = {"uri": script.uri, "kernel": kernel.name}
    for title in ("simulate", "profile", *(["tune"] if kernel.leaves_sizes_open else [])):
        yield lsp.Command(f"▶ {title}", f"ttlang.{title}", arguments=[about])
    if shows_texts:
        yield lsp.Command("C++", "ttlang.showText", arguments=[script.uri, "cpp", kernel.name, None])
    # Last: it comes later than the others, which stay under the mouse, and is long.
    facts = script.facts.get(kernel.name)
    if facts is not None:
        yield lsp.Command(summary(facts), "")


def summary(facts: KernelFacts) -> str:
    """`1,234 cycles · 1.2 µs · bound by DRAM bandwidth · L1 120 KiB of 1.3 MiB · 8x8 cores of wormhole_b0`."""
    parts: list[str] = []
    if (costs := facts.costs) is not None:
        parts += [cycles_text(costs.cycles), time_text(costs.microseconds)]
        if not costs.complete:
            parts.append("then it waits forever")
        elif costs.bound:
            parts.append(f"bound by {PARTS.get(costs.bound, costs.bound)}")
    parts.append(f"L1 {bytes_text(facts.l1.used)} of {bytes_text(facts.l1.limit)}")
    cores = "x".join(map(str, facts.grid))
    parts.append(f"{cores} core{'' if set(facts.grid) == {1} else 's'} of {facts.arch}")
    return " · ".join(parts)
