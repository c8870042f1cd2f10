"""
What the tests of passes share: a reference interpreter for threads, on symbols instead of numbers.

It runs a thread of `ttl` and the kernel that became of it, each into a trace of what other threads and the host can
see of it. The traces have to be equal. On its way it checks what the hardware demands of DST, of buffers and of
transfers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import IntegerAttr, ModuleOp, UnknownLoc
from xdsl.ir import Block, Operation, SSAValue

from ttlang.analysis.verification import Verifier
from ttlang.dialects import ttkernel, ttl
from ttlang.driver.pipeline import make_pipeline
from ttlang.driver.universe import make_context
from ttlang.settings.options import CompileOptions

# ------------------------------------------------------------------------------------------------- plain operations

_COMPARISONS: tuple[Callable[[int, int], bool], ...] = (
    lambda a, b: a == b,
    lambda a, b: a != b,
    lambda a, b: a < b,
    lambda a, b: a <= b,
    lambda a, b: a > b,
    lambda a, b: a >= b,
)
_BINARY: dict[type[Operation], Callable[[int, int], int]] = {
    arith.AddiOp: lambda a, b: a + b,
    arith.SubiOp: lambda a, b: a - b,
    arith.MuliOp: lambda a, b: a * b,
}


class Thread:
    """Runs the structured control flow and the integers of a thread; everything else is up to `call`."""

    def __init__(self) -> None:
        self.values: dict[SSAValue, Any] = {}

    def call(self, op: Operation, operands: list[Any]) -> Any:
        raise NotImplementedError(op.name)

    def run(self, block: Block) -> list[Any]:
        """The operands of the block's terminator, if it has one."""
        for op in block.ops:
            operands = [self.values[operand] for operand in op.operands]
            match op:
                case arith.ConstantOp(value=IntegerAttr(value=value)):
                    self.values[op.result] = value.data
                case arith.CmpiOp():
                    self.values[op.result] = int(_COMPARISONS[op.predicate.value.data](*operands))
                case arith.AddiOp() | arith.SubiOp() | arith.MuliOp():
                    self.values[op.result] = _BINARY[type(op)](*operands)
                case scf.ForOp():
                    self._for(op, operands)
                case scf.IfOp():
                    regions = [region for region in op.regions if region.blocks]
                    if operands[0]:
                        self._set(op, self.run(regions[0].block))
                    elif len(regions) > 1:
                        self._set(op, self.run(regions[1].block))
                case scf.WhileOp():
                    self._while(op, operands)
                case scf.YieldOp() | scf.ConditionOp():
                    return operands
                case _:
                    result = self.call(op, operands)
                    self._set(op, [result] if op.results else [])
        return []

    def _set(self, op: Operation, values: list[Any]) -> None:
        self.values.update(zip(op.results, values, strict=True))

    def _for(self, op: scf.ForOp, operands: list[Any]) -> None:
        start, stop, step, *carried = operands
        for index in range(start, stop, step):
            self.values.update(zip(op.body.block.args, [index, *carried], strict=True))
            carried = self.run(op.body.block)
        self._set(op, carried)

    def _while(self, op: scf.WhileOp, carried: list[Any]) -> None:
        for _ in range(100):
            self.values.update(zip(op.before_region.block.args, carried, strict=True))
            condition, *carried = self.run(op.before_region.block)
            if not condition:
                return self._set(op, carried)
            self.values.update(zip(op.after_region.block.args, carried, strict=True))
            carried = self.run(op.after_region.block)
        raise AssertionError("a loop without end")


class Symbols:
    """Numbers for expressions: equal expressions have one number."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[Any, ...], int] = {}

    def __call__(self, *expression: Any) -> int:
        return self._numbers.setdefault(expression, len(self._numbers))


Event = tuple[Any, ...]
"""What others can see: `(call, buffer, ...)`."""


@dataclass
class Trace:
    events: list[Event] = field(default_factory=list[Event])
    in_flight: list[frozenset[Event]] = field(default_factory=list[frozenset[Event]])
    """The transfers that may be under way at each event."""
    transfers: set[Event] = field(default_factory=set[Event])
    departed: set[Event] = field(default_factory=set[Event])
    """Writes whose bytes have left their blocks, and that may not have landed."""
    """Those that may be now."""

    def add(self, *event: Any) -> None:
        self.events.append(event)
        self.in_flight.append(frozenset(self.transfers))

    def transfer(self, *event: Any) -> None:
        self.add(*event)
        self.transfers.add(event)


# -------------------------------------------------------------------------------------------------------------- ttl


class SourceThread(Thread):
    """A thread of `ttl`: what the author means."""

    def __init__(self, symbols: Symbols, core: tuple[int, int]):
        super().__init__()
        self.symbols = symbols
        self.core = core
        self.trace = Trace()
        self.waits: dict[str, int] = {}
        self.contents: dict[str, list[int]] = {}

    def call(self, op: Operation, operands: list[Any]) -> Any:
        symbols, trace = self.symbols, self.trace
        match op:
            case ttl.CoreXOp():
                return self.core[0]
            case ttl.CoreYOp():
                return self.core[1]
            case ttl.CBWaitOp():
                name = operands[0]
                count = self.waits[name] = self.waits.get(name, 0) + 1
                trace.add("wait", name)
                return name, [symbols("tile", name, count, i) for i in range(op.block.type.tiles)]
            case ttl.CBReserveOp():
                trace.add("reserve", operands[0])
                return operands[0], []
            case ttl.CBPushOp():
                trace.add("push", operands[0], tuple(self.contents.pop(operands[0], ())))
            case ttl.CBPopOp():
                trace.add("pop", operands[0])
            case ttl.StoreOp():
                self.contents[operands[1][0]] = operands[0][1]
            case ttl.ElementwiseOp():
                parameters = op.ROW.call_values(op.parameter_values)
                tiles = zip(*(tiles for _, tiles in operands), strict=True) if operands else [()] * op.result.type.tiles
                return None, [symbols(op.ROW.name, parameters, *tile) for tile in tiles]
            case ttl.TypecastOp():
                to = op.result.type.element.format.data
                return None, [symbols("typecast", to, tile) for tile in operands[0][1]]
            case ttl.TensorSliceOp():
                return operands[0], operands[1:], op.result.type.sizes
            case ttl.CopyOp():
                return self._copy(op, *operands)
            case ttl.WaitOp():
                trace.transfers -= set(operands[0])
            case _:
                raise NotImplementedError(op.name)

    def _copy(self, op: ttl.CopyOp, source: Any, destination: Any) -> list[Event]:
        reads = op.direction is ttl.Direction.READ
        ((tensor, width), (row, column), (rows, columns)), (cb, _) = (
            (source, destination) if reads else (destination, source)
        )
        events = [
            ("read" if reads else "write", tensor, (row + r) * width + column + c, cb, r * columns + c)
            for r in range(rows)
            for c in range(columns)
        ]
        for event in events:
            self.trace.transfer(*event)
        return events


def source_traces(kernel: ttl.KernelOp, symbols: Symbols, core: tuple[int, int]) -> dict[str, Trace]:
    """The trace of each thread on a core."""
    traces: dict[str, Trace] = {}
    for source in kernel.threads:
        thread = SourceThread(symbols, core)
        for op in kernel.body.block.ops:
            match op:
                case ttl.CreateCBOp():
                    thread.values[op.result] = op.name_.data
                case ttl.TensorAccessorOp():
                    thread.values[op.result] = (op.name_.data, op.result.type.sizes[1])
                case ttl.CoreArgumentOp():
                    index = core[1] * kernel.grid_sizes[0] + core[0]
                    thread.values[op.result] = int(tuple(op.values.iter_values())[index])
                case _:
                    pass
        thread.run(source.body.block)
        traces[source.sym_name.data] = thread.trace
    return traces


# --------------------------------------------------------------------------------------------------------- ttkernel


@dataclass
class Window:
    """One end of a buffer, as its thread sees it."""

    pages: int = 0
    """Pages that are waited for, or reserved."""
    tiles: list[int] = field(default_factory=list[int])
    """What is in them."""
    handed: int = 0
    """How many of them were handed on."""


class KernelThread(Thread):
    """A kernel of `ttkernel`: what the hardware does. Asserts that it may."""

    def __init__(
        self,
        program: ttkernel.ProgramOp,
        kernel: ttkernel.KernelOp,
        symbols: Symbols,
        core: tuple[int, int],
        known: frozenset[str],
    ):
        """`known`: the author's buffers."""
        super().__init__()
        self.kernel = kernel
        self.known = known
        self.symbols = symbols
        self.core = core
        self.index = core[1] * program.grid_sizes[0] + core[0]
        self.capacity = (8 if program.dst_full_sync_en else 4) * (1 if program.dst32 else 2)
        self.buffers = {cb.sym_name.data: cb for cb in program.circular_buffers}
        self.tensors = {tensor.sym_name.data: tensor.type.sizes for tensor in program.tensors}
        self.trace = Trace()
        self.waits: dict[str, int] = {}
        self.front: dict[str, Window] = {}
        self.back: dict[str, Window] = {}
        self.section = "idle"
        self.dst: dict[int, int] = {}
        self.packs = 0
        self.own = self._own_buffers()
        self.queues: dict[str, list[int]] = {name: [] for name in self.own}

    def _own_buffers(self) -> set[str]:
        """Buffers that this kernel both fills and empties."""
        ops = list(self.kernel.walk())
        pushed = {op.cb.root_reference.data for op in ops if isinstance(op, ttkernel.CBPushBackOp)}
        return pushed & {op.cb.root_reference.data for op in ops if isinstance(op, ttkernel.CBPopFrontOp)}

    def finish(self) -> Trace:
        assert self.section == "idle"
        assert not any(window.pages for window in (*self.front.values(), *self.back.values()))
        assert not any(self.queues.values())
        assert not self.trace.transfers | self.trace.departed, "a transfer is under way at the end"
        return self.trace

    def call(self, op: Operation, operands: list[Any]) -> Any:
        match op:
            case ttkernel.GetArgValOp():
                return int(tuple(self.kernel.core_values.data[op.index.value.data].iter_values())[self.index])
            case ttkernel.GetCommonArgValOp():
                return self.kernel.tensor_names[op.index.value.data]
            case ttkernel.MyLogicalXOp():
                return self.core[0]
            case ttkernel.MyLogicalYOp():
                return self.core[1]
            case ttkernel.TensorAccessorArgsOp():
                return op.tensor.root_reference.data
            case ttkernel.TensorAccessorOp():
                assert operands[0] == operands[1], "description and address are of one tensor"
                return operands[0]
            case ttkernel.GetTileSizeOp():
                return self.buffers[op.cb.root_reference.data].page_bytes
            case ttkernel.GetWritePtrOp() | ttkernel.GetReadPtrOp():
                if isinstance(op, ttkernel.GetWritePtrOp):
                    assert self.back[op.cb.root_reference.data].pages, "a pointer to nothing"
                return self.buffers[op.cb.root_reference.data].address.value.data
            case ttkernel.NocAsyncReadPageOp() | ttkernel.NocAsyncWritePageOp():
                return self._transfer(op, *operands)
            case ttkernel.NocAsyncReadBarrierOp() | ttkernel.NocAsyncWriteBarrierOp():
                kind = "read" if isinstance(op, ttkernel.NocAsyncReadBarrierOp) else "write"
                landing = {event for event in self.trace.transfers | self.trace.departed if event[0] == kind}
                assert landing or op.next_op is None, "a barrier for nothing"
                self.trace.transfers -= landing
                self.trace.departed -= landing
                return None
            case ttkernel.NocAsyncWritesFlushedOp():
                leaving = {event for event in self.trace.transfers if event[0] == "write"}
                assert leaving, "a flush of nothing"
                self.trace.transfers -= leaving
                self.trace.departed |= leaving
                return None
            case _ if "cb_" in op.name:
                return self._buffer(op)
            case _:
                assert self.kernel.thread.data is ttkernel.Thread.COMPUTE
                return self._compute(op, operands)

    def _transfer(self, op: Operation, page: int, tensor: str, address: int) -> None:
        reads = isinstance(op, ttkernel.NocAsyncReadPageOp)
        name, tile = self._page_at(address)
        windows = self.back if reads else self.front
        assert tile < windows[name].pages, "outside the window"
        rows, columns = self.tensors[tensor]
        assert 0 <= page < rows * columns, "outside the tensor"
        self.trace.transfer("read" if reads else "write", tensor, page, name, tile)

    def _page_at(self, address: int) -> tuple[str, int]:
        for name, cb in self.buffers.items():
            offset = address - cb.address.value.data
            if 0 <= offset < cb.total_bytes:
                assert offset % cb.page_bytes == 0
                return name, offset // cb.page_bytes
        raise AssertionError(f"no buffer at {address}")

    # ------------------------------------------------------------------------------------------------------ buffers

    def _buffer(self, op: Any) -> None:
        name, pages = op.cb.root_reference.data, op.pages.value.data
        own = name in self.own
        match op:
            case ttkernel.CBWaitFrontOp():
                pages += self.values[op.behind] if op.behind else 0
                held = self.front.get(name, Window()).pages
                assert pages > held or op.behind, "it has them"
                count = self.waits[name] = self.waits.get(name, 0) + (not held)
                tiles = [self.symbols("tile", name, count, i) for i in range(pages)]
                if own:
                    assert len(self.queues[name]) >= pages, "a wait for what comes after it"
                    tiles = self.queues[name][:pages]
                if pages > held:
                    self.front[name] = Window(pages, tiles)
                kind: Event = () if held else ("wait",)
            case ttkernel.CBPopFrontOp():
                assert self.front[name].pages == pages
                assert self.buffers[name].pages.value.data % pages == 0, "a step over the end of the ring"
                self.front[name] = Window()
                del self.queues.get(name, [])[:pages]
                kind = ("pop",)
            case ttkernel.CBReserveBackOp():
                assert not self.back.get(name, Window()).pages
                assert len(self.queues.get(name, ())) + pages <= self.buffers[name].pages.value.data
                self.back[name] = Window(pages)
                kind = ("reserve",)
            case _:
                assert isinstance(op, ttkernel.CBPushBackOp)
                window = self.back[name]
                done = window.handed + pages
                assert window.pages >= done
                if self.kernel.thread.data is ttkernel.Thread.COMPUTE:
                    assert len(window.tiles) == done, "packs and push differ"
                self.queues.get(name, []).extend(window.tiles[window.handed :])
                window.handed = done
                kind = ()
                if done == window.pages:
                    self.back[name] = Window()
                    kind = ("push", tuple(window.tiles))
        if isinstance(op, ttkernel.CBPopFrontOp | ttkernel.CBPushBackOp):
            assert not any(event[3] == name for event in self.trace.transfers), "released with a transfer under way"
        if kind and name in self.known:
            self.trace.add(kind[0], name, *kind[1:])

    # ---------------------------------------------------------------------------------------------------------- DST

    def _compute(self, op: Operation, operands: list[Any]) -> None:
        match op:
            case ttkernel.TileRegsAcquireOp():
                self._step("idle", "math")
                self.dst, self.packs = {}, 0
            case ttkernel.TileRegsCommitOp():
                assert self.dst, "an empty section"
                self._step("math", "committed")
            case ttkernel.TileRegsWaitOp():
                self._step("committed", "pack")
            case ttkernel.TileRegsReleaseOp():
                assert self.packs, "a section that packs nothing"
                self._step("pack", "idle")
            case ttkernel.CopyTileOp():
                self._write(operands[1], self._tile(op.cb.root_reference.data, operands[0]))
            case ttkernel.FPUBinaryOp():
                left = self._tile(op.in0.root_reference.data, operands[0])
                right = self._tile(op.in1.root_reference.data, operands[1])
                assert op.KIND != "mul" or operands[2] not in self.dst, "mul_tiles adds to a slot that was used"
                self._write(operands[2], self.symbols(op.KIND, (), left, right))
            case ttkernel.CopyDestValuesOp():
                self._write(operands[1], self._read(operands[0]))
            case ttkernel.TypecastTileOp():
                self._write(operands[0], self.symbols("typecast", op.to_format.data, self._read(operands[0])))
            case ttkernel.SFPUTileOp():
                tiles = [self._read(slot) for slot in operands[: op.ROW.arity]]
                self._write(operands[-1], self.symbols(op.ROW.name, op.parameter_values, *tiles))
            case ttkernel.PackTileOp():
                self._pack(op.cb.root_reference.data, operands[0], 1)
            case ttkernel.PackTileBlockOp():
                self._pack(op.cb.root_reference.data, operands[0], op.tiles.value.data)
            case _:
                assert "init" in op.name or "reconfig" in op.name or "startup" in op.name, op.name

    def _step(self, before: str, after: str) -> None:
        assert self.section == before, f"{after} after {self.section}"
        self.section = after

    def _tile(self, cb: str, index: int) -> int:
        return self.front[cb].tiles[index]

    def _read(self, slot: int) -> int:
        assert self.section == "math"
        assert slot in self.dst, "a read of a slot that nothing wrote"
        return self.dst[slot]

    def _write(self, slot: int, value: int) -> None:
        assert self.section == "math"
        assert 0 <= slot < self.capacity, "a slot beyond DST"
        self.dst[slot] = value

    def _pack(self, cb: str, start: int, count: int) -> None:
        assert self.section == "pack"
        self.packs += 1
        window = self.back[cb]
        window.tiles += [self.dst[slot] for slot in range(start, start + count)]
        assert len(window.tiles) <= window.pages, "a pack beyond the reserved block"


# ------------------------------------------------------------------------------------------------------- the checks


def _but_pushes(events: Sequence[Event]) -> list[Event]:
    return [event for event in events if event[0] != "push"]


def _pushes(events: Sequence[Event]) -> dict[str, list[tuple[int, Event]]]:
    """Those of each buffer, with how much else was done before. They may come as soon as the block is there."""
    found: dict[str, list[tuple[int, Event]]] = {}
    others = 0
    for event in events:
        if event[0] == "push":
            found.setdefault(event[1], []).append((others, event))
        else:
            others += 1
    return found


def check_equal(source: ttl.KernelOp, program: ttkernel.ProgramOp) -> None:
    """Runs a kernel and its program on the corners of the grid, and compares what others see of them."""
    columns, rows = source.grid_sizes
    known = frozenset(cb.name_.data for cb in source.circular_buffers)
    for core in {(0, 0), (columns - 1, 0), (columns - 1, rows - 1)}:
        symbols = Symbols()
        expected = source_traces(source, symbols, core)
        assert expected.keys() == {kernel.sym_name.data for kernel in program.kernels}
        moved: dict[str, dict[str, int]] = {"push": {}, "pop": {}}
        for kernel in program.kernels:
            thread = KernelThread(program, kernel, symbols, core, known)
            thread.run(kernel.body.block)
            trace, wanted = thread.finish(), expected[kernel.sym_name.data]
            assert _but_pushes(trace.events) == _but_pushes(wanted.events)
            pushes, meant = _pushes(trace.events), _pushes(wanted.events)
            assert pushes.keys() == meant.keys()
            for name, sequence in pushes.items():
                assert [event for _, event in sequence] == [event for _, event in meant[name]]
                assert all(now <= may for (now, _), (may, _) in zip(sequence, meant[name], strict=True))
            assert all(now <= may for now, may in zip(trace.in_flight, wanted.in_flight, strict=True))
            for call, name, *_ in trace.events:
                if call in moved:
                    moved[call][name] = moved[call].get(name, 0) + 1
        assert moved["push"] == moved["pop"], "blocks that nobody takes, or waits for none"


_OPERANDS = ("in0", "in1", "cb")


class UnitState:
    """
    Follows formats and inits over every path of a kernel, back edges included; written from what the kernel API
    documents of each call. A unit whose state differs between paths is in none.
    """

    def __init__(self, program: ttkernel.ProgramOp):
        self.formats = {cb.sym_name.data: cb.element.format.data for cb in program.circular_buffers}
        self.whole = {cb.sym_name.data for cb in program.circular_buffers if cb.unpack_to_dest_fp32}

    def check(self, kernel: ttkernel.KernelOp) -> None:
        self._block(kernel.body.block, {})

    def _block(self, block: Block, state: dict[str, Any]) -> dict[str, Any]:
        for op in block.ops:
            match op:
                case scf.IfOp():
                    ends = [self._block(region.block, dict(state)) for region in op.regions if region.blocks]
                    state = self._meet(ends[0], ends[1] if len(ends) > 1 else state)
                case scf.ForOp() | scf.WhileOp():
                    state = self._loop(op, state)
                case _:
                    self._call(op, state)
        return state

    def _loop(self, op: scf.ForOp | scf.WhileOp, state: dict[str, Any]) -> dict[str, Any]:
        entry = state
        while True:
            exits, end = entry, entry
            for index, region in enumerate(op.regions):
                end = self._block(region.block, dict(end))
                if isinstance(op, scf.WhileOp) and index == 0:
                    exits = end
            again = self._meet(entry, end)
            if again == entry:
                return end if self._turns(op) else exits
            entry = again

    @staticmethod
    def _turns(op: Operation) -> bool:
        """Whether it is a loop that certainly has a turn."""
        if not isinstance(op, scf.ForOp):
            return False
        bounds = [value.owner.value.value.data for value in (op.lb, op.ub) if isinstance(value.owner, arith.ConstantOp)]
        return len(bounds) == 2 and bounds[0] < bounds[1]

    @staticmethod
    def _meet(a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
        return {unit: value for unit, value in a.items() if unit in b and b[unit] == value}

    def _call(self, op: Operation, state: dict[str, Any]) -> None:
        name = op.name.removeprefix("ttkernel.")
        operands = [getattr(op, field) for field in _OPERANDS if hasattr(op, field)]
        formats = tuple(self.formats[cb.root_reference.data] for cb in operands)
        if not name.startswith("pack"):
            # The unpacker's format has two parts: what it reads in L1, and what it makes of it.
            names = (cb.root_reference.data for cb in operands)
            formats = tuple((format, each in self.whole) for format, each in zip(formats, names, strict=True))
        match name.removesuffix("_init"):
            case "compute_kernel_hw_startup":
                assert not state, "a second startup"
                state.update(a=formats[0], b=formats[1], pack=self.formats[op.out.root_reference.data])
            case "reconfig_data_format_srca":
                state["a"] = formats[0]
            case "reconfig_data_format_srcb":
                state["b"] = formats[0]
            case "reconfig_data_format":
                state["a"], state["b"] = formats
            case "pack_reconfig_data_format":
                state["pack"] = formats[0]
            case "pack_tile" | "pack_tile_block":
                assert state.get("pack") == formats[0], f"{name} with the wrong format"
            case "copy_tile" | "add_tiles" | "sub_tiles" | "mul_tiles" as program if name.endswith("_init"):
                state["program"] = (program, formats)
            case "copy_tile" | "add_tiles" | "sub_tiles" | "mul_tiles":
                assert state.get("a") == formats[0], f"{name} with the wrong format of SrcA"
                assert name == "copy_tile" or state.get("b") == formats[1], f"{name} with the wrong format of SrcB"
                assert state.get("program") == (name, formats), f"{name} without its init"
            case "copy_dest_values" | "typecast_tile":
                self._sfpu(op, state, name.removesuffix("_init"), name.endswith("_init"))
            case _ if isinstance(op, ttkernel.SFPUInitOp):
                self._sfpu(op, state, type(op), True)
            case _ if isinstance(op, ttkernel.SFPUTileOp):
                self._sfpu(op, state, ttkernel.sfpu_init_op(op.ROW), False)
            case _:
                pass

    @staticmethod
    def _sfpu(op: Any, state: dict[str, Any], kind: Any, is_init: bool) -> None:
        fields = ("from_format", "to_format") if "typecast" in op.name else ("format",)
        key = (kind, *(getattr(op, field, None) for field in fields if "dest" not in op.name))
        if is_init:
            state["sfpu"] = key
        else:
            assert state.get("sfpu") == key, f"{op.name} without its init"


def check_locations(module: ModuleOp, after: str) -> None:
    for op in module.walk():
        assert op is module or not isinstance(op.location, UnknownLoc), f"{op.name} has no location after {after}"


@pytest.fixture
def lower_and_check() -> Callable[[ModuleOp, CompileOptions], ttkernel.ProgramOp]:
    """Runs the pipeline on a kernel, with checks after every pass, and compares the program with the kernel."""

    def run(module: ModuleOp, options: CompileOptions) -> ttkernel.ProgramOp:
        verifier = Verifier()
        verifier.verify(module)
        check_locations(module, "the author")
        source = module.clone()
        context = make_context()
        for stage in make_pipeline(options):
            stage.apply(context, module)
            if stage.name == "ttl-expand-functions":
                source = module.clone()  # what functions are made of is a matter of their rows
            verifier.verify(module, whole=False)
            check_locations(module, stage.name)
        module.verify()
        (program,) = module.ops
        assert isinstance(program, ttkernel.ProgramOp)
        for kernel in program.kernels:
            UnitState(program).check(kernel)
        (kernel,) = source.ops
        assert isinstance(kernel, ttl.KernelOp)
        check_equal(kernel, program)
        return program

    return run
