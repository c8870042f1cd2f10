"""The warning of undefined elements that take part in a result."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from ttlang.diagnostics import TTLangWarning
from ttlang.host import TILE_LAYOUT, open_device, zeros

KERNEL = """
from ttlang import ttl

@ttl.kernel(grid=(1, 1))
def kernel(x, out):
    x_cb = ttl.make_circular_buffer_like(x, shape=(1, 1))
    own_cb = ttl.make_circular_buffer_like(x, shape=(1, 1))
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, 1))

    @ttl.compute()
    def compute():
        with x_cb.wait() as a:
            with own_cb.reserve() as own:
                own.store(ttl.reduce_max(a, dims=[0]))
            with own_cb.wait() as own, out_cb.reserve() as o:
                o.store({expression})

    @ttl.datamovement()
    def read():
        with x_cb.reserve() as block:
            ttl.copy(x[0, 0], block).wait()

    @ttl.datamovement()
    def write():
        with out_cb.wait() as block:
            ttl.copy(block, out[0, 0]).wait()
"""

DEFINED = [
    "a",
    "ttl.broadcast(ttl.reduce_sum(a, dims=[0]), dims=[1])",
    "ttl.broadcast(ttl.math.exp(ttl.reduce_sum(a, dims=[1])), dims=[0]) * a",
    "ttl.broadcast(ttl.reduce_max(a), dims=[0, 1])",
    "ttl.broadcast(ttl.reduce_max(a, dims=[0]), dims=[0, 1])",
    "ttl.broadcast(ttl.transpose(ttl.reduce_max(a, dims=[0])), dims=[0])",
    "ttl.broadcast(ttl.reduce_sum(ttl.reduce_sum(a, dims=[0]), dims=[1]), dims=[0, 1])",
    "ttl.broadcast(a @ ttl.reduce_sum(a, dims=[0]), dims=[1])",
    "ttl.broadcast(ttl.reduce_sum(a, dims=[1]) @ a, dims=[0])",
    "ttl.broadcast(ttl.reduce_sum(a, dims=[0]), dims=[1]) * ttl.broadcast(ttl.reduce_sum(a, dims=[1]), dims=[0])",
    "ttl.broadcast(own, o, dims=[1]) @ a",
]
UNDEFINED = {
    "ttl.reduce_sum(a, dims=[0])": "column 0",
    "ttl.math.exp(ttl.reduce_sum(a, dims=[1])) + a": "row 0",
    "ttl.reduce_max(a)": "element [0, 0]",
    "ttl.broadcast(ttl.reduce_sum(a, dims=[0]), dims=[0])": "column 0",
    "ttl.broadcast(ttl.reduce_max(a), dims=[1])": "element [0, 0]",
    "ttl.reduce_max(a, dims=[0]) @ a": "column 0",
    "ttl.transpose(ttl.reduce_max(a, dims=[0]))": "row 0",
    "ttl.broadcast(ttl.reduce_sum(ttl.reduce_sum(a, dims=[0]), dims=[1]), dims=[0])": "element [0, 0]",
    "ttl.broadcast(ttl.reduce_sum(ttl.reduce_sum(a, dims=[0]), dims=[0]), dims=[1])": "column 0",
    "a @ ttl.reduce_max(a, dims=[0])": "column 0",
    "ttl.transpose(ttl.reduce_max(a)) @ a": "element [0, 0]",
}


def warned(load: Any, expression: str) -> list[TTLangWarning]:
    device = open_device(device_id=0)
    x, out = (zeros((32, 32), dtype="bfloat16", layout=TILE_LAYOUT, device=device) for _ in range(2))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        load(KERNEL.format(expression=expression)).kernel.compile(x, out)
    return [w.message for w in caught if isinstance(w.message, TTLangWarning) and "TTL0414" not in str(w.message)]


@pytest.mark.parametrize("expression", DEFINED)
def test_defined(load: Any, expression: str) -> None:
    assert not warned(load, expression)


@pytest.mark.parametrize("expression", UNDEFINED)
def test_undefined(load: Any, expression: str) -> None:
    (found,) = warned(load, expression)
    assert found.diagnostic.code == "TTL0603"
    assert f"defined in {UNDEFINED[expression]}" in found.diagnostic.message
    assert found.diagnostic.span is not None
    assert found.diagnostic.span.line == 16
    assert found.diagnostic.hint


THROUGH_BUFFERS = """
from ttlang import ttl

@ttl.kernel(grid=(1, 1))
def kernel(x, out):
    x_cb = ttl.make_circular_buffer_like(x, shape=(1, 1))
    r_cb = ttl.make_circular_buffer_like(x, shape=(1, 1))
    s_cb = ttl.make_circular_buffer_like(x, shape=(1, 1))
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, 1))

    @ttl.compute()
    def compute():
        with x_cb.wait() as a, r_cb.reserve() as r:
            r.store({first})
        with r_cb.wait() as r, s_cb.reserve() as s:
            s.store({second})
        with s_cb.wait() as s, out_cb.reserve() as o:
            o.store({third})

    @ttl.datamovement()
    def read():
        with x_cb.reserve() as block:
            ttl.copy(x[0, 0], block).wait()

    @ttl.datamovement()
    def write():
        with out_cb.wait() as block:
            ttl.copy(block, out[0, 0]).wait()
"""
ROW_SUM, COLUMN_SUM = "ttl.reduce_sum(a, dims=[0])", "ttl.reduce_sum(a, dims=[1])"


def found_through_buffers(
    load: Any, first: str, second: str = "r", third: str = "s", out: tuple[int, int] = (32, 32)
) -> list[TTLangWarning]:
    device = open_device(device_id=0)
    tensors = [zeros(shape, dtype="bfloat16", layout=TILE_LAYOUT, device=device) for shape in ((32, 32), out)]
    source = THROUGH_BUFFERS.format(first=first, second=second, third=third)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        load(source).kernel.compile(*tensors)
    return [w.message for w in caught if isinstance(w.message, TTLangWarning)]


def test_only_the_last_reduction_is_named(load: Any) -> None:
    """What is broadcast, or reduced again, is defined; one reduction in two steps is one."""
    both = "ttl.reduce_sum(a - ttl.broadcast(ttl.reduce_max(a, dims=[0]), dims=[1]), dims=[0])"
    for expression in (both, "ttl.reduce_max(a)"):
        (found,) = warned(load, expression)
        assert [note.message for note in found.diagnostic.related] == ["reduced here"]


@pytest.mark.parametrize("second", ["r", "ttl.math.exp(r)", "r + 1"])
def test_reduced_before_it_was_stored_in_other_buffers(load: Any, second: str) -> None:
    (found,) = found_through_buffers(load, ROW_SUM, second)
    assert "defined in column 0" in found.diagnostic.message
    assert [related.span.line for related in found.diagnostic.related] == [14]


def test_a_misuse_of_what_comes_from_a_buffer(load: Any) -> None:
    (found,) = found_through_buffers(load, ROW_SUM, "ttl.broadcast(r, dims=[0])")
    assert "takes row 0, and its operand is defined in column 0" in found.diagnostic.message
    assert not found_through_buffers(load, ROW_SUM, "ttl.broadcast(r, dims=[1])", "s @ s")


@pytest.mark.parametrize(
    ("first", "out", "count"),
    [
        (ROW_SUM, (32, 1), 0),
        (ROW_SUM, (7, 1), 0),
        (ROW_SUM, (32, 2), 1),
        (ROW_SUM, (1, 32), 1),
        (COLUMN_SUM, (1, 32), 0),
        (COLUMN_SUM, (32, 1), 1),
        ("ttl.reduce_sum(a)", (1, 1), 0),
        ("ttl.reduce_sum(a)", (32, 1), 1),
        (ROW_SUM, (1, 1), 0),
    ],
)
def test_a_tensor_that_has_no_more_than_what_is_defined(
    load: Any, first: str, out: tuple[int, int], count: int
) -> None:
    assert len(found_through_buffers(load, first, out=out)) == count
