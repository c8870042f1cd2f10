"""Tensors of more than two dimensions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from ttlang import ttnn
from ttlang.diagnostics import DiagnosticError
from ttlang.tables.chips import CHIPS

Load = Callable[[str], Any]

TEXT = """
from ttlang import ttl

@ttl.kernel(grid={grid})
def kernel(x, out):
    x_cb = ttl.make_circular_buffer_like(x, shape={block})
    out_cb = ttl.make_circular_buffer_like(out, shape={block})
    batches, heads, height, width = {sizes}
    rows, columns = {block}

    @ttl.compute()
    def compute():
        for _ in range({turns}):
            with x_cb.wait() as xv, out_cb.reserve() as o:
                o.store(xv * 2)

    @ttl.datamovement()
    def read():
        for {loop}:
            with x_cb.reserve() as block:
                ttl.copy(x[{source}], block).wait()

    @ttl.datamovement()
    def write():
        for {loop}:
            with out_cb.wait() as block:
                ttl.copy(block, out[{target}]).wait()
"""


def run(
    load: Load,
    shape: tuple[int, ...],
    loop: str,
    source: str,
    target: str,
    *,
    turns: int,
    block: tuple[int, int],
    grid: tuple[int, int] = (1, 1),
    out_shape: tuple[int, ...] = (),
    dtype: Any = ttnn.bfloat16,
) -> tuple[torch.Tensor, torch.Tensor]:
    sizes = (*(1,) * (4 - len(shape)), *shape)
    sizes = (*sizes[:2], -(-sizes[2] // 32), -(-sizes[3] // 32))
    text = TEXT.format(grid=grid, block=block, sizes=sizes, loop=loop, source=source, target=target, turns=turns)
    device = ttnn.open_device(device_id=0)
    torch.manual_seed(0)
    x = torch.randint(-100, 100, shape).float()
    given = ttnn.from_torch(x, dtype=dtype, layout=ttnn.TILE_LAYOUT, device=device)
    out = ttnn.zeros(out_shape or shape, dtype=dtype, layout=ttnn.TILE_LAYOUT, device=device)
    load(text).kernel(given, out)
    return x, ttnn.to_torch(out).float()


@pytest.mark.parametrize("arch", CHIPS)
def test_four_dimensions(load: Load, arch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTLANG_ARCH", arch)
    loop = "b, h, r in [(b, h, r) for b in range(2) for h in range(3) for r in range(2)]"
    x, out = run(load, (2, 3, 64, 96), loop, "b, h, r, :", "b, h, r, :", turns=12, block=(1, 3))
    assert torch.equal(out, x * 2)


def test_offsets_that_the_run_computes(load: Load) -> None:
    """Two cores, a batch each; the heads in a loop."""
    text_loop = "h in range(heads)"
    x, out = run(
        load,
        (2, 3, 64, 64),
        text_loop,
        "ttl.core(dims=1), h, 0:2, 0:2",
        "1 - ttl.core(dims=1), 2 - h, 0:2, 0:2",
        turns=3,
        block=(2, 2),
        grid=(2, 1),
        dtype=ttnn.float32,
    )
    assert torch.equal(out, (x * 2).flip(0, 1))


@pytest.mark.parametrize(
    "index",
    ["h, 0, 0:2", "h:h + 1, 0, :", "h, ..., 0, 0:2", "h, 0", "h, ..., :"],
)
def test_ways_to_write_an_index(load: Load, index: str) -> None:
    x, out = run(load, (3, 20, 40), "h in range(3)", index, "h, 0, 0:2", turns=3, block=(1, 2))
    assert torch.equal(out, x * 2)


@pytest.mark.parametrize("index", ["1, 0:2", "0, 1, 0:2", "1", "..., 1, :", ":, :, 1, :", "0:1, ..., 1, 0:2"])
def test_leading_dimensions_of_size_1_may_be_left_out(load: Load, index: str) -> None:
    x, out = run(load, (1, 1, 64, 64), "_ in range(1)", index, "0, :", turns=1, block=(1, 2), out_shape=(32, 64))
    assert torch.equal(out, x[0, 0, 32:] * 2)


def test_uneven_matrices(load: Load) -> None:
    """Each matrix of the tensor is padded to whole tiles by itself."""
    loop = "h, c in [(h, c) for h in range(5) for c in range(2)]"
    x, out = run(load, (5, 33, 50), loop, "h, 0:2, c", "h, 0:2, c", turns=10, block=(2, 1))
    assert torch.equal(out, x * 2)


@pytest.mark.parametrize(
    ("index", "code", "text"),
    [
        ("0, 0, 0, 0:2", "TTL0303", "has 3 dimensions, and is indexed with 4"),
        ("0:2, 0, 0:2", "TTL0301", "has 2x1x2 tiles, and the block of x_cb 1x2"),
        ("..., 0, 0:2", "TTL0301", "has 3x1x2 tiles, and the block of x_cb 1x2"),
        ("0", "TTL0301", "has 2x2 tiles, and the block of x_cb 1x2"),
        ("3, 0, 0:2", "TTL0302", "element 3 of dimension 0 of x, which has 3"),
        ("-4, 0, 0:2", "TTL0302", "an element before the first of dimension 0"),
        ("0, 2, 0:2", "TTL0302", "tile 2 of dimension 1"),
        ("0:3:2, 0, 0:2", "TTL0303", "contiguous"),
        ("0, 0, 0:2:2", "TTL0303", "has a step"),
        ("0.5, 0, 0:2", "TTL0303", "no index"),
    ],
)
def test_refusals(load: Load, index: str, code: str, text: str) -> None:
    with pytest.raises(DiagnosticError) as raised:
        run(load, (3, 64, 64), "h in range(3)", index, "h, 0, 0:2", turns=3, block=(1, 2))
    (diagnostic,) = raised.value.diagnostics
    assert (diagnostic.code, text in diagnostic.message) == (code, True), diagnostic.message


def test_leading_index_that_only_the_run_knows_to_be_outside(load: Load) -> None:
    with pytest.raises(DiagnosticError) as raised:
        run(
            load,
            (3, 64, 64),
            "h in range(3)",
            "(ttl.core(dims=1) * 2 + h) % 4, 0, :",
            "h, 0, :",
            turns=3,
            block=(1, 2),
            grid=(2, 1),
        )
    assert raised.value.diagnostics[0].code == "TTL0807"
