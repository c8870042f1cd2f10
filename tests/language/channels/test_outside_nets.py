"""Nets that are made outside of kernels, and what threads ask of a net: is this core an end of one?"""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tests.support.both_ways import every_way
from ttlang import ttl, ttnn
from ttlang.diagnostics import DiagnosticError

NET = ttl.PipeNet([ttl.Pipe(src=(0, 0), dst=(1, 0)), ttl.Pipe(src=(2, 0), dst=(slice(0, 2), 1))])
"""From two cores; to (1, 0), (0, 1) and (1, 1)."""
SOURCES = {(0, 0), (2, 0)}
DESTINATIONS = {(1, 0), (0, 1), (1, 1)}


def passes_on(net: Any, grid: tuple[int, int]) -> Any:
    """Sources send twice their tile; whoever receives writes it. Idle cores do nothing."""

    @ttl.operation(grid=grid)
    def kernel(x, out):
        x_dfb, sent, got = (ttl.make_dataflow_buffer_like(t, shape=(1, 1)) for t in (x, x, out))

        @ttl.compute()
        def compute():
            if net.is_src():
                with x_dfb.wait() as block, sent.reserve() as o:
                    o.store(block * 2)

        @ttl.datamovement()
        def talk():
            column, row = ttl.node(dims=2)
            if net.is_src():
                with x_dfb.reserve() as block:
                    ttl.copy(x[row, column], block).wait()
                with sent.wait() as block:
                    net.if_src(lambda pipe: ttl.copy(block, pipe).wait())
            if net.is_dst():
                for _ in range(net.destination_count()):
                    with got.reserve() as block:
                        net.if_dst(lambda pipe: ttl.copy(pipe, block).wait())

        @ttl.datamovement()
        def write():
            column, row = ttl.node(dims=2)
            if net.is_active() and not net.is_src():
                with got.wait() as block:
                    ttl.copy(block, out[row, column]).wait()

    return kernel


def run(kernel: Any, columns: int, rows: int) -> torch.Tensor:
    """The numbers that cores have written; each core has its own to begin with."""
    numbers = torch.arange(1.0, columns * rows + 1).reshape(rows, columns)
    values = numbers.repeat_interleave(32, 0).repeat_interleave(32, 1).bfloat16()
    device = ttnn.open_device(device_id=0)
    x, out = (ttnn.from_torch(t, layout=ttnn.TILE_LAYOUT, device=device) for t in (values, torch.zeros_like(values)))
    kernel(x, out)
    return ttnn.to_torch(out)[::32, ::32].float()


@pytest.mark.parametrize("grid", [(3, 2), (4, 3)])
def test_a_net_of_the_module_serves_several_kernels(grid: tuple[int, int]) -> None:
    with every_way():
        found = run(passes_on(NET, grid), *grid)
    expected = torch.zeros(*reversed(grid))
    expected[0, 1], expected[1, 0], expected[1, 1] = 2, 6, 6
    assert torch.equal(found, expected)


@pytest.mark.parametrize("decorated", [ttl.kernel, ttl.operation])
@pytest.mark.parametrize("outside", [True, False])
def test_what_threads_are_told(decorated: Any, outside: bool) -> None:
    """Each question, in the compute thread, in a data movement thread, and in the kernel function."""
    columns, rows = 3, 2

    @decorated(grid=(columns, rows))
    def ask(x, out):
        net = NET if outside else ttl.PipeNet([ttl.Pipe(pipe.src, pipe.dst) for pipe in NET])
        x_dfb, out_dfb = (ttl.make_dataflow_buffer_like(t, shape=(1, 1)) for t in (x, out))
        known = net.is_src() * 1 + net.is_dst() * 2 + net.is_active() * 4 + net.destination_count() * 8

        @ttl.compute()
        def compute():
            with x_dfb.wait() as block, out_dfb.reserve() as o:
                if net.is_src():
                    o.store(block + 1 + 4)
                elif net.is_dst():
                    o.store(block + 2 + 4 + 8)
                else:
                    o.store(block * 0)

        @ttl.datamovement()
        def read():
            with x_dfb.reserve() as block:
                ttl.copy(x[0, 0], block).wait()

        @ttl.datamovement()
        def write():
            column, row = ttl.node(dims=2)
            told = net.is_src() * 1 + net.is_dst() * 2 + net.is_active() * 4 + net.destination_count() * 8
            with out_dfb.wait() as block:
                if told == known:
                    ttl.copy(block, out[row, column]).wait()

    device = ttnn.open_device(device_id=0)
    shapes = (32, 32), (32 * rows, 32 * columns)
    x, out = (
        ttnn.full(s, v, layout=ttnn.TILE_LAYOUT, dtype=ttnn.bfloat16, device=device)
        for s, v in zip(shapes, (0.0, -1.0), strict=True)
    )
    with every_way():
        ask(x, out)
    found = ttnn.to_torch(out)[::32, ::32].int().tolist()
    expected = [[5 * ((x, y) in SOURCES) + 14 * ((x, y) in DESTINATIONS) for x in range(columns)] for y in range(rows)]
    assert found == expected


def test_a_net_of_a_factory() -> None:
    """As many nets as factories are called, each in its own kernel."""

    def make(target: int) -> Any:
        return passes_on(ttl.PipeNet([ttl.Pipe((0, 0), (target, 0))]), (3, 1))

    for target in (1, 2):
        assert run(make(target), 3, 1).tolist() == [[2 * (column == target) for column in range(3)]]


def test_a_grid_that_lacks_cores_of_the_net() -> None:
    with pytest.raises(DiagnosticError) as raised:
        run(passes_on(NET, (2, 2)), 2, 2)
    found = raised.value.diagnostics[0]
    assert found.code == "TTL0505"
    assert found.span is not None
    assert found.span.file == __file__
    assert "the grid has the columns 0 to 1" in found.message


def test_a_net_is_asked_in_kernels_only() -> None:
    with pytest.raises(DiagnosticError) as raised:
        NET.is_src()
    assert raised.value.diagnostics[0].code == "TTL0208"


def test_a_pipe_of_another_kernel() -> None:
    kept: list[Any] = []

    @ttl.operation(grid=(3, 2))
    def owner(x):
        kept.append(ttl.PipeNet([ttl.Pipe((0, 0), (1, 0))]))

        @ttl.datamovement()
        def nothing():
            pass

    device = ttnn.open_device(device_id=0)
    owner(ttnn.ones((32, 32), layout=ttnn.TILE_LAYOUT, device=device))
    with pytest.raises(DiagnosticError) as raised:
        run(passes_on(kept[0], (3, 2)), 3, 2)
    assert raised.value.diagnostics[0].code == "TTL0105"


@pytest.mark.parametrize(("decorated", "codes"), [(ttl.kernel, []), (ttl.operation, ["TTL0212"])])
def test_2026_notes_a_net_of_two_kinds(decorated: Any, codes: list[str]) -> None:
    @decorated(grid=(3, 2))
    def kernel(x, out):
        dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1))

        @ttl.datamovement()
        def move():
            if NET.is_active():
                with dfb.reserve() as block:
                    ttl.copy(x[0, 0], block).wait()
                with dfb.wait() as block:
                    ttl.copy(block, out[0, 0]).wait()

    device = ttnn.open_device(device_id=0)
    compiled = kernel.compile(*(ttnn.ones((32, 32), layout=ttnn.TILE_LAYOUT, device=device) for _ in range(2)))
    assert [found.code for found in compiled.findings] == codes
