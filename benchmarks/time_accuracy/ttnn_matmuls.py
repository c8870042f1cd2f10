"""
ttnn's matmul with two-dimensional multicasts (`gemm.csv`), as the library's kernels do it, from a row's shapes and
blocks alone.

Each row of cores has a part of M, each column a part of N. A block of the left operand comes along the row, from its
first core, or from the core in whose L1 the block lies; a block of the right one comes down the column from its first
core. Receivers say when they have room; the sender then sends the block and, linked to it, a flag. The packer adds
partial sums up in L1; the last block reloads them. The first data movement thread has the left operand, on NOC 1, the
other one the right operand and the result, on NOC 0; where the left operand is in DRAM, the receivers in the right half
of the grid have it the other way round.

Chosen here: that the zone of the math thread ends where the whole compute thread does; and that the grid's first core
is that of the chip.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from measured_rows import Row, number
from steady_loops import all_turns
from written_compute import Compute
from written_programs import WrittenProgram
from written_threads import DataMovement

from ttlang.machine.program_info import TensorInfo
from ttlang.tables.dtypes import BF16, BY_NAME, TILE_HEIGHT

FORMATS = {"bfloat16": "bf16", "bfloat8_b": "bfp_bf8", "bfloat4_b": "bfp_bf4"}
LEAST_ACCUMULATED = 3
"""The packer adds up where K has at least so many blocks."""


class Sizes(NamedTuple):
    """What a row says of a product, in tiles."""

    deep: int
    """Of a block along K."""
    height: int
    width: int
    """Of a block of the result."""
    subblock: tuple[int, int]
    blocks: int
    """Of the result, on each core."""
    steps: int
    """Blocks of K."""
    shard: int
    """Blocks of K in the L1 of each core of a row; 0 if the left operand is in DRAM."""
    inner: int
    across: int
    """Tiles of K, and of N."""


def cycles(row: Row) -> float | None:
    """What the clock says of the math thread; None for a row that doesn't tell its blocks."""
    if not row["in0_block_w"]:
        return None
    k, n = (number(row, name) // TILE_HEIGHT for name in ("k", "n"))
    deep, height, width = (number(row, name) for name in ("in0_block_w", "out_block_h", "out_block_w"))
    sharded = row["in0_store"].startswith("L1")
    columns = number(row, "cores_x")
    sizes = Sizes(
        deep,
        height,
        width,
        (number(row, "subblock_h"), number(row, "subblock_w")),
        number(row, "per_core_m") // height * (number(row, "per_core_n") // width),
        k // deep,
        max(1, k // columns // deep) if sharded else 0,
        k,
        n,
    )

    def time(blocks: int, steps: int) -> float:
        return _Product(row, sizes._replace(blocks=blocks, steps=steps)).math_cycles()

    if sharded:
        # Its steps are not alike: one core after the other sends.
        return all_turns(lambda blocks, _: time(blocks, sizes.steps), sizes.blocks, 1)
    return all_turns(time, sizes.blocks, sizes.steps)


class _Product:
    """The program of a row, with its buffers and semaphores."""

    def __init__(self, row: Row, sizes: Sizes):
        self.sizes = sizes
        self.program = program = WrittenProgram(
            row["arch"], (number(row, "cores_x"), number(row, "cores_y")), fidelity=row["fidelity"]
        )
        dtype = BY_NAME[FORMATS[row["dtype"]]]
        blocks = 2 if sizes.steps > 1 else 1
        results = sizes.height * sizes.width
        self.left = program.buffer(blocks * sizes.height * sizes.deep, dtype)
        self.right = program.buffer(blocks * sizes.width * sizes.deep, dtype)
        self.accumulates = sizes.steps >= LEAST_ACCUMULATED
        self.partials = program.buffer(results, BF16 if self.accumulates else dtype)
        self.stores = row["out_store"].startswith("DRAM")
        self.out = program.buffer(results * (1 if self.stores else sizes.blocks), dtype)
        self.a, self.b, self.c = (
            program.tensor(pages, dtype.tile_bytes)
            for pages in (
                sizes.inner * number(row, "m") // TILE_HEIGHT,
                sizes.inner * sizes.across,
                sizes.across * number(row, "m") // TILE_HEIGHT,
            )
        )
        self.ready = program.semaphore(), program.semaphore()
        self.valid = program.semaphore(), program.semaphore()
        self.flag = program.semaphore(), program.semaphore()
        self.unused = program.semaphore()
        """For what is reset: flags and counts go up here instead."""
        self.tile_bytes = dtype.tile_bytes
        self.flushes = row["arch"] == "blackhole"
        self.result_rows, self.result_columns = number(row, "per_core_m"), number(row, "per_core_n")
        self.block_columns = self.result_columns // sizes.width
        first: Compute | None = None
        for core in range(program.cores):
            x, y = program.position(core)
            turned = not sizes.shard and x > program.columns // 2 and y > 0
            self._move_left(program.reader(core, noc=0 if turned else 1), x, y)
            self._move_right(program.writer(core, noc=1 if turned else 0), x, y)
            compute = program.compute(core)
            if first is None:
                first = compute
                self._compute(compute)
                compute.end_piece()
            compute.calls = first.calls

    def math_cycles(self) -> float:
        time = self.program.run()
        return max(each.end - each.start for each in time.threads if time.program.kernels[each.kernel].is_compute)

    def _turns(self) -> Iterator[tuple[int, int, int]]:
        """The place of each block of the result, and of the step in it."""
        for block in range(self.sizes.blocks):
            down, right = divmod(block, self.block_columns)
            for step in range(self.sizes.steps):
                yield down * self.sizes.height, right * self.sizes.width, step

    # ------------------------------------------------------------------------------------------------ data movement

    def _move_left(self, thread: DataMovement, x: int, y: int) -> None:
        """The left operand: along the row."""
        sizes, program = self.sizes, self.program
        row = [y * program.columns + column for column in range(program.columns)]
        tiles = sizes.height * sizes.deep
        top = y * self.result_rows
        sent = 0
        for turn, (down, _, step) in enumerate(self._turns()):
            sender = row[step // sizes.shard % program.columns] if sizes.shard else row[0]
            thread.reserve(self.left, tiles)
            thread.semaphore_set(self.unused, 0)
            if thread.thread.core != sender:
                thread.semaphore_inc(self.ready[0], sender)
            else:
                whole = sizes.shard == 1
                if sizes.shard > 1:
                    for _ in range(sizes.height):
                        thread.read(sender, sizes.deep * self.tile_bytes)
                    thread.read_barrier()
                elif not sizes.shard:
                    self._read(thread, self.a, top + down, step * sizes.deep, (sizes.height, sizes.deep), sizes.inner)
                sent += 1
                self._send(thread, 0, row, (sent, turn + 1), tiles, loops=whole)
            if sizes.shard or thread.thread.core != sender:
                thread.semaphore_wait(self.valid[0], turn + 1)
            thread.push(self.left, tiles)

    def _move_right(self, thread: DataMovement, x: int, y: int) -> None:
        """The right operand: down the column; and the result."""
        sizes, program = self.sizes, self.program
        column = [x + row * program.columns for row in range(program.rows)]
        tiles = sizes.width * sizes.deep
        left = x * self.result_columns
        for turn, (down, across, step) in enumerate(self._turns()):
            thread.reserve(self.right, tiles)
            if y:
                thread.semaphore_set(self.unused, 0)
                thread.semaphore_inc(self.ready[1], column[0])
                thread.semaphore_wait(self.valid[1], turn + 1)
            else:
                self._read(thread, self.b, step * sizes.deep, left + across, (sizes.deep, sizes.width), sizes.across)
                self._send(thread, 1, column, (turn + 1, turn + 1), tiles, loops=False)
            thread.push(self.right, tiles)
            if self.stores and step == sizes.steps - 1:
                self._store(thread, y * self.result_rows + down, left + across)

    def _read(
        self, thread: DataMovement, tensor: TensorInfo, row: int, column: int, shape: tuple[int, int], width: int
    ) -> None:
        for i in range(shape[0]):
            for j in range(shape[1]):
                thread.read_page(tensor, (row + i) * width + column + j)
        thread.read_barrier()

    def _send(
        self,
        thread: DataMovement,
        operand: int,
        cores: Sequence[int],
        times: tuple[int, int],
        tiles: int,
        *,
        loops: bool,
    ) -> None:
        """
        Sends a block once all others have room for it, and a flag behind it. `times`: which of the thread's blocks it
        is, and which of all that the cores get.
        """
        own, turn = times
        others = [core for core in cores if core != thread.thread.core]
        if not others:
            return
        thread.semaphore_wait(self.ready[operand], own * len(others))
        thread.semaphore_set(self.flag[operand], turn)
        thread.multicast(cores if loops else others, tiles * self.tile_bytes, loops=loops)
        everyone = bool(self.sizes.shard) and operand == 0
        thread.semaphore_set_multicast(
            self.valid[operand],
            cores if everyone else others,
            source=self.flag[operand],
            loops=everyone,
            linked=True,
        )
        if self.flushes:
            thread.flushed()

    def _store(self, thread: DataMovement, row: int, column: int) -> None:
        """A block of the result, subblock by subblock."""
        sizes = self.sizes
        height, width = sizes.subblock
        for down in range(0, sizes.height, height):
            for across in range(0, sizes.width, width):
                thread.wait(self.out, height * width)
                for i in range(height):
                    for j in range(width):
                        thread.write_page(self.c, (row + down + i) * sizes.across + column + across + j)
                thread.write_barrier()
                thread.pop(self.out, height * width)

    # ------------------------------------------------------------------------------------------------------ compute

    def _compute(self, compute: Compute) -> None:
        sizes = self.sizes
        compute.startup(self.left, self.right, self.partials)
        compute.multiply_init(self.left, self.right, *sizes.subblock)
        for _ in range(sizes.blocks):
            if sizes.blocks > 1:
                compute.packer_format(self.partials)
            for step in range(sizes.steps):
                self._step(compute, step)

    def _step(self, compute: Compute, step: int) -> None:
        sizes = self.sizes
        height, width = sizes.subblock
        tiles, results = height * width, sizes.height * sizes.width
        last = step == sizes.steps - 1
        reloads = step > 0 and (last or not self.accumulates)
        compute.wait(self.left, sizes.height * sizes.deep)
        compute.wait(self.right, sizes.width * sizes.deep)
        if last and self.accumulates:
            compute.accumulation()
            compute.packer_format(self.out)
        for place in range(results // tiles):
            if reloads:
                compute.copy_init(self.partials)
                compute.wait(self.partials, tiles)
            with compute.section():
                if reloads:
                    compute.copy(self.partials, tiles)
                    compute.pop(self.partials, tiles)
                    compute.multiply_init(self.left, self.right, height, width)
                compute.multiply(self.left, self.right, height, width, sizes.deep)
            if step == 0 and not last:
                # Partial sums and the result lie in the same memory.
                compute.reserve(self.out, (place + 1) * tiles)
            target = self.out if last else self.partials
            compute.reserve(target, tiles)
            with compute.packed():
                if self.accumulates and not last and step <= 1:
                    compute.accumulation()
                compute.pack_block(target, tiles, accumulates=self.accumulates and step > 0 and not last)
            compute.push(target, tiles)
        if self.accumulates and step < sizes.steps - 2:
            compute.wait(self.partials, results)
            compute.pop(self.partials, results)
        compute.pop(self.left, sizes.height * sizes.deep)
        compute.pop(self.right, sizes.width * sizes.deep)
