"""
Transfers from core to core (`perflab.csv`: P3, P4, P6).

What the descriptions leave open is chosen here. The cores are those of the upper left corner. P3's threads are on
NOC 0; a unicast of it has one semaphore, on which the others count the pieces. P4's are on NOC 0 as well, and at the
end each core writes three tiles to DRAM on NOC 1. P6 is a ring of the cores row by row, whose threads are on NOC 1.
"""

from __future__ import annotations

from collections.abc import Callable

from perflab_rows import Told
from written_broadcasts import Broadcast
from written_programs import WrittenProgram, per_turn
from written_threads import DataMovement

FEW, MANY = 1, 4
"""Exchanges between which a further one is timed."""


def row_exchange(told: Told) -> float:
    """P3: each core of a row in turn sends its payload to the others, in pieces; ns for all of them."""
    rows, columns = told.number(r"(\d+) rows"), told.number(r"x (\d+) cores")
    pieces = told.number(r"writes=(\d+)")
    size = told.number(r"payload=(\d+)") // pieces
    exchange = _by_unicasts if told.says("unicast") else _by_multicasts

    def kernel(exchanges: int) -> WrittenProgram:
        program = told.program()
        for row in range(rows):
            exchange(program, [program.core(column, row) for column in range(columns)], exchanges, pieces, size)
        return program

    return told.nanoseconds(told.program(), per_turn(kernel, FEW, MANY))


def _by_unicasts(program: WrittenProgram, cores: list[int], exchanges: int, pieces: int, size: int) -> None:
    progress = program.semaphore()
    for core in cores:
        thread, seen = program.reader(core), 0
        for _ in range(exchanges):
            for sender in cores:
                others = [other for other in cores if other != sender]
                for _ in range(pieces):
                    if core == sender:
                        _send(thread, others, size, progress)
                    else:
                        seen += 1
                        thread.semaphore_wait(progress, seen)


def _send(thread: DataMovement, others: list[int], size: int, progress: int) -> None:
    for other in others:
        thread.address()
        thread.write(other, size)
    thread.write_barrier()
    for other in others:
        thread.address()
        thread.semaphore_inc(progress, other)


def _by_multicasts(program: WrittenProgram, cores: list[int], exchanges: int, pieces: int, size: int) -> None:
    broadcast = Broadcast(program, cores)
    for core in cores:
        thread = program.reader(core)
        for _ in range(exchanges):
            for sender in cores:
                for _ in range(pieces):
                    if core == sender:
                        broadcast.send(thread, size)
                    else:
                        broadcast.receive(thread, sender)


def operand_delivery(told: Told) -> float:
    """P4: each core gets rows of A and columns of B, by itself or from the first core of its row, or column."""
    program = told.program()
    m, n, k = (told.number(rf"{letter}=(\d+)t") for letter in "MNK")
    rows = max(each for each in range(1, program.rows + 1) if m % each == 0)
    columns = max(each for each in range(1, program.columns + 1) if n % each == 0)
    height, width = m // rows, n // columns
    a, b, probes = program.tensor(m * k), program.tensor(k * n), program.tensor(3 * rows * columns)
    left, right = program.buffer(height * k), program.buffer(k * width)
    alone = told.says("own")
    across = [Broadcast(program, [program.core(x, y) for x in range(columns)]) for y in range(rows)]
    down = [Broadcast(program, [program.core(x, y) for y in range(rows)]) for x in range(columns)]
    for x in range(columns):
        for y in range(rows):
            thread, writer = program.reader(program.core(x, y)), program.writer(program.core(x, y))
            of_a = [(y * height + row) * k + each for row in range(height) for each in range(k)]
            of_b = [each * n + x * width + column for each in range(k) for column in range(width)]
            work = (
                (left, a, of_a, x == 0, across[y], program.core(0, y)),
                (right, b, of_b, y == 0, down[x], program.core(x, 0)),
            )
            for buffer, tensor, pages, sends, broadcast, sender in work:
                thread.reserve(buffer, len(pages))
                if alone or sends:
                    for page in pages:
                        thread.read_page(tensor, page)
                if not alone and sends:
                    thread.read_barrier()
                    broadcast.send(thread, len(pages) * told.dtype.tile_bytes)
                elif not alone:
                    broadcast.receive(thread, sender)
                if not alone:
                    thread.push(buffer, len(pages))
            if alone:
                thread.read_barrier()
                thread.push(left, height * k)
                thread.push(right, k * width)
            writer.wait(left, height * k)
            writer.wait(right, k * width)
            for probe in range(3):
                writer.write_page(probes, 3 * (y * columns + x) + probe)
            writer.write_barrier()
            writer.pop(left, height * k)
            writer.pop(right, k * width)
    return told.nanoseconds(program, program.run().cycles)


def ring(told: Told) -> float:
    """P6: each core writes pages to the next one, or to all others in turn."""
    program = told.program()
    pages, size = told.number(r"(\d+) pages"), told.number(r"of (\d+) B")
    spread = not told.says("one core")
    for core in range(told.cores):
        thread = program.writer(core)
        for page in range(pages):
            step = page % told.cores if spread else 0
            thread.address()
            thread.write((core + 1 + step) % told.cores, size)
        thread.write_barrier()
    return told.nanoseconds(program, program.run().cycles)


EXPERIMENTS: dict[str, Callable[[Told], float]] = {"P3": row_exchange, "P4": operand_delivery, "P6": ring}
