"""All dialects, passes and targets of ttlang: the one registry, and the entry point by which `xdsl-opt` finds them."""

from __future__ import annotations

from collections.abc import Callable

from xdsl.context import Context
from xdsl.ir import Dialect
from xdsl.passes import ModulePass
from xdsl.universe import Universe
from xdsl.utils.target import Target

from ttlang.diagnostics.findings import Findings


def _ttcore() -> Dialect:
    from ttlang.dialects.ttcore import ttcore_dialect

    return ttcore_dialect()


def _ttl() -> Dialect:
    from ttlang.dialects.ttl import ttl_dialect

    return ttl_dialect()


def _ttkernel() -> Dialect:
    from ttlang.dialects.ttkernel import ttkernel_dialect

    return ttkernel_dialect()


def _passes() -> dict[str, Callable[[], type[ModulePass]]]:
    from ttlang.driver.pipeline import PASSES, TTLLowerToTTKernelPass
    from ttlang.transforms.ttkernel_arrange_kernels import TTKernelArrangeKernelsPass

    every = (*PASSES, TTLLowerToTTKernelPass, TTKernelArrangeKernelsPass)
    return {kind.name: lambda kind=kind: kind for kind in every}


def _tt_metal() -> type[Target]:
    from ttlang.backends.cpp.printer import TTMetalTarget

    return TTMetalTarget


TTLANG_UNIVERSE = Universe(
    all_dialects={"ttcore": _ttcore, "ttl": _ttl, "ttkernel": _ttkernel},
    all_passes=_passes(),
    all_targets={"tt-metal": _tt_metal},
)


def make_context(findings: Findings | None = None) -> Context:
    """A context that parses our IR and what it stands on. `findings`: the sink of the passes that run in it."""
    from xdsl.dialects.arith import Arith
    from xdsl.dialects.builtin import Builtin
    from xdsl.dialects.scf import Scf

    from ttlang.analysis.finding_context import FindingContext

    context = Context() if findings is None else FindingContext(findings=findings)
    for dialect in (Builtin, Arith, Scf):
        context.load_dialect(dialect)
    for name, factory in TTLANG_UNIVERSE.all_dialects.items():
        context.register_dialect(name, factory)
    return context
