"""
What a compute thread has asked for and not yet run, as a path in a tree that all cores share.

A node stands for the state of the unit and for the calls since the last flush. A call leads from a node to the next
one; the first core that takes a step has it checked, the others find it in the node, which is a dictionary. So a step
costs a look-up, and cores that did the same stand at the same node and run together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.ir import Operation

from ttlang.backends.simulator.call_kinds import TILE_OPS
from ttlang.backends.simulator.state import Slots, State, Unit, inputs_of, mask, writes_dst
from ttlang.dialects import ttkernel
from ttlang.machine.loaded import BufferInfo, ProgramInfo
from ttlang.machine.offsets import Offsets

Key = int | tuple[int, ...]
"""A step: a call's number alone, or with its run-time numbers: the slots in the order of `Call.slots`, the pages."""

MOST_NODES = 100_000
"""Nodes that a kernel may remember, so that a kernel which never repeats itself does not fill memory."""


@dataclass(frozen=True)
class Slot:
    """
    A DST slot operand, and the slots that it stands for. The first one is constant, or known to the run alone (None).
    Where `pack_reconfig_l1_acc` has its flag, it is a number like these.
    """

    first: int | None
    offsets: Offsets


@dataclass(frozen=True, eq=False)
class Call:
    """A call on the compute unit, or those of a nest of loops that holds nothing else, carried out as one."""

    op: Operation
    number: int
    """Its number in the kernel."""
    trips: int = 1
    """How often the kernel makes the call."""
    slots: tuple[Slot, ...] = ()
    buffers: tuple[BufferInfo, ...] = ()
    tiles: tuple[Offsets, ...] = ()
    """The tiles of each buffer that it touches; none for a call that only configures the unit for buffers."""
    parameters: tuple[float, ...] = ()
    """Of a function: those that a user gives."""


@dataclass(frozen=True, eq=False)
class Entry:
    """A call to be run, on all of its tiles at once."""

    call: Call
    slots: tuple[Slots, ...]
    pages: tuple[int, ...]
    """The page of the ring that the first tile lies in, for each of `tiles`."""
    tiles: tuple[Offsets, ...]
    accumulates: bool
    """Of a pack: whether it adds to what L1 holds."""
    masked: str
    """Of a pack: the dimensions of the reduction outside whose result it writes zeros, if any."""

    @property
    def form(self) -> tuple[object, ...]:
        """What it has in common with the entries of other cores that it can run together with."""
        return self.call.number, self.slots, self.accumulates, self.masked

    def split(self) -> tuple[Entry, ...]:
        """An entry for each slot."""
        count = len(self.slots[-1])
        places = [tiles.parts(count) for tiles in self.tiles]
        return tuple(
            Entry(
                self.call,
                tuple((slots[part],) for slots in self.slots),
                tuple(page + place[part][0] for page, place in zip(self.pages, places, strict=True)),
                tuple(place[part][1] for place in places),
                self.accumulates,
                self.masked,
            )
            for part in range(count)
        )

    @property
    def size(self) -> int:
        """The tiles of its largest operand."""
        return max([len(self.slots[-1]) if self.slots else 1, *(len(tiles.values) for tiles in self.tiles)])


class Node(dict[Key, "Node"]):
    """A state of the unit and the calls since the last flush; maps steps to nodes."""

    __slots__ = ("accumulates", "call", "entries", "flushed", "form", "owner", "parent", "pending", "state")

    def __init__(self, owner: Tree, state: State, parent: Node | None, call: Call | None, entries: tuple[Entry, ...]):
        super().__init__()
        self.owner = owner
        self.state = state
        self.parent = parent
        self.accumulates: bool = state.accumulates
        """Whether a pack adds to what L1 holds."""
        self.call = call
        self.entries = entries
        """What the step to this node adds."""
        self.pending: bool = parent is not None
        """Whether there are calls since the last flush."""
        self.form: int = owner.form(state, parent, entries)
        """Equal for nodes that can run together: their entries have equal forms, and DST the same slots in use."""
        self.flushed: Node = self if parent is None else owner.root(state)
        """The node of this state with nothing to be run."""

    def __missing__(self, key: Key) -> Node:
        node = self.owner.step(self, key)
        self[key] = node
        return node

    @property
    def start(self) -> State:
        """The state at the last flush."""
        node = self
        while node.parent is not None:
            node = node.parent
        return node.state

    def path(self) -> list[Node]:
        """The nodes since the last flush, in order."""
        nodes: list[Node] = []
        node = self
        while node.parent is not None:
            nodes.append(node)
            node = node.parent
        nodes.reverse()
        return nodes

    def trace(self) -> list[Entry]:
        """What is to be run, in order."""
        return [entry for node in self.path() for entry in node.entries]

    def calls(self) -> Counter[str]:
        """How many calls of each name were made since the last flush."""
        counts: Counter[str] = Counter()
        for node in self.path():
            assert node.call is not None
            counts[node.call.op.name.removeprefix("ttkernel.")] += node.call.trips
        return counts


class Tree:
    """The nodes of one compute kernel."""

    def __init__(self, program: ProgramInfo):
        self.unit = Unit(program)
        self.calls: dict[int, Call] = {}
        """By number; the code generator adds them."""
        self._roots: dict[State, Node] = {}
        self._forms: dict[tuple[object, ...], int] = {}
        self._nodes = 0

    def start(self) -> Node:
        return self.root(State())

    def root(self, state: State) -> Node:
        """The node of a state with nothing to be run."""
        if (node := self._roots.get(state)) is None:
            node = self._roots[state] = Node(self, state, None, None, ())
        return node

    def form(self, state: State, parent: Node | None, entries: tuple[Entry, ...]) -> int:
        if parent is None:
            return self._forms.setdefault((state.phase, state.written), len(self._forms))
        form = parent.form
        for entry in entries:
            form = self._forms.setdefault((form, entry.form), len(self._forms))
        return form

    def step(self, node: Node, key: Key) -> Node:
        """The node after a call. Raises a Fault if the call breaks a rule of the unit."""
        self._nodes += 1
        if self._nodes > MOST_NODES:
            self._forget()
        number, values = (key, ()) if isinstance(key, int) else (key[0], key[1:])
        call = self.calls[number]
        run_time = sum(slot.first is None for slot in call.slots)
        slots = _slots(call, values[:run_time])
        state = node.state
        packs = not writes_dst(call.op)
        masked = state.masked if packs else ""
        entry = Entry(call, slots, values[run_time:], call.tiles, packs and state.accumulates, masked)
        entries = entry.split() if _chained(entry) or _differs(entry, state) else (entry,)
        for part in entries:
            state = self.unit.advance(state, call.op, call.number, call.buffers, part.slots)
        # A release has no operands, but what comes after it finds an empty section.
        runs = isinstance(call.op, (*TILE_OPS, ttkernel.TileRegsReleaseOp))
        return Node(self, state, node, call, entries if runs else ())

    def _forget(self) -> None:
        self._nodes = 0
        for root in self._roots.values():
            root.clear()


def _slots(call: Call, values: Sequence[int]) -> tuple[Slots, ...]:
    given = iter(values)
    firsts = [next(given) if slot.first is None else slot.first for slot in call.slots]
    return tuple(
        tuple(first + offset for offset in slot.offsets.values) for first, slot in zip(firsts, call.slots, strict=True)
    )


def _chained(entry: Entry) -> bool:
    """Whether a trip touches what an earlier one wrote, so that they must run one after the other."""
    if not entry.slots:
        return False
    if not writes_dst(entry.call.op):
        return entry.tiles[0].repeats
    output = entry.slots[-1]
    writer = {slot: trip for trip, slot in enumerate(output)}
    if len(writer) < len(output):
        return True
    inputs = entry.slots[: inputs_of(entry.call.op)]
    return any(writer.get(slot, trip) < trip for read in inputs for trip, slot in enumerate(read))


def _differs(entry: Entry, state: State) -> bool:
    """Whether a reduction finds some of its slots written and others not: the arithmetic takes all for one or other."""
    if not isinstance(entry.call.op, ttkernel.ReduceTileOp):
        return False
    slots = mask(entry.slots[0])
    return state.written & slots not in (0, slots)
