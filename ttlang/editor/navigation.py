"""
From a buffer to where it is made, filled and emptied. `definition` at `wait` leads to its producers and at `reserve` to
its consumers; at a block's name to its acquisition; at a buffer's name to where it is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lsprotocol import types as lsp

from ttlang.editor.open_script import OpenScript
from ttlang.editor.positions import Position, Range
from ttlang.editor.syntax.outline import Block, Buffer, BufferUse, Kernel
from ttlang.engine.facts.kernel_facts import BufferFacts


class At(NamedTuple):
    """What is at a place."""

    kernel: Kernel
    buffer: Buffer
    method: str = ""
    """The method of the buffer, at its name."""
    block: Block | None = None
    """The block, at one of its names."""


def at(script: OpenScript, place: Position) -> At | None:
    """The buffer, or the block of one, that a place speaks of."""
    kernel = script.kernel_at(place)
    if kernel is None:
        return None
    for buffer in kernel.buffers:
        if place in buffer.place:
            return At(kernel, buffer)
        for use in buffer.uses:
            if place in use.place:
                return At(kernel, buffer)
            if use.method_place is not None and place in use.method_place:
                return At(kernel, buffer, use.method)
    for thread in kernel.threads:
        for block in _innermost_first(thread.blocks):
            if any(place in each for each in (block.place, *block.uses)) and (made := kernel.buffer(block.buffer)):
                return At(kernel, made, block=_bound_last(thread.blocks, block.name, place) or block)
    return None


def definition(script: OpenScript, place: Position) -> list[Range]:
    """Where what is at a place comes from."""
    found = at(script, place)
    if found is None:
        return []
    if found.block is not None and place not in found.block.place:
        return [found.block.place]
    if found.block is not None:
        return producers(script, found) if found.block.kind == "wait" else [found.buffer.place]
    match found.method:
        case "wait":
            return producers(script, found)
        case "reserve":
            return consumers(script, found)
        case _:
            return [found.buffer.place]


def producers(script: OpenScript, found: At) -> list[Range]:
    """Where blocks of the buffer are reserved: by the compiled kernel, else by its text."""
    facts = _facts(script, found)
    told = [] if facts is None else [script.place_now(use.place) for use in facts.producers]
    return _known(told) or _calls(found.buffer.of_method("reserve", "publish"))


def consumers(script: OpenScript, found: At) -> list[Range]:
    """The same for where they are waited for."""
    facts = _facts(script, found)
    told = [] if facts is None else [script.place_now(use.place) for use in facts.consumers]
    return _known(told) or _calls(found.buffer.of_method("wait"))


def references(script: OpenScript, place: Position, *, declared: bool) -> list[Range]:
    """All places that name the buffer, or the block. `declared`: also where the name is bound."""
    found = at(script, place)
    if found is None:
        return []
    if found.block is not None:
        return [*([found.block.place] if declared else []), *found.block.uses]
    return [*([found.buffer.place] if declared else []), *sorted(use.place for use in found.buffer.uses)]


def highlights(script: OpenScript, place: Position) -> list[tuple[Range, lsp.DocumentHighlightKind]]:
    """All places that name the same buffer or block: where it is filled, and where it is read."""
    found = at(script, place)
    if found is None:
        return []
    if found.block is not None:
        return [(each, lsp.DocumentHighlightKind.Text) for each in references(script, place, declared=True)]
    kinds = {"reserve": lsp.DocumentHighlightKind.Write, "wait": lsp.DocumentHighlightKind.Read}
    told = [(use.place, kinds.get(use.method, lsp.DocumentHighlightKind.Text)) for use in found.buffer.uses]
    return [(found.buffer.place, lsp.DocumentHighlightKind.Text), *sorted(told)]


def _facts(script: OpenScript, found: At) -> BufferFacts | None:
    facts = script.facts.get(found.kernel.name)
    buffers = () if facts is None else facts.buffers
    return next((each for each in buffers if each.name == found.buffer.name), None)


def _known(places: Sequence[Range | None]) -> list[Range]:
    return [each for each in dict.fromkeys(places) if each is not None]


def _calls(uses: Sequence[BufferUse]) -> list[Range]:
    return sorted(use.call or use.place for use in uses)


def _innermost_first(blocks: Sequence[Block]) -> list[Block]:
    return sorted(blocks, key=lambda block: block.place, reverse=True)


def _bound_last(blocks: Sequence[Block], name: str, place: Position) -> Block | None:
    """Of several blocks of a name, the one that was bound last before a place, by the text."""
    before = [each for each in blocks if each.name == name and each.place.start <= place]
    return max(before, key=lambda each: each.place, default=None)
