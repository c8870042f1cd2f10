"""The place of the current core, and the size of the grid."""

from __future__ import annotations

from ttlang.frontend.blocks import i32_arithmetic
from ttlang.frontend.blocks.call_arguments import Arguments, is_none
from ttlang.frontend.blocks.known_values import host_integer
from ttlang.frontend.blocks.sequences import group
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.values import Host, Int, Value, describe
from ttlang.language import grid
from ttlang.language.grid import MOST_DIMENSIONS, fit_sizes


def core(c: ThreadBuilder, arguments: Arguments) -> Value:
    return _coordinates(c, _dims(c, "ttl.core", arguments))


def node(c: ThreadBuilder, arguments: Arguments) -> Value:
    dims = _dims(c, "ttl.node", arguments)
    c.kernel.spelled("ttl.node", c.span())
    if grid.is_doubtful(c.kernel.edition, c.kernel.dimensions, dims):
        raise c.error("TTL0211", grid.doubt_of_node(c.kernel.edition, dims), hint=grid.hint_of_node())
    return _coordinates(c, dims)


def core_linear(c: ThreadBuilder, arguments: Arguments) -> Value:
    return _linear(c)


def grid_size(c: ThreadBuilder, arguments: Arguments) -> Value:
    return Host(fit_sizes(c.kernel.dimensions, _dims(c, "ttl.grid_size", arguments)))


def _coordinates(c: ThreadBuilder, dims: int) -> Value:
    last_fastest = c.kernel.edition.linear_cores == "last fastest"
    if dims == 1 and not last_fastest:
        return _linear(c)
    parts = (c.coordinate(0), *_behind_the_first(c, MOST_DIMENSIONS if last_fastest else dims))
    if last_fastest:
        parts = grid.last_fastest(parts, c.kernel.dimensions, dims, lambda a, size, b: _step(c, a, size, b))
    return parts[0] if dims == 1 else group([*parts, *[Host(0)] * (dims - len(parts))], tuple)


def _behind_the_first(c: ThreadBuilder, dims: int) -> list[Value]:
    """The coordinates that the row stands for, which is counted over all chips."""
    row, all_rows = c.coordinate(1), c.kernel.grid[1]
    found: list[Value] = []
    for below, size in grid.steps(c.kernel.dimensions, dims):
        part: Value = row if below == 1 else i32_arithmetic.floor_divide(c, row, Host(below))
        found.append(part if below * size == all_rows else i32_arithmetic.modulo(c, part, Host(size)))
    return found


def _step(c: ThreadBuilder, a: Value, size: int, b: Value) -> Int | Host:
    return i32_arithmetic.add(c, i32_arithmetic.multiply(c, a, Host(size)), b)


def _linear(c: ThreadBuilder) -> Value:
    row_start = i32_arithmetic.multiply(c, c.coordinate(1), Host(c.kernel.grid[0]))
    return i32_arithmetic.add(c, row_start, c.coordinate(0))


def _dims(c: ThreadBuilder, name: str, arguments: Arguments) -> int:
    chosen = arguments["dims"] if is_none(arguments["dim"]) else arguments["dim"]
    dims = host_integer(chosen)
    if dims is None or not 1 <= dims <= MOST_DIMENSIONS:
        code = "TTL0107" if isinstance(chosen, Host) else "TTL0108"
        raise c.error(code, f"{name}: dims is {describe(chosen)}, where a small positive constant is needed")
    return dims
