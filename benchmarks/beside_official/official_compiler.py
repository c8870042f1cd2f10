"""Run by the interpreter of the published compiler: compiles kernels to C++, as it does before it goes to a card."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

import stand_ins

sys.path.append(str(Path(__file__).parents[1]))
stand_ins.install()
os.environ["TTLANG_COMPILE_ONLY"] = "1"

from compiled_kernels import KERNELS, REPEATS  # noqa: E402
from workers import Times, mean, serve  # noqa: E402

from ttl import ttl_api  # noqa: E402


def compilation(title: str) -> Times:
    make, shapes = KERNELS[title]
    arguments = [stand_ins.Tensor(shape) for shape in shapes]
    return mean(REPEATS, lambda: make()(*arguments))


def keep(name: str, source: str) -> str:
    """In place of what writes C++ into a file, and prints it."""
    assert "kernel_main" in source
    return name


if __name__ == "__main__":
    ttl_api._write_kernel_to_tmp = keep
    serve({f"compile {title}": partial(compilation, title) for title in KERNELS})
