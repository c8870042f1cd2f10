"""A script that is open: its text, what its text alone says, and what the engine has told of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from ttlang.editor.open_documents import Document, path_of
from ttlang.editor.positions import Position, Range
from ttlang.editor.syntax.language_names import LanguageNames
from ttlang.editor.syntax.outline import Kernel, kernels_of
from ttlang.editor.syntax.parsing import Parsed, parse
from ttlang.engine.facts.kernel_facts import KernelFacts, Place, facts_from_json
from ttlang.engine.protocol import TIERS, Fields, Tier

_USES_KERNELS = re.compile(r"^[ \t]*(?:from|import)[ \t]+(?:[\w.]+[ \t]*,[ \t]*)*(?:ttl|ttlang|ttnn)\b", re.MULTILINE)


class OpenScript:
    """One document. What is derived from its text is derived when it is asked for, once for each version."""

    def __init__(self, document: Document):
        self.document = document
        self.findings: dict[Tier, Sequence[Fields]] = {}
        """Of the newest version that anything was told of."""
        self.facts: dict[str, KernelFacts] = {}
        """By kernel: those told last, which may be of an older version: `place_now` finds where things are now."""
        self.facts_version: int | None = None
        self.texts: dict[tuple[str, str, str | None], Any] = {}
        """What was made of this version, by kernel, form and thread: in the JSON form of `KernelText`."""
        self._findings_version: int | None = None
        self._parsed: Parsed | None = None
        self._kernels: tuple[Kernel, ...] | None = None
        self._names: LanguageNames | None = None

    @property
    def uri(self) -> str:
        return self.document.uri

    @property
    def version(self) -> int:
        return self.document.version

    @property
    def uses_kernels(self) -> bool:
        """Whether it imports the language, or what runs kernels. Other scripts are none of our business: nobody runs
        them."""
        return not self.document.is_too_long and _USES_KERNELS.search(self.document.text) is not None

    def change(self, version: int, edits: Sequence[tuple[Range | None, str]]) -> None:
        """Makes a newer version of it. A range of None is everything."""
        for where, text in edits:
            self.document.replace(where, text)
        self.document.version = version
        self._parsed = self._kernels = self._names = None
        self.texts = {}

    @property
    def parsed(self) -> Parsed:
        if self._parsed is None:
            self._parsed = parse("" if self.document.is_too_long else self.document.text)
        return self._parsed

    @property
    def names(self) -> LanguageNames:
        if self._names is None:
            self._names = LanguageNames(self.parsed.tree)
        return self._names

    @property
    def kernels(self) -> tuple[Kernel, ...]:
        """As its text has them."""
        if self._kernels is None:
            self._kernels = kernels_of(self.parsed.tree, self.names, self.document.lines)
        return self._kernels

    def kernel_at(self, place: Position) -> Kernel | None:
        return next((kernel for kernel in self.kernels if place in kernel.place), None)

    def tell_findings(self, version: int, tier: Tier, findings: Sequence[Fields]) -> bool:
        """Takes what the engine has found. Returns False for an older version, which nobody wants any more."""
        if version != self.version:
            return False
        if tier == TIERS[0]:
            self.findings = {}
        self.findings[tier] = findings
        self._findings_version = version
        return True

    @property
    def has_findings(self) -> bool:
        """Whether those that there are were told of the newest version."""
        return self._findings_version == self.version

    def tell_facts(self, version: int, kernels: Sequence[Fields]) -> bool:
        """The same for facts, which stay for kernels that nothing is told of: as long as the text has these."""
        if version != self.version:
            return False
        if self.facts_version != version:
            self.facts = dict(self._still_there())
            self.document.mark()
            self.facts_version = version
        self.facts |= {facts.name: self._with_costs(facts) for facts in map(facts_from_json, kernels)}
        return True

    def _with_costs(self, facts: KernelFacts) -> KernelFacts:
        """Costs that are still to come are as they were: a number that goes and comes with each edit is no help."""
        before = self.facts.get(facts.name)
        return replace(facts, costs=before.costs) if facts.costs_follow and before is not None else facts

    def drop_facts_of_others(self) -> bool:
        """Of kernels that the text has no longer. Returns whether there were any."""
        there = {kernel.name for kernel in self.kernels}
        gone = self.facts.keys() - there if self.parsed.is_whole else ()
        for name in gone:
            del self.facts[name]
        return bool(gone)

    def forget(self) -> None:
        """What was told is void, as after a change of settings."""
        self.findings, self.facts, self.facts_version, self._findings_version = {}, {}, None, None

    def _still_there(self) -> Iterator[tuple[str, KernelFacts]]:
        """Facts of an older version, with the places of now."""
        from ttlang.engine.facts.kernel_facts import moved

        path = self.document.path
        there = {kernel.name for kernel in self.kernels}
        for name, facts in self.facts.items():
            if name in there:
                yield name, moved(facts, path, self._line_now)

    def _line_now(self, line: int) -> int:
        found = self.document.now_of(line)
        return -1 if found is None else found[0]

    def place_now(self, place: Place | None) -> Range | None:
        """Where a place of the facts is now; None if it is in another file, or was edited away."""
        if place is None or place.file != self.document.path or place.line < 0:
            return None
        first, last = self.document.now_of(place.line), self.document.now_of(place.end_line)
        if first is None or last is None:
            return None
        for (_, line), character in ((first, place.character), (last, place.end_character)):
            if line.prefix is not None and character > line.prefix:
                return None
        return Range(Position(first[0], place.character), Position(last[0], place.end_character))

    def line_now(self, place: Place | None) -> int | None:
        """The line on which something of the facts is now, also if that line was edited since."""
        if place is None or place.file != self.document.path or place.line < 0:
            return None
        found = self.document.now_of(place.line)
        return None if found is None else found[0]


def same_file(uri: str, other: str) -> bool:
    """Clients escape differently."""
    return uri == other or path_of(uri) == path_of(other)
