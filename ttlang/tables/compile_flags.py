"""
The flags of compilers of TT-Lang, as `options="--no-ttl-maximize-dst"` has them (edition of 2026): a row for each.

Most choose between ways of lowering, which here are chosen by cost: those are known, and have no effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class CompileFlag(NamedTuple):
    """A flag: `--name` and `--no-name`; or, where it takes a value, `--name VALUE`."""

    takes: str = ""
    """What its value is: words with a bar between them, or "N", a number. Empty: it is a switch."""
    widens: str = ""
    """The operation of `ttl` whose sums ask for a DST of 32 bits if it is on. Empty: it changes nothing here."""

    def accepts(self, value: str) -> bool:
        return value.isdecimal() if self.takes == "N" else value in self.takes.split("|")


FLAGS: Mapping[str, CompileFlag] = {
    "ttl-maximize-dst": CompileFlag(),
    "ttl-fpu-binary-ops": CompileFlag(),
    "ttl-block-matmul": CompileFlag(),
    "ttl-subblock-sync": CompileFlag(),
    "ttl-combine-pack-tiles": CompileFlag(),
    "ttl-strict-f32-acc": CompileFlag(),
    "ttl-compiler-dfbs": CompileFlag(),
    "ttl-reduce-full-fp32": CompileFlag(widens="ttl.reduce_sum"),
    "ttl-matmul-full-fp32": CompileFlag(widens="ttl.matmul"),
    "ttl-accumulation-strategy": CompileFlag(takes="auto|dst|l1-pack"),
    "ttl-pipe-computed-addresses": CompileFlag(),
    "ttl-pipe-capacity-sync": CompileFlag(),
    "ttl-pipe-global-semaphores-only": CompileFlag(),
    "ttl-pipe-batch-tiles": CompileFlag(takes="N"),
    "ttl-l1-budget": CompileFlag(takes="N"),
    "ttl-reuse-user-dfbs": CompileFlag(),
    "ttl-dfb-exact-coloring-search-limit": CompileFlag(takes="N"),
    "ttl-specialize-cores": CompileFlag(),
}
