"""Data types, layouts, shapes and tiles."""

import pytest

from ttlang import host as ttnn
from ttlang.tables.dtypes import DTYPES, find_dtype


def test_every_format_of_the_table_is_a_data_type():
    assert {member.value for member in ttnn.DataType} == set(DTYPES)
    for row in DTYPES:
        member = getattr(ttnn, row.ttnn)
        assert member.value is row
        assert find_dtype(member) is row
        assert str(member) == f"DataType.{row.ttnn.upper()}"


def test_layouts_and_constants():
    assert ttnn.TILE_LAYOUT is ttnn.Layout.TILE
    assert ttnn.ROW_MAJOR_LAYOUT is ttnn.Layout.ROW_MAJOR
    assert ttnn.TILE_SIZE == 32
    assert repr(ttnn.TILE_LAYOUT) == "Layout.TILE"


def test_shape_is_a_tuple_that_equals_lists():
    shape = ttnn.Shape([1, 2, 33, 65])
    assert shape == (1, 2, 33, 65)
    assert shape == [1, 2, 33, 65]
    assert (shape != [1, 2, 33, 65]) is False
    assert shape != (1, 2, 33)
    assert shape != "1234"
    assert shape.rank == len(shape) == 4
    assert shape[-1] == 65
    assert shape.volume == 2 * 33 * 65
    assert repr(shape) == "Shape([1, 2, 33, 65])"
    assert len({shape, ttnn.Shape((1, 2, 33, 65))}) == 1


def test_shape_to_rank():
    assert ttnn.Shape([3, 4]).to_rank(4) == (1, 1, 3, 4)
    assert ttnn.Shape([1, 1, 3]).to_rank(2) == (1, 3)
    assert ttnn.Shape([]).to_rank(1) == (1,)
    with pytest.raises(ValueError, match="does not fit in 1"):
        ttnn.Shape([2, 3]).to_rank(1)


def test_shape_refuses_what_is_no_shape():
    with pytest.raises(TypeError, match="sequence of extents"):
        ttnn.Shape(3)
    with pytest.raises(TypeError):
        ttnn.Shape([1.5])
    with pytest.raises(ValueError, match="negative"):
        ttnn.Shape([2, -1])


def test_tile():
    tile = ttnn.Tile((32, 32))
    assert tile.tile_shape == [32, 32]
    assert tile.face_shape == [16, 16]
    assert tile.num_faces == 4
    assert [tile.get_tile_size(t) for t in (ttnn.bfloat16, ttnn.float32, ttnn.bfloat8_b)] == [2048, 4096, 1088]
    assert tile == ttnn.Tile()
    with pytest.raises(ValueError, match="32x32"):
        ttnn.Tile((16, 32))


def test_spec_takes_plain_shapes_and_names():
    spec = ttnn.TensorSpec((40, 70), "bfloat16", ttnn.TILE_LAYOUT)
    assert spec.shape == [40, 70]
    assert spec.dtype is ttnn.bfloat16
    assert spec.padded_shape == (64, 96)
    assert (spec.num_pages, spec.page_bytes) == (6, 2048)
    assert [ttnn.TensorSpec((), "bfloat16", layout).padded_shape for layout in ttnn.Layout] == [(1,), (32, 32)]
    with pytest.raises(TypeError, match="not a data format"):
        ttnn.TensorSpec((1, 1), "float8")
