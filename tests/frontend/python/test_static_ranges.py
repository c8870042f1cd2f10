"""`ttl.static_range`: loops that are unrolled, so that their variable is a constant."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.support.compute_kernels import compute_source, run_source
from ttlang import ttl
from ttlang.host import TILE_LAYOUT, from_numpy

X = np.random.default_rng(2).integers(-3, 4, (32, 32)).astype(np.float32)
SHAPES = {"x": (1, 1)}, {"out": (1, 1)}

BODY = """
from_here = 1
with x.wait() as a, out.reserve() as o:
    for i in ttl.static_range(from_here, 4):
        o += a * i
    for i in ttl.static_range(6, 0, -2):
        if i < 4:
            break
        for j in ttl.static_range(2):
            o += ttl.block.fill(i - j)
    o += a * ttl.static_range(9)[i] * len([j for j in ttl.static_range(5)])
"""


def test_its_numbers_scale_blocks(load: Any) -> None:
    text = compute_source(BODY, *SHAPES)
    for found in run_source(load, text, [X], [(32, 32)]):
        np.testing.assert_array_equal(found[0], X * (1 + 2 + 3) + (6 + 5 + 4 + 3) + X * 2 * 5)


def test_no_loop_is_left(load: Any) -> None:
    x = from_numpy(X, layout=TILE_LAYOUT)
    module = load(compute_source(BODY, *SHAPES)).kernel.to_ttl(x, x)
    compute = str(module).split("ttl.compute")[1].split("ttl.datamovement")[0]
    assert "scf" not in compute


def test_outside_of_threads_it_is_a_range() -> None:
    assert ttl.static_range(3) == range(3)
    assert ttl.static_range(3, 9, 2) == range(3, 9, 2)
