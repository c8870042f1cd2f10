"""Which results of a program no recording of a chip stands behind in `chip` arithmetic (docs/numerics.md)."""

from __future__ import annotations

from ttlang.dialects import ttkernel
from ttlang.machine.numerics.library.by_generation import find_library, find_rule


def functions_without_rule(program: ttkernel.ProgramOp) -> tuple[str, ...]:
    """The functions that a program calls on floats and that are not known to the bit in its generation."""
    generation, names = program.generation, dict[str, None]()
    for op in program.walk():
        if isinstance(op, ttkernel.SFPUTileOp) and not op.format:
            call = op.ROW.call_in(generation)
            rule = find_rule(call, generation) if call else None
            if rule is None or rule.compute(program.dst32) is None:
                names[op.ROW.name] = None
    return tuple(names)


def has_unrecorded_sums(program: ttkernel.ProgramOp) -> bool:
    """Whether it sums rows as a generation does it of which only the headers are known."""
    library = find_library(program.generation)
    sums = (op for op in program.walk() if isinstance(op, ttkernel.ReduceTileOp) and op.pool.data == "sum")
    return not library.row_sums_recorded and any(op.dim.data == "row" for op in sums)
