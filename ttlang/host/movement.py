"""Operations that move elements and compute nothing: pad, slice, reshape, permute, concat and their kin."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from ttlang.host.each_chip import tensor_operation
from ttlang.host.memory import MemoryConfig
from ttlang.host.stored_tensor import Number
from ttlang.host.tensor import Tensor
from ttlang.host.types import AnyDataType, Layout, Shape, to_data_type

__all__ = [
    "chunk",
    "concat",
    "embedding",
    "expand",
    "fill_implicit_tile_padding",
    "pad",
    "permute",
    "repeat",
    "reshape",
    "slice",
    "split",
    "squeeze",
    "stack",
    "transpose",
    "unsqueeze",
    "unsqueeze_to_4D",
    "upsample",
]


@tensor_operation
def pad(
    input_tensor: Tensor,
    padding: Sequence[Sequence[int]] | Sequence[int],
    value: Any = 0.0,
    *more: Number,
    use_multicore: bool = True,
    memory_config: MemoryConfig | None = None,
) -> Tensor:
    """
    Elements of `value` around a tensor. `padding` has a pair (before, after) for each dimension, or for the last few;
    or, in the older form, pad(tensor, output_shape, start, value) names the shape of the result and where in it the
    tensor begins.
    """
    shape = input_tensor.shape
    if all(isinstance(entry, int) for entry in padding):
        output, start = Shape(cast("Sequence[int]", padding)), tuple(cast("Sequence[int]", value))
        if len(output) != len(shape) or len(start) != len(shape):
            raise ValueError(f"pad: {list(output)} and {list(start)} need an entry for each dimension of {list(shape)}")
        pairs = [(s, o - s - n) for s, o, n in zip(start, output, shape, strict=True)]
        value = more[0] if more else 0.0
    else:
        pairs = [(int(before), int(after)) for before, after in cast("Sequence[Sequence[int]]", padding)]
    if len(pairs) > len(shape) or any(before < 0 or after < 0 for before, after in pairs):
        raise ValueError(f"pad: {pairs} does not pad a tensor of shape {list(shape)}")
    pairs = [(0, 0)] * (len(shape) - len(pairs)) + pairs
    padded = np.pad(input_tensor.values, pairs, constant_values=value)
    return input_tensor.with_values(padded, memory_config=memory_config)


@tensor_operation
def fill_implicit_tile_padding(
    input_tensor: Tensor, fill_value: Number, *, memory_config: MemoryConfig | None = None
) -> Tensor:
    """The same tensor with `fill_value` in the elements that pad its last two dimensions to whole tiles."""
    return input_tensor.with_values(input_tensor.values, memory_config=memory_config, pad_value=fill_value)


@tensor_operation
def slice(
    input_tensor: Tensor,
    slice_start: Sequence[int],
    slice_end: Sequence[int],
    slice_step: Sequence[int] | None = None,
    *,
    memory_config: MemoryConfig | None = None,
) -> Tensor:
    """
    The elements from `slice_start` up to below `slice_end` in each dimension; a negative index counts from the end.
    A ValueError for a part outside of the tensor.
    """
    shape = input_tensor.shape
    steps = slice_step or [1] * len(shape)
    if not len(slice_start) == len(slice_end) == len(steps) == len(shape):
        raise ValueError(f"slice needs a start and an end for each dimension of {list(shape)}")
    starts = [s + n if s < 0 else s for s, n in zip(slice_start, shape, strict=True)]
    ends = [e + n if e < 0 else e for e, n in zip(slice_end, shape, strict=True)]
    inside = all(0 <= s <= e <= n for s, e, n in zip(starts, ends, shape, strict=True))
    if not inside or min(steps, default=1) < 1:
        raise ValueError(
            f"slice from {list(slice_start)} to {list(slice_end)}, steps {list(steps)}, is no part of {list(shape)}"
        )
    index = tuple(builtins.slice(*entry) for entry in zip(starts, ends, steps, strict=True))
    return input_tensor.with_values(input_tensor.values[index], memory_config=memory_config)


@tensor_operation
def reshape(input_tensor: Tensor, shape: Sequence[int], *, memory_config: MemoryConfig | None = None) -> Tensor:
    """The same elements, in order, in another shape; -1 stands for what is left."""
    result = input_tensor.reshape(tuple(shape))
    return result if memory_config is None else result.copy_to(result.device(), memory_config)


@tensor_operation
def permute(
    input_tensor: Tensor,
    dims: Sequence[int],
    *,
    memory_config: MemoryConfig | None = None,
    pad_value: float = 0.0,
) -> Tensor:
    """The dimensions in another order: dimension i of the result is `dims[i]` of the tensor."""
    rank = len(input_tensor.shape)
    if sorted(dim % rank if -rank <= dim < rank else rank for dim in dims) != list(range(rank)):
        raise ValueError(f"permute: {list(dims)} does not name each of {rank} dimensions once")
    permuted = input_tensor.values.transpose(tuple(dims))
    return input_tensor.with_values(permuted, memory_config=memory_config, pad_value=pad_value)


@tensor_operation
def transpose(
    input_tensor: Tensor,
    dim1: int,
    dim2: int,
    *,
    memory_config: MemoryConfig | None = None,
    pad_value: float = 0.0,
) -> Tensor:
    """Two dimensions swapped."""
    order = list(range(len(input_tensor.shape)))
    one, other = axis_of(input_tensor, dim1), axis_of(input_tensor, dim2)
    order[one], order[other] = other, one
    return permute(input_tensor, order, memory_config=memory_config, pad_value=pad_value)


@tensor_operation
def concat(tensors: Sequence[Tensor], dim: int = 0, *, memory_config: MemoryConfig | None = None) -> Tensor:
    """Tensors one after the other along a dimension, in the type and layout of the first."""
    if not tensors:
        raise ValueError("concat needs a tensor")
    first, axis = tensors[0], axis_of(tensors[0], dim)
    try:
        joined = np.concatenate([tensor.values for tensor in tensors], axis)
    except ValueError:
        shapes = ", ".join(str(list(tensor.shape)) for tensor in tensors)
        raise ValueError(f"concat along {dim}: the other dimensions of {shapes} differ") from None
    return first.with_values(joined, memory_config=memory_config)


@tensor_operation
def stack(input_tensors: Sequence[Tensor], dim: int) -> Tensor:
    """Tensors of one shape one after the other along a new dimension."""
    return concat([unsqueeze(tensor, dim) for tensor in input_tensors], dim)


@tensor_operation
def split(
    input_tensor: Tensor, split_size: int | Sequence[int], dim: int = 0, *, memory_config: MemoryConfig | None = None
) -> list[Tensor]:
    """Parts along a dimension: of `split_size` elements and a last of what is left, or of the sizes given."""
    axis = axis_of(input_tensor, dim)
    extent = input_tensor.shape[axis]
    if isinstance(split_size, int):
        if split_size < 1:
            raise ValueError(f"split needs parts of one element or more, not of {split_size}")
        cuts = list(range(split_size, extent, split_size))
    else:
        if sum(split_size) != extent:
            raise ValueError(f"split: parts of {list(split_size)} do not make {extent} elements")
        cuts = np.cumsum(split_size)[:-1].tolist()
    parts = np.split(input_tensor.values, cuts, axis)
    return [input_tensor.with_values(part, memory_config=memory_config) for part in parts]


@tensor_operation
def chunk(input_tensor: Tensor, chunks: int, dim: int) -> list[Tensor]:
    """At most `chunks` parts of the same size along a dimension; the last may be smaller."""
    extent = input_tensor.shape[axis_of(input_tensor, dim)]
    return split(input_tensor, max(-(-extent // chunks), 1), dim)


@tensor_operation
def repeat(input_tensor: Tensor, repeat_dims: Sequence[int], *, memory_config: MemoryConfig | None = None) -> Tensor:
    """The tensor repeated, a number of times for each dimension."""
    if len(repeat_dims) < len(input_tensor.shape):
        raise ValueError(f"repeat needs a number for each dimension of {list(input_tensor.shape)}")
    return input_tensor.with_values(np.tile(input_tensor.values, tuple(repeat_dims)), memory_config=memory_config)


@tensor_operation
def expand(input_tensor: Tensor, output_shape: Sequence[int], *, memory_config: MemoryConfig | None = None) -> Tensor:
    """Dimensions of 1 repeated to the shape given; -1 keeps an extent."""
    lead = len(output_shape) - len(input_tensor.shape)
    old = (1,) * lead + tuple(input_tensor.shape)
    target = tuple(o if n == -1 else n for o, n in zip(old, output_shape, strict=False))
    if lead < 0 or any(o not in (1, n) for o, n in zip(old, target, strict=True)):
        raise ValueError(f"expand: {list(input_tensor.shape)} does not become {list(output_shape)}")
    return input_tensor.with_values(np.broadcast_to(input_tensor.values, target), memory_config=memory_config)


@tensor_operation
def squeeze(input_tensor: Tensor, dim: int | Sequence[int] | None = None) -> Tensor:
    """Without its dimensions of 1: all, or those named (a named one that is not 1 stays)."""
    shape = input_tensor.shape
    named = range(len(shape)) if dim is None else [dim] if isinstance(dim, int) else dim
    gone = {axis for axis in (axis_of(input_tensor, entry) for entry in named) if shape[axis] == 1}
    return reshape(input_tensor, [extent for axis, extent in enumerate(shape) if axis not in gone])


@tensor_operation
def unsqueeze(input_tensor: Tensor, dim: int) -> Tensor:
    """With a dimension of 1 put in at `dim`."""
    rank = len(input_tensor.shape) + 1
    if not -rank <= dim < rank:
        raise ValueError(f"unsqueeze: {dim} is no place in {rank} dimensions")
    shape = list(input_tensor.shape)
    shape.insert(dim % rank, 1)
    return reshape(input_tensor, shape)


@tensor_operation
def unsqueeze_to_4D(tensor: Tensor) -> Tensor:
    """With dimensions of 1 put in front, up to four."""
    return reshape(tensor, tensor.shape.to_rank(4))


@tensor_operation
def embedding(
    input_tensor: Tensor,
    weight: Tensor,
    *,
    padding_idx: int | None = None,
    layout: Layout | None = None,
    dtype: AnyDataType | None = None,
    memory_config: MemoryConfig | None = None,
) -> Tensor:
    """
    For each index the row of `weight` that it names, in a last dimension; in the type and layout of `weight` unless
    given. The row of `padding_idx` is what it is, as in a model that has been trained. A ValueError for an index of no
    row.
    """
    rows = weight.values.reshape(-1, weight.shape[-1])
    indices = input_tensor.values.astype(np.int64)
    if input_tensor.withheld is None and indices.size and not 0 <= indices.min() <= indices.max() < len(rows):
        raise ValueError(
            f"embedding: indices from {indices.min()} to {indices.max()}, and the weight has {len(rows)} rows"
        )
    chosen = rows[np.clip(indices, 0, len(rows) - 1)]
    return weight.with_values(
        chosen, dtype=None if dtype is None else to_data_type(dtype), layout=layout, memory_config=memory_config
    )


@tensor_operation
def upsample(
    input_tensor: Tensor,
    scale_factor: int | Sequence[int],
    *,
    mode: str = "nearest",
    memory_config: MemoryConfig | None = None,
    compute_kernel_config: object = None,
) -> Tensor:
    """
    Images (N, H, W, C) with each pixel as many times as `scale_factor` says, in H and in W. A ValueError for another
    rank, and for a mode other than "nearest".
    """
    if len(input_tensor.shape) != 4 or mode != "nearest":
        raise ValueError(
            f"upsample: {list(input_tensor.shape)}, mode={mode!r}: it takes (N, H, W, C), and nearest alone"
        )
    down, across = (scale_factor, scale_factor) if isinstance(scale_factor, int) else scale_factor
    values = input_tensor.values.repeat(down, 1).repeat(across, 2)
    return input_tensor.with_values(values, memory_config=memory_config)


def axis_of(tensor: Tensor, dim: int) -> int:
    """The number of a dimension, from 0, where negative ones count from the end. A ValueError outside."""
    rank = len(tensor.shape)
    if not -rank <= dim < rank:
        raise ValueError(f"a tensor of shape {list(tensor.shape)} has no dimension {dim}")
    return dim % rank
