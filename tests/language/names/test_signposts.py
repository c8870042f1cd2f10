"""Regions that are named for a profiler: they change nothing."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tests.support.both_ways import both_ways
from ttlang import ttl, ttnn
from ttlang.diagnostics import DiagnosticError, Severity


def kernel_with(name: Any) -> Any:
    @ttl.operation(grid=(1, 1))
    def double(x, out):
        x_dfb, out_dfb = (ttl.make_dataflow_buffer_like(t, shape=(1, 1)) for t in (x, out))

        @ttl.compute()
        def compute():
            with ttl.signpost(name), x_dfb.wait() as block, out_dfb.reserve() as o:
                with ttl.signpost("inner"):
                    doubled = block * 2
                o.store(doubled)

        @ttl.datamovement()
        def read():
            for row in range(1):
                with ttl.signpost("load"), x_dfb.reserve() as block:
                    ttl.copy(x[row, 0], block).wait()

        @ttl.datamovement()
        def write():
            with out_dfb.wait() as block, ttl.signpost("save"):
                ttl.copy(block, out[0, 0]).wait()

    return double


def tensors() -> tuple[torch.Tensor, list[Any]]:
    device = ttnn.open_device(device_id=0)
    x = torch.randn(32, 32).bfloat16()
    made = [ttnn.from_torch(t, layout=ttnn.TILE_LAYOUT, device=device) for t in (x, torch.zeros_like(x))]
    return x, made


def test_regions_change_nothing() -> None:
    x, made = tensors()
    with both_ways():
        kernel_with("all")(*made)
    assert torch.equal(ttnn.to_torch(made[1]), x * 2)


def test_a_note_says_that_nothing_is_measured() -> None:
    found = kernel_with("all").compile(*tensors()[1]).findings
    assert [(each.code, each.severity) for each in found] == [("TTL0003", Severity.NOTE)] * 4
    assert [each.message.split()[2] for each in found] == ['"all"', '"inner"', '"load"', '"save"']


@pytest.mark.parametrize("name", ["", 3, None])
def test_names_that_are_none(name: Any) -> None:
    with pytest.raises(DiagnosticError) as raised:
        kernel_with(name)(*tensors()[1])
    assert raised.value.diagnostics[0].code == "TTL0107"


def test_outside_of_threads() -> None:
    with pytest.raises(DiagnosticError) as raised:
        ttl.signpost("all")
    assert raised.value.diagnostics[0].code == "TTL0113"
