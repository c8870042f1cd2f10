"""The counters of `ttlang run --stats`, and what kernels are held to by them."""

from __future__ import annotations

import json
import runpy
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.machine.clock.timed_examples import EXAMPLES, first_call
from ttlang.backends.simulator import Statistics
from ttlang.driver.launch import simulate
from ttlang.host import TILE_LAYOUT, from_numpy, open_device, zeros
from ttlang.machine.statistics import COUNTERS, CountedCall, collect

MOVERS = """
    @ttl.datamovement()
    def read():
        for i in range({turns}):
            for cb, t in (({pairs}),):
                with cb.reserve() as block:
                    ttl.copy(t[0 : block.shape[0], 0 : block.shape[1]], block).wait()

    @ttl.datamovement()
    def write():
        for i in range({outs}):
            with out_cb.wait() as block:
                ttl.copy(block, out[0 : block.shape[0], 0 : block.shape[1]]).wait()
"""


def statistics(
    load: Any, inputs: dict[str, tuple[int, int]], out: tuple[int, int], body: str, **more: int
) -> Statistics:
    """Runs a kernel whose compute thread has this body. `inputs`: the shapes of the blocks, by name."""
    turns, outs = more.get("turns", 1), more.get("outs", 1)
    lines = [
        "from ttlang import ttl",
        "@ttl.kernel(grid=(1, 1))",
        f"def kernel({', '.join(inputs)}, out):",
        *(f"    {name}_cb = ttl.make_circular_buffer_like({name}, shape={shape})" for name, shape in inputs.items()),
        f"    out_cb = ttl.make_circular_buffer_like(out, shape={out})",
        "    @ttl.compute()",
        "    def compute():",
        *(f"        {line}" for line in body.splitlines()),
    ]
    pairs = "), (".join(f"{name}_cb, {name}" for name in inputs)
    text = "\n".join(lines) + MOVERS.format(turns=turns, outs=outs, pairs=pairs)
    device = open_device(device_id=0)
    rng = np.random.default_rng(0)
    tensors = [
        from_numpy(
            rng.standard_normal((rows * 32, columns * 32), dtype=np.float32),
            dtype="bfloat16",
            layout=TILE_LAYOUT,
            device=device,
        )
        for rows, columns in inputs.values()
    ]
    tensors.append(zeros((out[0] * 32, out[1] * 32), dtype="bfloat16", layout=TILE_LAYOUT, device=device))
    compiled = load(text).kernel.compile(*tensors)
    found = simulate(compiled, tensors, statistics=True).statistics
    assert found is not None
    assert simulate(compiled, tensors).statistics is None
    return found


def test_a_fused_chain(load: Any) -> None:
    """Three inputs of 4x4 tiles: an unpack for each, a pack, an eighth of a section, inits for a batch of eight."""
    body = "with a_cb.wait() as a, b_cb.wait() as b, c_cb.wait() as c, out_cb.reserve() as o:\n"
    found = statistics(
        load,
        {"a": (4, 4), "b": (4, 4), "c": (4, 4)},
        (4, 4),
        body + "    o.store(ttl.math.gelu(a * b + c))",
    )
    assert (found.total("unpacks"), found.total("packs"), found.total("sections")) == (3 * 16, 16, 2)
    assert found.total("inits") <= 1 + 3 * 2
    assert found.operations() == {"mul_tiles": 16, "binary_dest_reuse_tiles": 16, "gelu_tile": 16}
    assert (found.total("reads"), found.total("writes")) == (48, 16)
    assert found.total("bytes") == 64 * 2048
    assert (found.total("barriers", "read"), found.total("barriers", "write")) == (3, 1)


def test_k_in_dst(load: Any) -> None:
    """One pack for each tile of the output, no copies, and an init outside the loop."""
    body = (
        "with out_cb.reserve() as o:\n    for _ in range(5):\n        with a_cb.wait() as a, b_cb.wait() as b:\n"
        "            o += a @ b"
    )
    found = statistics(load, {"a": (2, 3), "b": (3, 4)}, (2, 4), body, turns=5)
    assert found.operations() == {"matmul_block": 5 * 2 * 3 * 4}
    assert (found.total("packs"), found.total("sections")) == (8, 1)
    assert found.total("unpacks") == 5 * 3 * (2 + 4)
    assert found.total("inits") == 2


def test_prints_leave_the_sum_in_dst(load: Any) -> None:
    """The same with a print and an assertion in the loop: one section around it, and the inits before it."""
    body = (
        "with out_cb.reserve() as o:\n    for k in range(5):\n        with a_cb.wait() as a, b_cb.wait() as b:\n"
        "            print('turn', k)\n            o += a @ b\n            assert k < 5"
    )
    found = statistics(load, {"a": (2, 3), "b": (3, 4)}, (2, 4), body, turns=5)
    assert (found.total("packs"), found.total("sections"), found.total("inits")) == (8, 1, 2)


def test_k_in_l1(load: Any) -> None:
    """A block larger than DST: one pack for each tile of the output and turn, and still one init."""
    body = (
        "with out_cb.reserve() as o:\n    for _ in range(5):\n        with a_cb.wait() as a, b_cb.wait() as b:\n"
        "            o += a @ b"
    )
    found = statistics(load, {"a": (4, 4), "b": (4, 4)}, (4, 4), body, turns=5)
    assert found.operations() == {"matmul_block": 5 * 4 * 4 * 4}
    assert (found.total("packs"), found.total("sections")) == (5 * 16, 5 * 2)
    assert found.total("inits") == 2


def test_softmax(load: Any) -> None:
    """A row of 8 tiles: no more than 4 packs for each. The packer adds up the terms of the sum."""
    body = """with x_cb.wait() as x, out_cb.reserve() as o:
    e = ttl.math.exp(x - ttl.broadcast(ttl.reduce_max(x, dims=[0]), dims=[1]))
    o.store(e * ttl.broadcast(ttl.math.recip(ttl.reduce_sum(e, dims=[0])), dims=[1]))"""
    found = statistics(load, {"x": (1, 8)}, (1, 8), body)
    assert found.total("packs") <= 4 * 8
    assert found.operations()["reduce_tile"] == 8 + 1
    assert found.operations()["exp_tile"] == 8


def test_lines_and_json(load: Any) -> None:
    body = "with a_cb.wait() as a, out_cb.reserve() as o:\n    o.store(ttl.math.exp(a))"
    found = statistics(load, {"a": (1, 1)}, (1, 1), body)
    data = json.loads(found.to_json())
    assert (data["schema"], data["kind"], data["kernel"]) == (1, "statistics", "kernel")
    assert data["total"]["packs"] == 1
    (store,) = [line for line in data["lines"] if line.get("packs")]
    assert store["operations"] == {"copy_tile": 1, "exp_tile": 1}
    assert store["thread"] == "compute"
    assert store["line"] == 9
    assert sum(line.get("reads", 0) for line in data["lines"]) == data["total"]["reads"] == 1
    shown = found.table().splitlines()
    assert shown[0] == "kernel on 1 core"
    assert "tile operations: copy_tile 1, exp_tile 1" in shown[-1]


def test_sums_of_cores_add_up_to_the_total_and_tell_which_core_has_most() -> None:
    program = first_call("uneven_work").compiled.simulation.simulation.program
    pack = CountedCall("pack_tile", None, Counter(packs=3))
    found = collect(program, [("compute", core, [(pack, core + 1)]) for core in range(program.cores)])
    packs = [pack.work["packs"] * (core + 1) for core in range(program.cores)]
    assert found.total("packs") == sum(packs)
    by_core = json.loads(found.to_json())["by_core"]
    assert [each["core"] for each in by_core] == [[0, 0], [1, 0], [0, 1], [1, 1]]
    assert [each["packs"] for each in by_core] == packs
    rows = {row[:17].strip(): row.split()[-1] for row in found.table().splitlines() if " of a core" in row}
    assert rows == {"least of a core": str(min(packs)), "most of a core": str(max(packs))}


@pytest.mark.parametrize(("example", "receivers"), [("matmul_multicast", 7), ("halo_exchange", 1)])
def test_bytes_of_a_multicast_are_sent_once_and_received_by_each_core(
    example: str, receivers: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TTLANG_STATS", "json")
    runpy.run_path(str(EXAMPLES / f"{example}.py"), run_name="__main__")
    found = next(json.loads(line) for line in capsys.readouterr().out.splitlines() if '"kind": "statistics"' in line)
    for counted in (found["total"], *found["by_core"]):
        assert counted.get("received bytes", 0) == receivers * counted.get("sent bytes", 0)
    if example == "matmul_multicast":  # Both operands, of which each element goes to a row or a column of cores.
        assert found["total"]["sent bytes"] == 2 * 1024 * 1024 * 2


def test_the_page_says_what_is_counted() -> None:
    page = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text()
    for name, text in COUNTERS.items():
        assert f"| `{name}` | {text} |" in page


@pytest.mark.parametrize("form", ["table", "json"])
def test_calls_print_them_where_asked(
    load: Any, form: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from examples import add

    monkeypatch.setenv("TTLANG_STATS", form)
    add.main()
    shown = capsys.readouterr().out
    assert ('"kind": "statistics", "kernel": "add"' in shown) == (form == "json")
    assert ("add on 1 core" in shown) == (form == "table")
