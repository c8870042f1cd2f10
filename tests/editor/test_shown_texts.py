"""What the compiler made of a kernel, as documents beside the script."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.support.editor_scripts import SCRIPT, line_place, open_script, script_with_facts
from ttlang.editor.positions import Position, Range
from ttlang.editor.shown_texts import kernel_text, of_line, page
from ttlang.engine.facts.kernel_facts import KernelText, text_to_json

STORE = line_place(SCRIPT, "o.store")
TOLD = KernelText("scale", "cpp", "compute", "// k.py:12: o\n    b();\n      c();\nd", (STORE, STORE, STORE, None))


async def ask(kernel: str, form: str, thread: str | None) -> Any:
    if kernel != "scale":
        return None
    return text_to_json(KernelText(kernel, form, thread or "", TOLD.text, TOLD.lines))


def test_a_thread_with_its_map() -> None:
    shown = asyncio.run(kernel_text(script_with_facts(), "scale", "cpp", "compute", ask))
    assert shown.to_json() == {
        "text": TOLD.text,
        "language": "cpp",
        "map": [[0, STORE.line], [1, STORE.line], [2, STORE.line]],
    }


def test_all_threads_one_after_the_other() -> None:
    shown = asyncio.run(kernel_text(script_with_facts(), "scale", "cpp", None, ask))
    assert shown.text.count(TOLD.text) == 2
    lines = shown.text.split("\n")
    assert [lines[number].strip() for number, _ in shown.map] == ["// k.py:12: o", "b();", "c();"] * 2


def test_ir_is_of_all_threads() -> None:
    shown = asyncio.run(kernel_text(script_with_facts(), "scale", "ttkernel", None, ask))
    assert (shown.text, shown.language) == (TOLD.text, "mlir")


def test_a_kernel_that_there_is_not() -> None:
    shown = asyncio.run(kernel_text(open_script(), "other", "cpp", None, ask))
    assert shown.text == "There is no cpp of other: it does not compile, or nothing calls it."
    assert not shown.map


def test_the_map_moves_with_the_script() -> None:
    script = script_with_facts()
    script.change(2, [(Range(Position(0, 0), Position(0, 0)), "\n\n")])
    shown = asyncio.run(kernel_text(script, "scale", "cpp", "compute", ask))
    assert shown.map == [(number, STORE.line + 2) for number in range(3)]


def test_the_lines_of_a_line() -> None:
    script = script_with_facts()
    assert of_line(script, TOLD, STORE.line) == "b();\n  c();"
    assert of_line(script, TOLD, 0) is None


def test_pages() -> None:
    assert page("TTL0603").text.startswith("# TTL0603: elements that a reduction leaves undefined")
    assert page("ttl0603").language == "markdown"
    assert page("TTL9999").text == "TTL9999 is no code of ttlang"
