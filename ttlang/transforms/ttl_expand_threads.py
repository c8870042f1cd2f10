"""Makes the `ttkernel.program` of a `ttl.kernel`: what the host configures, and a kernel for each thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Use
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern
from xdsl.rewriter import InsertPoint, Rewriter

from ttlang.analysis.locations import span_of
from ttlang.analysis.wide_defines import wide_defines
from ttlang.diagnostics import error
from ttlang.dialects import ttkernel, ttl
from ttlang.dialects.attributes import string_attr, symbol_attr
from ttlang.dialects.guarantees import Guarantee, given
from ttlang.dialects.names import value_hint
from ttlang.dialects.ttcore import tile_type
from ttlang.dialects.ttkernel.facets import ReadsTensor, ReadsThrough, operations_with
from ttlang.dialects.typed_values import owner_of
from ttlang.dialects.walking import operations_of
from ttlang.tables.dtypes import F32
from ttlang.tables.kernel_api import NEWEST
from ttlang.transforms.pass_order import OrderedPass
from ttlang.transforms.rewriting import at_entry, convert, rewrites, set_location

_PLACES = {ttl.CoreXOp: ttkernel.MyLogicalXOp, ttl.CoreYOp: ttkernel.MyLogicalYOp}


class LowerCoreCoordinate(RewritePattern):
    @rewrites
    def match_and_rewrite(self, op: ttl.CoreXOp | ttl.CoreYOp, rewriter: PatternRewriter, /) -> None:
        new = _PLACES[type(op)]()
        new.result.name_hint = op.result.name_hint
        rewriter.replace(op, new)


class LowerMessage(RewritePattern):
    @rewrites
    def match_and_rewrite(self, op: ttl.PrintOp | ttl.AssertOp, rewriter: PatternRewriter, /) -> None:
        if isinstance(op, ttl.AssertOp):
            rewriter.replace(op, ttkernel.AssertOp(op.condition, op.fmt, op.values, op.code))
        else:
            rewriter.replace(op, ttkernel.DPrintOp(op.fmt, op.values, op.processor))


class LowerSignpost(RewritePattern):
    @rewrites
    def match_and_rewrite(self, op: ttl.SignpostBeginOp | ttl.SignpostEndOp, rewriter: PatternRewriter, /) -> None:
        begins = isinstance(op, ttl.SignpostBeginOp)
        rewriter.replace(op, ttkernel.SignpostBeginOp(op.label) if begins else ttkernel.SignpostEndOp())


def _core_arguments(kernel: ttl.KernelOp, thread: Block) -> list[tuple[str, list[int]]]:
    """The per-core integers that a thread uses, now read from its runtime arguments: their names and values."""
    used: list[tuple[str, list[int]]] = []
    for resource in kernel.body.block.ops:
        if not isinstance(resource, ttl.CoreArgumentOp | ttl.CoreTableOp):
            continue
        uses = [use for use in resource.result.uses if thread.find_ancestor_op_in_block(use.operation)]
        if not uses:
            continue
        name = resource.name_.data
        if isinstance(resource, ttl.CoreTableOp):
            for entry in (use.operation for use in uses):
                if isinstance(entry, ttl.CoreTableEntryOp):
                    _read_entry(entry, len(used))
            used += [(f"{name}_{entry}", column) for entry, column in enumerate(resource.columns)]
            continue
        _read_all(resource, ttkernel.GetArgValOp(len(used)), uses, thread)
        used.append((name, [int(value) for value in resource.values.iter_values()]))
    return used


def _runtime_arguments(kernel: ttl.KernelOp, thread: Block, first: int) -> list[str]:
    """The integers of the call that a thread uses, now read from its common arguments from `first` on: their names."""
    used: list[str] = []
    for resource in kernel.runtime_arguments:
        if uses := [use for use in resource.result.uses if thread.find_ancestor_op_in_block(use.operation)]:
            _read_all(resource, ttkernel.GetRuntimeArgValOp(first + len(used)), uses, thread)
            used.append(resource.name_.data)
    return used


def _read_all(
    resource: ttl.CoreArgumentOp | ttl.RuntimeArgumentOp, read: ttkernel.CallOp, uses: Sequence[Use], thread: Block
) -> None:
    """A resource becomes a call at the start of a thread."""
    read.results[0].name_hint = value_hint(resource.name_.data)
    set_location(read, resource)
    at_entry(thread, read)
    for use in uses:
        use.operation.operands[use.index] = read.results[0]


def _read_entry(entry: ttl.CoreTableEntryOp, first: int) -> None:
    """An entry of a table, whose arguments stand from `first` on."""
    read = ttkernel.GetArgValAtOp(first, entry.index)
    read.result.name_hint = value_hint(owner_of(entry.table, ttl.CoreTableOp).name_.data)
    read.location = entry.location
    Rewriter.replace_op(entry, read)


def _face_noc(kernel: ttkernel.KernelOp) -> None:
    """NOC 1 runs the other way round: there a rectangle starts at its lower right core."""
    if kernel.thread.data is not ttkernel.Thread.WRITER:
        return
    for op in operations_of(kernel, ttkernel.GetNocMulticastAddrOp):
        x_start, y_start, x_end, y_end, address = op.operands
        op.operands = (x_end, y_end, x_start, y_start, address)


def _threads(kernel: ttl.KernelOp) -> list[tuple[ttl.ThreadOp, ttkernel.Thread]]:
    """The processor of each thread: the first data movement thread reads, on NOC 0; the second writes, on NOC 1."""
    movers = [thread for thread in kernel.threads if isinstance(thread, ttl.DataMovementThreadOp)]
    roles: dict[ttl.ThreadOp, ttkernel.Thread] = dict(
        zip(movers, (ttkernel.Thread.READER, ttkernel.Thread.WRITER), strict=False)
    )
    if len(movers) == 1 and not operations_with(movers[0], ReadsTensor):
        roles[movers[0]] = ttkernel.Thread.WRITER
    return [(thread, roles.get(thread, ttkernel.Thread.COMPUTE)) for thread in kernel.threads]


def _kernel(source: ttl.KernelOp, thread: ttl.ThreadOp, role: ttkernel.Thread) -> ttkernel.KernelOp:
    body = thread.body.block
    arguments = _core_arguments(source, body)
    limit = source.chip.runtime_args
    if len(arguments) > limit:
        raise error(
            "TTL0704",
            f"{thread.sym_name.data} needs {len(arguments)} per-core arguments; a kernel may have {limit}",
            span_of(thread),
            hint="compute them in the thread, from ttl.⟦core⟧()",
        )
    tensors = [op.tensor.root_reference.data for op in body.ops if isinstance(op, ttkernel.TensorAccessorArgsOp)]
    numbers = _runtime_arguments(source, body, len(tensors))
    kernel = ttkernel.KernelOp(
        thread.sym_name.data,
        role,
        thread.detach_region(thread.body),
        tensors=tensors,
        runtime_args=numbers,
        core_args=arguments,
        defines=wide_defines(body) if source.dst32 else (),
    )
    kernel.location = thread.location
    _face_noc(kernel)
    return kernel


def _buffer(kernel: ttl.KernelOp, cb: ttl.CreateCBOp, read_by_fpu: set[str]) -> ttkernel.CircularBufferOp:
    type_ = cb.result.type
    lossless = kernel.dst32 and type_.element.dtype is F32 and cb.name_.data not in read_by_fpu
    buffer = ttkernel.CircularBufferOp(
        cb.name_.data,
        cb.number,
        cb.block_pages * type_.block_count.data,
        tile_type(type_.element.dtype),
        cb.l1_address,
        row_bytes=type_.page_bytes if cb.has_rows else None,
        unpack_to_dest_fp32=lossless,
    )
    buffer.landing, buffer.group = cb.landing, cb.group
    if cb.tensor is not None:
        buffer.tensor = symbol_attr(cb.tensor)
        buffer.byte_offset, buffer.published = cb.byte_offset, cb.published
    buffer.location = cb.location
    return buffer


def _read_by_fpu(kernel: ttl.KernelOp) -> set[str]:
    """Buffers that the FPU reads. Moves to DST and transposes take another way."""
    names: set[str] = set()
    for op in operations_with(kernel, ReadsThrough):
        reads = ReadsThrough.of(op)
        if reads and not reads.moves:
            names |= {buffer.root_reference.data for buffer in reads.sources(op) if buffer}
    return names


def _expand(kernel: ttl.KernelOp, metal_api: str) -> ttkernel.ProgramOp:
    program = ttkernel.ProgramOp(
        kernel.sym_name.data,
        kernel.dimensions,
        kernel.arch.data,
        metal_api=string_attr(metal_api),
        **{
            name: given(kernel.properties.get(name), Guarantee.DST_WIDTH)
            for name in ("fp32_dest_acc_en", "dst_full_sync_en", "math_fidelity", "math_approx_mode")
        },
    )
    program.location = kernel.location
    body = program.body.block
    read_by_fpu = _read_by_fpu(kernel)
    for tensor in kernel.tensors:
        op = ttkernel.TensorOp(tensor.name_.data, tensor.index.value.data, tensor.result.type)
        op.location = tensor.location
        body.add_op(op)
    for argument in kernel.runtime_arguments:
        op = ttkernel.RuntimeArgumentOp(argument.name_.data, argument.index.value.data)
        op.location = argument.location
        body.add_op(op)
    for cb in kernel.circular_buffers:
        body.add_op(_buffer(kernel, cb, read_by_fpu))
    for semaphore in ttl.semaphores_of(kernel):
        word_of = None if semaphore.buffer is None else semaphore.buffer.data
        op = ttkernel.SemaphoreOp(semaphore.name_.data, semaphore.number, semaphore.initial.value.data, word_of)
        op.location = semaphore.location
        body.add_op(op)
    for thread, role in _threads(kernel):
        body.add_op(_kernel(kernel, thread, role))
    return program


@dataclass(frozen=True)
class TTLExpandThreadsPass(OrderedPass):
    """`ttl.kernel` becomes `ttkernel.program`, which names the generation of the kernel API."""

    name = "ttl-expand-threads"
    needs = frozenset({Guarantee.PIPE_CALLS, Guarantee.BUFFER_CALLS, Guarantee.BUFFERS_ALLOCATED, Guarantee.DST_WIDTH})
    gives = frozenset({Guarantee.PROGRAM})
    metal_api: str = NEWEST.name

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        convert(op, LowerCoreCoordinate(), LowerMessage(), LowerSignpost())
        for kernel in tuple(op.ops):
            if isinstance(kernel, ttl.KernelOp):
                program = _expand(kernel, self.metal_api)
                Rewriter.insert_op(program, InsertPoint.before(kernel))
                kernel.detach()
                kernel.erase(safe_erase=False)
