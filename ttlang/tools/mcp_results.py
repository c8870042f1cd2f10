"""
What the tools of `ttlang mcp` answer: the JSON of the commands (docs/json.md), as types that schemas are made from. An
object may have more fields than these.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired

# Pydantic reads that of `typing` from Python 3.12 on.
from typing_extensions import TypedDict

from ttlang.profiler.document import Kernel


class Position(TypedDict):
    line: int
    """From 0."""
    character: int
    """From 0."""


class Range(TypedDict):
    start: Position
    end: Position
    """Exclusive."""


class Place(TypedDict):
    file: str
    uri: str
    range: Range


class Related(TypedDict):
    location: Place
    message: str


class Edit(Place):
    newText: str


class Replay(TypedDict):
    seed: int | None
    numerics: str


class DiagnosticData(TypedDict):
    """One finding, in the shape of LSP's."""

    schema: Literal[1]
    kind: Literal["diagnostic"]
    code: str
    severity: Literal[1, 2, 3]
    """1: an error. 2: a warning. 3: a note."""
    source: str
    message: str
    file: NotRequired[str]
    uri: NotRequired[str]
    range: NotRequired[Range]
    hint: NotRequired[str]
    relatedInformation: NotRequired[list[Related]]
    fix: NotRequired[list[Edit]]
    """Edits that are sure to be meant."""
    replay: NotRequired[Replay]


class Result(TypedDict):
    """What every tool that runs a script answers."""

    ok: bool
    """Whether there are no errors."""
    diagnostics: list[DiagnosticData]
    log: str
    """What the script printed, or its traceback, on standard error; shortened."""


class CheckResult(Result):
    kernels: list[str]
    """Names of those without an error."""
    fixed: NotRequired[str]
    """The script with all edits that are sure, where there are some. Nothing was written."""


class SimulateResult(Result):
    output: str
    """What the script printed; shortened."""
    statistics: list[dict[str, Any]]
    """For each call of a kernel, its counts (docs/json.md, "Statistics")."""


class ProfileResult(Result):
    kernels: list[Kernel]
    """For each call of a kernel (docs/json.md, "Profiles")."""


class PlanResult(Result):
    plan: str
    """What the compiler decided, as `ttlang compile --print plan` says it."""


class TuneResult(Result):
    kernels: list[dict[str, Any]]
    """For each kernel and problem (docs/json.md, "Tuning")."""


class Page(TypedDict):
    """A mistake of the catalogue."""

    name: str
    title: str
    text: str
    wrong: str
    """A script that makes the mistake; empty where none can."""
    right: str
    said: str
    """The command that finds it, and what it prints."""


class ExplainResult(TypedDict):
    code: str
    title: str
    pages: list[Page]
