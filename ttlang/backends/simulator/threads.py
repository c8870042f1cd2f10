"""A kernel on a core, while it runs."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from types import FrameType, GeneratorType
from typing import TYPE_CHECKING, Protocol

from ttlang.backends.simulator.buffers import Buffer
from ttlang.backends.simulator.messages import Console
from ttlang.backends.simulator.noc import Port
from ttlang.backends.simulator.pages import TensorPages
from ttlang.backends.simulator.state import Phase
from ttlang.backends.simulator.trace import Node
from ttlang.machine.faults import NO_CALL, Fault, Pause, Turn, Wait, WordWait

if TYPE_CHECKING:
    from ttlang.backends.simulator.codegen import CompiledKernel
    from ttlang.backends.simulator.engine import Section

LAST_STEPS = 3
"""Calls of a thread that a report of a deadlock shows."""

Body = Generator[Wait | WordWait | Pause | Turn | Node, None, None]
"""A started kernel: yields where it waits, or where its trace has to run."""


class Ready(Protocol):
    """Where threads that can go on are put."""

    def append(self, thread: Thread, /) -> None: ...


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
        kernel: CompiledKernel,
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
