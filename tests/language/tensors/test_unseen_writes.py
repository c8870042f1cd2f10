"""
Writes of which nobody sees when they land: a loop waits for their bytes to leave the block, the thread for all of them
at its end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from tests.support.both_ways import every_way
from ttlang import ttnn

Load = Callable[[str], Any]

KERNEL = """
from ttlang import ttl

@ttl.operation(grid=(2, 1))
def kernel(x, out, other):
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 3))
    seen_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 3))

    @ttl.datamovement()
    def read():
        me = ttl.node(dims=1)
        for row in range({reads}):
            with x_dfb.reserve() as block:
                ttl.copy(x[8 * me + row, 0:3], block).wait()
        {after_reading}

    @ttl.datamovement()
    def write():
        me = ttl.node(dims=1)
        for row in range({turns}):
            with x_dfb.wait() as block:
                {write}
        {after}
"""
WRITE = "ttl.copy(block, out[8 * me + row, 0:3]).wait()"
READ = "with seen_dfb.reserve() as block: ttl.copy({}[8 * me, 0:3], block).wait()"
TAKE = "with seen_dfb.wait() as block: ttl.copy(block, other[8 * me, 0:3]).wait()"


def text(
    write: str = WRITE, reads: str = "7", turns: str = "7", after_reading: str = "pass", after: str = "pass"
) -> str:
    return KERNEL.format(write=write, reads=reads, turns=turns, after_reading=after_reading, after=after)


def tensors(dtype: Any = ttnn.bfloat16) -> list[Any]:
    torch.manual_seed(0)
    device = ttnn.open_device(device_id=0)
    values = torch.randn(16 * 32, 96)
    made = (values, 0 * values, 0 * values)
    return [ttnn.from_torch(each, dtype=dtype, layout=ttnn.TILE_LAYOUT, device=device) for each in made]


def calls(load: Load, kernel: str) -> list[str]:
    lines = load(kernel).kernel.compile(*tensors()).cpp()["write"].splitlines()
    found = [line.strip().removesuffix("();") for line in lines]
    return [call for call in found if call in ("noc_async_writes_flushed", "noc_async_write_barrier")]


AT_THE_END, EACH = ["noc_async_writes_flushed", "noc_async_write_barrier"], ["noc_async_write_barrier"]


@pytest.mark.parametrize("dtype", [ttnn.bfloat16, ttnn.float32])
def test_all_is_there_at_the_end(load: Load, dtype: Any) -> None:
    x, out, other = tensors(dtype)
    with every_way():
        load(text()).kernel(x, out, other)
    for core in range(2):
        rows = slice(256 * core, 256 * core + 224)
        assert torch.equal(ttnn.to_torch(out)[rows], ttnn.to_torch(x)[rows])
    assert calls(load, text()) == AT_THE_END


@pytest.mark.parametrize(
    ("kernel", "expected"),
    [
        # What is read elsewhere is another tensor.
        (text(after_reading=READ.format("x"), after=TAKE), ["noc_async_writes_flushed", *AT_THE_END]),
        # Who reads it may have been told that it is there.
        (text(after_reading=READ.format("out"), after=TAKE), [*EACH, *EACH]),
        (text(write=f"print('here')\n                {WRITE}"), EACH),
        # Nothing comes after it that could begin earlier.
        (text(reads="1", turns="1"), EACH),
    ],
    ids=["another tensor", "the same tensor", "a print", "one turn"],
)
def test_where_it_may_be_seen_or_nothing_is_gained_each_turn_waits(
    load: Load, kernel: str, expected: list[str]
) -> None:
    assert calls(load, kernel) == expected
