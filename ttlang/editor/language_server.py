"""`ttlang lsp`: what is open, what the client has set, and what the engine tells go together here."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer

from ttlang import __version__
from ttlang.editor.client_json import json_of
from ttlang.editor.client_places import ClientPlaces
from ttlang.editor.client_settings import ClientSettings
from ttlang.editor.document_sync import DocumentSync
from ttlang.editor.engine_link import EngineLink, MakeEngine
from ttlang.editor.open_documents import path_of
from ttlang.editor.open_script import OpenScript
from ttlang.editor.open_scripts import OpenScripts
from ttlang.editor.positions import Range
from ttlang.editor.published_findings import diagnostic_of
from ttlang.editor.told_facts import facts_for_client
from ttlang.engine.protocol import Event, Facts, Fields, Findings, WorkerState

_RUN_SCHEMES = ("file", "untitled")
"""Of documents that are scripts. A cell of a notebook is a part of one, and other schemes show older versions."""


class TTLangServer(LanguageServer):
    """One client's."""

    def __init__(self, make_engine: MakeEngine, interpreter: str):
        """`interpreter`: of the environment in which scripts run, if the client sets none."""
        super().__init__("ttlang", __version__, protocol_cls=DocumentSync)  # pyright: ignore[reportUnknownMemberType]
        self.scripts = OpenScripts()
        self.settings = ClientSettings()
        self.engine = EngineLink(make_engine, interpreter, self.on_event, self.warn)
        self.places = ClientPlaces("utf-16")
        self.under_way: dict[str | int, asyncio.Task[Any]] = {}
        """Commands, by the token of their progress."""
        self._published: dict[str, tuple[int | None, Sequence[lsp.Diagnostic]]] = {}
        self._warned: set[str] = set()

    def start(self, options: Any, folders: Sequence[str]) -> None:
        """What `initialize` has said. `folders`: of the workspace, the first of which scripts run in."""
        self.settings = self.settings.of_initialization(json_of(options))
        encoding = self.workspace.position_encoding
        self.places = ClientPlaces("utf-8" if encoding == "utf-8" else "utf-32" if encoding == "utf-32" else "utf-16")
        self.engine.folder = next((path for each in folders if Path(path := path_of(each)).is_dir()), ".")
        if self.settings.trusted:
            self.engine.begin(self.settings)

    async def ask_settings(self) -> None:
        """The section `ttlang` of the client's configuration, if the client tells."""
        workspace = self.client_capabilities.workspace
        if workspace is not None and workspace.configuration:
            items = [lsp.ConfigurationItem(section="ttlang")]
            (section,) = await self.workspace_configuration_async(lsp.ConfigurationParams(items)) or [None]
            await self.set(self.settings.with_settings(json_of(section)))

    def watch_files(self) -> None:
        """Has the client tell of modules that change on the disk, which scripts may import."""
        workspace = self.client_capabilities.workspace
        watched = workspace.did_change_watched_files if workspace is not None else None
        if watched is not None and watched.dynamic_registration:
            options = lsp.DidChangeWatchedFilesRegistrationOptions([lsp.FileSystemWatcher("**/*.py")])
            wanted = lsp.Registration("ttlang.files", lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
            self.client_register_capability(lsp.RegistrationParams([wanted]))

    def files_changed(self, uris: Iterable[str]) -> None:
        """On the disk. What is open counts as it is open."""
        for uri in uris:
            if self.scripts.get(uri) is None:
                self.engine.overlay(path_of(uri), None)

    # ----------------------------------------------------------------------------------- documents

    def open(self, uri: str, version: int, text: str) -> None:
        """A document is there, and its editor's text counts from now on."""
        self._judge(self.scripts.open(uri, version, text))

    def change(self, uri: str, version: int, changes: Sequence[lsp.TextDocumentContentChangeEvent]) -> None:
        """Each change counts from what the ones before it have left."""
        script = self.scripts.get(uri)
        if script is None:
            return
        for change in changes:
            where: Range | None = None
            if isinstance(change, lsp.TextDocumentContentChangePartial):
                where = self.places.from_range(script.document.lines, change.range)
            script.change(version, [(where, change.text)])
        self._judge(script)

    def close(self, uri: str) -> None:
        script = self.scripts.get(uri)
        about = self.scripts.close(uri)
        self.engine.close(uri)
        if script is not None:
            self.engine.overlay(script.document.path, None)
        self.publish(about)

    def _judge(self, script: OpenScript) -> None:
        """By the engine, where scripts may be run and this is one; else by its text."""
        if self.runs(script):
            self.engine.judge(script, self.settings)
            return
        self.engine.close(script.uri)
        if not script.document.is_too_long:
            self.engine.overlay(script.document.path, script.document.text)
        if script.uses_kernels or script.document.is_too_long:
            self.publish(self.scripts.tell_tree_findings(script))
        elif script.uri in self._published:
            self.publish(self.scripts.tell_nothing(script))

    def runs(self, script: OpenScript) -> bool:
        """Whether the engine is to run a script."""
        return self.settings.trusted and urlsplit(script.uri).scheme in _RUN_SCHEMES and script.uses_kernels

    async def set(self, settings: ClientSettings) -> None:
        """What the client has set from now on. All that is open is judged anew where that may make a difference."""
        before, self.settings = self.settings, settings
        for text in settings.unknown:
            self.warn(text)
        if before.trusted and not settings.trusted:
            await self.engine.stop()
        judged_by = (before.trusted, before.engine, before.interpreter)
        if judged_by != (settings.trusted, settings.engine, settings.interpreter):
            for script in self.scripts:
                script.forget()
                self._judge(script)
                self._tell_facts(script)
        self.refresh()
        self.notify_client("ttlang/state", {"state": "starting" if settings.trusted else "untrusted", "memory": 0})

    async def trust(self, trusted: bool) -> None:
        """The user allows scripts to be run, or forbids it."""
        if trusted != self.settings.trusted:
            await self.set(replace(self.settings, trusted=trusted))

    # ----------------------------------------------------------------------------------- the engine

    def on_event(self, event: Event) -> None:
        """What the engine tells, of the newest version of a document."""
        match event:
            case Findings(uri, version, tier, findings):
                self.publish(self.scripts.tell_findings(uri, version, tier, findings))
                script = self.scripts.get(uri)
                if script is not None and script.version == version and script.drop_facts_of_others():
                    self._tell_facts(script)
            case Facts(uri, version, kernels):
                script = self.scripts.get(uri)
                if script is not None and script.tell_facts(version, kernels):
                    self._tell_facts(script)
            case WorkerState():
                self.notify_client("ttlang/state", {"state": event.state, "memory": event.memory})
            case _:
                pass

    # ----------------------------------------------------------------------------------- to the client

    def publish(self, uris: Iterable[str]) -> None:
        """All that is to be said of these documents, of their newest versions."""
        for uri in sorted(uris):
            script = self.scripts.get(uri)
            findings = self.scripts.about(uri)
            lines = self.scripts.lines_of(uri, str(findings[0]["file"]) if findings and "file" in findings[0] else "")
            told = [diagnostic_of(each, lines, self.scripts.lines_of, self.places) for each in findings]
            version = script.version if script is not None else None
            if self._published.get(uri) == (version, told):
                continue
            self._published[uri] = (version, told)
            if script is None and not told:
                del self._published[uri]
            self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, told, version))

    def _tell_facts(self, script: OpenScript) -> None:
        self.notify_client("ttlang/facts", facts_for_client(script, self.places))
        self.refresh()

    def refresh(self) -> None:
        """The client asks again for what it shows between the lines."""
        workspace = self.client_capabilities.workspace
        if workspace is not None and workspace.inlay_hint is not None and workspace.inlay_hint.refresh_support:
            self.workspace_inlay_hint_refresh(None)
        if workspace is not None and workspace.code_lens is not None and workspace.code_lens.refresh_support:
            self.workspace_code_lens_refresh(None)

    def notify_client(self, method: str, params: Any) -> None:
        """A notification of our own, to clients that know them."""
        if self.settings.shows_texts:
            self.protocol.notify(method, params)

    def warn(self, message: str, kind: lsp.MessageType = lsp.MessageType.Warning) -> None:
        """Shows a sentence, once."""
        if message not in self._warned:
            self._warned.add(message)
            self.window_show_message(lsp.ShowMessageParams(kind, message))

    def edit(self, uri: str, edits: Sequence[lsp.TextEdit]) -> lsp.WorkspaceEdit:
        """Edits of a document: of this version of it, to clients that can tell."""
        workspace = self.client_capabilities.workspace
        edit = workspace.workspace_edit if workspace is not None else None
        script = self.scripts.get(uri)
        if edit is None or not edit.document_changes or script is None:
            return lsp.WorkspaceEdit(changes={uri: edits})
        document = lsp.OptionalVersionedTextDocumentIdentifier(uri=uri, version=script.version)
        return lsp.WorkspaceEdit(document_changes=[lsp.TextDocumentEdit(document, [*edits])])

    def findings_about(self, script: OpenScript) -> list[Fields]:
        """Those of the newest version; none while it is being judged."""
        return self.scripts.about(script.uri) if script.has_findings else []
