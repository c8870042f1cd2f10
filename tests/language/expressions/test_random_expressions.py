"""
Random kernels, end to end: expressions over integers small enough that no format rounds them, so that the simulator
must equal numpy exactly. Shapes, grids, formats, DST modes and shared values vary.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.support.expression_kernels import statements_source
from ttlang.diagnostics import TTLangWarning
from ttlang.driver.launch import simulate
from ttlang.host import TILE_LAYOUT, from_numpy, open_device, to_numpy, zeros
from ttlang.tables.dtypes import BF16, F32, INT32, DType

UNARY: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "-{}": np.negative,
    "abs({})": np.abs,
    "ttl.math.relu({})": lambda x: np.maximum(x, 0),
    "({} * 2)": lambda x: x * 2,
    "(3 - {})": lambda x: 3 - x,
}
BINARY: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "({} + {})": np.add,
    "({} - {})": np.subtract,
    "({} * {})": np.multiply,
    "ttl.math.max({}, {})": np.maximum,
    "ttl.math.min({}, {})": np.minimum,
    "ttl.math.where({0} > {1}, {1}, {0})": np.minimum,
}
REDUCED: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "ttl.broadcast(ttl.reduce_max({}, dims=[0]), out0, dims=[1])": lambda x: x.max(-1, keepdims=True),
    "ttl.broadcast(ttl.reduce_max({}, dims=[1]), out0, dims=[0])": lambda x: x.max(-2, keepdims=True),
    "ttl.broadcast(abs(ttl.reduce_max({})), out0, dims=[0, 1])": lambda x: np.abs(x.max((-1, -2), keepdims=True)),
    "ttl.broadcast(ttl.reduce_sum({}, dims=[0]), out0, dims=[1])": lambda x: x.sum(-1, keepdims=True),
    "ttl.broadcast(-ttl.reduce_sum({}, dims=[1]), out0, dims=[0])": lambda x: -x.sum(-2, keepdims=True),
    "ttl.broadcast(ttl.reduce_sum({}, dims=[0, 1]), out0, dims=[0, 1])": lambda x: x.sum((-1, -2), keepdims=True),
}
"""What a block is reduced to, repeated to its size. `dims` are those of the edition of 2025."""
PRODUCTS: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]] = {
    "({0} @ ttl.transpose({1})) @ {2}": lambda a, b, c: a @ b.swapaxes(-1, -2) @ c,
    "{0} @ (ttl.transpose({1}) @ {2})": lambda a, b, c: a @ (b.swapaxes(-1, -2) @ c),
    "ttl.transpose(ttl.transpose({0}) @ {1} @ ttl.transpose({2}))": (
        lambda a, b, c: (a.swapaxes(-1, -2) @ b @ c.swapaxes(-1, -2)).swapaxes(-1, -2)
    ),
}
"""Matrix products of the blocks' own size; those of square blocks are below."""
SQUARE: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "{0} @ {1}": np.matmul,
    "ttl.matmul({0}, ttl.transpose({1}))": lambda a, b: a @ b.swapaxes(-1, -2),
    "{0} - ttl.transpose({1})": lambda a, b: a - b.swapaxes(-1, -2),
    "{0} + {0} @ {1}": lambda a, b: a + a @ b,
}
EXACT = {BF16: 256, F32: 2**11, INT32: 2**20}
"""Up to here every integer is exact wherever the value may come by (float32 through an 11-bit source register, too)."""


@dataclass(frozen=True)
class Expression:
    text: str
    values: np.ndarray
    """Of each block: (rows of blocks, columns of blocks, height, width)."""


def in_blocks(values: np.ndarray, height: int, width: int) -> np.ndarray:
    """A tensor as an array of its blocks."""
    rows, columns = values.shape
    return values.reshape(rows // height, height, columns // width, width).swapaxes(1, 2)


def joined(blocks: np.ndarray) -> np.ndarray:
    rows, columns, height, width = blocks.shape
    return blocks.swapaxes(1, 2).reshape(rows * height, columns * width)


def forms_for(dtype: DType, block: tuple[int, int]) -> list[tuple[str, int, Callable[..., np.ndarray]]]:
    """Text, number of operands and meaning of what may stand in an expression."""
    tables: list[tuple[dict[str, Any], int]] = [(UNARY, 1), (BINARY, 2)]
    if dtype is not INT32:
        tables += [(REDUCED, 1), (PRODUCTS, 3)]
        if block[0] == block[1]:
            tables.append((SQUARE, 2))
    return [(text, arity, meaning) for table, arity in tables for text, meaning in table.items()]


@st.composite
def kernels(draw: st.DrawFn) -> tuple[str, list[np.ndarray], list[np.ndarray], DType]:
    """A kernel's text, its inputs and what its outputs must be."""
    dtype = draw(st.sampled_from([BF16, F32, INT32]))
    block = draw(st.tuples(st.integers(1, 3), st.integers(1, 4)) | st.sampled_from([(1, 1), (2, 2), (3, 3)]))
    grid = draw(st.tuples(st.integers(1, 2), st.integers(1, 3)))
    blocks = draw(st.integers(1, 2))
    height, width = 32 * block[0], 32 * block[1]
    shape = (height * grid[1] * blocks, width * grid[0])
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    # Sparse inputs keep the sums of products small.
    density = draw(st.sampled_from([1.0, 0.2, 0.05]))
    names = "abcdefgh"[: draw(st.integers(1, 8))]
    inputs = [
        (rng.integers(-3, 4, shape) * (rng.random(shape) < density)).astype(
            dtype.numpy if dtype is INT32 else np.float32
        )
        for _ in names
    ]

    pool = [Expression(name, in_blocks(v, height, width)) for name, v in zip(names, inputs, strict=True)]
    statements: list[str] = []
    forms = forms_for(dtype, block)
    for number in range(draw(st.integers(1, 14))):
        text, arity, meaning = draw(st.sampled_from(forms))
        # The newest half of the values, so that expressions grow deep as well as wide.
        recent = pool[len(pool) // 2 :]
        operands = [draw(st.sampled_from(recent)), *(draw(st.sampled_from(pool)) for _ in range(arity - 1))]
        values = meaning(*(operand.values for operand in operands))
        # The sums on the way are no larger than those of magnitudes.
        if np.abs(meaning(*(np.abs(operand.values) for operand in operands))).max() > EXACT[dtype]:
            continue
        values = np.broadcast_to(values, pool[0].values.shape)
        if np.abs(values).max() > EXACT[dtype]:
            continue
        pool.append(Expression(f"v{number}", values))
        statements.append(f"v{number} = {text.format(*(operand.text for operand in operands))}")
    computed = pool[len(names) :]
    assume(computed)
    outputs = [computed[-1], *draw(st.lists(st.sampled_from(computed), max_size=2))]
    options = {"dst_full_sync_en": draw(st.booleans())}
    if dtype is BF16:
        options["fp32_dest_acc_en"] = draw(st.booleans())
    text = statements_source(names, statements, [o.text for o in outputs], block, grid, blocks, options)
    return text, inputs, [joined(o.values) for o in outputs], dtype


@settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(case=kernels(), seed=st.sampled_from([None, 1, 2]))
def test_random_kernels_equal_numpy(load: Any, case: Any, seed: int | None) -> None:
    text, inputs, expected, dtype = case
    device = open_device(device_id=0)
    tensors = [from_numpy(v, dtype=dtype, layout=TILE_LAYOUT, device=device) for v in inputs]
    outputs = [zeros(inputs[0].shape, dtype=dtype, layout=TILE_LAYOUT, device=device) for _ in expected]
    kernel = load(text).kernel
    with warnings.catch_warnings():
        # Some of the values and inputs are not used.
        warnings.simplefilter("ignore", TTLangWarning)
        compiled = kernel.compile(*tensors, *outputs)
    for mode in ("chip", "fast"):
        simulate(compiled, [*tensors, *outputs], numerics=mode, seed=seed)
        for output, values in zip(outputs, expected, strict=True):
            np.testing.assert_array_equal(to_numpy(output), values, err_msg=f"{mode}:\n{text}")
            output.pages[:] = 0
