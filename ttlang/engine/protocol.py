"""
What the processes of the engine say to each other: the server to its worker (`Request`), and the worker to the server
(`Event`). A message is one line of JSON, with the class's name as its `kind`; lines travel over pipes of their own.

Versions are those of the editor's documents. What is said of a version is void as soon as a newer one is being judged.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Literal

Fields = Mapping[str, Any]
"""An object of JSON."""
Tier = Literal["compile", "counters", "data"]
"""Which part of a judgement: what the compiler finds; then runs on small shapes, of buffers' counters and with data."""
TIERS: tuple[Tier, ...] = ("compile", "counters", "data")


@dataclass(frozen=True)
class Settings:
    """What a trusted workspace has chosen. None: as the environment has it."""

    arch: str | None = None
    metal_api: str | None = None
    later_tiers: bool = True
    """Whether more than the compile tier is wanted, without a command."""


# ------------------------------------------------------------------------------------------- to the worker


@dataclass(frozen=True)
class Judge:
    """A document's text is to be judged. Whatever older version is at work is given up."""

    uri: str
    path: str
    """The name of its file, which need not exist."""
    text: str
    version: int
    settings: Settings = Settings()
    folder: str = ""
    """In which the script begins to run; empty: where the worker was started."""


@dataclass(frozen=True)
class Close:
    """A document is no longer judged; its process ends. Scripts that import it read its file again."""

    uri: str


@dataclass(frozen=True)
class Overlay:
    """What scripts that import a file read in its place. None: the file. A document that is judged needs none."""

    path: str
    text: str | None


@dataclass(frozen=True)
class Command:
    """Work on a version that was judged: simulate, profile, tune, export. Answered once; the next edit ends it."""

    id: int
    uri: str
    version: int
    name: str
    params: Fields = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Cancel:
    """A command is not wanted any more. It is answered with an error."""

    id: int


Request = Judge | Close | Overlay | Command | Cancel

# ----------------------------------------------------------------------------------------- from the worker


@dataclass(frozen=True)
class Findings:
    """All findings of a tier, in place of those that were told of it before."""

    uri: str
    version: int
    tier: Tier
    findings: Sequence[Fields]
    """As `ttlang check --json` prints them, one object each."""
    complete: bool = True
    """False: more may follow, or the tier came to no end."""


@dataclass(frozen=True)
class Facts:
    """What an editor shows of kernels, in place of what was told of kernels of these names before."""

    uri: str
    version: int
    kernels: Sequence[Fields]
    """The JSON form of `KernelFacts`, one object each."""


@dataclass(frozen=True)
class Ended:
    """Nothing more comes of a version, unless a file that it imports changes."""

    uri: str
    version: int
    how: Literal["done", "failed"]
    """By itself; by a limit, or as the script's process was there no more, which a finding tells."""


@dataclass(frozen=True)
class Progress:
    """How far a command has come."""

    id: int
    text: str
    fraction: float | None = None
    """From 0 to 1. None: nobody knows."""


@dataclass(frozen=True)
class Answer:
    """What became of a command."""

    id: int
    result: Any = None
    error: Fields | None = None
    """In the form of a finding, in place of a result."""


@dataclass(frozen=True)
class WorkerState:
    """About the worker itself, when it has changed."""

    pid: int
    memory: int
    """Bytes of main memory that it and its processes take, what they share once."""
    state: Literal["starting", "ready", "restarting", "stopped"]
    processes: Sequence[int] = ()
    """Process groups that it has made."""


Event = Findings | Facts | Ended | Progress | Answer | WorkerState
Message = Request | Event

_KINDS: dict[str, type[Message]] = {
    each.__name__: each
    for each in (
        *(Judge, Close, Overlay, Command, Cancel),
        *(Findings, Facts, Ended, Progress, Answer, WorkerState),
    )
}


def to_line(message: Message) -> bytes:
    """A message as a line, with its end."""
    return json.dumps(_plain(message), separators=(",", ":")).encode("ascii") + b"\n"


def from_line(line: bytes) -> Message:
    """The message of a line. Raises a ValueError for a line that is none."""
    data: Any = json.loads(line)
    try:
        kind = _KINDS[data.pop("kind")]
        if kind is Judge:
            data["settings"] = Settings(**data["settings"])
        return kind(**data)
    except (AttributeError, KeyError, TypeError) as cause:
        raise ValueError(f"no message: {line[:80]!r}") from cause


def _plain(message: Message) -> dict[str, Any]:
    """Not `dataclasses.asdict`, which copies all of a document's facts."""
    data: dict[str, Any] = {"kind": type(message).__name__}
    for each in fields(message):
        value = getattr(message, each.name)
        data[each.name] = vars(value) if is_dataclass(value) else value
    return data
