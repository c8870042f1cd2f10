"""Kernels, as text, of a compute thread's body: data movement brings blocks to it and fetches what it makes."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np

from tests.support.both_ways import both_ways
from ttlang.diagnostics import TTLangWarning
from ttlang.driver.launch import simulate
from ttlang.host import TILE_LAYOUT, Layout, from_numpy, open_device, to_numpy, zeros
from ttlang.tables.dtypes import BF16, DType

Shapes = Mapping[str, tuple[int, int]]


def compute_source(
    body: str,
    inputs: Shapes,
    outputs: Shapes,
    *,
    turns: int = 1,
    out_turns: int = 1,
    grid: tuple[int, int] = (1, 1),
    decorator: str = "operation",
    **options: object,
) -> str:
    """
    A kernel of tensors `<name>_t`. `body` takes `turns` blocks from each buffer of `inputs`, and gives `out_turns` to
    each of `outputs`: names, and the tiles of their blocks, which follow each other down the tensor.
    """
    shapes = {**inputs, **outputs}
    stated = "".join(f", {name}={value!r}" for name, value in options.items())
    lines = [
        "from ttlang import ttl, ttnn",
        f"@ttl.{decorator}(grid={grid}{stated})",
        f"def kernel({', '.join(f'{name}_t' for name in shapes)}):",
        *(f"    {n} = ttl.make_dataflow_buffer_like({n}_t, shape={s}, block_count=2)" for n, s in shapes.items()),
        "    @ttl.compute()",
        "    def compute():",
        textwrap.indent(textwrap.dedent(body).strip("\n"), " " * 8),
    ]
    for role, names, times in (("read", inputs, turns), ("write", outputs, out_turns)):
        lines += [
            "    @ttl.datamovement()",
            f"    def {role}():",
            "        column, row = ttl.node(dims=2)",
            f"        for turn in range({times}):",
        ]
        for name, (rows, columns) in names.items():
            window = f"{name}_t[turn * {rows} : turn * {rows} + {rows}, 0:{columns}]"
            copy = f"ttl.copy({window}, block).wait()" if role == "read" else f"ttl.copy(block, {window}).wait()"
            indent = " " * 12
            lines.append(f"{indent}with {name}.{'reserve' if role == 'read' else 'wait'}() as block:")
            first = role == "read" or grid == (1, 1)
            lines += (
                [f"{indent}    {copy}"] if first else [f"{indent}    if column + row == 0:", f"{indent}        {copy}"]
            )
    return "\n".join(lines) + "\n"


def run_source(
    load: Any,
    text: str,
    inputs: Sequence[np.ndarray],
    outputs: Sequence[tuple[int, int]],
    *,
    dtype: DType = BF16,
    out_dtype: DType | None = None,
    modes: Sequence[str] = ("chip", "fast"),
    seed: int | None = None,
    native: bool = True,
    layout: Layout = TILE_LAYOUT,
) -> list[list[np.ndarray]]:
    """
    What a kernel leaves in tensors of these shapes in elements, for each mode of arithmetic. `native`: from its C++ of
    each generation it leaves the same bytes.
    """
    device = open_device(device_id=0)
    given = [from_numpy(values, dtype=dtype, layout=layout, device=device) for values in inputs]
    results = [zeros(shape, dtype=out_dtype or dtype, layout=layout, device=device) for shape in outputs]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TTLangWarning)
        compiled = load(text).kernel.compile(*given, *results)
    found: list[list[np.ndarray]] = []
    for mode in modes:
        with both_ways() if native else nullcontext(True) as done:
            simulate(compiled, [*given, *results], numerics=mode, seed=seed)
        assert done
        found.append([to_numpy(result).astype(np.float64) for result in results])
        for result in results:
            result.pages[:] = 0
    return found
