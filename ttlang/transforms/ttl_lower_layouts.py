"""`ttl.tilize` and `ttl.untilize` become loops over rows of tiles, which hand their pages on one row at a time."""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.builder import Builder
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.rewriter import InsertPoint

from ttlang.analysis.buffer_flow import layout_sources
from ttlang.analysis.locations import span_of
from ttlang.diagnostics import Related, error
from ttlang.dialects import ttkernel, ttl
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.typed_values import owner_of
from ttlang.dialects.walking import operations_of
from ttlang.tables.kernel_api import NEWEST, Generation, find_generation
from ttlang.transforms.loops import nest
from ttlang.transforms.pass_order import OrderedPass
from ttlang.transforms.rewriting import set_location


def _tilize(builder: Builder, op: ttl.TilizeOp, rows: int, width: int, source: str, target: str) -> None:
    builder.insert(ttkernel.TilizeInitOp(source, width, target))
    row, _ = nest(builder, op, [("row", rows)])
    row.insert(ttkernel.CBWaitFrontOp(source, width))
    row.insert(ttkernel.CBReserveBackOp(target, width))
    row.insert(ttkernel.TilizeBlockOp(source, width, target))
    row.insert(ttkernel.CBPopFrontOp(source, width))
    row.insert(ttkernel.CBPushBackOp(target, width))
    builder.insert(ttkernel.TilizeUninitOp(source, target))


def _untilize(
    builder: Builder, op: ttl.UntilizeOp, rows: int, width: int, source: str, target: str, capacity: int
) -> None:
    part = next(size for size in range(min(width, capacity), 0, -1) if width % size == 0)
    builder.insert(ttkernel.PackUntilizeInitOp(part, width, source, target))
    row, _ = nest(builder, op, [("row", rows)])
    row.insert(ttkernel.CBReserveBackOp(target, width))
    column, (number,) = nest(row, op, [("column", width // part)])
    column.insert(ttkernel.CBWaitFrontOp(source, part))
    column.insert(ttkernel.PackUntilizeBlockOp(part, width, source, target, number))
    column.insert(ttkernel.CBPopFrontOp(source, part))
    row.insert(ttkernel.CBPushBackOp(target, width))
    builder.insert(ttkernel.PackUntilizeUninitOp(target))


def _lower(op: ttl.TilizeOp | ttl.UntilizeOp, kernel: ttl.KernelOp) -> None:
    acquired = [owner_of(block, ttl.AcquireOp) for block in (op.source, op.target)]
    released = [op.next_op, op.next_op.next_op if op.next_op else None]
    assert {type(release) for release in released} == {ttl.CBPushOp, ttl.CBPopOp}, "the front end puts them there"
    tiles = op.target if isinstance(op, ttl.TilizeOp) else op.source
    rows, width = ttl.rows_of_tiles(tiles.type)
    source, target = ttl.buffer_name(op.source), ttl.buffer_name(op.target)
    # Everything is built in a block of its own, to find what gets the location of `op`.
    builder = Builder(InsertPoint.before(op))
    first = op.prev_op
    if isinstance(op, ttl.TilizeOp):
        _tilize(builder, op, rows, width, source, target)
    else:
        _untilize(builder, op, rows, width, source, target, kernel.dst_capacity)
    made = op.prev_op
    while made is not None and made is not first:
        set_location(made, op)
        made = made.prev_op
    for old in (op, *released, *acquired):
        assert old is not None
        old.detach()
        old.erase(safe_erase=False)


def _check_ways(kernel: ttl.KernelOp, generation: Generation) -> None:
    """All datums that are moved go the way of buffer 0, one of these: those of 32 bits past the source registers."""
    sources = layout_sources(kernel)
    read = [cb for cb in kernel.circular_buffers if cb.result in sources]
    wide = [cb for cb in read if cb.result.type.element.dtype.needs_dst32]
    if not generation.layouts_ask_buffer_0 or len(wide) in (0, len(read)):
        return
    narrow = next(cb for cb in read if cb not in wide)
    formats = " and ".join(str(cb.result.type.element.dtype) for cb in (wide[0], narrow))
    raise error(
        "TTL0003",
        f"row-major blocks of {formats} in one compute thread, which ttnn {generation} can't change the layout of",
        span_of(wide[0]),
        hint=f"compile it for ttnn {NEWEST}, or have one of the tensors in ttnn.TILE_LAYOUT",
        related=[Related(place, f"of {narrow.result.type.element.dtype}")] if (place := span_of(narrow)) else [],
    )


@dataclass(frozen=True)
class TTLLowerLayoutsPass(OrderedPass):
    """Changes of layout become calls, together with the acquisitions and releases of their blocks."""

    name = "ttl-lower-layouts"
    needs = frozenset({Guarantee.ACQUIRED_BLOCKS})
    gives = frozenset({Guarantee.LAYOUT_CALLS})
    metal_api: str = NEWEST.name

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for kernel in op.ops:
            if not isinstance(kernel, ttl.KernelOp):
                continue
            _check_ways(kernel, find_generation(self.metal_api))
            for found in operations_of(kernel, ttl.TilizeOp, ttl.UntilizeOp):
                _lower(found, kernel)
