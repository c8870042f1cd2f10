"""Windows of tensors: `t[row, first:last]`, in tiles, or in elements if the tensor is row-major."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from math import prod

from ttlang.analysis.arithmetic import constant_value
from ttlang.analysis.linear_forms import constant_difference, reached_bounds
from ttlang.diagnostics import DiagnosticError
from ttlang.dialects.ttcore import ShardsAttr, TensorType, TileType
from ttlang.frontend.blocks.known_values import host_integer
from ttlang.frontend.blocks.sequences import as_items
from ttlang.frontend.blocks.tensor_slices import take_shard, take_slice
from ttlang.frontend.blocks.values import Host, Int, Ratio, SliceValue, Value, describe
from ttlang.frontend.python.thread_compiler import ThreadCompiler
from ttlang.language.python_objects import is_slice
from ttlang.language.tensors import TensorParameter, parameter_name
from ttlang.tables.dtypes import TILE_WIDTH


@dataclass(frozen=True)
class _Part:
    """The window in one dimension."""

    offset: Int | Host
    size: int


MATRIX = 2
"""Rows and columns, the last dimensions."""
_LEADING = ("batch", "head", *(f"d{axis}" for axis in range(2, 16)))
"""What examples call dimensions before the last two."""


def compile_window(c: ThreadCompiler, tensor: TensorParameter, node: ast.Subscript) -> Value:
    """The window of a tensor that a subscript names."""
    if tensor not in c.kernel.tensors:
        raise c.error("TTL0105", f"{parameter_name(tensor)} is a tensor of another kernel", node)
    type_ = c.kernel.tensor_type(tensor)
    indices, nodes = _indices(c, node.slice)
    if len(indices) == 1 and _is_integer(indices[0]) and isinstance(type_.shards, ShardsAttr) and _is_matrix(type_):
        return _shard(c, tensor, type_, type_.shards, indices[0], nodes[0], node)
    indices, nodes = _fit_rank(c, tensor, type_, indices, nodes, node)
    name = parameter_name(tensor)
    unit = "tile" if isinstance(type_.element, TileType) else "element"
    units = [*["element"] * len(_leading(type_)), *[unit] * MATRIX][-len(type_.sizes) :]
    pads = _pads(c, type_)
    parts = [
        _Window(c, name, f"dimension {dimension} of {name}", size, place, unit, pads=pads).part(index)
        for dimension, (index, place, size, unit) in enumerate(zip(indices, nodes, type_.sizes, units, strict=True))
    ]
    c.at(node)
    c.need_data_movement(f"{parameter_name(tensor)} is indexed")
    return take_slice(c, tensor, [part.offset for part in parts], [part.size for part in parts])


def _indices(c: ThreadCompiler, node: ast.expr) -> tuple[list[Value], list[ast.expr]]:
    """The index of each dimension, and where it stands."""
    if isinstance(node, ast.Tuple) and not any(isinstance(part, ast.Starred) for part in node.elts):
        return [c.expression(part) for part in node.elts], list(node.elts)
    value = c.expression(node)
    items = as_items(value)
    values = list(items[0]) if items is not None and items[1] is tuple else [value]
    return values, [node] * len(values)


def _leading(type_: TensorType) -> tuple[int, ...]:
    """The sizes of the dimensions before rows and columns."""
    return type_.sizes[:-MATRIX]


def _is_matrix(type_: TensorType) -> bool:
    """Whether all leading dimensions have size 1."""
    return all(size == 1 for size in _leading(type_))


def _pads(c: ThreadCompiler, type_: TensorType) -> bool:
    """Whether windows of a tensor may pass its end."""
    return c.kernel.op.pad is not None and isinstance(type_.element, TileType)


def _is_integer(index: Value) -> bool:
    return isinstance(index, Int) or _whole_number(index) is not None


def _whole_number(value: Value) -> int | None:
    """The integer of the host that a value is; None of anything else, a bool among it."""
    return None if isinstance(value, Host) and isinstance(value.value, bool) else host_integer(value)


def _shard(
    c: ThreadCompiler,
    tensor: TensorParameter,
    type_: TensorType,
    shards: ShardsAttr,
    index: Value,
    place: ast.expr,
    node: ast.Subscript,
) -> Value:
    """One integer index of a sharded matrix is the number of a shard."""
    name = parameter_name(tensor)
    if any(size % part for size, part in zip(type_.matrix, shards.sizes, strict=True)):
        raise c.error(
            "TTL0003",
            f"{name} has shards that are filled in part, and can't be indexed by them yet",
            node,
            hint="index it with a slice for rows and one for columns",
        )
    part = _Window(c, name, name, prod(type_.shard_grid), place, "shard").part(index)
    c.at(node)
    c.need_data_movement(f"{name} is indexed")
    return take_shard(c, tensor, part.offset)


def _fit_rank(
    c: ThreadCompiler,
    tensor: TensorParameter,
    type_: TensorType,
    indices: list[Value],
    nodes: list[ast.expr],
    node: ast.Subscript,
) -> tuple[list[Value], list[ast.expr]]:
    """
    One index a dimension: `...` and what is left out at the end stand for whole dimensions, as in numpy. A tensor all
    of whose leading dimensions have size 1 is a matrix: they may be left out as well.
    """
    rank, whole = len(type_.sizes), Host(slice(None))
    ellipses = [i for i, index in enumerate(indices) if isinstance(index, Host) and index.value is Ellipsis]
    if len(ellipses) > 1:
        raise c.error("TTL0303", f"{parameter_name(tensor)} is indexed with more than one ...", node)
    position = ellipses[0] if ellipses else len(indices)
    kept, places = list(indices), list(nodes)
    if ellipses:
        del kept[position], places[position]
    missing = rank - len(kept)
    if missing < 0:
        raise c.error(
            "TTL0303",
            f"{parameter_name(tensor)} has {rank} dimensions, and is indexed with {len(kept)}",
            node,
            hint=f"the index is [{', '.join([*_LEADING[: len(_leading(type_))], 'row', 'column'][-rank:])}]",
        )
    left_out = min(missing, len(_leading(type_))) if _is_matrix(type_) else 0
    kept[position:position] = [whole] * (missing - left_out)
    places[position:position] = [node.slice] * (missing - left_out)
    return [Host(0)] * left_out + kept, [node.slice] * left_out + places


@dataclass(frozen=True)
class _Window:
    """The index of one dimension of a tensor."""

    c: ThreadCompiler
    name: str
    place: str
    """What is indexed: a dimension of the tensor, or its shards."""
    size: int
    """Of the dimension, in units."""
    node: ast.expr
    unit: str
    """What the dimension is counted in: "tile", "element" or "shard"."""
    pads: bool = False
    """It may pass the end."""

    def part(self, index: Value) -> _Part:
        self.c.at(self.node)
        match index:
            case Host(value) if is_slice(value):
                return self._slice(Host(value.start), Host(value.stop), Host(value.step))
            case SliceValue(start, stop, step):
                return self._slice(start, stop, step)
            case Int():
                return self._checked(index, 1)
            case _ if (number := _whole_number(index)) is not None:
                return self._checked(Host(self._from_end(number)), 1)
            case _:
                raise self._wrong(f"{describe(index)} is no index of {self.name}", index)

    def _slice(self, start: Value, stop: Value, step: Value) -> _Part:
        if not isinstance(step, Host) or step.value not in (None, 1):
            raise self.c.error(
                "TTL0303",
                f"a slice of {self.name} has a step, and a block takes contiguous ranges of a tensor",
                hint="copy the parts one by one, each to a block of its own",
            )
        first, last = self._bound(start, 0), self._bound(stop, self.size)
        size = self._difference(first, last)
        if size is None:
            raise self.c.error(
                "TTL0308",
                f"the size of this slice of {self.name} is known only at run time",
                hint="give it a constant size, as in i:i + 2",
            )
        if size < 1:
            raise self.c.error(
                "TTL0303",
                f"this slice of {self.name} is empty: its size is {size}",
                hint=f"the end of a slice is the {self.unit} after its last one, as in i:i + 1",
            )
        return self._checked(first, size)

    def _bound(self, value: Value, default: int) -> Int | Host:
        if isinstance(value, Host) and value.value is None:
            return Host(default)
        if isinstance(value, Int):
            return value
        if (number := _whole_number(value)) is None:
            raise self._wrong(f"{describe(value)} is no bound of a slice of {self.name}", value)
        return Host(self._from_end(number))

    def _from_end(self, number: int) -> int:
        """A negative index counts from the end, as in Python."""
        return number + self.size if number < 0 else number

    def _difference(self, first: Int | Host, last: Int | Host) -> int | None:
        if isinstance(first, Host) and isinstance(last, Host):
            return last.value - first.value
        return constant_difference(self.c.integer(last), self.c.integer(first))

    def _checked(self, offset: Int | Host, size: int) -> _Part:
        """
        Refuses what is sure to leave the tensor, on the side on which it may not: a constant, or a sum of loop
        variables that is reached.
        """
        low = high = host_integer(offset)
        if isinstance(offset, Int):
            low = high = constant_value(offset.ssa)
            if low is None and not self.c.conditions:
                bounds = reached_bounds(offset.ssa)
                low, high = (None, None) if bounds is None else (bounds.low, bounds.high)
        for bound in (low, high):
            if bound is not None and (bound < 0 or (bound > self.size - size and not self.pads)):
                known = None if low is None or high is None or low == high else (low, high)
                raise self._outside(bound, size, known)
        return _Part(offset, size)

    def _outside(self, offset: int, size: int, bounds: tuple[int, int] | None) -> DiagnosticError:
        """`bounds`: of an offset that is no constant."""
        if offset < 0:
            article = "an" if self.unit == "element" else "a"
            taken = f"{f'{article} {self.unit}' if size == 1 else f'{self.unit}s'} before the first"
        else:
            taken = f"{self.unit} {offset}" if size == 1 else f"{self.unit}s {offset} to {offset + size - 1}"
        has = f"{self.size} {self.unit}s: 0 to {self.size - 1}" if self.size > 1 else f"one {self.unit}, 0"
        verb = "takes" if bounds is None else "comes to take"
        hint = self._way_in(offset, size, bounds)
        return self.c.error("TTL0302", f"this index {verb} {taken} of {self.place}, which has {has}", hint=hint)

    def _way_in(self, offset: int, size: int, bounds: tuple[int, int] | None) -> str | None:
        if self._means_elements(offset, size):
            return "tensors are indexed in tiles of 32x32, not in elements"
        if 0 <= offset < self.size and size < self.size and self.size % size:
            return f"{self.size} is no multiple of {size}: {self._ways_to_divide()}"
        if bounds is None:
            return None
        start = self.node.lower if isinstance(self.node, ast.Slice) and self.node.lower else self.node
        return f"{ast.unparse(start)} goes from {bounds[0]} to {bounds[1]}"

    def _ways_to_divide(self) -> str:
        if self.unit != "tile":
            return "take blocks of a size that divides it, or pad the tensor"
        return "take blocks of a size that divides it, or let the last one be partial: pad=True of the decorator"

    def _means_elements(self, offset: int, size: int) -> bool:
        """Whether this looks like elements: their counts and starts are multiples of a tile's, and go far too far."""
        far = self.unit == "tile" and offset + size > 1 + self.size
        return far and (size % TILE_WIDTH == 0 or offset % TILE_WIDTH in (0, TILE_WIDTH - 1))

    def _wrong(self, message: str, value: Value | None = None) -> DiagnosticError:
        hint = f"an index is an integer or a slice for each dimension, in {self.unit}s"
        if isinstance(value, Ratio) or (isinstance(value, Host) and isinstance(value.value, float)):
            hint = "// divides to an integer"
        return self.c.error("TTL0303", message, hint=hint)
