"""
`make bench`: what the compiler and the simulator cost on this machine. Prints tables; judges nothing.

Warm figures are the least of several runs in one process; cold ones are whole processes.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from kernels import KERNELS, make_add
from matrices import make_matmul

from ttlang import ttnn
from ttlang.analysis.verification import Verifier
from ttlang.driver.compiler import CompiledKernel
from ttlang.driver.launch import simulate
from ttlang.driver.pipeline import make_pipeline
from ttlang.driver.universe import make_context
from ttlang.settings.variables import NUMERICS

HERE = Path(__file__).parent
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""An installed package has its bytecode."""
WARM_RUNS = 15
COLD_RUNS = 5


def tensors(size: int, count: int = 3):
    device = ttnn.open_device(device_id=0)
    shape = (size, size)
    inputs = [ttnn.rand(shape, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device) for _ in range(count - 1)]
    return [*inputs, ttnn.zeros(shape, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)]


def stages(kernel, arguments) -> dict[str, float]:
    """Seconds of each stage of one compilation."""
    times: dict[str, float] = {}

    def timed(name: str, action: Callable):
        start = time.perf_counter()
        result = action()
        times[name] = times.get(name, 0) + time.perf_counter() - start
        return result

    context = make_context()
    module = timed("front end", lambda: kernel.to_ttl(*arguments))
    timed("verify", lambda: Verifier().verify(module))
    for stage in make_pipeline(kernel.options):
        name = stage.name.split("-", 1)[0] if stage.name != "cse" else "cse"
        timed(f"{name} passes" if name != "cse" else "cse", lambda stage=stage: stage.apply(context, module))
    timed("verify", lambda: Verifier().verify(module))
    compiled = CompiledKernel(module.body.block.first_op, kernel.options, module)
    timed("C++", compiled.cpp)
    timed("simulator", lambda: compiled.simulation)
    return times


def compile_table() -> None:
    print(f"\nwarm compile, ms (least of {WARM_RUNS}; the total is without the simulator's code)")
    columns: list[str] = []
    rows = []
    for title, (kernel, size) in KERNELS.items():
        arguments = tensors(size, len(kernel._signature.parameters))
        runs = [stages(kernel, arguments) for _ in range(WARM_RUNS)]
        least = {name: min(run[name] for run in runs) for name in runs[0]}
        total = min(sum(v for n, v in run.items() if n != "simulator") for run in runs)
        first = sum(v for n, v in runs[0].items() if n != "simulator")
        columns = list(least)
        rows.append((title, total, first, least))
    print(f"{'':34}{'total':>8}{'first':>8}" + "".join(f"{name:>17}" for name in columns))
    for title, total, first, least in rows:
        cells = "".join(f"{least[name] * 1e3:17.2f}" for name in columns)
        print(f"{title:34}{total * 1e3:8.1f}{first * 1e3:8.1f}{cells}")


def process_seconds(*arguments: str) -> float:
    times = []
    for _ in range(COLD_RUNS):
        start = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True, cwd=HERE, env=ENVIRONMENT)
        times.append(time.perf_counter() - start)
    return min(times)


def cold_table() -> None:
    print(f"\ncold start, ms (whole processes, least of {COLD_RUNS})")
    empty = process_seconds("-c", "pass")
    print(f"{'python':34}{empty * 1e3:8.0f}")
    for name in ("ttl", "ttlang.driver.compiler", "ttlang.host"):
        seconds = process_seconds("-c", f"import {name}")
        print(f"{'import ' + name:34}{seconds * 1e3:8.0f}   (python's own start included)")
    for script in ("cold_add.py",):
        seconds = process_seconds("-m", "ttlang.tools.cli", "compile", script)
        print(f"{'ttlang compile ' + script:34}{seconds * 1e3:8.0f}")


def repeated_call() -> None:
    kernel, size = KERNELS["single-tile add"]
    arguments = tensors(size)
    kernel(*arguments)
    times = []
    for _ in range(200):
        start = time.perf_counter()
        kernel._compile(arguments, kernel.options)
        times.append(time.perf_counter() - start)
    print(f"\nlook-up of a compiled kernel on a repeated call: {statistics.median(times) * 1e6:.0f} us")


def simulator_table() -> None:
    size, grid = 2048, (8, 8)
    print(f"\nsimulated add of {size}x{size} bfloat16 on {grid[0]}x{grid[1]} cores, thousands of tiles/s (best of 3)")
    print(f"{'block':10}" + "".join(f"{mode:>10}" for mode in NUMERICS))
    count = (size // 32) ** 2
    arguments = tensors(size)
    for block in ((1, 1), (2, 2), (4, 4), (8, 8)):
        compiled = make_add(block, grid, size).compile(*arguments)
        cells = ""
        for mode in NUMERICS:
            times = []
            for _ in range(3):
                start = time.perf_counter()
                simulate(compiled, arguments, numerics=mode)
                times.append(time.perf_counter() - start)
            cells += f"{count / min(times) / 1e3:10.1f}"
        print(f"{f'{block[0]}x{block[1]}':10}{cells}")


def matmul_table() -> None:
    size, products = 1024, 32**3
    print(f"\nsimulated matmul of {size}x{size}x{size} bfloat16, blocks of 4x4 tiles, s (best of 3)")
    print(f"{'cores':10}" + "".join(f"{mode:>10}" for mode in NUMERICS) + f"{'thousands of tile products/s':>32}")
    arguments = tensors(size)
    for grid in ((1, 1), (8, 8)):
        compiled = make_matmul(4, grid, size).compile(*arguments)
        best = []
        for mode in NUMERICS:
            times = []
            for _ in range(3):
                start = time.perf_counter()
                simulate(compiled, arguments, numerics=mode)
                times.append(time.perf_counter() - start)
            best.append(min(times))
        rates = ", ".join(f"{products / seconds / 1e3:.0f}" for seconds in best)
        print(f"{f'{grid[0]}x{grid[1]}':10}" + "".join(f"{seconds:10.2f}" for seconds in best) + f"{rates:>32}")


def main() -> None:
    compile_table()
    repeated_call()
    cold_table()
    simulator_table()
    matmul_table()


if __name__ == "__main__":
    main()
