"""Tensors make their values when somebody reads them, and are what they were all the same."""

from __future__ import annotations

import numpy as np

from ttlang import ttnn


def test_a_tensor_that_nobody_reads_takes_no_memory() -> None:
    device = ttnn.open_device(device_id=0)
    made = ttnn.rand((8192, 8192), device)
    moved = ttnn.zeros_like(made).cpu()
    assert not made.memory.is_made
    assert not moved.memory.is_made
    ttnn.to_numpy(small := ttnn.rand((32, 32), device))
    assert small.memory.is_made


def test_values_do_not_depend_on_when_they_are_read() -> None:
    first = ttnn.rand((64, 64))
    copied = first.cpu()
    placed = ttnn.to_device(first, ttnn.open_device(device_id=0))
    assert np.array_equal(ttnn.to_numpy(placed), ttnn.to_numpy(first))
    assert np.array_equal(ttnn.to_numpy(copied), ttnn.to_numpy(first))


def test_a_copy_is_no_longer_the_same_memory() -> None:
    first = ttnn.ones((32, 32), layout=ttnn.TILE_LAYOUT)
    second = first.to(ttnn.ROW_MAJOR_LAYOUT)
    first.pages[...] = 0
    assert (ttnn.to_numpy(second) == 1).all()
