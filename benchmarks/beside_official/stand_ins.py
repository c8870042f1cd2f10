"""
What the published compiler imports and a machine without a card lacks: of `torch` and `ttnn`, the little that it asks
for on its way from a Python function to C++. So it compiles where neither is installed.
"""

from __future__ import annotations

import enum
import sys
from collections.abc import Sequence
from types import ModuleType


class DataType(enum.Enum):
    """Numbered as in ttnn."""

    BFLOAT16 = 0
    FLOAT32 = 1
    UINT32 = 2
    BFLOAT8_B = 3
    BFLOAT4_B = 4
    UINT8 = 5
    UINT16 = 6
    INT32 = 7


class Interleaved:
    """Where a tensor lies."""

    buffer_type = "BufferType.DRAM"
    memory_layout = "TensorMemoryLayout.INTERLEAVED"


class Tensor:
    """A tensor without elements, on no device: the compiler then takes the L1 of a chip without other tensors."""

    dtype = DataType.BFLOAT16
    layout = "Layout.TILE"

    def __init__(self, shape: Sequence[int]):
        self.shape = tuple(shape)

    def memory_config(self) -> type[Interleaved]:
        return Interleaved

    def device(self) -> None:
        return None


class Descriptor:
    """Of cores, or of what a kernel is configured with: the compiler makes them and looks at none."""

    def __init__(self, *_: object):
        self.unpack_to_dest_mode: list[int] = []


class UnpackToDestMode(enum.Enum):
    Default = 0
    UnpackToDestFp32 = 1


DESCRIPTORS = (
    "CoreCoord",
    "CoreRange",
    "CoreRangeSet",
    "ComputeConfigDescriptor",
    "ReaderConfigDescriptor",
    "WriterConfigDescriptor",
)
TORCH_DTYPES = ("float32", "float16", "bfloat16", "int32", "uint32", "uint16", "uint8", "bool")


def install() -> None:
    """Puts both where `import` finds them."""
    torch, ttnn = ModuleType("torch"), ModuleType("ttnn")
    for name in TORCH_DTYPES:
        setattr(torch, name, f"torch.{name}")
    for each in (DataType, Tensor, UnpackToDestMode):
        setattr(ttnn, each.__name__, each)
    for name in DESCRIPTORS:
        setattr(ttnn, name, Descriptor)
    sys.modules |= {"torch": torch, "ttnn": ttnn}
