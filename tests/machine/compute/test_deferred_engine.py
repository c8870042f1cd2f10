"""Traces that are put off and run many at once leave what they leave one by one, however little room names have."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.support.needs import need_tools
from ttlang import ttl, ttnn
from ttlang.backends.native.compiled_tiles import compiled_tiles
from ttlang.diagnostics import DiagnosticError
from ttlang.driver.launch import simulate
from ttlang.machine import page_values, simulation
from ttlang.machine.compute import deferred_engine, deferred_trace
from ttlang.machine.page_values import PageValues
from ttlang.machine.tiles import Bytes

ROOM = {"ample": (1 << 20, 1 << 14), "scarce": (10 << 12, 1 << 14), "none": (1 << 12, 3)}
"""Bytes that pages of one size have, and traces that are put off."""


def tensors(*shapes: tuple[int, int], dtype: Any = ttnn.bfloat16) -> list[Any]:
    random, device = np.random.default_rng(0), ttnn.open_device(device_id=0)
    values = [random.standard_normal((32 * rows, 32 * columns)).astype(np.float32) for rows, columns in shapes]
    return [ttnn.from_torch(each, dtype=dtype, layout=ttnn.TILE_LAYOUT, device=device) for each in values]


def largest(made: list[Any]) -> list[Any]:
    """Tensors of bfloat16 with some of its largest numbers."""
    for each in made:
        each.pages.view(np.uint16)[::7, ::131] = 0x7F7F
    return made


def make_matmul(block: int, grid: tuple[int, int], tiles: int) -> Any:
    """Sums that stay in DST from turn to turn, or, with large blocks, in L1."""
    rows, columns = tiles // grid[1] // block, tiles // grid[0] // block

    @ttl.operation(grid=grid)
    def matmul(a, b, out):
        a_dfb = ttl.make_dataflow_buffer_like(a, shape=(block, block), block_count=2)
        b_dfb = ttl.make_dataflow_buffer_like(b, shape=(block, block), block_count=2)
        out_dfb = ttl.make_dataflow_buffer_like(out, shape=(block, block), block_count=2)

        @ttl.compute()
        def compute():
            for _ in range(rows * columns):
                total = ttl.block.fill(0, shape=(block, block))
                for _ in range(tiles // block):
                    with a_dfb.wait() as av, b_dfb.wait() as bv:
                        total += av @ bv
                with out_dfb.reserve() as o:
                    o.store(total)

        @ttl.datamovement()
        def read():
            x, y = ttl.node()
            for r in range(y * rows, (y + 1) * rows):
                for c in range(x * columns, (x + 1) * columns):
                    for k in range(tiles // block):
                        with a_dfb.reserve() as a_block, b_dfb.reserve() as b_block:
                            ttl.copy(a[r * block : (r + 1) * block, k * block : (k + 1) * block], a_block).wait()
                            ttl.copy(b[k * block : (k + 1) * block, c * block : (c + 1) * block], b_block).wait()

        @ttl.datamovement()
        def write():
            x, y = ttl.node()
            for r in range(y * rows, (y + 1) * rows):
                for c in range(x * columns, (x + 1) * columns):
                    with out_dfb.wait() as o:
                        ttl.copy(o, out[r * block : (r + 1) * block, c * block : (c + 1) * block]).wait()

    return matmul


@ttl.operation(grid=(1, 1))
def softmax(x, out):
    """Many traces a turn, each of which needs the last one."""
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(2, 3))
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(2, 3))

    @ttl.compute()
    def compute():
        for _ in range(4):
            with x_dfb.wait() as xv, out_dfb.reserve() as o:
                top = ttl.math.reduce_max(xv, dims=[1])
                powers = ttl.math.exp(xv - ttl.block.broadcast(top, dims=[1]))
                total = ttl.math.reduce_sum(powers, dims=[1])
                o.store(powers * ttl.block.broadcast(ttl.math.recip(total), dims=[1]))

    @ttl.datamovement()
    def read():
        for row in range(0, 8, 2):
            with x_dfb.reserve() as block:
                ttl.copy(x[row : row + 2, 0:3], block).wait()

    @ttl.datamovement()
    def write():
        for row in range(0, 8, 2):
            with out_dfb.wait() as block:
                ttl.copy(block, out[row : row + 2, 0:3]).wait()


@ttl.operation(grid=(1, 1))
def doubled_in_place(x):
    """Twice: what is read the second time is what was written the first time."""
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 2))
    out_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 2))

    @ttl.compute()
    def compute():
        for _ in range(8):
            with x_dfb.wait() as xv, out_dfb.reserve() as o:
                o.store(xv + xv)

    @ttl.datamovement()
    def move():
        for _ in range(2):
            for row in range(4):
                with x_dfb.reserve() as block:
                    ttl.copy(x[row : row + 1, 0:2], block).wait()
                with out_dfb.wait() as block:
                    ttl.copy(block, x[row : row + 1, 0:2]).wait()

    @ttl.datamovement()
    def nothing():
        pass


@ttl.operation(grid=(1, 1))
def squares(x, out):
    """Calls that are alike but for which of their pages are one: the rows of a product meet themselves and others."""
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(5, 1))
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(5, 1))

    @ttl.compute()
    def compute():
        with x_dfb.wait() as xv, out_dfb.reserve() as o:
            o.store((xv @ ttl.transpose(xv)) @ xv)

    @ttl.datamovement()
    def read():
        with x_dfb.reserve() as block:
            ttl.copy(x[0:5, 0:1], block).wait()

    @ttl.datamovement()
    def write():
        with out_dfb.wait() as block:
            ttl.copy(block, out[0:5, 0:1]).wait()


CASES = {
    "sum in DST": (lambda: make_matmul(1, (1, 1), 4), lambda: tensors((4, 4), (4, 4), (4, 4))),
    "sum in DST, float32": (
        lambda: make_matmul(1, (2, 2), 4),
        lambda: tensors((4, 4), (4, 4), (4, 4), dtype=ttnn.float32),
    ),
    "sum in L1": (lambda: make_matmul(4, (1, 1), 8), lambda: tensors((8, 8), (8, 8), (8, 8))),
    "sum in L1, infinite": (lambda: make_matmul(4, (1, 1), 8), lambda: largest(tensors((8, 8), (8, 8), (8, 8)))),
    "sum in L1, float32, 4 cores": (
        lambda: make_matmul(3, (2, 2), 6),
        lambda: tensors((6, 6), (6, 6), (6, 6), dtype=ttnn.float32),
    ),
    "chain": (lambda: softmax, lambda: tensors((8, 3), (8, 3))),
    "pages that are one": (lambda: squares, lambda: tensors((5, 1), (5, 1))),
    "in place": (lambda: doubled_in_place, lambda: tensors((4, 2))),
}


def outcome(kernel: Any, arguments: list[Any], numerics: Any) -> tuple[Bytes, dict[str, dict[str, int]]]:
    """What the last tensor holds behind a run, and what was called."""
    before = [each.pages.copy() for each in arguments]
    result = simulate(kernel.compile(*arguments), arguments, numerics=numerics)
    after = arguments[-1].pages.copy()
    for each, pages in zip(arguments, before, strict=True):
        each.pages[:] = pages
    return after, result.counts


@pytest.mark.parametrize("numerics", ["fast", "chip"])
@pytest.mark.parametrize("room", ROOM)
@pytest.mark.parametrize("case", CASES)
def test_results_are_those_of_traces_that_run_at_once(case, room, numerics, monkeypatch) -> None:
    make, make_arguments = CASES[case]
    kernel, arguments = make(), make_arguments()
    monkeypatch.setattr(simulation, "can_defer", lambda program, kernels: False)
    expected, calls = outcome(kernel, arguments, numerics)
    assert (expected != arguments[-1].pages).any()
    monkeypatch.undo()
    size, most = ROOM[room]
    monkeypatch.setattr(page_values, "POOL_BYTES", size)
    monkeypatch.setattr(deferred_engine, "MOST_DEFERRED", most)
    settled = count_calls(monkeypatch)
    found, counted = outcome(kernel, arguments, numerics)
    np.testing.assert_array_equal(found, expected)
    assert counted == calls
    assert len(settled) > 0


IN_ONE_PASS = {"sum in L1": "multiply_and_pack", "in place": "add_and_pack"}


@pytest.mark.parametrize("numerics", ["fast", "chip"])
@pytest.mark.parametrize("case", CASES)
def test_results_are_those_of_numpy(case, numerics, monkeypatch) -> None:
    need_tools("g++")
    tiles = compiled_tiles()
    library = tiles.library.make()
    assert library is not None
    if not library.ttlang_tiles_serve():
        pytest.skip("the library is not for this processor")
    make, make_arguments = CASES[case]
    kernel, arguments = make(), make_arguments()
    monkeypatch.setattr(tiles, "_serves", False)
    expected, _ = outcome(kernel, arguments, numerics)
    monkeypatch.setattr(tiles, "_serves", True)
    done: set[str] = set()
    for name in IN_ONE_PASS.values():
        monkeypatch.setattr(tiles, name, noted(done, name, getattr(tiles, name)))
    found, _ = outcome(kernel, arguments, numerics)
    np.testing.assert_array_equal(found, expected)
    if numerics == "fast" and case in IN_ONE_PASS:
        assert IN_ONE_PASS[case] in done


def noted(done: set[str], name: str, method: Any) -> Any:
    """The method, which puts its name there when it was done."""

    def call(*arguments: Any) -> bool:
        if was_done := method(*arguments):
            done.add(name)
        return was_done

    return call


def test_a_second_run_knows_the_traces(monkeypatch) -> None:
    kernel, arguments = make_matmul(4, (1, 1), 8), tensors((8, 8), (8, 8), (8, 8))
    first, _ = outcome(kernel, arguments, "fast")
    monkeypatch.setattr(deferred_trace, "_defer", None)
    second, _ = outcome(kernel, arguments, "fast")
    np.testing.assert_array_equal(first, second)


def count_calls(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """An entry for each time that names were looked for which are needed no more."""
    found: list[None] = []
    reclaim = PageValues.reclaim

    def counted(self: PageValues) -> None:
        found.append(None)
        reclaim(self)

    monkeypatch.setattr(PageValues, "reclaim", counted)
    return found


def test_little_room_is_made_often(monkeypatch) -> None:
    kernel, arguments = make_matmul(4, (1, 1), 8), tensors((8, 8), (8, 8), (8, 8))
    times = {}
    for room, (size, _) in ROOM.items():
        monkeypatch.setattr(page_values, "POOL_BYTES", size)
        found = count_calls(monkeypatch)
        outcome(kernel, arguments, "fast")
        times[room] = len(found)
        monkeypatch.undo()
    assert times["ample"] == 1
    assert times["scarce"] > 4


STOPPING = '''
from ttlang import ttl


@ttl.operation(grid=(1, 1))
def stopping(x, out):
    """Fails when three of four rows are written."""
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1))
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(1, 1))

    @ttl.compute()
    def compute():
        for _ in range(4):
            with x_dfb.wait() as xv, out_dfb.reserve() as o:
                o.store(xv * 2)

    @ttl.datamovement()
    def read():
        for row in range(4):
            with x_dfb.reserve() as block:
                ttl.copy(x[row, 0], block).wait()

    @ttl.datamovement()
    def write():
        for row in range(4):
            with out_dfb.wait() as block:
                assert row < 3
                transfer = ttl.copy(block, out[row, 0])
                transfer.wait()
'''


def test_before_a_mistake_what_was_asked_for_is_done(load, monkeypatch) -> None:
    x, out = tensors((4, 1), (4, 1))
    compiled = load(STOPPING).stopping.compile(x, out)
    found = []
    for decide in (simulation.can_defer, lambda program, kernels: False):
        monkeypatch.setattr(simulation, "can_defer", decide)
        before = out.pages.copy()
        with pytest.raises(DiagnosticError) as mistake:
            simulate(compiled, [x, out], numerics="fast")
        found.append((out.pages.copy(), str(mistake.value)))
        out.pages[:] = before
    assert "TTL0814" in found[0][1]
    assert found[0][1] == found[1][1]
    np.testing.assert_array_equal(found[0][0], found[1][0])
