"""Where the blocks of pipes land, what the compiler says of it, and what the counters show."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tests.language.channels.channel_kernels import CASES
from ttlang import ttl, ttnn
from ttlang.driver.compiler import CompiledKernel
from ttlang.driver.kernel_grid import choose_grid
from ttlang.driver.launch import simulate
from ttlang.tables.chips import BLACKHOLE, WORMHOLE_B0

LANDING = "and is copied from there"
DIRECT = "no landing slot"


def tensors(rows: int, columns: int, count: int = 2) -> list[Any]:
    device = ttnn.open_device(device_id=0)
    zeros = torch.zeros(rows * 32, columns * 32).bfloat16()
    return [ttnn.from_torch(zeros, layout=ttnn.TILE_LAYOUT, device=device) for _ in range(count)]


def compiled(name: str) -> CompiledKernel:
    case = CASES[name]
    return case.kernel.compile(*tensors(*case.shape))


@pytest.mark.parametrize(
    ("name", "landing"),
    [
        ("gather", DIRECT),
        ("scatter", DIRECT),
        ("there_and_back", DIRECT),
        # Here all send before they receive.
        ("scatter_gather", LANDING),
        ("neighbours", LANDING),
        ("swap", LANDING),
    ],
)
def test_a_landing_slot_where_sends_come_first(name: str, landing: str) -> None:
    program = compiled(name).program
    assert any(cb.landing for cb in program.circular_buffers) == (landing is LANDING)


def plan_of(kernel: Any, *arguments: Any) -> str:
    from ttlang.driver.call_observers import observe

    found: list[CompiledKernel] = []
    with observe(lambda outcome: found.append(outcome) if isinstance(outcome, CompiledKernel) else None):
        kernel(*arguments)
    return found[0].plan()


@pytest.mark.parametrize(("name", "text", "count"), [("gather", DIRECT, 5), ("neighbours", LANDING, 3)])
def test_the_plan_says_so(name: str, text: str, count: int) -> None:
    case = CASES[name]
    plan = plan_of(case.kernel, *tensors(*case.shape))
    assert text in plan
    assert f"semaphores: {count} of 16, made by the compiler" in plan


def test_one_announcement_a_block_and_no_copy() -> None:
    """A direct multicast costs one write, a word that is set and follows it, and an announcement of each receiver."""
    case = CASES["scatter"]
    result = simulate(compiled("scatter"), tensors(*case.shape), statistics=True)
    assert result.statistics is not None
    columns, rows = case.kernel.grid
    total = result.statistics.total
    assert total("sends") == columns
    assert total("signals") == 2 * columns + columns * (rows - 1)
    assert total("reads") == columns


def test_multicast_matmul_reads_each_tile_once() -> None:
    path = __file__.rsplit("/tests/", 1)[0] + "/examples/matmul_multicast.py"
    module: dict[str, Any] = {"__name__": "example", "__file__": path}
    with open(path) as file:
        exec(compile(file.read(), path, "exec"), module)
    a, b = tensors(32, 32)
    device = ttnn.open_device(device_id=0)
    out = ttnn.from_torch(torch.zeros(1024, 1024), layout=ttnn.TILE_LAYOUT, device=device)
    kernel = module["matmul"].compile(a, b, out)
    statistics = simulate(kernel, [a, b, out], statistics=True).statistics
    assert statistics is not None
    assert statistics.total("reads") == 2 * 32 * 32, "|A| + |B|, each once"
    assert statistics.total("writes") == 32 * 32


def test_the_plan_tells_of_words() -> None:
    """Many pipes with one source, which sends twice through one before it goes on to the next."""

    @ttl.kernel(grid=(8, 3))
    def kernel(x, out):
        others = [(i, y) for y in range(3) for i in range(8)][1:]
        pipes = [ttl.Pipe(src=(0, 0), dst=core) for core in others]
        cb = ttl.make_circular_buffer_like(x, shape=(1, 1))

        @ttl.datamovement()
        def read():
            with cb.reserve() as block:
                ttl.if_pipe_src(pipes, lambda pipe: ttl.copy(x[0, 0], block).wait())
                for pipe in pipes:
                    for _ in range(2):
                        ttl.if_pipe_src(pipe, lambda pipe: ttl.copy(block, pipe).wait())
                        ttl.if_pipe_dst(pipe, lambda pipe: ttl.copy(pipe, block).wait())

        @ttl.datamovement()
        def write():
            with cb.wait() as block:
                ttl.copy(block, out[0, ttl.core_linear()]).wait()

    plan = plan_of(kernel, *tensors(1, 24))
    assert "semaphores: 1 of 16, made by the compiler: started\n" in plan
    assert "25 more are words of words, since a program has too few, made by the compiler: " in plan
    assert "pipes_room and 22 like it" in plan


# --------------------------------------------------------------------------------------------------------- limits


@pytest.mark.parametrize(
    ("shape", "arch", "grid"),
    [
        ((32, 32), WORMHOLE_B0, (1, 1)),
        ((64, 96), WORMHOLE_B0, (3, 2)),
        ((2048, 2048), WORMHOLE_B0, (8, 8)),
        ((2048, 2048), BLACKHOLE, (13, 10)),
        ((32, 32 * 1000), WORMHOLE_B0, (8, 8)),
        ((32 * 20, 32), WORMHOLE_B0, (2, 8)),
        ((4, 2, 32, 32), WORMHOLE_B0, (1, 8)),
    ],
)
def test_the_grid_that_the_compiler_chooses(shape: tuple[int, ...], arch: Any, grid: tuple[int, int]) -> None:
    device = ttnn.open_device(device_id=0)
    tensor = ttnn.from_torch(torch.zeros(shape).bfloat16(), layout=ttnn.TILE_LAYOUT, device=device)
    assert choose_grid([3, tensor], arch) == grid
