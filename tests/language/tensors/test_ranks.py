"""Blocks of one and of three or more dimensions, and tensors of one and of none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.both_ways import both_ways
from ttlang import ttnn
from ttlang.diagnostics import DiagnosticError

Load = Callable[[str], Any]

COPIES = """
from ttlang import ttl

@ttl.operation(grid=(1, 1))
def kernel(x, out):
    x_dfb = ttl.make_dataflow_buffer_like(x, shape={block})
    out_dfb = ttl.make_dataflow_buffer_like(out, shape={block})

    @ttl.compute()
    def compute():
        for _ in range({turns}):
            with x_dfb.wait() as a, out_dfb.reserve() as o:
                o.store({expression})

    @ttl.datamovement()
    def read():
        for {loop}:
            with x_dfb.reserve() as block:
                ttl.copy(x[{source}], block).wait()

    @ttl.datamovement()
    def write():
        for {loop}:
            with out_dfb.wait() as block:
                ttl.copy(block, out[{target}]).wait()
"""

MOVES = """
from ttlang import ttl

@ttl.operation(grid=(1, 1))
def kernel(x, out):
    dfb = ttl.make_dataflow_buffer_like(x, shape={block})

    @ttl.datamovement()
    def read():
        for {loop}:
            with dfb.reserve() as block:
                ttl.copy(x[{source}], block).wait()

    @ttl.datamovement()
    def write():
        for {loop}:
            with dfb.wait() as block:
                ttl.copy(block, out[{target}]).wait()
"""


def on_device(values: torch.Tensor, dtype: Any = ttnn.bfloat16, layout: Any = ttnn.TILE_LAYOUT) -> Any:
    return ttnn.from_torch(values, dtype=dtype, layout=layout, device=ttnn.open_device(device_id=0))


def integers(*shape: int) -> torch.Tensor:
    return torch.randint(-100, 100, shape, generator=torch.Generator().manual_seed(len(shape))).float()


def run(load: Load, text: str, x: torch.Tensor, shape: tuple[int, ...] | None = None, **named: Any) -> torch.Tensor:
    """What the kernel leaves in its output, the same from IR and from C++."""
    out = on_device(torch.zeros(x.shape if shape is None else shape), **named)
    with both_ways() as ways:
        load(text).kernel(on_device(x, **named), out)
    assert sum(ways.values()) == 2
    return ttnn.to_torch(out).float()


@pytest.mark.parametrize(
    ("shape", "block", "loop", "window"),
    [
        ((4, 64, 96), (2, 1, 3), "b, r in [(b, r) for b in (0, 2) for r in range(2)]", "b : b + 2, r, :"),
        ((2, 3, 64, 32), (2, 3, 2, 1), "_ in range(1)", ":, :, :, :"),
        ((2, 3, 64, 32), (3, 2, 1), "b in range(2)", "b, :, :, :"),
        ((2, 3, 64, 32), (1, 3, 2, 1), "b in range(2)", "b, :, :, :"),
        ((4, 1, 2, 32, 32), (2, 2, 1, 1), "b in (0, 2)", "b : b + 2, 0, 0:2, 0, 0"),
        ((1, 2, 32, 32), (2, 1, 1), "_ in range(1)", ":, :, :"),
    ],
)
def test_blocks_of_matrices(load: Load, shape: tuple[int, ...], block: Any, loop: str, window: str) -> None:
    """Leading dimensions of a slice that are one thick may be missing from the block, and the other way round."""
    x = integers(*shape)
    turns = x.numel() // (1024 * int(np.prod(block)))
    text = COPIES.format(block=block, turns=turns, loop=loop, source=window, target=window, expression="a * 2 + 1")
    assert torch.equal(run(load, text, x), x * 2 + 1)


def test_uneven_matrices(load: Load) -> None:
    """Each matrix of a tensor is padded to whole tiles by itself, and so it lies in a block."""
    text = COPIES.format(
        block=(5, 2, 1), turns=2, loop="c in range(2)", source=":, :, c", target=":, :, 1 - c", expression="a"
    )
    x = integers(5, 33, 64)
    assert torch.equal(run(load, text, x), torch.cat([x[..., 32:], x[..., :32]], -1))


@settings(deadline=None, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_window(load: Load, data: st.DataObject) -> None:
    """Random windows of random tensors, both layouts."""
    tiled = data.draw(st.booleans())
    rank = data.draw(st.integers(2 if tiled else 1, 4))
    sizes = data.draw(st.lists(st.integers(1, 3), min_size=rank, max_size=rank))
    window = [data.draw(st.integers(0, size - 1)) for size in sizes]
    taken = [data.draw(st.integers(1, size - first)) for first, size in zip(window, sizes, strict=True)]
    unit = ([1] * 4 + [32, 32])[-rank:] if tiled else ([1] * 4 + [32])[-rank:]
    x = integers(*(size * one for size, one in zip(sizes, unit, strict=True)))
    scale = [1] * rank if tiled else unit
    source = ", ".join(f"{a * k} : {(a + n) * k}" for a, n, k in zip(window, taken, scale, strict=True))
    block = tuple(n * k for n, k in zip(taken, scale, strict=True))
    text = MOVES.format(block=block, loop="_ in range(1)", source=source, target=source)
    out = run(load, text, x, layout=ttnn.TILE_LAYOUT if tiled else ttnn.ROW_MAJOR_LAYOUT)
    places = tuple(slice(a * k, (a + n) * k) for a, n, k in zip(window, taken, unit, strict=True))
    expected = torch.zeros_like(x)
    expected[places] = x[places]
    assert torch.equal(out, expected)


@pytest.mark.parametrize(("shape", "tiles"), [((), 1), ((20,), 1), ((64,), 2), ((130,), 5)])
def test_tiles_of_vectors_and_scalars(load: Load, shape: tuple[int, ...], tiles: int) -> None:
    """A vector in tiles is a row of tiles, a single element one tile."""
    x = integers(*shape)
    window = "0, 0 : x.shape[0] // 32" if len(shape) and shape[0] % 32 == 0 else f"0, 0:{tiles}"
    text = COPIES.format(
        block=(1, tiles), turns=1, loop="_ in range(1)", source=window, target=window, expression="a * 2"
    )
    out = run(load, text, x)
    assert out.shape == x.shape
    assert torch.equal(out, x * 2)


def test_rows_of_vectors(load: Load) -> None:
    """A row-major vector is one page; a block of it has one dimension. Integers index away those before it."""
    text = MOVES.format(block=(64,), loop="i in range(3)", source="64 * i : 64 * i + 64", target="2 - i, :")
    x = integers(192)
    out = run(load, text, x, (3, 64), layout=ttnn.ROW_MAJOR_LAYOUT, dtype=ttnn.float32)
    assert torch.equal(out, x.reshape(3, 64).flip(0))


def test_pipes_carry_any_rank(load: Load) -> None:
    text = """
    from ttlang import ttl

    @ttl.operation(grid=(2, 1))
    def kernel(x, out):
        dfb = ttl.make_dataflow_buffer_like(x, shape=(3, 1, 2))
        got = ttl.make_dataflow_buffer_like(x, shape=(3, 1, 2))
        net = ttl.PipeNet([ttl.Pipe(src=(0, 0), dst=(1, 0))])

        @ttl.datamovement()
        def read():
            column, _ = ttl.node(dims=2)
            if column == 0:
                with dfb.reserve() as block:
                    ttl.copy(x[:, 0, :], block).wait()
                with dfb.wait() as block:
                    net.if_src(lambda pipe: ttl.copy(block, pipe).wait())
            else:
                with got.reserve() as block:
                    net.if_dst(lambda pipe: ttl.copy(pipe, block).wait())

        @ttl.datamovement()
        def write():
            column, _ = ttl.node(dims=2)
            if column == 1:
                with got.wait() as block:
                    ttl.copy(block, out[:, 0, :]).wait()
    """
    x = integers(3, 32, 64)
    assert torch.equal(run(load, text, x), x)


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"block": (2,)}, "TTL0304", "shape=(2,) is no shape of a block"),
        ({"block": (2, 0, 1)}, "TTL0304", "is no shape of a block"),
        ({"source": "0:2, 0, 0"}, "TTL0301", "has 2x1x1 tiles, and the block of x_dfb 4x1x1"),
        ({"source": "0, 0, 0:4"}, "TTL0301", "has 1x1x4 tiles, and the block of x_dfb 4x1x1"),
        ({"expression": "a + ttl.fill(1, shape=(1, 1))"}, "TTL0301", "blocks of 4x1x1 and of 1x1 tiles"),
    ],
)
def test_mistakes(load: Load, changes: dict[str, Any], code: str, message: str) -> None:
    arguments: dict[str, Any] = {"block": (4, 1, 1), "turns": 1, "loop": "_ in range(1)", "expression": "a"}
    arguments |= {"source": "0:4, 0, 0", "target": "0:4, 0, 0", **changes}
    with pytest.raises(DiagnosticError) as raised:
        run(load, COPIES.format(**arguments), torch.zeros(4, 32, 128))
    first = raised.value.diagnostics[0]
    assert (first.code, message in first.message) == (code, True), first.message
