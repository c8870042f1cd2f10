"""Sums of products in L1 whose last turn starts from the sum, where they are stored in another block."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.support.both_ways import both_ways
from ttlang import ttnn
from ttlang.driver.launch import simulate
from ttlang.tables.chips import CHIPS

KERNEL = """
from ttlang import ttl

@ttl.operation(grid={grid}, fp32_dest_acc_en={wide}, math_fidelity="{fidelity}")
def kernel(a, b, out):
    (width, height), (rows, columns, deep) = {grid}, {block}
    down, across = out.shape[0] // 32 // rows // height, out.shape[1] // 32 // columns // width
    steps = a.shape[1] // 32 // deep
    a_dfb = ttl.make_dataflow_buffer_like(a, shape=(rows, deep))
    b_dfb = ttl.make_dataflow_buffer_like(b, shape=(deep, columns))
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(rows, columns), block_count={blocks})

    @ttl.compute()
    def compute():
        for _ in range(down * across):
            total = ttl.block.fill(0, shape=(rows, columns))
            for _ in range(steps):
                with a_dfb.wait() as av, b_dfb.wait() as bv:
                    total += av @ bv
            with out_dfb.reserve() as o:
                o.store({result})

    @ttl.datamovement()
    def read():
        x, y = ttl.node()
        for row in range(y * down * rows, (y + 1) * down * rows, rows):
            for column in range(x * across * columns, (x + 1) * across * columns, columns):
                for k in range(0, steps * deep, deep):
                    with a_dfb.reserve() as left, b_dfb.reserve() as right:
                        ttl.copy(a[row : row + rows, k : k + deep], left).wait()
                        ttl.copy(b[k : k + deep, column : column + columns], right).wait()

    @ttl.datamovement()
    def write():
        x, y = ttl.node()
        for row in range(y * down * rows, (y + 1) * down * rows, rows):
            for column in range(x * across * columns, (x + 1) * across * columns, columns):
                with out_dfb.wait() as o:
                    ttl.copy(o, out[row : row + rows, column : column + columns]).wait()
"""
PLAN = "out_dfb = matmul(a_dfb, b_dfb, total_cb)"
"""How the plan shows a last turn that starts from the sum."""


def made(load: Callable[[str], Any], tiles: tuple[int, int, int], **more: Any) -> tuple[Any, list[Any]]:
    """The kernel and its tensors, of so many tiles down, along K and across."""
    given = {"grid": (1, 1), "wide": True, "fidelity": "HiFi4", "block": (4, 4, 4), "blocks": 1, "result": "total"}
    rng = np.random.default_rng(2)
    down, steps, across = tiles
    tensors = [
        ttnn.from_numpy(
            rng.standard_normal((32 * rows, 32 * columns)).astype(np.float32),
            dtype=ttnn.bfloat16,
            layout=ttnn.TILE_LAYOUT,
            device=ttnn.open_device(device_id=0),
        )
        for rows, columns in ((down, steps), (steps, across), (down, across))
    ]
    return load(KERNEL.format(**given | more)).kernel.compile(*tensors), tensors


def cost_of_inits(monkeypatch: pytest.MonkeyPatch, inits: int) -> None:
    """What stands against it counts so often."""
    monkeypatch.setattr("ttlang.transforms.ttl_finish_sums._INITS", inits)


def check(compiled: Any, tensors: list[Any]) -> None:
    """The same to the byte from C++. The FPU adds 11 bits of products; the float32 sum is rounded once."""
    with both_ways() as done:
        simulate(compiled, tensors, numerics="chip")
    assert done
    a, b, out = (ttnn.to_numpy(tensor).astype(np.float64) for tensor in tensors)
    assert (np.abs(out - a @ b) <= 2.0**-9 * np.abs(a @ b) + 2.0**-11 * (np.abs(a) @ np.abs(b))).all()


@pytest.mark.parametrize("seed", range(4))
def test_random_blocks(load: Callable[[str], Any], seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several blocks, one behind the other, each of several turns; also where it doesn't pay, as on one core."""
    choose = random.Random(seed)
    monkeypatch.setenv("TTLANG_ARCH", choose.choice(list(CHIPS)))
    cost_of_inits(monkeypatch, -100)
    rows, columns, deep = choose.randint(2, 4), choose.randint(3, 5), choose.randint(2, 3)
    tiles = rows * choose.randint(1, 2), deep * choose.randint(2, 4), columns * choose.randint(1, 2)
    compiled, tensors = made(load, tiles, block=(rows, columns, deep), blocks=choose.randint(1, 2))
    assert PLAN in compiled.plan()
    check(compiled, tensors)


@pytest.mark.parametrize("chip", list(CHIPS))
def test_results_are_written_while_the_last_turn_is_computed(
    load: Callable[[str], Any], chip: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where many cores write to DRAM at once, that is faster than a copy behind the loop."""
    monkeypatch.setenv("TTLANG_ARCH", chip)
    cycles: dict[bool, float] = {}
    for finished in (True, False):
        if not finished:
            cost_of_inits(monkeypatch, 1000)
        compiled, _ = made(load, (32, 16, 32), grid=(8, 8))
        assert (PLAN in compiled.plan()) == finished
        cycles[finished] = compiled.predict().cycles
    assert cycles[True] < cycles[False]


@pytest.mark.parametrize(
    ("tiles", "more"),
    [
        ((32, 16, 32), {"wide": False}),  # DST would round the sum at each step
        ((32, 4, 32), {}),  # one turn
        ((16, 8, 16), {"block": (2, 2, 4)}),  # stays in DST
        ((32, 16, 32), {"result": "ttl.math.relu(total)"}),  # computed beside moves
        ((4, 16, 4), {"grid": (1, 1)}),  # DRAM is not waited for
        ((64, 16, 32), {"blocks": 2}),  # written while the next block is computed
    ],
)
def test_others_are_stored_behind_the_loop(
    load: Callable[[str], Any], tiles: tuple[int, int, int], more: dict[str, Any]
) -> None:
    compiled, _ = made(load, tiles, **{"grid": (8, 8)} | more)
    assert PLAN not in compiled.plan()
