"""
What the compiler decided for a kernel, as text (`ttlang compile --print plan`): the buffers and their L1, and for each
computation its operations and their units, its DST sections, its trips between L1 and DST.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import prod
from pathlib import Path

from xdsl.dialects import scf
from xdsl.ir import Block, BlockArgument, Operation, SSAValue

from ttlang.analysis.buffer_flow import tensor_of
from ttlang.analysis.dst import is_fpu, reuses_dst
from ttlang.analysis.inferred_ends import InferredEnd, ends_left_out
from ttlang.analysis.locations import span_of
from ttlang.analysis.shared_reads import reads_of_every_core
from ttlang.analysis.subblock import spans
from ttlang.dialects import ttl
from ttlang.dialects.ttl import CreatePipeOp, pipes_of, semaphores_of
from ttlang.dialects.walking import operations_of


def compile_report(kernel: ttl.KernelOp) -> str:
    """The plan of a kernel whose buffers are allocated and whose computations are not lowered yet."""
    lines = [
        _head(kernel),
        *_dst_width(kernel),
        "",
        *_buffers(kernel),
        *_pipes(kernel),
        *_semaphores(kernel),
        *_threads(kernel),
    ]
    for thread in kernel.threads:
        if isinstance(thread, ttl.ComputeThreadOp):
            lines += ["", f"{thread.sym_name.data}:", *_body(thread.body.block, 1)]
    return "\n".join(lines)


def inferred_report(kernel: ttl.KernelOp) -> list[str]:
    """What the author of a kernel, as it is before all passes, has left to the compiler: releases and waits."""
    ends = ends_left_out(kernel)
    return (
        ["", "left to the compiler:", *(f"  {_inferred(end)}, behind {_place(end.last)}" for end in ends)]
        if ends
        else []
    )


def shared_report(kernel: ttl.KernelOp) -> list[str]:
    """What each core of a kernel, as it is before all passes, reads for itself and all of them alike."""
    reads = list(reads_of_every_core(kernel))
    if not reads:
        return []
    cores = len(kernel.cores)
    return [
        "",
        f"each of {cores} cores reads the same pages (one could read them, and multicast them by a pipe):",
        *dict.fromkeys(f"  {tensor_of(copy.source).name_.data}, at {_place(copy)}" for copy in reads),
    ]


def _inferred(end: InferredEnd) -> str:
    start = end.start
    if isinstance(start, ttl.CopyOp):
        return f"wait for the transfer of {_place(start)}"
    return f"{start.RELEASE.METHOD} of {ttl.buffer_name(start.block)}, acquired at {_place(start)}"


def _head(kernel: ttl.KernelOp) -> str:
    grid = "x".join(map(str, kernel.dimensions))
    width = 32 if kernel.dst32 else 16
    return (
        f"{kernel.sym_name.data} on {grid} cores of {kernel.chip.title}; "
        f"{kernel.dst_capacity} tiles of {width} bits in a DST section; math fidelity {kernel.fidelity}"
    )


def _dst_width(kernel: ttl.KernelOp) -> Iterator[str]:
    """Why DST is wide, where neither a format nor the author says so, and what that costs."""
    if kernel.wide_for_sums is None:
        return
    sums = operations_of(kernel, ttl.MatmulOp, ttl.ReduceSumOp)
    narrow = kernel.chip.dst_tiles(dst32=False, full_sync=bool(kernel.dst_full_sync_en))
    yield (
        f"DST has 32 bits, as sums have them in {kernel.spoken.name}: {', '.join(dict.fromkeys(map(_place, sums)))}; "
        f"fp32_dest_acc_en=False leaves 16, and {narrow} tiles in a section"
    )


# ----------------------------------------------------------------------------------------------------- buffers


def _buffers(kernel: ttl.KernelOp) -> Iterator[str]:
    total = kernel.buffer_bytes
    budget = kernel.chip.l1_budget
    yield f"L1 on each core: {_kib(total)} of {_kib(budget)} ({100 * total / budget:.1f} %)"
    rows = [("buffer", "", "format", "tiles", "blocks", "L1", "")]
    for cb in kernel.circular_buffers:
        type_ = cb.result.type
        rows.append(
            (
                cb.name_.data,
                str(cb.number),
                type_.element.dtype.name,
                _shape(type_.sizes),
                str(type_.block_count.data),
                _kib(type_.total_bytes),
                "; ".join(filter(None, (_made(cb), _backed(cb), _shared(kernel, cb)))),
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  " + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()


def _made(cb: ttl.CreateCBOp) -> str:
    """Of a buffer that the compiler makes: for what, and whether it keeps less than DST has."""
    if not cb.compiler_made:
        return ""
    short = ", in 16 bits: L1 has no room for the 32 of DST" if cb.narrowed else ""
    purpose = f", {cb.purpose.data}" if cb.purpose is not None else ""
    return f"made by the compiler for {_place(cb)}{purpose}{short}"


def _backed(cb: ttl.CreateCBOp) -> str:
    """Of a buffer that lies on a tensor: on which."""
    if cb.tensor is None or cb.byte_offset is None:
        return ""
    offset = cb.byte_offset.value.data
    return f"on the shards of {cb.tensor.data}{f', from byte {offset} on' if offset else ''}"


def _shared(kernel: ttl.KernelOp, cb: ttl.CreateCBOp) -> str:
    """Of a member of an allocation group: the others."""
    if cb.group is None:
        return ""
    others = [other.name_.data for other in kernel.circular_buffers if other is not cb and other.group == cb.group]
    return f"in one place with {', '.join(others)}"


# ------------------------------------------------------------------------------------------- pipes, semaphores


def _pipes(kernel: ttl.KernelOp) -> Iterator[str]:
    """Where the blocks of each pipe land: pipes that are alike in one line."""
    alike: dict[tuple[str, str], list[CreatePipeOp]] = {}
    for pipe in pipes_of(kernel):
        alike.setdefault((pipe.stem, _landing(pipe)), []).append(pipe)
    if alike:
        yield "pipes:"
    for (stem, landing), pipes in alike.items():
        first = pipes[0]
        ends = f"{_core_text(first.source_core)} to {_range_text(first)}"
        if len(pipes) == 1:
            yield f"  {first.name_.data} from {ends}: {landing}"
        else:
            yield f"  {stem}, {len(pipes)} of them, the first from {ends}: {landing}"


def _landing(pipe: CreatePipeOp) -> str:
    if pipe.landing is None:
        return "not used"
    name = pipe.landing.data
    if pipe.stride is None:
        return f"a block lands in a slot of {name}, and is copied from there"
    return f"a block lands in {name} where the receiver has reserved one; no landing slot"


def _core_text(core: tuple[int, int]) -> str:
    return f"({core[0]}, {core[1]})"


def _range_text(pipe: CreatePipeOp) -> str:
    return " and ".join(
        _core_text(first) if first == last else f"{_core_text(first)}-{_core_text(last)}"
        for first, last in pipe.rectangles
    )


def _semaphores(kernel: ttl.KernelOp) -> Iterator[str]:
    every = semaphores_of(kernel)
    words = [semaphore for semaphore in every if semaphore.buffer is not None]
    semaphores = [semaphore for semaphore in every if semaphore.buffer is None]
    if semaphores:
        yield f"semaphores: {len(semaphores)} of {kernel.chip.semaphores}{_makers(semaphores)}"
    if words:
        buffer = next(word.buffer.data for word in words if word.buffer is not None)
        yield f"  {len(words)} more are words of {buffer}, since a program has too few{_makers(words)}"


def _makers(semaphores: Sequence[ttl.CreateSemaphoreOp]) -> str:
    """Those that the compiler makes: of names that differ in their number, the first, and how many there are."""
    stems: dict[str, list[str]] = {}
    for name in (semaphore.name_.data for semaphore in semaphores if semaphore.compiler_made):
        stems.setdefault(name.rstrip("0123456789").rstrip("_"), []).append(name)
    made = [names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} like it" for names in stems.values()]
    return f", made by the compiler: {', '.join(made)}" if made else ""


# ----------------------------------------------------------------------------------------------------- threads


def _threads(kernel: ttl.KernelOp) -> Iterator[str]:
    """Which lines of a unified body went to which of its threads."""
    parts = [thread for thread in kernel.threads if thread.unified is not None]
    if not parts:
        return
    yield f"threads, dealt out of {kernel.sym_name.data}:"
    width = max(len(thread.sym_name.data) for thread in parts)
    for thread in parts:
        kind = "compute" if isinstance(thread, ttl.ComputeThreadOp) else "data movement"
        yield f"  {thread.sym_name.data:<{width}}  {kind}: {_lines(thread)}"


def _lines(thread: ttl.ThreadOp) -> str:
    """The lines of what a thread does to blocks, buffers, tensors and pipes, as in "lines 12, 14-16"."""
    spans = [span_of(op) for op in operations_of(thread, ttl.EffectOp)]
    lines = sorted({(Path(span.file).name, span.line) for span in spans if span is not None})
    runs: list[list[tuple[str, int]]] = []
    for file, line in lines:
        if runs and runs[-1][-1] == (file, line - 1):
            runs[-1].append((file, line))
        else:
            runs.append([(file, line)])
    files = dict.fromkeys(file for file, _ in lines)
    texts: list[str] = []
    for file in files:
        own = [(run[0][1], run[-1][1]) for run in runs if run[0][0] == file]
        ranges = ", ".join(f"{first}-{last}" if last > first else str(first) for first, last in own)
        texts.append(f"{file}:{ranges}")
    return "; ".join(texts)


def _kib(size: int) -> str:
    return f"{size / 1024:.1f} KiB".replace(".0 KiB", " KiB")


def _shape(sizes: Iterable[int]) -> str:
    return "x".join(map(str, sizes))


def _place(op: Operation) -> str:
    span = span_of(op)
    return f"{Path(span.file).name}:{span.line}" if span else "a part of an expression"


# ------------------------------------------------------------------------------------------------ computations


def _body(block: Block, depth: int) -> Iterator[str]:
    indent = "  " * depth
    for op in block.ops:
        match op:
            case ttl.ComputeOp():
                yield from (indent + line for line in _compute(op))
            case ttl.TilizeOp():
                yield f"{indent}rows of {ttl.buffer_name(op.source)} to tiles in {ttl.buffer_name(op.target)}"
            case ttl.UntilizeOp():
                yield f"{indent}tiles of {ttl.buffer_name(op.source)} to rows in {ttl.buffer_name(op.target)}"
            case ttl.AccumulateOp():
                yield f"{indent}one DST section, packed to {ttl.buffer_name(op.output)} after the loop:"
                yield from _body(op.body.block, depth + 1)
            case scf.ForOp() | scf.WhileOp() | scf.IfOp():
                inner = [line for region in op.regions for b in region.blocks for line in _body(b, depth + 1)]
                if inner:
                    yield f"{indent}{'if' if isinstance(op, scf.IfOp) else 'loop'} at {_place(op)}"
                    yield from inner
            case _:
                pass


_SUMMED = {"mn": "", "m1": "[sums of rows]", "1n": "[sums of columns]", "11": "[sum]"}
"""What of an output's tiles the packer adds up, by its map."""


def _compute(op: ttl.ComputeOp) -> Iterator[str]:
    outputs = ", ".join(ttl.buffer_name(one.block) + _SUMMED[one.map] for one in op.described_outputs)
    yield f"{_place(op)}: {outputs} {'+=' if op.accumulate is not None or op.in_dst else '='} {_expression(op)}"
    subblock = op.subblock_sizes
    sections = list(_sections(op))
    used = op.slot_count * subblock[0] * subblock[1]
    if op.in_dst:
        yield f"    in {used} DST tiles; unpacks {_unpacks(op, sections)} tiles a turn"
        return
    count = len(sections)
    packs = sum(rows * columns for rows, columns in sections) * len(op.outputs)
    where = ", adding to L1" if op.accumulate is not None else ""
    where += ", handed on by section" if op.pushed else ""
    yield (
        f"    {count} section{'s' if count > 1 else ''} of {_shape(subblock)} tiles in {used} DST tiles; "
        f"unpacks {_unpacks(op, sections)} tiles, packs {packs}{where}"
    )


def _sections(op: ttl.ComputeOp) -> Iterator[tuple[int, int]]:
    (rows, columns), (r, c) = op.space, op.subblock_sizes
    for _ in range(prod(op.matrices)):
        yield from _sections_of_matrix(rows, columns, r, c)


def _sections_of_matrix(rows: int, columns: int, r: int, c: int) -> Iterator[tuple[int, int]]:
    for first_row, end_row, height in spans(rows, r):
        for first_column, end_column, width in spans(columns, c):
            count = (end_row - first_row) // height * ((end_column - first_column) // width)
            yield from [(height, width)] * count


def _unpacks(compute: ttl.ComputeOp, sections: Sequence[tuple[int, int]]) -> int:
    return sum(_unpacked(compute, op, *section) for op in compute.body.block.ops for section in sections)


def _unpacked(compute: ttl.ComputeOp, op: Operation, rows: int, columns: int) -> int:
    """Tiles that an operation unpacks for a section of so many rows and columns."""
    match op:
        case ttl.MatmulOp():
            return _steps(compute, op.lhs) * (rows + columns)
        case ttl.ReduceSumOp() | ttl.ReduceMaxOp():
            return 2 * rows * columns * _steps(compute, op.input)
        case ttl.YieldOp():
            return 0
        case _:
            return rows * columns * sum(isinstance(operand, BlockArgument) for operand in op.operands)


def _steps(compute: ttl.ComputeOp, tile: SSAValue) -> int:
    return compute.steps(tile)


def _expression(compute: ttl.ComputeOp) -> str:
    """The operations in order, each with its unit; a value that is used again has a name."""
    names: dict[SSAValue, str] = {
        argument: ttl.buffer_name(block)
        for argument, block in zip(compute.body.block.args, compute.inputs, strict=True)
    }
    for op in compute.body.block.ops:
        if isinstance(op, ttl.YieldOp):
            values = zip(op.arguments, compute.described_outputs, strict=True)
            stored = [value for value, output in values if output.map == "mn"]
            # What is added up, too, is told once.
            summed = [value for value in dict.fromkeys(op.arguments) if value not in stored]
            return ", ".join(names[value] for value in (*stored, *summed))
        operands = [names[operand] for operand in op.operands]
        names[op.results[0]] = operands[0] if isinstance(op, ttl.CopyTileOp) else _call(op, operands)
    raise AssertionError("the body ends with a yield")


def _call(op: Operation, operands: Sequence[str]) -> str:
    name = op.name.removeprefix("ttl.")
    notes = [dim.data.value] if isinstance(dim := op.properties.get("dim"), ttl.DimAttr) else []
    if isinstance(op, ttl.MatmulOp) and op.transpose:
        notes.append("transposed")
    if isinstance(op, ttl.ElementwiseOp | ttl.MulAddOp) and op.broadcast:
        notes.append(f"{op.broadcast.data} of the second")
    if is_fpu(op) or isinstance(op, ttl.MulAddOp):
        notes.append("FPU, from DST" if reuses_dst(op) else "FPU")
    return f"{name}({', '.join(operands)})" + (f"[{', '.join(notes)}]" if notes else "")
