"""Buffers of an allocation group: they lie in one place, and hold blocks one after the other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.support.both_ways import both_ways
from tests.support.compute_kernels import run_source
from ttlang import ttnn
from ttlang.backends.metalium import host_source
from ttlang.backends.ttnn import runner_source
from ttlang.diagnostics import DiagnosticError, Severity

PHASES = """
from ttlang import ttl, ttnn

@ttl.operation(grid=(2, 1))
def kernel(x, out):
    group = ttl.make_dfb_allocation_group()
    {made}
    done = ttl.make_dfb("bf16", shape=(1, 2), block_count=1)
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(2, 2), block_count=1)

    @ttl.compute()
    def compute():
        for _ in range(2):
            with done.reserve() as o:
                with rows.wait() as v:
                    o.store(v + 1)
            with out_dfb.reserve() as o:
                with all_of_it.wait() as v:
                    o.store(v * 2)

    @ttl.datamovement()
    def move():
        at = 2 * ttl.node(dims=2)[0]
        for turn in range(2):
            with rows.reserve() as block:
                ttl.copy(x[0:1, at : at + 2], block).wait()
            {first}
            with all_of_it.reserve() as block:
                ttl.copy(x[0:2, at : at + 2], block).wait()
            {second}
"""
TAKE_ROWS = "with done.wait() as block: ttl.copy(block, out[0:1, at : at + 2]).wait()"
WRITE = "with out_dfb.wait() as block: ttl.copy(block, out[0:2, at : at + 2]).wait()"
MADE = """rows = ttl.make_dataflow_buffer_like(x, (1, 2), 1, allocation_group=group)
    all_of_it = ttl.make_dfb("bf16", (2, 2), 1, allocation_group=group)"""
X = np.random.default_rng(5).integers(1, 99, (64, 128)).astype(np.float32)


def phases(made: str = MADE, first: str = TAKE_ROWS, second: str = WRITE) -> str:
    return PHASES.format(made=made, first=first, second=second)


def compiled(load: Any, text: str) -> Any:
    with ttnn.manage_device() as device:
        made = (ttnn.zeros(X.shape, layout=ttnn.TILE_LAYOUT, device=device) for _ in range(2))
        return load(text).kernel.compile(*made)


def test_members_lie_in_one_place(load: Any) -> None:
    with both_ways():
        (chip,), _ = run_source(load, phases(), [X], [X.shape])
    np.testing.assert_array_equal(chip, 2 * X)
    kernel = compiled(load, phases())
    assert not kernel.findings
    places = {cb.sym_name.data: (cb.address.value.data, cb.pages.value.data) for cb in kernel.program.circular_buffers}
    assert places["rows"] == places["all_of_it"]
    assert places["rows"][1] == 4  # The ring of each is all of it.
    assert kernel.program.buffer_bytes == (4 + 2 + 4) * 2048
    plan = kernel.plan()
    assert "20 KiB of" in plan
    assert "in one place with all_of_it" in plan


def test_a_push_that_says_that_memory_is_free_comes_behind_the_pop(load: Any) -> None:
    """Pushes of sections would come too soon, as runs show that let others go on between the two."""
    code = compiled(load, phases()).cpp()["compute"]
    assert code.index("cb_pop_front(rows, 2)") < code.index("cb_push_back(done, 2)")
    for seed in range(12):
        ((result,),) = run_source(load, phases(), [X], [X.shape], modes=("fast",), seed=seed)
        np.testing.assert_array_equal(result, 2 * X)


def test_rings_end_with_a_block(load: Any) -> None:
    made = MADE.replace("(1, 2), 1,", "(1, 2), 3,")
    pages = {cb.sym_name.data: cb.pages.value.data for cb in compiled(load, phases(made)).program.circular_buffers}
    assert (pages["rows"], pages["all_of_it"]) == (8, 8)  # 6 and 4, and a multiple of both blocks


def test_host_programs_have_one_allocation(load: Any) -> None:
    program = compiled(load, phases()).program
    assert "sharing_buffers(cores, [0, 1], ttnn.bfloat16, pages=4, page_size=2048),  # rows, all_of_it" in (
        runner_source(program)
    )
    assert "add_sharing_buffers(program, cores, {0, 1}, tt::DataFormat::Float16_b, 4, 2048);  // rows, all_of_it" in (
        host_source(program)
    )


def test_members_that_are_used_at_once(load: Any) -> None:
    """The rows are popped by and by; that they are, the thread that goes on does not know."""
    text = phases(first="pass", second=f"{TAKE_ROWS}\n            {WRITE}")
    with pytest.raises(DiagnosticError, match=r"all_of_it gets a block while rows, .* holds 2 pages") as found:
        run_source(load, text, [X], [X.shape])
    assert found.value.diagnostics[0].code == "TTL0817"


def test_members_that_keep_their_own(load: Any) -> None:
    """Blocks of 2, 3 and 4 tiles would need 12, and take 9 apart."""
    other = 'third = ttl.make_dfb("bf16", (1, 3), 1, allocation_group=group)'
    kernel = compiled(load, phases(f"{MADE}\n    {other}"))
    assert [(each.code, each.severity) for each in kernel.findings] == [("TTL0003", Severity.NOTE)] * 3
    assert all("would be no smaller than all apart" in each.message for each in kernel.findings)
    assert len({cb.address.value.data for cb in kernel.program.circular_buffers}) == 5
