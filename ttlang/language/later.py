"""Names of the language whose compilation is still to come. Every use is a TTL0003 at its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ttlang.diagnostics import error
from ttlang.language.call_sites import caller_span

if TYPE_CHECKING:
    from ttlang.language.buffers import Block


class LaterFeature:
    """A function or class of the language that this version does not compile yet."""

    def __init__(self, name: str, doc: str):
        self.__name__ = self.__qualname__ = name
        self.__module__ = "ttl"
        self.__doc__ = doc

    @property
    def message(self) -> str:
        return f"ttl.{self.__name__} is not compiled by this version of ttlang yet"

    def __call__(self, *_: object, **__: object) -> Block:
        raise error("TTL0003", self.message, caller_span())

    def __repr__(self) -> str:
        return f"<ttl.{self.__name__}>"


squeeze = LaterFeature("squeeze", "A block without dimensions of size 1.")
unsqueeze = LaterFeature("unsqueeze", "A block with further dimensions of size 1.")
