"""What the compiler of threads knows about a value: host objects, and what only the run knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any, ClassVar

from xdsl.ir import Block, SSAValue

from ttlang.diagnostics import Diagnostic, Span
from ttlang.dialects.ttl import BlockType, Direction, SliceType, TransferHandleType
from ttlang.frontend.blocks.value_nouns import describe_block, describe_host
from ttlang.language.semaphores import Semaphore
from ttlang.tables.dtypes import DType


class Value:
    """A value in a thread."""

    NOUN: ClassVar[str] = "a value"
    """What messages call it."""

    @property
    def noun(self) -> str:
        return self.NOUN


@dataclass(frozen=True, eq=False)
class Host(Value):
    """An object of the host, known at compile time."""

    value: Any

    @property
    def noun(self) -> str:
        return describe_host(self.value)


@dataclass(frozen=True, eq=False)
class Computed(Value):
    """A value of the IR."""

    ssa: SSAValue


class Int(Computed):
    """An integer that the run computes: i32."""

    NOUN: ClassVar[str] = "an integer known only at run time"


class Bool(Computed):
    """A truth value that the run computes: i1."""

    NOUN: ClassVar[str] = "a truth value known only at run time"


class ElementValue(Computed):
    """A float that was read from a block."""

    NOUN: ClassVar[str] = "an element of a block"


@dataclass(frozen=True, eq=False)
class Ratio(Value):
    """The exact quotient of two integers, on its way to be rounded to an integer."""

    NOUN: ClassVar[str] = "a quotient known only at run time"

    numerator: Int | Host
    denominator: Int | Host


@dataclass(frozen=True, eq=False)
class BlockValue(Computed):
    """Tiles: a block of a buffer, or the value of an expression over blocks."""

    buffer: SSAValue | None = None
    """The buffer that the block was acquired from; None for the value of an expression."""
    reserved: bool = False
    """Whether it was reserved (else it was waited for)."""

    @property
    def type(self) -> BlockType:
        type_ = self.ssa.type
        assert isinstance(type_, BlockType)
        return type_

    @property
    def noun(self) -> str:
        return f"a block of {describe_block(self.type)}"


@dataclass(frozen=True, eq=False)
class TransferValue(Computed):
    """The handle of a copy."""

    NOUN: ClassVar[str] = "a transfer handle"

    block: BlockValue
    """The block that is filled or copied."""
    pipe: SSAValue | None = None
    """What it goes through, if not to or from a tensor."""

    @property
    def direction(self) -> Direction:
        type_ = self.ssa.type
        assert isinstance(type_, TransferHandleType)
        return type_.direction.data


class Handle(Computed):
    """The handle of a transfer by itself, as a loop carries it."""

    NOUN: ClassVar[str] = "a transfer handle"


@dataclass(frozen=True, eq=False)
class Chosen(Value):
    """One of two or more blocks, buffers, tensors or pipes, as the run says. A statement is compiled for each."""

    is_first: Bool
    first: Value
    second: Value

    @property
    def noun(self) -> str:
        return f"a choice of the run between {self.first.noun} and {self.second.noun}"


@dataclass(frozen=True, eq=False)
class ChosenTransfer(Value):
    """The handle of one of two copies that are under way, or of more, as truth values of the run say."""

    NOUN: ClassVar[str] = "a transfer handle"

    is_first: Bool
    first: TransferValue | ChosenTransfer
    second: TransferValue | ChosenTransfer


@dataclass(eq=False)
class SettledTransfer(Value):
    """The handle of one copy or another, for which each path has waited at its end."""

    NOUN: ClassVar[str] = "a transfer handle"

    waits: list[tuple[Span, Block]] = field(default_factory=list[tuple[Span, Block]])
    """Where the author waits for it."""


@dataclass(frozen=True, eq=False)
class SignpostValue(Value):
    """A region that a `with` statement names."""

    NOUN: ClassVar[str] = "a region to be measured"

    name: str


@dataclass(eq=False)
class TransferGroup(Value):
    """Transfers that are waited for together, as far as the thread is compiled."""

    NOUN: ClassVar[str] = "a group of transfers"

    block: Block
    """Where it is made."""
    transfers: list[TransferValue] = field(default_factory=list[TransferValue])
    waited_at: Span | None = None


@dataclass(frozen=True, eq=False)
class SelectedReceive(Value):
    """What `ttl.wait_any` returns."""

    NOUN: ClassVar[str] = "a receive that has come"

    index: Int | Host
    """Its place among those that were waited for."""


class PipeValue(Computed):
    """The pipe that a body is run for."""

    NOUN: ClassVar[str] = "a pipe"


@dataclass(frozen=True, eq=False)
class RemoteSemaphore(Value):
    """A semaphore's counters on other cores."""

    NOUN: ClassVar[str] = "a remote semaphore"

    semaphore: Semaphore
    cores: tuple[Value, ...]
    """Integers: (x, y) of a core; or the first and the last corner of a rectangle, both in."""


class Window(Computed):
    """A slice of a tensor."""

    NOUN: ClassVar[str] = "a slice of a tensor"

    @property
    def type(self) -> SliceType:
        type_ = self.ssa.type
        assert isinstance(type_, SliceType)
        return type_


@dataclass(frozen=True, eq=False)
class Group(Value):
    """A tuple or a list of which not all items are host objects."""

    items: tuple[Value, ...]
    kind: type = tuple

    @property
    def noun(self) -> str:
        return f"a {self.kind.__name__} of {len(self.items)}"


@dataclass(frozen=True, eq=False)
class Table(Value):
    """A dict of which not all values are host objects."""

    NOUN: ClassVar[str] = "a dict"

    items: Mapping[object, Value]


@dataclass(frozen=True, eq=False)
class RangeValue(Value):
    """A range with a bound that the run computes."""

    NOUN: ClassVar[str] = "a range"

    start: Int | Host
    stop: Int | Host
    step: Int | Host


@dataclass(frozen=True, eq=False)
class SliceValue(Value):
    """A slice with a bound that the run computes."""

    NOUN: ClassVar[str] = "a slice"

    start: Value
    stop: Value
    step: Value


@dataclass(frozen=True, eq=False)
class Functions(Value):
    """A function of which each run of the kernel function made its own, one for each core."""

    NOUN: ClassVar[str] = "a function"

    functions: tuple[FunctionType, ...]


@dataclass(frozen=True, eq=False)
class Method(Value):
    """A method of a value that is no host object."""

    receiver: Value
    name: str

    @property
    def noun(self) -> str:
        return f"the method {self.name}, which is not called"


@dataclass(frozen=True, eq=False)
class Fill(Value):
    """A number that stands for a block full of it, of any shape and format unless it names one."""

    NOUN: ClassVar[str] = "a filled block"

    number: float
    shape: tuple[int, ...] | None = None
    dtype: DType | None = None
    """The format that was named, to which the number is rounded."""


@dataclass(frozen=True, eq=False)
class Spread(Value):
    """A broadcast of a block, to the shape of whatever it meets."""

    NOUN: ClassVar[str] = "a broadcast"

    block: BlockValue
    axes: frozenset[int]
    """The dimensions that it is repeated along."""


@dataclass(frozen=True, eq=False)
class Text(Value):
    """A string, of which the run computes the numbers in it."""

    NOUN: ClassVar[str] = "a string known only at run time"

    format: str
    """The string with a place for each number (`ttlang.tables.print_format`)."""
    values: tuple[SSAValue, ...] = ()


@dataclass(frozen=True, eq=False)
class Poison(Value):
    """What a statement that could not be compiled would have computed. Whatever uses it is passed over in silence."""


@dataclass(frozen=True, eq=False)
class Unusable(Value):
    """A variable that has no value here that could be compiled; reading it reports why."""

    report: Callable[[str], Diagnostic]
    """Makes the report, but for its place, from the variable's name."""


POISON = Poison()
NONE, TRUE, FALSE = Host(None), Host(True), Host(False)


def as_value(plain: Value | float) -> Value:
    """A value, or a number of the host."""
    return plain if isinstance(plain, Value) else Host(plain)


def describe(value: Value) -> str:
    """The kind of a value, for messages."""
    return value.noun
