"""The protocol as three editors speak it, by the client of pytest-lsp, which reads all answers."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_lsp
from lsprotocol import types as lsp
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities, make_test_lsp_client

from tests.support.editor_client import REAL
from tests.support.editor_scripts import SCRIPT, client_range

EDITORS = ("visual_studio_code", "neovim", "emacs")
ASKED = (
    lsp.CLIENT_REGISTER_CAPABILITY,
    lsp.WORKSPACE_INLAY_HINT_REFRESH,
    lsp.WORKSPACE_CODE_LENS_REFRESH,
    lsp.WORKSPACE_SEMANTIC_TOKENS_REFRESH,
)
"""What the server may ask of editors, and the client of pytest-lsp has no answer to."""
MISTAKE = SCRIPT.replace("ttl.math.gelu(v)", "ttl.math.gelu(v", 1)


def make_client() -> LanguageClient:
    client = make_test_lsp_client()
    for method in ASKED:
        client.feature(method)(lambda *_: None)
    return client


COMMAND = [sys.executable, "-P", *REAL]


@pytest_lsp.fixture(params=EDITORS, config=ClientServerConfig(server_command=COMMAND, client_factory=make_client))
async def client(request: pytest.FixtureRequest, lsp_client: LanguageClient, tmp_path: Path) -> AsyncIterator[None]:
    params = lsp.InitializeParams(
        capabilities=client_capabilities(request.param),
        workspace_folders=[lsp.WorkspaceFolder(tmp_path.as_uri(), "scripts")],
        initialization_options={"trusted": False},
    )
    await lsp_client.initialize_session(params)
    yield
    await lsp_client.shutdown_session()


@pytest.mark.asyncio
async def test_half_a_line_is_a_finding_and_the_rest_is_there(client: LanguageClient, tmp_path: Path) -> None:
    uri = (tmp_path / "scale.py").as_uri()
    document = lsp.TextDocumentIdentifier(uri)
    opened = lsp.TextDocumentItem(uri, "python", 1, MISTAKE)
    client.text_document_did_open(lsp.DidOpenTextDocumentParams(opened))
    await client.wait_for_notification(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    (found,) = client.diagnostics[uri]
    assert found.range.start.line == client_range(MISTAKE, "ttl.math.gelu(v").start.line
    whole = lsp.TextDocumentContentChangeWholeDocument(SCRIPT)
    changed = lsp.VersionedTextDocumentIdentifier(2, uri)
    client.text_document_did_change(lsp.DidChangeTextDocumentParams(changed, [whole]))
    await client.wait_for_notification(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    assert not client.diagnostics[uri]
    symbols = await client.text_document_document_symbol_async(lsp.DocumentSymbolParams(document))
    assert symbols
    place = client_range(SCRIPT, "gelu").start
    hover = await client.text_document_hover_async(lsp.HoverParams(document, place))
    assert hover is not None
    assert "gelu" in str(hover.contents)
    tokens = await client.text_document_semantic_tokens_full_async(lsp.SemanticTokensParams(document))
    assert tokens is not None
    assert tokens.data
