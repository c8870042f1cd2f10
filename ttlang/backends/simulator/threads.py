"""A kernel on a core, while it runs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from types import CodeType, FrameType, GeneratorType
from typing import Protocol

from ttlang.backends.simulator.buffers import Buffer
from ttlang.backends.simulator.messages import Console
from ttlang.backends.simulator.noc import Port
from ttlang.backends.simulator.pages import TensorPages
from ttlang.diagnostics import Span
from ttlang.machine.compute.dst import Section
from ttlang.machine.compute.trace import Node, Tree
from ttlang.machine.compute.units import Phase
from ttlang.machine.faults import NO_CALL, Fault, Pause, Turn, Wait, WordWait
from ttlang.machine.loaded import CallSite, KernelInfo, OuterLoop
from ttlang.machine.statistics import CountedCall

LAST_STEPS = 3
"""Calls of a thread that a report of a deadlock shows."""

Body = Generator[Wait | WordWait | Pause | Turn | Node, None, None]
"""A started kernel: yields where it waits, or where its trace has to run."""


class Ready(Protocol):
    """Where threads that can go on are put."""

    def append(self, thread: Thread, /) -> None: ...


class LoadedKernel(Protocol):
    """A kernel that the machine can run, however it came about."""

    @property
    def info(self) -> KernelInfo: ...

    @property
    def start(self) -> Callable[[Thread], Body]:
        """Starts it on a thread's core."""
        ...

    @property
    def tree(self) -> Tree | None:
        """Of a compute kernel: the traces that its threads may leave."""
        ...

    @property
    def counted(self) -> Sequence[CountedCall]:
        """The calls that are counted, where that was asked for."""
        ...

    @property
    def code(self) -> CodeType | None:
        """What a thread's frames are of; None if they have no lines of the kernel's own."""
        ...

    @property
    def loop_names(self) -> Mapping[str, str]:
        """For each variable of such a frame that changes from turn to turn of a loop, what the author calls it."""
        ...

    def site(self, number: int) -> CallSite:
        """Where the call with that number, which waits and faults name it by, stands."""
        ...

    def outer_loops(self) -> Sequence[OuterLoop]:
        """Its loops that are in no other; none if the turns of one are not known."""
        ...

    def last_call(self, thread: Thread) -> Span | None:
        """Where a thread has made its last call, if its frames don't tell."""
        ...


class Thread:
    """What generated code finds on its core, and where the thread stands."""

    __slots__ = (
        "arguments",
        "body",
        "buffers",
        "console",
        "core",
        "counts",
        "ended",
        "kernel",
        "node",
        "port",
        "ready",
        "section",
        "tensors",
        "trail",
        "wait",
        "x",
        "y",
    )

    def __init__(
        self,
        kernel: LoadedKernel,
        core: int,
        position: tuple[int, int],
        buffers: list[Buffer],
        tensors: list[TensorPages],
        port: Port,
        ready: Ready,
        counts: list[int],
        console: Console,
    ):
        self.kernel = kernel
        self.core = core
        self.x, self.y = position
        self.arguments = kernel.info.arguments[core]
        self.buffers = buffers
        self.tensors = tensors
        self.port = port
        self.ready = ready
        self.counts = counts
        """How often each of the kernel's counted calls was made, on all cores."""
        self.node = kernel.tree.start() if kernel.tree else None
        """Where the trace of a compute kernel starts; when the kernel has ended, where it stands."""
        self.section: tuple[Section, int] | None = None
        """DST, while a section is open between two runs of the trace, and this core's row in it."""
        self.wait: Wait | WordWait | Pause | None = None
        """What it waits for; None while it can go on."""
        self.ended = False
        self.trail: deque[int] = deque(maxlen=LAST_STEPS)
        """The numbers of its last calls that others may wait for, where they are followed."""
        self.console = console
        port.thread = self
        self.body: Body = kernel.start(self)

    @property
    def frame(self) -> FrameType | None:
        """The variables of the kernel where it waits."""
        return self.body.gi_frame if isinstance(self.body, GeneratorType) else None

    @property
    def label(self) -> str:
        """How reports and prints call it."""
        return f"core ({self.x}, {self.y}), thread '{self.kernel.info.name}'"

    def wake(self) -> None:
        """What it waited for is there."""
        self.wait = None
        self.ready.append(self)

    def note_ends(self, fills: Iterable[int], drains: Iterable[int]) -> None:
        """Of an open kernel: the thread comes to calls that fill and drain these buffers."""
        own_fills, own_drains = self.port.fills, self.port.drains
        assert isinstance(own_fills, set)
        assert isinstance(own_drains, set)
        own_fills.update(fills)
        own_drains.update(drains)

    def finish(self) -> None:
        """The kernel has returned. Raises a Fault if it left something undone."""
        self.ended = True
        self.port.finish()
        if self.node is not None and self.node.state.phase is not Phase.IDLE:
            message = f"the kernel ends inside a DST section: {self.node.state.phase.value}"
            raise Fault("TTL0806", NO_CALL, message, hint="tile_regs_commit, wait and release must follow")

    def print(self, text: str) -> None:
        self.console.write(self, text)

    def accessor(self, number: int, address: int, op: int) -> TensorPages:
        """The tensor of that number, whose pages must start at `address`."""
        tensor = self.tensors[number]
        if address != tensor.address:
            message = f"the accessor of '{tensor.name}' is given an address that is not that tensor's"
            raise Fault("TTL0807", op, message)
        return tensor
