"""
Random kernels that leave sizes to be chosen, each with the tensors of a call and with what it computes, in numpy. The
same number makes the same kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from random import Random
from typing import Any, NamedTuple

import numpy as np
from random_spaces import ARCHS, Spaces, Values

Array = np.ndarray[Any, np.dtype[np.float64]]
Compute = Callable[..., Array]
"""Of the input tensors, in order."""
LOST = {"bfloat16": 2.0**-8, "float32": 2.0**-9, "bfloat8_b": 2.0**-6}
"""What rounding takes of a value, or of the largest in its tile; the matrix unit has tf32 of float32."""


class Operand(NamedTuple):
    """A tensor of a call."""

    height: int
    """In tiles."""
    width: int
    dtype: str


class Body(NamedTuple):
    """A kernel without its first lines."""

    text: str
    operands: Sequence[Operand]
    """The result last."""
    compute: Compute
    before: Compute | None = None
    """What its last function is of, if that can be larger than its result."""


@dataclass(frozen=True)
class Problem:
    """A kernel `kernel(x, ..., out)`, and a call of it."""

    text: str
    operands: Sequence[Operand]
    """The result last."""
    compute: Compute
    before: Compute | None
    """What its last function is of, if that can be larger than its result."""
    values: Mapping[str, tuple[Any, ...]]
    """What each name may be, in order."""
    largest: Sequence[str]
    conditions: Sequence[Callable[[Values], bool]]
    beside: int
    """Bytes of each core's L1 that another tensor takes."""

    def configurations(self) -> list[dict[str, Any]]:
        """All that go together, in order."""
        made = (dict(zip(self.values, each, strict=True)) for each in product(*self.values.values()))
        return [each for each in made if all(holds(each) for holds in self.conditions)]

    def tolerance(self, *inputs: Array) -> float:
        """How far a result may be off: by so much of the greatest value that is rounded on the way."""
        made = [act(*inputs) for act in (self.compute, self.before) if act is not None]
        largest = max(1.0, *(float(np.abs(each).max()) for each in made))
        return 12 * largest * max(LOST[operand.dtype] for operand in self.operands)


def problem(number: int, *, most: int) -> Problem:
    """The problem of a number; `most`: tiles of a dimension."""
    chance = Random(number)
    spaces = Spaces(chance, chance.choice(ARCHS))
    body = chance.choice((_chain, _rows, _product))(chance, spaces, most)
    decorator = spaces.decorator()
    names = [*"xyz"[: len(body.operands) - 1], "out"]
    text = f"""\
from ttlang import ttl


@ttl.operation({decorator})
def kernel({", ".join(names)}, *, {", ".join(spaces.parameters)}):
    columns, rows = ttl.grid_size(dims=2)
{body.text}"""
    conditions = list(spaces.conditions.values())
    beside = chance.choice((0, 0, 0, 1)) * chance.randrange(200, 1200) * 1024
    return Problem(text, body.operands, body.compute, body.before, spaces.values, spaces.largest, conditions, beside)


_UNARY: Mapping[str, Compute] = {
    "{}": lambda v: v,
    "ttl.math.relu({})": lambda v: np.maximum(v, 0),
    "ttl.math.sigmoid({})": lambda v: 1 / (1 + np.exp(-v)),
    "ttl.math.tanh({})": np.tanh,
    "ttl.math.exp({} * 0.25)": lambda v: np.exp(v * 0.25),
    "ttl.math.abs({} + 1)": lambda v: np.abs(v + 1),
}
_BINARY: Mapping[str, Compute] = {
    "({} + {})": lambda a, b: a + b,
    "({} - {})": lambda a, b: a - b,
    "({} * {})": lambda a, b: a * b,
    "ttl.math.max({}, {})": np.maximum,
}
_OF_ROWS: Mapping[str, Compute] = {
    "v * ttl.block.broadcast(ttl.math.recip(ttl.math.reduce_sum(v, dims=[1])), dims=[1])": (
        lambda v: v / v.sum(axis=1, keepdims=True)
    ),
    "v - ttl.block.broadcast(ttl.math.reduce_max(v, dims=[1]), dims=[1])": (lambda v: v - v.max(axis=1, keepdims=True)),
    "v * v + ttl.block.broadcast(ttl.math.reduce_max(v * 2, dims=[1]), dims=[1])": (
        lambda v: v * v + 2 * v.max(axis=1, keepdims=True)
    ),
}


def _format(chance: Random) -> str:
    return chance.choice(("bfloat16", "bfloat16", "float32", "bfloat8_b"))


class _Way(NamedTuple):
    """How a further input lies beside the first one."""

    block: str
    window: str
    read: str
    """Its block, as wide and as high as that of the first one."""
    view: Callable[[Array], Array]


_WINDOW = "m * bm : (m + 1) * bm, n * bn : (n + 1) * bn"
_WHOLE = _Way("(bm, bn)", _WINDOW, "{}v", lambda v: v)
_ROW = _Way("(1, bn)", "0:1, n * bn : (n + 1) * bn", "ttl.block.broadcast({}v, dims=[0])", lambda v: v[:1])
_COLUMN = _Way("(bm, 1)", "m * bm : (m + 1) * bm, 0:1", "ttl.block.broadcast({}v, dims=[1])", lambda v: v[:, :1])


def _chain(chance: Random, spaces: Spaces, most: int) -> Body:
    """Functions of blocks, of which some are rows, or columns, that are broadcast."""
    height, width = chance.randint(1, most), chance.randint(1, most)
    spaces.size("bm", height, "x.shape[0] // 32")
    spaces.size("bn", width, "x.shape[1] // 32")
    spaces.depth("depth", 40)
    unary, compute = chance.choice([*_UNARY.items()])
    value, inputs, operands = unary.format("xv"), [("x", _WHOLE)], [Operand(height, width, _format(chance))]
    for name in "yz"[: chance.randrange(3)]:
        way = chance.choice((_WHOLE, _ROW, _COLUMN))
        operands.append(Operand(1 if way is _ROW else height, 1 if way is _COLUMN else width, _format(chance)))
        inputs.append((name, way))
        join, joined = chance.choice([*_BINARY.items()])
        unary, act = chance.choice([*_UNARY.items()])
        value = unary.format(join.format(value, way.read.format(name)))
        compute = _then(compute, joined, act, way)
    operands.append(Operand(height, width, _format(chance)))
    buffers = "".join(_buffer(name, way.block, "depth") for name, way in inputs)
    waits = ", ".join(f"{name}_dfb.wait() as {name}v" for name, _ in inputs)
    reserves = ", ".join(f"{name}_dfb.reserve() as {name}b" for name, _ in inputs)
    copies = "; ".join(f"{name}t = ttl.copy({name}[{way.window}], {name}b)" for name, way in inputs)
    ends = "; ".join(f"{name}t.wait()" for name, _ in inputs)
    loops = """\
        column, row = ttl.node(dims=2)
        for m in range(row, x.shape[0] // 32 // bm, rows):
            for n in range(column, x.shape[1] // 32 // bn, columns):"""
    text = f"""\
{buffers}{_buffer("out", "(bm, bn)", "2")}
    @ttl.compute()
    def compute():
{loops}
                with {waits}, out_dfb.reserve() as o:
                    o.store({value})

    @ttl.datamovement()
    def read():
{loops}
                with {reserves}:
                    {copies}
                    {ends}

    @ttl.datamovement()
    def write():
{loops}
                with out_dfb.wait() as o:
                    ttl.copy(o, out[{_WINDOW}]).wait()
"""
    return Body(text, operands, compute)


def _then(before: Compute, joined: Compute, act: Compute, way: _Way) -> Compute:
    def compute(*inputs: Array) -> Array:
        *others, last = inputs
        return act(joined(before(*others), way.view(last)))

    return compute


def _buffer(name: str, block: str, count: str, *, like: str = "") -> str:
    made = f"ttl.make_dataflow_buffer_like({like or name}, shape={block}, block_count={count})"
    return f"    {name}_dfb = {made}\n"


def _rows(chance: Random, spaces: Spaces, most: int) -> Body:
    """Reductions of whole rows, and what is done with them; the compiler makes buffers for it."""
    height, width = chance.randint(1, most), chance.randint(1, most)
    spaces.size("bm", height, "x.shape[0] // 32")
    spaces.depth("depth", 12)
    of_rows, compute = chance.choice([*_OF_ROWS.items()])
    powers = chance.random() < 0.5
    value = "ttl.math.exp(xv)" if powers else "ttl.math.abs(xv) + 1"
    operands = [Operand(height, width, chance.choice(("bfloat16", "float32")))]
    operands.append(Operand(height, width, _format(chance)))
    loop = """\
        column, row = ttl.node(dims=2)
        for m in range(column + row * columns, x.shape[0] // 32 // bm, rows * columns):"""
    text = f"""\
    width = x.shape[1] // 32
{_buffer("x", "(bm, width)", "depth")}{_buffer("out", "(bm, width)", "2")}
    @ttl.compute()
    def compute():
{loop}
            with x_dfb.wait() as xv, out_dfb.reserve() as o:
                v = {value}
                o.store({of_rows})

    @ttl.datamovement()
    def read():
{loop}
            with x_dfb.reserve() as block:
                ttl.copy(x[m * bm : (m + 1) * bm, :], block).wait()

    @ttl.datamovement()
    def write():
{loop}
            with out_dfb.wait() as block:
                ttl.copy(block, out[m * bm : (m + 1) * bm, :]).wait()
"""
    return Body(text, operands, lambda x: compute(np.exp(x) if powers else np.abs(x) + 1))


def _product(chance: Random, spaces: Spaces, most: int) -> Body:
    """Products of matrices, with K in blocks: of what was read, or of functions of it."""
    height, inner, width = (chance.randint(1, most) for _ in range(3))
    spaces.size("bm", height, "x.shape[0] // 32")
    spaces.size("bn", width, "y.shape[1] // 32")
    spaces.size("bk", inner, "x.shape[1] // 32")
    spaces.depth("depth", 12)
    unary, of_left = chance.choice([("{}", _UNARY["{}"]), *_UNARY.items()])
    epilogue, act = chance.choice([*_UNARY.items()])
    operands = [Operand(height, inner, _format(chance)), Operand(inner, width, _format(chance))]
    operands.append(Operand(height, width, chance.choice(("bfloat16", "float32"))))
    through_l1 = chance.random() < 0.4
    buffers = _buffer("x", "(bm, bk)", "depth") + _buffer("y", "(bk, bn)", "depth") + _buffer("out", "(bm, bn)", "2")
    if through_l1:
        buffers += _buffer("total", "(bm, bn)", "1", like="out")
    left = unary.format("xv")
    summed = f"""\
                with total_dfb.reserve() as total:
                    for _ in range(inner // bk):
                        with x_dfb.wait() as xv, y_dfb.wait() as yv:
                            total += {left} @ yv
                with total_dfb.wait() as total, out_dfb.reserve() as o:
                    o.store({epilogue.format("total")})"""
    carried = f"""\
                with out_dfb.reserve() as o:
                    total = ttl.block.fill(0, shape=(bm, bn))
                    for _ in range(inner // bk):
                        with x_dfb.wait() as xv, y_dfb.wait() as yv:
                            total += {left} @ yv
                    o.store({epilogue.format("total")})"""
    loops = """\
        column, row = ttl.node(dims=2)
        for m in range(row, x.shape[0] // 32 // bm, rows):
            for n in range(column, y.shape[1] // 32 // bn, columns):"""
    text = f"""\
    inner = x.shape[1] // 32
{buffers}
    @ttl.compute()
    def compute():
{loops}
{summed if through_l1 else carried}

    @ttl.datamovement()
    def read():
{loops}
                for k in range(inner // bk):
                    with x_dfb.reserve() as xb, y_dfb.reserve() as yb:
                        xt = ttl.copy(x[m * bm : (m + 1) * bm, k * bk : (k + 1) * bk], xb)
                        yt = ttl.copy(y[k * bk : (k + 1) * bk, n * bn : (n + 1) * bn], yb)
                        xt.wait()
                        yt.wait()

    @ttl.datamovement()
    def write():
{loops}
                with out_dfb.wait() as o:
                    ttl.copy(o, out[{_WINDOW}]).wait()
"""
    return Body(text, operands, lambda x, y: act(of_left(x) @ y), lambda x, y: of_left(x) @ y)
