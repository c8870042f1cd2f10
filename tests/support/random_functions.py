"""
Kernels of elementwise functions: how one is written as a script, and what its results may be.

The bound of a result is a matter of formats. An expression is followed in float64, and with every value goes how far
the kernel's may be from it: what its operands' errors become in the function (measured: the function is evaluated at
the ends of their intervals), what the function adds, and the rounding of the format where the value is kept.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any

import numpy as np

from tests.support.expression_kernels import statements_source
from tests.support.function_operands import values_for
from ttlang.machine.tiles import decode, encode, tilize, untilize
from ttlang.tables.dtypes import BF16, F32, DType
from ttlang.tables.functions import BY_NAME, Function
from ttlang.tables.kernel_api import find_generation
from ttlang.testing import spacing

# ------------------------------------------------------------------------------------------------------------- values

UNIT = 2.0**-23
FUNCTION_ERROR = (18 * UNIT, UNIT / 8)
"""
Relative and absolute error of a function in float32, as `test_rows.assert_close` has it. What the kernel library's own
forms add to it is no matter here: the simulator's fast mode computes the references.
"""
INSIDE = 2 * UNIT
"""A function computes in float32, which is as if its operand were this share of itself off."""
LARGEST = 2.0**60
"""Far from where float32 ends, whatever a function computes on its way."""


@dataclass(frozen=True)
class Bounded:
    """What a value is in exact arithmetic, how far the kernel's may be from it, and where that is known at all."""

    exact: np.ndarray
    error: np.ndarray
    known: np.ndarray


def limit(exact: np.ndarray) -> np.ndarray:
    """
    Errors up to here are followed: they are small against 1, the scale on which functions bend, and against the value.
    The jump of a function is larger, or as large as the error that is measured for it.
    """
    return np.clip(np.abs(exact), 1, 4) / 16


def rounded(value: Bounded, dtype: DType, roundings: float = 0.5) -> Bounded:
    """In a format, after so many units of rounding. Of numbers that are certain those that the format has stay."""
    if dtype is F32:
        return value
    finite = np.where(value.known & np.isfinite(value.exact), value.exact, 0)
    kept = (value.error == 0) & (finite.astype(dtype.numpy_dtype()).astype(np.float64) == finite)
    reach = np.abs(finite) + np.where(value.known, value.error, 0)
    return replace(value, error=value.error + np.where(kept, 0, roundings * spacing(reach, dtype)))


@cache
def is_exact(row: Function, parameters: tuple[float, ...]) -> bool:
    """Whether results are numbers of float32 wherever the operands are: a selection, a sign, an integral part."""
    operands = [v.astype(np.float64) for v in values_for(row, F32, seed=3)]
    with np.errstate(all="ignore"):
        results = np.asarray(row.reference(np, *operands, *parameters), np.float64)
    return bool(np.all((results == results.astype(np.float32)) | np.isnan(results)))


@dataclass
class Follower:
    """
    Follows functions as they are compiled: by their form for a number, by their expansion, or by their call. It takes
    the part of the compiler's expander, so that expansions can be followed, too.
    """

    dst32: bool
    metal_api: str
    shape: tuple[int, int]
    references: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    """Takes the place of the references of rows."""
    applied: set[str] = field(default_factory=set)
    """Names of all rows that took part."""

    def __getattr__(self, name: str) -> Callable[..., Bounded]:
        if name not in BY_NAME:
            raise AttributeError(name)
        row = BY_NAME[name]
        return lambda *arguments: self.apply(row, arguments[: row.arity], arguments[row.arity :])

    def apply(self, row: Function, operands: Sequence[Any], parameters: Sequence[float]) -> Bounded:
        if row.arity == 2 and not all(isinstance(o, Bounded) for o in operands):
            first, second = operands
            if row.with_scalar and isinstance(first, Bounded):
                return self.apply(BY_NAME[row.with_scalar], (first,), (second,))
            if row.scalar_with and isinstance(second, Bounded):
                return self.apply(BY_NAME[row.scalar_with], (second,), (first,))
        values = [o if isinstance(o, Bounded) else self.fill(o) for o in operands]
        numbers = tuple(float(p) for p in parameters)
        self.applied.add(row.name)
        if row.arity == 0:
            return self._fill(*numbers)
        if row.call_in(find_generation(self.metal_api)) is not None:
            return self._call(row, values, numbers)
        assert row.expansion is not None
        result = row.expansion(self, *values, *numbers)
        result = result if isinstance(result, Bounded) else self.fill(result)
        return replace(result, exact=self._evaluate(row, [v.exact for v in values], numbers))

    def _fill(self, number: float) -> Bounded:
        everywhere = np.full(self.shape, number)
        value = Bounded(everywhere, np.zeros(self.shape), np.ones(self.shape, bool))
        # The only call that cuts what a 16-bit DST can't hold.
        return rounded(value, F32 if self.dst32 else BF16, roundings=1)

    def _evaluate(self, row: Function, operands: Sequence[np.ndarray], parameters: tuple[float, ...]) -> np.ndarray:
        reference = self.references.get(row.name, row.reference)
        with np.errstate(all="ignore"):
            return np.broadcast_to(np.asarray(reference(np, *operands, *parameters), np.float64), self.shape)

    def _call(self, row: Function, operands: list[Bounded], parameters: tuple[float, ...]) -> Bounded:
        selects = is_exact(row, parameters)
        exact = self._evaluate(row, [o.exact for o in operands], parameters)
        known = np.logical_and.reduce([o.known for o in operands]) & ~np.isnan(exact)
        # A pole, or beyond the range.
        known &= ~np.isinf(exact) | np.logical_or.reduce([np.isinf(o.exact) for o in operands])
        known &= np.isinf(exact) | (np.abs(exact) <= LARGEST)
        error = np.zeros(self.shape)
        for places in itertools.islice(itertools.product(*_places(operands, parameters, not selects)), 1, None):
            there = self._evaluate(row, places, parameters)
            with np.errstate(invalid="ignore"):
                # NaN beside a number: the interval leaves the domain.
                error = np.maximum(error, np.where(there == exact, 0, np.abs(there - exact)))
        if not selects:
            relative, absolute = FUNCTION_ERROR
            error = error + relative * np.where(np.isinf(exact), 0, np.abs(exact)) + absolute
        result = rounded(Bounded(exact, error, known), F32 if self.dst32 else BF16)
        known &= result.error <= limit(exact)
        return Bounded(exact, np.where(known, result.error, 0), known)


def _places(operands: list[Bounded], parameters: tuple[float, ...], inside: bool) -> list[list[np.ndarray]]:
    """
    For each operand, where a function is evaluated: first at the value itself, then at the ends of its interval and
    where in it functions bend or jump: half way, at 0, at the function's numbers, at the ends of the other operand.
    """
    finite = [np.where(np.isfinite(o.exact), o.exact, 0) for o in operands]
    errors = [o.error + (INSIDE * np.abs(x) if inside else 0) for o, x in zip(operands, finite, strict=True)]
    ends = [(o.exact - e, o.exact + e) for o, e in zip(operands, errors, strict=True)]
    places: list[list[np.ndarray]] = []
    for index, (operand, error, (low, high)) in enumerate(zip(operands, errors, ends, strict=True)):
        found = [operand.exact]
        if error.any():
            found += [low, high]
            if len(operands) == 1:
                found += [operand.exact - error / 2, operand.exact + error / 2]
                found += [np.clip(p, low, high) for p in (0.0, *parameters)]
            elif len(operands) == 2:
                found += [np.clip(end, low, high) for end in ends[1 - index]]
            elif index == 0:
                found.append(np.clip(0.0, low, high))
        places.append(found)
    return places


def as_held(values: np.ndarray, dtype: DType) -> np.ndarray:
    """What a tensor of a format holds of a matrix."""
    return untilize(decode(encode(tilize(values.astype(np.float32)), dtype), dtype), values.shape).astype(np.float64)


# ------------------------------------------------------------------------------------------------------------ kernels


@dataclass(frozen=True)
class Input:
    """A tensor of random numbers. Every second row is 0 if `zeros`; every third is that of `twin`."""

    dtype: DType
    low: float
    high: float
    zeros: bool
    twin: str
    seed: int

    def statements(self, name: str, shape: tuple[int, int]) -> list[str]:
        lines = [f"{name} = np.random.default_rng({self.seed}).uniform({self.low}, {self.high}, {shape})"]
        if self.zeros:
            lines.append(f"{name}[::2] = 0")
        if self.twin:
            lines.append(f"{name}[::3] = {self.twin}[::3]")
        return lines


@dataclass(frozen=True)
class Step:
    """One function in a kernel: how it is written, and what it is applied to: names of values, or numbers."""

    name: str
    row: Function
    text: str
    """With {0}, {1} and {2} for the operands."""
    operands: tuple[str | float, ...]
    parameters: tuple[float, ...]
    kept: bool = False
    """The value goes through a buffer of the first output's format."""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(o for o in self.operands if isinstance(o, str))

    def statements(self) -> list[str]:
        expression = self.text.format(*(o if isinstance(o, str) else number_text(o) for o in self.operands))
        if not self.kept:
            return [f"{self.name} = {expression}"]
        cb, block = f"{self.name}_cb", f"{self.name}_block"
        return [
            f"{block} = {cb}.reserve()",
            f"{block}.store({expression})",
            f"{cb}.push()",
            f"{self.name} = {cb}.wait()",
        ]


def number_text(number: float) -> str:
    """Integers are written as such, every fourth of them by a function."""
    if number % 4 == 1:
        return f"ttl.math.fill({number!r})"
    text = repr(int(number) if float(number).is_integer() else number)
    # A power binds more tightly than a sign.
    return f"({text})" if number < 0 else text


@dataclass(frozen=True)
class Case:
    """A kernel."""

    inputs: Mapping[str, Input]
    steps: tuple[Step, ...]
    outputs: tuple[tuple[str, DType], ...]
    block: tuple[int, int]
    grid: tuple[int, int]
    blocks: int
    """Blocks that a core takes, one under the other."""
    options: Mapping[str, Any]

    @property
    def shape(self) -> tuple[int, int]:
        return 32 * self.block[0] * self.grid[1] * self.blocks, 32 * self.block[1] * self.grid[0]

    @property
    def dst32(self) -> bool:
        formats = [*(i.dtype for i in self.inputs.values()), *(dtype for _, dtype in self.outputs)]
        return self.options.get("fp32_dest_acc_en", any(dtype.needs_dst32 for dtype in formats))

    def pruned(self) -> Case:
        """Without what no output needs."""
        needed = {name for name, _ in self.outputs}
        steps: list[Step] = []
        for step in reversed(self.steps):
            if step.name in needed:
                steps.append(step)
                needed |= set(step.names)
        # An input may have rows of another.
        needed |= {i.twin for name, i in self.inputs.items() if name in needed}
        inputs = {name: i for name, i in self.inputs.items() if name in needed}
        return replace(self, steps=tuple(reversed(steps)), inputs=inputs)

    @cached_property
    def inputs_text(self) -> str:
        lines = ["def make_inputs():"]
        for name, given in self.inputs.items():
            lines += [f"    {line}" for line in given.statements(name, self.shape)]
        return "\n".join([*lines, f"    return [{', '.join(self.inputs)}]", ""])

    def script(self) -> str:
        """Runs the kernel; `run()` returns its outputs."""
        statements = [line for step in self.steps for line in step.statements()]
        outputs = [name for name, _ in self.outputs]
        options = dict(self.options)
        kernel = statements_source(
            "".join(self.inputs), statements, outputs, self.block, self.grid, self.blocks, options
        )
        for step in self.steps:
            if step.kept:
                make = f"    {step.name}_cb = ttl.make_circular_buffer_like(out0_t, shape={self.block})\n"
                kernel = kernel.replace("    @ttl.compute()\n", f"{make}    @ttl.compute()\n", 1)
                pop = f"{' ' * 20}{step.name}_cb.pop()\n"
                kernel = kernel.replace("    @ttl.datamovement()\n", f"{pop}    @ttl.datamovement()\n", 1)
        given = [str(i.dtype) for i in self.inputs.values()]
        made = [str(dtype) for _, dtype in self.outputs]
        return (
            "import numpy as np\n"
            "from ttlang.host import TILE_LAYOUT, from_numpy, open_device, to_numpy, zeros\n"
            "from ttlang.driver.launch import simulate\n"
            f"{kernel}\n"
            f"{self.inputs_text}\n"
            "def run():\n"
            "    more = {'layout': TILE_LAYOUT, 'device': open_device(device_id=0)}\n"
            f"    tensors = [from_numpy(v, dtype=d, **more) for v, d in zip(make_inputs(), {given})]\n"
            f"    tensors += [zeros({self.shape}, dtype=d, **more) for d in {made}]\n"
            "    simulate(kernel.compile(*tensors), tensors, numerics='fast')\n"
            f"    return [to_numpy(t) for t in tensors[{len(given)}:]]\n\n"
            "if __name__ == '__main__':\n"
            "    for values in run():\n"
            "        print(values)\n"
        )

    def follow(self, references: Mapping[str, Callable[..., Any]] | None = None) -> tuple[list[Bounded], set[str]]:
        """What the outputs are, and the rows that took part."""
        scope: dict[str, Any] = {"np": np}
        exec(self.inputs_text, scope)
        values: dict[str, Bounded] = {}
        for (name, given), numbers in zip(self.inputs.items(), scope["make_inputs"](), strict=True):
            held = as_held(numbers, given.dtype)
            values[name] = Bounded(held, np.zeros(self.shape), np.ones(self.shape, bool))
        follower = Follower(self.dst32, self.options["metal_api"], self.shape, references or {})
        for step in self.steps:
            operands = [values[o] if isinstance(o, str) else o for o in step.operands]
            value = follower.apply(step.row, operands, step.parameters)
            values[step.name] = rounded(value, self.outputs[0][1]) if step.kept else value
        return [rounded(values[name], dtype) for name, dtype in self.outputs], follower.applied

    def smaller(self) -> Iterator[Case]:
        """The same with one thing less."""
        for index in range(len(self.outputs) if len(self.outputs) > 1 else 0):
            yield replace(self, outputs=self.outputs[:index] + self.outputs[index + 1 :]).pruned()
        for step in self.steps:
            for operand in step.names:
                yield self._without(step, operand)
            if step.kept:
                yield replace(self, steps=tuple(replace(s, kept=s.kept and s is not step) for s in self.steps))
        for change in ({"grid": (1, 1)}, {"blocks": 1}, {"block": (1, 1)}):
            yield replace(self, **change)
        for option in self.options:
            if option != "metal_api":
                yield replace(self, options={k: v for k, v in self.options.items() if k != option})

    def _without(self, dropped: Step, operand: str) -> Case:
        """With an operand in the place of a step's value."""
        steps = tuple(
            replace(s, operands=tuple(operand if o == dropped.name else o for o in s.operands))
            for s in self.steps
            if s is not dropped
        )
        outputs = tuple((operand if name == dropped.name else name, dtype) for name, dtype in self.outputs)
        return replace(self, steps=steps, outputs=outputs).pruned()
