"""Kernels whose cores talk to each other: right numbers whatever the schedule, on both chips."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from tests.language.channels.channel_kernels import CASES
from ttlang import ttl, ttnn
from ttlang.backends.simulator import run as run_program
from ttlang.diagnostics import DiagnosticError
from ttlang.dialects import ttkernel
from ttlang.dialects.walking import operations_of
from ttlang.driver.launch import simulate
from ttlang.tables.chips import CHIPS

SEEDS = range(20)
EXAMPLES = Path(__file__).parents[3] / "examples"


def run(name: str, arch: str, seeds: Any) -> None:
    case = CASES[name]
    device = ttnn.open_device(device_id=0)
    rows, columns = case.shape
    values = torch.randint(-8, 8, (rows * 32, columns * 32), generator=torch.Generator().manual_seed(1)).bfloat16()
    expected = case.expected(values.float())
    x = ttnn.from_torch(values, layout=ttnn.TILE_LAYOUT, device=device)
    empty = torch.full(expected.shape, -99.0).bfloat16()
    compiled = case.kernel.compile(x, ttnn.from_torch(empty, layout=ttnn.TILE_LAYOUT, device=device), arch=arch)
    for seed in seeds:
        out = ttnn.from_torch(empty, layout=ttnn.TILE_LAYOUT, device=device)
        result = simulate(compiled, [x, out], seed=seed)
        assert not result.warnings
        assert torch.equal(ttnn.to_torch(out).float(), expected), f"seed={seed}"


@pytest.mark.parametrize("name", CASES)
def test_right_for_every_schedule(name: str) -> None:
    run(name, "wormhole_b0", (None, *SEEDS))


@pytest.mark.parametrize("name", CASES)
def test_right_on_blackhole(name: str) -> None:
    run(name, "blackhole", (None, 1))


@pytest.mark.parametrize("name", ["gather", "gather_all", "scatter_gather", "swap", "three_chips"])
def test_a_flush_that_is_missing_shows(name: str) -> None:
    """On Wormhole nothing else stands between a send and the release of its block."""
    case = CASES[name]
    device = ttnn.open_device(device_id=0)
    zeros = torch.zeros(case.shape[0] * 32, case.shape[1] * 32).bfloat16()
    x, out = (ttnn.from_torch(zeros, layout=ttnn.TILE_LAYOUT, device=device) for _ in range(2))
    program = case.kernel.compile(x, out, arch="wormhole_b0").program.clone()
    for flush in operations_of(program, ttkernel.NocAsyncWritesFlushedOp):
        flush.detach()
        flush.erase()
    for seed in (None, 1, 2):
        with pytest.raises(DiagnosticError, match=r"TTL0808.*cb_pop_front.*while a write of these pages is in flight"):
            run_program(program, [x, out], seed=seed)


@pytest.mark.parametrize(("left_out", "name"), [(0, "started"), (1, "pipes_room")])
def test_an_announcement_that_is_missing_is_named(left_out: int, name: str) -> None:
    """Of a core whose words are set, and of a receiver that has room: the report has the semaphore's name."""
    device = ttnn.open_device(device_id=0)
    zeros = torch.zeros(6 * 32, 7 * 32).bfloat16()
    x, out = (ttnn.from_torch(zeros, layout=ttnn.TILE_LAYOUT, device=device) for _ in range(2))
    program = CASES["gather_all"].kernel.compile(x, out).program.clone()
    announcement = operations_of(program, ttkernel.NocSemaphoreIncOp)[left_out]
    announcement.detach()
    announcement.erase()
    with pytest.raises(DiagnosticError, match=r"TTL0801.*deadlock") as raised:
        run_program(program, [x, out])
    (found,) = raised.value.diagnostics
    assert any(f"waits until the semaphore {name} is" in note.message for note in found.related)


SMALLER = {"matmul_multicast": {"SIZE = 1024": "SIZE = 384", "GRID = (8, 8)": "GRID = (3, 3)"}}
TALKING = ("matmul_multicast", "ring_all_reduce", "distributed_softmax", "halo_exchange", "core_pipeline")


@pytest.mark.slow
@pytest.mark.parametrize("name", TALKING)
def test_examples_for_every_schedule(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = EXAMPLES / f"{name}.py"
    text = path.read_text()
    for old, new in SMALLER.get(name, {}).items():
        assert old in text
        text = text.replace(old, new)
    module: dict[str, Any] = {"__name__": name, "__file__": str(path)}
    exec(compile(text, str(path), "exec"), module)
    for seed in SEEDS:
        monkeypatch.setenv("TTLANG_SEED", str(seed))
        module["main"]()


@pytest.mark.parametrize("first", ["send", "receive"])
@pytest.mark.parametrize("arch", CHIPS)
def test_rows_of_row_major_tensors(first: str, arch: str) -> None:
    """Blocks of rows go round a ring: into a landing slot, or straight into the receiver's block."""

    @ttl.kernel(grid=(3, 1), arch=arch)
    def kernel(x, out):
        ring = ttl.PipeNet([ttl.Pipe(src=(i, 0), dst=((i + 1) % 3, 0)) for i in range(3)])
        cb = ttl.make_circular_buffer_like(x, shape=(5, 64))
        got = ttl.make_circular_buffer_like(x, shape=(5, 64))

        @ttl.datamovement()
        def read():
            i = ttl.core(dims=1)
            with cb.reserve() as block:
                ttl.copy(x[5 * i : 5 * i + 5, 0:64], block).wait()
            if first == "receive":
                with got.reserve() as block:
                    ring.if_dst(lambda pipe: ttl.copy(pipe, block).wait())

        @ttl.datamovement()
        def write():
            i = ttl.core(dims=1)
            with cb.wait() as block:
                ring.if_src(lambda pipe: ttl.copy(block, pipe).wait())
            if first == "send":
                with got.reserve() as block:
                    ring.if_dst(lambda pipe: ttl.copy(pipe, block).wait())
            with got.wait() as block:
                ttl.copy(block, out[5 * i : 5 * i + 5, 0:64]).wait()

    device = ttnn.open_device(device_id=0)
    values = torch.randn(15, 64).bfloat16()
    x, out = (
        ttnn.from_torch(t, layout=ttnn.ROW_MAJOR_LAYOUT, device=device) for t in (values, torch.zeros_like(values))
    )
    compiled = kernel.compile(x, out)
    assert any(cb.landing for cb in compiled.program.circular_buffers) == (first == "send")
    for seed in (None, *range(5)):
        simulate(compiled, [x, out], seed=seed)
        assert torch.equal(ttnn.to_torch(out), values.roll(5, dims=0))
