"""What is advised: each gain is that of the kernel with the change made."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import Any

import pytest

from ttlang import ttnn
from ttlang.backends.simulator.predicted_time import Prediction
from ttlang.profiler.advice import ENOUGH, WORTH
from ttlang.profiler.document import Advice
from ttlang.profiler.kernel_profile import profile_kernel
from ttlang.tables.chips import CHIPS
from ttlang.tools.cli import main

Load = Callable[[str], Any]

TEXT = """
from ttlang import ttl

@ttl.operation(grid=(1, 1))
def kernel(x, out):
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, WIDE), block_count=BLOCKS)
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(1, WIDE))

    @ttl.compute()
    def compute():
        for _ in range(TURNS):
            with x_dfb.wait() as block, out_dfb.reserve() as o:
                o.store(block + block)

    @ttl.datamovement()
    def read():
        for row in range(TURNS):
            with x_dfb.reserve() as block:
                ttl.copy(x[row, 0:WIDE], block).wait()

    @ttl.datamovement()
    def write():
        for row in range(TURNS):
            with out_dfb.wait() as block:
                ttl.copy(block, out[row, 0:WIDE]).wait()
"""


def predict(load: Load, blocks: int, *, wide: int = 4, turns: int = 16, memory: Any = ttnn.DRAM_MEMORY_CONFIG) -> Any:
    text = TEXT.replace("BLOCKS", str(blocks)).replace("WIDE", str(wide)).replace("TURNS", str(turns))
    shape = (32 * turns, 32 * wide)
    spec = ttnn.TensorSpec(shape, ttnn.bfloat16, ttnn.TILE_LAYOUT, memory)
    return load(text).kernel.predict(spec, spec)


def of_x(prediction: Prediction) -> list[Advice]:
    return [each for each in profile_kernel(prediction, most_calls=inf).advice if "x_dfb" in each.text]


def test_a_second_block_gains_what_the_kernel_with_two_takes_less(load: Load) -> None:
    one, two = (predict(load, blocks) for blocks in (1, 2))
    (advice,) = of_x(one)
    assert advice.text == "give x_dfb 2 blocks instead of 1: block_count=2"
    assert advice.gain == one.cycles - two.cycles > WORTH * one.cycles
    assert f"takes {advice.gain:.0f} cycles less" in advice.evidence
    assert "for 8192 bytes more of L1" in advice.evidence
    assert not of_x(two)


def test_the_plan_says_so_too(load: Load, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    calls = """
from ttlang import ttnn
device = ttnn.open_device(device_id=0)
x, out = (ttnn.zeros((512, 128), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device) for _ in range(2))
kernel(x, out)
"""
    script = tmp_path / "script.py"
    for blocks in (1, 2):
        script.write_text(TEXT.replace("BLOCKS", str(blocks)).replace("WIDE", "4").replace("TURNS", "16") + calls)
        assert main(["compile", "--print", "plan", str(script)]) == 0
        said = capsys.readouterr().out.partition("by the clock, which has ")[2]
        if blocks == 2:
            assert not said
            continue
        one = predict(load, 1)
        assert said.startswith(f"{one.cycles:.0f} cycles:\n  give x_dfb 2 blocks instead of 1: block_count=2; ")
        assert f"the kernel takes {one.cycles - predict(load, 2).cycles:.0f} cycles less" in said


def on_one_core(turns: int, wide: int) -> Any:
    """A tensor in the L1 of one core."""
    cores = ttnn.CoreRangeSet([ttnn.CoreRange(ttnn.CoreCoord(0, 0), ttnn.CoreCoord(0, 0))])
    spec = ttnn.ShardSpec(cores, [32 * turns, 32 * wide], ttnn.ShardOrientation.ROW_MAJOR)
    return ttnn.MemoryConfig(ttnn.TensorMemoryLayout.HEIGHT_SHARDED, ttnn.BufferType.L1, spec)


def test_no_more_than_l1_has_room_for(load: Load) -> None:
    """Of 1360 KiB, three blocks of 120 KiB take 360, tensors of four such blocks each 960."""
    assert CHIPS["wormhole_b0"].l1_budget == 1360 * 1024
    assert of_x(predict(load, 1, wide=60, turns=4))
    in_l1 = predict(load, 1, wide=60, turns=4, memory=on_one_core(4, 60))
    assert not of_x(in_l1)
    more = predict(load, 1, wide=50, turns=4, memory=on_one_core(4, 50))
    assert of_x(more), "three of 100 KiB, and two of 400"


BURSTS = """
from ttlang import ttl

@ttl.operation(grid=(1, 1))
def kernel(x, out):
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1), block_count=BLOCKS)
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(1, 1), block_count=8)

    @ttl.compute()
    def compute():
        for _ in range(8):
            for _ in range(BURST - 1):
                with x_dfb.wait() as block, out_dfb.reserve() as o:
                    o.store(block + block)
            with x_dfb.wait() as block, out_dfb.reserve() as o:
                o.store(ttl.math.exp(ttl.math.exp(ttl.math.exp(ttl.math.exp(block)))))

    @ttl.datamovement()
    def read():
        for row in range(8 * BURST):
            for column in range(1):  # so that three blocks don't also let reads begin ahead
                with x_dfb.reserve() as block:
                    ttl.copy(x[row, column], block).wait()

    @ttl.datamovement()
    def write():
        for row in range(8 * BURST):
            with out_dfb.wait() as block:
                ttl.copy(block, out[row, 0]).wait()
"""


@pytest.mark.parametrize(("burst", "enough"), [(5, 3), (6, 4)])
def test_one_more_block_where_it_gains_as_much_as_twice_as_many(load: Load, burst: int, enough: int) -> None:
    """Compute takes so many blocks in a row, then has much to do, while the reader fills the buffer."""

    def predict(blocks: int) -> Prediction:
        spec = ttnn.TensorSpec((32 * 8 * burst, 32), ttnn.bfloat16, ttnn.TILE_LAYOUT)
        text = BURSTS.replace("BLOCKS", str(blocks)).replace("BURST", str(burst))
        return load(text).kernel.predict(spec, spec)

    cycles = {blocks: predict(blocks).cycles for blocks in (2, 3, 4)}
    (advice,) = of_x(predict(2))
    assert advice.text == f"give x_dfb {enough} blocks instead of 2: block_count={enough}"
    assert advice.gain == cycles[2] - cycles[enough]
    assert (cycles[2] - cycles[3] >= ENOUGH * (cycles[2] - cycles[4])) == (enough == 3)
