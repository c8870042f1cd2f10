"""A `ttkernel.program` as Python functions, ready to run on the machine."""

from __future__ import annotations

from collections.abc import Sequence

from ttlang.backends.native.compiled_products import compiled_products
from ttlang.backends.native.compiled_tiles import compiled_tiles
from ttlang.backends.simulator.generated_kernel import generate_kernel
from ttlang.backends.simulator.read_program import read_program
from ttlang.diagnostics import DiagnosticError
from ttlang.dialects import ttkernel
from ttlang.machine.simulation import Mode, RunResult, Simulation
from ttlang.machine.tensor_pages import HasPages
from ttlang.machine.threads import Recorder


class GeneratedProgram:
    """Runs do not share anything but the code; one runs at a time."""

    def __init__(self, op: ttkernel.ProgramOp, *, counting: bool = False):
        self.op = op
        self.simulation = _load(op, counting=counting)

    def run(
        self,
        tensors: Sequence[HasPages],
        numbers: Sequence[int] = (),
        *,
        numerics: Mode = "chip",
        seed: int | None = None,
        recorder: Recorder | None = None,
    ) -> RunResult:
        """As `Simulation.run`."""
        try:
            return self.simulation.run(tensors, numbers, numerics=numerics, seed=seed, recorder=recorder)
        except DiagnosticError as found:
            if found.diagnostics[0].code != "TTL0801":
                raise
        # The same once more, keeping the steps that lead to the deadlock: no result depends on the numbers, and what
        # threads print has been seen.
        return _load(self.op, following=True).run(tensors, numbers, numerics=numerics, seed=seed)


def _load(op: ttkernel.ProgramOp, *, counting: bool = False, following: bool = False) -> Simulation:
    """With `following`, threads keep their last calls, for the report of a deadlock, and print nothing."""
    program = read_program(op)
    kernels = [
        generate_kernel(program, info, kernel, counting=counting, following=following)
        for info, kernel in zip(program.kernels, op.kernels, strict=True)
    ]
    return Simulation(
        program, kernels, multiply=compiled_products(), tiles=compiled_tiles(), counting=counting, silent=following
    )
