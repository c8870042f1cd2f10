"""The rows of the table."""

from __future__ import annotations

import elementwise
import multicast_matmul
import norms
from comparison import Comparison

COMPARISONS: tuple[Comparison, ...] = (*elementwise.COMPARISONS, *norms.COMPARISONS, *multicast_matmul.COMPARISONS)
