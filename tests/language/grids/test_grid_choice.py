"""What a decorator may say of its grid, and how many cores a call then has."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch

from tests.support.both_ways import both_ways, every_way
from ttlang import ttl, ttnn
from ttlang.diagnostics import DiagnosticError

DECORATORS: dict[str, Any] = {"2025": ttl.kernel, "2026": ttl.operation}
CHIPS = {"wormhole_b0": (8, 8), "blackhole": (13, 10)}


def marks_cores(decorated: Callable[[Any], Any]) -> Any:
    """A kernel in which each core writes a tile of its own."""

    def mark(x, out):
        x_dfb, out_dfb = (ttl.make_dataflow_buffer_like(t, shape=(1, 1)) for t in (x, out))

        @ttl.compute()
        def compute():
            with x_dfb.wait() as block, out_dfb.reserve() as o:
                o.store(block + 1)

        @ttl.datamovement()
        def read():
            with x_dfb.reserve() as block:
                ttl.copy(x[0, 0], block).wait()

        @ttl.datamovement()
        def write():
            column, row = ttl.node(dims=2)
            with out_dfb.wait() as block:
                ttl.copy(block, out[row, column]).wait()

    return decorated(mark)


def run(kernel: Any, *, rows: int = 10, columns: int = 13) -> tuple[int, int]:
    """Calls it; the (columns, rows) of the tiles that it has written."""
    device = ttnn.open_device(device_id=0)
    shapes = (32, 32), (rows * 32, columns * 32)
    x, out = (ttnn.zeros(s, layout=ttnn.TILE_LAYOUT, dtype=ttnn.bfloat16, device=device) for s in shapes)
    kernel(x, out)
    written = ttnn.to_torch(out)[::32, ::32].bool()
    height, width = int(written[:, 0].sum()), int(written[0].sum())
    assert written[:height, :width].all()
    assert written.sum() == height * width
    return width, height


@pytest.mark.parametrize("arch", CHIPS)
@pytest.mark.parametrize("edition", DECORATORS)
def test_full_is_all_of_the_chip(edition: str, arch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTLANG_ARCH", arch)
    kernel = marks_cores(DECORATORS[edition](grid="full"))
    with every_way():
        assert run(kernel) == CHIPS[arch]
    assert ttl.grid_size() == CHIPS[arch]
    assert ttl.grid_size(dims=1) == CHIPS[arch][0] * CHIPS[arch][1]
    assert ttl.grid_size(dims=3) == (*CHIPS[arch], 1)


@pytest.mark.parametrize(("edition", "grid"), [("2025", (3, 2)), ("2026", (8, 8))])
def test_auto_means_what_the_edition_says(edition: str, grid: tuple[int, int]) -> None:
    kernel = marks_cores(DECORATORS[edition](grid="auto", arch="wormhole_b0"))
    if edition == "2025":
        assert run(kernel, rows=2, columns=3) == grid
    else:
        assert run(kernel) == grid


def hands_on(decorated: Callable[[Any], Any], pipes: Callable[[], list[Any]]) -> Any:
    """Sources of the pipes send their own tile; every core of the grid doubles the tile that it has and writes it."""

    def hand_on(x, out):
        net = ttl.PipeNet(pipes())
        had, out_dfb = (ttl.make_dataflow_buffer_like(t, shape=(1, 1)) for t in (x, out))

        @ttl.compute()
        def compute():
            with had.wait() as block, out_dfb.reserve() as o:
                o.store(block + block)

        @ttl.datamovement()
        def talk():
            column, row = ttl.node()
            with had.reserve() as block:

                def send(pipe):
                    ttl.copy(x[row, column], block).wait()
                    ttl.copy(block, pipe).wait()

                net.if_src(send)
                net.if_dst(lambda pipe: ttl.copy(pipe, block).wait())

        @ttl.datamovement()
        def write():
            column, row = ttl.node()
            with out_dfb.wait() as block:
                ttl.copy(block, out[row, column]).wait()

    return decorated(hand_on)


def handed_on(kernel: Any, rows: int, columns: int) -> list[list[float]]:
    """What each core has written, where the core in column x and row y has the number 10 * y + x + 1 to begin with."""
    numbers = torch.tensor([[10.0 * y + x + 1 for x in range(columns)] for y in range(rows)])
    device = ttnn.open_device(device_id=0)
    values = numbers.repeat_interleave(32, 0).repeat_interleave(32, 1).bfloat16()
    x, out = (ttnn.from_torch(v, layout=ttnn.TILE_LAYOUT, device=device) for v in (values, values * 0))
    kernel(x, out)
    return ttnn.to_torch(out)[::32, ::32].tolist()


def test_auto_goes_as_far_as_pipes_reach() -> None:
    """The tensors have tiles for the cores that talk, and for no other."""
    rows = hands_on(ttl.operation(grid="auto"), lambda: [ttl.Pipe(src=(0, y), dst=(slice(1, 3), y)) for y in range(2)])
    with both_ways() as done:
        assert handed_on(rows, 2, 3) == [[2, 2, 2], [22, 22, 22]]
    assert min(done.values()) == 1
    assert ttl.grid_size() == (3, 2)


def test_auto_is_all_of_the_chip_for_a_function_that_asks_for_it() -> None:
    def columns() -> list[Any]:
        width, height = ttl.grid_size()
        return [ttl.Pipe(src=(x, 0), dst=(x, slice(1, height))) for x in range(width)]

    with every_way():
        written = handed_on(hands_on(ttl.operation(grid="auto", arch="wormhole_b0"), columns), 8, 8)
    assert written == [[2.0 * x + 2 for x in range(8)]] * 8
    assert ttl.grid_size() == (8, 8)


def test_auto_is_all_of_the_chip_where_pipes_have_numbers() -> None:
    """A core's number says where it is on one grid only."""
    kernel = hands_on(ttl.operation(grid="auto", arch="wormhole_b0"), lambda: [ttl.Pipe(src=(0,), dst=(slice(1, 3),))])
    with pytest.raises(DiagnosticError) as raised:
        handed_on(kernel, 3, 1)
    assert "TTL0302" in {found.code for found in raised.value.diagnostics}


def test_a_function_of_the_arguments_is_asked_at_each_call() -> None:
    asked: list[tuple[int, ...]] = []

    def half(x: Any, out: Any) -> tuple[int, int]:
        asked.append(tuple(out.shape))
        return out.shape[-1] // 64, limit

    limit = 1
    kernel = marks_cores(ttl.operation(grid=half))
    assert run(kernel, rows=4, columns=4) == (2, 1)
    assert run(kernel, rows=4, columns=8) == (4, 1)
    limit = 3
    assert run(kernel, rows=4, columns=8) == (4, 3)
    assert asked == [(128, 128), (128, 256), (128, 256)]


def test_a_function_may_name_some_of_the_arguments() -> None:
    assert run(marks_cores(ttl.operation(grid=lambda out: (out.shape[1] // 64, 1))), rows=2, columns=4) == (2, 1)


def test_a_function_may_name_a_grid() -> None:
    assert run(marks_cores(ttl.operation(grid=lambda x, out: "full", arch="blackhole"))) == (13, 10)


@pytest.mark.parametrize(
    ("grid", "code", "text"),
    [
        (lambda x, out: (0, 1), "TTL0703", "grid=(0, 1)"),
        (lambda x, out: None, "TTL0703", "grid=None"),
        (lambda rows: (1, 1), "TTL0201", "raises TypeError"),
        (lambda x, out: out.shape[9], "TTL0201", "raises IndexError"),
    ],
)
def test_functions_that_return_no_grid(grid: Any, code: str, text: str) -> None:
    with pytest.raises(DiagnosticError) as raised:
        run(marks_cores(ttl.operation(grid=grid)))
    (found,) = raised.value.diagnostics
    assert found.code == code
    assert found.span is not None
    assert text in found.message


def test_no_grid_is_one_core_and_2026_is_told() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert run(marks_cores(ttl.kernel)) == (1, 1)
    with pytest.warns(match="TTL0212.*does not say its grid"):
        assert run(marks_cores(ttl.operation())) == (1, 1)
    assert ttl.grid_size() == (1, 1)


def test_2026_is_told_of_arguments_that_are_no_tensors() -> None:
    kernel = marks_cores(ttl.operation(grid=(1, 1)))

    @ttl.operation(grid=(1, 1))
    def copied(x, out, row):
        dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1))

        @ttl.datamovement()
        def read():
            with dfb.reserve() as block:
                ttl.copy(x[0, 0], block).wait()

        @ttl.datamovement()
        def write():
            with dfb.wait() as block:
                ttl.copy(block, out[row, 0]).wait()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(kernel)
    device = ttnn.open_device(device_id=0)
    x, out = (ttnn.ones((64, 32), layout=ttnn.TILE_LAYOUT, device=device) for _ in range(2))
    with pytest.warns(match="TTL0212.*called with row, no tensor"):
        copied(x, out, 1)


def test_grid_size_before_any_kernel() -> None:
    from contextvars import Context

    with pytest.raises(DiagnosticError) as raised:
        Context().run(ttl.grid_size)
    (found,) = raised.value.diagnostics
    assert found.code == "TTL0208"
    assert "no kernel has been called before" in found.message


def test_an_operation_that_only_asks_for_its_grid() -> None:
    """Its body has work for no thread: it runs, once for each core, and does nothing; in 2025 that is a mistake."""
    asked: set[tuple[int, ...]] = set()

    def ask() -> None:
        asked.add((*ttl.node(dims=3), *ttl.grid_size(dims=3)))

    ttl.operation(grid=(3, 2))(ask)()
    assert asked == {(x, y, 0, 3, 2, 1) for x in range(3) for y in range(2)}
    assert ttl.grid_size() == (3, 2)
    with pytest.raises(DiagnosticError, match="TTL0202"):
        ttl.kernel(grid=(3, 2))(ask)()


def test_an_operation_that_makes_something_has_threads() -> None:
    """Else its author has forgotten to decorate them."""

    def forgets(out):
        ttl.make_dataflow_buffer_like(out, shape=(1, 1))

        def compute():
            pass

    out = ttnn.zeros((32, 32), layout=ttnn.TILE_LAYOUT)
    with pytest.raises(DiagnosticError, match="TTL0202"):
        ttl.operation(grid=(1, 1))(forgets)(out)
