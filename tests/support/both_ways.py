"""
Runs a program a second time from its C++, with the runner that `ttlang export` writes and the host library's
`generic_op`, and compares every byte of every tensor with what the run of its IR has left, and what threads print.
"""

from __future__ import annotations

import io
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

import ttlang.host as host
from ttlang.backends.simulator import GeneratedProgram, Recorder, RunResult
from ttlang.backends.ttnn import launch_program
from ttlang.diagnostics import DiagnosticError
from ttlang.dialects.ttkernel import ProgramOp
from ttlang.settings import variables
from ttlang.tables.kernel_api import GENERATIONS, Generation

LACKS = ("TTL0307", "TTL0003")
"""Codes of what a generation of the kernel API has no call for, and of what is not emitted yet."""


def run_cpp(
    program: ProgramOp,
    tensors: Sequence[Any],
    numbers: Sequence[int] = (),
    *,
    generation: str,
    numerics: str,
    seed: int | None,
) -> bool:
    """Runs the C++ of a program on tensors of the host library; False if it can't be written in that generation."""
    settings = {
        variables.NUMERICS_MODE: numerics,
        variables.SEED: "" if seed is None else str(seed),
        variables.METAL_API: generation,
        variables.STATS: "",
    }
    given = [tensors[tensor.index.value.data] for tensor in sorted(program.tensors, key=_index)]
    # Only that module: `patch.dict` would forget all that are loaded meanwhile, so that they come to be twice.
    with pytest.MonkeyPatch.context() as patched, variables.given(settings):
        patched.setitem(sys.modules, "ttnn", host)
        try:
            launch_program(program, given, numbers, metal_api=generation)
        except DiagnosticError as found:
            if found.diagnostics[0].code in LACKS:
                return False
            raise
    return True


def _index(tensor: Any) -> int:
    return tensor.index.value.data


@contextmanager
def both_ways(generations: Sequence[str] = tuple(GENERATIONS)) -> Iterator[Counter[str]]:
    """Lets every run of a program's IR be followed by one of its C++; counts them by generation."""
    done: Counter[str] = Counter()
    simulate = GeneratedProgram.run

    def run(
        self: GeneratedProgram,
        tensors: Sequence[Any],
        numbers: Sequence[int] = (),
        *,
        numerics: Any = "chip",
        seed: int | None = None,
        recorder: Recorder | None = None,
    ) -> RunResult:
        if not tensors or not all(isinstance(tensor, host.Tensor) for tensor in tensors):
            return simulate(self, tensors, numbers, numerics=numerics, seed=seed, recorder=recorder)
        before = [tensor.pages.copy() for tensor in tensors]
        with _shown() as printed:
            result = simulate(self, tensors, numbers, numerics=numerics, seed=seed, recorder=recorder)
        after = [tensor.pages.copy() for tensor in tensors]
        for generation in generations:
            wanted, lines = after, printed
            if numerics == "chip" and GENERATIONS[generation] != self.simulation.program.generation:
                _fill(tensors, before)
                with redirect_stdout(io.StringIO()) as lines, _arithmetic_of(self, GENERATIONS[generation]):
                    simulate(self, tensors, numbers, numerics=numerics, seed=seed)
                wanted = [tensor.pages.copy() for tensor in tensors]
            _fill(tensors, before)
            with redirect_stdout(io.StringIO()) as again, _on_device(tensors) as there:
                written = run_cpp(self.op, there, numbers, generation=generation, numerics=numerics, seed=seed)
            if written:
                done[generation] += 1
                assert _messages(again) == _messages(lines)
                for i, (tensor, pages) in enumerate(zip(tensors, wanted, strict=True)):
                    differing = np.flatnonzero((tensor.pages != pages).any(axis=1))
                    assert not differing.size, f"{generation}: tensor {i} differs in its pages {differing[:8]}"
        _fill(tensors, after)
        return result

    with patch.object(GeneratedProgram, "run", run):
        yield done


@contextmanager
def every_way() -> Iterator[None]:
    """As `both_ways`, for kernels that each generation has all of: none may have been passed over."""
    with both_ways() as done:
        yield
    assert len({done[generation] for generation in GENERATIONS}) == 1, f"runs of C++: {dict(done)}"
    assert done, "nothing was run"


def _fill(tensors: Sequence[Any], pages: Sequence[np.ndarray]) -> None:
    for tensor, kept in zip(tensors, pages, strict=True):
        tensor.pages[:] = kept


@contextmanager
def _arithmetic_of(program: GeneratedProgram, generation: Generation) -> Iterator[None]:
    """A program runs as if it had been lowered for another generation."""
    simulation = program.simulation
    other = replace(simulation.program, generation=generation)
    with patch.object(simulation, "program", other), patch.object(simulation, "_numerics", {}):
        yield


@contextmanager
def _shown() -> Iterator[io.StringIO]:
    """Keeps what is printed, and prints it in the end."""
    kept = io.StringIO()
    try:
        with redirect_stdout(kept):
            yield kept
    finally:
        print(kept.getvalue(), end="")


def _messages(printed: io.StringIO) -> Counter[str]:
    """The lines of a run: kernels in C++ have other names, and their calls are not carried out at once."""
    return Counter(re.sub(r"thread '\w+'", "thread", line) for line in printed.getvalue().splitlines())


@contextmanager
def _on_device(tensors: Sequence[host.Tensor]) -> Iterator[list[host.Tensor]]:
    """
    C++ runs on a device. Tensors of the host, which the simulator takes, and what tensors of a mesh are on one of its
    chips are placed there, and keep their memory.
    """
    if all(tensor.device() is not None for tensor in tensors):
        yield list(tensors)
        return
    placed: dict[int, host.Tensor] = {}
    with host.manage_device() as device:
        for tensor in tensors:
            if id(tensor) not in placed:
                placed[id(tensor)] = host.Tensor(tensor.spec, tensor.pages, device, tensor.pad_value)
        yield [placed[id(tensor)] for tensor in tensors]
