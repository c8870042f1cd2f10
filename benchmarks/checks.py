"""
What `ttlang check` takes in a process that has checked before, as an editor's would: the whole command, and of it what
the kernels take (compiled, checked, their C++ tried out). The rest is the script's own, its tensors in torch say.
Processor time, of several runs.

    python benchmarks/checks.py [--runs 9] [SCRIPT ...]
"""

from __future__ import annotations

import argparse
import gc
import io
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest.mock import patch

from ttlang.driver.kernel import Kernel
from ttlang.tools.cli import main as ttlang

HERE = Path(__file__).parent
NAMES = ("add", "fused_gelu", "softmax", "layer_norm", "matmul", "attention", "matmul_multicast")


@contextmanager
def as_before() -> Iterator[None]:
    """A script that is run changes what the process is called with."""
    arguments, places = sys.argv[:], sys.path[:]
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        yield
    sys.argv[:], sys.path[:] = arguments, places


def check(script: Path) -> tuple[float, float]:
    """Seconds of the command, and of the calls of kernels in it."""
    calls: list[float] = []
    run = Kernel.__call__

    def timed(*arguments: Any, **named: Any) -> None:
        start = time.process_time()
        try:
            run(*arguments, **named)
        finally:
            calls.append(time.process_time() - start)

    gc.collect()
    with as_before(), patch.object(Kernel, "__call__", timed):
        start = time.process_time()
        code = ttlang(["check", str(script)])
        taken = time.process_time() - start
    assert code == 0, script
    return taken, sum(calls)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("scripts", nargs="*", type=Path)
    options = parser.parse_args()
    print(f"{'processor time, ms':30}{'command':>20}{'kernels':>20}\n{'':30}{'median  least':>20}{'median  least':>20}")
    for script in options.scripts or [HERE.parent / f"examples/{name}.py" for name in NAMES]:
        check(script)
        times = [check(script) for _ in range(options.runs)]
        columns = [[each[column] * 1e3 for each in times] for column in (0, 1)]
        cells = "".join(f"{statistics.median(column):13.1f}{min(column):7.1f}" for column in columns)
        print(f"{script.name:30}{cells}")


if __name__ == "__main__":
    main()
