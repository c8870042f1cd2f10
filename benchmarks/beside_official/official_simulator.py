"""Run by the interpreter of the published simulator: runs kernels on it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from ttl.sim.ttlang_sim import setup_simulator_imports
from workers import Times, mean, serve


def simulations() -> dict[str, Callable[[], Times]]:
    """That of each case. What is imported here finds the simulator's modules."""
    setup_simulator_imports()
    import ttnn
    from simulated_kernels import CASES

    @cache
    def prepared(title: str) -> tuple[Any, list[Any]]:
        case = CASES[title]
        return case.make(), case.tensors(ttnn)

    def simulation(title: str) -> Times:
        kernel, arguments = prepared(title)
        return mean(1, lambda: kernel(*arguments))

    return {f"fast {title}": partial(simulation, title) for title in CASES}


if __name__ == "__main__":
    serve(simulations())
