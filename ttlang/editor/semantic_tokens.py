"""
Colours of threads: functions of kernels and threads, buffers, blocks and tensors, as standard token types with
modifiers that say what each is and in which kind of thread it stands.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lsprotocol import types as lsp

from ttlang.editor.client_places import ClientPlaces
from ttlang.editor.open_script import OpenScript
from ttlang.editor.positions import Position, Range
from ttlang.editor.syntax.outline import Kernel, Thread, range_of

TYPES = ["function", "variable", "parameter"]
MODIFIERS = ["kernel", "thread", "compute", "read", "write", "dataMovement", "buffer", "block", "tensor"]
LEGEND = lsp.SemanticTokensLegend(TYPES, MODIFIERS)

_OF_KIND = {"compute": "compute", "read": "read", "write": "write", "data movement": "dataMovement"}

_Token = tuple[Range, str, tuple[str, ...]]


def tokens(script: OpenScript, places: ClientPlaces, where: Range | None = None) -> list[int]:
    """Five numbers for each, as the protocol has them. `where`: only those there."""
    found = {
        place: (kind, modifiers) for kernel in script.kernels for place, kind, modifiers in _kernel(script, kernel)
    }
    data: list[int] = []
    last = lsp.Position(0, 0)
    lines = script.document.lines
    for place in sorted(found):
        if place.start.line != place.end.line or (where is not None and place.start not in where):
            continue
        kind, modifiers = found[place]
        at = places.range(lines, place)
        line = at.start.line - last.line
        data += [line, at.start.character - (0 if line else last.character), at.end.character - at.start.character]
        data += [TYPES.index(kind), sum(1 << MODIFIERS.index(each) for each in modifiers)]
        last = at.start
    return data


def _kernel(script: OpenScript, kernel: Kernel) -> Iterator[_Token]:
    yield kernel.name_place, "function", ("kernel",)
    for buffer in kernel.buffers:
        yield buffer.place, "variable", ("buffer",)
        for use in buffer.uses:
            yield use.place, "variable", ("buffer", *_thread_at(kernel, use.place.start))
    yield from _tensors(script, kernel)
    for thread in kernel.threads:
        yield thread.name_place, "function", ("thread", _OF_KIND[thread.kind])
        for block in thread.blocks:
            for place in (block.place, *block.uses):
                yield place, "variable", ("block", _OF_KIND[thread.kind])


def _tensors(script: OpenScript, kernel: Kernel) -> Iterator[_Token]:
    names = {name for name, _ in kernel.tensors}
    for _, place in kernel.tensors:
        start = place.start
        name = script.document.line(start.line)[start.character : place.end.character].partition(":")[0].rstrip()
        yield Range(start, Position(start.line, start.character + len(name))), "parameter", ("tensor",)
    for node in ast.walk(kernel.node):
        if isinstance(node, ast.Name) and node.id in names and isinstance(node.ctx, ast.Load):
            place = range_of(node, script.document.lines)
            yield place, "parameter", ("tensor", *_thread_at(kernel, place.start))


def _thread_at(kernel: Kernel, place: Position) -> tuple[str, ...]:
    thread = thread_at(kernel, place)
    return () if thread is None else (_OF_KIND[thread.kind],)


def thread_at(kernel: Kernel, place: Position) -> Thread | None:
    """The thread in which a place lies."""
    return next((thread for thread in kernel.threads if place in thread.place), None)
