"""Slices of tensors in the expressions of unified bodies, and expressions that are assigned to slices."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ttlang.host as ttnn
from tests.support.both_ways import both_ways
from tests.support.kernel_texts import compile_kernel, errors_of, load, tensor
from ttlang import ttl
from ttlang.dialects import ttl as dialect
from ttlang.dialects.walking import operations_of
from ttlang.driver.universe import make_context
from ttlang.transforms.ttl_split_threads import TTLSplitThreadsPass

ELEMENTWISE = """
def kernel(x, y, out):
    for i in range(4):
        out[i, 0] = x[i, 0] * y[0, 0] + ttl.math.abs(x[i, 0]) - 1
"""
KEPT = """
def kernel(x, y, out):
    for i in range(4):
        value = x[i, 0] + 1
        twice = value * 2
        out[i, 0] = -twice
        if i % 2 == 1:
            out[i, 0] = y[i, 0]
"""
REWRITTEN = """
def kernel(x, y, out):
    before = x[0, 0] + 1
    for i in range(4):
        out[i, 0] = x[0, 0] + before
        x[0, 0] = before * 2 - y[i, 0]
"""
MIXED = """
def kernel(x, y, out):
    dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1))
    for i in range(4):
        with dfb.reserve() as o:
            for k in range(3):
                o += x[i, 0] @ y[k, 0]
        with dfb.wait() as v:
            out[i, 0] = v
"""


def values_of(rows: int, device: Any, seed: int) -> Any:
    numbers = np.random.default_rng(seed).integers(-4, 5, (rows, 32)).astype(np.float32)
    return ttnn.from_torch(numbers, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)


def tiles(values: Any) -> np.ndarray:
    return ttnn.to_numpy(values).astype(np.float32).reshape(-1, 32, 32)


def elementwise(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return x * y[0] + abs(x) - 1


def kept(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.stack([y[i] if i % 2 else -(x[i] + 1) * 2 for i in range(4)])


def rewritten(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    before = x[0] + 1
    return np.stack([x[0], *(before * 2 - y[:3])]) + before


def mixed(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return x @ y[:3].sum(axis=0)


@pytest.mark.parametrize(
    ("text", "expected"), [(ELEMENTWISE, elementwise), (KEPT, kept), (REWRITTEN, rewritten), (MIXED, mixed)]
)
@pytest.mark.parametrize("edition", ["kernel", "operation"])
def test_it_computes(text: str, expected: Callable[..., np.ndarray], edition: str) -> None:
    """Small integers: exact in bfloat16, but for sums of products."""
    device = ttnn.open_device(device_id=0)
    op = getattr(ttl, edition)(grid=(1, 1))(load(text))
    x, y, out = (values_of(128, device, seed) for seed in range(3))
    wanted = expected(tiles(x), tiles(y))
    with both_ways() as emitted:
        op(x, y, out)
    assert len(emitted) == 2
    np.testing.assert_allclose(tiles(out), wanted, rtol=2**-7, atol=0 if expected is not mixed else 2)


def buffers(text: str, **more: Any) -> dict[str, int]:
    """The buffers of a kernel, and their blocks, once its threads are there."""
    module = compile_kernel(load(textwrap.dedent(text)), **more).module
    TTLSplitThreadsPass().apply(make_context(), module)
    module.verify()
    (op,) = module.ops
    assert isinstance(op, dialect.KernelOp)
    return {cb.name_.data: cb.result.type.block_count.data for cb in op.circular_buffers}


def test_a_slice_that_stands_twice_is_read_once() -> None:
    assert buffers(ELEMENTWISE) == {"x_in": 2, "y_in": 2, "out_out": 2}


def test_statements_share_the_buffers_of_one_format() -> None:
    body = "".join(f"    out[{i}, 0] = x[{i}, 0] + y[{i}, 0]\n" for i in range(6))
    assert len(buffers(f"def kernel(x, y, out):\n{body}")) == 3


def test_where_l1_has_no_room_the_largest_have_one_block() -> None:
    """256 tiles of 2 KiB: two buffers of two blocks each would take 2 MiB."""
    text = """
    def kernel(x, y, out):
        out[0:16, 0:16] = x[0:16, 0:16] + 1
        out[0, 0] = y[0, 0]
    """
    given = [tensor(16, 16) for _ in range(3)]
    module = compile_kernel(load(textwrap.dedent(text)), *given).module
    TTLSplitThreadsPass().apply(make_context(), module)
    module.verify()
    (op,) = module.ops
    assert isinstance(op, dialect.KernelOp)
    blocks = {cb.result.type.sizes: cb.result.type.block_count.data for cb in op.circular_buffers}
    assert blocks == {(16, 16): 1, (1, 1): 2}


def test_a_slice_on_one_side_of_a_conditional_expression() -> None:
    body = "    for i in range(2):\n        out[i, 0] = x[1, 0] if i == 0 else x[0, 0] * 2\n"
    (found,) = errors_of(load(f"def kernel(x, out):\n{body}    ttl.copy"))
    assert (found.code, found.span.column if found.span else 0) == ("TTL0003", 44)
    assert "an `if` statement" in (found.hint or "")


def test_a_number_and_a_slice_of_another_shape_are_assigned() -> None:
    module = compile_kernel(load("def kernel(out):\n    out[1, 0] = 3")).module
    assert [type(op) for op in operations_of(module, dialect.StoreOp, dialect.CopyOp)] == [
        dialect.StoreOp,
        dialect.CopyOp,
    ]
    (found,) = errors_of(load("def kernel(x, out):\n    out[0:2, 0] = x[0:3, 0]"))
    assert (found.code, found.hint) == ("TTL0301", "take a slice of 3x1 tiles")


def test_what_is_said_of_a_sum_in_a_slice() -> None:
    (found,) = errors_of(load("def kernel(x, out):\n    out[0, 0] += x[0, 0]"))
    assert (found.code, found.hint) == ("TTL0101", "assign it the sum: out[row, column] = out[row, column] + value")


def test_a_row_major_slice_is_refused() -> None:
    text = "def kernel(x, out):\n    out[0:32, 0:32] = x[0:32, 0:32] + 1\n    ttl.copy"
    rows = tensor(1, 1, layout="ROW_MAJOR")
    (found,) = errors_of(load(text), rows, rows)
    assert (found.code, found.span.line if found.span else 0) == ("TTL0003", 2)
