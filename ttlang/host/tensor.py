"""The tensor, as scripts have it: conversions, indices and arithmetic on what `StoredTensor` keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ttlang.host.arithmetic import Operand, Scalar, Values, evaluate, matmul
from ttlang.host.device import Device
from ttlang.host.each_chip import tensor_operation
from ttlang.host.memory import MemoryConfig
from ttlang.host.spec import TensorSpec
from ttlang.host.stored_tensor import Number, StoredTensor
from ttlang.host.torch_bridge import numpy_to_torch
from ttlang.host.types import DataType, Layout
from ttlang.host.withheld_values import passing_on
from ttlang.tables.dtypes import Kind
from ttlang.tables.functions import BY_NAME

if TYPE_CHECKING:
    import torch

__all__ = [
    "Tensor",
]


def _operator(function: str) -> Callable[[Tensor, Tensor | Scalar], Tensor]:
    """The operator that applies a row of `ttlang.tables.functions` to a tensor and a tensor or number."""

    def operator(self: Tensor, other: Tensor | Scalar) -> Tensor:
        return self.combine(function, self, other) if is_operand(other) else NotImplemented

    return operator


def _reflected(function: str) -> Callable[[Tensor, Tensor | Scalar], Tensor]:
    """The operator for a number on the left."""

    def operator(self: Tensor, other: Tensor | Scalar) -> Tensor:
        return self.combine(function, other, self) if is_operand(other) else NotImplemented

    return operator


_equal, _unequal = _operator("eq"), _operator("ne")


def is_operand(value: object) -> bool:
    """Whether it can stand in an elementwise operation: a tensor or a number."""
    return isinstance(value, (Tensor, int, float, np.number))


class Tensor(StoredTensor):
    """
    A tensor on the host, or on a device once it has a place there. `from_torch`, `from_numpy` and the creation
    functions make them.

    On a mesh of several chips, shape, and all else that is asked of it, is that of one chip; operations compute on each
    chip by itself.
    """

    @passing_on
    def copy_to(self, device: Device | None, memory_config: MemoryConfig | None = None) -> Tensor:
        """A copy on a device, or on the host, with the memory configuration of this one unless another is given."""
        spec = TensorSpec(self.shape, self.dtype, self.layout, memory_config=memory_config or self.memory_config())
        return Tensor.of_parts([part.copy_as(spec) for part in self.parts], device)

    def cpu(self, blocking: bool = True) -> Tensor:
        """A copy on the host."""
        return self.copy_to(None)

    def to(self, target: Device | Layout, mem_config: MemoryConfig | None = None) -> Tensor:
        """A copy on a device, or in a layout."""
        return self.with_layout(target) if isinstance(target, Layout) else self.copy_to(target, mem_config)

    @tensor_operation
    def with_layout(
        self, layout: Layout, dtype: DataType | None = None, memory_config: MemoryConfig | None = None
    ) -> Tensor:
        """A copy in a layout. A block format becomes bfloat16, which holds all of its values, in ROW_MAJOR_LAYOUT."""
        if dtype is None and layout is Layout.ROW_MAJOR and self.row.kind is Kind.BLOCK_FLOAT:
            dtype = DataType.BFLOAT16
        return self.with_values(self.values, dtype=dtype, layout=layout, memory_config=memory_config)

    def with_values(
        self,
        values: Values,
        *,
        dtype: DataType | None = None,
        layout: Layout | None = None,
        memory_config: MemoryConfig | None = None,
        pad_value: Number = 0.0,
    ) -> Tensor:
        """
        A tensor of other values beside this one: same device, and same type, layout and memory unless given. Where its
        shards do not suit the new shape, the new tensor is interleaved in the same memory.
        """
        dtype, layout = dtype or self.dtype, layout or self.layout
        if memory_config is None:
            same = tuple(values.shape) == tuple(self.shape) and layout is self.layout
            mine = self.memory_config()
            memory_config = mine if same or not mine.is_sharded() else MemoryConfig(buffer_type=mine.buffer_type)
        return Tensor.from_values(values, dtype, layout, self._device, memory_config, pad_value)

    def to_numpy(self) -> Values:
        """Its values in the numpy type of its format (`ml_dtypes.bfloat16` for bfloat16)."""
        return self.values.astype(self._spec.row.numpy_dtype(), copy=False)

    def to_torch(self) -> torch.Tensor:
        """Its values as a torch tensor; `ttnn.to_torch` has more to choose from."""
        return numpy_to_torch(self.to_numpy())

    def to_list(self) -> Any:
        """Its values as nested lists."""
        return self.values.tolist()

    def item(self) -> Number:
        """The value of a tensor of one element. A ValueError for others."""
        if self.volume() != 1:
            raise ValueError(f"item() is for tensors of one element; this one has {self.volume()}")
        return self.values.item()

    @tensor_operation
    def reshape(self, *shape: Any) -> Tensor:
        """The same values in another shape, given as one sequence or as extents; -1 stands for what is left."""
        extents: list[int] = list(shape if len(shape) != 1 or isinstance(shape[0], int) else shape[0])
        try:
            values = self.values.reshape(extents)
        except ValueError:
            raise ValueError(f"a tensor of shape {list(self.shape)} cannot have the shape {extents}") from None
        return self.with_values(values)

    @tensor_operation
    def __getitem__(self, index: Any) -> Tensor:
        """Ints, slices and `...` as in numpy; no other index."""
        entries: list[object] = list(index) if isinstance(index, tuple) else [index]  # pyright: ignore[reportUnknownArgumentType]
        for entry in entries:
            if not isinstance(entry, (int, np.integer, slice, type(...))):
                raise TypeError(f"a tensor is indexed by ints, slices and ..., not by {entry!r}")
        return self.with_values(np.asarray(self.values[index]))

    def __repr__(self) -> str:
        if not self.is_allocated():
            return f"ttnn.Tensor(<deallocated>, shape={self.shape})"
        if self.num_chips > 1:
            what = f"<on {self.num_chips} chips>, shape={self.shape}, dtype={self.dtype}, layout={self.layout}"
            return f"ttnn.Tensor({what})"
        prefix = "ttnn.Tensor("
        text = np.array2string(
            self.values, separator=", ", prefix=prefix, precision=4, floatmode="fixed", threshold=256
        )
        return f"{prefix}{text}, shape={self.shape}, dtype={self.dtype}, layout={self.layout})"

    # Operators: elementwise, but for @. The result has the type, layout and place of the first tensor.

    @tensor_operation
    def combine(self, function: str, *operands: Operand | Tensor) -> Tensor:
        """A row of `ttlang.tables.functions` applied to tensors and numbers, this one's type for the result."""
        arrays = tuple(operand.values if isinstance(operand, Tensor) else operand for operand in operands)
        return self.with_result(evaluate(BY_NAME[function], arrays), function)

    def with_result(self, values: Values, what: str, **more: Any) -> Tensor:
        """`with_values` for the result of an operation. A TypeError for floats in a tensor of integers."""
        dtype: DataType = more.get("dtype") or self.dtype
        if dtype.value.is_integer and values.dtype.kind not in "iub":
            raise TypeError(
                f"{what} of {self.dtype.value} gives floats, which {dtype.value} does not hold; typecast the tensor to "
                "float32 first"
            )
        return self.with_values(values, **more)

    __add__ = _operator("add")
    __radd__ = _reflected("add")
    __sub__ = _operator("sub")
    __rsub__ = _reflected("sub")
    __mul__ = _operator("mul")
    __rmul__ = _reflected("mul")
    __truediv__ = _operator("div")
    __rtruediv__ = _reflected("div")
    __pow__ = _operator("power_binary")
    __rpow__ = _reflected("power_binary")
    __lt__ = _operator("lt")
    __le__ = _operator("le")
    __gt__ = _operator("gt")
    __ge__ = _operator("ge")
    __hash__ = object.__hash__

    # Not assigned: type checkers would have them return bool, as those of `object` do.

    def __eq__(self, other: Tensor | Scalar, /) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return _equal(self, other)

    def __ne__(self, other: Tensor | Scalar, /) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return _unequal(self, other)

    def __neg__(self) -> Tensor:
        return self.combine("neg", self)

    def __abs__(self) -> Tensor:
        return self.combine("abs", self)

    @tensor_operation
    def __matmul__(self, other: Tensor) -> Tensor:
        return self.with_result(matmul(self.values, other.values), "matmul")
