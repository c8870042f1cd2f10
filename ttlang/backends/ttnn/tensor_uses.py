"""What a program does with its tensors, and how the host makes them."""

from __future__ import annotations

import keyword
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ttlang.analysis.accessed_tensors import accessed
from ttlang.dialects.names import underscores, unique_name
from ttlang.dialects.ttcore import Memory, ShardsAttr, TensorType, TileType
from ttlang.dialects.ttkernel import ProgramOp, TensorOp
from ttlang.dialects.ttkernel.facets import ReadsTensor, WritesTensor
from ttlang.tables import dtypes

Shapes = Sequence[Sequence[int]]
"""Elements of each tensor of a call, in the order of the program's tensors."""


class Role(StrEnum):
    """What the kernels do with a tensor."""

    INPUT = "input"
    OUTPUT = "output"
    BOTH = "input and output"
    UNUSED = "not used"


@dataclass(frozen=True)
class TensorUse:
    """A tensor of a program."""

    name: str
    """That of the kernel's parameter."""
    type: TensorType
    shape: tuple[int, ...]
    """Elements in each dimension."""
    role: Role

    @property
    def dtype(self) -> dtypes.DType:
        return self.type.element.dtype

    @property
    def is_written(self) -> bool:
        return self.role in (Role.OUTPUT, Role.BOTH)

    @property
    def is_tiled(self) -> bool:
        return isinstance(self.type.element, TileType)

    @property
    def shards(self) -> ShardsAttr | None:
        return self.type.shards if isinstance(self.type.shards, ShardsAttr) else None

    @property
    def shard_shape(self) -> tuple[int, int]:
        """Rows and columns of a shard, in elements."""
        assert self.shards is not None
        height, width = self.page_shape if self.is_tiled else (1, 1)
        rows, columns = self.shards.sizes
        return rows * height, columns * width

    @property
    def page_shape(self) -> tuple[int, int]:
        """Rows and columns of a page, in elements: a tile, or a row."""
        return (dtypes.TILE_HEIGHT, dtypes.TILE_WIDTH) if self.is_tiled else (1, self.shape[-1])

    def describe(self) -> str:
        """`2048x2048, bfloat16, tiled, interleaved in DRAM`."""
        layout = "tiled" if self.is_tiled else "row-major"
        sizes = "x".join(map(str, self.shape))
        return f"{sizes}, {self.dtype}, {layout}, {self._place()}"

    def _place(self) -> str:
        memory = self.type.memory.data.name
        if self.shards is None:
            return f"interleaved in {memory}"
        height, width = self.shard_shape
        return f"in {memory}, {self.shards.sharding.data}-sharded by {height}x{width}"

    @property
    def in_l1(self) -> bool:
        return self.type.memory.data is Memory.L1


def tensor_uses(program: ProgramOp, shapes: Shapes = ()) -> list[TensorUse]:
    """The tensors of a program in the order of the kernel's parameters. Without `shapes`, they fill their tiles."""
    read = accessed(program, ReadsTensor)
    written = accessed(program, WritesTensor)
    uses: list[TensorUse] = []
    for i, tensor in enumerate(program.tensors):
        name = tensor.sym_name.data
        shape = tuple(shapes[i]) if shapes else _whole_shape(tensor.type)
        uses.append(TensorUse(name, tensor.type, shape, _role(name in read, name in written)))
    return [uses[i] for i in sorted(range(len(uses)), key=lambda i: _index(program.tensors[i]))]


def variable_names(names: Sequence[str], taken: Collection[str]) -> dict[str, str]:
    """Names of Python variables for the tensors, by the tensors' names."""
    used = set(taken)
    variables: dict[str, str] = {}
    for name in names:
        variables[name] = unique_name(name, lambda each: keyword.iskeyword(each) or each in used, underscores())
        used.add(variables[name])
    return variables


def _index(tensor: TensorOp) -> int:
    return tensor.index.value.data


def _role(is_read: bool, is_written: bool) -> Role:
    if is_written:
        return Role.BOTH if is_read else Role.OUTPUT
    return Role.INPUT if is_read else Role.UNUSED


def _whole_shape(type_: TensorType) -> tuple[int, ...]:
    """The shape in elements, up to the last tile's end."""
    *outer, rows, columns = (1, *type_.sizes) if len(type_.sizes) == 1 else type_.sizes
    if isinstance(type_.element, TileType):
        rows, columns = rows * dtypes.TILE_HEIGHT, columns * dtypes.TILE_WIDTH
    return (*outer, rows, columns)
