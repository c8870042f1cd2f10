"""The C++ of kernels whose cores talk to each other, as a person reads it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from tests.language.channels.channel_kernels import CASES
from ttlang import ttnn

PRINTED = ("gather", "scatter_gather", "repeated_barrier", "gather_all")
"""A loop over roles, without and with landing slots; semaphores of the user's own; words of a buffer."""


@pytest.mark.parametrize("name", PRINTED)
def test_golden(name: str, golden: Callable[[str, str], None]) -> None:
    case = CASES[name]
    device = ttnn.open_device(device_id=0)
    zeros = torch.zeros(case.shape[0] * 32, case.shape[1] * 32).bfloat16()
    x, out = (ttnn.from_torch(zeros, layout=ttnn.TILE_LAYOUT, device=device) for _ in range(2))
    sources = case.kernel.compile(x, out).cpp()
    rule = "// " + 100 * "-"
    golden("\n".join(f"{rule}\n{source}" for source in sources.values()), f"{name}.cpp")
