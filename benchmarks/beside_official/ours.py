"""What is measured of this package: the same kernels as of the published ones, and more."""

from __future__ import annotations

import contextlib
import io
import os
import warnings
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import measurements
import numpy as np
from compiled_kernels import KERNELS, REPEATS
from growing_kernels import GROWING
from simulated_kernels import CASES
from workers import Times, mean, serve

from ttlang import ttnn
from ttlang.backends.native.compiled_products import compiled_products
from ttlang.backends.native.compiled_tiles import compiled_tiles
from ttlang.tools.cli import main as ttlang

CHECKED = {
    name: Path(__file__).parents[2] / "examples" / f"{name}.py" for name in ("add", "attention", "matmul_multicast")
}
PRODUCTS = (512, 1024, 2048)
MIB = 1 << 20


def zeros(shape: tuple[int, int]) -> Any:
    device = ttnn.open_device(device_id=0)
    return ttnn.zeros(shape, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)


def compilation(make: Callable[[], Any], shapes: Sequence[tuple[int, int]], repeats: int) -> Times:
    arguments = [zeros(shape) for shape in shapes]
    return mean(repeats, lambda: make().compile(*arguments).cpp())


def stages(make: Callable[[], Any], shapes: Sequence[tuple[int, int]]) -> Times:
    """A compilation, its passes by dialect: those that work on `ttl`, on `ttkernel`, and on both."""
    times: Times = {}
    for part, (used, wall) in measurements.compilation(lambda: (make(), [zeros(shape) for shape in shapes])).items():
        dialect, dash, _ = part.partition("-")
        title = f"{dialect} passes" if dash else part
        before = times.get(title, (0.0, 0.0))
        times[title] = before[0] + used, before[1] + wall
    return times


@cache
def make_libraries() -> None:
    """As a process of someone has done that simulated for a second: they are kept."""
    for each in (compiled_products(), compiled_tiles()):
        each.library.make()


@cache
def prepared(title: str) -> tuple[Any, list[Any]]:
    case = CASES[title]
    return case.make(), case.tensors(ttnn)


def simulation(title: str, numerics: str) -> Times:
    make_libraries()
    kernel, arguments = prepared(title)
    with patch.dict(os.environ, TTLANG_NUMERICS=numerics):
        return mean(1, lambda: kernel(*arguments))


def product(size: int) -> Times:
    """numpy's own."""
    a, b = (np.random.default_rng(seed).random((size, size), dtype=np.float32) for seed in range(2))
    return mean(1, lambda: a @ b)


def check(path: Path) -> Times:
    with contextlib.redirect_stderr(io.StringIO()):
        return mean(1, lambda: ttlang(["check", str(path)]))


def resident(name: str) -> int:
    """Bytes of this process that lie in memory: now (VmRSS), or at most so far (VmHWM)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


def memory(title: str) -> dict[str, float]:
    """
    MiB of the tensors; of what a run of the kernel, with its compilation, takes at most beyond the process with the
    package; and of the whole process. To be asked of a process that has done nothing else.
    """
    before = resident("VmRSS")
    kernel, arguments = prepared(title)
    kernel(*arguments)
    tensors = sum(2 * rows * columns for rows, columns in CASES[title].shapes)
    peak = resident("VmHWM")
    return {"tensors": tensors / MIB, "run": (peak - before) / MIB, "process": peak / MIB}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    serve(
        {f"compile {title}": partial(compilation, *kernel, REPEATS) for title, kernel in KERNELS.items()}
        | {f"stages {title}": partial(stages, *kernel) for title, kernel in KERNELS.items()}
        | {f"{way} {title}": partial(simulation, title, way) for title in CASES for way in ("fast", "chip")}
        | {f"growth {title}": partial(compilation, *kernel, 1) for title, kernel in GROWING.items()}
        | {f"numpy {size}": partial(product, size) for size in PRODUCTS}
        | {f"check {name}": partial(check, path) for name, path in CHECKED.items()}
        | {f"memory {title}": partial(memory, title) for title in CASES}
    )
