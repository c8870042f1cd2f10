"""Shapes of meshes."""

import pytest

from ttlang import host as ttnn


def test_sizes():
    shape = ttnn.MeshShape(2, 4)
    assert shape == (2, 4) == ttnn.MeshShape((2, 4))
    assert (shape.mesh_size(), shape.dims(), shape[1]) == (8, 2, 4)
    assert repr(shape) == "MeshShape([2, 4])"
    for wrong in ((), (0, 2), (2, -1)):
        with pytest.raises(ValueError, match="a mesh has a chip at least"):
            ttnn.MeshShape(*wrong)
