"""The outline of a script."""

from __future__ import annotations

from tests.support.editor_scripts import SCRIPT, UTF16, client_range, open_script
from ttlang.editor.document_symbols import symbols


def test_kernels_with_their_buffers_and_threads() -> None:
    (kernel,) = symbols(open_script(), UTF16)
    assert (kernel.name, kernel.detail) == ("scale", "kernel")
    assert kernel.selection_range == client_range(SCRIPT, "scale")
    assert kernel.range.start.line == 3
    assert [(each.name, each.detail) for each in kernel.children or ()] == [
        ("x_dfb", "buffer"),
        ("out_dfb", "buffer"),
        ("compute", "compute"),
        ("read", "read"),
        ("write", "write"),
    ]


def test_half_a_line_leaves_it() -> None:
    (kernel,) = symbols(open_script(SCRIPT.replace("gelu(v)", "gelu(")), UTF16)
    assert len(kernel.children or ()) == 5


def test_selections_lie_in_their_ranges() -> None:
    """Or clients refuse all of it."""
    for kernel in symbols(open_script(), UTF16):
        for each in (kernel, *(kernel.children or ())):
            assert (each.range.start.line, each.range.start.character) <= (
                each.selection_range.start.line,
                each.selection_range.start.character,
            )
            assert each.selection_range.end.line <= each.range.end.line
