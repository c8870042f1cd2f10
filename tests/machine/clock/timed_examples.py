"""Calls of the examples that tests of the clock time."""

from __future__ import annotations

import runpy
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from ttlang.driver.call_observers import observe
from ttlang.driver.compiler import CompiledKernel
from ttlang.host import open_device
from ttlang.language.tensors import TensorLike
from ttlang.machine.clock.data_free_run import run_without_data
from ttlang.machine.clock.recorded_calls import RecordedThread

EXAMPLES = Path(__file__).parents[3] / "examples"
NAMES = ("softmax", "layer_norm", "core_pipeline", "halo_exchange", "uneven_work", "sharded_add", "matmul_bias_gelu")
NAMED = pytest.mark.parametrize("name", NAMES)


class Call(NamedTuple):
    """A call of a kernel."""

    compiled: CompiledKernel
    tensors: Sequence[TensorLike]
    numbers: Sequence[int]


class _ScriptEnds(Exception):
    pass


def fresh_call(name: str) -> Call:
    """The first one that an example makes. Its tensors have their values until the test ends."""
    calls: list[Call] = []

    def keep(compiled: CompiledKernel, tensors: Sequence[TensorLike], numbers: Sequence[int]) -> None:
        calls.append(Call(compiled, tensors, numbers))
        raise _ScriptEnds

    open_device(device_id=0)  # It is still open, with its tensors, when the script has closed it.
    with observe(lambda _: None, calls=keep), pytest.raises(_ScriptEnds):
        runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
    return calls[0]


first_call = cache(fresh_call)
"""The same, made once, for who looks at no values."""


def recorded(name: str) -> list[RecordedThread]:
    call = first_call(name)
    simulation = call.compiled.simulation.simulation
    return run_without_data(simulation.program, simulation.kernels, call.numbers)
