"""What a kernel is likely to take: more work takes longer, and what is estimated is near what the clock says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.support.sized_kernels import rows_kernel
from ttlang.analysis.work_estimate import estimated_cycles
from ttlang.dialects import ttl
from ttlang.host import TILE_LAYOUT, TensorSpec
from ttlang.tables.dtypes import BF16

Load = Callable[[str], Any]


def spec(rows: int, columns: int) -> TensorSpec:
    return TensorSpec((32 * rows, 32 * columns), BF16, TILE_LAYOUT)


def estimated(compiled: Any) -> float:
    kernel = compiled.initial.body.block.first_op
    assert isinstance(kernel, ttl.KernelOp)
    return estimated_cycles(kernel)


def test_it_is_within_a_factor_of_two_of_the_prediction(load: Load) -> None:
    kernel = load(rows_kernel("bm=ttl.one_of(1, 2, 4, 8), depth=ttl.one_of(1, 2)", blocks="depth")).scale
    for rows, columns in ((8, 2), (8, 16), (64, 4)):
        x = spec(rows, columns)
        for bm in (1, 2, 4, 8):
            compiled = kernel.compile(x, x, bm=bm, depth=2)
            assert 0.5 < estimated(compiled) / compiled.predict().cycles < 2, (rows, columns, bm)


def test_configurations_are_told_apart(load: Load) -> None:
    """What looks best is near the best, for a kernel whose cores have unequal work."""
    kernel = load(rows_kernel("bm=ttl.one_of(1, 2, 4, 8, 16)", value="ttl.math.exp(block)")).scale
    x = spec(16, 8)
    compiled = [kernel.compile(x, x, bm=bm) for bm in (1, 2, 4, 8, 16)]
    times = np.array([(estimated(each), each.predict().cycles) for each in compiled])
    looks_best = times[np.argmin(times[:, 0]), 1]
    assert looks_best <= 1.1 * times[:, 1].min()


@pytest.mark.parametrize("turns", [0, 1, 10])
def test_loops_are_counted(load: Load, turns: int) -> None:
    text = rows_kernel("bm=1, turns=1")
    text = text.replace("rows, columns = x.shape[0] // 32", "rows, columns = turns")
    kernel = load(text).scale
    base = estimated(kernel.compile(spec(16, 2), spec(16, 2), turns=1))
    found = estimated(kernel.compile(spec(16, 2), spec(16, 2), turns=turns)) if turns else 0.0
    assert found == pytest.approx(turns * base, rel=0.5)
