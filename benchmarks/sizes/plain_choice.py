"""
What the choice of a plain call costs on this machine, and how good it is: of the examples that leave sizes to be
chosen, of a sum, and of random kernels. Each is chosen for in a fresh kernel, with the compiler loaded.
Prints a table; judges nothing: milliseconds of the processor and by the wall, medians of several runs; how many
configurations there are, and how many of them are drawn at random; and predicted cycles of the choice, alone and by
those of the best of these.

    python benchmarks/sizes/plain_choice.py [--runs 5] [--drawn 40] [--random 50] [NAME...]
"""

from __future__ import annotations

import argparse
import runpy
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from statistics import fmean, median
from typing import Any

from problem_checks import kernel_of, nothing_kept
from random_problems import problem

from ttlang import ttnn
from ttlang.diagnostics import DiagnosticError
from ttlang.driver.kernel import Kernel
from ttlang.driver.loading import load_compiler, load_simulator
from ttlang.driver.sized_programs import open_call

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[1] / "examples"


def spec(rows: int, columns: int, dtype: str = "bfloat16") -> Any:
    return ttnn.TensorSpec((rows, columns), getattr(ttnn, dtype), ttnn.TILE_LAYOUT)


def named() -> Iterator[tuple[str, list[Any]]]:
    """Kernels of the examples and of the page beside this one, and what each is called with."""
    for size in (512, 1024, 2048, 4096):
        yield "matmul", [spec(size, size), spec(size, size), spec(size, size, "float32")]
    yield "softmax", [spec(2048, 1024)] * 2
    yield "mlp", [spec(2048, 256), spec(256, 1024), spec(1024, 256), spec(2048, 256, "float32")]
    yield "attention", [*[spec(512, 64)] * 4, spec(512, 1, "float32")]
    yield "add", [spec(2048, 2048)] * 3


def fresh(name: str) -> Any:
    """The kernel of an example, or of the page beside this one, that nobody has called yet."""
    example = EXAMPLES / f"sized_{name}.py"
    made = runpy.run_path(str(example if example.exists() else HERE / f"sized_{name}.py")).values()
    return next(each for each in made if isinstance(each, Kernel))


def choice(kernel: Any, call: Sequence[Any]) -> tuple[float, float, dict[str, Any]]:
    """Milliseconds of the processor and by the wall, and what was chosen."""
    with nothing_kept():
        used, wall = time.process_time(), time.perf_counter()
        chosen = dict(kernel.compile(*call).chosen.values)
    return (time.process_time() - used) * 1e3, (time.perf_counter() - wall) * 1e3, chosen


def configurations(kernel: Any, call: Sequence[Any]) -> list[dict[str, Any]]:
    """All that go together."""
    arguments = kernel._bind(call, {})
    opened = open_call(kernel._compiler, kernel.space, arguments, kernel.options.resolved(), kernel.grid, {})
    return [dict(each.values) for each in opened.space]


def cycles(kernel: Any, call: Sequence[Any], values: dict[str, Any]) -> float:
    """As predicted; without end for what does not compile."""
    try:
        return kernel.predict(*call, **values).cycles
    except DiagnosticError:
        return float("inf")


def row(title: str, kernels: Sequence[Any], call: Sequence[Any], drawn: int) -> float:
    """Of as many runs as there are kernels. Returns how much longer the choice takes than the best."""
    used, wall, (chosen, *_) = zip(*(choice(kernel, call) for kernel in kernels), strict=True)
    kernel = kernels[0]
    all_of_them = configurations(kernel, call)
    some = all_of_them if len(all_of_them) <= drawn else Random(0).sample(all_of_them, drawn)
    mine = cycles(kernel, call, chosen)
    ratio = mine / min(mine, *(cycles(kernel, call, values) for values in some))
    counts = f"{len(all_of_them):9}{len(some):9}"
    print(f"{title:20}{median(used):9.0f}{median(wall):9.0f}{counts}{mine:12.0f}{ratio:9.2f}  {chosen}", flush=True)
    return ratio


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", help="kernels; all, and random ones, if there are none")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--drawn", type=int, default=40, help="configurations that are predicted")
    parser.add_argument("--random", type=int, default=50, help="random kernels")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    load_compiler()
    load_simulator()
    print(f"{'':20}{'cpu ms':>9}{'wall ms':>9}{'of':>9}{'drawn':>9}{'cycles':>12}{'ratio':>9}")
    ratios: list[float] = []
    for name, call in named():
        if not options.names or name in options.names:
            kernels = [fresh(name) for _ in range(options.runs)]
            ratios.append(row(f"{name} {call[0].shape[0]}", kernels, call, options.drawn))
    for number in range(0 if options.names else options.random):
        made = problem(number, most=24)
        call = [spec(32 * each.height, 32 * each.width, each.dtype) for each in made.operands]
        with tempfile.TemporaryDirectory() as folder:
            kernels = [kernel_of(made, Path(folder)) for _ in range(options.runs)]
            try:
                ratios.append(row(f"random {number}", kernels, call, options.drawn))
            except DiagnosticError as refused:
                print(f"random {number:13}  {refused.diagnostics[0].code}")
    print(f"ratio: mean {fmean(ratios):.3f}, worst {max(ratios):.2f}, of {len(ratios)}")


if __name__ == "__main__":
    main()
