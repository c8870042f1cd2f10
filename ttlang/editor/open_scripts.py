"""All scripts that are open, and what is published about each document: by any of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from ttlang.diagnostics import Diagnostic, Severity
from ttlang.diagnostics.json_form import to_json
from ttlang.editor.open_documents import MOST_CHARACTERS, Document, lines_of, path_of
from ttlang.editor.open_script import OpenScript
from ttlang.editor.positions import Range
from ttlang.editor.syntax.tree_findings import tree_findings
from ttlang.engine.protocol import Fields, Tier

TOO_LONG = "TTL0013"


class OpenScripts:
    """By their addresses, as the client writes these."""

    def __init__(self) -> None:
        self._scripts: dict[str, OpenScript] = {}
        self._elsewhere: dict[str, dict[str, int | None]] = {}
        """By script, the other documents that its findings are about, with the versions of those at that time."""

    def __iter__(self) -> Iterator[OpenScript]:
        return iter(self._scripts.values())

    def get(self, uri: str) -> OpenScript | None:
        """Also under another spelling of the address."""
        found = self._scripts.get(uri)
        if found is None:
            path = path_of(uri)
            found = next((each for each in self if each.document.path == path), None)
        return found

    def open(self, uri: str, version: int, text: str) -> OpenScript:
        script = self._scripts[uri] = OpenScript(Document.of(uri, version, text))
        return script

    def change(self, uri: str, version: int, edits: Sequence[tuple[Range | None, str]]) -> OpenScript | None:
        if (script := self._scripts.get(uri)) is not None:
            script.change(version, edits)
        return script

    def close(self, uri: str) -> set[str]:
        """Returns the documents of which less is to be said now."""
        self._scripts.pop(uri, None)
        return {uri, *self._elsewhere.pop(uri, ())}

    def tell_findings(self, uri: str, version: int, tier: Tier, findings: Sequence[Fields]) -> set[str]:
        """Returns the documents of which something else is to be said now: none for a version that is old."""
        script = self.get(uri)
        if script is None or not script.tell_findings(version, tier, findings):
            return set()
        return self._about(script)

    def tell_tree_findings(self, script: OpenScript) -> set[str]:
        """What the text alone says, where nobody runs it."""
        found = _too_long(script) if script.document.is_too_long else _of_tree(script)
        script.tell_findings(script.version, "compile", [json.loads(to_json(each)) for each in found])
        return self._about(script)

    def tell_nothing(self, script: OpenScript) -> set[str]:
        """Nothing is known, or wanted."""
        script.forget()
        return self._about(script)

    def about(self, uri: str) -> list[Fields]:
        """All that is to be said of a document, each thing once."""
        target = self.get(uri)
        found: dict[str, Fields] = {}
        for script in self:
            for finding in self._of(script).get(target.uri if target else uri, ()):
                if target is not None and target is not script and self._is_old(script, target):
                    continue
                key = json.dumps([finding.get(name) for name in ("code", "range", "message")])
                found.setdefault(key, finding)
        return list(found.values())

    def lines_of(self, uri: str, path: str) -> Sequence[str]:
        """Of a document, as it is open, else as it is on the disk; none of one that can't be read."""
        script = self.get(uri)
        if script is not None:
            return script.document.lines
        try:
            return _lines_on_disk(path, Path(path).stat().st_mtime_ns)
        except OSError:
            return ()

    def _of(self, script: OpenScript) -> Mapping[str, list[Fields]]:
        """Findings by the document that they are about; those without a place are about the script as a whole."""
        found: dict[str, list[Fields]] = {}
        for tier in script.findings.values():
            for each in tier:
                about = script.uri
                if each.get("file") not in (None, script.document.path):
                    other = self.get(str(each.get("uri") or each["file"]))
                    about = other.uri if other is not None else str(each.get("uri") or each["file"])
                found.setdefault(about, []).append(each)
        return found

    def _about(self, script: OpenScript) -> set[str]:
        """The documents that a script's findings were about, or are."""
        before = self._elsewhere.get(script.uri, {})
        others = [uri for uri in self._of(script) if uri != script.uri]
        versions = {uri: (other.version if (other := self.get(uri)) else None) for uri in others}
        self._elsewhere[script.uri] = versions
        return {script.uri, *before, *versions}

    def _is_old(self, script: OpenScript, target: OpenScript) -> bool:
        """Whether a document has changed since a script's findings were about it."""
        return self._elsewhere.get(script.uri, {}).get(target.uri) != target.version


def _of_tree(script: OpenScript) -> Sequence[Diagnostic]:
    document = script.document
    return tree_findings(document.path, document.text, script.parsed.tree, document.lines)


def _too_long(script: OpenScript) -> Sequence[Diagnostic]:
    message = f"this file has {script.document.size:,} characters, and more than {MOST_CHARACTERS:,} are not looked at"
    return [Diagnostic(TOO_LONG, message, severity=Severity.NOTE)]


@lru_cache(maxsize=64)
def _lines_on_disk(path: str, _: int) -> Sequence[str]:
    """`_`: when it was written last."""
    return lines_of(Path(path).read_bytes().decode("utf-8", "replace"))
