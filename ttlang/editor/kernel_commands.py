"""What a client asks the engine for: to simulate, profile, tune, export; and what the compiler made of a kernel."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Self
from uuid import uuid4

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from ttlang.editor.client_json import object_of
from ttlang.editor.language_server import TTLangServer
from ttlang.editor.open_script import OpenScript
from ttlang.editor.positions import Position
from ttlang.editor.shown_texts import LANGUAGES, ShownText, kernel_text, of_line, page
from ttlang.engine.client import CommandError
from ttlang.engine.facts.kernel_facts import KernelFacts, text_from_json

NAMES = ("simulate", "profile", "tune", "export")

_HOVER_SECONDS = 1.0
"""That a hover waits for what the compiler made of a line."""


async def run_command(server: TTLangServer, name: str, about: dict[str, Any]) -> Any:
    """
    `about`: the script's `uri`, and the `kernel`'s name, or a `position` in it; further entries go to the command.
    Returns what the engine answers. Raises a JsonRpcException with its finding's message.
    """
    script = server.scripts.get(str(about.get("uri")))
    if script is None:
        raise JsonRpcException(f"{about.get('uri')} is not open", lsp.LSPErrorCodes.RequestFailed)
    kernel = about.get("kernel") or kernel_at(server, script, about.get("position"))
    params = {**about, "kernel": kernel}
    async with _Shown(server, f"{name} {kernel or ''}".strip()) as shown:
        try:
            return await server.engine.command(script, name, params, shown.report)
        except CommandError as failure:
            raise JsonRpcException(str(failure), lsp.LSPErrorCodes.RequestFailed) from None
        except asyncio.CancelledError:
            # By its user, who gets an answer all the same.
            raise JsonRpcException(f"{name} was cancelled", lsp.LSPErrorCodes.RequestCancelled) from None


def kernel_at(server: TTLangServer, script: OpenScript, position: Any) -> str | None:
    """The kernel around a place of the client's, else the first one."""
    kernels = script.kernels
    where = object_of(position)
    if where:
        at = lsp.Position(int(where.get("line", 0)), int(where.get("character", 0)))
        place = server.places.from_position(script.document.lines, at)
        kernels = [each for each in script.kernels if place in each.place] or kernels
    return kernels[0].name if kernels else None


async def show_text(server: TTLangServer, about: dict[str, Any]) -> dict[str, Any]:
    """The answer to `ttlang/text`: the text of a `kind`, its language, and the map to lines of the script."""
    form, kernel = str(about.get("kind")), str(about.get("kernel") or "")
    if form == "explain":
        return page(kernel).to_json()
    script = server.scripts.get(str(about.get("textDocument", {}).get("uri")))
    if script is None or form not in LANGUAGES:
        return ShownText(f"There is no {form} of {kernel}: its script is not open.", "plaintext").to_json()
    kernel = kernel or kernel_at(server, script, about.get("position")) or ""

    async def ask(kernel: str, form: str, thread: str | None) -> Any:
        return await _ask(server, script, kernel, form, thread)

    try:
        return (await kernel_text(script, kernel, form, about.get("thread"), ask)).to_json()
    except CommandError as failure:
        return ShownText(f"There is no {form} of {kernel}: {failure}", "plaintext").to_json()


async def compiled_line(server: TTLangServer, script: OpenScript, place: Position) -> Sequence[str]:
    """The C++ and the IR of the line at a place, as Markdown; nothing where it takes too long, or there is none."""
    facts = next((each for each in script.facts.values() if _covers(script, each, place)), None)
    if facts is None or script.facts_version != script.version or not server.engine.is_running:
        return ()
    threads = [each.name for each in facts.threads if (where := script.place_now(each.place)) and place in where]
    wanted = [("cpp", thread) for thread in threads] + [("ttkernel", None)]
    told: list[str] = []
    try:
        async with asyncio.timeout(_HOVER_SECONDS):
            for form, thread in wanted:
                data = await _ask(server, script, facts.name, form, thread)
                text = None if data is None else of_line(script, text_from_json(data), place.line)
                if text is not None:
                    title = f"C++ of {thread}" if form == "cpp" else "IR"
                    told.append(f"{title}\n```{LANGUAGES[form]}\n{text}\n```")
    except (TimeoutError, CommandError):
        pass
    return told


def _covers(script: OpenScript, facts: KernelFacts, place: Position) -> bool:
    where = script.place_now(facts.place)
    return where is not None and place in where


async def _ask(server: TTLangServer, script: OpenScript, kernel: str, form: str, thread: str | None) -> Any:
    """The JSON of a `KernelText` of the newest version, which is kept until there is a newer one."""
    key = (kernel, form, thread)
    if key not in script.texts:
        version = script.version
        data = await server.engine.command(script, "text", {"kernel": kernel, "form": form, "thread": thread})
        if script.version != version:
            return data
        script.texts[key] = data
    return script.texts[key]


class _Shown:
    """A command under way, as the client shows it and its user may cancel it."""

    def __init__(self, server: TTLangServer, title: str):
        self._server = server
        self._title = title
        self._token: str | None = None

    async def __aenter__(self) -> Self:
        window = self._server.client_capabilities.window
        if window is not None and window.work_done_progress:
            self._token = str(uuid4())
            create = lsp.WorkDoneProgressCreateParams(self._token)
            await self._server.window_work_done_progress_create_async(create)
            self._say(lsp.WorkDoneProgressBegin(f"ttlang: {self._title}", cancellable=True))
            if (task := asyncio.current_task()) is not None:
                self._server.under_way[self._token] = task
        return self

    def report(self, text: str, fraction: float | None) -> None:
        """How far it has come, from 0 to 1."""
        percent = None if fraction is None else round(100 * fraction)
        self._say(lsp.WorkDoneProgressReport(message=text, percentage=percent))

    async def __aexit__(self, *_: object) -> None:
        self._say(lsp.WorkDoneProgressEnd())
        self._server.under_way.pop(self._token or "", None)

    def _say(self, value: lsp.WorkDoneProgressBegin | lsp.WorkDoneProgressReport | lsp.WorkDoneProgressEnd) -> None:
        if self._token is not None:
            self._server.progress(lsp.ProgressParams(self._token, value))
