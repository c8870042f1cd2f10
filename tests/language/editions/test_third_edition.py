"""An edition is a record: one that is made of a record alone is compiled, read and spoken of as it says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ttlang import ttl, ttnn
from ttlang.diagnostics import DiagnosticError
from ttlang.driver.compiler import print_ir
from ttlang.driver.kernel import Kernel
from ttlang.settings.options import CompileOptions
from ttlang.tables.editions import EDITION_2025, EDITION_2026, EDITIONS, Edition

EDITION_2027 = EDITION_2026._replace(
    name="2027",
    words={**EDITION_2025.words, "decorator": "program", "broadcast": "ttl.spread"},
    own_names=frozenset({"ttl.make_circular_buffer_like", "ttl.node"}),
    reduced_dims="stay",
    numbers=("2027", "2025"),
)
"""Counts cores as 2026 does, reduces and makes buffers as 2025."""


@pytest.fixture(autouse=True)
def third(monkeypatch: pytest.MonkeyPatch) -> Edition:
    monkeypatch.setitem(EDITIONS, EDITION_2027.name, EDITION_2027)
    return EDITION_2027


def kernel_of(body: Any, grid: tuple[int, ...] = (1, 1)) -> Any:
    return Kernel(body, grid, CompileOptions(), EDITION_2027)


def sums(x: Any, out: Any) -> None:
    x_cb = ttl.make_circular_buffer_like(x, shape=(1, 2))
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, 1))

    @ttl.compute()
    def compute() -> None:
        with x_cb.wait() as a, out_cb.reserve() as o:
            o.store(ttl.broadcast(ttl.math.leaky_relu(ttl.reduce_sum(a, dims=[0]), 0.5), dims=[1]))

    @ttl.datamovement()
    def read() -> None:
        with x_cb.reserve() as a:
            ttl.copy(x[0, 0:2], a).wait()

    @ttl.datamovement()
    def write() -> None:
        with out_cb.wait() as o:
            ttl.copy(o, out[0, 0]).wait()


def cores(x: Any, out: Any) -> None:
    x_cb = ttl.make_circular_buffer_like(x, shape=(1, 1))
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, 1))

    @ttl.compute()
    def compute() -> None:
        with x_cb.wait() as a, out_cb.reserve() as o:
            o.store(a)

    @ttl.datamovement()
    def read() -> None:
        with x_cb.reserve() as a:
            ttl.copy(x[ttl.node(dims=1), 0], a).wait()

    @ttl.datamovement()
    def write() -> None:
        column, row = ttl.node()
        with out_cb.wait() as o:
            ttl.copy(o, out[row, column]).wait()


def make(values: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> ttnn.Tensor:
    return ttnn.from_numpy(values, dtype=ttnn.float32, layout=ttnn.TILE_LAYOUT, device=ttnn.open_device(device_id=0))


def test_dims_stay_as_the_record_says() -> None:
    values = np.arange(32 * 64, dtype=np.float32).reshape(32, 64) % 7 - 3
    out = make(np.zeros((32, 32), np.float32))
    kernel_of(sums)(make(values), out)
    rows = values.sum(1)
    np.testing.assert_allclose(out.to_numpy()[:, 0], np.where(rows < 0, rows * 0.5, rows), rtol=1e-2)


def test_cores_are_counted_as_the_record_says() -> None:
    out = make(np.zeros((3 * 32, 2 * 32), np.float32))
    numbers = np.repeat(np.arange(6, dtype=np.float32), 32)[:, None] * np.ones((1, 32), np.float32)
    kernel_of(cores, (2, 3))(make(numbers), out)
    assert out.to_numpy()[::32, ::32].tolist() == [[0, 3], [1, 4], [2, 5]]


def test_its_ir_and_its_hints_name_it() -> None:
    def wrong(x: Any, out: Any) -> None:
        x_cb = ttl.make_circular_buffer_like(x, shape=(1, 2))
        out_cb = ttl.make_circular_buffer_like(out, shape=(2, 2))

        @ttl.compute()
        def compute() -> None:
            with x_cb.wait() as a, out_cb.reserve() as o:
                o.store(o + a)

    given = make(np.zeros((64, 64), np.float32))
    assert 'edition = "2027"' in print_ir(kernel_of(sums).to_ttl(given, given))
    with pytest.raises(DiagnosticError, match=r"ttl\.spread\(x, dims=\[0\]\)"):
        kernel_of(wrong)(given, given)


def test_names_of_other_editions_are_foreign_to_it() -> None:
    def mixed(x: Any, out: Any) -> None:
        x_cb = ttl.make_dataflow_buffer_like(x, shape=(1, 1))
        out_cb = ttl.make_circular_buffer_like(out, shape=(1, 1))

        @ttl.compute()
        def compute() -> None:
            with x_cb.wait() as a, out_cb.reserve() as o:
                o.store(ttl.reduce_sum(a, dims=[0]))

    given = make(np.zeros((64, 64), np.float32))
    with pytest.raises(DiagnosticError) as found:
        kernel_of(mixed)(given, given)
    (problem,) = found.value.diagnostics
    assert problem.code == "TTL0211"
    assert "as 2027 counts (@ttl.program)" in problem.message
    assert problem.related[0].message == "ttl.make_dataflow_buffer_like is a name of 2026"
