"""The table of data formats: one row is all that any layer knows of a format."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

TILE_HEIGHT = 32
TILE_WIDTH = 32
TILE_ELEMENTS = TILE_HEIGHT * TILE_WIDTH
FACE_SIDE = 16
"""Rows and columns of a face: a tile is four, upper left, upper right, lower left, lower right, each row-major."""
FACE_ELEMENTS = FACE_SIDE * FACE_SIDE


class Kind(StrEnum):
    """What a datum of a format is."""

    FLOAT = auto()
    BLOCK_FLOAT = auto()
    """Sixteen datums of a row share one exponent (docs/hardware.md, "Formats")."""
    INTEGER = auto()


@dataclass(frozen=True)
class DType:
    """A data format, under the name that each layer knows it by."""

    name: str
    """In the IR: `!ttcore.tile<32x32, bf16>`."""
    ttnn: str
    """`ttnn.<name>`, and the public name `ttl.<name>`."""
    numpy: str
    """Element type of a host array that holds its values (`ml_dtypes` names included)."""
    torch: str
    """`torch.<name>` that holds its values without loss, or with the least."""
    data_format: str
    """`DataFormat::<name>` in kernel code."""
    code: int
    """The hardware's number for the format."""
    tile_bytes: int
    """Bytes of a 32x32 tile in L1, shared exponents included."""
    kind: Kind
    needs_dst32: bool = False
    """A buffer of this format makes DST hold 32 bits a datum (`fp32_dest_acc_en`)."""
    aliases: tuple[str, ...] = ()
    int8_math: bool = False
    """A source register set to this format puts the FPU into its integer mode (`INT8_math_enabled`)."""

    @property
    def is_integer(self) -> bool:
        return self.kind is Kind.INTEGER

    @property
    def element_bytes(self) -> int:
        """Bytes of one datum in a row-major page. Block formats exist as tiles only: a ValueError."""
        if self.kind is Kind.BLOCK_FLOAT:
            raise ValueError(f"{self.ttnn} has no row-major form: its exponents belong to tiles")
        return self.tile_bytes // TILE_ELEMENTS

    def numpy_dtype(self) -> np.dtype:
        """The numpy element type; imports numpy (and ml_dtypes) on first use."""
        import ml_dtypes
        import numpy as np

        return np.dtype(getattr(ml_dtypes, self.numpy, self.numpy))

    def __str__(self) -> str:
        return self.ttnn


BF16 = DType("bf16", "bfloat16", "bfloat16", "bfloat16", "Float16_b", 5, 2048, Kind.FLOAT)
F32 = DType("f32", "float32", "float32", "float32", "Float32", 0, 4096, Kind.FLOAT, needs_dst32=True)
BFP8 = DType("bfp_bf8", "bfloat8_b", "float32", "float32", "Bfp8_b", 6, 1088, Kind.BLOCK_FLOAT, aliases=("bfp8",))
BFP4 = DType("bfp_bf4", "bfloat4_b", "float32", "float32", "Bfp4_b", 7, 576, Kind.BLOCK_FLOAT, aliases=("bfp4",))
INT32 = DType("si32", "int32", "int32", "int32", "Int32", 8, 4096, Kind.INTEGER, needs_dst32=True, int8_math=True)
UINT32 = DType("u32", "uint32", "uint32", "uint32", "UInt32", 24, 4096, Kind.INTEGER, needs_dst32=True)
UINT16 = DType("u16", "uint16", "uint16", "uint16", "UInt16", 9, 2048, Kind.INTEGER)
UINT8 = DType("u8", "uint8", "uint8", "uint8", "UInt8", 30, 1024, Kind.INTEGER, int8_math=True)

DTYPES = (BF16, F32, BFP8, BFP4, INT32, UINT32, UINT16, UINT8)

SIGNIFICAND_BITS = {"bf16": 8, "f32": 24, "bfp_bf8": 7, "bfp_bf4": 3}
"""Bits of a datum's significand, the leading one included. Those of block formats count from the largest of a block."""

BY_NAME = {dtype.name: dtype for dtype in DTYPES}
"""Rows by their name in the IR."""


def find_dtype(value: object) -> DType:
    """
    The row for a `DType`, for a ttnn, numpy or torch data type, or for a name of one. Raises a ValueError
    for anything else.
    """
    if isinstance(value, DType):
        return value
    name = str(getattr(value, "name", value)).rsplit(".", 1)[-1].lower()
    for dtype in DTYPES:
        if name in (dtype.name, dtype.ttnn, *dtype.aliases):
            return dtype
    for dtype in DTYPES:
        if name in (dtype.numpy, dtype.torch):
            return dtype
    raise ValueError(f"{value!r} is not a data format; the formats are {', '.join(d.ttnn for d in DTYPES)}")
