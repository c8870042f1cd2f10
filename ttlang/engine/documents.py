"""The documents that a worker judges: which of them have a process, which wait for one, and what imports what."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ttlang.engine.limits import DOCUMENTS
from ttlang.engine.processes import Process
from ttlang.engine.protocol import Judge, Overlay

_SETTLED_SECONDS = 0.3
"""Without an edit of a file, until scripts that import it are run again."""


@dataclass(eq=False)
class Document:
    """An open document."""

    request: Judge
    line: bytes
    """The request as it came."""
    edited: float
    process: Process | None = None
    is_pending: bool = True
    """It is to be judged, and has no process yet."""
    is_judged: bool = False
    """The compile tier of this version has been told."""
    files: frozenset[str] = frozenset()
    """Modules of the user's own that its script has imported."""
    packages: frozenset[str] = frozenset()
    """Installed packages that a process of its has imported, as it began without them."""
    began: float = 0.0
    """When its process began, which reads each of them once."""
    stale: float | None = None
    """When one of them was last edited since."""
    waiting: list[bytes] = field(default_factory=list[bytes])
    """Commands, as they came, until it is judged."""

    def rests_for(self, seconds: float) -> bool:
        return time.monotonic() - self.edited > seconds


class Documents:
    """All of them."""

    def __init__(self) -> None:
        self._open: dict[str, Document] = {}
        self._overlays: dict[str, str] = {}
        """Of open files that are not judged, by path."""
        self._edited: dict[str, float] = {}
        """By path, when a file was last edited."""
        self._saved: dict[str, tuple[str, bool]] = {}
        """By path, a text and whether the file held it when it came."""

    def get(self, uri: str) -> Document | None:
        return self._open.get(uri)

    def judge(self, request: Judge, line: bytes) -> tuple[Document, Literal["new", "text", "settings"]]:
        """The document of a request, and what is new of it."""
        now = time.monotonic()
        self.changed(request.path)
        if (document := self._open.get(request.uri)) is None:
            document = self._open[request.uri] = Document(request, line, now)
            return document, "new"
        before = document.request
        document.request, document.line, document.edited = request, line, now
        document.is_judged, document.is_pending = False, True
        same = before.settings == request.settings and before.path == request.path
        return document, "text" if same else "settings"

    def close(self, uri: str) -> Document | None:
        return self._open.pop(uri, None)

    def overlay(self, path: str, text: str | None) -> None:
        if text is None:
            self._overlays.pop(path, None)
        else:
            self._overlays[path] = text
        self.changed(path)

    def changed(self, path: str) -> None:
        """A file reads otherwise than before: scripts that import it are to be run again."""
        real = os.path.realpath(path)
        now = self._edited[real] = time.monotonic()
        for document in self._open.values():
            if real in document.files:
                document.stale = now

    def judged(self, document: Document, files: Sequence[str]) -> None:
        """A document was judged, and has imported files, some of which may have changed since."""
        document.is_judged = True
        document.files = frozenset(map(os.path.realpath, files)) - {os.path.realpath(document.request.path)}
        last = max((self._edited.get(file, 0.0) for file in document.files), default=0.0)
        if last > document.began:
            document.stale = last

    def overlays_for(self, document: Document) -> Iterator[Overlay]:
        """What scripts are to read in place of files, the document's own aside."""
        texts = self._overlays | {
            each.request.path: each.request.text for each in self._open.values() if each is not document
        }
        for path, text in texts.items():
            if not self._is_saved(path, text):
                yield Overlay(path, text)

    def _is_saved(self, path: str, text: str) -> bool:
        known = self._saved.get(path)
        if known is None or known[0] != text:
            try:
                # As Python decodes it, line ends aside.
                same = Path(path).read_text(encoding="utf-8") == text.replace("\r\n", "\n")
            except (OSError, ValueError):
                same = False
            known = self._saved[path] = text, same
        return known[1]

    # ------------------------------------------------------------------------------------------ processes

    def with_process(self) -> list[Document]:
        return [document for document in self._open.values() if document.process is not None]

    def has_work(self) -> bool:
        """Whether something will be due without anybody's word."""
        return any(
            document.is_pending or document.stale is not None or (document.process and document.process.has_work())
            for document in self._open.values()
        )

    def to_start(self, drop: Callable[[Document], None]) -> list[Document]:
        """Those that get a process now, the last edited first. Processes of others are dropped for them."""
        self._refresh(drop)
        pending = [document for document in self._open.values() if document.is_pending and document.process is None]
        pending.sort(key=lambda document: (document.is_judged, -document.edited))
        free = DOCUMENTS - len(self.with_process())
        chosen = pending[: max(free, 0)]
        for document in pending[len(chosen) :]:
            if (other := self._least_needed(document)) is None:
                break
            drop(other)
            chosen.append(document)
        return chosen

    def _refresh(self, drop: Callable[[Document], None]) -> None:
        """Has scripts run again whose imports have changed."""
        now = time.monotonic()
        for document in self._open.values():
            if document.stale is not None and now - document.stale > _SETTLED_SECONDS:
                document.stale = None
                drop(document)
                document.is_pending = True

    def _least_needed(self, document: Document) -> Document | None:
        """A document whose process this one may have: it has nothing to do, or was edited before and is judged."""
        others = [other for other in self.with_process() if other.process is not None and other.is_judged]
        resting = [other for other in others if other.process and not other.process.has_work()]
        if not resting and not document.is_judged:
            resting = [other for other in others if other.edited < document.edited]
            for other in (least := sorted(resting, key=lambda each: each.edited)[:1]):
                other.is_pending = True  # for its later tiers
            return least[0] if least else None
        return min(resting, key=lambda each: each.edited, default=None)
