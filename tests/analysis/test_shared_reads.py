"""Reads that every core makes of the same pages: the plan says which, and of no others."""

from __future__ import annotations

from typing import Any

import pytest

from ttlang import ttnn

KERNEL = """
from ttlang import ttl

@ttl.operation(grid={grid})
def kernel(x, bias, out):
    x_dfb, bias_dfb, out_dfb = (ttl.make_dataflow_buffer_like(t, shape=(1, 1)) for t in (x, bias, out))

    @ttl.compute()
    def compute():
        for _ in range(2):
            with x_dfb.wait() as xv, bias_dfb.wait() as shift, out_dfb.reserve() as o:
                o.store(xv + shift)

    @ttl.datamovement()
    def read():
        column, row = ttl.node(dims=2)
        first = 0
        for k in range({turns}):
            with x_dfb.reserve() as block:
                ttl.copy(x[k % 2, column], block).wait()
            with bias_dfb.reserve() as block:
{bias}

    @ttl.datamovement()
    def write():
        column, _ = ttl.node(dims=2)
        for k in range(2):
            with out_dfb.wait() as block:
                ttl.copy(block, out[k, column]).wait()
"""
READ = "                ttl.copy(bias[0, {}], block).wait()"
UNDER_A_CONDITION = """                if {}:
                    ttl.copy(bias[0, 0], block).wait()
                else:
                    ttl.copy(bias[0, 1], block).wait()"""


def plan(load: Any, bias: str, *, grid: tuple[int, int] = (4, 1), turns: str = "2") -> str:
    device = ttnn.open_device(device_id=0)
    x, shift, out = (
        ttnn.zeros((rows * 32, 4 * 32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
        for rows in (2, 1, 2)
    )
    return load(KERNEL.format(grid=grid, turns=turns, bias=bias)).kernel.compile(x, shift, out).plan()


def shared(text: str) -> list[str]:
    """The tensors that it names, and the lines."""
    _, found, rest = text.partition("by a pipe):\n")
    return rest.split("\n\n")[0].splitlines() if found else []


@pytest.mark.parametrize(
    "bias",
    [
        READ.format(0),
        READ.format("k"),
        READ.format("first + 1"),
        UNDER_A_CONDITION.format("k == 1"),
    ],
)
def test_the_plan_names_what_all_cores_read(load: Any, bias: str) -> None:
    text = plan(load, bias)
    assert "each of 4 cores reads the same pages" in text
    lines = shared(text)
    assert len(lines) == bias.count("ttl.copy")
    assert all(line.startswith("  bias, at ") for line in lines), lines


@pytest.mark.parametrize(
    "bias",
    [
        READ.format("column"),
        READ.format("3 - first - column"),
        UNDER_A_CONDITION.format("column == 0"),
    ],
)
def test_it_names_no_pages_that_differ_from_core_to_core(load: Any, bias: str) -> None:
    assert not shared(plan(load, bias))


def test_it_names_none_of_turns_that_differ_from_core_to_core(load: Any) -> None:
    assert not shared(plan(load, READ.format("k % 2"), turns="column, column + 2"))


def test_one_core_has_nobody_to_share_with(load: Any) -> None:
    assert not shared(plan(load, READ.format(0), grid=(1, 1)))
