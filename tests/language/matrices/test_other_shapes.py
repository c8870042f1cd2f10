"""Other shapes of values that are kept in more bits than they have, from IR and from C++."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import indent

import pytest
import torch

from tests.support.both_ways import both_ways
from tests.support.kernel_texts import load
from ttlang import ttl, ttnn

TEXT = """
@ttl.operation(grid=(1, 1))
def kernel(x, out):
    size = x.shape[1] // 32
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(size, size))
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(1, size, size))

    @ttl.datamovement()
    def read():
        for turn in range({turns}):
            with x_dfb.reserve() as block:
                ttl.copy(x[size * turn : size * turn + size, :], block).wait()

    @ttl.compute()
    def compute():
{compute}
        with out_dfb.reserve() as o:
            o.store(ttl.block.unsqueeze(value, [0]))

    @ttl.datamovement()
    def write():
        with out_dfb.wait() as block:
            ttl.copy(block, out[...]).wait()
"""

CASES: dict[str, tuple[int, str, Callable[[torch.Tensor], torch.Tensor]]] = {
    "a computed value": (
        1,
        """
with x_dfb.wait() as v:
    value = ttl.block.squeeze(ttl.block.unsqueeze(ttl.math.exp(v @ v), [0, 1]), [0]) / 3
    value = ttl.block.squeeze(value, [0])
""",
        lambda x: (x[0] @ x[0]).exp() / 3,
    ),
    "a reduction of one": (
        1,
        """
with x_dfb.wait() as v:
    stack = ttl.block.broadcast(ttl.block.unsqueeze(v @ v / 3, [0]), dims=[0], shape=(3, 1, 1))
    value = ttl.block.squeeze(ttl.math.reduce_sum(stack * stack, dims=[0]), [0])
""",
        lambda x: 3 * (x[0] @ x[0] / 3) ** 2,
    ),
    "a sum over turns": (
        3,
        """
value = ttl.block.fill(0, shape=(1, 1))
for _ in range(3):
    with x_dfb.wait() as v:
        value += v @ v
""",
        lambda x: (x @ x).sum(0),
    ),
    "a sum that another loop goes on with": (
        3,
        """
total = ttl.block.fill(0, shape=(1, 1))
for _ in range(2):
    with x_dfb.wait() as v:
        total += v @ v / 3
stack = ttl.block.unsqueeze(total, [0])
for _ in range(1):
    with x_dfb.wait() as v:
        stack = ttl.math.exp(stack) + ttl.block.unsqueeze(v, [0])
value = ttl.block.squeeze(stack, [0])
""",
        lambda x: ((x[0] @ x[0] + x[1] @ x[1]) / 3).exp() + x[2],
    ),
    "what a loop carries": (
        2,
        """
value = ttl.block.fill(0, shape=(1, 1))
for _ in range(2):
    with x_dfb.wait() as v:
        stack = ttl.block.unsqueeze(value, [0])
        value = ttl.math.exp(ttl.block.squeeze(stack, [0]) / 4 + v @ v)
""",
        lambda x: ((x[0] @ x[0]).exp() / 4 + x[1] @ x[1]).exp(),
    ),
    "what paths choose": (
        3,
        """
value = ttl.block.fill(0, shape=(1, 1))
for turn in range(3):
    with x_dfb.wait() as v:
        stack = ttl.block.unsqueeze(v @ v / 3 if turn == 1 else v @ v / 7, [0])
        if turn < 2:
            value = ttl.block.squeeze(stack, [0])
""",
        lambda x: x[1] @ x[1] / 3,
    ),
    "what outlives its block": (
        1,
        """
with x_dfb.wait() as v:
    product = v @ v / 3
    stack = ttl.block.unsqueeze(product, [0])
value = product + ttl.block.squeeze(stack, [0])
""",
        lambda x: x[0] @ x[0] / 1.5,
    ),
}


def run(turns: int, compute: str, size: int, wanted: Callable[[torch.Tensor], torch.Tensor]) -> None:
    side = 32 * size
    values = torch.randint(-4, 5, (turns * side, side), generator=torch.Generator().manual_seed(0)) / 16
    device = ttnn.open_device(device_id=0)
    x, out = (
        ttnn.from_torch(t, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
        for t in (values, torch.zeros(1, side, side))
    )
    with both_ways() as ways:
        load(TEXT.format(turns=turns, compute=indent(compute, " " * 8)), ttl=ttl)(x, out)
    assert "0.81" in ways
    exact = wanted(values.view(turns, side, side))
    assert torch.allclose(ttnn.to_torch(out).float()[0], exact, rtol=2**-6, atol=2**-8)


@pytest.mark.parametrize("case", CASES)
def test_values_of_32_bits(case: str) -> None:
    turns, compute, wanted = CASES[case]
    run(turns, compute, 1, wanted)


def test_where_l1_has_no_room_for_32_bits() -> None:
    run(
        1,
        """
with x_dfb.wait() as v:
    stack = ttl.math.exp(ttl.block.unsqueeze(v @ v / 64, [0]))
    value = ttl.block.squeeze(stack, [0])
""",
        9,
        lambda x: (x[0] @ x[0] / 64).exp(),
    )
