"""What programs depend on of a tensor, of any library: its description, without data or address."""

from __future__ import annotations

from typing import Any, NamedTuple


class TensorSpec(NamedTuple):
    """Two tensors of equal specs can be given to the same program."""

    shape: tuple[int, ...]
    """In elements."""
    dtype: str
    layout: str
    memory: str
    """Kind of memory, and shards."""
    tile: tuple[int, ...] | None
    """Rows and columns, where the tensor says it."""
    padding: Any
    """The value of elements that fill the last tiles up; None where it is not known."""


def read_spec(tensor: Any) -> TensorSpec:
    """The description of a tensor, or of a `ttnn.TensorSpec`, which stands for a tensor where nothing is run."""
    memory = getattr(tensor, "memory_config", None)
    tile = getattr(getattr(tensor, "tile", None), "tile_shape", None)
    return TensorSpec(
        tuple(tensor.shape),
        str(tensor.dtype),
        str(getattr(tensor, "layout", None)),
        str(memory() if callable(memory) else memory),
        None if tile is None else tuple(tile),
        getattr(tensor, "pad_value", None),
    )
