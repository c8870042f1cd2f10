"""The script whose cold `ttlang compile` is measured: one kernel, no torch."""

import ttnn
from kernels import single_tile_add

device = ttnn.open_device(device_id=0)
a, b, out = (ttnn.zeros((32, 32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device) for _ in range(3))
single_tile_add(a, b, out)
