"""Blocks, as a kernel's author writes with them; functions of them are in `block.py`."""

from __future__ import annotations

from typing import Literal, Self, SupportsFloat

from ttlang.language.call_sites import host_error
from ttlang.language.logical_kernels import Kernel
from ttlang.tables.dtypes import DType


class Block:
    """
    Tiles (or, of a row-major tensor, rows of elements) acquired from a circular buffer, or the value of an expression
    over them. Blocks exist in threads only: this class documents what can be done with one. Besides, blocks of one
    shape go through the operators `+ - * / % **`, the comparisons (1.0 or 0.0), unary `-`, `abs` and the functions
    of `ttl.math`, together with Python numbers; and `a @ b` is the product of two blocks.
    """

    shape: tuple[int, ...]
    """In tiles, or in elements."""
    dtype: DType

    def _of_two(self, other: Block | SupportsFloat, /) -> Block:
        raise host_error("an operator of blocks", "a compute thread")

    def _of_one(self) -> Block:
        raise host_error("an operator of blocks", "a compute thread")

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _of_two
    __mod__ = __rmod__ = _of_two
    __pow__ = __rpow__ = __lt__ = __le__ = __gt__ = __ge__ = _of_two
    __neg__ = __pos__ = __abs__ = _of_one

    # Not assigned: type checkers would have them return bool, as those of `object` do.

    def __eq__(self, other: Block | SupportsFloat, /) -> Block:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._of_two(other)

    def __ne__(self, other: Block | SupportsFloat, /) -> Block:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._of_two(other)

    def __matmul__(self, other: Block, /) -> Block:
        """The product of a block of (M, K) tiles and one of (K, N)."""
        raise host_error("@", "a compute thread")

    def __iadd__(self, value: Block | SupportsFloat, /) -> Self:
        """`store(value, acc=True)`."""
        raise host_error("+= on a block", "a compute thread")

    def __bool__(self) -> None:  # No bool: a mistake to type checkers, also where it is Python that asks, as in `max`.
        """Not there: no thread sees a block's numbers. `ttl.where(mask, a, b)` chooses number by number."""
        raise host_error("a block as a condition", "no thread")

    def store(self, value: Block | SupportsFloat, acc: bool = False) -> None:
        """Computes `value`, an expression over blocks or a number, and writes it to this block (compute thread)."""
        raise host_error("Block.store", "a compute thread")

    def transpose(self) -> Block:
        """The transpose of this block, (M, N) tiles as (N, M): `ttl.transpose(block)` (compute thread)."""
        raise host_error("Block.transpose", "a compute thread")

    def push(self, *, kernel: Kernel | None = None) -> None:
        """Hands this reserved block to the consumer of its buffer. `kernel`: the thread that does."""
        raise host_error("Block.push")

    def pop(self, *, kernel: Kernel | None = None) -> None:
        """Frees this block, which was waited for. `kernel`: in a unified body, the thread that does."""
        raise host_error("Block.pop")

    def __enter__(self) -> Self:
        raise host_error("`with` on a block")

    def __exit__(self, *_: object) -> None:
        """Releases the block: push after reserve, pop after wait."""


Operand = Block | Literal[0] | bool
"""A block; or the 0 that Python's sums begin with; or the bool for which type checkers take `0 == block`."""
