"""The warning of padding that takes part in a reduction or a product."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from ttlang.checks.padding import _TRIED  # pyright: ignore[reportPrivateUsage]
from ttlang.diagnostics import TTLangWarning
from ttlang.host import TILE_LAYOUT, from_torch, open_device
from ttlang.tables.functions import FUNCTIONS

KERNEL = """
from ttlang import ttl

@ttl.kernel(grid=(1, 1), fp32_dest_acc_en=True)
def kernel(x, m, w, out):
    x_cb = ttl.make_circular_buffer_like(x, shape=(1, 2))
    m_cb = ttl.make_circular_buffer_like(m, shape=(1, 2))
    w_cb = ttl.make_circular_buffer_like(w, shape=(2, 1))
    own_cb = ttl.make_circular_buffer_like(x, shape=(1, 2))
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, 1))

    @ttl.compute()
    def compute():
        with x_cb.wait() as a, m_cb.wait() as m, w_cb.wait() as w:
            with own_cb.reserve() as own:
                own.store(ttl.math.exp(a))
            with own_cb.wait() as own, out_cb.reserve() as o:
                o.store({expression})

    @ttl.datamovement()
    def read():
        with x_cb.reserve() as block:
            ttl.copy(x[0, {window}], block).wait()
        with m_cb.reserve() as block:
            ttl.copy(m[0, {window}], block).wait()
        with w_cb.reserve() as block:
            ttl.copy(w[0:2, 0], block).wait()

    @ttl.datamovement()
    def write():
        with out_cb.wait() as block:
            ttl.copy(block, out[0, 0]).wait()
"""

MAXIMUM = "ttl.reduce_max(a, dims=[0])"
SHIFTED = f"a - ttl.broadcast({MAXIMUM}, dims=[1])"
NEUTRAL = [
    "ttl.reduce_sum(a, dims=[0])",
    "ttl.reduce_sum(a * a, dims=[0])",
    "ttl.reduce_sum(a * ttl.broadcast(ttl.reduce_sum(a, dims=[0]), dims=[1]), dims=[0])",
    "ttl.reduce_max(ttl.math.relu(a), dims=[0])",
    "ttl.reduce_max(ttl.math.abs(a) * 2, dims=[0])",
    "ttl.reduce_max(ttl.where(a, a, -1e30), dims=[0])",
    "ttl.reduce_sum(own * m, dims=[0])",
    "ttl.reduce_max(ttl.where(m, a, -1e30), dims=[0])",
    "a @ w",
    "own @ w",
    "own * m @ ttl.math.exp(w)",
]
TAKEN_IN = {
    MAXIMUM: "0",
    "ttl.reduce_max(a * 2, dims=[0])": "0",
    "ttl.reduce_sum(a + 1, dims=[0])": "1",
    "ttl.reduce_sum(own, dims=[0])": "1",
    "ttl.reduce_sum(ttl.math.exp(a) - 0.5)": "0.5",
    f"ttl.reduce_sum({SHIFTED.replace('max', 'sum')}, dims=[0])": "what the formula makes of the padding",
    "ttl.reduce_sum(ttl.transpose(own), dims=[1])": "1",
    "own @ ttl.math.exp(w)": "1",
}


def warned(
    load: Any, expression: str, *, width: int = 40, pad: float = 0, mask: int = 64, window: str = ":"
) -> list[str]:
    device = open_device(device_id=0)

    def tensor(shape: tuple[int, int], pad_value: float = 0) -> Any:
        values = np.ones(shape, np.float32)
        return from_torch(values, layout=TILE_LAYOUT, device=device, pad_value=pad_value)

    tensors = tensor((32, width), pad), tensor((32, mask)), tensor((width, 32)), tensor((32, 1))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        load(KERNEL.format(expression=expression, window=window)).kernel.compile(*tensors)
    return [str(w.message) for w in caught if isinstance(w.message, TTLangWarning) and "TTL0606" in str(w.message)]


@pytest.mark.parametrize("expression", NEUTRAL)
def test_neutral(load: Any, expression: str) -> None:
    assert not warned(load, expression)


@pytest.mark.parametrize("expression", TAKEN_IN)
def test_taken_in(load: Any, expression: str) -> None:
    (found,) = warned(load, expression)
    assert f"which hold {TAKEN_IN[expression]} here" in found
    assert "of padding" in found


def test_whole_tiles_have_none(load: Any) -> None:
    assert not warned(load, MAXIMUM, width=64)


def test_a_window_before_the_last_tiles_has_none(load: Any) -> None:
    assert not warned(load, MAXIMUM, width=100, mask=100, window="0:2")
    assert warned(load, MAXIMUM, width=100, mask=100, window="2:4")


def test_a_mask_with_padding_of_its_own(load: Any) -> None:
    assert not warned(load, "ttl.reduce_sum(own * m, dims=[0])", mask=40)
    assert warned(load, "ttl.reduce_sum(own + m, dims=[0])", mask=40)


def test_the_padding_that_a_tensor_was_made_with(load: Any) -> None:
    softmax = f"ttl.reduce_sum(ttl.math.exp({SHIFTED}), dims=[0])"
    assert not warned(load, softmax, pad=-1e30)
    maximum, total = warned(load, softmax)
    assert "reduce_max" in maximum
    assert "reduce_sum" in total
    assert warned(load, "ttl.reduce_sum(a, dims=[0])", pad=-1e30)


BLOCKS = """
from ttlang import ttl

@ttl.operation(grid=(1, 1), pad=True)
def kernel(x, m, w, out):
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 2))
    m_dfb = ttl.make_dataflow_buffer_like(m, shape=(1, 2))
    w_dfb = ttl.make_dataflow_buffer_like(w, shape=(2, 1))
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(1, 1))

    @ttl.compute()
    def compute():
        with out_dfb.reserve() as o:
            for _ in range(2):
                with x_dfb.wait() as a, m_dfb.wait() as b, w_dfb.wait() as c:
                    o += {expression}

    @ttl.datamovement()
    def read():
        for k in range(0, 3, 2):
            with x_dfb.reserve() as x_block, m_dfb.reserve() as m_block, w_dfb.reserve() as w_block:
                ttl.copy(x[0, k : k + 2], x_block).wait()
                ttl.copy(m[0, k : k + 2], m_block).wait()
                ttl.copy(w[k : k + 2, 0], w_block).wait()

    @ttl.datamovement()
    def write():
        with out_dfb.wait() as block:
            ttl.copy(block, out[0, 0]).wait()
"""


def warned_of_blocks(load: Any, expression: str, *, width: int = 96, pad: float = 0) -> list[str]:
    device = open_device(device_id=0)
    x = from_torch(np.ones((32, width), np.float32), layout=TILE_LAYOUT, device=device, pad_value=pad)
    mask, w, out = (
        from_torch(np.ones(shape, np.float32), layout=TILE_LAYOUT, device=device)
        for shape in ((32, 96), (96, 32), (32, 32))
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        load(BLOCKS.format(expression=expression)).kernel.compile(x, mask, w, out)
    return [str(w.message) for w in caught if isinstance(w.message, TTLangWarning) and "TTL0606" in str(w.message)]


@pytest.mark.parametrize(
    "expression",
    [
        "a @ c",
        "ttl.math.exp(a) @ c",
        "ttl.math.reduce_sum(a, dims=[1])",
        "ttl.math.reduce_sum(a * a, dims=[1])",
        "ttl.math.reduce_sum(ttl.math.exp(a) * b, dims=[1])",
        "ttl.math.reduce_max(ttl.math.abs(a), dims=[1])",
        "ttl.math.reduce_sum(a - b, dims=[1])",
    ],
)
def test_zeros_that_fill_up_a_block_are_neutral(load: Any, expression: str) -> None:
    assert not warned_of_blocks(load, expression)


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("ttl.math.reduce_max(a, dims=[1])", "0"),
        ("ttl.math.reduce_sum(ttl.math.exp(a), dims=[1])", "1"),
        ("ttl.math.reduce_sum(ttl.math.square(a - 3.0), dims=[1])", "9"),
        ("ttl.math.exp(a) @ ttl.math.exp(c)", "1"),
    ],
)
def test_zeros_that_fill_up_a_block_are_taken_in(load: Any, expression: str, holds: str) -> None:
    (found,) = warned_of_blocks(load, expression)
    what = f"the last block of x passes the end of its 3 columns of tiles, and what fills it up holds {holds} here"
    assert what in found
    assert "a size that divides 3" in found


def test_a_tile_with_padding_in_a_block_that_passes_the_end(load: Any) -> None:
    total = "ttl.math.reduce_sum(a, dims=[1])"
    assert not warned_of_blocks(load, total, width=90)
    (found,) = warned_of_blocks(load, total, width=90, pad=-1e30)
    assert "what fills it up holds what the formula makes of the padding here" in found


@pytest.mark.parametrize("row", FUNCTIONS, ids=lambda row: row.name)
def test_every_function_can_be_tried(row: Any) -> None:
    """The analysis computes references for numbers that it makes up."""
    kind = np.int64 if row.integer is not None and row.call is None else np.float64
    operands = [np.array(_TRIED, kind)] * row.arity
    with np.errstate(all="ignore"):
        row.reference(np, *operands, *[parameter.default or 1.0 for parameter in row.inputs])
