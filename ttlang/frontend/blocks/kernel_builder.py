"""The `ttl.kernel` under construction: its resources, which threads refer to."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from xdsl.dialects.builtin import LocationAttr
from xdsl.ir import Operation, SSAValue

from ttlang.analysis.locations import diagnostic_at, location, span_of
from ttlang.diagnostics import Diagnostic, DiagnosticError, Related, Severity, Span
from ttlang.dialects import ttl
from ttlang.dialects.attributes import UNIT, bool_attr, i64_attr, string_attr
from ttlang.dialects.names import unique_name, value_hint
from ttlang.dialects.ttcore import ScalarType, TensorType, tile_type
from ttlang.dialects.typed_values import owner_of
from ttlang.frontend.blocks.buffer_backing import check_backing
from ttlang.frontend.blocks.tensor_types import tensor_type
from ttlang.language.buffers import CircularBuffer
from ttlang.language.core_places import CoreSpace
from ttlang.language.pipes import Pipe, PipeEnds, PipeNet
from ttlang.language.runtime_integers import RuntimeParameter
from ttlang.language.semaphores import Semaphore
from ttlang.language.tensors import TensorParameter, parameter_index, parameter_name, spec_of
from ttlang.tables.editions import Edition
from ttlang.tables.editions import owner_of as edition_of


def foreign_name(name: str, span: Span) -> Related:
    return Related(span, f"{name} is a name of {edition_of(name).name}")


def _pipe_op(name: str, ends: PipeEnds) -> ttl.CreatePipeOp:
    (first, last), *further = [((left, top), (right - 1, bottom - 1)) for (left, right), (top, bottom) in ends.ranges]
    return ttl.CreatePipeOp(name, ends.source, first, last, *further, numbers=ends.numbers or ())


T = TypeVar("T")


@dataclass
class KernelBuilder:
    """Resources of a kernel, by the objects of the language that stand for them."""

    op: ttl.KernelOp
    dimensions: tuple[int, ...]
    """Of the grid."""
    edition: Edition
    canonical: Mapping[int, object] = field(default_factory=dict[int, object])
    """
    For an object that each run of the kernel function made anew, by its `id`: its counterpart of the first run.
    """
    foreign: Related | None = None
    """Where it first uses a name of another edition."""
    names: frozenset[str] = frozenset()
    """The variables of the kernel function."""
    computed_ends: set[tuple[str, bool]] = field(default_factory=set[tuple[str, bool]])
    """
    Of a unified body, the ends of row-major buffers at which blocks are computed with: the name of the buffer, and
    whether it is filled there.
    """
    tensors: dict[TensorParameter, SSAValue] = field(default_factory=dict[TensorParameter, SSAValue])
    runtime_arguments: dict[RuntimeParameter, SSAValue] = field(default_factory=dict[RuntimeParameter, SSAValue])
    buffers: dict[CircularBuffer, SSAValue] = field(default_factory=dict[CircularBuffer, SSAValue])
    pipes: dict[Pipe, SSAValue] = field(default_factory=dict[Pipe, SSAValue])
    semaphores: dict[Semaphore, SSAValue] = field(default_factory=dict[Semaphore, SSAValue])

    def __post_init__(self) -> None:
        self.nets: dict[PipeNet, list[ttl.CreatePipeOp]] = {}
        """Those that its threads use, with their pipes."""
        self.memory_notes: list[Diagnostic] = []
        """Of buffers that can't share memory, though their author has allowed it."""
        self._undecided: list[Diagnostic] = []
        """What is wrong if the kernel has names of another edition."""
        self._core_arguments: dict[tuple[int, ...], SSAValue] = {}
        self._names: set[str] = set()
        self._shown: dict[tuple[ttl.ThreadOp, ttl.SliceType], SSAValue] = {}
        self._free_slices: dict[tuple[ttl.SliceType, bool], list[SSAValue]] = {}
        self._kinds_of_slices: dict[SSAValue, tuple[ttl.SliceType, bool]] = {}
        self._tiles: dict[tuple[SSAValue, bool], SSAValue] = {}

    def spelled(self, name: str, span: Span) -> None:
        """A thread uses a name that not all editions have."""
        if self.foreign is None and not self.edition.has(name):
            self.foreign = foreign_name(name, span)

    def doubt(self, problem: Diagnostic) -> None:
        """What the editions take differently: raised if the kernel has names of another edition, else kept."""
        if self.foreign is not None:
            raise DiagnosticError((replace(problem, related=(self.foreign, *problem.related)),))
        self._undecided.append(problem)

    def mixtures(self) -> list[Diagnostic]:
        """What turned out to mean two things, when names of another edition came later."""
        if self.foreign is None:
            return []
        return [replace(problem, related=(self.foreign, *problem.related)) for problem in self._undecided]

    def edition_notes(self) -> Iterator[Diagnostic]:
        """What the edition no longer has, and this compiler takes: nets of pipes to one core and to several."""
        for made in self.nets.values() if self.edition.notes else ():
            one = next((pipe for pipe in made if len(pipe.destinations) == 1), None)
            several = next((pipe for pipe in made if len(pipe.destinations) > 1), None)
            if one is None or several is None:
                continue
            message = f"a net has pipes to one core and to several, which {self.edition.name} keeps apart"
            hint = "for other compilers of the language, make a net of each kind"
            yield replace(diagnostic_at("TTL0212", message, several, hint), severity=Severity.NOTE)

    @property
    def grid(self) -> tuple[int, int]:
        """Columns, and rows of all chips."""
        return self.op.grid_sizes

    def add(self, op: Operation, location: LocationAttr | None = None) -> None:
        """Adds a resource or a thread, with the place of the kernel unless it has its own."""
        op.location = location or self.op.location
        self.op.body.block.add_op(op)

    # ------------------------------------------------------------------------------------------------ resources

    def add_tensor(self, tensor: TensorParameter, span: Span) -> None:
        """A parameter that is a tensor. Raises what `tensor_type` does."""
        name, spec = parameter_name(tensor), spec_of(tensor)
        type_ = tensor_type(name, spec, lambda: span)
        rows, columns = (1, 1, *spec.shape)[-2:]
        op = ttl.TensorAccessorOp(name, parameter_index(tensor), type_, (rows, columns), float(spec.padding))
        op.result.name_hint = value_hint(name)
        self.add(op)
        self.tensors[tensor] = op.result

    def add_runtime_argument(self, parameter: RuntimeParameter) -> None:
        op = ttl.RuntimeArgumentOp(parameter.name, parameter.index)
        op.result.name_hint = value_hint(parameter.name)
        self.add(op)
        self.runtime_arguments[parameter] = op.result

    def add_buffer(self, buffer: CircularBuffer, span: Span) -> None:
        element = tile_type(buffer.dtype) if buffer.tiled else ScalarType(buffer.dtype)
        shared = self._shared_pages(buffer, span)
        count = buffer.block_count if shared is None else shared // math.prod(buffer.shape)
        op = ttl.CreateCBOp(buffer.name, ttl.buffer_type(buffer.shape, element, count))
        if buffer.group is not None and shared is not None:
            op.group = i64_attr(buffer.group.number)
        if (backing := buffer.backing) is not None:
            made = ((other, span_of(owner_of(ssa, ttl.CreateCBOp)) or span) for other, ssa in self.buffers.items())
            check_backing(buffer, backing, self.tensor_type(backing.tensor), self.op.cores, made, span)
            op.tensor = string_attr(parameter_name(backing.tensor))
            op.byte_offset = i64_attr(backing.byte_offset)
        self.buffers[buffer] = self._add_named(op, buffer.name, span)

    def _shared_pages(self, buffer: CircularBuffer, span: Span) -> int | None:
        """Pages of the memory that a buffer shares with others of its group; None for one that has its own."""
        if buffer.group is None or buffer.group.size < 2:
            return None
        if not buffer.tiled or buffer.backing is not None:
            reason = "it lies on a tensor" if buffer.backing is not None else "its pages are rows"
        elif (pages := buffer.group.shared_pages) is not None:
            return pages
        else:
            reason = "a piece that ends with a block of each would be no smaller than all apart"
        message = f"{buffer.name} shares no memory with its group: {reason}"
        self.memory_notes.append(Diagnostic("TTL0003", message, span, severity=Severity.NOTE))
        return None

    def add_pipe(self, pipe: Pipe, span: Span) -> None:
        assert pipe.ends is not None, "its kernel has made it"
        self._names.add(pipe.name)
        self.pipes[pipe] = self._add_named(_pipe_op(pipe.name, pipe.ends), pipe.name, span)

    def adopt_pipe(self, pipe: Pipe, name: str) -> SSAValue:
        """A pipe that was made outside of kernels. Raises a TTL0505 for cores that the grid of this one lacks."""
        at, first = pipe.origin.span() if pipe.origin else None, self._first_thread()
        assert first is not None, "a thread uses it"
        ends = pipe.ends_in(CoreSpace(self.dimensions, self.edition, lambda: at))
        op = _pipe_op(self.unique_name(name), ends)
        op.result.name_hint = value_hint(op.name_.data)
        op.location = location(at) if at else self.op.location
        self.op.body.block.insert_op_before(op, first)
        self.pipes[pipe] = op.result
        return op.result

    def add_semaphore(self, semaphore: Semaphore, span: Span) -> None:
        op = ttl.CreateSemaphoreOp(semaphore.name, semaphore.initial_value)
        self.semaphores[semaphore] = self._add_named(op, semaphore.name, span)

    def _add_named(self, op: Operation, name: str, span: Span) -> SSAValue:
        op.results[0].name_hint = value_hint(name)
        self.add(op, location(span))
        return op.results[0]

    def counterpart(self, made: T) -> T:
        """An object that a run of the kernel function made, as the first run made it."""
        known = self.canonical.get(id(made), made)
        assert isinstance(known, type(made))
        return known

    def tensor_type(self, tensor: TensorParameter) -> TensorType:
        type_ = self.tensors[tensor].type
        assert isinstance(type_, TensorType)
        return type_

    def core_argument(self, name: str, values: tuple[int, ...]) -> SSAValue:
        """The per-core argument with these values (in the order of `core_linear`), made before the first thread."""
        if (known := self._core_arguments.get(values)) is not None:
            return known
        unique = self.unique_name(name)
        op = ttl.CoreArgumentOp(unique, values)
        op.location = self.op.location
        op.result.name_hint = value_hint(unique)
        if (first := self._first_thread()) is None:
            self.op.body.block.add_op(op)
        else:
            self.op.body.block.insert_op_before(op, first)
        self._core_arguments[values] = op.result
        return op.result

    def _first_thread(self) -> ttl.ThreadOp | None:
        return next((op for op in self.op.body.block.ops if isinstance(op, ttl.ThreadOp)), None)

    def tiles_of(self, rows: SSAValue, shape: tuple[int, ...], *, filled: bool) -> SSAValue:
        """
        The buffer in which the compute thread has the blocks of a row-major buffer as tiles, `shape` of them: one for
        those that it waits for, one for those that it fills.
        """
        if (known := self._tiles.get((rows, filled))) is not None:
            return known
        made_of = rows.owner
        assert isinstance(made_of, ttl.CreateCBOp)
        made_of.in_tiles = bool_attr(True)
        name = self.unique_name(f"{made_of.name_.data}_{'out_' if filled else ''}tiles")
        type_ = ttl.buffer_type(shape, tile_type(made_of.result.type.element.dtype), 1)
        op = ttl.CreateCBOp(name, type_, compiler_made=True)
        op.rows = made_of.name_
        op.fills_rows = UNIT if filled else None
        op.location = made_of.location
        op.result.name_hint = value_hint(name)
        self.op.body.block.insert_op_after(op, made_of)
        self._tiles[rows, filled] = op.result
        return op.result

    def is_in_tiles(self, buffer: SSAValue) -> bool:
        """Whether a buffer is one that `tiles_of` has made."""
        return buffer in self._tiles.values()

    def shown_in(self, thread: ttl.ThreadOp, window: ttl.SliceType) -> SSAValue:
        """The buffer through which a thread sees parts of tensors, of one shape and format, that it prints."""
        if (known := self._shown.get((thread, window))) is not None:
            return known
        name = self.unique_name("printed")
        op = ttl.CreateCBOp(name, ttl.buffer_type(window.sizes, window.element, 1), compiler_made=True)
        op.location = self.op.location
        op.result.name_hint = value_hint(name)
        self.op.body.block.insert_op_before(op, next(o for o in self.op.body.block.ops if isinstance(o, ttl.ThreadOp)))
        self._shown[thread, window] = op.result
        return op.result

    def take_slice_buffer(self, slice_: ttl.SliceType, name: str, location: LocationAttr, *, filled: bool) -> SSAValue:
        """A buffer for slices of this type in expressions, which nobody uses now; `filled`: by the compute thread."""
        free = self._free_slices.setdefault((slice_, filled), [])
        if not free:
            name = self.unique_name(name)
            op = ttl.CreateCBOp(name, ttl.buffer_type(slice_.sizes, slice_.element, 2), compiler_made=True)
            op.location = location
            op.result.name_hint = value_hint(name)
            self.op.body.block.insert_op_before(op, self.op.threads[0])
            self._kinds_of_slices[op.result] = slice_, filled
            free.append(op.result)
        return free.pop()

    def is_of_slices(self, buffer: SSAValue) -> bool:
        """Whether a buffer is one that `take_slice_buffer` has made."""
        return buffer in self._kinds_of_slices

    def give_back(self, buffer: SSAValue) -> None:
        """Nobody uses a buffer of slices any longer: further slices of its type may."""
        self._free_slices[self._kinds_of_slices[buffer]].append(buffer)

    def unique_name(self, name: str) -> str:
        """The name, with a number if it is taken."""
        unique = unique_name(name, self._names.__contains__)
        self._names.add(unique)
        return unique
