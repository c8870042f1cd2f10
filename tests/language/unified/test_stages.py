"""Operations whose bodies other operations stand in: their buffers, their names, and calls that can't be."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import pytest

import ttlang.host as ttnn
from tests.support.both_ways import both_ways
from tests.support.kernel_texts import find_mark, load
from ttlang import ttl
from ttlang.diagnostics import Diagnostic, DiagnosticError

STAGES = """
@ttl.operation()
def load(x, rows: ttl.DFB):
    for i in range(x.shape[0] // 32):
        with rows.reserve() as block:
            ttl.copy(x[i, 0], block).wait()

@ttl.operation()
def negate(source: ttl.DFB, target: ttl.DFB):
    with source.wait() as v, target.reserve() as o:
        o.store(-v)

@ttl.operation()
def negate_twice(x, source: ttl.DFB, target: "ttl.DFB"):
    between = ttl.make_dataflow_buffer_like(x, shape=(1, 1))
    for _ in range(x.shape[0] // 32):
        negate(source, between)
        with between.wait() as v, target.reserve() as o:
            o.store(-v)

@ttl.operation()
def send_down(x, source: ttl.DFB, target: ttl.DFB, down: ttl.PipeNet):
    column, row = ttl.node()
    for _ in range(x.shape[0] // 32):
        if row == 0:
            with source.wait() as block:
                down.if_src(lambda pipe: ttl.copy(block, pipe).wait())
        else:
            with target.reserve() as block:
                down.if_dst(lambda pipe: ttl.copy(pipe, block).wait())

@ttl.operation()
def threads(x, rows: ttl.DFB):
    @ttl.datamovement()
    def read():
        pass

@ttl.operation()
def again(x, rows: ttl.DFB):
    again(x, rows)

@ttl.kernel()
def old(x, rows: ttl.DFB):
    load(x, rows)
"""
KERNEL = """
@ttl.operation(grid=(1, 1))
def kernel(x, out):
    a, b = (ttl.make_dataflow_buffer_like(t, shape=(1, 1)) for t in (x, out))
"""


def run(text: str, rows: int = 256) -> tuple[np.ndarray, np.ndarray]:
    """What comes of the only output, and what went in."""
    op = load(STAGES + text, ttl=ttl)
    device = ttnn.open_device(device_id=0)
    values = np.arange(rows * 32, dtype=np.float32).reshape(rows, 32)
    x, out = (
        ttnn.from_torch(v, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
        for v in (values, np.zeros_like(values))
    )
    with both_ways() as emitted:
        op(x, out)
    assert len(emitted) == 2
    return ttnn.to_numpy(out).astype(np.float32), ttnn.to_numpy(x).astype(np.float32)


WRITE = """
    for i in range(x.shape[0] // 32):
        with b.wait() as block:
            ttl.copy(block, out[i, 0]).wait()
"""


def test_a_stage_in_a_stage_with_a_buffer_of_its_own() -> None:
    out, x = run(KERNEL + "    load(x, a)\n    negate_twice(x, a, b)" + WRITE)
    assert np.array_equal(out, x)


def test_a_stage_in_a_loop() -> None:
    loop = "    load(x, a)\n    for _ in range(x.shape[0] // 32):\n        negate(a, b)"
    out, x = run(KERNEL + loop + WRITE)
    assert np.array_equal(out, -x)


def test_items_are_given_to_a_stage() -> None:
    items = "    pair, at = [a, b], 1\n    ends = {'first': pair}\n"
    out, x = run(KERNEL + items + "    load(x, ends['first'][0])\n    negate_twice(x, pair[0], pair[at])" + WRITE)
    assert np.array_equal(out, x)


def test_a_stage_that_is_used_twice_has_two_buffers() -> None:
    body = """
    c = ttl.make_dataflow_buffer_like(x, shape=(1, 1))
    load(x, a)
    negate_twice(x, a, c)
    negate_twice(x, c, b)
    """
    op = load(STAGES + KERNEL + body + WRITE, ttl=ttl)
    device = ttnn.open_device(device_id=0)
    x = ttnn.zeros((32, 32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
    names = [buffer.name_.data for buffer in next(iter(op.to_ttl(x, x).ops)).circular_buffers]
    assert names == ["a", "b", "c", "between", "between_1"]


def test_a_net_is_given_to_a_stage() -> None:
    text = """
    @ttl.operation(grid=(1, 2))
    def kernel(x, out):
        a, b = (ttl.make_dataflow_buffer_like(t, shape=(1, 1)) for t in (x, out))
        down = ttl.PipeNet([ttl.Pipe(src=(0, 0), dst=(0, 1))])
        column, row = ttl.node()
        if row == 0:
            load(x, a)
        send_down(x, a, b, down)
        if row == 1:
            for i in range(x.shape[0] // 32):
                with b.wait() as block:
                    ttl.copy(block, out[i, 0]).wait()
    """
    out, x = run(textwrap.dedent(text))
    assert np.array_equal(out, x)


# Statements, with `«` where a mistake is reported: all are TTL0242.
MISTAKES = {
    "too few arguments": "«load(x)",
    "a tensor for a buffer": "«load(x, out)",
    "a buffer for a tensor": "«load(a, b)",
    "an expression": "load(«x if a else out, b)",
    "an expression as an index": "pair = [a, b]\nload(x, «pair[1 - 1])",
    "an item by a number of a loop": "pair = [a, b]\nfor i in range(2):\n    load(x, pair[«i])",
    "an argument by name": "load(x, rows=«a)",
    "a value of the body": "column, row = ttl.node()\nload(x, «row)",
    "a stage of itself": "again(x, a)",
    "a stage with threads": "«threads(x, a)",
    "a stage of the other edition": "«old(x, a)",
    "a buffer of its own in a loop": "for _ in range(2):\n    «negate_twice(x, a, b)",
    "no statement": "value = «load(x, a)",
    "a stage in a list": "each = [load]\n«each[0](x, a)",
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(name: str) -> None:
    text, place = find_mark(STAGES + KERNEL + textwrap.indent(MISTAKES[name], "    ") + WRITE)
    found = mistake(text)
    assert found.code == "TTL0242"
    assert found.span is not None
    if "«" in MISTAKES[name]:
        assert (found.span.line, found.span.column) == place


def mistake(text: str) -> Diagnostic:
    op = load(text, ttl=ttl)
    device = ttnn.open_device(device_id=0)
    x: Any = ttnn.zeros((32, 32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
    with pytest.raises(DiagnosticError) as raised:
        op(x, x)
    return raised.value.diagnostics[0]


def test_a_stage_is_not_called_alone() -> None:
    op = load(STAGES, "load", ttl=ttl)
    device = ttnn.open_device(device_id=0)
    x: Any = ttnn.zeros((32, 32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
    with pytest.raises(DiagnosticError, match="is a stage of other operations alone"):
        op(x, x)
