"""The patterns of float32: masks of their fields, and their ends."""

from __future__ import annotations

import numpy as np

SIGN = np.uint32(0x80000000)
MAGNITUDE = np.uint32(0x7FFFFFFF)
EXPONENT = np.uint32(0x7F800000)
FRACTION = np.uint32(0x007FFFFF)
HIGH_HALF = np.uint32(0xFFFF0000)
"""What a 16-bit DST keeps of a pattern."""
BIAS = 127
INFINITY = np.uint32(0x7F800000)
SMALLEST_NORMAL = np.uint32(0x00800000)
