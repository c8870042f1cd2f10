"""A kernel on a core, while it runs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import CodeType, FrameType, GeneratorType
from typing import Protocol

from ttlang.diagnostics import Span
from ttlang.machine.buffers import Buffer
from ttlang.machine.compute.dst import Section
from ttlang.machine.compute.trace import Node, Tree
from ttlang.machine.compute.unit_state import Phase
from ttlang.machine.console import Console
from ttlang.machine.faults import NO_CALL, Fault
from ttlang.machine.noc.core_addresses import Network
from ttlang.machine.noc.l1_window import L1Window
from ttlang.machine.noc.port import Port
from ttlang.machine.program_info import CallSite, KernelInfo, OuterLoop, ProgramInfo
from ttlang.machine.statistics import CountedCall
from ttlang.machine.tensor_pages import TensorPages
from ttlang.machine.tiles import Bytes, decode, decode_elements, untilize
from ttlang.machine.waits import ChangeWait, Pause, Turn, Wait, WordWait
from ttlang.tables.dtypes import TILE_ELEMENTS, TILE_HEIGHT, TILE_WIDTH, Kind

LAST_STEPS = 3
"""Calls of a thread that a report of a deadlock shows."""

Body = Generator[Wait | WordWait | ChangeWait | Pause | Turn | Node, None, None]
"""A started kernel: yields where it waits, or where its trace has to run."""


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


class Recorder(Protocol):
    """Stands between kernels and what their calls go to."""

    def around(self, thread: Thread) -> tuple[Sequence[object], object]:
        """What a thread finds as the buffers of its core, and as its port."""
        ...


class Ready(Protocol):
    """Where threads that can go on are put."""

    def append(self, thread: Thread, /) -> None: ...


@dataclass(frozen=True, eq=False, slots=True)
class RunState:
    """What all threads of a run share."""

    program: ProgramInfo
    l1: Bytes
    """That of all cores, flat."""
    tensors: Sequence[TensorPages]
    numbers: Sequence[int]
    """The integers of the call."""
    network: Network | None
    """Where the program's cores talk to each other."""
    ready: Ready
    console: Console
    recorder: Recorder | None = None
    """What keeps the calls of threads, if anything does."""


class Thread:
    """What a kernel finds on its core, and where the thread stands."""

    __slots__ = (
        "_shared",
        "arguments",
        "body",
        "buffer_calls",
        "buffers",
        "core",
        "counts",
        "drains",
        "ended",
        "fills",
        "kernel",
        "name",
        "node",
        "numbers",
        "port",
        "port_calls",
        "section",
        "tensors",
        "trail",
        "wait",
        "x",
        "y",
    )

    def __init__(self, kernel: LoadedKernel, core: int, buffers: Sequence[Buffer], counts: list[int], shared: RunState):
        info, program = kernel.info, shared.program
        self.kernel = kernel
        self.name = info.name
        self.core = core
        self.x, self.y = program.position(core)
        self.arguments = info.arguments[core]
        self.numbers = tuple(shared.numbers[i] for i in info.numbers)
        self.buffers = buffers
        """Those of its core."""
        # Which buffers an open kernel works on shows when it does: each of its threads has sets of its own.
        self.fills = set[int]() if info.open else info.fills
        """Numbers of the buffers that it fills."""
        self.drains = set[int]() if info.open else info.drains
        self.tensors = shared.tensors
        self.counts = counts
        """How often each of the kernel's counted calls was made, on all cores."""
        self.node = kernel.tree.start() if kernel.tree else None
        """Of a compute kernel: where its trace starts, and where it stands when it works on buffers, and at its end."""
        self.section: tuple[Section, int] | None = None
        """DST, while a section is open between two runs of the trace, and this core's row in it."""
        self.wait: Wait | WordWait | ChangeWait | Pause | None = None
        """What it waits for; None while it can go on."""
        self.ended = False
        self.trail: deque[int] = deque(maxlen=LAST_STEPS)
        """The numbers of its last calls that others may wait for, where they are followed."""
        self._shared = shared
        self.port: Port | None = None
        """Of a data movement kernel: its way to tensors and other cores."""
        if not info.is_compute:
            window = L1Window(buffers, self.fills, self.drains)
            self.port = Port(self, info.noc, program.columns, shared.l1, window, shared.tensors, shared.network)
        self.buffer_calls: Sequence[object] = buffers
        """What the kernel's calls on buffers go to."""
        self.port_calls: object = self.port
        """What its calls to tensors and other cores go to."""
        if shared.recorder is not None:
            self.buffer_calls, self.port_calls = shared.recorder.around(self)
        self.body: Body = kernel.start(self)

    @property
    def frame(self) -> FrameType | None:
        """The variables of the kernel where it waits."""
        return self.body.gi_frame if isinstance(self.body, GeneratorType) else None

    def variables(self) -> dict[str, object]:
        """Those of the kernel where it stands, by name; none if its frames have none."""
        frame = self.frame
        return dict(frame.f_locals) if frame is not None else {}

    @property
    def pages_moved(self) -> int:
        return self.port.pages_moved if self.port is not None else 0

    @property
    def label(self) -> str:
        """How reports and prints call it."""
        return f"core ({self.x}, {self.y}), thread '{self.name}'"

    def wake(self) -> None:
        """What it waited for is there."""
        self.wait = None
        self._shared.ready.append(self)

    def note_ends(self, fills: Iterable[int], drains: Iterable[int]) -> None:
        """Of an open kernel: the thread comes to calls that fill and drain these buffers."""
        assert isinstance(self.fills, set)
        assert isinstance(self.drains, set)
        self.fills.update(fills)
        self.drains.update(drains)

    def finish(self) -> None:
        """The kernel has returned. Raises a Fault if it left something undone."""
        self.ended = True
        if self.port is not None:
            self.port.finish()
        if self.node is not None and self.node.state.phase is not Phase.IDLE:
            message = f"the kernel ends inside a DST section: {self.node.state.phase.value}"
            raise Fault("TTL0806", NO_CALL, message, hint="tile_regs_commit, wait and release must follow")

    def print(self, text: str) -> None:
        self._shared.console.write(self.label, text)

    def print_row(self, buffer: Buffer, back: bool, tile: int, row: int, op: int) -> None:
        """Prints a row of a tile of the block that is waited for, or, at the `back`, reserved."""
        page = buffer.held_page(tile, back, op)
        if not buffer.written[page]:
            self.print("not written yet")
            return
        if buffer.named is not None:
            buffer.named.bring(page, page + 1)
        info = buffer.info
        start = buffer.row + page * info.page_bytes
        datums = decode(self._shared.l1[start : start + info.page_bytes], info.dtype)
        values = untilize(datums.reshape(1, TILE_ELEMENTS), (TILE_HEIGHT, TILE_WIDTH))[row]
        self.print(" ".join(map("{:g}".format, values.tolist())))

    def print_elements(self, buffer: Buffer, back: bool, first: int, count: int, op: int) -> None:
        """Prints elements of a row of the block that is waited for, or, at the `back`, reserved."""
        info = buffer.info
        if info.dtype.kind is Kind.BLOCK_FLOAT:
            raise Fault("TTL0821", op, f"elements of {info.dtype} are printed as they lie in memory")
        size = info.dtype.element_bytes
        row, offset = divmod(first * size, info.page_bytes)
        page = buffer.held_page(row, back, op)
        if offset + count * size > info.page_bytes:
            raise Fault("TTL0821", op, f"elements of two pages of {info.name} are printed at once")
        if not buffer.written[page]:
            self.print("not written yet")
            return
        if buffer.named is not None:
            buffer.named.bring(page, page + 1)
        start = buffer.row + page * info.page_bytes + offset
        values = decode_elements(self._shared.l1[start : start + count * size], info.dtype)
        self.print(" ".join(map("{:g}".format, values.tolist())))

    def accessor(self, number: int, address: int, op: int) -> TensorPages:
        """The tensor of that number, whose pages must start at `address`."""
        tensor = self.tensors[number]
        if address != tensor.address:
            message = f"the accessor of '{tensor.name}' is given an address that is not that tensor's"
            raise Fault("TTL0807", op, message)
        return tensor
