"""Configurations of a call that are tried: which of them compile, why the others do not, what they are said to take."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from ttlang.diagnostics import Diagnostic, DiagnosticError
from ttlang.dialects import ttl
from ttlang.driver.compiler import CompiledKernel
from ttlang.driver.configurations import Configuration
from ttlang.driver.open_call import FrontEnd, OpenCall
from ttlang.transforms.ttl_allocate_circular_buffers import check_least_l1

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


class Trials:
    """
    The trials of a call, each made once. What surely needs more L1 than there is, by its buffers between threads alone,
    is not lowered. Nothing is refused for being larger than what was: larger blocks may take less, as where rings of a
    group are multiples of all its blocks, or where a parameter chooses which threads use a buffer.
    """

    def __init__(self, call: OpenCall, fits: Fits):
        self.call = call
        self._fits = fits
        self.cramped = False
        """Whether something would have been right with more room beside it."""
        self._fronts: dict[Configuration, FrontEnd] = {}
        self._made: dict[Configuration, Trial] = {}

    def of(self, configuration: Configuration) -> Trial:
        """What becomes of a configuration."""
        if (made := self._made.get(configuration)) is None:
            made = self._made[configuration] = self._try(configuration)
        return made

    def __iter__(self) -> Iterator[Trial]:
        """Those that were made so far."""
        return iter(self._made.values())

    def kernel(self, configuration: Configuration) -> ttl.KernelOp:
        """
        The kernel with these values, before any pass. Raises a DiagnosticError for what is wrong with it, or surely
        needs more L1 than there is.
        """
        if (front := self._fronts.get(configuration)) is None:
            front = self._fronts[configuration] = self.call.front_end(configuration)
        kernel = front.module.body.block.first_op
        assert isinstance(kernel, ttl.KernelOp)
        check_least_l1(kernel)
        return kernel

    def _try(self, configuration: Configuration) -> Trial:
        try:
            self.kernel(configuration)
            compiled = self.call.lowered(self._fronts.pop(configuration))
        except DiagnosticError as found:
            return Trial(configuration, None, found.diagnostics[0])
        try:
            self._fits(compiled)
        except DiagnosticError as found:
            self.cramped = True
            return Trial(configuration, None, found.diagnostics[0])
        return Trial(configuration, compiled, None)
