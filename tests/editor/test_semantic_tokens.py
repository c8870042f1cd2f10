"""Colours of threads."""

from __future__ import annotations

from lsprotocol import types as lsp

from tests.support.editor_scripts import SCRIPT, UTF16, open_script
from ttlang.editor.client_places import ClientPlaces
from ttlang.editor.open_script import OpenScript
from ttlang.editor.positions import Position, Range
from ttlang.editor.semantic_tokens import MODIFIERS, TYPES, tokens


def read(script: OpenScript, data: list[int]) -> list[tuple[str, str, set[str]]]:
    """Each token's text, type and modifiers."""
    line = character = 0
    found: list[tuple[str, str, set[str]]] = []
    for at in range(0, len(data), 5):
        lines, characters, length, kind, bits = data[at : at + 5]
        line, character = line + lines, characters if lines else character + characters
        start = UTF16.from_position(script.document.lines, lsp_position(line, character))
        end = UTF16.from_position(script.document.lines, lsp_position(line, character + length))
        text = script.document.line(line)[start.character : end.character]
        found.append((text, TYPES[kind], {name for bit, name in enumerate(MODIFIERS) if bits >> bit & 1}))
    return found


def lsp_position(line: int, character: int) -> lsp.Position:
    return UTF16.position(["x" * 1000] * (line + 1), Position(line, character))


def test_what_each_name_is() -> None:
    script = open_script()
    found = read(script, tokens(script, UTF16))
    assert found[:5] == [
        ("scale", "function", {"kernel"}),
        ("x", "parameter", {"tensor"}),
        ("out", "parameter", {"tensor"}),
        ("x_dfb", "variable", {"buffer"}),
        ("x", "parameter", {"tensor"}),
    ]
    assert ("compute", "function", {"thread", "compute"}) in found
    assert ("read", "function", {"thread", "read"}) in found
    assert ("v", "variable", {"block", "compute"}) in found
    assert ("x_dfb", "variable", {"buffer", "read"}) in found
    assert ("out", "parameter", {"tensor", "write"}) in found


def test_a_part_and_letters_beyond_the_plane() -> None:
    text = SCRIPT.replace("gelu(v)", "gelu('😋', v)")
    script = open_script(text)
    line = text[: text.index("😋")].count("\n")
    part = read(script, tokens(script, UTF16, Range(Position(line, 0), Position(line + 1, 0))))
    assert [name for name, _, _ in part] == ["o", "v"]
    in_bytes = tokens(script, ClientPlaces("utf-8"), Range(Position(line, 0), Position(line + 1, 0)))
    assert in_bytes[6] == tokens(script, UTF16, Range(Position(line, 0), Position(line + 1, 0)))[6] + 2
