"""Kernels whose author leaves out releases and waits compute the same, to the bit, as with them: in IR and in C++."""

from __future__ import annotations

import runpy
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
import torch

from tests.support.both_ways import both_ways, every_way
from tests.support.left_out_ends import left_out
from ttlang import ttl, ttnn
from ttlang.backends.simulator import GeneratedProgram
from ttlang.diagnostics import DiagnosticError

EXAMPLES = Path(__file__).parents[3] / "examples"
FAST = ("add", "attention", "core_pipeline", "halo_exchange", "matmul_multicast", "ring_all_reduce", "row_gather")
"""Loops, buffers that one thread fills and empties, multicasts, rings, semaphores, row-major blocks."""
SHARES = (1.0, 0.5)
"""How many of the ends are left out."""


@contextmanager
def results() -> Iterator[list[np.ndarray]]:
    """All bytes of all tensors behind each run."""
    found: list[np.ndarray] = []
    run = GeneratedProgram.run

    def recorded(self: GeneratedProgram, tensors: Any, *rest: Any, **named: Any) -> Any:
        result = run(self, tensors, *rest, **named)
        found.extend(tensor.pages.copy() for tensor in tensors)
        return result

    with patch.object(GeneratedProgram, "run", recorded):
        yield found


@pytest.mark.slow
@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("name", FAST)
def test_an_example_without_them(name: str, share: float) -> None:
    path = str(EXAMPLES / f"{name}.py")
    with results() as wanted:
        runpy.run_path(path, run_name="__main__")
    with both_ways() as done, results() as got, left_out(share, seed=1) as taken:
        runpy.run_path(path, run_name="__main__")
    assert all(taken)
    assert done.total()
    assert len(got) == len(wanted) > 0
    for one, other in zip(got, wanted, strict=True):
        np.testing.assert_array_equal(one, other)


def scaled(decorator: Any, make: Any) -> Any:
    @decorator(grid=(1, 1))
    def kernel(x: Any, out: Any) -> None:
        x_cb, out_cb = make(x, shape=(1, 1)), make(out, shape=(1, 1))

        @ttl.compute()
        def compute() -> None:
            for _ in range(4):
                out_cb.reserve().store(x_cb.wait() * 2)

        @ttl.datamovement()
        def read() -> None:
            for column in range(4):
                ttl.copy(x[0, column], x_cb.reserve())

        @ttl.datamovement()
        def write() -> None:
            for column in range(4):
                ttl.copy(out_cb.wait(), out[0, column]).wait()

    return kernel


def tensors(values_below: int = 4096) -> list[Any]:
    device = ttnn.open_device(device_id=0)
    values = (torch.arange(32 * 128).reshape(32, 128) % values_below).bfloat16()
    given = (values, torch.zeros_like(values))
    return [ttnn.from_torch(v, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device) for v in given]


def test_values_that_are_used_at_once() -> None:
    x, out = tensors()
    with every_way():
        scaled(ttl.operation, ttl.make_dataflow_buffer_like)(x, out)
    assert torch.equal(ttnn.to_torch(out), ttnn.to_torch(x) * 2)


def test_a_block_of_rows_moves_on() -> None:
    """What the compute thread fills as tiles is turned into rows where it is pushed."""

    @ttl.operation(grid=(1, 1))
    def kernel(x: Any, out: Any) -> None:
        x_dfb, out_dfb = (ttl.make_dataflow_buffer_like(t, shape=(32, 32)) for t in (x, out))

        @ttl.compute()
        def compute() -> None:
            for _ in range(2):
                out_dfb.reserve().store(x_dfb.wait() * 2)

        @ttl.datamovement()
        def read() -> None:
            for i in range(0, 64, 32):
                ttl.copy(x[i : i + 32, 0:32], x_dfb.reserve())

        @ttl.datamovement()
        def write() -> None:
            for i in range(0, 64, 32):
                ttl.copy(out_dfb.wait(), out[i : i + 32, 0:32])

    device = ttnn.open_device(device_id=0)
    values = torch.arange(64 * 32).reshape(64, 32).bfloat16()
    x, out = (
        ttnn.from_torch(v, dtype=ttnn.bfloat16, layout=ttnn.ROW_MAJOR_LAYOUT, device=device)
        for v in (values, torch.zeros_like(values))
    )
    with every_way():
        kernel(x, out)
    assert torch.equal(ttnn.to_torch(out), values * 2)


def test_they_are_errors_in_2025() -> None:
    with pytest.raises(DiagnosticError) as found:
        scaled(ttl.kernel, ttl.make_circular_buffer_like)(*tensors())
    assert [each.code for each in found.value.diagnostics] == ["TTL0403", "TTL0403", "TTL0502", "TTL0403", "TTL0403"]


def test_the_plan_has_them() -> None:
    plan = scaled(ttl.operation, ttl.make_dataflow_buffer_like).compile(*tensors()).plan()
    line = scaled.__code__.co_firstlineno
    here = Path(__file__).name
    listed = plan.partition("left to the compiler:\n")[2].splitlines()
    assert f"  wait for the transfer of {here}:{line + 13}, behind {here}:{line + 13}" in listed
    assert len(listed) == 5


def test_a_value_that_a_loop_carries_and_one_that_a_branch_gives() -> None:
    """It is kept where the block that it is computed from is released: at the end of the turn, or of the branch."""

    @ttl.operation(grid=(1, 1))
    def kernel(x: Any, out: Any) -> None:
        x_dfb, out_dfb = (ttl.make_dataflow_buffer_like(t, shape=(1, 1)) for t in (x, out))

        @ttl.compute()
        def compute() -> None:
            total = ttl.block.fill(0, shape=(1, 1))
            for i in range(2):
                block = x_dfb.wait()
                if i == 0:
                    value = block * 2
                else:
                    second = x_dfb.wait()
                    value = second + 1
                total += value
            out_dfb.reserve().store(total)

        @ttl.datamovement()
        def read() -> None:
            for column in range(3):
                ttl.copy(x[0, column], x_dfb.reserve())

        @ttl.datamovement()
        def write() -> None:
            ttl.copy(out_dfb.wait(), out[0, 0])

    x, out = tensors(64)
    with every_way():
        kernel(x, out)
    values = ttnn.to_torch(x).float()
    assert torch.equal(ttnn.to_torch(out)[:, :32].float(), values[:, :32] * 2 + values[:, 64:96] + 1)


def test_the_next_block_of_a_buffer_while_a_value_of_the_first_is_read() -> None:
    """The first is released before the next is waited for, and the value kept; on the other path as well."""

    @ttl.operation(grid=(2, 1))
    def kernel(x: Any, out: Any) -> None:
        x_dfb, out_dfb = (ttl.make_dataflow_buffer_like(t, shape=(1, 1)) for t in (x, out))

        @ttl.compute()
        def compute() -> None:
            first = x_dfb.wait()
            value = first * 2
            if ttl.node(dims=1) == 0:
                more = value + first
                second = x_dfb.wait()
                value = more - second
            else:
                value = value - first
                value = value + x_dfb.wait()
            for _ in range(2):
                value += x_dfb.wait()
            out_dfb.reserve().store(value)

        @ttl.datamovement()
        def read() -> None:
            for column in range(4):
                ttl.copy(x[0, column], x_dfb.reserve())

        @ttl.datamovement()
        def write() -> None:
            ttl.copy(out_dfb.wait(), out[0, ttl.node(dims=1)])

    x, out = tensors(64)
    with every_way():
        kernel(x, out)
    a, b, c, d = ttnn.to_torch(x).float().split(32, dim=1)
    assert torch.equal(ttnn.to_torch(out)[:, :64].float(), torch.cat([3 * a - b + c + d, a + b + c + d], dim=1))


def handed_on_by_a_loop(x: Any, out: Any) -> None:
    x_dfb, out_dfb = (ttl.make_dataflow_buffer_like(t, shape=(1, 1)) for t in (x, out))

    @ttl.compute()
    def compute() -> None:
        last = ttl.block.fill(0, shape=(1, 1))
        for _ in range(2):
            block = x_dfb.wait()
            out_dfb.reserve().store(last + block)
            last = block

    @ttl.datamovement()
    def read() -> None:
        for column in range(2):
            ttl.copy(x[0, column], x_dfb.reserve())

    @ttl.datamovement()
    def write() -> None:
        for column in range(2):
            ttl.copy(out_dfb.wait(), out[0, column])


def released_behind_its_loop(x: Any, out: Any) -> None:
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1))

    @ttl.datamovement()
    def read() -> None:
        for column in range(2):
            ttl.copy(x[0, column], x_dfb.reserve())
        x_dfb.push()

    @ttl.datamovement()
    def write() -> None:
        ttl.copy(x_dfb.wait(), out[0, 0])


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (handed_on_by_a_loop, "a loop hands the block itself on to its next turn"),
        (released_behind_its_loop, "the thread releases blocks of this buffer at other places, too"),
    ],
)
def test_what_is_not_inferred_says_why(body: Any, why: str) -> None:
    with pytest.raises(DiagnosticError) as found:
        ttl.operation(grid=(1, 1))(body)(*tensors())
    (error,) = [each for each in found.value.diagnostics if each.code == "TTL0403"]
    assert error.hint is not None
    assert why in error.hint
