"""`benchmarks/matmul_sizes.py`: what it tunes computes products, and what goes together is what wastes little."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from tests.support.benchmarks import script
from ttlang import ttl
from ttlang.host import TILE_LAYOUT, TensorSpec, from_numpy, open_device, to_numpy, zeros
from ttlang.tables.dtypes import BF16

threads, sizes = script("time_accuracy", "tt_lang_matmuls"), script("", "matmul_sizes")
TILES = (5, 7, 9)


@pytest.mark.parametrize("groups", [(2, 3, 1), (2, 2, 2), (1, 1, 3)])
def test_blocks_that_pass_the_ends_of_tensors_give_the_product(groups: tuple[int, int, int]) -> None:
    block = (2, 3, 2)
    done = sizes.turns(TILES, groups, block)
    plan = threads.Plan(groups, block, done[:2], done[2], done)

    @ttl.operation(grid=(groups[1] * groups[2], groups[0]), pad=True, fp32_dest_acc_en=True)
    def matmul(a, b, out):  # pyright: ignore[reportMissingParameterType]
        threads.do_matmul(a, b, out, plan)

    device, rng = open_device(device_id=0), np.random.default_rng(5)
    m, n, k = (32 * tiles for tiles in TILES)
    # Sums of small integers are exact.
    values = [rng.integers(-1, 2, shape).astype(np.float32) for shape in ((m, k), (k, n))]
    a, b = (from_numpy(each, dtype=BF16, layout=TILE_LAYOUT, device=device) for each in values)
    out = zeros((m, n), dtype=BF16, layout=TILE_LAYOUT, device=device)
    matmul(a, b, out)
    assert np.array_equal(to_numpy(out).astype(np.float32), values[0] @ values[1])


def test_what_goes_together_fits_the_chip_and_computes_little_more_than_it_must() -> None:
    tiles = (128, 128, 128)
    a, b = (TensorSpec((4096, 4096), BF16, TILE_LAYOUT) for _ in range(2))
    plans = [(*groups, *block) for groups, block in product(product(*sizes.GROUPS), product(*sizes.BLOCKS))]
    found = [plan for plan in plans if sizes.goes_together(a, b, *plan)]
    assert 0 < len(found) < len(plans) / 100
    assert all(gn * gk <= 13 for _, gn, gk, *_ in found)
    work = [sizes.products(tiles, plan[:3], plan[3:]) for plan in found]
    assert max(work) <= sizes.NEAR * min(work)
    assert min(work) * 130 >= 128**3, "all cores together compute all of it"
