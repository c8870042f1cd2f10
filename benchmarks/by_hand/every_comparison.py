"""The rows of the table."""

from __future__ import annotations

import attention
import elementwise
import multicast_matmul
import norms
import reuse_matmul
import softmax
from comparison import Comparison

MODULES = elementwise, norms, softmax, multicast_matmul, reuse_matmul, attention
COMPARISONS: tuple[Comparison, ...] = tuple(each for module in MODULES for each in module.COMPARISONS)
