"""A client of `ttlang lsp` that says what it is told to, at any time, and keeps what it hears: for storms of edits."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Fields = dict[str, Any]
CAPABILITIES: Fields = {
    # Characters are counted as Python counts them.
    "general": {"positionEncodings": ["utf-32"]},
    "textDocument": {"publishDiagnostics": {"versionSupport": True, "relatedInformation": True}},
    "window": {"workDoneProgress": True},
}


@dataclass
class Told:
    """The last diagnostics of a document."""

    version: int | None
    diagnostics: list[Fields]


@dataclass
class Document:
    """What the client has open."""

    path: Path
    text: str
    version: int = 1
    before: str = ""
    """The text of the version before."""

    @property
    def uri(self) -> str:
        return self.path.as_uri()


@dataclass
class LanguageClient:
    """One server, in a process of its own, and the client's end of the pipes."""

    process: Process
    told: dict[str, Told] = field(default_factory=dict[str, Told])
    stale: list[str] = field(default_factory=list[str])
    """Documents of which diagnostics were told that are older than others told before."""
    failures: list[str] = field(default_factory=list[str])
    """Error responses, and messages of type error."""
    documents: dict[str, Document] = field(default_factory=dict[str, Document])
    _number: int = 0
    _answers: dict[int, asyncio.Future[Any]] = field(default_factory=dict[int, "asyncio.Future[Any]"])
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _reading: asyncio.Task[None] | None = None

    @classmethod
    async def start(
        cls, folder: Path, *, trusted: bool = True, settings: Fields | None = None, environment: Mapping[str, str] = {}
    ) -> LanguageClient:
        """Starts a server, and greets it."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "ttlang", "lsp"),
            stdin=PIPE,
            stdout=PIPE,
            cwd=folder,
            env={**os.environ, **environment},
        )
        client = cls(process)
        client._reading = asyncio.create_task(client._read())
        options = {"trusted": trusted, "virtualDocuments": True, "settings": settings or {}}
        folders = [{"uri": folder.as_uri(), "name": folder.name}]
        about = {"processId": os.getpid(), "rootUri": folder.as_uri(), "workspaceFolders": folders}
        await client.ask("initialize", {**about, "capabilities": CAPABILITIES, "initializationOptions": options})
        client.say("initialized", {})
        return client

    # ------------------------------------------------------------------------------------------- to the server

    def say(self, method: str, params: Any) -> None:
        """A notification."""
        self._send({"method": method, "params": params})

    async def ask(self, method: str, params: Any) -> Any:
        """The answer of a request; an error is kept among the failures, and None."""
        self._number += 1
        future = self._answers[self._number] = asyncio.get_running_loop().create_future()
        self._send({"id": self._number, "method": method, "params": params})
        return await future

    def open(self, path: Path, text: str) -> Document:
        document = self.documents[path.as_uri()] = Document(path, text)
        about = {"uri": document.uri, "languageId": "python", "version": 1, "text": text}
        self.say("textDocument/didOpen", {"textDocument": about})
        return document

    def change(self, document: Document, text: str) -> None:
        """What differs between the texts is sent as one range: all between the first and the last difference."""
        old = document.before = document.text
        document.text = text
        document.version += 1
        start = alike(old, text)
        most = min(len(old), len(text)) - start
        end = alike(old[::-1][:most], text[::-1][:most])
        change = {
            "range": {"start": place_in(old, start), "end": place_in(old, len(old) - end)},
            "text": text[start : len(text) - end],
        }
        about = {"uri": document.uri, "version": document.version}
        self.say("textDocument/didChange", {"textDocument": about, "contentChanges": [change]})

    def close(self, document: Document) -> None:
        del self.documents[document.uri]
        self.say("textDocument/didClose", {"textDocument": {"uri": document.uri}})

    async def diagnostics(self, document: Document, seconds: float = 60) -> list[Fields]:
        """Those of the newest version, once they are told. Raises a TimeoutError."""

        async def heard() -> list[Fields]:
            while (told := self.told.get(document.uri)) is None or told.version != document.version:
                self._news.clear()
                await self._news.wait()
            return told.diagnostics

        return await asyncio.wait_for(heard(), seconds)

    async def stop(self) -> int:
        """Ends the server as a client does, and gives its exit code."""
        await self.ask("shutdown", None)
        self.say("exit", None)
        code = await asyncio.wait_for(self.process.wait(), 30)
        assert self._reading is not None
        await self._reading
        return code

    def _send(self, message: Fields) -> None:
        assert self.process.stdin is not None
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    # ----------------------------------------------------------------------------------------- from the server

    async def _read(self) -> None:
        assert self.process.stdout is not None
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while head := (await self.process.stdout.readuntil(b"\r\n\r\n")).decode():
                lengths = [line.partition(":")[2] for line in head.split("\r\n") if line.startswith("Content-Length")]
                self._hear(json.loads(await self.process.stdout.readexactly(int(lengths[0]))))
        for number, future in self._answers.items():
            self.failures.append(f"the server has ended, and request {number} has no answer")
            future.cancel()

    def _hear(self, message: Fields) -> None:
        match message:
            case {"id": int(number), "method": str()}:
                # Whatever it asks for, this client has nothing to say.
                self._send({"id": number, "result": None})
            case {"id": number, "method": str()}:
                self._send({"id": number, "result": None})
            case {"id": int(number)}:
                if "error" in message:
                    self.failures.append(json.dumps(message["error"]))
                if not (future := self._answers.pop(number)).done():
                    future.set_result(message.get("result"))
            case {"method": "textDocument/publishDiagnostics", "params": {"uri": uri, "diagnostics": found, **more}}:
                version, before = more.get("version"), self.told.get(uri)
                if before and before.version is not None and version is not None and version < before.version:
                    self.stale.append(uri)
                self.told[uri] = Told(version, found)
                self._news.set()
            case {"method": "window/showMessage" | "window/logMessage", "params": {"type": 1, "message": text}}:
                self.failures.append(text)
            case _:
                pass


def alike(one: str, other: str) -> int:
    """How many characters they begin with are the same."""
    pairs = zip(one, other, strict=False)
    return next((index for index, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def place_in(text: str, offset: int) -> Fields:
    """A place as LSP has it, counted in characters; lines end as LSP says."""
    before = text[:offset].replace("\r\n", "\n").replace("\r", "\n")
    return {"line": before.count("\n"), "character": len(before) - (before.rfind("\n") + 1)}
