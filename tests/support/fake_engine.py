"""
A stand-in of the engine's client: it tells what the script's comments ask for, and runs nothing.

`# told: CODE` at a line is a finding there; `# facts` somewhere, facts of the kernel `scale`; `# slow`, nothing until
the next version. The commands `simulate`, `profile`, `tune` and `export` answer what they are given; `text` gives
each line of the script.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.support.editor_scripts import PATH, facts
from ttlang.diagnostics import Diagnostic, Edit, Severity, Span
from ttlang.diagnostics.json_form import to_json
from ttlang.editor.open_documents import lines_of
from ttlang.engine.client import CommandError, OnProgress
from ttlang.engine.facts.kernel_facts import KernelText, Place, facts_to_json, text_to_json
from ttlang.engine.protocol import Event, Facts, Fields, Findings, Settings, WorkerState

_TOLD = re.compile(r"# told: (TTL\d+)( fix)?")


class FakeEngine:
    """Answers later, in the order of the questions, as the real one does."""

    def __init__(self, interpreter: str, folder: str, on_event: Callable[[Event], None]):
        self.interpreter = interpreter
        self.folder = folder
        self._tell = on_event
        self._texts: dict[str, tuple[str, int, str]] = {}
        self.overlays: dict[str, str | None] = {}

    async def start(self) -> None:
        if self.interpreter == "/there/is/none":
            raise FileNotFoundError(2, "No such file or directory")
        self._tell(WorkerState(1, 1 << 20, "ready"))

    def judge(self, uri: str, path: str, text: str, version: int, settings: Settings | None = None) -> None:
        self._texts[uri] = (path, version, text)
        asyncio.get_running_loop().call_later(0.005, self._answer, uri, path, text, version, settings or Settings())

    def close(self, uri: str) -> None:
        self._texts.pop(uri, None)

    def overlay(self, path: str, text: str | None) -> None:
        self.overlays[path] = text

    async def command(
        self, uri: str, version: int, name: str, params: Fields | None = None, progress: OnProgress | None = None
    ) -> Any:
        path, current, text = self._texts[uri]
        given = dict(params or {})
        if current != version or given.get("kernel") == "broken":
            raise CommandError({"message": f"{name} was given up"})
        if name == "text":
            return _text_of(given, path, text)
        if progress is not None:
            progress("half of it", 0.5)
        if given.get("wait"):
            await asyncio.sleep(60)
        return {"title": name, "text": json.dumps(given, sort_keys=True), "language": "json"}

    async def stop(self) -> None:
        self._texts.clear()

    def _answer(self, uri: str, path: str, text: str, version: int, settings: Settings) -> None:
        if self._texts.get(uri) != (path, version, text) or "# slow" in text:
            return
        found = [
            _finding(path, number, line, match[1], is_fixed=bool(match[2]))
            for number, line in enumerate(lines_of(text))
            if (match := _TOLD.search(line))
        ]
        if settings.arch:
            found.append(json.loads(to_json(Diagnostic("TTL0703", f"judged for {settings.arch}"))))
        self._tell(Findings(uri, version, "compile", found))
        if "# facts" in text:
            told = json.dumps(facts_to_json(facts(text))).replace(json.dumps(PATH), json.dumps(path))
            self._tell(Facts(uri, version, [json.loads(told)]))


def _finding(path: str, number: int, line: str, code: str, *, is_fixed: bool) -> Fields:
    start = len(line) - len(line.lstrip()) + 1
    end = line.index("#") + 1
    span = Span(path, number + 1, start, number + 1, len(line[: end - 1].rstrip()) + 1)
    fix = (Edit(span, "fixed()"),) if is_fixed else ()
    return json.loads(to_json(Diagnostic(code, "told", span, severity=Severity.WARNING, fix=fix)))


def _text_of(given: dict[str, Any], path: str, text: str) -> Any:
    if given["kernel"] != "scale":
        return None
    lines = text.split("\n")
    shown = "\n".join(f"{given['form']}({number});" for number in range(len(lines)))
    places = tuple(Place(path, number, 0, number, len(line)) for number, line in enumerate(lines))
    told = KernelText("scale", given["form"], given.get("thread") or "", shown, places)
    return text_to_json(replace(told))
