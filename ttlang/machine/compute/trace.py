"""
What a compute thread has asked for and not yet run, as a path in a tree that all cores share.

A node stands for the state of the unit and for the calls since the last flush. A call leads from a node to the next
one; the first core that takes a step has it checked, the others find it in the node, which is a dictionary. So a step
costs a look-up, and cores that did the same stand at the same node and run together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ttlang.machine.compute.call import Call, TracedCall
from ttlang.machine.compute.execution import Operands
from ttlang.machine.compute.rules import Rules
from ttlang.machine.compute.unit_state import Slots, UnitState
from ttlang.machine.faults import Fault
from ttlang.machine.program_info import CallSite, ProgramInfo
from ttlang.machine.tile_offsets import Offsets

Key = int | tuple[int, ...]
"""A step: a call's number alone, or with its run-time numbers: slots in the order of `CallNest.slots`, then pages."""

MOST_NODES = 100_000
"""Nodes that a kernel may remember, so that a kernel which never repeats itself does not fill memory."""


@dataclass(frozen=True)
class SlotRange:
    """
    A DST slot operand, and the slots that it stands for. The first one is constant, or known to the run alone (None).
    Where `pack_reconfig_l1_acc` has its flag, it is a number like these.
    """

    first: int | None
    offsets: Offsets


@dataclass(frozen=True, eq=False)
class CallNest:
    """A call where a kernel makes it, or those of a nest of loops that holds nothing else, carried out as one."""

    call: Call
    number: int
    """Its number in the kernel."""
    site: Callable[[], CallSite]
    """Tells where it stands."""
    trips: int = 1
    """How often the kernel makes the call."""
    slots: tuple[SlotRange, ...] = ()
    tiles: tuple[Offsets, ...] = ()
    """The tiles of each buffer that it touches; none for a call that only configures the unit for buffers."""


@dataclass(frozen=True, eq=False)
class Entry:
    """A call to be run, on all of its tiles at once."""

    call: TracedCall
    nest: CallNest
    operands: Operands

    @property
    def form(self) -> tuple[object, ...]:
        """What it has in common with the entries of other cores that it can run together with."""
        operands = self.operands
        return self.nest.number, operands.slots, operands.accumulates, operands.masked


class Node(dict[Key, "Node"]):
    """A state of the unit and the calls since the last flush; maps steps to nodes."""

    __slots__ = ("accumulates", "entries", "flushed", "form", "nest", "owner", "parent", "pending", "state")

    def __init__(
        self,
        owner: Tree,
        state: UnitState,
        parent: Node | None = None,
        nest: CallNest | None = None,
        entries: tuple[Entry, ...] = (),
    ):
        super().__init__()
        self.owner = owner
        self.state = state
        self.parent = parent
        self.accumulates: bool = state.accumulates
        """Whether a pack adds to what L1 holds."""
        self.nest = nest
        """The call that the step to this node makes."""
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
    def start(self) -> UnitState:
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
            assert node.nest is not None
            counts[node.nest.call.name] += node.nest.trips
        return counts


class Tree:
    """The nodes of one compute kernel."""

    def __init__(self, program: ProgramInfo):
        self.calls: dict[int, CallNest] = {}
        """By number; the code generator adds them."""
        self._rules = Rules(
            dst32=program.dst32, dst_tiles=program.dst_tiles, row_sums_swap=program.generation.row_sums_swap
        )
        self._roots: dict[UnitState, Node] = {}
        self._forms: dict[tuple[object, ...], int] = {}
        self._nodes = 0

    def start(self) -> Node:
        return self.root(UnitState())

    def root(self, state: UnitState) -> Node:
        """The node of a state with nothing to be run."""
        if (node := self._roots.get(state)) is None:
            node = self._roots[state] = Node(self, state)
        return node

    def form(self, state: UnitState, parent: Node | None, entries: tuple[Entry, ...]) -> int:
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
        nest = self.calls[number]
        call, state = nest.call, node.state
        run_time = sum(slot.first is None for slot in nest.slots)
        masked = state.masked if call.PACKS else None
        slots = _slots(nest, values[:run_time])
        operands = Operands(slots, values[run_time:], nest.tiles, call.PACKS and state.accumulates, masked)
        apart = slots and (_is_chained(call, operands) or call.goes_one_by_one(state, slots))
        parts = operands.split() if apart else (operands,)
        try:
            for part in parts:
                state = call.advance(self._rules, state, part.slots)
        except Fault as fault:
            fault.op = number
            raise
        entries = tuple(Entry(call, nest, part) for part in parts) if isinstance(call, TracedCall) else ()
        return Node(self, state, node, nest, entries)

    def _forget(self) -> None:
        self._nodes = 0
        for root in self._roots.values():
            root.clear()


def _slots(nest: CallNest, values: Sequence[int]) -> tuple[Slots, ...]:
    given = iter(values)
    firsts = [next(given) if slot.first is None else slot.first for slot in nest.slots]
    return tuple(
        tuple(first + offset for offset in slot.offsets.values) for first, slot in zip(firsts, nest.slots, strict=True)
    )


def _is_chained(call: Call, operands: Operands) -> bool:
    """Whether a trip touches what an earlier one wrote, so that they must run one after the other."""
    if call.PACKS:
        return operands.tiles[0].repeats
    output = operands.slots[-1]
    writer = {slot: trip for trip, slot in enumerate(output)}
    if len(writer) < len(output):
        return True
    inputs = operands.slots[: call.inputs]
    return any(writer.get(slot, trip) < trip for read in inputs for trip, slot in enumerate(read))
