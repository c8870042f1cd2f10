"""Buffers that are like no tensor (`make_dfb`), and what authors ask of their memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import ttlang.host as host
from tests.support.compute_kernels import run_source
from ttlang import ttl
from ttlang.diagnostics import DiagnosticError
from ttlang.tables.dtypes import DTYPES, DType

HEAD = """
from ttlang import ttl, ttnn
import torch

@ttl.{decorator}(grid=(1, 1))
def kernel(x, out):
    {made}

    @ttl.datamovement()
    def read():
        for i in range(2):
            with a.reserve() as block:
                ttl.copy(x[0, i], block).wait()

    @ttl.compute()
    def compute():
        for _ in range(2):
            with a.wait() as v, between.reserve() as o:
                o.store(v * v)
            with between.wait() as v, b.reserve() as o:
                o.store(v + 1)

    @ttl.datamovement()
    def write():
        for i in range(2):
            with b.wait() as block:
                ttl.copy(block, out[0, i]).wait()
"""
X = np.random.default_rng(8).integers(1, 9, (32, 64)).astype(np.float32)
PLAIN = "a, between, b = (ttl.make_dfb('bf16', shape=(1, 1)) for _ in range(3))"


@pytest.mark.parametrize("decorator", ["kernel", "operation"])
@pytest.mark.parametrize("written", ["'bf16'", "'bfloat16'", "ttl.bfloat16", "ttnn.bfloat16", "torch.bfloat16"])
def test_a_buffer_by_its_format(load: Any, decorator: str, written: str) -> None:
    made = f"a, between, b = (ttl.make_dfb({written}, (1, 1), 1, (32, 32)) for _ in range(3))"
    (chip,), (fast,) = run_source(load, HEAD.format(decorator=decorator, made=made), [X], [X.shape])
    np.testing.assert_array_equal(chip, fast)
    np.testing.assert_array_equal(chip, X * X + 1)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_every_format(load: Any, dtype: DType) -> None:
    """What lies between two buffers has the format that is asked for, whatever the tensors have."""
    made = f"a, b = (ttl.make_dfb('bf16', (1, 1)) for _ in range(2)); between = ttl.make_dfb('{dtype.name}', (1, 1), 3)"
    kernel = load(HEAD.format(decorator="operation", made=made)).kernel
    if dtype.is_integer:
        with pytest.raises(DiagnosticError, match="TTL0305"):
            _compiled(kernel)
        return
    (buffer,) = [cb for cb in _compiled(kernel).program.circular_buffers if cb.sym_name.data == "between"]
    assert (buffer.element.dtype, buffer.pages.value.data) == (dtype, 3)


def _tensors() -> list[host.Tensor]:
    with host.manage_device() as device:
        return [host.from_torch(torch.tensor(X), host.bfloat16, layout=host.TILE_LAYOUT, device=device) for _ in "xo"]


def _compiled(kernel: Any) -> Any:
    return kernel.compile(*_tensors())


GROUPED = "g = ttl.make_dfb_allocation_group()\n    a, b = (ttl.make_dfb('bf16', (1, 1)) for _ in range(2))\n    "


def test_a_group_of_buffers(load: Any) -> None:
    """Its members lie in one place, and the plan says so."""
    member = "between = ttl.make_dataflow_buffer_like(x, (1, 1), allocation_group=g)"
    other = "unused = ttl.make_dfb('bf16', (2, 2), 1, allocation_group=g)"
    text = HEAD.format(decorator="operation", made=f"{GROUPED}{member}\n    {other}")
    run_source(load, text, [X], [X.shape])
    plan = _compiled(load(text).kernel).plan()
    assert "in one place with unused" in plan
    assert "in one place with between" in plan


@pytest.mark.parametrize("scope", ["None", "'local'", "'remote_uniform'", "ttl.DFBAddressScope.LOCAL"])
def test_scopes_of_addresses(load: Any, scope: str) -> None:
    made = PLAIN.replace("shape=(1, 1)", f"(1, 1), address_scope={scope}")
    (chip,), _ = run_source(load, HEAD.format(decorator="operation", made=made), [X], [X.shape])
    assert (chip > 1).all()


@pytest.mark.parametrize(
    ("code", "call", "says"),
    [
        ("TTL0107", "make_dfb('float16', (1, 1))", "'float16' is not a data format"),
        ("TTL0107", "make_dfb(x, (1, 1))", "is not a data format"),
        ("TTL0304", "make_dfb('bf16', (2,))", "no shape of a block"),
        ("TTL0304", "make_dfb('bf16', (1, 1), 0)", "no positive number of blocks"),
        ("TTL0304", "make_dfb('bf16', (1, 1), tile=(32, 8))", "no size of a tile"),
        ("TTL0304", "make_dfb('bf16', (1, 1), tile=32)", "no size of a tile"),
        ("TTL0003", "make_dfb('bf16', (1, 1), tile=(16, 32))", "tiles of 16x32 elements"),
        ("TTL0706", "make_dfb('bf16', (1, 1), allocation_group=x)", "no group of buffers"),
        ("TTL0706", "make_dfb('f32', (1, 1), allocation_group=g)", "tiles of float32, and the others"),
        ("TTL0706", "make_dfb('bf16', (1, 1), address_scope='operation')", "no scope of addresses"),
        ("TTL0706", "make_dataflow_buffer_like(x, (1, 1), address_scope=1)", "no scope of addresses"),
    ],
)
def test_what_a_buffer_can_not_be(load: Any, code: str, call: str, says: str) -> None:
    member = "between = ttl.make_dfb('bf16', (1, 1), allocation_group=g)"
    kernel = load(HEAD.format(decorator="operation", made=f"{GROUPED}{member}\n    other = ttl.{call}")).kernel
    with pytest.raises(DiagnosticError, match=says) as found:
        _compiled(kernel)
    assert found.value.diagnostics[0].code == code
    assert found.value.diagnostics[0].span.line == 10


def test_a_group_of_another_call(load: Any) -> None:
    text = HEAD.format(decorator="operation", made="keep.append(ttl.make_dfb_allocation_group())\n    " + PLAIN)
    first = load(f"keep = []\n{text}")
    _compiled(first.kernel)
    made = PLAIN.replace("shape=(1, 1)", "(1, 1), allocation_group=keep[0]")
    second = load("keep = []\n" + HEAD.format(decorator="operation", made=made))
    second.keep.append(first.keep[0])
    with pytest.raises(DiagnosticError, match="another kernel, or another call"):
        _compiled(second.kernel)


def test_outside_of_a_kernel() -> None:
    calls: list[Callable[[], object]] = [lambda: ttl.make_dfb("bf16", (1, 1)), ttl.make_dfb_allocation_group]
    for call in calls:
        with pytest.raises(DiagnosticError, match="outside a kernel"):
            call()
