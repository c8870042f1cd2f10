"""Reads from DRAM into blocks that lie on a tensor: its shards must lie where the NOC can write."""

from __future__ import annotations

import os
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from tests.language.buffers.shard_kernels import sharded
from ttlang import ttnn
from ttlang.diagnostics import DiagnosticError
from ttlang.host import Device, Tensor, open_device

COPY = """
from ttlang import ttl

@ttl.operation(grid=(2, 2))
def kernel(x, out):
    out_dfb = ttl.make_tensor_backed_dfb(out, shape=(2, 2))

    @ttl.datamovement()
    def read():
        with out_dfb.reserve() as block:
            ttl.copy(x[0:2, 0:2], block).wait()
"""


def in_dram(device: Device) -> Tensor:
    return ttnn.ones((64, 64), layout=ttnn.TILE_LAYOUT, device=device)


@pytest.mark.parametrize(("arch", "alignment"), [("wormhole_b0", 32), ("blackhole", 64)])
def test_a_shard_that_pages_of_dram_can_not_be_read_onto(load: Any, arch: str, alignment: int) -> None:
    with patch.dict(os.environ, TTLANG_ARCH=arch):
        device = open_device(device_id=0)
        kernel = load(COPY).kernel
        fits = sharded(device, np.zeros((256, 64), np.float32), (2, 2))
        kernel(in_dram(device), fits)
        assert (ttnn.to_torch(fits) == 1).all()
        with (
            patch.object(Tensor, "buffer_address", lambda _: 1_000_000 * alignment + alignment // 2),
            pytest.raises(DiagnosticError, match=f"wants a multiple of {alignment}") as found,
        ):
            kernel(in_dram(device), fits)
    (only,) = found.value.diagnostics
    assert only.code == "TTL0706"
    assert only.span is not None
    assert only.span.line == 11
