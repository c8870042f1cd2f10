"""
What an editor shows of a kernel, as data that goes from the process that compiled it to the one that draws it.

Places are those of LSP, lines and characters from 0, the end exclusive; but characters are code points, which who knows
the client's encoding converts. Nothing here imports the compiler.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, TypeVar, cast

from ttlang.engine.facts.json_records import Json, record_from_json, record_to_json

_Fact = TypeVar("_Fact")


@dataclass(frozen=True)
class Place:
    """A part of a file."""

    file: str
    line: int
    character: int
    end_line: int
    end_character: int


@dataclass(frozen=True)
class TensorFacts:
    """A tensor that the kernel is called with."""

    name: str
    """Of its parameter."""
    place: Place | None
    """The parameter."""
    shape: tuple[int, ...]
    """In elements."""
    format: str
    layout: str
    """Either "tiled" or "row-major"."""
    memory: str
    """Either "dram" or "l1"."""
    shards: tuple[int, int] = (1, 1)
    """Rows and columns of shards that it is cut into."""


@dataclass(frozen=True)
class SizeFacts:
    """A size that the kernel leaves open, as it was chosen for the call."""

    name: str
    """Of the parameter, or of the decorator's option."""
    place: Place | None
    """The parameter; none for an option."""
    value: str
    why: str = ""
    """What it could be, and why it is no larger, as the plan has it; empty where that is not known yet."""


@dataclass(frozen=True)
class Use:
    """A place in a thread."""

    thread: str
    place: Place


@dataclass(frozen=True)
class BufferFacts:
    """A dataflow buffer, or one that the compiler made."""

    name: str
    place: Place | None
    """Where it is made, or what the compiler made it for."""
    made_by_compiler: bool
    shape: tuple[int, ...]
    """Of a block: in tiles, or in elements of a row-major one."""
    format: str
    layout: str
    blocks: int
    """How many it holds: `block_count`."""
    block_bytes: int
    bytes: int
    """Of L1, all blocks; 0 if it lies on a tensor."""
    shares: tuple[str, ...] = ()
    """Others that lie in the same place."""
    tensor: str | None = None
    """On whose shards it lies."""
    producers: tuple[Use, ...] = ()
    """Where blocks of it are reserved, or published."""
    consumers: tuple[Use, ...] = ()
    """Where blocks of it are waited for."""


@dataclass(frozen=True)
class L1Facts:
    """What the buffers take of each core's L1."""

    used: int
    limit: int
    """All in bytes."""


@dataclass(frozen=True)
class ThreadFacts:
    """A thread."""

    name: str
    kind: str
    """One of "compute", "read", "write" (it reads, or writes, tensors alone), "data movement"."""
    place: Place | None
    """Its function; for a thread dealt out of a unified body, that body."""
    lines: tuple[Place, ...] = ()
    """Of one dealt out of a unified body: the statements that went to it, each line once, from its start to its end."""


@dataclass(frozen=True)
class BlockFacts:
    """A block where it is acquired."""

    place: Place
    """The expression: `x_dfb.wait()`."""
    thread: str
    kind: str
    """One of "wait", "reserve", "publish"."""
    buffer: str
    shape: tuple[int, ...]
    """In tiles, or in elements of a row-major one."""
    format: str
    layout: str
    bytes: int


@dataclass(frozen=True)
class FunctionUse:
    """An elementwise function where it is used."""

    place: Place
    """The expression."""
    function: str
    """The name of its row in `ttlang.tables.functions`."""


@dataclass(frozen=True)
class Wait:
    """The line of another thread that ends a wait."""

    thread: str
    place: Place
    """The whole line: from its first character to its last."""
    cycles: float


@dataclass(frozen=True)
class LineCost:
    """What a line of a thread takes, by the clock: means over the cores that come to it."""

    thread: str
    place: Place
    """The whole line."""
    cycles: float
    share: float
    """Of the kernel's cycles."""
    work: dict[str, float]
    """By lane: "move", "unpack", "math", "pack"."""
    waits: dict[str, float]
    """By cause: "pages", "room", "semaphore", "dram", "noc", "sources", "dst"."""
    waits_for: tuple[Wait, ...] = ()
    gain: float | None = None
    """Cycles that the kernel takes less if the line took no time; None where that is not known."""


@dataclass(frozen=True)
class AdviceFacts:
    """Something to change."""

    text: str
    evidence: str
    place: Place | None
    gain: float
    """Cycles, at most."""


@dataclass(frozen=True)
class Costs:
    """What a call of the kernel takes."""

    cycles: float
    microseconds: float
    complete: bool
    """False for a kernel whose threads wait forever: times are those up to there."""
    bound: str = ""
    """What bounds it: a name of `ttlang.profiler.words.PARTS`; empty where that is not known yet."""
    bound_share: float = 0.0
    """Of the cycles that would be gained without it."""
    lines: tuple[LineCost, ...] = ()
    advice: tuple[AdviceFacts, ...] = ()


@dataclass(frozen=True)
class KernelFacts:
    """What is known of a kernel that was compiled for one call."""

    name: str
    place: Place
    """Its function, decorators aside."""
    arch: str
    grid: tuple[int, ...]
    tensors: tuple[TensorFacts, ...]
    l1: L1Facts
    threads: tuple[ThreadFacts, ...]
    buffers: tuple[BufferFacts, ...]
    blocks: tuple[BlockFacts, ...]
    functions: tuple[FunctionUse, ...] = ()
    sizes: tuple[SizeFacts, ...] = ()
    costs: Costs | None = None
    """None until they are known, and where they cannot be."""
    costs_follow: bool = False
    """Whether they are still to come: until then, those of the text before may be shown."""


@dataclass(frozen=True)
class KernelText:
    """A kernel in one of the forms that the compiler prints."""

    kernel: str
    form: str
    """One of "cpp", "ttl", "ttkernel", "plan"."""
    thread: str
    """Of "cpp", whose; else empty."""
    text: str
    lines: tuple[Place | None, ...] = field(default=(), repr=False)
    """For each line of the text the line of the source that it comes from, where there is one."""


def facts_to_json(facts: KernelFacts) -> Json:
    """For `json.dumps`."""
    return cast(Json, record_to_json(facts))


def facts_from_json(data: Mapping[str, Any]) -> KernelFacts:
    """The facts of what `facts_to_json` has made."""
    return record_from_json(KernelFacts, data)


def text_to_json(text: KernelText) -> Json:
    """For `json.dumps`."""
    return cast(Json, record_to_json(text))


def text_from_json(data: Mapping[str, Any]) -> KernelText:
    """The text of what `text_to_json` has made."""
    return record_from_json(KernelText, data)


def moved(facts: _Fact, file: str, new_line: Callable[[int], int]) -> _Fact:
    """
    Facts, a text, or any record of this file, after an edit that has moved lines of a file and changed none of those
    that they name. `new_line`: of a line's number from 0.
    """
    return _moved(facts, file, new_line)


def _moved(value: Any, file: str, new_line: Callable[[int], int]) -> Any:
    if isinstance(value, Place):
        if value.file != file:
            return value
        return replace(value, line=new_line(value.line), end_line=new_line(value.end_line))
    if isinstance(value, tuple):
        return tuple([_moved(each, file, new_line) for each in cast("tuple[Any, ...]", value)])
    if is_dataclass(value) and not isinstance(value, type):
        changed = {each.name: getattr(value, each.name) for each in fields(value)}
        return type(value)(**{name: _moved(each, file, new_line) for name, each in changed.items()})
    return value
