"""The outline of a script: its kernels, with their threads and buffers."""

from __future__ import annotations

from lsprotocol import types as lsp

from ttlang.editor.client_places import ClientPlaces
from ttlang.editor.open_script import OpenScript
from ttlang.editor.positions import Range


def symbols(script: OpenScript, places: ClientPlaces) -> list[lsp.DocumentSymbol]:
    """Kernels, in order; in each its buffers and threads, in order."""
    lines = script.document.lines

    def symbol(
        name: str, kind: lsp.SymbolKind, place: Range, name_place: Range, detail: str, inner: list[lsp.DocumentSymbol]
    ) -> lsp.DocumentSymbol:
        whole, selected = places.range(lines, place), places.range(lines, name_place)
        return lsp.DocumentSymbol(name, kind, whole, selected, detail=detail, children=inner)

    found: list[lsp.DocumentSymbol] = []
    for kernel in script.kernels:
        inner = [
            (buffer.place, symbol(buffer.name, lsp.SymbolKind.Field, buffer.place, buffer.place, "buffer", []))
            for buffer in kernel.buffers
        ]
        inner += [
            (
                thread.name_place,
                symbol(thread.name, lsp.SymbolKind.Function, thread.place, thread.name_place, thread.kind, []),
            )
            for thread in kernel.threads
        ]
        children = [each for _, each in sorted(inner, key=lambda pair: pair[0])]
        found.append(
            symbol(kernel.name, lsp.SymbolKind.Class, kernel.place, kernel.name_place, "kernel", children),
        )
    return found
