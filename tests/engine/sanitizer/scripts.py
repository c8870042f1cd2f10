"""How the scripts of these tests begin."""

from __future__ import annotations

HEAD = """
from ttlang import ttl, ttnn
device = ttnn.open_device(device_id=0)
def tensor(*shape):
    return ttnn.zeros(shape, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
"""
