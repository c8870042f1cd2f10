"""Products, reductions, broadcasts and other shapes of blocks of three and more dimensions, from IR and from C++."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.both_ways import both_ways
from tests.support.kernel_texts import load
from ttlang import ttl, ttnn
from ttlang.diagnostics import DiagnosticError

TEXT = """
@ttl.operation(grid=(1, 1))
def kernel({names}, out):
    {buffers}
    out_dfb = ttl.make_dataflow_buffer_like(out, shape={block})

    @ttl.compute()
    def compute():
        with {waits}, out_dfb.reserve() as o:
            o.store({expression})

    @ttl.datamovement()
    def read():
        {reads}

    @ttl.datamovement()
    def write():
        with out_dfb.wait() as block:
            ttl.copy(block, out[...]).wait()
"""
LAST = (32, 32)


def blocked(values: torch.Tensor) -> tuple[int, ...]:
    """The shape of a whole tensor as a block: the last two dimensions in tiles."""
    *leading, rows, columns = values.shape
    return (*leading, rows // 32, columns // 32)


def computed(
    expression: str, shape: tuple[int, ...], *inputs: torch.Tensor, dtype: Any = ttnn.bfloat16
) -> torch.Tensor:
    """The expression of blocks a, b, ... that are whole tensors; the result is a tensor of `shape`."""
    names = "abc"[: len(inputs)]
    text = TEXT.format(
        names=", ".join(f"{n}_in" for n in names),
        buffers="\n    ".join(
            f"{n}_dfb = ttl.make_dataflow_buffer_like({n}_in, shape={blocked(x)})"
            for n, x in zip(names, inputs, strict=True)
        ),
        block=blocked(torch.empty(shape)),
        waits=", ".join(f"{n}_dfb.wait() as {n}" for n in names),
        reads="\n        ".join(f"with {n}_dfb.reserve() as block: ttl.copy({n}_in[...], block).wait()" for n in names),
        expression=expression,
    )
    device = ttnn.open_device(device_id=0)
    given, out = (
        [ttnn.from_torch(x, dtype=dtype, layout=ttnn.TILE_LAYOUT, device=device) for x in several]
        for several in (inputs, [torch.zeros(shape)])
    )
    with both_ways() as ways:
        load(text, ttl=ttl)(*given, *out)
    # The older generation has not all broadcasts of the FPU.
    assert "0.81" in ways
    return ttnn.to_torch(out[0]).float()


def small(*sizes: int, seed: int = 0) -> torch.Tensor:
    """Integers whose sums stay exact."""
    return torch.randint(-3, 4, sizes, generator=torch.Generator().manual_seed(seed)).float()


def reduced(x: torch.Tensor, kind: str, dims: list[int]) -> torch.Tensor:
    """In each tile what is left of it, and zeros that stand for what nobody knows."""
    return x.sum(dims, keepdim=True) if kind == "sum" else x.amax(dims, keepdim=True)


@pytest.mark.parametrize(
    ("left", "right", "expression", "exact"),
    [
        ((2, 32, 64), (2, 64, 96), "a @ b", lambda a, b: a @ b),
        ((2, 64, 64), (64, 96), "a @ b", lambda a, b: a @ b),
        ((64, 64), (3, 64, 32), "a @ b", lambda a, b: a @ b),
        ((2, 1, 32, 64), (3, 64, 32), "a @ b", lambda a, b: a @ b),
        ((2, 3, 32, 32), (2, 1, 32, 64), "ttl.matmul(a, b) + 1", lambda a, b: a @ b + 1),
        ((2, 32, 64), (2, 96, 64), "a @ ttl.block.transpose(b)", lambda a, b: a @ b.mT),
        ((2, 32, 64), (96, 64), "ttl.matmul(a, b, transpose_rhs=True)", lambda a, b: a @ b.mT),
        ((2, 32, 64), (2, 64, 32), "(a * 2) @ ttl.math.abs(b)", lambda a, b: (a * 2) @ b.abs()),
    ],
)
def test_products(left: tuple[int, ...], right: tuple[int, ...], expression: str, exact: Any) -> None:
    """Leading dimensions as torch has them."""
    a, b = small(*left), small(*right, seed=1)
    wanted = exact(a, b)
    assert torch.equal(computed(expression, tuple(wanted.shape), a, b, dtype=ttnn.float32), wanted)


@pytest.mark.parametrize("dtype", [ttnn.bfloat16, ttnn.float32])
@pytest.mark.parametrize("kind", ["sum", "max"])
@pytest.mark.parametrize(
    ("shape", "dims"),
    [
        ((3, 64, 32), [0]),
        ((3, 64, 64), [2]),
        ((3, 64, 64), [-2]),
        ((2, 64, 64), [1, 2]),
        ((2, 3, 32, 64), [1]),
        ((2, 3, 64, 32), [0, 1]),
        ((2, 3, 64, 32), [0, -1]),
        ((2, 2, 32, 64), [0, 1, 2, 3]),
    ],
)
def test_reductions(shape: tuple[int, ...], dims: list[int], kind: str, dtype: Any) -> None:
    """`dims` are those that go. Inside of tiles a broadcast repeats what is left."""
    x = small(*shape)
    rank, left = len(shape), list(shape)
    inner = sorted(d % rank for d in dims if d % rank >= rank - 2)
    for d in dims:
        left[d] = 32 if d % rank in inner else 1
    call = f"ttl.math.reduce_{kind}(a, dims={dims})"
    block = blocked(torch.empty(left))
    text = f"ttl.block.broadcast({call}, dims={inner}, shape={block})" if inner else call
    wanted = reduced(x, kind, dims).expand(left)
    assert torch.equal(computed(text, tuple(left), x, dtype=dtype), wanted)


def test_the_shape_of_a_reduction() -> None:
    x = small(4, 32, 64)
    assert torch.equal(computed("ttl.math.reduce_sum(a, [0], (1, 1, 2))", (1, 32, 64), x), x.sum(0, keepdim=True))


@pytest.mark.parametrize("dtype", [ttnn.bfloat16, ttnn.float32])
@pytest.mark.parametrize(
    ("small_shape", "shape", "dims"),
    [
        ((1, 64, 64), (3, 64, 64), [0]),
        ((2, 1, 32, 64), (2, 3, 32, 64), [1]),
        ((1, 3, 32, 32), (2, 3, 32, 32), [-4]),
    ],
)
def test_broadcasts_of_matrices(small_shape: Any, shape: Any, dims: list[int], dtype: Any) -> None:
    a, b = small(*small_shape), small(*shape, seed=1)
    expression = f"ttl.block.broadcast(a, dims={dims}, shape={blocked(b)}) * b + 1"
    assert torch.equal(computed(expression, shape, a, b, dtype=dtype), a * b + 1)


@pytest.mark.parametrize("dims", [[-1], [1], [1, 2], [0, 2], [0, 1, 2]])
def test_broadcasts_inside_of_tiles(dims: list[int]) -> None:
    """Of the row, the column or the element that a tile of each matrix has."""
    shape = (2, 64, 96)
    b = small(*shape, seed=1)
    tiles = [1 if axis in {d % 3 for d in dims} else n for axis, n in enumerate(blocked(b))]
    a = small(tiles[0], tiles[1] * 32, tiles[2] * 32)
    part = a[:, :1] if 1 in dims else a
    part = part[..., :1] if {2, -1} & set(dims) else part
    assert torch.equal(computed(f"b - ttl.block.broadcast(a, dims={dims})", shape, a, b), b - part)


def test_transposes() -> None:
    x = small(2, 3, 32, 96)
    assert torch.equal(computed("ttl.block.transpose(a)", (2, 3, 96, 32), x), x.mT)


@pytest.mark.parametrize(
    ("shape", "expression", "left"),
    [
        ((1, 64, 96), "ttl.block.squeeze(a, dims=[0])", (64, 96)),
        ((2, 1, 32, 64), "ttl.block.squeeze(a, [1]) * 2", (2, 32, 64)),
        ((1, 2, 1, 64, 32), "ttl.block.squeeze(a, (0, -3))", (2, 64, 32)),
        ((64, 96), "ttl.block.unsqueeze(a, dims=[0])", (1, 64, 96)),
        ((2, 32, 64), "ttl.block.unsqueeze(a + 1, [1])", (2, 1, 32, 64)),
        ((64, 96), "ttl.block.unsqueeze(ttl.block.transpose(a), [0, 1])", (1, 1, 96, 64)),
        ((1, 64, 96), "ttl.block.unsqueeze(ttl.block.squeeze(a, [0]), [0]) + a", (1, 64, 96)),
        ((2, 64, 32), "ttl.math.abs(ttl.block.squeeze(ttl.math.reduce_max(a, [0]), [0]))", (64, 32)),
    ],
)
@pytest.mark.parametrize("dtype", [ttnn.bfloat16, ttnn.float32])
def test_other_shapes(shape: tuple[int, ...], expression: str, left: tuple[int, ...], dtype: Any) -> None:
    x = small(*shape)
    wanted = {"* 2": x * 2, "a + 1": x + 1, "+ a": x * 2, "reduce_max": x.amax(0).abs(), "transpose": x.mT}
    exact = next((value for part, value in wanted.items() if part in expression), x)
    assert torch.equal(computed(expression, left, x, dtype=dtype), exact.reshape(left))


def test_a_shape_in_which_a_tile_dimension_is_new() -> None:
    """Places count in the result: a row of tiles becomes a column of them, their elements staying where they are."""
    x = small(32, 96)
    tiles = x.reshape(32, 3, 32).permute(1, 0, 2)
    assert torch.equal(computed("ttl.block.unsqueeze(a, [-1])", (1, 96, 32), x), tiles.reshape(1, 96, 32))


def test_a_view_beside_the_matrix_unit() -> None:
    """A float32 block that the FPU reads, and moves in another shape, which is exact."""
    x = torch.full((1, 32, 32), 1 + 2**-20)
    out = computed(
        "ttl.block.squeeze(a, [0]) + 0 * ttl.block.squeeze(ttl.block.transpose(a), [0])",
        (32, 32),
        x,
        dtype=ttnn.float32,
    )
    assert torch.equal(out, x[0])


@settings(deadline=None, max_examples=10)
@given(data=st.data())
def test_random_chains(data: st.DataObject) -> None:
    """A product, a sum over random dimensions, a broadcast back and a difference."""
    leading = data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=2))
    rows, inner, columns = (data.draw(st.integers(1, 2)) for _ in range(3))
    rank = len(leading) + 2
    dims = data.draw(st.lists(st.integers(0, rank - 1), min_size=1, max_size=rank, unique=True))
    a, b = small(*leading, 32 * rows, 32 * inner), small(*leading, 32 * inner, 32 * columns, seed=1)
    product = a @ b
    text = (
        f"ttl.block.broadcast(ttl.math.reduce_max(a @ b, dims={dims}), dims={dims}, shape={blocked(product)}) - a @ b"
    )
    wanted = product.amax(dims, keepdim=True) - product
    assert torch.equal(computed(text, tuple(product.shape), a, b, dtype=ttnn.float32), wanted)


@pytest.mark.parametrize(
    ("expression", "code", "message"),
    [
        ("ttl.block.squeeze(a, [0])", "TTL0301", "a block of 2x1x2 tiles has size 2 along 0"),
        ("ttl.block.squeeze(b, [0])", "TTL0301", "a block of 2x2 tiles has size 2 along 0"),
        ("ttl.block.squeeze(ttl.block.squeeze(a, [1]), [5])", "TTL0107", "dims=[5] names no dimensions"),
        ("ttl.block.unsqueeze(a, [0, -5])", "TTL0107", "names a place of the result twice"),
        ("ttl.block.broadcast(a, dims=[0])", "TTL0301", "a block of 2x1x2 tiles is broadcast to 2x1x2"),
        ("ttl.math.reduce_sum(a, dims=[3])", "TTL0107", "dims=[3] names no dimensions of a block"),
        ("ttl.math.reduce_sum(a, dims=[0], shape=(2, 1, 1))", "TTL0301", "leaves 1x1x2, and is given shape=(2, 1, 1)"),
        ("ttl.math.reduce_sum(a, dims=[0])", "TTL0301", "a value of 1x1x2 tiles is stored in a block of 2x1x2"),
        ("a @ b @ a", "TTL0301", "K is 2 in one and 1 in the other"),
        ("a @ ttl.block.transpose(c)", "TTL0301", "they have not as many matrices"),
        ("a + b", "TTL0301", "blocks of 2x1x2 and of 2x2 tiles"),
    ],
)
def test_mistakes(expression: str, code: str, message: str) -> None:
    blocks = torch.zeros(2, 32, 64), torch.zeros(64, 64), torch.zeros(3, 32, 64)
    with pytest.raises(DiagnosticError) as raised:
        computed(expression, (2, 32, 64), *blocks)
    first = raised.value.diagnostics[0]
    assert (first.code, message in first.message) == (code, True), first.message
