"""How values of calls can be written in a text."""

from __future__ import annotations

from ttlang.dialects.ttkernel.facets.facet import Facet


class HandedOver(Facet):
    """The value comes from the host, or from such values alone: it belongs to no statement of the source."""


class IsExpression(Facet):
    """The value is the same wherever its operands are known, so that a text can have it where it is used."""

    long: bool = False
    """A text gives it a line of its own: inside another call nobody could read it."""
