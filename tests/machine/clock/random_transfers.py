"""Random programs of transfers: threads of several cores read, write, multicast, and wait for what they ordered."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from tests.support.benchmarks import script

SIZES = (32, 64, 512, 1024, 2048, 4096, 8192, 9000, 16384, 20000)


def random_transfers(seed: int) -> Any:
    """A written program (`benchmarks/time_accuracy/written_programs.py`)."""
    rng = random.Random(seed)
    chip, grid = rng.choice(["wormhole_b0", "blackhole"]), (rng.randint(1, 4), rng.randint(1, 3))
    program = script("time_accuracy", "written_programs").WrittenProgram(chip, grid)
    tensors = [program.tensor(64, rng.choice(SIZES), in_dram=rng.random() < 0.8) for _ in range(3)]
    pages = program.buffer(rng.randint(1, 4))
    some = [core for core in range(program.cores) if rng.random() < 0.8] or [0]
    for core in some:
        first, second = program.reader(core), program.writer(core)
        hands_on = rng.random() < 0.5
        for _ in range(rng.randint(1, 8)):
            _transfer(rng, first, program.cores, tensors)
            if hands_on:
                first.reserve(pages, 1)
                first.push(pages, 1)
                second.wait(pages, 1)
            _transfer(rng, second, program.cores, tensors)
            if hands_on:
                second.pop(pages, 1)
        for thread in (first, second):
            thread.read_barrier()
            thread.write_barrier()
    return program


def _transfer(rng: random.Random, thread: Any, cores: int, tensors: list[Any]) -> None:
    """Some transfers of one kind, or a wait for some."""
    tensor, many = rng.choice(tensors), range(rng.randint(1, 6))
    targets = sorted(rng.sample(range(cores), rng.randint(1, cores)))

    def read_pages() -> None:
        for _ in many:
            thread.read_page(tensor, rng.randrange(64))

    def write_pages() -> None:
        for _ in many:
            thread.write_page(tensor, rng.randrange(64))

    def read() -> None:
        for _ in many:
            thread.read(rng.randrange(cores), rng.choice(SIZES))

    def write() -> None:
        posted = rng.random() < 0.5
        for _ in many:
            thread.write(rng.randrange(cores), rng.choice(SIZES), posted=posted)

    def multicast() -> None:
        thread.multicast(targets, rng.choice(SIZES), loops=rng.random() < 0.5)
        if rng.random() < 0.5:
            thread.multicast(targets, rng.choice(SIZES), linked=True)

    waits: list[Callable[[], None]] = [
        lambda: thread.tagged_read_barrier(rng.randrange(3)),
        thread.read_barrier,
        thread.write_barrier,
        thread.flushed,
        thread.posted_flushed,
    ]
    thread.tag_reads(rng.randrange(3))
    rng.choice([*[read_pages, read, write] * 2, write_pages, multicast, *waits])()
