"""A handler that fails is told, with a file, and the server goes on."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from tests.support.editor_scripts import SCRIPT, URI
from ttlang.editor.guarded_handlers import guarded
from ttlang.editor.language_server import TTLangServer


class Server(TTLangServer):
    """Keeps what it shows."""

    def __init__(self) -> None:
        super().__init__(lambda *_: pytest.fail("no engine is wanted"), "python")
        self.shown: list[str] = []

    def warn(self, message: str, kind: lsp.MessageType = lsp.MessageType.Warning) -> None:
        self.shown.append(message)


PARAMS = lsp.HoverParams(lsp.TextDocumentIdentifier(URI), lsp.Position(0, 0))


def failing(server: Server, failure: Exception, *, waits: bool) -> Any:
    @guarded(server)
    async def waiting(params: Any) -> None:
        raise failure

    @guarded(server)
    def at_once(params: Any) -> None:
        raise failure

    return asyncio.run(waiting(PARAMS)) if waits else at_once(PARAMS)


@pytest.mark.parametrize("waits", [True, False])
def test_what_fails_is_written_down(waits: bool) -> None:
    server = Server()
    server.scripts.open(URI, 1, SCRIPT)
    assert failing(server, RuntimeError("no such luck"), waits=waits) is None
    (message,) = server.shown
    assert "the language server failed on " in message
    assert "RuntimeError: no such luck" in message
    path = Path(message.partition("report it with ")[2].partition(";")[0])
    text = path.read_text()
    assert SCRIPT.rstrip() in text
    assert "HoverParams" in text
    assert "raise failure" in text


@pytest.mark.parametrize("waits", [True, False])
def test_errors_for_the_client_pass(waits: bool) -> None:
    server = Server()
    with pytest.raises(JsonRpcException, match="no"):
        failing(server, JsonRpcException("no"), waits=waits)
    assert not server.shown
