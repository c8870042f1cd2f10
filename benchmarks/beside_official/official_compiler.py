"""Run by the interpreter of the published compiler: compiles kernels to C++, as it does before it goes to a card."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial

import stand_ins
from workers import Times, mean, serve


def compilations() -> dict[str, Callable[[], Times]]:
    """That of each kernel. What is imported here finds the stand-ins."""
    stand_ins.install()
    os.environ["TTLANG_COMPILE_ONLY"] = "1"
    from compiled_kernels import KERNELS, REPEATS

    from ttl import ttl_api

    def compilation(title: str) -> Times:
        make, shapes = KERNELS[title]
        arguments = [stand_ins.Tensor(shape) for shape in shapes]
        return mean(REPEATS, lambda: make()(*arguments))

    ttl_api._write_kernel_to_tmp = keep
    return {f"compile {title}": partial(compilation, title) for title in KERNELS}


def keep(name: str, source: str) -> str:
    """In place of what writes C++ into a file, and prints it."""
    assert "kernel_main" in source
    return name


if __name__ == "__main__":
    serve(compilations())
