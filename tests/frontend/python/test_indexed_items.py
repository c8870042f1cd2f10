"""Constant ranges whose number chooses from what the host knows: unrolled, unlike all others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from tests.support.both_ways import both_ways
from ttlang import ttl, ttnn
from ttlang.diagnostics import DiagnosticError

ROWS = [2, 0, 1]
BY_NAME: dict[str, Any] = {"rows": (1, 2, 0), "factors": {0: 1.0, 1: 3.0, 2: 5.0}}
COUNT = 3


def copies(order: Callable[[Any, Any, Any], None], grid: tuple[int, int] = (1, 1)) -> Any:
    """A kernel whose reader brings three rows of tiles in the order that a function, inlined, fetches them in."""

    @ttl.operation(grid=grid)
    def kernel(x, out):
        x_dfb, out_dfb = (ttl.make_dataflow_buffer_like(t, shape=(1, 1)) for t in (x, out))

        @ttl.compute()
        def compute():
            for _ in range(COUNT):
                with x_dfb.wait() as block, out_dfb.reserve() as o:
                    o.store(block)

        @ttl.datamovement()
        def read():
            order(x, x_dfb, ttl.node(dims=1))

        @ttl.datamovement()
        def write():
            for row in range(COUNT):
                with out_dfb.wait() as block:
                    ttl.copy(block, out[row, 0]).wait()

    return kernel


def fetch(x, dfb, row):
    with dfb.reserve() as block:
        ttl.copy(x[row, 0], block).wait()


def by_number(x, dfb, core):
    for i in range(COUNT):
        fetch(x, dfb, ROWS[i])


def downwards(x, dfb, core):
    for i in range(COUNT - 1, -1, -1):
        fetch(x, dfb, ROWS[COUNT - 1 - i])


def by_what_follows(x, dfb, core):
    for i in range(COUNT):
        number = i + 1
        number -= 1
        fetch(x, dfb, ROWS[(again := number) * again // max(again, 1)])


def of_a_part(x, dfb, core):
    rows = BY_NAME["rows"]
    for i in range(COUNT):
        fetch(x, dfb, rows[(i + 1) % COUNT] if i else BY_NAME["rows"][i + 1])


def inner(x, dfb, core):
    for _ in range(1):
        for i in range(COUNT):
            fetch(x, dfb, ROWS[i])


def up_to_a_core(x, dfb, core):
    many = [*ROWS, 0, 0, 0, 0, 0]
    for i in range(len(many)):
        if i == core + COUNT:
            break
        fetch(x, dfb, many[i])


def rows_of(numbers: list[float]) -> torch.Tensor:
    return torch.tensor(numbers).repeat_interleave(32)[:, None].repeat(1, 32).bfloat16()


def two_tensors() -> list[Any]:
    device = ttnn.open_device(device_id=0)
    return [ttnn.zeros((96, 32), layout=ttnn.TILE_LAYOUT, dtype=ttnn.bfloat16, device=device) for _ in range(2)]


def run(kernel: Any) -> list[float]:
    device = ttnn.open_device(device_id=0)
    values = rows_of([0, 1, 2])
    x, out = (ttnn.from_torch(v, layout=ttnn.TILE_LAYOUT, device=device) for v in (values, values * 0))
    kernel(x, out)
    return ttnn.to_torch(out)[::32, 0].tolist()


@pytest.mark.parametrize(
    ("order", "rows"),
    [
        (by_number, [2, 0, 1]),
        (downwards, [2, 0, 1]),
        (by_what_follows, [2, 0, 1]),
        (of_a_part, [2, 0, 1]),
        (inner, [2, 0, 1]),
        (up_to_a_core, [2, 0, 1]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_range_is_unrolled(order: Any, rows: list[int]) -> None:
    with both_ways() as done:
        assert run(copies(order)) == rows
    assert min(done.values()) == 1


def test_buffers_and_nets_are_chosen() -> None:
    """Each core of a row has a net of its own to the core below, and a buffer for what it brings."""
    nets = [ttl.PipeNet([ttl.Pipe(src=(x, 0), dst=(x, 1))]) for x in range(COUNT)]

    @ttl.operation(grid=(COUNT, 2))
    def kernel(x, out):
        dfbs = {i: ttl.make_dataflow_buffer_like(x, shape=(1, 1)) for i in range(COUNT)}

        @ttl.compute()
        def compute():
            pass

        @ttl.datamovement()
        def talk():
            column, _ = ttl.node()
            for i in range(len(nets)):
                net = nets[i]
                if net.is_active():
                    with dfbs[i].reserve() as block:
                        if net.is_src():
                            ttl.copy(x[0, column], block).wait()
                        net.if_src(lambda pipe: ttl.copy(block, pipe).wait())
                        net.if_dst(lambda pipe: ttl.copy(pipe, block).wait())

        @ttl.datamovement()
        def write():
            column, row = ttl.node()
            for i in range(COUNT):
                if nets[i].is_active():
                    with dfbs[i].wait() as block:
                        ttl.copy(block, out[row, column]).wait()

    device = ttnn.open_device(device_id=0)
    values = rows_of([1, 2, 3]).T.contiguous()
    x, out = (ttnn.from_torch(v, layout=ttnn.TILE_LAYOUT, device=device) for v in (values, torch.zeros(64, 96)))
    x, out = ttnn.typecast(x, ttnn.bfloat16), ttnn.typecast(out, ttnn.bfloat16)
    with both_ways():
        kernel(x, out)
    assert ttnn.to_torch(out)[::32, ::32].tolist() == [[1, 2, 3]] * 2


def test_other_ranges_stay_loops() -> None:
    """What is indexed with something else does not unroll it."""

    def fixed(x, dfb, core):
        first = ROWS[1]
        for i in range(COUNT):
            fetch(x, dfb, i + first)
            for j in range(1):
                _ = ROWS[j]

    assert str(copies(fixed).to_ttl(*two_tensors())).count("scf.for") == 3


def from_the_last(x, dfb, core):
    """By numbers of the run, in a function, through names, of parts of a list."""
    tables = [ROWS, [5, 5, 5]]
    for i in range(2 * COUNT):
        if i >= COUNT:
            place = COUNT - 1 - i
            row = tables[0][place]
            by_number_of_the_run(x, dfb, row)


def by_number_of_the_run(x, dfb, number):
    rows = [0, 1, 2]
    with dfb.reserve() as block:
        ttl.copy(x[rows[number % 3], 0], block).wait()


def test_a_number_of_the_run_chooses() -> None:
    with both_ways() as done:
        assert run(copies(from_the_last)) == [1, 0, 2]
    assert min(done.values()) == 1


@pytest.mark.parametrize(
    "index",
    [
        lambda core: ROWS[core + 2],
        lambda core: ROWS[-2 - core * 2],
        lambda core: [*range(40)][core * 20],
        lambda core: {0: 1, 1: 2}[core],
    ],
)
def test_a_number_of_the_run_that_may_have_no_item(index: Callable[[Any], Any]) -> None:
    def by_core(x, dfb, core):
        for _ in range(COUNT):
            fetch(x, dfb, index(core))

    with pytest.raises(DiagnosticError) as raised:
        copies(by_core, (2, 1)).to_ttl(*two_tensors())
    assert [found.code for found in raised.value.diagnostics] == ["TTL0108"]
