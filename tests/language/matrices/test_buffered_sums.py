"""Sums that a kernel hands to itself through a buffer: `after.store(before + a @ b)`, turn by turn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.support.both_ways import both_ways
from ttlang import ttnn
from ttlang.driver.launch import simulate

KERNEL = """
from ttlang import ttl

@ttl.operation(grid=(1, 1), fp32_dest_acc_en={wide})
def kernel(a, b, like, c):
    rows, columns = {block}
    steps = a.shape[1] // 32
    a_dfb = ttl.make_dataflow_buffer_like(a, shape=(rows, 1))
    b_dfb = ttl.make_dataflow_buffer_like(b, shape=(1, columns))
    acc_dfb = ttl.make_dataflow_buffer_like({like}, shape={block})
    c_dfb = ttl.make_dataflow_buffer_like(c, shape={block})
    down, across = c.shape[0] // 32 // rows, c.shape[1] // 32 // columns

    @ttl.compute()
    def compute():
        for _ in range(down * across):
            with acc_dfb.reserve() as acc:
                acc.store(ttl.block.fill({start}, shape={block}, dtype=acc_dfb.dtype))
            for _ in range(steps):
                with a_dfb.wait() as av, b_dfb.wait() as bv, acc_dfb.wait() as before:
                    with acc_dfb.reserve() as after:
                        after.store({turn})
            with acc_dfb.wait() as total, c_dfb.reserve() as o:
                o.store({result})

    @ttl.datamovement()
    def read():
        for row in range(down):
            for column in range(across):
                for k in range(steps):
                    with a_dfb.reserve() as left, b_dfb.reserve() as right:
                        ttl.copy(a[row * rows : (row + 1) * rows, k], left).wait()
                        ttl.copy(b[k, column * columns : (column + 1) * columns], right).wait()

    @ttl.datamovement()
    def write():
        for row in range(down):
            for column in range(across):
                with c_dfb.wait() as o:
                    ttl.copy(o, c[row * rows : (row + 1) * rows, column * columns : (column + 1) * columns]).wait()
"""
SIZES = {"M": 64, "K": 192, "N": 64}


def made(load: Callable[[str], Any], **more: Any) -> tuple[Any, list[Any]]:
    """The kernel and its tensors; the sum's buffer is like `c`, of bfloat16, or like `like`, of float32."""
    given = {"wide": None, "block": (1, 1), "like": "c", "start": 0, "turn": "before + av @ bv", "result": "total"}
    rng = np.random.default_rng(2)
    device = ttnn.open_device(device_id=0)
    sizes = (("M", "K", ttnn.bfloat16), ("K", "N", ttnn.bfloat16), ("M", "N", ttnn.float32), ("M", "N", ttnn.bfloat16))
    tensors = [
        ttnn.from_numpy(
            rng.standard_normal((SIZES[rows], SIZES[columns])).astype(np.float32),
            dtype=dtype,
            layout=ttnn.TILE_LAYOUT,
            device=device,
        )
        for rows, columns, dtype in sizes
    ]
    return load(KERNEL.format(**given | more)).kernel.compile(*tensors), tensors


def run(compiled: Any, tensors: list[Any], start: float = 0.0, roundings: float = 1.0) -> None:
    """Compares with the product: `roundings` units of bfloat16, of the sum of the terms' sizes."""
    with both_ways() as done:
        simulate(compiled, tensors, numerics="chip")
    assert done
    a, b, _, c = (ttnn.to_numpy(tensor).astype(np.float64) for tensor in tensors)
    assert (np.abs(c - (start + a @ b)) <= roundings * 2.0**-8 * (start + np.abs(a) @ np.abs(b))).all()


@pytest.mark.parametrize("turn", ["before + av @ bv", "av @ bv + before"])
@pytest.mark.parametrize("like", ["c", "like"])
@pytest.mark.parametrize("block", [(1, 1), (2, 2)])
def test_a_sum_of_products_stays_in_dst(
    load: Callable[[str], Any], block: tuple[int, int], like: str, turn: str
) -> None:
    """One section and one pack for each block of the result, as if the author had no buffer for the sum."""
    compiled, tensors = made(load, block=block, like=like, turn=turn)
    plan = compiled.plan()
    assert "acc_dfb" not in plan
    assert "one DST section, packed to c_dfb after the loop" in plan
    run(compiled, tensors)
    found = simulate(compiled, tensors, statistics=True).statistics
    assert found.total("packs") == SIZES["M"] * SIZES["N"] // 1024
    assert found.total("sections") == found.total("packs") // (block[0] * block[1])


def test_what_is_made_of_it_reads_the_buffer_of_the_sum(load: Callable[[str], Any]) -> None:
    compiled, tensors = made(load, result="total * 1.0")
    assert "acc_dfb" not in compiled.plan()
    run(compiled, tensors)


def test_a_sum_starts_from_anything(load: Callable[[str], Any]) -> None:
    """Not from nothing: the packer adds up, in float32 as DST has it."""
    compiled, tensors = made(load, start=1.5)
    assert "acc_dfb" not in compiled.plan()
    run(compiled, tensors, 1.5)


def test_a_block_larger_than_dst_is_added_up_by_the_packer(load: Callable[[str], Any]) -> None:
    compiled, tensors = made(load, block=(2, 2), turn="before + av @ bv + (av @ bv) * 0", wide=True)
    assert "acc_dfb" not in compiled.plan()
    run(compiled, tensors)


@pytest.mark.parametrize(
    "turn",
    [
        "before * 1.0 + av @ bv",
        "before + before * 0 + av @ bv",
        "ttl.math.max(before + av @ bv, ttl.block.fill(-1e9, shape=(1, 1)))",
    ],
)
def test_what_is_no_sum_goes_through_its_buffer(load: Callable[[str], Any], turn: str) -> None:
    """Each turn rounds to bfloat16."""
    compiled, tensors = made(load, turn=turn)
    assert "acc_dfb" in compiled.plan()
    run(compiled, tensors, roundings=SIZES["K"] // 32 + 1)
