"""Tensors of torch on the device that tests run on."""

from __future__ import annotations

from typing import Any

import torch

from ttlang import ttnn


def on_device(values: torch.Tensor, layout: Any = ttnn.TILE_LAYOUT, dtype: Any = None) -> Any:
    """A tensor of these values, in the format of their own type unless another is said."""
    return ttnn.from_torch(values, layout=layout, dtype=dtype, device=ttnn.open_device(device_id=0))
