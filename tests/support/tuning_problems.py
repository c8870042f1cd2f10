"""Problems for tests of what tuning keeps."""

from __future__ import annotations

from ttlang.driver.tuning.records import Problem, Values, program_digest

CHIP = "wormhole_b0"


def problem(
    name: str = "matmul", *, compiler: str = "1", chip: str = CHIP, metal_api: str = "0.81", space: str = "s"
) -> Problem:
    arguments = ("a: 64x64 bf16", "out: 64x64 bf16")
    return Problem(name, f"{name}.py", "f" * 64, space, arguments, chip, "math_fidelity=HiFi4", metal_api, compiler)


def values(bm: int, bn: int = 1) -> Values:
    return ("bm", bm), ("bn", bn)


def program(bm: int, bn: int = 1) -> str:
    """What a configuration is lowered to."""
    return program_digest(f"{bm} {bn}")


def order(found: Values) -> tuple[int, ...]:
    """From small to large."""
    return tuple([value for _, value in found if isinstance(value, int)])
