"""
Kernels whose cores talk to each other, each with its grid and a function of torch. All take a tensor `x` of bfloat16
and write a tensor `out`; where they only move and add small integers, results are exact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from ttlang import ttl

Torch = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class Case:
    kernel: Any
    shape: tuple[int, int]
    """Of x, in tiles."""
    expected: Torch
    """In tiles as in elements: see `tiles`."""


def tiles(x: torch.Tensor) -> torch.Tensor:
    """(rows, columns, 32, 32)."""
    rows, columns = x.shape[0] // 32, x.shape[1] // 32
    return x.reshape(rows, 32, columns, 32).permute(0, 2, 1, 3)


def joined(t: torch.Tensor) -> torch.Tensor:
    """The matrix of such tiles."""
    rows, columns = t.shape[:2]
    return t.permute(0, 2, 1, 3).reshape(rows * 32, columns * 32)


CASES: dict[str, Case] = {}


def case(shape: tuple[int, int], expected: Torch) -> Callable[[Any], Any]:
    def register(kernel: Any) -> Any:
        CASES[kernel.__name__] = Case(kernel, shape, expected)
        return kernel

    return register


# ------------------------------------------------------------------------------------ the specification's examples


@case((2, 4), lambda x: x)
@ttl.kernel(grid=(4, 2))
def gather(x, out):
    """From row y to (0, y): the first core of each row writes what the others have read."""
    grid_x, grid_y = ttl.grid_size()
    pipes = [ttl.Pipe(src_core=(i, y), dst_core=(0, y)) for i in range(1, grid_x) for y in range(grid_y)]
    cb = ttl.make_circular_buffer_like(x, shape=(1, 1))
    got = ttl.make_circular_buffer_like(x, shape=(1, 1))

    @ttl.datamovement()
    def read():
        i, y = ttl.core()
        with cb.reserve() as block:
            ttl.copy(x[y, i], block).wait()

    @ttl.datamovement()
    def write():
        i, y = ttl.core()
        with cb.wait() as block:

            def pipe_src(pipe):
                xf = ttl.copy(block, pipe)
                xf.wait()

            ttl.if_pipe_src(pipes, pipe_src)
            if i == 0:
                ttl.copy(block, out[y, 0]).wait()

        def pipe_dst(pipe):
            with got.reserve() as block:
                xf = ttl.copy(pipe, block)
                xf.wait()
            with got.wait() as block:
                ttl.copy(block, out[pipe.src[1], pipe.src[0]]).wait()

        ttl.if_pipe_dst(pipes, pipe_dst)


@case((6, 7), lambda x: x)
@ttl.kernel(grid=(7, 6))
def gather_all(x, out):
    """From all others to the first core, twice: more pipes than a program has semaphores for."""
    columns, rows = ttl.grid_size()
    pipes = [ttl.Pipe(src=(i, y), dst=(0, 0)) for y in range(rows) for i in range(columns)][1:]
    cb = ttl.make_circular_buffer_like(x, shape=(1, 1))
    got = ttl.make_circular_buffer_like(x, shape=(1, 1))

    @ttl.datamovement()
    def read():
        i, y = ttl.core()
        for _ in range(2):
            with cb.reserve() as block:
                ttl.copy(x[y, i], block).wait()

    @ttl.datamovement()
    def write():
        i, y = ttl.core()

        def keep(pipe):
            with got.reserve() as block:
                ttl.copy(pipe, block).wait()
            with got.wait() as block:
                ttl.copy(block, out[pipe.src[1], pipe.src[0]]).wait()

        for _ in range(2):
            with cb.wait() as block:
                ttl.if_pipe_src(pipes, lambda pipe: ttl.copy(block, pipe).wait())
                if i + y == 0:
                    ttl.copy(block, out[0, 0]).wait()
            ttl.if_pipe_dst(pipes, keep)


@case((3, 4), lambda x: joined(tiles(x)[:1].expand(3, -1, -1, -1)))
@ttl.kernel(grid=(4, 3))
def scatter(x, out):
    """From (i, 0) to column i: all rows become the first."""
    grid_x, grid_y = ttl.grid_size()
    pipes = [ttl.Pipe(src_core=(i, 0), dst_core_range=(slice(i, i + 1), slice(1, grid_y))) for i in range(grid_x)]
    cb = ttl.make_circular_buffer_like(x, shape=(1, 1))

    @ttl.datamovement()
    def read():
        i, _ = ttl.core()
        with cb.reserve() as block:

            def pipe_src(pipe):
                ttl.copy(x[0, i], block).wait()
                ttl.copy(block, pipe).wait()

            ttl.if_pipe_src(pipes, pipe_src)
            ttl.if_pipe_dst(pipes, lambda pipe: ttl.copy(pipe, block).wait())

    @ttl.datamovement()
    def write():
        i, y = ttl.core()
        with cb.wait() as block:
            ttl.copy(block, out[y, i]).wait()


def sums_of_columns(x: torch.Tensor) -> torch.Tensor:
    return joined(tiles(x).sum(0, keepdim=True).expand(tiles(x).shape))


@case((3, 2), sums_of_columns)
@ttl.kernel(grid=(2, 3))
def scatter_gather(x, out):
    """In column i every core sends to all, itself included, before it receives from all: the sum of the column."""
    grid_x, grid_y = ttl.grid_size()
    pipes = [
        ttl.Pipe(src_core=(i, y), dst_core_range=(i, slice(0, grid_y))) for i in range(grid_x) for y in range(grid_y)
    ]
    cb = ttl.make_circular_buffer_like(x, shape=(1, 1))
    got = ttl.make_circular_buffer_like(x, shape=(1, 1))
    total = ttl.make_circular_buffer_like(out, shape=(1, 1), buffer_factor=1)

    @ttl.compute()
    def add():
        with total.reserve() as t:
            for _ in range(grid_y):
                with got.wait() as g:
                    t.store(g, acc=True)

    @ttl.datamovement()
    def read():
        i, y = ttl.core()
        with cb.reserve() as block:
            ttl.copy(x[y, i], block).wait()

    @ttl.datamovement()
    def talk():
        i, y = ttl.core()
        with cb.wait() as block:
            ttl.if_pipe_src(pipes, lambda pipe: ttl.copy(block, pipe).wait())

        def pipe_dst(pipe):
            with got.reserve() as block:
                ttl.copy(pipe, block).wait()

        ttl.if_pipe_dst(pipes, pipe_dst)
        with total.wait() as block:
            ttl.copy(block, out[y, i]).wait()


@case((2, 4), lambda x: joined(tiles(x).roll(1, dims=1)))
@ttl.kernel(grid=(4, 2))
def neighbours(x, out):
    """Every core sends to its right neighbour, round the end, and then receives from its left one, three times over."""
    grid_x, grid_y = ttl.grid_size()
    net = ttl.PipeNet([ttl.Pipe(src=(i, y), dst=((i + 1) % grid_x, y)) for y in range(grid_y) for i in range(grid_x)])
    cb = ttl.make_circular_buffer_like(x, shape=(1, 1))
    got = ttl.make_circular_buffer_like(x, shape=(1, 1))

    @ttl.datamovement()
    def read():
        i, y = ttl.core()
        for _ in range(3):
            with cb.reserve() as block:
                ttl.copy(x[y, i], block).wait()

    @ttl.datamovement()
    def talk():
        i, y = ttl.core()
        for _ in range(3):
            with cb.wait() as block:
                net.if_src(lambda pipe: ttl.copy(block, pipe).wait())
            with got.reserve() as block:
                net.if_dst(lambda pipe: ttl.copy(pipe, block).wait())
            with got.wait() as block:
                ttl.copy(block, out[y, i]).wait()


@case((2, 4), lambda x: joined(tiles(x)[:1, :1].expand(2, 4, -1, -1)))
@ttl.kernel(grid=(4, 2))
def one_to_many_barrier(x, out):
    """Core 0 writes a tile; the others read it when it says so."""
    core_num = ttl.core(dims=1)
    my_barrier = ttl.Semaphore()
    all_barrier = my_barrier.get_remote_multicast()
    cb = ttl.make_circular_buffer_like(x, shape=(1, 1))

    @ttl.datamovement()
    def dm():
        i, y = ttl.core()
        if core_num == 0:
            with cb.reserve() as block:
                ttl.copy(x[0, 0], block).wait()
            with cb.wait() as block:
                ttl.copy(block, out[0, 0]).wait()
            all_barrier.set(1)
        else:
            my_barrier.wait_for(1)
            with cb.reserve() as block:
                ttl.copy(out[0, 0], block).wait()
            with cb.wait() as block:
                ttl.copy(block, out[y, i]).wait()


@case((2, 4), lambda x: joined(tiles(x).roll(1, dims=1)))
@ttl.kernel(grid=(4, 2))
def many_to_one_barrier(x, out):
    """All cores write to `out`; core 0 then turns each row by one, which takes what others wrote."""
    core_num = ttl.core(dims=1)
    my_barrier = ttl.Semaphore()
    core_0_barrier = my_barrier.get_remote((0, 0))
    non_0_core_count = ttl.grid_size(dims=1) - 1
    cb = ttl.make_circular_buffer_like(x, shape=(1, 1))
    row_cb = ttl.make_circular_buffer_like(x, shape=(1, 4))

    @ttl.datamovement()
    def dm():
        i, y = ttl.core()
        with cb.reserve() as block:
            ttl.copy(x[y, i], block).wait()
        with cb.wait() as block:
            ttl.copy(block, out[y, i]).wait()
        if core_num != 0:
            core_0_barrier.inc(1)
        else:
            my_barrier.wait_for(non_0_core_count)
            for row in range(2):
                with row_cb.reserve() as block:
                    ttl.copy(out[row, 0:4], block).wait()
                with row_cb.wait() as block:
                    ttl.copy(block, out[row, 0:4]).wait()
                for column in range(4):
                    with cb.reserve() as block:
                        ttl.copy(x[row, column], block).wait()
                    with cb.wait() as block:
                        ttl.copy(block, out[row, (column + 1) % 4]).wait()


# ------------------------------------------------------------------------------------------------- other spellings


@case((1, 4), lambda x: joined(tiles(x)[:, :1].expand(-1, 4, -1, -1)))
@ttl.kernel(grid=(4,))
def chain(x, out):
    """On a grid of one dimension, a block goes from core to core: one pipe after the other, each under an `if`."""
    pipes = [ttl.Pipe(src=(i,), dst=(i + 1,)) for i in range(3)]
    cb = ttl.make_circular_buffer_like(x, shape=(1, 1), buffer_factor=1)

    @ttl.datamovement()
    def dm():
        i = ttl.core_linear()
        with cb.reserve() as block:
            if i == 0:
                ttl.copy(x[0, 0], block).wait()
            for number, pipe in enumerate(pipes):
                if i == number + 1:
                    ttl.copy(pipe, block).wait()
                if i == number:
                    ttl.copy(block, pipe).wait()
        with cb.wait() as block:
            ttl.copy(block, out[0, i]).wait()


@case((2, 3), lambda x: x + 1)
@ttl.kernel(grid=(3, 2))
def there_and_back(x, out):
    """Two nets in one kernel: the others send to the core in the middle, which adds one and sends back."""
    middle = (1, 1)
    others = [(i, y) for y in range(2) for i in range(3) if (i, y) != middle]
    there = ttl.PipeNet([ttl.Pipe(src=core, dst=middle) for core in others])
    back = ttl.PipeNet([ttl.Pipe(src=middle, dst=core) for core in others])
    count = len(others) + 1
    cb = ttl.make_circular_buffer_like(x, shape=(1, 1))
    work = ttl.make_circular_buffer_like(x, shape=(1, 1), buffer_factor=count)
    done = ttl.make_circular_buffer_like(x, shape=(1, 1), buffer_factor=count)
    result = ttl.make_circular_buffer_like(x, shape=(1, 1))

    @ttl.compute()
    def add():
        i, y = ttl.core()
        if i == middle[0] and y == middle[1]:
            for _ in range(count):
                with work.wait() as w, done.reserve() as d:
                    d.store(w + 1)

    @ttl.datamovement()
    def incoming():
        i, y = ttl.core()

        def receive(pipe):
            with work.reserve() as w:
                ttl.copy(pipe, w).wait()

        def receive_result(pipe):
            with result.reserve() as r:
                ttl.copy(pipe, r).wait()

        if i == middle[0] and y == middle[1]:
            with work.reserve() as w:
                ttl.copy(x[y, i], w).wait()
        else:
            with cb.reserve() as block:
                ttl.copy(x[y, i], block).wait()
        there.if_dst(receive)
        back.if_dst(receive_result)

    @ttl.datamovement()
    def outgoing():
        i, y = ttl.core()

        def send(pipe):
            with cb.wait() as block:
                ttl.copy(block, pipe).wait()

        def send_result(pipe):
            with done.wait() as d:
                ttl.copy(d, pipe).wait()

        there.if_src(send)
        if i == middle[0] and y == middle[1]:
            with done.wait() as d:
                ttl.copy(d, out[y, i]).wait()
        else:
            pass
        back.if_src(send_result)
        if i != middle[0] or y != middle[1]:
            with result.wait() as r:
                ttl.copy(r, out[y, i]).wait()


@case((3, 3), lambda x: joined(tiles(x).sum(0, keepdim=True) + tiles(x).sum(1, keepdim=True)))
@ttl.kernel(grid=(3, 3))
def overlapping_multicasts(x, out):
    """Every core multicasts along its row and down its column: a core gets six blocks, two of them its own."""
    n, _ = ttl.grid_size()
    along = [ttl.Pipe(src=(i, y), dst=(slice(0, n), y)) for y in range(n) for i in range(n)]
    down = [ttl.Pipe(src=(i, y), dst=(i, slice(0, n))) for y in range(n) for i in range(n)]
    cb = ttl.make_circular_buffer_like(x, shape=(1, 1))
    got = ttl.make_circular_buffer_like(x, shape=(1, 1), buffer_factor=3)
    total = ttl.make_circular_buffer_like(out, shape=(1, 1), buffer_factor=1)

    @ttl.compute()
    def add():
        with total.reserve() as t:
            for _ in range(2 * n):
                with got.wait() as g:
                    t.store(g, acc=True)

    @ttl.datamovement()
    def receive():
        def keep(pipe):
            with got.reserve() as block:
                ttl.copy(pipe, block).wait()

        ttl.if_pipe_dst(along, keep)
        ttl.if_pipe_dst(down, keep)

    @ttl.datamovement()
    def send():
        i, y = ttl.core()
        with cb.reserve() as block:
            ttl.copy(x[y, i], block).wait()
        with cb.wait() as block:
            ttl.if_pipe_src(along, lambda pipe: ttl.copy(block, pipe).wait())
            ttl.if_pipe_src(down, lambda pipe: ttl.copy(block, pipe).wait())
        with total.wait() as t:
            ttl.copy(t, out[y, i]).wait()


@case((1, 4), lambda x: joined(tiles(x).flip(1)))
@ttl.kernel(grid=(4, 1))
def swap(x, out):
    """Pairs of cores send to each other at once and receive afterwards, through pipes that the loop picks."""
    pairs = [(0, 3), (3, 0), (1, 2), (2, 1)]
    pipes = {a: ttl.Pipe(src=(a, 0), dst=(b, 0)) for a, b in pairs}
    cb = ttl.make_circular_buffer_like(x, shape=(1, 1))
    got = ttl.make_circular_buffer_like(x, shape=(1, 1))

    @ttl.datamovement()
    def dm():
        i = ttl.core(dims=1)
        with cb.reserve() as block:
            ttl.copy(x[0, i], block).wait()
        with cb.wait() as block:
            for source, pipe in pipes.items():
                if i == source:
                    ttl.copy(block, pipe).wait()
        with got.reserve() as block:
            for pipe in pipes.values():
                if i == pipe.dst[0]:
                    ttl.copy(pipe, block).wait()
        with got.wait() as block:
            ttl.copy(block, out[0, i]).wait()


@case((2, 2), lambda x: joined(tiles(x).flip(0, 1)))
@ttl.kernel(grid=(2, 2))
def turn_by_semaphores(x, out):
    """Remote semaphores that depend on the core: cores take turns, each waking the next, and read what it wrote."""
    i, y = ttl.core()
    columns, rows = ttl.grid_size()
    number, cores = ttl.core_linear(), columns * rows
    turn = ttl.Semaphore()
    following = turn.get_remote(((number + 1) % columns, (number + 1) // columns % rows))
    cb = ttl.make_circular_buffer_like(x, shape=(1, 1))

    @ttl.datamovement()
    def dm():
        if number != 0:
            turn.wait_ge(1)
        with cb.reserve() as block:
            ttl.copy(x[1 - y, 1 - i], block).wait()
        with cb.wait() as block:
            ttl.copy(block, out[y, i]).wait()
        if number != cores - 1:
            following.inc(1)


@case((2, 4), lambda x: x)
@ttl.kernel(grid=(4, 2))
def repeated_barrier(x, out):
    """A barrier that all cores pass three times: counted up at core 0, released with ever larger values."""
    arrived = ttl.Semaphore()
    go = ttl.Semaphore(5)
    cb = ttl.make_circular_buffer_like(x, shape=(1, 1))

    @ttl.datamovement()
    def dm():
        i, y = ttl.core()
        others = ttl.grid_size(dims=1) - 1
        for step in range(3):
            with cb.reserve() as block:
                ttl.copy(x[y, i], block).wait()
            with cb.wait() as block:
                ttl.copy(block, out[y, i]).wait()
            if ttl.core_linear() == 0:
                arrived.wait_ge(others * (step + 1))
                go.get_remote_multicast((slice(0, 4), slice(0, 2))).set(step + 6)
            else:
                arrived.get_remote((0, 0)).inc(1)
                go.wait_ge(step + 6)


@case((1, 4), lambda x: x)
@ttl.kernel(grid=(4, 1))
def set_from_outside(x, out):
    """A core sets counters of cores among which it is not, and one of a single other core."""
    go = ttl.Semaphore()
    last = ttl.Semaphore()
    cb = ttl.make_circular_buffer_like(x, shape=(1, 1))

    @ttl.datamovement()
    def dm():
        i = ttl.core(dims=1)
        if i == 0:
            go.get_remote_multicast((slice(1, 3), 0)).set(7)
        elif i < 3:
            go.wait_eq(7)
            if i == 2:
                last.get_remote((3, 0)).set(1)
        else:
            last.wait_eq(1)
            last.set(0)
        with cb.reserve() as block:
            ttl.copy(x[0, i], block).wait()
        with cb.wait() as block:
            ttl.copy(block, out[0, i]).wait()


@case(
    (6, 2), lambda x: joined(tiles(x).reshape(3, 2, 2, 32, 32)[:, :1, :1].expand(3, 2, 2, 32, 32).reshape(6, 2, 32, 32))
)
@ttl.kernel(grid=(2, 2, 3))
def three_chips(x, out):
    """On a grid of several chips, in each the first core multicasts to all of its chip, itself included."""
    columns, rows, chips = ttl.grid_size(dims=3)
    pipes = [ttl.Pipe(src=(0, 0, chip), dst=(slice(0, columns), slice(0, rows), chip)) for chip in range(chips)]
    cb = ttl.make_circular_buffer_like(x, shape=(1, 1))
    got = ttl.make_circular_buffer_like(x, shape=(1, 1))

    @ttl.datamovement()
    def dm():
        i, y, chip = ttl.core(dims=3)
        _, row = ttl.core()
        with cb.reserve() as block:
            ttl.copy(x[chip * rows + y, i], block).wait()
        with cb.wait() as block:
            ttl.if_pipe_src(pipes, lambda pipe: ttl.copy(block, pipe).wait())
        with got.reserve() as block:
            ttl.if_pipe_dst(pipes, lambda pipe: ttl.copy(pipe, block).wait())
        with got.wait() as block:
            ttl.copy(block, out[row, i]).wait()


@case((5, 3), lambda x: x + 1)
@ttl.kernel(grid="auto")
def chosen_grid(x, out):
    """The compiler chooses the grid; the kernel deals its tiles out over it."""
    columns, rows = ttl.grid_size()
    tile_rows, tile_columns = (size // 32 for size in x.shape)
    cb = ttl.make_circular_buffer_like(x, shape=(1, 1))
    out_cb = ttl.make_circular_buffer_like(x, shape=(1, 1))

    @ttl.compute()
    def add():
        i, y = ttl.core()
        for _ in range(y, tile_rows, rows):
            for _ in range(i, tile_columns, columns):
                with cb.wait() as block, out_cb.reserve() as o:
                    o.store(block + 1)

    @ttl.datamovement()
    def read():
        i, y = ttl.core()
        for row in range(y, tile_rows, rows):
            for column in range(i, tile_columns, columns):
                with cb.reserve() as block:
                    ttl.copy(x[row, column], block).wait()

    @ttl.datamovement()
    def write():
        i, y = ttl.core()
        for row in range(y, tile_rows, rows):
            for column in range(i, tile_columns, columns):
                with out_cb.wait() as o:
                    ttl.copy(o, out[row, column]).wait()
