"""What the client asks for, request by request, and what answers it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from lsprotocol import types as lsp

from ttlang.editor.client_json import object_of
from ttlang.editor.code_actions import FIX_ALL, Actions
from ttlang.editor.code_lenses import lenses
from ttlang.editor.completion import complete
from ttlang.editor.document_symbols import symbols
from ttlang.editor.guarded_handlers import guarded
from ttlang.editor.hover import hover
from ttlang.editor.inlay_hints import InlayHints
from ttlang.editor.kernel_commands import NAMES, compiled_line, run_command, show_text
from ttlang.editor.language_server import TTLangServer
from ttlang.editor.navigation import at, definition, highlights, producers, references
from ttlang.editor.open_script import OpenScript
from ttlang.editor.positions import Position, Range
from ttlang.editor.semantic_tokens import LEGEND, tokens
from ttlang.editor.signature_help import signature_help


class _OfDocument(Protocol):
    @property
    def text_document(self) -> lsp.TextDocumentIdentifier: ...


class _AtPlace(_OfDocument, Protocol):
    @property
    def position(self) -> lsp.Position: ...


def register(server: TTLangServer) -> None:
    """Gives a server its handlers."""
    _register_life(server)
    _register_documents(server)
    _register_looks(server)
    _register_navigation(server)
    _register_own(server)


def _register_life(server: TTLangServer) -> None:
    @server.feature(lsp.INITIALIZE)
    @guarded(server)
    async def initialize(params: lsp.InitializeParams) -> None:
        folders = [*(each.uri for each in params.workspace_folders or ()), params.root_uri]
        server.start(params.initialization_options, [each for each in folders if each])

    @server.feature(lsp.INITIALIZED)
    @guarded(server)
    async def initialized(_: lsp.InitializedParams) -> None:
        await server.ask_settings()
        server.watch_files()

    @server.feature(lsp.SHUTDOWN)
    @guarded(server)
    async def shutdown(_: Any = None) -> None:
        await server.engine.stop()

    @server.feature(lsp.WORKSPACE_DID_CHANGE_CONFIGURATION)
    @guarded(server)
    async def did_change_configuration(params: lsp.DidChangeConfigurationParams) -> None:
        given = object_of(params.settings)
        if "ttlang" in given:
            await server.set(server.settings.with_settings(given["ttlang"]))
        else:
            await server.ask_settings()

    @server.feature(lsp.WINDOW_WORK_DONE_PROGRESS_CANCEL)
    @guarded(server)
    def cancel(params: lsp.WorkDoneProgressCancelParams) -> None:
        if (task := server.under_way.get(params.token)) is not None:
            task.cancel()

    @server.feature("ttlang/trust")
    @guarded(server)
    async def trust(params: Any) -> None:
        await server.trust(object_of(params).get("trusted") is True)


def _register_documents(server: TTLangServer) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    @guarded(server)
    def did_open(params: lsp.DidOpenTextDocumentParams) -> None:
        document = params.text_document
        server.open(document.uri, document.version, document.text)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    @guarded(server)
    def did_change(params: lsp.DidChangeTextDocumentParams) -> None:
        server.change(params.text_document.uri, params.text_document.version, params.content_changes)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    @guarded(server)
    def did_close(params: lsp.DidCloseTextDocumentParams) -> None:
        server.close(params.text_document.uri)

    @server.feature(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    @guarded(server)
    def did_change_watched_files(params: lsp.DidChangeWatchedFilesParams) -> None:
        server.files_changed(each.uri for each in params.changes)


def _register_looks(server: TTLangServer) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    @guarded(server)
    async def on_hover(params: lsp.HoverParams) -> lsp.Hover | None:
        if (script := _script(server, params)) is None:
            return None
        version, place = script.version, server.places.from_position(script.document.lines, params.position)
        found = hover(script, place, await compiled_line(server, script, place))
        if found is None or script.version != version:
            return None
        text, about = found
        where = None if about is None else server.places.range(script.document.lines, about)
        return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, text), where)

    @server.feature(lsp.TEXT_DOCUMENT_INLAY_HINT)
    @guarded(server)
    def inlay_hint(params: lsp.InlayHintParams) -> list[lsp.InlayHint]:
        if (script := _script(server, params)) is None:
            return []
        where = server.places.from_range(script.document.lines, params.range)
        return InlayHints(script, server.places, server.settings.hints).within(where)

    @server.feature(lsp.TEXT_DOCUMENT_CODE_LENS)
    @guarded(server)
    def code_lens(params: lsp.CodeLensParams) -> list[lsp.CodeLens]:
        script = _script(server, params)
        if script is None or not server.settings.lenses:
            return []
        return lenses(script, server.places, runs=server.runs(script), shows_texts=server.settings.shows_texts)

    @server.feature(
        lsp.TEXT_DOCUMENT_CODE_ACTION,
        lsp.CodeActionOptions(code_action_kinds=[lsp.CodeActionKind.QuickFix, FIX_ALL]),
    )
    @guarded(server)
    def code_action(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        if (script := _script(server, params)) is None:
            return []
        findings = server.findings_about(script)
        actions = Actions(
            script, findings, server.places, server.scripts.lines_of, server.edit, server.settings.shows_texts
        )
        return actions.at(server.places.from_range(script.document.lines, params.range), params.context.only)

    @server.feature(
        lsp.TEXT_DOCUMENT_COMPLETION, lsp.CompletionOptions(trigger_characters=[".", "(", ",", "=", '"', "@", " "])
    )
    @guarded(server)
    def completion(params: lsp.CompletionParams) -> list[lsp.CompletionItem]:
        if (script := _script(server, params)) is None:
            return []
        return complete(script, server.places.from_position(script.document.lines, params.position))

    @server.feature(lsp.TEXT_DOCUMENT_SIGNATURE_HELP, lsp.SignatureHelpOptions(trigger_characters=["(", ","]))
    @guarded(server)
    def on_signature_help(params: lsp.SignatureHelpParams) -> lsp.SignatureHelp | None:
        if (script := _script(server, params)) is None:
            return None
        return signature_help(script, server.places.from_position(script.document.lines, params.position))

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    @guarded(server)
    def document_symbol(params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol]:
        script = _script(server, params)
        return [] if script is None else symbols(script, server.places)

    @server.feature(lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, LEGEND)
    @guarded(server)
    def semantic_tokens(params: lsp.SemanticTokensParams) -> lsp.SemanticTokens | None:
        script = _script(server, params)
        return None if script is None else lsp.SemanticTokens(tokens(script, server.places))

    @server.feature(lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE, LEGEND)
    @guarded(server)
    def semantic_tokens_range(params: lsp.SemanticTokensRangeParams) -> lsp.SemanticTokens | None:
        if (script := _script(server, params)) is None:
            return None
        where = server.places.from_range(script.document.lines, params.range)
        return lsp.SemanticTokens(tokens(script, server.places, where))


def _register_navigation(server: TTLangServer) -> None:
    def locations(script: OpenScript, places: Sequence[Range]) -> list[lsp.Location]:
        return [server.places.location(script.uri, script.document.lines, each) for each in places]

    def place_of(script: OpenScript, params: _AtPlace) -> Position:
        return server.places.from_position(script.document.lines, params.position)

    @server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    @guarded(server)
    def on_definition(params: lsp.DefinitionParams) -> list[lsp.Location]:
        script = _script(server, params)
        return [] if script is None else locations(script, definition(script, place_of(script, params)))

    @server.feature(lsp.TEXT_DOCUMENT_IMPLEMENTATION)
    @guarded(server)
    def implementation(params: lsp.ImplementationParams) -> list[lsp.Location]:
        script = _script(server, params)
        found = None if script is None else at(script, place_of(script, params))
        return [] if script is None or found is None else locations(script, producers(script, found))

    @server.feature(lsp.TEXT_DOCUMENT_TYPE_DEFINITION)
    @guarded(server)
    def type_definition(params: lsp.TypeDefinitionParams) -> list[lsp.Location]:
        script = _script(server, params)
        found = None if script is None else at(script, place_of(script, params))
        return [] if script is None or found is None else locations(script, [found.buffer.place])

    @server.feature(lsp.TEXT_DOCUMENT_REFERENCES)
    @guarded(server)
    def on_references(params: lsp.ReferenceParams) -> list[lsp.Location]:
        if (script := _script(server, params)) is None:
            return []
        declared = params.context.include_declaration
        return locations(script, references(script, place_of(script, params), declared=declared))

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
    @guarded(server)
    def highlight(params: lsp.DocumentHighlightParams) -> list[lsp.DocumentHighlight]:
        if (script := _script(server, params)) is None:
            return []
        return [
            lsp.DocumentHighlight(server.places.range(script.document.lines, each), kind)
            for each, kind in highlights(script, place_of(script, params))
        ]


def _register_own(server: TTLangServer) -> None:
    @server.feature("ttlang/text")
    @guarded(server)
    async def text(params: Any) -> dict[str, Any] | None:
        return await show_text(server, object_of(params))

    for name in NAMES:
        _register_command(server, name)


def _register_command(server: TTLangServer, name: str) -> None:
    @server.command(f"ttlang.{name}")
    @guarded(server)
    async def command(*arguments: Any) -> Any:
        return await run_command(server, name, object_of(arguments[0]) if arguments else {})


def _script(server: TTLangServer, params: _OfDocument) -> OpenScript | None:
    return server.scripts.get(params.text_document.uri)
