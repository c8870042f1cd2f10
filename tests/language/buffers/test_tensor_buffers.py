"""Buffers that lie on sharded tensors: what they hold, where, and what they must not be."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.language.buffers.shard_kernels import scaled, sharded
from tests.support.both_ways import both_ways, every_way
from ttlang import ttnn
from ttlang.backends.folder.export import export_program
from ttlang.diagnostics import DiagnosticError, TTLangWarning
from ttlang.frontend.blocks.tensor_types import tensor_type
from ttlang.host import Tensor, from_numpy, open_device, to_numpy
from ttlang.language.specs import read_spec
from ttlang.tables.dtypes import BF16, BFP8, F32, DType

CORES = 4


def integers(shape: tuple[int, ...], seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(-4, 5, shape).astype(np.float32)


def run(load: Any, text: str, tensors: Sequence[Tensor]) -> list[np.ndarray]:
    """What a kernel leaves, from its IR and from its C++ of both generations."""
    with both_ways() as done, warnings.catch_warnings():
        warnings.simplefilter("error", TTLangWarning)
        load(text).kernel(*tensors)
    assert set(done) == {"0.69", "0.81"}
    return [to_numpy(tensor) for tensor in tensors]


@pytest.mark.parametrize("decorator", ["kernel", "operation"])
@pytest.mark.parametrize("dtype", [BF16, F32, BFP8], ids=str)
def test_each_core_works_on_its_own_shard(load: Any, dtype: DType, decorator: str) -> None:
    """Input, weights and output lie where they are: no page is copied."""
    x, w = integers((CORES * 64, 64), 1), integers((CORES * 32, 64), 2)
    device = open_device(device_id=0)
    tensors = [sharded(device, values, (len(values) // 128, 2), dtype=dtype) for values in (x, w, np.zeros_like(x))]
    *_, out = run(load, scaled(decorator=decorator), tensors)
    np.testing.assert_array_equal(
        out.reshape(CORES, 2, 32, 64), x.reshape(CORES, 2, 32, 64) * w.reshape(CORES, 1, 32, 64)
    )


@pytest.mark.parametrize("columns_first", [False, True])
@pytest.mark.parametrize("sharding", ["HEIGHT", "WIDTH", "BLOCK"])
def test_ways_to_cut_a_tensor(load: Any, sharding: str, columns_first: bool) -> None:
    """All three are cut alike, so that the product is that of the tensors."""
    down, across = {"HEIGHT": (4, 1), "WIDTH": (1, 4), "BLOCK": (2, 2)}[sharding]
    shape = down * 64, across * 32
    x, w = integers(shape, 3), integers(shape, 4)
    device = open_device(device_id=0)
    way = {"sharding": sharding, "columns_first": columns_first}
    tensors = [sharded(device, values, (2, 1), **way) for values in (x, w, np.zeros_like(x))]
    *_, out = run(load, scaled(shape=(2, 1), blocks=1), tensors)
    np.testing.assert_array_equal(out, x * w)


def test_a_part_of_a_shard(load: Any) -> None:
    """The block of w starts at the second row of its shard."""
    x, w = integers((CORES * 64, 64), 5), integers((CORES * 96, 64), 6)
    device = open_device(device_id=0)
    tensors = [sharded(device, values, (len(values) // 128, 2)) for values in (x, w, np.zeros_like(x))]
    *_, out = run(load, scaled(w_more=", byte_offset=2 * 2048"), tensors)
    second = w.reshape(CORES, 3, 32, 64)[:, 1:2]
    np.testing.assert_array_equal(out.reshape(CORES, 2, 32, 64), x.reshape(CORES, 2, 32, 64) * second)


def test_a_buffer_of_its_own_beside_those_on_tensors(load: Any) -> None:
    x, w = integers((CORES * 64, 64), 7), integers((CORES * 32, 64), 8)
    device = open_device(device_id=0)
    read = """column, row = ttl.node(dims=2)
        w_dfb.publish()
        for i in range(2):
            with x_dfb.reserve() as block:
                ttl.copy(x[4 * row + 2 * column + i, 0:2], block).wait()"""
    text = scaled(x_made="x_dfb = ttl.make_dataflow_buffer_like(x, (1, 2))", published=read)
    plain = from_numpy(x, dtype=BF16, layout=ttnn.TILE_LAYOUT, device=device)
    others = [sharded(device, values, (len(values) // 128, 2)) for values in (w, np.zeros_like(x))]
    *_, out = run(load, text, [plain, *others])
    np.testing.assert_array_equal(
        out.reshape(CORES, 2, 32, 64), x.reshape(CORES, 2, 32, 64) * w.reshape(CORES, 1, 32, 64)
    )


UNIFIED = """
from ttlang import ttl

@ttl.operation(grid=(2, 2))
def kernel(x, out):
    x_dfb = ttl.make_tensor_backed_dfb(x, shape=(1, 2), block_count=2)
    out_dfb = ttl.make_tensor_backed_dfb(out, shape=(1, 2), block_count=2)
    x_dfb.publish()
    for _ in range(2):
        with x_dfb.wait() as v, out_dfb.reserve() as o:
            o.store(v + v)
"""


def test_in_a_unified_body(load: Any) -> None:
    x = integers((CORES * 64, 64), 9)
    device = open_device(device_id=0)
    *_, out = run(load, UNIFIED, [sharded(device, values, (2, 2)) for values in (x, np.zeros_like(x))])
    np.testing.assert_array_equal(out, x + x)


def test_other_tensors_of_the_same_description(load: Any) -> None:
    """A built program is given the buffers of others."""
    device = open_device(device_id=0)
    kernel = load(UNIFIED).kernel
    for seed in (10, 11):
        x = integers((CORES * 64, 64), seed)
        tensors = [sharded(device, values, (2, 2)) for values in (x, np.zeros_like(x))]
        with every_way():
            kernel(*tensors)
        np.testing.assert_array_equal(to_numpy(tensors[1]), x + x)


def test_in_place(load: Any) -> None:
    """Each block is read before its place is written: one tensor may be both, as the warning says."""
    x = integers((CORES * 64, 64), 14)
    device = open_device(device_id=0)
    tensor = sharded(device, x, (2, 2))
    with both_ways() as done, pytest.warns(TTLangWarning, match="TTL0210"):
        load(UNIFIED).kernel(tensor, tensor)
    assert len(done) == 2
    np.testing.assert_array_equal(to_numpy(tensor), x + x)


@pytest.mark.parametrize("columns_first", [False, True])
@pytest.mark.parametrize("sharding", ["HEIGHT", "WIDTH", "BLOCK"])
def test_the_core_of_each_shard(sharding: str, columns_first: bool) -> None:
    """As the host library places pages, also where the cores are several rectangles, and more than there are shards."""
    corners = [(0, 0, 2, 2)] if sharding == "BLOCK" else [(1, 0, 2, 1), (0, 3, 0, 6)]
    ranges = [ttnn.CoreRange(ttnn.CoreCoord(a, b), ttnn.CoreCoord(c, d)) for a, b, c, d in corners]
    orientation = ttnn.ShardOrientation.COL_MAJOR if columns_first else ttnn.ShardOrientation.ROW_MAJOR
    spec = ttnn.ShardSpec(ttnn.CoreRangeSet(ranges), [64, 32], orientation)
    layout = getattr(ttnn.TensorMemoryLayout, f"{sharding}_SHARDED")
    shape = {"HEIGHT": (7 * 64, 32), "WIDTH": (64, 7 * 32), "BLOCK": (3 * 64, 2 * 32)}[sharding]
    config = ttnn.MemoryConfig(layout, ttnn.BufferType.L1, spec)
    device = open_device(device_id=0)
    zeros = np.zeros(shape, np.float32)
    tensor = from_numpy(zeros, dtype=BF16, layout=ttnn.TILE_LAYOUT, device=device, memory_config=config)
    placed, type_ = tensor.placement(), tensor_type("x", read_spec(tensor), lambda: None)
    found: dict[tuple[int, int], int] = {}
    across = shape[1] // 32
    for page, bank in enumerate(placed.banks):
        row, column = divmod(page, across)
        found[placed.cores[bank].x, placed.cores[bank].y] = row // 2 * across + column
    assert type_.shard_of_core == found


def test_what_a_shard_lacks_is_undefined(load: Any) -> None:
    """The last shard is filled in half: its second block is nowhere."""
    x = integers((CORES * 64 - 32, 64), 12)
    device = open_device(device_id=0)
    tensors = [sharded(device, values, (2, 2)) for values in (x, np.zeros_like(x))]
    with pytest.raises(DiagnosticError, match=r"TTL0802.*core \(1, 1\)"):
        load(UNIFIED).kernel(*tensors)


def test_the_plan_says_where_they_lie(load: Any) -> None:
    device = open_device(device_id=0)
    shapes = (256, 64), (384, 64), (256, 64)
    tensors = [sharded(device, np.zeros(shape, np.float32), (shape[0] // 128, 2)) for shape in shapes]
    compiled = load(scaled(w_more=", byte_offset=4096")).kernel.compile(*tensors)
    plan = compiled.plan()
    assert "L1 on each core: 0 KiB" in plan
    assert "on the shards of x\n" in plan
    assert "on the shards of w, from byte 4096 on" in plan
    assert compiled.outputs == {"out"}


REDUCED = """
from ttlang import ttl

@ttl.operation(grid=(2, 2))
def kernel(x, out):
    x_dfb = ttl.make_tensor_backed_dfb(x, shape=(2, 2))
    out_dfb = ttl.make_tensor_backed_dfb(out, shape=(2, 1))
    x_dfb.publish()
    with x_dfb.wait() as v, out_dfb.reserve() as o:
        o.store(ttl.math.reduce_max(v, dims=[1], shape=(2, 1)))
"""


@pytest.mark.parametrize(("columns", "results", "code"), [(50, 1, "TTL0606"), (64, 32, "TTL0603"), (64, 1, None)])
def test_padding_and_undefined_elements_are_seen(load: Any, columns: int, results: int, code: str | None) -> None:
    """What lies on a tensor is followed as what is copied from and to it."""
    device = open_device(device_id=0)
    shapes = (CORES * 64, columns), (CORES * 64, results)
    tensors = [sharded(device, np.zeros(s, np.float32), (2, -(-s[1] // 32))) for s in shapes]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        load(REDUCED).kernel.compile(*tensors)
    assert [w.message.diagnostic.code for w in caught if isinstance(w.message, TTLangWarning)] == [code] * bool(code)


# ---------------------------------------------------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("made", "says"),
    [
        ("make_tensor_backed_dfb((1, 2), (1, 2))", "is given (1, 2)"),
        ("make_tensor_backed_dfb(x, (1, 2), byte_offset=100)", "not where a tile starts"),
        ("make_tensor_backed_dfb(x, (1, 2), byte_offset=-2048)", "not where a tile starts"),
        ("make_tensor_backed_dfb(x, (1, 2), byte_offset='a')", "not where a tile starts"),
        ("make_tensor_backed_dfb(x, (1, 2), block_count=3)", "takes 12288 bytes, and a shard of x has 8192"),
        ("make_tensor_backed_dfb(x, (2, 2), byte_offset=2048)", "takes 8192 bytes from byte 2048 on"),
        ("make_tensor_backed_dfb(x, (1, 1), byte_offset=2048)", "lie on the same bytes of x"),
        ("make_tensor_backed_dfb(rows, (1, 2))", "rows is row-major"),
        ("make_tensor_backed_dfb(dram, (1, 2))", "dram is in DRAM"),
        ("make_tensor_backed_dfb(l1, (1, 2))", "l1 is interleaved in L1"),
        ("make_tensor_backed_dfb(few, (1, 2))", "core (1, 0) of the grid has no shard of few"),
        ("make_tensor_backed_dfb(in_banks, (1, 2))", "in_banks is in DRAM"),
    ],
)
def test_where_a_buffer_can_not_lie(load: Any, made: str, says: str) -> None:
    text = UNIFIED.replace("(x, out)", "(x, out, rows, dram, l1, few, in_banks)")
    text = text.replace("    x_dfb.publish()", f"    other = ttl.{made}\n    x_dfb.publish()")
    device = open_device(device_id=0)
    zeros = np.zeros((256, 64), np.float32)
    tensors = [
        *(sharded(device, zeros, (2, 2)) for _ in range(2)),
        from_numpy(zeros, dtype=BF16, layout=ttnn.ROW_MAJOR_LAYOUT, device=device),
        from_numpy(zeros, dtype=BF16, layout=ttnn.TILE_LAYOUT, device=device),
        from_numpy(zeros, dtype=BF16, layout=ttnn.TILE_LAYOUT, device=device, memory_config=ttnn.L1_MEMORY_CONFIG),
        sharded(device, zeros[:64], (2, 2), last=(0, 0)),
        sharded(device, zeros, (2, 2), last=(3, 0), buffer="DRAM"),
    ]
    with pytest.raises(DiagnosticError) as found:
        load(text).kernel.compile(*tensors)
    (diagnostic,) = found.value.diagnostics
    assert diagnostic.code == "TTL0706"
    assert says in diagnostic.message
    assert diagnostic.span is not None
    assert diagnostic.span.line == 8


THREADS = """
from ttlang import ttl

@ttl.operation(grid=(2, 2))
def kernel(x, out):
    x_dfb = ttl.make_tensor_backed_dfb(x, shape=(1, 2), block_count=2)
    out_dfb = ttl.make_tensor_backed_dfb(out, shape=(1, 2), block_count=2)
    own_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 2))

    @ttl.datamovement()
    def read():
        {read}

    @ttl.compute()
    def compute():
        for _ in range(2):
            with x_dfb.wait() as v, out_dfb.reserve() as o:
                {compute}

    @ttl.datamovement()
    def write():
        {write}
"""
LOOP = "for _ in range(2):\n            x_dfb.publish()"
FILLED = "x_dfb.publish()\n        with x_dfb.reserve() as b:\n            ttl.copy(own_dfb, b)"


@pytest.mark.parametrize(
    ("code", "uses", "says"),
    [
        ("TTL0418", {"read": "x_dfb.publish(); x_dfb.publish()"}, "published more than once"),
        ("TTL0418", {"read": LOOP}, "published more than once|published in a loop"),
        ("TTL0418", {"read": "x_dfb.publish(); own_dfb.publish()"}, "own_dfb lies on no tensor"),
        ("TTL0418", {"compute": "o.store(v); v.store(v + 1)"}, "x_dfb is written, and it is published"),
        (
            "TTL0418",
            {"write": "with x_dfb.reserve() as b: b.push()"},
            "x_dfb is reserved, and it is published",
        ),
        (
            "TTL0418",
            {"write": "with own_dfb.reserve() as b: ttl.copy(out[0, 0:2], b).wait()"},
            "out is copied from, and out_dfb lies on it",
        ),
        (
            "TTL0418",
            {"write": "with own_dfb.reserve() as b:\n            ttl.copy(b, x[0, 0:2]).wait()"},
            "x is copied to, and x_dfb lies on it",
        ),
        ("TTL0407", {"read": "pass"}, "waits for x_dfb, which nothing fills"),
        ("TTL0409", {"compute": "pass"}, "the block of out_dfb is pushed, and nothing was written to it"),
        ("TTL0601", {"compute": "x_dfb.publish()"}, "publish is called"),
    ],
)
def test_uses_that_a_buffer_on_a_tensor_does_not_allow(load: Any, code: str, uses: dict[str, str], says: str) -> None:
    text = THREADS.format(**{"read": "x_dfb.publish()", "compute": "o.store(v)", "write": "pass"} | uses)
    device = open_device(device_id=0)
    tensors = [sharded(device, np.zeros((256, 64), np.float32), (2, 2)) for _ in range(2)]
    kernel = load(text).kernel
    with pytest.raises(DiagnosticError, match=says) as found:
        kernel.compile(*tensors)
    assert code in [each.code for each in found.value.diagnostics]


def test_what_is_only_read_may_be_copied_too(load: Any) -> None:
    """The first row of x comes by a copy as well: nobody writes to it."""
    text = THREADS.replace("{compute}", "with own_dfb.wait() as first:\n                    o.store(v + first)")
    copies = (
        "for _ in range(2):\n            with own_dfb.reserve() as b:\n                ttl.copy(x[0, 0:2], b).wait()"
    )
    x = integers((CORES * 64, 64), 13)
    device = open_device(device_id=0)
    tensors = [sharded(device, values, (2, 2)) for values in (x, np.zeros_like(x))]
    *_, out = run(load, text.format(read="x_dfb.publish()", write=copies), tensors)
    np.testing.assert_array_equal(out.reshape(8, 32, 64), x.reshape(8, 32, 64) + x[:32])


def test_publish_belongs_in_a_thread(load: Any) -> None:
    text = THREADS.format(read="pass", compute="o.store(v)", write="pass")
    text = text.replace("    @ttl.compute()", "    x_dfb.publish()\n\n    @ttl.compute()")
    device = open_device(device_id=0)
    tensors = [sharded(device, np.zeros((256, 64), np.float32), (2, 2)) for _ in range(2)]
    with pytest.raises(DiagnosticError, match="TTL0113"):
        load(text).kernel.compile(*tensors)


def test_an_exported_folder(load: Any, tmp_path: Path) -> None:
    """Its host programs lay the buffers on the tensors."""
    device = open_device(device_id=0)
    tensors = [sharded(device, np.zeros((256, 64), np.float32), (2, 2)) for _ in range(2)]
    program = load(UNIFIED).kernel.compile(*tensors).program
    files = {path.name: path.read_text() for path in export_program(program, tmp_path / "out")}
    assert "on_shards(cores, 1, out, offset=0, size=8192),  # out_dfb" in files["run_kernel.py"]
    assert "program.cbs[1].set_buffer_from_cb(" in files["run_kernel.py"]
    assert "(program, cores, 1, tt::DataFormat::Float16_b, 4, 2048, out_buffer, 0);  // out_dfb" in files["main.cpp"]
