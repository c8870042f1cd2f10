"""The rows of the tables."""

from __future__ import annotations

import attention
import elementwise
import multicast_matmul
import norms
import reuse_matmul
import softmax
import wheel_elementwise
import wheel_matmul
import wheel_rows
from comparison import Comparison

OF_THE_WHEEL = wheel_elementwise, wheel_rows, wheel_matmul
MODULES = elementwise, norms, softmax, multicast_matmul, reuse_matmul, attention
COMPARISONS: tuple[Comparison, ...] = tuple(each for module in MODULES for each in module.COMPARISONS)
"""Beside kernels of our own, written by hand."""
BESIDE_TTNN: tuple[Comparison, ...] = tuple(each for module in OF_THE_WHEEL for each in module.COMPARISONS)
"""Beside ttnn's own kernels, out of its wheel."""
