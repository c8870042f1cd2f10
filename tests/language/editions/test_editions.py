"""What the two editions take differently: dims of reductions, the order of cores; and kernels that mix their names."""

from __future__ import annotations

import pytest

from tests.support.kernel_texts import compile_kernel, errors_of, load
from ttlang.dialects import ttl as dialect

KERNEL = """
def kernel(x, out):
    x_cb = ttl.BUFFER(x, shape=(2, 2))
    r_cb = ttl.BUFFER(x, shape=SHAPE)
    out_cb = ttl.BUFFER(out, shape=SHAPE)

    @ttl.compute()
    def compute():
        with x_cb.wait() as a, r_cb.reserve() as r:
            r.store(REDUCE)
        with r_cb.wait() as r, out_cb.reserve() as o:
            o.store(r)

    @ttl.datamovement()
    def read():
        CORE
        with x_cb.reserve() as b:
            ttl.copy(x[0:2, 0:2], b).wait()

    @ttl.datamovement()
    def write():
        with out_cb.wait() as b:
            ttl.copy(b, out[0:SHAPE[0], 0:SHAPE[1]]).wait()
"""
BUFFERS = {"2025": "make_circular_buffer_like", "2026": "make_dataflow_buffer_like"}
SHAPES = {"row": (2, 1), "col": (1, 2), "scalar": (1, 1)}
GRIDS = {"column": (1, 6), "row": (6, 1), "plane": (3, 2), "chips": (3, 2, 2)}


def text(call: str, dim: str, buffers: str, core: str = "pass") -> str:
    filled = KERNEL.replace("REDUCE", call).replace("SHAPE", str(SHAPES[dim]))
    return filled.replace("BUFFER", BUFFERS[buffers]).replace("CORE", core)


def reduced(source: str, edition: str) -> str:
    """What the only reduction of a kernel leaves."""
    ops = compile_kernel(load(source), edition=edition).module.walk()
    (dim,) = (op.dim for op in ops if isinstance(op, dialect.ReduceSumOp | dialect.ReduceMaxOp))
    return dim.data.value


ONE_DIMENSION = {("2025", 0): "row", ("2025", 1): "col", ("2026", 0): "col", ("2026", 1): "row"}


@pytest.mark.parametrize("edition", ["2025", "2026"])
@pytest.mark.parametrize("name", ["reduce_sum", "math.reduce_max"])
@pytest.mark.parametrize("dims", [0, 1])
def test_dims_in_an_edition(edition: str, name: str, dims: int) -> None:
    dim = ONE_DIMENSION[edition, dims]
    assert reduced(text(f"ttl.{name}(a, dims=[{dims}])", dim, edition), edition) == dim


UNDOUBTED = {
    "dims=[-1]": "row",
    "dims=-2": "col",
    "dims=[0, 1]": "scalar",
    "dims=[-1, 0]": "scalar",
    "": "scalar",
    'dim="row"': "row",
    'dim="col"': "col",
}


@pytest.mark.parametrize("edition", ["2025", "2026"])
@pytest.mark.parametrize("buffers", ["2025", "2026"])
@pytest.mark.parametrize("argument", UNDOUBTED)
def test_what_both_editions_take_alike_may_stand_in_a_mixture(edition: str, buffers: str, argument: str) -> None:
    dim = UNDOUBTED[argument]
    assert reduced(text(f"ttl.reduce_sum(a, {argument})", dim, buffers), edition) == dim


MIXTURES = {
    "buffers of 2026": ("2025", text("ttl.reduce_sum(a, dims=[1])", "col", "2026")),
    "the other dimension": ("2025", text("ttl.reduce_max(a, dims=[0])", "row", "2026")),
    "with a scaler": ("2025", text("ttl.reduce_sum(a, 0.5, dims=1)", "col", "2026")),
    "buffers of 2025": ("2026", text("ttl.reduce_sum(a, dims=[1])", "row", "2025")),
    "a node": ("2025", text("ttl.reduce_sum(a, dims=[1])", "col", "2025", "column, row = ttl.node()")),
    "ttl.block": ("2025", text("ttl.block.transpose(ttl.reduce_sum(a, dims=[0]))", "col", "2025")),
    "its function of ttl.block": ("2025", text("ttl.block.reduce_sum(a, dims=[1])", "col", "2025")),
    "a helper": (
        "2025",
        "def total(a):\n    return ttl.reduce_sum(a, dims=[1])\n\n" + text("total(a)", "col", "2026"),
    ),
}


@pytest.mark.parametrize("case", MIXTURES)
def test_a_reduction_that_could_mean_two_things(case: str) -> None:
    edition, source = MIXTURES[case]
    (found,) = errors_of(load(source), edition=edition)
    assert found.code == "TTL0211"
    assert found.span is not None
    assert "reduce_" in source.splitlines()[found.span.line - 1]
    # Both readings, and a way to say which.
    readings = "one result a row, in column 0, as", "one result a column, in row 0, as", "2025", "2026"
    assert all(reading in found.message for reading in readings)
    assert found.hint is not None
    assert "dims=[-1]" in found.hint
    assert "is a name of" in found.related[0].message


def test_a_mixture_is_no_error_of_shapes() -> None:
    """As the decorator counts, the result does not fit: what is said is that it could count otherwise."""
    (found,) = errors_of(load(text("ttl.reduce_sum(a, dims=[1])", "row", "2026")))
    assert found.code == "TTL0211"


def linear(call: str, grid: tuple[int, ...], edition: str) -> list[int]:
    """What a call gives on each core, in the order of `core_linear`, where the kernel function makes it."""
    found: list[int] = []
    source = f"def kernel(x):\n    found.append({call})\n    @ttl.compute()\n    def compute(): pass\n"
    compile_kernel(load(source, found=found), grid=grid, edition=edition)
    return found


@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)
@pytest.mark.parametrize(("edition", "name"), [("2025", "core"), ("2026", "node"), ("2026", "core")])
def test_the_order_of_cores(grid: tuple[int, ...], edition: str, name: str) -> None:
    columns, rows, chips = (*grid, 1)[:3]
    cores = [(x, y, chip) for chip in range(chips) for y in range(rows) for x in range(columns)]
    expected = (
        list(range(len(cores))) if edition == "2025" else [x * rows * chips + y * chips + chip for x, y, chip in cores]
    )
    assert linear(f"ttl.{name}(dims=1)", grid, edition) == expected
    assert linear("ttl.core_linear()", grid, edition) == list(range(len(cores)))
    joined = [(x, y + rows * chip if edition == "2025" else y * chips + chip) for x, y, chip in cores]
    assert linear(f"ttl.{name}()", grid, edition) == joined
    whole = [(x, y, chip, 0) for x, y, chip in cores]
    assert linear(f"ttl.{name}(dims=4)", grid, edition) == whole


@pytest.mark.parametrize("grid", [(1, 6), (6, 1)])
def test_node_of_2026_where_there_is_one_order(grid: tuple[int, ...]) -> None:
    assert linear("ttl.node(dims=1)", grid, "2025") == list(range(6))


@pytest.mark.parametrize(("grid", "dims"), [((3, 2), 1), ((3, 2, 2), 1), ((3, 2, 2), 2), ((3, 1, 2), 1)])
@pytest.mark.parametrize("place", ["kernel", "thread"])
def test_node_of_2026_in_a_kernel_of_2025(grid: tuple[int, ...], dims: int, place: str) -> None:
    call = f"n = ttl.node(dims={dims})"
    body = f"    {call}\n    @ttl.datamovement()\n    def read(): pass\n"
    if place == "thread":
        body = f"    @ttl.datamovement()\n    def read():\n        {call}\n"
    (found,) = errors_of(load("def kernel(x):\n" + body), grid=grid)
    assert found.code == "TTL0211"
    assert found.hint is not None
    assert "core_linear" in found.hint
