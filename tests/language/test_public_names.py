"""The objects of the language, as Python and its tools see them."""

from __future__ import annotations

import importlib.util
import inspect
import subprocess
import sys

import pytest

import ttl as kernels
from ttlang import language as ttl
from ttlang.language.math_functions import MathFunction
from ttlang.tables import dtypes
from ttlang.tables.functions import BY_NAME, FUNCTIONS, Function

PUBLIC = [row for row in FUNCTIONS if row.public and row.arity]


@pytest.mark.parametrize("row", PUBLIC, ids=lambda row: row.name)
def test_math_function(row: Function) -> None:
    for name in (row.name, *row.aliases):
        function = getattr(ttl.math, name)
        assert isinstance(function, MathFunction)
        assert function.row is row
        assert function.__name__ == name
        assert function.__doc__ == row.doc
        assert getattr(ttl.math, name) is function
        parameters = inspect.signature(function).parameters
        assert list(parameters) == [*"xyz"[: row.arity], *(p.name for p in row.inputs), *(o.name for o in row.options)]
        for parameter in row.inputs:
            default = parameters[parameter.name].default
            assert default == (inspect.Parameter.empty if parameter.default is None else parameter.default)


def test_names_of_the_math_module() -> None:
    assert set(dir(ttl.math)) >= {"exp", "pow", "matmul", "reduce_sum", "broadcast", "transpose"}
    assert "add_unary" not in dir(ttl.math)
    with pytest.raises(AttributeError, match="did you mean sqrt"):
        _ = ttl.math.sqroot
    with pytest.raises(AttributeError):
        _ = ttl.math.add_unary


@pytest.mark.parametrize("row", PUBLIC, ids=lambda row: row.name)
def test_functions_stand_in_the_language_itself(row: Function) -> None:
    for name in (row.name, *row.aliases):
        assert getattr(ttl, name) is getattr(kernels, name) is getattr(ttl.math, name)
        # What users import with a star keeps Python's own functions.
        assert name in ("fill", "power", "where") or name not in kernels.__all__


def test_the_editions_share_their_objects() -> None:
    assert ttl.block.typecast is ttl.typecast is ttl.math.typecast
    assert ttl.block.broadcast is ttl.broadcast is ttl.math.broadcast
    assert ttl.block.where is ttl.where is ttl.math.where
    assert ttl.block.fill is ttl.fill
    assert ttl.block.transpose is ttl.transpose
    assert ttl.power is ttl.math.power
    assert ttl.power.row is BY_NAME["power"]


def test_formats() -> None:
    for dtype in dtypes.DTYPES:
        assert getattr(ttl, dtype.ttnn) is dtype
    assert ttl.TILE_SHAPE == (32, 32)


def test_everything_public_is_documented() -> None:
    for name in ttl.__all__:
        value = getattr(ttl, name)
        if callable(value):
            assert value.__doc__, name
    for kind in (ttl.Block, ttl.CircularBuffer, ttl.Transfer):
        for name, member in vars(kind).items():
            if inspect.isfunction(member) and not name.startswith("_"):
                assert member.__doc__, f"{kind.__name__}.{name}"


def _fresh(code: str) -> str:
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_language_is_light() -> None:
    heavy = _fresh(
        "import sys, ttlang.language as t; t.math.exp; "
        "print([m for m in ('numpy', 'torch', 'xdsl', 'ml_dtypes') if m in sys.modules])"
    )
    assert heavy.strip() == "[]"


@pytest.mark.skipif(importlib.util.find_spec("ttl") is None, reason="the tests run outside the project's folder")
def test_ttl_offers_the_language_and_the_decorators() -> None:
    import ttl as public

    assert set(public.__all__) == {*ttl.__all__, "kernel", "operation"} - {"math"} | {"math"}
    for name in ttl.__all__:
        assert getattr(public, name) is getattr(ttl, name)
    assert _fresh("import sys, ttl; print('numpy' in sys.modules, 'xdsl' in sys.modules)").split() == ["False", "False"]
