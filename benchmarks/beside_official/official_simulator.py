"""Run by the interpreter of the published simulator: runs kernels on it."""

from __future__ import annotations

import sys
from functools import cache, partial
from pathlib import Path
from typing import Any

from ttl.sim.ttlang_sim import setup_simulator_imports

sys.path.append(str(Path(__file__).parents[1]))
setup_simulator_imports()

import ttnn  # noqa: E402
from simulated_kernels import CASES  # noqa: E402
from workers import Times, mean, serve  # noqa: E402


@cache
def prepared(title: str) -> tuple[Any, list[Any]]:
    case = CASES[title]
    return case.make(), case.tensors(ttnn)


def simulation(title: str) -> Times:
    kernel, arguments = prepared(title)
    return mean(1, lambda: kernel(*arguments))


if __name__ == "__main__":
    serve({f"fast {title}": partial(simulation, title) for title in CASES})
