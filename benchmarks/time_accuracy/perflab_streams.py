"""
Streams from DRAM (`perflab.csv`: P2, P8 to P12, P14, P18): a reader on NOC 0, a writer on NOC 1, and what is between.

What the descriptions leave open is chosen here. P8 and P14 hold two blocks, and their writers wait for each block to
arrive; those of P9 and P11 wait at the end, and before that for a block to have left. P8 moves four pages a block, P9
eight. Of P9, "near" is the core from which a bank's node is the fewest hops away. P11's blocks go to the cores as a
whole. P12 adds to DST of 32 bits, and holds two chunks; its one reader waits until all others have room.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from perflab_rows import Told, blocks_of, shares
from written_broadcasts import Broadcast
from written_programs import WrittenProgram
from written_threads import DataMovement

from ttlang.machine.clock.noc_routes import routes_of
from ttlang.machine.program_info import BufferInfo, TensorInfo

BLOCK_OF_SATURATION, BLOCK_OF_PLACEMENT = 4, 8


class Operand(NamedTuple):
    """What is read to a buffer, in pieces of pages."""

    buffer: BufferInfo
    tensor: TensorInfo
    size: int

    def read(self, thread: DataMovement, pages: Sequence[int]) -> None:
        for page in pages:
            for _ in range(self.tensor.page_bytes // self.size):
                thread.read_page(self.tensor, page, self.size)


def _streamed(thread: DataMovement, operands: Sequence[Operand], blocks: Sequence[Sequence[int]]) -> None:
    """A barrier for each block of all operands."""
    for pages in blocks:
        for operand in operands:
            thread.reserve(operand.buffer, len(pages))
        for operand in operands:
            operand.read(thread, pages)
        thread.read_barrier()
        for operand in operands:
            thread.push(operand.buffer, len(pages))


def _writes(
    thread: DataMovement,
    buffer: BufferInfo,
    tensor: TensorInfo,
    blocks: Iterable[Sequence[int]],
    *,
    arrive: bool = True,
) -> None:
    """Writes blocks of pages. `arrive`: it waits for each to arrive, and not only to leave."""
    for block in blocks:
        thread.wait(buffer, len(block))
        for page in block:
            thread.write_page(tensor, page)
        (thread.write_barrier if arrive else thread.flushed)()
        thread.pop(buffer, len(block))
    if not arrive:
        thread.write_barrier()


def _by_rows(program: WrittenProgram, count: int) -> list[int]:
    return list(range(count))


def _by_columns(program: WrittenProgram, count: int) -> list[int]:
    return [program.core(place // program.rows, place % program.rows) for place in range(count)]


# ---------------------------------------------------------------------------------------------------------- copies


def _copied(
    program: WrittenProgram,
    told: Told,
    cores: Sequence[int],
    work: Iterable[Sequence[int]],
    block: int,
    depth: int,
    *,
    arrive: bool,
) -> float:
    """The time of a copy without compute; `work`: the pages of each core."""
    pages = [list(each) for each in work]
    size = told.dtype.tile_bytes
    source, target = (program.tensor(sum(map(len, pages)), size) for _ in range(2))
    buffer = program.buffer(depth * block, told.dtype)
    for core, mine in zip(cores, pages, strict=True):
        blocks = blocks_of(mine, block)
        _streamed(program.reader(core), [Operand(buffer, source, size)], blocks)
        _writes(program.writer(core), buffer, target, blocks, arrive=arrive)
    return told.nanoseconds(program, program.run().cycles)


def _in_a_row(total: int, parts: int) -> list[range]:
    return [range(first, first + count) for first, count in shares(total, parts)]


def saturation(told: Told) -> float:
    """P8: more and more cores copy, in the order of rows or of columns."""
    program = told.program()
    order = _by_columns if told.says("column") else _by_rows
    block = told.number(r"block=(\d+)", BLOCK_OF_SATURATION)
    work = _in_a_row(told.tiles, told.cores)
    return _copied(program, told, order(program, told.cores), work, block, 2, arrive=True)


def reader_placement(told: Told) -> float:
    """P14: a line of cores copies."""
    program = told.program()
    across, down = not told.says("column"), not told.says("row")
    cores = [program.core(place * across, place * down) for place in range(told.cores)]
    work = _in_a_row(told.tiles, told.cores)
    return _copied(program, told, cores, work, told.number(r"block=(\d+)", 16), 2, arrive=True)


def bank_placement(told: Told) -> float:
    """P9: as many cores as there are banks copy, each the pages of one bank or pages in a row."""
    program = told.program()
    banks, pages = program.chip.dram_banks, told.number(r"(\d+) pages")
    one_bank = "one bank" in told.params
    work = [range(bank, pages, banks) for bank in range(banks)] if one_bank else _in_a_row(pages, banks)
    cores = _by_rows(program, banks)
    if not told.says("row"):
        cores = _near_banks(program)
        if told.says("half", "shuffle", "other", "swap"):
            cores = cores[banks // 2 :] + cores[: banks // 2]
    return _copied(program, told, cores, work, BLOCK_OF_PLACEMENT, 2, arrive=False)


def _near_banks(program: WrittenProgram) -> list[int]:
    """For each bank the nearest core by NOC 0 that no bank before it has."""
    noc = program.chip.timing().noc
    routes = routes_of(noc.columns, noc.rows)
    free = {
        core: (noc.worker_columns[x], noc.worker_rows[y])
        for core in range(program.cores)
        for x, y in [program.position(core)]
    }
    found: list[int] = []
    for node in noc.dram_nodes[0]:
        nearest = min(free, key=lambda core: routes.hops(0, node, free[core]))
        del free[nearest]
        found.append(nearest)
    return found


def transaction_ids(told: Told) -> float:
    """P11: so many blocks are on their way; GB/s, of what is read and written."""
    program = told.program()
    block, depth = told.number(r"block=(\d+)"), told.number(r"buffer of (\d+)", 6)
    ahead = told.number(r"(\d+) (?:block|transaction|id|trid)")
    by_ids = told.says("id", "transaction")
    source, target = program.tensor(told.tiles, told.dtype.tile_bytes), program.tensor(told.tiles)
    buffer = program.buffer(depth * block, told.dtype)
    for core, (first, count) in enumerate(shares(told.tiles // block, told.cores)):
        blocks = blocks_of(range(first * block, (first + count) * block), block)
        reader = program.reader(core)
        (_tagged if by_ids else _ahead)(reader, buffer, source, blocks, ahead)
        _writes(program.writer(core), buffer, target, blocks, arrive=False)
    moved = 2 * told.tiles * told.dtype.tile_bytes
    return moved / told.nanoseconds(program, program.run().cycles)


def _ahead(
    thread: DataMovement, buffer: BufferInfo, tensor: TensorInfo, blocks: Sequence[Sequence[int]], ahead: int
) -> None:
    """A barrier for so many blocks, which are pushed one by one."""
    for several in blocks_of(blocks, ahead):
        thread.reserve(buffer, sum(map(len, several)))
        for block in several:
            for page in block:
                thread.read_page(tensor, page)
        thread.read_barrier()
        for block in several:
            thread.push(buffer, len(block))


def _tagged(
    thread: DataMovement, buffer: BufferInfo, tensor: TensorInfo, blocks: Sequence[Sequence[int]], ids: int
) -> None:
    """A block waits for the one that had its transaction id before."""
    for number, block in enumerate(blocks):
        if number >= ids:
            thread.tagged_read_barrier(1 + number % ids)
            thread.push(buffer, len(block))
        thread.reserve(buffer, min(number + 1, ids) * len(block))
        thread.tag_reads(1 + number % ids)
        for page in block:
            thread.read_page(tensor, page)
    for number in range(max(0, len(blocks) - ids), len(blocks)):
        thread.tagged_read_barrier(1 + number % ids)
        thread.push(buffer, len(blocks[number]))


def spans(told: Told) -> float:
    """P18: a read and a barrier for each span of a row, and a write."""
    program = told.program()
    count, size = told.number(r"(\d+) spans"), told.number(r"of (\d+) B")
    copied = not told.says("aligned:") or told.says("misaligned", "unaligned", "not aligned")
    residue = program.chip.dram_alignment // 2 if copied else 0
    source, target = program.tensor(count, size), program.tensor(count, size)
    buffer = program.buffer(2)
    reader = program.reader()
    for row in range(count):
        reader.reserve(buffer, 1)
        reader.read_page(source, row, size + residue)
        reader.read_barrier()
        if copied:
            reader.store_words(size // 4)
        reader.push(buffer, 1)
    _writes(program.writer(), buffer, target, [[row] for row in range(count)])
    return told.nanoseconds(program, program.run().cycles)


# --------------------------------------------------------------------------------------------------- with compute


def double_buffer(told: Told) -> float:
    """P2: relu, with buffers of one block or two."""
    program = told.program(dst32=told.dtype.name == "f32")
    block, depth = told.number(r"block=(\d+)", 8), told.number(r"depth (\d+)")
    source, target = (
        program.tensor(told.tiles, told.dtype.tile_bytes),
        program.tensor(told.tiles, told.dtype.tile_bytes),
    )
    taken, made = (program.buffer(depth * block, told.dtype) for _ in range(2))
    for core, (first, count) in enumerate(shares(told.tiles, told.cores)):
        blocks = blocks_of(range(first, first + count), block)
        _streamed(program.reader(core), [Operand(taken, source, source.page_bytes)], blocks)
        _writes(program.writer(core), made, target, blocks)
        compute = program.compute(core)
        compute.startup(taken, made)
        compute.apply_init("relu")
        for _ in range(count):
            compute.wait(taken, 1)
            compute.reserve(made, 1)
            with compute.section():
                compute.copy(taken)
                compute.apply("relu")
            with compute.packed():
                compute.pack(made)
            compute.pop(taken, 1)
            compute.push(made, 1)
    return told.nanoseconds(program, program.run().cycles)


def two_operands(told: Told) -> float:
    """P10: one thread reads both operands, or each thread one; these then may order their work by semaphores."""
    program = told.program()
    block, tiles = told.number(r"block=(\d+)"), told.number(r"(\d+) tiles", 128)
    a, b = program.tensor(tiles * told.cores), program.tensor(tiles * told.cores)
    left, right, out = program.buffer(2 * block), program.buffer(2 * block), program.buffer(tiles)
    columns = told.number(r"rows of (\d+)", program.columns)
    size = told.number(r"in (\d+) B", told.dtype.tile_bytes)
    for place in range(told.cores):
        core = program.core(place % columns, place // columns)
        blocks = blocks_of(range(place * tiles, (place + 1) * tiles), block)
        of_a, of_b = Operand(left, a, size), Operand(right, b, size)
        if told.says("one reader"):
            on_second = told.says("noc1", "noc 1")
            _streamed(program.writer(core) if on_second else program.reader(core), [of_a, of_b], blocks)
        elif told.says("semaphore"):
            _ordered(program, core, of_a, of_b, blocks)
        else:
            _streamed(program.reader(core), [of_a], blocks)
            _streamed(program.writer(core), [of_b], blocks)
        _multiplied(program, core, (left, right, out), tiles, min(block, 8), works=not told.says("removed"))
    return told.nanoseconds(program, program.run().cycles)


def _ordered(program: WrittenProgram, core: int, of_a: Operand, of_b: Operand, blocks: Sequence[Sequence[int]]) -> None:
    """The first thread reserves and pushes for both, and tells the second one when."""
    reader, writer = program.reader(core), program.writer(core)
    go, done = program.semaphore(), program.semaphore()
    for turn, pages in enumerate(blocks, start=1):
        reader.reserve(of_a.buffer, len(pages))
        reader.reserve(of_b.buffer, len(pages))
        reader.semaphore_set(go, turn)
        of_a.read(reader, pages)
        reader.read_barrier()
        reader.semaphore_wait(done, turn)
        reader.push(of_a.buffer, len(pages))
        reader.push(of_b.buffer, len(pages))
        writer.semaphore_wait(go, turn)
        of_b.read(writer, pages)
        writer.read_barrier()
        writer.semaphore_set(done, turn)


def _multiplied(
    program: WrittenProgram,
    core: int,
    buffers: tuple[BufferInfo, BufferInfo, BufferInfo],
    tiles: int,
    chunk: int,
    *,
    works: bool,
) -> None:
    left, right, out = buffers
    compute = program.compute(core)
    compute.startup(left, right, out)
    compute.binary_init("mul", left, right)
    for _ in range(tiles // chunk):
        compute.wait(left, chunk)
        compute.wait(right, chunk)
        compute.reserve(out, chunk)
        with compute.section():
            if works:
                compute.binary("mul", left, right, chunk)
        with compute.packed():
            compute.pack(out, chunk)
        compute.push(out, chunk)
        compute.pop(left, chunk)
        compute.pop(right, chunk)


def shared_input(told: Told) -> float:
    """P12: all cores of two rows add up the same stream, which each reads, or the first one for all."""
    program = told.program(fidelity="HiFi2", dst32=True)
    chunks, chunk = told.number(r"in (\d+) chunks"), told.number(r"chunks of (\d+)")
    stream, sums = program.tensor(chunks * chunk), program.tensor(told.cores)
    taken, zero, out = program.buffer(2 * chunk), program.buffer(1), program.buffer(1)
    columns = told.cores // 2
    cores = [program.core(place % columns, place // columns) for place in range(told.cores)]
    pages = blocks_of(range(chunks * chunk), chunk)
    send = None if told.says("every") else Broadcast(program, cores)
    for place, core in enumerate(cores):
        reader = program.reader(core)
        for block in pages:
            reader.reserve(taken, chunk)
            if send is None or core == cores[0]:
                for page in block:
                    reader.read_page(stream, page)
                reader.read_barrier()
            if send is not None and core == cores[0]:
                send.send(reader, chunk * told.dtype.tile_bytes)
            elif send is not None:
                send.receive(reader, cores[0])
            reader.push(taken, chunk)
        _summed(program, core, (taken, zero, out), chunks, chunk)
        writer = program.writer(core)
        writer.wait(out, 1)
        writer.write_page(sums, place)
        writer.write_barrier()
        writer.pop(out, 1)
    return told.nanoseconds(program, program.run().cycles)


def _summed(
    program: WrittenProgram, core: int, buffers: tuple[BufferInfo, BufferInfo, BufferInfo], chunks: int, chunk: int
) -> None:
    taken, zero, out = buffers
    compute = program.compute(core)
    compute.startup(taken, out)
    compute.wait(taken, chunk)
    compute.binary_init("sub", taken, taken)
    with compute.section():
        compute.binary("sub", taken, taken)
    with compute.packed():
        compute.reserve(zero, 1)
        compute.pack(zero)
        compute.push(zero, 1)
    compute.wait(zero, 1)
    compute.binary_init("add", taken, zero)
    with compute.section():
        for index in range(chunks):
            if index:
                compute.wait(taken, chunk)
            compute.binary("add", taken, zero, chunk)
            compute.pop(taken, chunk)
    with compute.packed():
        compute.reserve(out, 1)
        compute.pack(out)
        compute.push(out, 1)


EXPERIMENTS: dict[str, Callable[[Told], float]] = {
    "P2": double_buffer,
    "P8": saturation,
    "P9": bank_placement,
    "P10": two_operands,
    "P11": transaction_ids,
    "P12": shared_input,
    "P14": reader_placement,
    "P18": spans,
}
