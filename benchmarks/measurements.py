"""
What `compare.py` measures, each in a process that imports the `ttlang` of one checkout. It asks for names of modules
where they have changed, so that an older checkout can be measured by the same text.

It is asked by way of `workers.py`, and answers {part: [seconds of processor time, seconds by the wall]}.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from kernels import KERNELS
from simulated_kernels import CASES, Case
from workers import Times, serve, timed

import ttlang
from ttlang import ttnn
from ttlang.analysis.verification import Verifier
from ttlang.backends.ttnn import launch_program

EXAMPLES = Path(__file__).parent.parent / "examples"
sys.path.append(str(EXAMPLES))
Call = tuple[Any, Sequence[Any]]
"""A kernel and its arguments."""


def named(name: str, *modules: str) -> Any:
    """What has this name in the first of these modules of `ttlang` that there is."""
    for module in modules:
        with contextlib.suppress(ModuleNotFoundError):
            return getattr(importlib.import_module(f"ttlang.{module}"), name)
    raise SystemExit(f"{ttlang.__file__} has no {name} in {', '.join(modules)}")


CompiledKernel = named("CompiledKernel", "driver.compiler", "compiler")
simulate = named("simulate", "driver.launch", "launch")
make_pipeline = named("make_pipeline", "driver.pipeline", "pipeline")
make_context = named("make_context", "driver.universe", "universe")
Kernel = type(KERNELS["single-tile add"][0])


def tensors(size: int, count: int = 3) -> list[Any]:
    device = ttnn.open_device(device_id=0)
    shape = (size, size)
    inputs = [ttnn.rand(shape, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device) for _ in range(count - 1)]
    return [*inputs, ttnn.zeros(shape, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)]


def benchmark(title: str) -> Call:
    kernel, size = KERNELS[title]
    return kernel, tensors(size, len(kernel._signature.parameters))


def example(name: str) -> Call:
    """The first kernel that an example calls, and the arguments of the call."""

    class Called(BaseException):
        pass

    def note(kernel: Any, *arguments: Any, **named: Any) -> None:
        raise Called(kernel, kernel._signature.bind(*arguments, **named).args)

    with patch.object(Kernel, "__call__", note):
        try:
            importlib.import_module(name).main()
        except Called as call:
            kernel, arguments = call.args
            return kernel, arguments
    raise SystemExit(f"{name} calls no kernel")


def case(one: Case) -> Call:
    return one.make(), one.tensors(ttnn)


def compilation(call: Callable[[], Call]) -> Times:
    """Each stage of a compilation, and its whole."""
    kernel, arguments = call()
    times: Times = {}
    gc.collect()
    gc.disable()
    with timed(times, "whole"):
        context = make_context()
        with timed(times, "front end"):
            module = kernel.to_ttl(*arguments)
        with timed(times, "verify"):
            Verifier().verify(module)
        for stage in make_pipeline(kernel.options):
            with timed(times, stage.name):
                stage.apply(context, module)
        with timed(times, "verify"):
            Verifier().verify(module)
        compiled = CompiledKernel(module.body.block.first_op, kernel.options, module)
        with timed(times, "C++"):
            compiled.cpp()
        with timed(times, "simulator"):
            assert compiled.simulation
    gc.enable()
    return times


@cache
def compiled_once(call: Callable[[], Call]) -> tuple[Any, Sequence[Any]]:
    kernel, arguments = call()
    return kernel.compile(*arguments), arguments


def simulation(call: Callable[[], Call], numerics: str) -> Times:
    compiled, arguments = compiled_once(call)
    times: Times = {}
    with timed(times, "run"):
        simulate(compiled, arguments, numerics=numerics)
    return times


def native_run(call: Callable[[], Call], numerics: str) -> Times:
    """The C++ of the kernel. The compiler of the machine runs in the first, which is not counted."""
    compiled, arguments = compiled_once(call)
    times: Times = {}
    sys.modules["ttnn"] = ttnn
    with patch.dict(os.environ, TTLANG_NUMERICS=numerics):
        if compiled not in _ran:
            launch_program(compiled.program, arguments)
            _ran.append(compiled)
        with timed(times, "run"):
            launch_program(compiled.program, arguments)
    return times


_ran: list[Any] = []


def repeated_call() -> Times:
    kernel, arguments = the_add()
    times: Times = {}
    kernel._compile(arguments, kernel.options)
    with timed(times, "whole"):
        for _ in range(1000):
            kernel._compile(arguments, kernel.options)
    return times


the_add = cache(partial(benchmark, "single-tile add"))

COMPILED: dict[str, Callable[[], Call]] = {
    **{title: cache(partial(benchmark, title)) for title in KERNELS},
    **{
        name: cache(partial(example, name)) for name in ("layer_norm", "attention", "matmul_multicast", "core_pipeline")
    },
}
SIMULATED: dict[str, Callable[[], Call]] = {
    **{title: cache(partial(case, one)) for title, one in CASES.items()},
    "softmax": COMPILED["softmax, rows of 8 tiles"],
    "fused MLP": COMPILED["fused MLP, 2x4 by 4x4 by 4x4"],
    **{name: COMPILED[name] for name in ("layer_norm", "attention", "core_pipeline")},
}
NATIVE = ("add 2048, 8x8, 64 cores", "softmax", "layer_norm", "attention", "core_pipeline")

MEASUREMENTS: dict[str, Callable[[], Times]] = {
    **{f"compile {title}": partial(compilation, call) for title, call in COMPILED.items()},
    "1000 look-ups of a compiled kernel": repeated_call,
    **{
        f"{numerics} {title}": partial(simulation, call, numerics)
        for title, call in SIMULATED.items()
        for numerics in ("fast", "chip")
    },
    **{f"native {title}": partial(native_run, SIMULATED[title], "chip") for title in NATIVE},
}


if __name__ == "__main__":
    serve(MEASUREMENTS)
