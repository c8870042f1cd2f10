"""Single elements of blocks, in data movement threads."""

from __future__ import annotations

from ttlang.language.blocks import Block
from ttlang.language.call_sites import host_error

_WHERE = "a data movement thread"


class Element:
    """
    A float that was read from a block. It is compared, with another or with a number, and written to other elements;
    there is no arithmetic of it. Elements exist in data movement threads only: this class documents them.
    """

    def __lt__(self, other: Element | float) -> bool:
        raise host_error("a comparison of elements", _WHERE)

    def __gt__(self, other: Element | float) -> bool:
        raise host_error("a comparison of elements", _WHERE)

    def __le__(self, other: Element | float) -> bool:
        raise host_error("a comparison of elements", _WHERE)

    def __ge__(self, other: Element | float) -> bool:
        raise host_error("a comparison of elements", _WHERE)


def raw_element_read(block: Block, *coordinates: int) -> Element:
    """
    The element of a block of bfloat16 or float32 at `coordinates`: one for each dimension, in elements also where the
    block has tiles.
    """
    raise host_error("ttl.raw_element_read", _WHERE)


def raw_element_write(block: Block, *coordinates: float | Element, value: Element | float | None = None) -> None:
    """
    Writes an element of a block of bfloat16 or float32: what was read from one, or a number. The value is the last
    argument, or `value`; bfloat16 takes the upper half of a float32.
    """
    raise host_error("ttl.raw_element_write", _WHERE)


def read_index(block: Block, *coordinates: int) -> int:
    """
    The element of a block at `coordinates` as an integer to index with, from 0 to 2^31 - 1: a fraction is dropped. The
    block has any format but the block floats.
    """
    raise host_error("ttl.read_index", _WHERE)
