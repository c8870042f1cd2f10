"""A call of what is no function says what stands there, and where it was bound."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
import torch

from ttlang import ttnn
from ttlang.diagnostics import Diagnostic, DiagnosticError

SCRIPT = """
import time
from ttlang import ttl
top = 3
@ttl.{decorator}(grid=(1, 1))
def kernel(x, out):
    x_cb, o_cb = (ttl.{make}(t, shape=(1, 1)) for t in (x, out))
    {outer}
    @ttl.compute()
    def compute():
        {body}
        with x_cb.wait() as b, o_cb.reserve() as o:
            {inner}
            o.store(b)
    @ttl.datamovement()
    def read():
        with x_cb.reserve() as b:
            ttl.copy(x[0, 0], b).wait()
    @ttl.datamovement()
    def write():
        with o_cb.wait() as o:
            ttl.copy(o, out[0, 0]).wait()
"""
CALLS = [
    ("pass", "k = 3; k(2)", "pass", "k is 3, and can't be called", 11, None),
    ("range = 5", "a = range(3)", "pass", "range is 5, and can't be called", 8, "give it another name"),
    ("pass", "range = 4; range(3)", "pass", "range is 4, and can't be called", 11, "leaves range to Python"),
    ("pass", "x(0, 0)", "pass", "the tensor x can't be called", 6, "x[row, column]"),
    ("pass", "pass", "b(1)", "b is a block of 1x1 tiles of bfloat16, and can't be called", 12, None),
    ("pass", "x_cb(1)", "pass", "the circular buffer x_cb can't be called", 7, "wait() gives its oldest block"),
    ("pass", "ttl.math(1)", "pass", "the module ttl.math can't be called", 3, "ttl.math.exp(...)"),
    ("pass", "time(1)", "pass", "the module time can't be called", 2, "time.time(...)"),
    ("pass", "top(1)", "pass", "top is 3, and can't be called", 4, None),
    ("d = {'a': 1}", "d['a'](3)", "pass", "d['a'] is 1, and can't be called", 8, None),
]


@pytest.mark.parametrize(
    ("decorator", "make"),
    [("kernel", "make_circular_buffer_like"), ("operation", "make_dataflow_buffer_like")],
    ids=["2025", "2026"],
)
@pytest.mark.parametrize(("outer", "body", "inner", "message", "line", "hint"), CALLS, ids=[c[3] for c in CALLS])
def test_call_of_no_function(
    outer: str,
    body: str,
    inner: str,
    message: str,
    line: int,
    hint: str | None,
    decorator: str,
    make: str,
    tmp_path: Path,
) -> None:
    found = refused(tmp_path, SCRIPT.format(outer=outer, body=body, inner=inner, decorator=decorator, make=make))
    assert (found.code, found.message) == ("TTL0106", message)
    assert [note.span.line for note in found.related] == [line]
    assert (found.hint is None) if hint is None else hint in (found.hint or "")


def refused(folder: Path, script: str) -> Diagnostic:
    path = folder / "called.py"
    path.write_text(script)
    spec = importlib.util.spec_from_file_location("called", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    device = ttnn.open_device(device_id=0)
    tensors = [
        ttnn.from_torch(torch.zeros(32, 32).bfloat16(), layout=ttnn.TILE_LAYOUT, device=device) for _ in range(2)
    ]
    with pytest.raises(DiagnosticError) as found:
        module.kernel(*tensors)
    return found.value.diagnostics[0]
