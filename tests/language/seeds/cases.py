"""What a kernel of the language's documents is run with, and how far from torch its results may be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch

from ttlang import ttl, ttnn
from ttlang.testing import Comparison, compare

PRODUCT = 3.0
"""
Units of bfloat16 that a product may lose with a 16-bit DST: the FPU takes it in four phases, each of which is rounded:
at most 1.1 % in all (docs/numerics.md).
"""

TRUNCATION = 1.0
"""The SFPU cuts sums and scaled values to 16 bits."""

ROUNDING = 0.5

BLOCK_SUM = 10.0
"""
Units of bfloat16 that the sum of a block of 4x4 tiles may lose with a 16-bit DST, which rounds it twice for each tile:
six standard deviations of 32 roundings.
"""


@dataclass(frozen=True)
class Case:
    """
    A kernel, its inputs, and its results according to torch, as a function of the inputs in float64. `bound` gets the
    inputs too and gives the arguments of `compare`; `pcc` is the least correlation. `outputs` has the shapes of the
    results where they are not those that torch gives, which are then compared where both have elements.
    """

    kernel: Any
    inputs: tuple[torch.Tensor, ...]
    expected: Callable[..., torch.Tensor]
    bound: Callable[..., dict[str, Any]] = lambda *_: {}
    shape: tuple[int, ...] | None = None
    pcc: float = 0.0
    memory: Any = field(default_factory=lambda: ttnn.DRAM_MEMORY_CONFIG)

    def tensors(self, device: Any) -> list[Any]:
        """The inputs and the result, filled with a value that no kernel leaves there, on a device."""
        exact = self.exact()
        out = torch.full(self.shape or tuple(exact.shape), -77.0)
        return [
            ttnn.from_torch(t, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device, memory_config=self.memory)
            for t in (*self.inputs, out)
        ]

    def exact(self) -> torch.Tensor:
        return self.expected(*(t.double() for t in self.inputs))

    def compare(self, out: Any) -> Comparison:
        exact = self.exact()
        window = tuple(slice(0, size) for size in exact.shape)
        bound = self.bound(*(t.double() for t in self.inputs))
        return compare(ttnn.to_torch(out)[window], exact, **bound)


def load(tensor, cb):
    """Reads the first block of a tensor. Threads call it, so it is compiled with them."""
    rows, columns = cb.shape
    with cb.reserve() as blk:
        tx = ttl.copy(tensor[0:rows, 0:columns], blk)
        tx.wait()


def save(cb, tensor):
    """Writes a block to the start of a tensor."""
    rows, columns = cb.shape
    with cb.wait() as blk:
        tx = ttl.copy(blk, tensor[0:rows, 0:columns])
        tx.wait()


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).bfloat16()


def positive(*shape: int, seed: int = 0) -> torch.Tensor:
    return (torch.rand(*shape, generator=torch.Generator().manual_seed(seed)) + 0.25).bfloat16()


def ones() -> torch.Tensor:
    """The tile of ones that reductions are given."""
    return torch.ones(32, 32).bfloat16()


def rounding_units(count: float) -> float:
    """How many units so many roundings can be off by: half of one each, at most six standard deviations of the sum."""
    return min(count / 2, 6 * (count / 12) ** 0.5)


def matmul_error(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """
    How far a matrix product may be off with a 16-bit DST, which rounds its sum after every 16 of K in each of the four
    fidelity phases, by a unit of the largest partial sum at most.
    """
    steps = a.shape[1] // 16
    chunks = [a[:, 16 * i : 16 * i + 16] @ b[16 * i : 16 * i + 16] for i in range(steps)]
    largest = torch.stack(chunks).cumsum(0).abs().amax(0)
    return rounding_units(4 * steps) * 2.0 ** (torch.floor(torch.log2(largest)) - 7)
