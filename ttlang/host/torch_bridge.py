"""To and from torch, which is imported only where a torch tensor is at hand or asked for."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ttlang.tables.dtypes import BF16


def is_torch_tensor(value: object) -> bool:
    """Whether it is a torch tensor. Without an import: whoever holds one has loaded torch."""
    torch: Any = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def torch_to_numpy(tensor: Any) -> NDArray[Any]:
    """The values of a torch tensor, in the numpy type of the same name. May share its memory."""
    torch: Any = sys.modules["torch"]
    tensor = tensor.detach().cpu()
    if tensor.dtype == torch.bfloat16:
        return tensor.view(torch.int16).numpy().view(BF16.numpy_dtype())
    return tensor.numpy()


def numpy_to_torch(values: NDArray[Any]) -> Any:
    """A torch tensor of an array's values, in the torch type of the same name. May share its memory."""
    torch = import_torch()
    values = np.ascontiguousarray(values).reshape(values.shape)
    if values.dtype == BF16.numpy_dtype():
        return torch.from_numpy(values.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(values)


def import_torch() -> Any:
    """The module. An ImportError that says what to do where it is missing."""
    try:
        return importlib.import_module("torch")
    except ImportError as error:
        message = "torch is not installed: pip install 'ttlang[torch]', or take the values with ttnn.to_numpy(tensor)"
        raise ImportError(message) from error
