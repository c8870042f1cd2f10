"""
What the compiler knows of a tensor, of any library: its description, without data or address. It is all that programs
are looked up by, that the front end reads, and that a tensor is checked for.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class MemorySpec:
    """A memory configuration. Two are equal if they say the same, since not every library compares them."""

    __slots__ = ("config", "text")

    def __init__(self, config: Any):
        self.config = config
        """As the tensor's library has it."""
        self.text = str(config)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MemorySpec) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return self.text


class TensorSpec(NamedTuple):
    """Two tensors of equal specs can be given to the same program."""

    shape: tuple[int, ...]
    """In elements."""
    dtype: str
    """Its name in the tensor's library, which `ttlang.tables.dtypes` knows."""
    layout: str
    memory: MemorySpec | None
    """None of a tensor that is in no device's memory."""
    tile: tuple[int, ...] | None
    """Rows and columns, where the tensor says it."""
    padding: float
    """What fills the last tiles up; 0, which is ttnn's default, where the tensor does not tell."""


def read_spec(tensor: Any) -> TensorSpec:
    """The description of a tensor, or of a `ttnn.TensorSpec`, which stands for a tensor where nothing is run."""
    memory = getattr(tensor, "memory_config", None)
    config = memory() if callable(memory) else memory
    tile = getattr(getattr(tensor, "tile", None), "tile_shape", None)
    return TensorSpec(
        tuple(tensor.shape),
        str(tensor.dtype),
        str(getattr(tensor, "layout", None)),
        None if config is None else MemorySpec(config),
        None if tile is None else tuple(tile),
        getattr(tensor, "pad_value", 0.0),
    )
