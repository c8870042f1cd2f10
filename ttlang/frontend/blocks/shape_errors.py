"""What is said of blocks and slices whose shapes do not fit each other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from ttlang.analysis.locations import span_of
from ttlang.diagnostics import DiagnosticError, Related
from ttlang.dialects import ttl
from ttlang.dialects.ttcore import copied_sizes
from ttlang.dialects.typed_values import type_of
from ttlang.frontend.blocks.block_dims import Axes, reduced_axes, reduced_sizes, repeated_by
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.value_nouns import describe_block, describe_shape, describe_unit
from ttlang.frontend.blocks.values import BlockValue, Value, Window
from ttlang.tables.dtypes import TILE_HEIGHT, TILE_WIDTH
from ttlang.tables.editions import Edition

Sizes = tuple[int, ...]


def buffer_of(value: Value) -> ttl.CreateCBOp | None:
    """Where the buffer of a block is made."""
    made = value.buffer.owner if isinstance(value, BlockValue) and value.buffer is not None else None
    return made if isinstance(made, ttl.CreateCBOp) else None


def made_here(*values: Value) -> list[Related]:
    """Where the buffers of blocks are made, each once."""
    notes: dict[str, Related] = {}
    for made in map(buffer_of, values):
        if made is None or (span := span_of(made)) is None:
            continue
        type_ = made.result.type.block
        name = made.author_name
        notes.setdefault(name, Related(span, f"the blocks of {name} have {describe_block(type_)}"))
    return list(notes.values())


def no_common_shape(
    c: ThreadBuilder, name: str, shapes: tuple[Sizes, Sizes], operands: Sequence[Value]
) -> DiagnosticError:
    """Of the operands of an elementwise function."""
    first, second = shapes
    return c.error(
        "TTL0301",
        f"{name} is given blocks of {describe_shape(first)} and of {describe_shape(second)} tiles",
        hint=f"nothing is repeated by itself: {hint}"
        if (hint := _repeat_hint(first, second))
        else "the operands of an elementwise function have one shape",
        related=made_here(*operands),
    )


def _repeat_hint(first: Sizes, second: Sizes) -> str | None:
    """For a row, a column or a single tile beside a block that it could be repeated over."""
    small, large = sorted((first, second))
    if len(small) != len(large) or any(a not in (1, b) for a, b in zip(small, large, strict=True)):
        return None
    dims = [axis for axis, (a, b) in enumerate(zip(small, large, strict=True)) if a != b]
    if not dims:
        return None
    part: dict[tuple[int, ...], str] = {(-2,): "row 0", (-1,): "column 0", (-2, -1): "the first element"}
    named = part.get(tuple(axis - len(small) for axis in dims), "what is one thick")
    return f"⟦broadcast⟧(x, dims={dims}) repeats {named} of the smaller one"


def _takes(axes: Axes, rank: int) -> str:
    """What a broadcast along these dimensions takes."""
    if rank > ttl.MATRIX:
        return f"dims={sorted(axes)} takes a block of size 1 there, and of the result's sizes elsewhere"
    return {
        ttl.Dim.ROW: "dims=[0] takes a block of one row of tiles, with as many columns as the result has",
        ttl.Dim.COL: "dims=[1] takes a block of one column of tiles, with as many rows as the result has",
    }.get(repeated_by(axes, rank), "dims=[0, 1] takes a block of one tile")


def wrong_broadcast(c: ThreadBuilder, x: BlockValue, axes: Axes, sizes: Sizes) -> DiagnosticError:
    return c.error(
        "TTL0301",
        f"a block of {describe_shape(x.type.sizes)} tiles is broadcast to {describe_shape(sizes)}",
        hint=_repeat_hint(x.type.sizes, sizes) or _takes(axes, len(sizes)),
        related=made_here(x),
    )


def wrong_store(c: ThreadBuilder, given: Sizes, target: BlockValue, value: BlockValue | None = None) -> DiagnosticError:
    """Of what is stored, and the block that it is stored in."""
    sizes = target.type.sizes
    if target.buffer is not None and c.kernel.is_of_slices(target.buffer):
        message = f"a value of {describe_shape(given)} tiles is assigned to a slice of {describe_shape(sizes)}"
        return c.error("TTL0301", message, hint=f"take a slice of {describe_shape(given)} tiles")
    made = buffer_of(target)
    name = made.author_name if made is not None else "its buffer"
    is_row_major = made is not None and made.rows is not None
    hint = f"make {name} with shape={ttl.sizes_in_elements(given) if is_row_major else given}"
    if value is not None and isinstance(op := value.ssa.owner, ttl.ReduceSumOp | ttl.ReduceMaxOp):
        fitting = _dims_that_leave(type_of(op.operands[0], ttl.BlockType).sizes, sizes, c.kernel.edition)
        hint = f"reduce with dims={fitting}, or {hint}" if fitting else hint
    return c.error(
        "TTL0301",
        f"a value of {describe_shape(given)} tiles is stored in a block of {describe_shape(sizes)}",
        hint=hint,
        related=made_here(target),
    )


def _dims_that_leave(whole: Sizes, sizes: Sizes, edition: Edition) -> list[int] | None:
    """The `dims` that a reduction has to name to leave a shape."""
    rank = len(whole)
    choices = [dims for count in range(1, rank + 1) for dims in combinations(range(rank), count)]
    meaning = edition.reduced_dims if rank == ttl.MATRIX else "go"
    fitting = (
        list(dims) for dims in choices if reduced_sizes(whole, reduced_axes(frozenset(dims), rank, meaning)) == sizes
    )
    return next(fitting, None)


def wrong_copy(c: ThreadBuilder, window: Window, block: BlockValue) -> DiagnosticError:
    """Of a slice of a tensor and a block."""
    sliced = window.type
    unit, sizes, made = describe_unit(sliced), block.type.sizes, buffer_of(block)
    tensor, buffer = tensor_name(window), made.name_.data if made is not None else "the buffer"
    shown = copied_sizes(sliced.sizes, sliced.element)
    shown = (*(1,) * (len(sizes) - len(shown)), *shown)
    hint = f"take {describe_shape(sizes)} {unit} of {tensor}, or make {buffer} with shape={shown}"
    if unit == "tiles" and sizes[-2] % TILE_HEIGHT == 0 and sizes[-1] % TILE_WIDTH == 0:
        tiles = (*sizes[:-2], sizes[-2] // TILE_HEIGHT, sizes[-1] // TILE_WIDTH)
        hint = f"the shape of a buffer counts tiles of 32x32 elements: shape={tiles}"
    if len(shown) > len(sizes):
        hint = f"index dimensions of {tensor} with integers and copy in a loop, or make {buffer} with shape={shown}"
    return c.error(
        "TTL0301",
        f"this slice of {tensor} has {describe_shape(shown)} {unit}, and the block of {buffer} "
        f"{describe_shape(sizes)}: a copy changes no shape",
        hint=hint,
        related=made_here(block),
    )


def tensor_name(window: Window) -> str:
    """The parameter that a slice is of."""
    made = window.ssa.owner
    accessor = made.operands[0].owner if isinstance(made, ttl.TensorSliceOp | ttl.TensorShardOp) else None
    return accessor.name_.data if isinstance(accessor, ttl.TensorAccessorOp) else "the tensor"


def wrong_product(c: ThreadBuilder, name: str, a: BlockValue, b: BlockValue) -> DiagnosticError:
    (*_, inner), (*_, outer, n) = a.type.sizes, b.type.sizes
    shapes = f"{name} is given blocks of {describe_shape(a.type.sizes)} and of {describe_shape(b.type.sizes)} tiles"
    if inner == outer:
        return c.error(
            "TTL0301",
            f"{shapes}: they have not as many matrices",
            hint="dimensions before the last two are the same, or 1 in one of them",
            related=made_here(a, b),
        )
    return c.error(
        "TTL0301",
        f"{shapes}: K is {inner} in one and {outer} in the other",
        hint="the second can be transposed: a @ ⟦transpose⟧(b)" if inner == n else "(M, K) by (K, N) is (M, N)",
        related=made_here(a, b),
    )
