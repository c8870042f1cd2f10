"""
The facts of a kernel that its compilation gives: tensors, sizes, buffers and their L1, threads, blocks, functions. They
are read off the author's IR and the lowered program, in one walk over each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from ttlang.analysis.locations import span_of
from ttlang.dialects import ttkernel, ttl
from ttlang.dialects.shared_memory import by_memory
from ttlang.dialects.ttcore import Element, TileType
from ttlang.dialects.ttkernel.facets import (
    Configures,
    Drains,
    HandedOver,
    HandsPages,
    IsExpression,
    ReadsTensor,
    WritesTensor,
)
from ttlang.dialects.walking import operations_of
from ttlang.driver.compiler import CompiledKernel
from ttlang.engine.facts.kernel_facts import (
    BlockFacts,
    BufferFacts,
    FunctionUse,
    KernelFacts,
    L1Facts,
    Place,
    SizeFacts,
    TensorFacts,
    ThreadFacts,
    Use,
)
from ttlang.engine.facts.source_places import Definition, definition_at, line_place, place_of

_NOT_THE_AUTHORS = (Configures, HandedOver, IsExpression)
"""What is known of calls that set units up, or ask where the thread runs: no statement is dealt to a thread by them."""
_WAIT, _RESERVE, _PUBLISH = ttl.CBWaitOp.METHOD, ttl.CBReserveOp.METHOD, "publish"


def compiled_facts(compiled: CompiledKernel) -> KernelFacts:
    """
    What is known of a kernel as soon as it is compiled. Raises a TTL0232 for a program that was read from a file, which
    does not tell what its author wrote.
    """
    kernel = compiled.source("what its author wrote").body.block.first_op
    assert isinstance(kernel, ttl.KernelOp)
    program = compiled.program
    threads = _Threads(kernel, program)
    blocks = tuple(dict.fromkeys(_blocks(kernel, threads)))
    definition = _definition(kernel)
    return KernelFacts(
        name=compiled.name,
        place=place_of(definition.span) if definition else _place(kernel),
        arch=program.arch.data,
        grid=program.dimensions,
        tensors=tuple(_tensor(each, definition) for each in kernel.tensors),
        l1=L1Facts(program.buffer_bytes, compiled.target.chip.l1_budget),
        threads=tuple(_thread(each, threads) for each in program.kernels),
        buffers=tuple(_buffers(kernel, program, blocks)),
        blocks=blocks,
        functions=tuple(dict.fromkeys(_functions(kernel))),
        sizes=tuple(_sizes(compiled, definition)),
    )


def with_reasons(facts: KernelFacts, compiled: CompiledKernel) -> KernelFacts:
    """The same, and why sizes are no larger: the next ones are compiled for that, unless they were before."""
    if compiled.chosen is None:
        return facts
    reasons = compiled.chosen.reasons()
    return replace(facts, sizes=tuple(replace(size, why=reasons[size.name]) for size in facts.sizes))


def _definition(kernel: ttl.KernelOp) -> Definition | None:
    span = span_of(kernel)
    return definition_at(span.file, span.line) if span else None


def _place(op: ttl.KernelOp) -> Place:
    span = span_of(op)
    return place_of(span) if span else Place("", 0, 0, 0, 0)


def _layout(element: Element) -> str:
    return "tiled" if isinstance(element, TileType) else "row-major"


# ------------------------------------------------------------------------------------------------ tensors and sizes


def _tensor(tensor: ttl.TensorAccessorOp, definition: Definition | None) -> TensorFacts:
    type_ = tensor.result.type
    return TensorFacts(
        name=tensor.name_.data,
        place=_parameter(tensor.name_.data, definition),
        shape=(*type_.sizes[:-2], *tensor.extents) if len(type_.sizes) > 1 else tensor.extents[-1:],
        format=type_.element.dtype.name,
        layout=_layout(type_.element),
        memory=str(type_.memory.data.name).lower(),
        shards=type_.shard_grid,
    )


def _parameter(name: str, definition: Definition | None) -> Place | None:
    span = definition.parameters.get(name) if definition else None
    return place_of(span) if span else None


def _sizes(compiled: CompiledKernel, definition: Definition | None) -> Iterator[SizeFacts]:
    if compiled.chosen is None:
        return
    for name, value in compiled.chosen.values.items():
        yield SizeFacts(name, _parameter(name, definition), str(value))


# ---------------------------------------------------------------------------------------------------------- threads


class _Threads:
    """Of a unified body, what the threads that were dealt out of it do: who acquires blocks of a buffer, and where."""

    def __init__(self, kernel: ttl.KernelOp, program: ttkernel.ProgramOp):
        self.are_dealt_out = any(isinstance(thread, ttl.UnifiedThreadOp) for thread in kernel.threads)
        self._lines: dict[str, set[tuple[str, int]]] = {}
        self._acquiring: defaultdict[tuple[str, str], dict[str, set[tuple[str, int]]]] = defaultdict(dict)
        for thread in program.kernels if self.are_dealt_out else ():
            self._add(thread)

    def _add(self, thread: ttkernel.KernelOp) -> None:
        name, own = thread.sym_name.data, span_of(thread)
        lines = self._lines[name] = set()
        for op in operations_of(thread, ttkernel.CallOp):
            span = span_of(op)
            if span is None or span == own or any(facet.of(op) for facet in _NOT_THE_AUTHORS):
                continue
            lines.add((span.file, span.line))
            hands = HandsPages.of(op)
            if hands and not hands.releases:
                way = _WAIT if isinstance(hands, Drains) else _RESERVE
                buffer = hands.buffer(op).root_reference.data
                self._acquiring[buffer, way].setdefault(name, set()).add((span.file, span.line))

    def lines(self, thread: str) -> list[tuple[str, int]]:
        """Those that went to a thread."""
        return sorted(self._lines.get(thread, ()))

    def acquiring(self, buffer: str, way: str, place: Place) -> list[str]:
        """The threads that wait for blocks of a buffer, or reserve them: at that place, or else anywhere."""
        found = self._acquiring[buffer, way]
        here = [name for name, lines in found.items() if (place.file, place.line + 1) in lines]
        return here or list(found)


def _thread(thread: ttkernel.KernelOp, threads: _Threads) -> ThreadFacts:
    name, span = thread.sym_name.data, span_of(thread)
    lines = tuple(line_place(*each) for each in threads.lines(name))
    return ThreadFacts(name, _kind(thread), place_of(span) if span else None, lines)


def _kind(thread: ttkernel.KernelOp) -> str:
    if thread.thread.data is ttkernel.Thread.COMPUTE:
        return "compute"
    calls = operations_of(thread, ttkernel.CallOp)
    reads, writes = (any(facet.of(call) for call in calls) for facet in (ReadsTensor, WritesTensor))
    if reads is writes:
        return "data movement"
    return "read" if reads else "write"


# ------------------------------------------------------------------------------------- buffers, blocks, functions


def _blocks(kernel: ttl.KernelOp, threads: _Threads) -> Iterator[BlockFacts]:
    for thread in kernel.threads:
        for op in operations_of(thread, ttl.AcquireOp):
            span = span_of(op)
            if span is None or op.held is not None:
                continue
            place, buffer, type_ = place_of(span), ttl.buffer_name(op.block), op.block.type
            names = [thread.sym_name.data]
            if isinstance(thread, ttl.UnifiedThreadOp):
                names = threads.acquiring(buffer, op.METHOD, place)
            for name in names:
                yield BlockFacts(
                    place=place,
                    thread=name,
                    kind=_PUBLISH if isinstance(op, ttl.CBReserveOp) and op.published else op.METHOD,
                    buffer=buffer,
                    shape=type_.sizes,
                    format=type_.element.dtype.name,
                    layout=_layout(type_.element),
                    bytes=type_.block_bytes,
                )


def _buffers(kernel: ttl.KernelOp, program: ttkernel.ProgramOp, blocks: Iterable[BlockFacts]) -> Iterator[BufferFacts]:
    uses: defaultdict[tuple[str, bool], list[Use]] = defaultdict(list)
    for block in blocks:
        uses[block.buffer, block.kind == _WAIT].append(Use(block.thread, block.place))
    written = {cb.name_.data: cb for cb in kernel.circular_buffers}
    together = [[each.sym_name.data for each in group] for group in by_memory(program.own_buffers)]
    for buffer in program.circular_buffers:
        name = buffer.sym_name.data
        cb, span = written.get(name), span_of(buffer)
        type_ = cb.result.type if cb is not None else None
        block_bytes = buffer.page_bytes * (cb.block_pages if cb is not None else buffer.pages.value.data)
        yield BufferFacts(
            name=name,
            place=place_of(span) if span else None,
            made_by_compiler=cb is None or bool(cb.compiler_made),
            shape=type_.sizes if type_ is not None else (buffer.pages.value.data,),
            format=buffer.element.dtype.name,
            layout=_layout(type_.element) if type_ is not None else "tiled",
            blocks=buffer.total_bytes // block_bytes,
            block_bytes=block_bytes,
            bytes=buffer.total_bytes if buffer.tensor is None else 0,
            shares=tuple(other for group in together if name in group for other in group if other != name),
            tensor=buffer.tensor.root_reference.data if buffer.tensor is not None else None,
            producers=tuple(uses[name, False]),
            consumers=tuple(uses[name, True]),
        )


def _functions(kernel: ttl.KernelOp) -> Iterator[FunctionUse]:
    for op in operations_of(kernel, ttl.ElementwiseOp):
        if (span := span_of(op)) is not None:
            yield FunctionUse(place_of(span), op.ROW.name)
