"""What stands at a parameter in brackets: an example of its tensor."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ttl
from ttlang import ttnn
from ttlang.diagnostics import DiagnosticError
from ttlang.driver.spec_forms import spec_of_declared
from ttlang.language.declared_tensors import DeclaredTensor, declared_tensors

SIZE = 64


def declared(declaration: Any) -> DeclaredTensor:
    return ttl.Tensor[declaration]  # pyright: ignore


def test_the_shape_and_the_format_do() -> None:
    spec = spec_of_declared(declared(((512, 64), ttl.bfloat16)))
    assert spec == ttnn.TensorSpec((512, 64), ttnn.bfloat16, ttnn.TILE_LAYOUT)


def test_layout_and_memory_are_those_of_ttnn() -> None:
    for rest in [(ttnn.ROW_MAJOR_LAYOUT, ttnn.L1_MEMORY_CONFIG), (ttnn.L1_MEMORY_CONFIG, ttnn.ROW_MAJOR_LAYOUT)]:
        spec = spec_of_declared(declared(([3, 40], ttnn.int32, *rest)))
        assert spec == ttnn.TensorSpec((3, 40), ttnn.int32, ttnn.ROW_MAJOR_LAYOUT, memory_config=ttnn.L1_MEMORY_CONFIG)


@pytest.mark.parametrize(
    ("declaration", "says"),
    [
        (512, "takes a shape and a format"),
        ((512, 512), "takes a shape and a format"),
        (((512, 0), ttl.bfloat16), "is no shape"),
        (((), ttl.bfloat16), "is no shape"),
        (((512, 1.5), ttl.bfloat16), "a size is an integer"),
        (((512, 512), "bfloat17"), "is not a data format"),
        (((512, 512), ttl.bfloat16, "L1"), "can't have 'L1'"),
        (((512, 512), ttl.bfloat16, ttnn.TILE_LAYOUT, ttnn.ROW_MAJOR_LAYOUT), "can't have"),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(declaration: object, says: str) -> None:
    with pytest.raises(DiagnosticError) as raised:
        declared(declaration)
    (found,) = raised.value.diagnostics
    assert found.code == "TTL0214"
    assert says in found.message
    assert found.span is not None
    assert found.span.file == __file__


def test_parts_that_contradict_each_other() -> None:
    with pytest.raises(DiagnosticError, match="exists in TILE_LAYOUT only"):
        spec_of_declared(declared(((32, 32), ttl.bfloat8_b, ttnn.ROW_MAJOR_LAYOUT)))


def outer() -> Callable[..., None]:
    width = 96

    def function(x: ttl.Tensor[(SIZE, width), ttl.float32], y, z: Missing, w: ttl.Tensor, n: ttl.RuntimeInt):  # noqa: F821 # pyright: ignore
        print(width)

    return function


def test_annotations_that_are_kept_as_text() -> None:
    """As those of this file are."""
    assert declared_tensors(outer(), lambda _: None) == {"x": declared(((SIZE, 96), ttl.float32))}


def test_a_wrong_one_that_is_kept_as_text(tmp_path: Path) -> None:
    def function(x, y: ttl.Tensor[(0, 1), ttl.float32]):  # pyright: ignore
        pass

    place = ttl.kernel(function)._place  # pyright: ignore[reportPrivateUsage]
    with pytest.raises(DiagnosticError) as raised:
        declared_tensors(function, lambda name: place if name == "y" else None)
    assert raised.value.diagnostics[0].span == place
