"""
The simulator: runs a lowered `ttkernel.program` on a model of the chip, and reports what a kernel does wrong.

`prepare(program)` compiles the kernels to Python, `GeneratedProgram.run(tensors)` runs them; `run` does both.
"""

from __future__ import annotations

from collections.abc import Sequence

from ttlang.backends.simulator.generated_program import GeneratedProgram
from ttlang.dialects import ttkernel
from ttlang.machine.simulation import Mode, RunResult
from ttlang.machine.statistics import Statistics
from ttlang.machine.tensor_pages import HasPages
from ttlang.machine.threads import Recorder

__all__ = ["GeneratedProgram", "HasPages", "Mode", "Recorder", "RunResult", "Statistics", "prepare", "run"]


def prepare(program: ttkernel.ProgramOp, *, counting: bool = False) -> GeneratedProgram:
    """
    Compiles a program's kernels; with `counting`, runs have statistics. Raises a DiagnosticError for a program that
    can't run at all.
    """
    return GeneratedProgram(program, counting=counting)


def run(
    program: ttkernel.ProgramOp,
    tensors: Sequence[HasPages],
    numbers: Sequence[int] = (),
    *,
    numerics: Mode = "chip",
    seed: int | None = None,
) -> RunResult:
    """
    Runs a program once. `tensors` are those of the call, in its order: each with its `pages`, a uint8 array (pages,
    bytes of a page); outputs are written in place. `numbers` are its integers that are no constants. Raises a
    DiagnosticError for the first mistake of a kernel.
    """
    return prepare(program).run(tensors, numbers, numerics=numerics, seed=seed)
