"""
Storms of edits through `ttlang lsp`, as no person types.

Each ends with what must hold: nothing was told of an older text after a newer one, no handler failed, the server lives
and leaves no process behind, and where the storm pauses, diagnostics are those of a fresh `ttlang check --json`.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import signal
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from tests.support.document_texts import checked
from tests.support.language_client import Document, LanguageClient
from tests.support.random_edits import edited_texts

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
Say = Callable[[str], object]


@dataclass
class Outcome:
    """What a storm has found."""

    edits: int = 0
    compared: int = 0
    """Texts, with a fresh check."""
    wrong: list[str] = field(default_factory=list[str])
    texts: list[str] = field(default_factory=list[str])
    """For each of `wrong`, the text that shows it; empty where it is about none."""
    seconds: list[float] = field(default_factory=list[float])
    """From an edit to its diagnostics, where nothing else was waited for."""
    memory: int = 0
    """The most that all processes of the server had, what they share once, in bytes."""

    def fail(self, why: str, text: str = "") -> None:
        self.wrong.append(why)
        self.texts.append(text)


@dataclass
class Storm:
    """A server, and what is found."""

    client: LanguageClient
    folder: Path
    random: Random
    say: Say
    outcome: Outcome = field(default_factory=Outcome)

    def look_at_memory(self) -> None:
        taken = sum(map(shared_bytes, descendants(self.client.process.pid)))
        self.outcome.memory = max(self.outcome.memory, taken)

    async def settle(self, document: Document) -> None:
        """Waits for the diagnostics of the present text, and compares them with a fresh check."""
        try:
            told = await self.client.diagnostics(document, 120)
        except TimeoutError:
            self.outcome.fail(f"nothing is told of {document.path.name}, version {document.version}", document.text)
            return
        self.outcome.compared += 1
        fresh = checked(document.path, document.text)
        if (ours := told_forms(told)) != (theirs := check_forms(fresh, document.path)):
            more, less = ([each for each in a if each not in b] for a, b in ((ours, theirs), (theirs, ours)))
            self.outcome.fail(f"the server alone tells {more}, a fresh check alone {less}", document.text)

    async def pause(self) -> None:
        """As long as between two keys, or two words."""
        await asyncio.sleep(self.random.choice((0, 0, 0.01, 0.05, 0.2)))


@asynccontextmanager
async def storm(
    folder: Path, seed: int, *, later_tiers: bool = False, say: Say = lambda _: None
) -> AsyncGenerator[Storm]:
    """A server in a folder. At the end it is looked at, and ends."""
    # What is checked afresh is a fork of this process.
    for name in ("numpy", "torch", "ttlang.driver.compiler", "ttlang.tools.cli"):
        importlib.import_module(name)
    client = await LanguageClient.start(folder, settings={"sanitizer": later_tiers})
    found = Storm(client, folder, Random(seed), say)
    try:
        yield found
    finally:
        found.look_at_memory()
        processes = descendants(client.process.pid)
        code = await client.stop()
    for uri in client.stale:
        found.outcome.fail(f"older diagnostics came after newer ones: {uri}")
    for failure in client.failures:
        found.outcome.fail(f"a failure was told: {failure}")
    if code:
        found.outcome.fail(f"the server ended with {code}")
    await asyncio.sleep(0.5)
    if left := [pid for pid in processes if descendants(pid)]:
        found.outcome.fail(f"processes are left: {left}")


def told_forms(diagnostics: list[dict[str, Any]]) -> list[Any]:
    """What two diagnostics are compared by, of the protocol's."""
    return sorted(
        (each["range"]["start"]["line"], each["range"]["start"]["character"], each["code"], each["message"])
        for each in diagnostics
    )


def check_forms(findings: list[dict[str, Any]], path: Path) -> list[Any]:
    """The same of those of `check` that are of a file, or of none."""
    forms: list[Any] = []
    for each in findings:
        if each.get("file", str(path)) == str(path):
            start = each.get("range", {}).get("start", {"line": 0, "character": 0})
            message = "\nhint: ".join([each["message"], *([each["hint"]] if each.get("hint") else [])])
            forms.append((start["line"], start["character"], each["code"], message))
    return sorted(forms)


async def edits(storm: Storm, count: int, every: int, examples: Sequence[Path] = EXAMPLES) -> None:
    """Random edits over examples; every so many, the storm pauses and compares."""
    while storm.outcome.edits < count:
        example = storm.random.choice(examples)
        path = storm.folder / example.name
        path.write_text(example.read_text())
        document = storm.client.open(path, example.read_text())
        texts = edited_texts(example.read_text(), storm.random)
        for number in range(1, min(storm.random.choice((every, 3 * every, 10 * every)), count) + 1):
            storm.client.change(document, next(texts))
            storm.outcome.edits += 1
            await storm.pause()
            if number % every == 0:
                await storm.settle(document)
                storm.look_at_memory()
        storm.client.close(document)
        if storm.outcome.edits % 500 < every:
            storm.say(f"{storm.outcome.edits} edits, {storm.outcome.compared} compared")


async def typing(storm: Storm, count: int) -> None:
    """One edit after the other, each waited for: how long it takes."""
    for _ in range(count):
        example = storm.random.choice(EXAMPLES)
        document = storm.client.open(storm.folder / example.name, example.read_text())
        await storm.client.diagnostics(document)
        for text, _ in zip(edited_texts(example.read_text(), storm.random), range(10), strict=False):
            began = time.perf_counter()
            storm.client.change(document, text)
            await storm.client.diagnostics(document)
            storm.outcome.seconds.append(time.perf_counter() - began)
            storm.outcome.edits += 1
        storm.client.close(document)


async def prefixes(storm: Storm, step: int, every: int, examples: Sequence[Path] = EXAMPLES) -> None:
    """Examples as they are typed, from nothing to their end, so many characters at a time."""
    for example in examples:
        text = example.read_text()
        document = storm.client.open(storm.folder / example.name, "")
        for number, length in enumerate(range(step, len(text) + step, step), start=1):
            storm.client.change(document, text[:length])
            storm.outcome.edits += 1
            await storm.pause()
            if number % every == 0 or length >= len(text):
                await storm.settle(document)
        storm.client.close(document)
        storm.say(f"{example.name}: {storm.outcome.edits} states, {storm.outcome.compared} compared")


_HEAD = "from ttlang import ttl\n"
_IGNORES = """\
import signal
for number in range(1, 32):
    try: signal.signal(number, signal.SIG_IGN)
    except OSError: pass
while True: pass
"""
_THREAD = "import threading, time\nthreading.Thread(target=time.sleep, args=(99,)).start()\n"
BAD: dict[str, tuple[str, set[str]]] = {
    "endless": ("while True:\n    pass\n", {"TTL0016"}),
    "deaf": (_IGNORES, {"TTL0016"}),
    "exits": ("import os\nos._exit(3)\n", {"TTL0006"}),
    "killed": ("import os\nos.kill(os.getpid(), 9)\n", {"TTL0006"}),
    "memory": ("x = b'1' * (10 << 30)\n", {"TTL0016", "TTL0006", "TTL0013"}),
    "closes": ("import os\nos.closerange(0, 100)\n", set()),
    "input": ("input()\n", {"TTL0006"}),
    "prints": ("import sys\nsys.stdout.buffer.write(bytes(range(256)) * 10000)\n", set()),
    "binary": (bytes(range(256)).decode("latin-1") * 100, {"TTL0006"}),
    "null": ("\0\n", {"TTL0006"}),
    "deep": ("x = " + "(" * 5000 + ")" * 5000, {"TTL0006"}),
    "thread": (_THREAD, set()),
    "surrogate": ("x = '\\ud800'\nprint(x)\n", set()),
    "long": ("# nothing\n" * 2_000_000, {"TTL0013"}),
}
"""Scripts that no server likes, and codes of which one is told; none: whatever is told."""


async def worst(storm: Storm, names: Sequence[str] = (), files: int = 200) -> None:
    """Texts that no server likes, each followed by one that is as it should be; then so many open files."""
    client, folder = storm.client, storm.folder
    good = (ROOT / "examples" / "add.py").read_text()
    for name, (text, codes) in BAD.items():
        if names and name not in names:
            continue
        began = time.perf_counter()
        text = _HEAD + text
        document = client.open(folder / f"{name}.py", text)
        try:
            told = await client.diagnostics(document, 90)
        except TimeoutError:
            storm.outcome.fail(f"nothing is told of {name}", text)
            told = []
        found = {each["code"] for each in told}
        if codes and not found & codes:
            storm.outcome.fail(f"{name} should be one of {codes}, and is {found}", text)
        storm.say(f"{name}: {time.perf_counter() - began:.1f} s, {sorted(found)}")
        client.change(document, good)
        await storm.settle(document)
        client.close(document)
    documents = [client.open(folder / f"many_{number}.py", good) for number in range(files)]
    for document in documents:
        client.change(document, good.replace("+", "-", 1))
    for document in storm.random.sample(documents, min(files, 10)):
        await storm.settle(document)
    storm.look_at_memory()
    for document in documents:
        client.close(document)


async def killed(storm: Storm, count: int) -> None:
    """Processes of the server's die at random while texts are edited."""
    example = ROOT / "examples" / "add.py"
    document = storm.client.open(storm.folder / "killed.py", example.read_text())
    texts = edited_texts(example.read_text(), storm.random)
    for _ in range(count):
        for _ in range(storm.random.randrange(1, 6)):
            storm.client.change(document, next(texts))
            storm.outcome.edits += 1
            await storm.pause()
        below = descendants(storm.client.process.pid)[1:]
        if below:
            with suppress(ProcessLookupError):
                os.kill(storm.random.choice(below), signal.SIGKILL)
        await storm.pause()
    storm.client.change(document, example.read_text())
    await asyncio.sleep(10)
    storm.client.change(document, example.read_text() + "\n")
    await storm.settle(document)


def descendants(pid: int) -> list[int]:
    """A process, if it is there, and all that it has started, the oldest first."""
    children: dict[int, list[int]] = {}
    alive: set[int] = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                alive.add(int(path.parent.name))
                children.setdefault(int(parent), []).append(int(path.parent.name))

    def below(each: int) -> Iterator[int]:
        yield each
        for child in sorted(children.get(each, ())):
            yield from below(child)

    return list(below(pid)) if pid in alive else []


def shared_bytes(pid: int) -> int:
    """Of main memory, a page that several processes have counted in parts; 0 where that is not told."""
    with suppress(OSError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))
    return 0
