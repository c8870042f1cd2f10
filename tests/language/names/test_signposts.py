"""Regions that are named for a profiler: they change nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch

from tests.support.both_ways import every_way
from ttlang import ttl, ttnn
from ttlang.backends.cpp.printer import print_program
from ttlang.diagnostics import DiagnosticError
from ttlang.tables.kernel_api import GENERATIONS, NEWEST, Generation


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
    with every_way():
        kernel_with("all")(*made)
    assert torch.equal(ttnn.to_torch(made[1]), x * 2)


@pytest.mark.parametrize("generation", GENERATIONS.values(), ids=str)
def test_each_is_a_scope_of_the_profiler(generation: Generation) -> None:
    kernel = kernel_with("all").compile(*tensors()[1])
    assert not kernel.findings
    texts = print_program(kernel.program, generation.name)
    for text, zones in zip(texts.values(), (["all", "inner"], ["load"], ["save"]), strict=True):
        assert f'#include "{generation.profiler_header}"' in text
        assert re.findall(r'\{\n *DeviceZoneScopedN\("(\w+)"\);', text) == zones


@ttl.operation(grid=(1, 1))
def outlasting(x, out):
    """Values of a region that are used behind it: an integer, one that a loop carries, a pointer."""
    x_dfb, out_dfb = (ttl.make_dataflow_buffer_like(t, shape=(1, 1)) for t in (x, out))

    @ttl.compute()
    def compute():
        for _ in range(3):
            with x_dfb.wait() as block, out_dfb.reserve() as o:
                o.store(block)

    @ttl.datamovement()
    def read():
        zone = 0
        for row in range(3):
            with ttl.signpost("load"):
                block = x_dfb.reserve()
                ttl.copy(x[0, 0], block).wait()
                first = ttl.read_index(block, 0, 5)
                hash = 0
                while hash < first + row:
                    hash += 1
                zone = zone + hash
            second = ttl.read_index(block, 0, 6)
            print(first, second, hash, zone)
            block.push()

    @ttl.datamovement()
    def write():
        for _ in range(3):
            with out_dfb.wait() as block:
                ttl.copy(block, out[0, 0]).wait()


def test_what_is_used_behind_a_region_is_declared_before_it(capsys: pytest.CaptureFixture[str]) -> None:
    device = ttnn.open_device(device_id=0)
    x = torch.arange(1024, dtype=torch.int32).reshape(32, 32)
    made = [ttnn.from_torch(t, layout=ttnn.TILE_LAYOUT, device=device) for t in (x, torch.zeros_like(x))]
    with every_way():
        outlasting(*made)
    assert torch.equal(ttnn.to_torch(made[1]), x)
    said = [line.partition(": ")[2] for line in capsys.readouterr().out.splitlines()]
    assert said == ["5 6 5 5", "5 6 6 11", "5 6 7 18"]


@ttl.operation(grid=(1, 1))
def in_one_body(x, out):
    x_dfb, out_dfb = (ttl.make_dataflow_buffer_like(t, shape=(1, 1)) for t in (x, out))
    for _ in range(2):
        with ttl.signpost("turn"):
            with x_dfb.reserve() as block, ttl.signpost("load"):
                ttl.copy(x[0, 0], block).wait()
            with x_dfb.wait() as block, out_dfb.reserve() as o:
                o.store(block + block)
        with out_dfb.wait() as block:
            ttl.copy(block, out[0, 0]).wait()


def test_each_thread_of_a_unified_body_has_its_part_of_a_region() -> None:
    x, made = tensors()
    with every_way():
        in_one_body(*made)
    assert torch.equal(ttnn.to_torch(made[1]), x + x)
    texts = print_program(in_one_body.compile(*made).program, NEWEST.name)
    zones = {name: re.findall(r'DeviceZoneScopedN\("(\w+)"\)', text) for name, text in texts.items()}
    assert zones == {"compute": ["turn"], "read": ["turn", "load"], "write": []}


@pytest.mark.parametrize("name", ["", 3, None, "a, b", 'the "first"', "\u00e9"])
def test_names_that_are_none(name: Any) -> None:
    with pytest.raises(DiagnosticError) as raised:
        kernel_with(name)(*tensors()[1])
    assert raised.value.diagnostics[0].code == "TTL0107"


def test_outside_of_threads() -> None:
    with pytest.raises(DiagnosticError) as raised:
        ttl.signpost("all")
    assert raised.value.diagnostics[0].code == "TTL0113"
