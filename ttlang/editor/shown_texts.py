"""
What the compiler made of a kernel, as documents beside the script, with a map between their lines; and pages of codes.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from ttlang.diagnostics import CODES
from ttlang.diagnostics.catalogue import find_mistakes
from ttlang.editor.open_script import OpenScript
from ttlang.engine.facts.kernel_facts import KernelText, text_from_json

LANGUAGES = {"cpp": "cpp", "ttl": "mlir", "ttkernel": "mlir", "plan": "plaintext", "explain": "markdown"}
"""Of each form of a text, the language that an editor colours it as."""

_SOURCE_LINE = re.compile(r"\s*// [^:]+:\d+: ")

Ask = Callable[[str, str, str | None], Awaitable[Any]]
"""Of a kernel, a form and a thread, the JSON of its `KernelText`; None if there is none."""


class ShownText(NamedTuple):
    """A virtual document."""

    text: str
    language: str
    map: Sequence[tuple[int, int]] = ()
    """Lines of the text, with the lines of the script that they come from, both from 0."""

    def to_json(self) -> dict[str, Any]:
        return {"text": self.text, "language": self.language, "map": [list(pair) for pair in self.map]}


def page(code: str) -> ShownText:
    """The pages that explain a code, or the one of that name."""
    pages = find_mistakes(code)
    if not pages:
        return ShownText(f"{code} is no code of ttlang", "markdown")
    title = f"# {pages[0].code}: {CODES[pages[0].code]}\n"
    return ShownText("\n".join([title, *(each.path.read_text(encoding="utf-8") for each in pages)]), "markdown")


async def kernel_text(script: OpenScript, kernel: str, form: str, thread: str | None, ask: Ask) -> ShownText:
    """One form of a kernel; of C++ without a thread, all threads, one after the other."""
    facts = script.facts.get(kernel)
    threads: Sequence[str | None] = [thread]
    if form == "cpp" and thread is None and facts is not None:
        threads = [each.name for each in facts.threads]
    lines: list[str] = []
    pairs: list[tuple[int, int]] = []
    for each in threads:
        data = await ask(kernel, form, each)
        if data is None:
            continue
        told = text_from_json(data)
        if len(threads) > 1:
            lines += [f"// {'-' * 8} {each} {'-' * (80 - len(str(each)))}", ""]
        pairs += [(len(lines) + number, at) for number, at in source_lines(script, told)]
        lines += told.text.split("\n")
    if not lines:
        return ShownText(f"There is no {form} of {kernel}: it does not compile, or nothing calls it.", "plaintext")
    return ShownText("\n".join(lines), LANGUAGES[form], pairs)


def source_lines(script: OpenScript, told: KernelText) -> list[tuple[int, int]]:
    """Lines of a text, with the lines of the script as it is now."""
    places = [(number, script.line_now(place)) for number, place in enumerate(told.lines)]
    return [(number, at) for number, at in places if at is not None]


def of_line(script: OpenScript, told: KernelText, line: int) -> str | None:
    """What a text has of a line of the script; None where that is nothing."""
    text = told.text.split("\n")
    places = [number for number, at in source_lines(script, told) if at == line and number < len(text)]
    # The line itself, which C++ has as a comment, is under the cursor.
    picked = [text[number] for number in places if not _SOURCE_LINE.match(text[number])]
    if not picked:
        return None
    indent = min((len(each) - len(each.lstrip()) for each in picked if each.strip()), default=0)
    return "\n".join(each[indent:] for each in picked)
