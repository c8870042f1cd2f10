"""A client of the language server, as an editor is: it opens, types, and waits for what the server tells."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient

from tests.support.house import ROOT
from ttlang.editor.client_json import json_of

SECONDS = 60.0
"""That an answer may take, on a machine with much else to do."""
FAKE = ("-m", "tests.support.fake_engine_server")
REAL = ("-m", "ttlang", "lsp")

FULL = lsp.ClientCapabilities(
    workspace=lsp.WorkspaceClientCapabilities(
        workspace_edit=lsp.WorkspaceEditClientCapabilities(document_changes=True),
        inlay_hint=lsp.InlayHintWorkspaceClientCapabilities(refresh_support=True),
        code_lens=lsp.CodeLensWorkspaceClientCapabilities(refresh_support=True),
        did_change_watched_files=lsp.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True),
    ),
    window=lsp.WindowClientCapabilities(work_done_progress=True),
)
"""Of a client that knows all that the server can use, but for `workspace/configuration`."""


class EditorClient(LanguageClient):
    """Keeps what the server tells."""

    def __init__(self) -> None:
        super().__init__("tests", "1")
        self.published: list[lsp.PublishDiagnosticsParams] = []
        self.messages: list[str] = []
        self.told: list[tuple[str, Any]] = []
        self.progress: list[Any] = []
        self.section: Any = None
        """Of `ttlang` in `workspace/configuration`."""
        self.started_result: lsp.InitializeResult | None = None
        self._open: set[str] = set()
        self._news = asyncio.Event()
        self._listen()

    def _listen(self) -> None:
        @self.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def publish(params: lsp.PublishDiagnosticsParams) -> None:
            self._add(self.published, params)

        @self.feature(lsp.WINDOW_SHOW_MESSAGE)
        def message(params: lsp.ShowMessageParams) -> None:
            self._add(self.messages, params.message)

        @self.feature(lsp.PROGRESS)
        def progress(params: lsp.ProgressParams) -> None:
            self._add(self.progress, (params.token, json_of(params.value)))

        @self.feature(lsp.WINDOW_WORK_DONE_PROGRESS_CREATE)
        def create(_: lsp.WorkDoneProgressCreateParams) -> None:
            return None

        @self.feature(lsp.WORKSPACE_CONFIGURATION)
        def configuration(_: lsp.ConfigurationParams) -> list[Any]:
            return [self.section]

        for method in (
            lsp.CLIENT_REGISTER_CAPABILITY,
            lsp.WORKSPACE_INLAY_HINT_REFRESH,
            lsp.WORKSPACE_CODE_LENS_REFRESH,
        ):
            self._note(method)
        for method in ("ttlang/facts", "ttlang/state"):
            self._note(method)

    def _note(self, method: str) -> None:
        @self.feature(method)
        def note(params: Any) -> None:
            self._add(self.told, (method, json_of(params)))

    def _add(self, news: list[Any], each: Any) -> None:
        news.append(each)
        self._news.set()

    async def until(self, what: Callable[[], Any]) -> Any:
        """What becomes true by something that the server tells."""
        async with asyncio.timeout(SECONDS):
            while not (found := what()):
                self._news.clear()
                await self._news.wait()
        return found

    def notify(self, method: str, params: Any) -> None:
        self.protocol.notify(method, params)

    async def ask(self, method: str, params: Any) -> Any:
        return json_of(await asyncio.wait_for(self.protocol.send_request_async(method, params), SECONDS))

    async def run(self, name: str, **about: Any) -> Any:
        """The answer of a command."""
        params = lsp.ExecuteCommandParams(f"ttlang.{name}", [about])
        return json_of(await asyncio.wait_for(self.workspace_execute_command_async(params), SECONDS))

    # ------------------------------------------------------------------------------------- documents

    def open(self, uri: str, text: str, version: int = 1) -> None:
        self._open.add(uri)
        document = lsp.TextDocumentItem(uri, "python", version, text)
        self.text_document_did_open(lsp.DidOpenTextDocumentParams(document))

    def change(self, uri: str, version: int, text: str, where: lsp.Range | None = None) -> None:
        change = (
            lsp.TextDocumentContentChangePartial(where, text)
            if where is not None
            else lsp.TextDocumentContentChangeWholeDocument(text)
        )
        document = lsp.VersionedTextDocumentIdentifier(version, uri)
        self.text_document_did_change(lsp.DidChangeTextDocumentParams(document, [change]))

    async def forget(self) -> None:
        """All that is open is closed, and what was told of it is forgotten: once the server has told the last of it."""
        for uri in list(self._open):
            self.close(uri)
        await self.text_document_document_symbol_async(
            lsp.DocumentSymbolParams(lsp.TextDocumentIdentifier("file:///no"))
        )
        for news in (self.published, self.messages, self.told, self.progress):
            news.clear()

    def close(self, uri: str) -> None:
        self._open.discard(uri)
        self.text_document_did_close(lsp.DidCloseTextDocumentParams(lsp.TextDocumentIdentifier(uri)))

    async def findings(self, uri: str, version: int | None) -> Sequence[lsp.Diagnostic]:
        """What was published last of a version, which is waited for."""

        def last() -> lsp.PublishDiagnosticsParams | None:
            return next((each for each in reversed(self.published) if (each.uri, each.version) == (uri, version)), None)

        return (await self.until(last)).diagnostics


@asynccontextmanager
async def editor(
    command: Sequence[str] = FAKE,
    *,
    trusted: bool = True,
    capabilities: lsp.ClientCapabilities = FULL,
    folder: Path = ROOT,
    **options: Any,
) -> AsyncIterator[EditorClient]:
    """A client with its server, which is shut down in the end and has to leave with 0."""
    client = EditorClient()
    client.section = options.pop("section", None)
    await client.start_io(sys.executable, *command, cwd=ROOT)
    params = lsp.InitializeParams(
        capabilities=capabilities,
        workspace_folders=[lsp.WorkspaceFolder(folder.as_uri(), "work")],
        initialization_options={"trusted": trusted, "virtualDocuments": True, **options},
    )
    client.started_result = await asyncio.wait_for(client.initialize_async(params), SECONDS)
    client.initialized(lsp.InitializedParams())
    yield client
    await asyncio.wait_for(client.shutdown_async(None), SECONDS)
    client.exit(None)
    async with asyncio.timeout(SECONDS):
        server = client._server
        assert server is not None
        assert await server.wait() == 0
    await client.stop()


def in_editor(work: Callable[[EditorClient], Coroutine[Any, Any, None]], **how: Any) -> None:
    """Runs a test with a client: of one server that tests share, unless it is to be another one."""
    if not how:
        SHARED.run(work)
        return

    async def run() -> None:
        async with editor(**how) as client:
            await work(client)

    asyncio.run(run())


class SharedEditor:
    """A server that is started once, with a client whose documents are closed behind each test."""

    def __init__(self) -> None:
        self._runner: asyncio.Runner | None = None
        self._client: EditorClient | None = None
        self._stack = AsyncExitStack()

    def run(self, work: Callable[[EditorClient], Coroutine[Any, Any, None]]) -> None:
        if self._runner is None:
            self._runner = asyncio.Runner()
            self._client = self._runner.run(self._stack.enter_async_context(editor()))
        assert self._client is not None
        try:
            self._runner.run(work(self._client))
        finally:
            self._runner.run(self._client.forget())

    def end(self) -> None:
        if self._runner is not None:
            self._runner.run(self._stack.aclose())
            self._runner.close()
            self._runner = None


SHARED = SharedEditor()
