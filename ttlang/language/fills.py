"""Blocks full of one number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, SupportsFloat, overload

from ttlang.language.blocks import Block
from ttlang.language.call_sites import host_error
from ttlang.language.named_formats import NamedFormat

if TYPE_CHECKING:
    import torch


class NamedLayout(Protocol):
    """A layout of ttnn."""

    @property
    def name(self) -> str: ...


@overload
def fill(
    value: SupportsFloat,
    shape: Sequence[int] | None = None,
    layout: NamedLayout | None = None,
    dtype: NamedFormat | torch.dtype | str | None = None,
    tile: Sequence[int] = (32, 32),
) -> Block: ...
@overload
def fill(value: Block, shape: SupportsFloat, /) -> Block: ...
def fill(
    value: SupportsFloat | Block,
    shape: Sequence[int] | SupportsFloat | None = None,
    layout: NamedLayout | None = None,
    dtype: NamedFormat | torch.dtype | str | None = None,
    tile: Sequence[int] = (32, 32),
) -> Block:
    """
    value everywhere, in a block of `shape` (in tiles; with `layout=ttnn.ROW_MAJOR_LAYOUT`, in elements).

    Without `shape` it has that of what it stands beside; without `dtype` its format, too, and bfloat16 where there is
    none. With `dtype` the number is rounded to that format, which then is the block's. `fill(block, value)` has the
    shape of `block`, to which nothing is written.
    """
    raise host_error("ttl.fill", "a compute thread")
