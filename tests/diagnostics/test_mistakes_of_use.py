"""Mistakes of the user and of the machine are said as such, and not as errors of ttlang."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ttlang import ttl
from ttlang.diagnostics import DiagnosticError
from ttlang.diagnostics.internal_errors import reproducing
from ttlang.diagnostics.system_errors import on_this_machine


def body(x: Any, out: Any) -> None:
    pass


async def later(x: Any, out: Any) -> None:
    pass


def steps(x: Any, out: Any) -> Any:
    yield


@pytest.mark.parametrize(
    "function", [ttl.kernel(body), functools.lru_cache(body), functools.partial(body), later, steps, int]
)
def test_what_no_kernel_is_made_of(function: Any) -> None:
    with pytest.raises(DiagnosticError) as found:
        ttl.kernel(grid=(1, 1))(function)
    (diagnostic,) = found.value.diagnostics
    assert diagnostic.code == "TTL0002"
    assert diagnostic.hint


def test_kernels_as_methods() -> None:
    class Methods:
        plain = ttl.kernel(grid=(1, 1))(body)
        static = ttl.kernel(grid=(1, 1))(staticmethod(body))

    assert Methods().static is Methods.static
    assert Methods().plain.__func__ is Methods.plain


@pytest.mark.parametrize("cause", [OSError(28, "No space left on device", "x"), MemoryError()])
def test_the_machine(cause: Exception) -> None:
    with pytest.raises(DiagnosticError) as found, reproducing("the printer", "k", lambda path: ("", "")):
        raise cause
    assert found.value.diagnostics[0].code == "TTL0013"


def test_a_file_where_a_folder_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DiagnosticError, match="TTL0013"), on_this_machine():
        (tmp_path / "file").mkdir()


@pytest.mark.parametrize("value", [0, 2**63, float("nan"), "\ud800", [1], np.ones(3), np.array([]), ttl.math, ttl])
@pytest.mark.parametrize(
    "name", ["fp32_dest_acc_en", "dst_full_sync_en", "math_approx_mode", "allow_tf32", "math_fidelity", "arch"]
)
def test_what_no_option_is(name: str, value: Any) -> None:
    with pytest.raises(DiagnosticError, match=rf"{name}\b") as found:
        ttl.kernel(**{name: value})(body)
    assert found.value.diagnostics[0].code == "TTL0002"


@pytest.mark.parametrize(
    "grid", [True, (True, 1), 0, -1, 10**400, (1, 10**30), 1.0, float("nan"), np.array([]), np.ones((2, 2)), b"1"]
)
def test_what_no_grid_is(grid: Any) -> None:
    with pytest.raises(DiagnosticError, match="TTL0703"):
        ttl.kernel(grid=grid)(body)


@pytest.mark.parametrize("grid", [np.int64(2), (np.int32(2), 1), [np.uint8(2)], 2])
def test_grids_of_other_whole_numbers(grid: Any) -> None:
    assert ttl.kernel(grid=grid)(body).grid == (2, 1)
