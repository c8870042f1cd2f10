"""The pages of a tensor on one chip, which are made when somebody first asks for them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ttlang.host.codec import Pages, decode_pages, encode_pages
from ttlang.host.spec import TensorSpec


class PageMemory:
    """
    An array uint8 (pages, bytes of a page), C-contiguous, that kernels read and write in place; or what makes it, the
    same whenever it is called. So a tensor of which only the description is wanted takes no memory.
    """

    __slots__ = ("_make", "_pages")

    def __init__(self, make: Callable[[], Pages]):
        self._make = make
        self._pages: Pages | None = None

    @classmethod
    def of(cls, pages: Pages) -> PageMemory:
        """Of an array that is there, and becomes the memory."""
        pages = np.ascontiguousarray(pages)
        memory = cls(lambda: pages)
        memory._pages = pages
        return memory

    @property
    def is_made(self) -> bool:
        return self._pages is not None

    @property
    def pages(self) -> Pages:
        if self._pages is None:
            self._pages = np.ascontiguousarray(self._make())
        return self._pages

    def copy(self) -> PageMemory:
        """Another memory that holds the same now."""
        return PageMemory(self._make) if self._pages is None else PageMemory.of(self._pages.copy())

    def encoded_as(self, held: TensorSpec, wanted: TensorSpec, pad_value: float) -> PageMemory:
        """Another memory, of the same values for a specification of the same shape and type as the one held."""
        if held.page_shape == wanted.page_shape:
            return self.copy()
        if self._pages is not None:
            return PageMemory.of(encode_pages(decode_pages(self._pages, held), wanted, pad_value))
        make = self._make
        return PageMemory(lambda: encode_pages(decode_pages(make(), held), wanted, pad_value))
