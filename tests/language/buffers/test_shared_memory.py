"""Buffers of the compute thread that never hold blocks at one time share memory, where L1 is too small for all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from tests.support.both_ways import every_way
from ttlang import ttnn
from ttlang.diagnostics import DiagnosticError
from ttlang.dialects.ttkernel import ProgramOp
from ttlang.tables.chips import CHIPS

Load = Callable[[str], Any]

TEXT = """
from ttlang import ttl

@ttl.operation(grid=(1, 1))
def kernel(x, out):
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(4, {wide}), block_count=1)
    one_dfb = ttl.make_dfb("{first}", (4, {wide}), block_count=1)
    two_dfb = ttl.make_dfb("{second}", (4, {wide}), block_count={blocks})
    best_dfb = ttl.make_dfb("bf16", (4, 1), block_count=1)
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(4, 1), block_count=1)

    @ttl.compute()
    def compute():
        for _ in range(2):
            x_block = x_dfb.wait()
            {phases}
            x_block.pop()

    @ttl.datamovement()
    def read():
        for turn in range(2):
            with x_dfb.reserve() as block:
                ttl.copy(x[4 * turn : 4 * turn + 4, 0:{wide}], block).wait()

    @ttl.datamovement()
    def write():
        for turn in range(2):
            with out_dfb.wait() as block:
                ttl.copy(block, out[4 * turn : 4 * turn + 4, 0:1]).wait()
"""
FILL_ONE = "with one_dfb.reserve() as one: one.store(x_block + x_block)"
TAKE_ONE = "with one_dfb.wait() as one, best_dfb.reserve() as best: best.store(ttl.math.reduce_max(one, dims=[1]))"
FILL_TWO = "with two_dfb.reserve() as two: two.store(x_block * x_block)"
TAKE_TWO = """with two_dfb.wait() as two, best_dfb.wait() as best, out_dfb.reserve() as o:
                o.store(ttl.block.broadcast(ttl.math.reduce_max(two, dims=[1]) + best, dims=[1]))"""
APART = (FILL_ONE, TAKE_ONE, FILL_TWO, TAKE_TWO)


def run(
    load: Load,
    wide: int = 60,
    phases: tuple[str, ...] = APART,
    *,
    first: str = "bf16",
    second: str = "bf16",
    blocks: int = 1,
) -> ProgramOp:
    """Runs it both ways, and compares with torch, which is exact; the program."""
    device = ttnn.open_device(device_id=0)
    torch.manual_seed(0)
    x = torch.randint(-9, 10, (256, 32 * wide)).bfloat16()
    tensors = [
        ttnn.from_torch(values, layout=ttnn.TILE_LAYOUT, device=device)
        for values in (x, torch.zeros(256, 32).bfloat16())
    ]
    text = TEXT.format(wide=wide, phases="\n            ".join(phases), first=first, second=second, blocks=blocks)
    kernel = load(text).kernel
    with every_way():
        kernel(*tensors)
    best = (2 * x).float().amax(1) + (x.float() ** 2).amax(1)
    assert torch.equal(ttnn.to_torch(tensors[1]).float(), best[:, None].expand(256, 32))
    return kernel.compile(*tensors).program


def places(program: ProgramOp) -> dict[str, tuple[int, int]]:
    """Address and pages of each buffer."""
    return {op.sym_name.data: (op.address.value.data, op.pages.value.data) for op in program.circular_buffers}


@pytest.fixture(params=list(CHIPS))
def arch(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("TTLANG_ARCH", request.param)
    return request.param


def test_apart_in_time(load: Load, arch: str) -> None:
    """Three blocks of 480 KiB do not fit, two do."""
    found = places(run(load))
    assert found["one_dfb"] == found["two_dfb"]


def test_not_where_all_fit(load: Load) -> None:
    found = places(run(load, 40))
    assert len({address for address, _ in found.values()}) == len(found)


def test_with_more_blocks_than_one(load: Load) -> None:
    found = places(run(load, 48, blocks=2))
    assert found["one_dfb"] == found["two_dfb"]
    assert found["one_dfb"][1] == 2 * 4 * 48


@pytest.mark.parametrize(
    ("phases", "first"),
    [
        pytest.param((FILL_ONE, FILL_TWO, TAKE_ONE, TAKE_TWO), "bf16", id="both are full"),
        pytest.param((FILL_TWO, FILL_ONE, TAKE_ONE, TAKE_TWO), "bf16", id="one in the other"),
        pytest.param((FILL_ONE, TAKE_ONE + "; print(one)", FILL_TWO, TAKE_TWO), "bf16", id="one is printed"),
        pytest.param(APART, "f32", id="two formats"),
    ],
)
def test_where_they_do_not(load: Load, phases: tuple[str, ...], first: str) -> None:
    with pytest.raises(DiagnosticError) as raised:
        run(load, phases=phases, first=first)
    assert raised.value.diagnostics[0].code == "TTL0701"
    found = places(run(load, 30, phases, first=first))
    assert len({address for address, _ in found.values()}) == len(found)


def test_of_loops_in_one(load: Load) -> None:
    """One is filled and taken in a loop of its own, which has one turn."""
    phases = (f"for _ in range(1):\n                {FILL_ONE}\n                {TAKE_ONE}", FILL_TWO, TAKE_TWO)
    found = places(run(load, phases=phases))
    assert found["one_dfb"] == found["two_dfb"]
