"""The compile-time words by which a kernel finds the pages of its tensors (docs/hardware.md, "Pages")."""

from __future__ import annotations

from ttlang.dialects.ttcore import Memory, ScalarType, ShardsAttr, TensorType
from ttlang.dialects.ttkernel import KernelOp, ProgramOp
from ttlang.tables.chips import Chip

_SHARDED, _IN_DRAM = 1, 2


def accessor_words(program: ProgramOp, kernel: KernelOp, chip: Chip) -> tuple[int, ...]:
    """The words of all tensors of a kernel, as the host's `TensorAccessorArgs` makes them."""
    types = {tensor.sym_name.data: tensor.type for tensor in program.tensors}
    return tuple(word for name in kernel.tensor_names for word in _words(types[name], chip))


def _words(tensor: TensorType, chip: Chip) -> list[int]:
    in_dram = tensor.memory.data is Memory.DRAM
    alignment = chip.dram_alignment if in_dram else chip.l1_alignment
    page = -(-tensor.page_bytes // alignment) * alignment
    kind = _IN_DRAM if in_dram else 0
    if not isinstance(tensor.shards, ShardsAttr):
        return [kind, page]
    banks = [
        x << 8 | y for x0, y0, x1, y1 in tensor.shards.core_ranges for y in range(y0, y1 + 1) for x in range(x0, x1 + 1)
    ]
    packed = [low | high << 16 for low, high in zip(banks[::2], [*banks[1::2], 0], strict=False)]
    shapes = [tensor.matrix, tensor.shards.sizes]
    if isinstance(tensor.element, ScalarType):
        shapes = [(rows, 1) for rows, _ in shapes]  # in pages
    return [kind | _SHARDED, page, 2, len(banks), *shapes[0], *shapes[1], *packed]
