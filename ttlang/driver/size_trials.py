"""Configurations of a call that are tried: which of them compile, why the others do not, what they are said to take."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from ttlang.diagnostics import Diagnostic, DiagnosticError
from ttlang.dialects import ttl
from ttlang.driver.compiler import CompiledKernel
from ttlang.driver.configurations import Configuration
from ttlang.driver.open_call import FrontEnd, OpenCall, Outline
from ttlang.transforms.ttl_allocate_circular_buffers import least_l1_bytes

Fits = Callable[[CompiledKernel], None]
"""Raises a DiagnosticError for a program that has no room where the call's tensors are."""


@dataclass(frozen=True, eq=False)
class Trial:
    """What came of one."""

    configuration: Configuration
    compiled: CompiledKernel | None
    refused: Diagnostic | None
    """The first mistake, of one that does not compile."""

    @cached_property
    def least_cycles(self) -> float:
        """What the program takes at least, of the chip's clock."""
        assert self.compiled is not None
        return self.compiled.least_cycles()

    @cached_property
    def operations(self) -> int:
        """How many it was lowered to: what trying it has cost, in a measure that is the same on every machine."""
        return sum(1 for _ in self.compiled.module.walk()) if self.compiled is not None else 0


class Trials:
    """
    The trials of a call, each made once. What surely needs more L1 than there is, by its buffers between threads alone,
    is not lowered; nor is, then, what has the same buffers, none of them smaller.
    """

    def __init__(self, call: OpenCall, fits: Fits):
        self.call = call
        self._fits = fits
        self._made: dict[Configuration, Trial] = {}
        self._too_large: list[tuple[Outline, Configuration, Diagnostic]] = []

    def of(self, configuration: Configuration) -> Trial:
        """What becomes of a configuration."""
        if (made := self._made.get(configuration)) is None:
            made = self._made[configuration] = self._try(configuration)
        return made

    def __iter__(self) -> Iterator[Trial]:
        """Those that were made so far."""
        return iter(self._made.values())

    def _try(self, configuration: Configuration) -> Trial:
        try:
            outline = self.call.outline(configuration)
            for smaller, other, finding in self._too_large:
                if smaller.is_within(outline):
                    return Trial(configuration, None, _as_for(other, finding))
            front = self.call.front_end(configuration)
            if not _may_fit(front):
                return self._refuse(configuration, outline, front)
            compiled = self.call.lowered(front)
            self._fits(compiled)
        except DiagnosticError as found:
            return Trial(configuration, None, found.diagnostics[0])
        return Trial(configuration, compiled, None)

    def _refuse(self, configuration: Configuration, outline: Outline, front: FrontEnd) -> Trial:
        """Lowering has the words for it."""
        try:
            compiled = self.call.lowered(front)
        except DiagnosticError as found:
            refused = found.diagnostics[0]
            self._too_large.append((outline, configuration, refused))
            return Trial(configuration, None, refused)
        raise AssertionError(f"{compiled.name} with {configuration} fits L1, and was said not to")


def _may_fit(front: FrontEnd) -> bool:
    kernel = front.module.body.block.first_op
    assert isinstance(kernel, ttl.KernelOp)
    return least_l1_bytes(kernel) <= kernel.chip.l1_budget


def _as_for(other: Configuration, finding: Diagnostic) -> Diagnostic:
    return replace(finding, message=f"its buffers are no smaller than those of {other}: {finding.message}")
