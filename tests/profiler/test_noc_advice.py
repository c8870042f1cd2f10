"""By which NOC data movement threads should go: what is advised gains what the kernel that follows it takes less."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import Any

import pytest

from ttlang import ttnn
from ttlang.backends.simulator.predicted_time import Prediction
from ttlang.profiler.document import Advice
from ttlang.profiler.kernel_profile import profile_kernel
from ttlang.tools.cli import main

Load = Callable[[str], Any]

START = """
from ttlang import ttl

@ttl.operation(grid=(8, 8))
def kernel(a, b, out):
    a_net = ttl.PipeNet([ttl.Pipe(src=(0, y), dst=(slice(1, 8), y)) for y in range(8)])
    b_net = ttl.PipeNet([ttl.Pipe(src=(x, 0), dst=(x, slice(1, 8))) for x in range(8)])
    a_dfb = ttl.make_dataflow_buffer_like(a, shape=(2, 2))
    b_dfb = ttl.make_dataflow_buffer_like(b, shape=(2, 2))
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(2, 2), block_count=1)

    @ttl.compute()
    def compute():
        total = ttl.block.fill(0, shape=(2, 2))
        with out_dfb.reserve() as result:
            for _ in range(2):
                with a_dfb.wait() as av, b_dfb.wait() as bv:
                    total += av @ bv
            result.store(total)
"""
READ_A = """
    @ttl.datamovement()
    def read_a():
        x, y = ttl.node()
        for k in range(2):
            with a_dfb.reserve() as block:
                if a_net.is_src():
                    ttl.copy(a[2 * y : 2 * y + 2, 2 * k : 2 * k + 2], block).wait()
                    a_net.if_src(lambda pipe: ttl.copy(block, pipe).wait())
                a_net.if_dst(lambda pipe: ttl.copy(pipe, block).wait())
"""
READ_B = """
    @ttl.datamovement()
    def read_b():
        x, y = ttl.node()
        for k in range(2):
            with b_dfb.reserve() as block:
                if b_net.is_src():
                    ttl.copy(b[2 * k : 2 * k + 2, 2 * x : 2 * x + 2], block).wait()
                    b_net.if_src(lambda pipe: ttl.copy(block, pipe).wait())
                b_net.if_dst(lambda pipe: ttl.copy(pipe, block).wait())
"""
WRITE = """
        with out_dfb.wait() as result:
            ttl.copy(result, out[2 * y : 2 * y + 2, 2 * x : 2 * x + 2]).wait()
"""
BEST = READ_B, READ_A + WRITE


def predict(load: Load, threads: tuple[str, str]) -> Prediction:
    spec = ttnn.TensorSpec((512, 512), ttnn.bfloat16, ttnn.TILE_LAYOUT)
    return load(START + threads[0] + threads[1]).kernel.predict(spec, spec, spec)


def said(prediction: Prediction) -> list[Advice]:
    return [each for each in profile_kernel(prediction, most_calls=inf).advice if "NOC 0" in each.evidence]


@pytest.mark.parametrize(
    ("threads", "text"),
    [
        ((READ_A + WRITE, READ_B), "define read_b before read_a"),
        ((READ_B + WRITE, READ_A), "move what read_b writes at its end to the end of read_a"),
        (
            (READ_A, READ_B + WRITE),
            "move what read_b writes at its end to the end of read_a, and define read_b before read_a",
        ),
    ],
    ids=["the other order", "the other thread", "both"],
)
def test_it_gains_what_the_kernel_that_follows_it_takes_less(load: Load, threads: tuple[str, str], text: str) -> None:
    prediction, best = predict(load, threads), predict(load, BEST)
    (advice,) = said(prediction)
    assert advice.text == text
    assert advice.gain == pytest.approx(prediction.cycles - best.cycles, rel=1e-3)
    assert f"takes {advice.gain:.0f} cycles less" in advice.evidence


def test_nothing_is_said_of_the_best(load: Load) -> None:
    assert not said(predict(load, BEST))


def test_the_plan_says_so_too(load: Load, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    calls = """
from ttlang import ttnn
device = ttnn.open_device(device_id=0)
a, b, out = (ttnn.zeros((512, 512), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device) for _ in range(3))
kernel(a, b, out)
"""
    script = tmp_path / "script.py"
    for threads in ((READ_A + WRITE, READ_B), BEST):
        script.write_text(START + threads[0] + threads[1] + calls)
        assert main(["compile", "--print", "plan", str(script)]) == 0
        assert ("define read_b before read_a; " in capsys.readouterr().out) == (threads != BEST)


def test_a_kernel_with_one_data_movement_thread_has_no_choice(load: Load) -> None:
    text = """
from ttlang import ttl

@ttl.operation(grid=(1, 1))
def kernel(x, out):
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 4))
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(1, 4))

    @ttl.compute()
    def compute():
        for _ in range(4):
            with x_dfb.wait() as block, out_dfb.reserve() as o:
                o.store(block + block)

    @ttl.datamovement()
    def move():
        for row in range(4):
            with x_dfb.reserve() as block:
                ttl.copy(x[row, 0:4], block).wait()
            with out_dfb.wait() as block:
                ttl.copy(block, out[row, 0:4]).wait()
"""
    spec = ttnn.TensorSpec((128, 128), ttnn.bfloat16, ttnn.TILE_LAYOUT)
    assert not said(load(text).kernel.predict(spec, spec))
