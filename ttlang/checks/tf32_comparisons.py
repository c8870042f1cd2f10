"""
TTL0607: comparisons of a float32 value with what the FPU has read of it.

The FPU reads float32 from L1 as tf32, with 13 bits less (docs/hardware.md, "Formats"); moves to DST read it whole. So
the maximum of x is no element of x, and `x == broadcast(reduce_max(x))` holds for next to none. Values are followed
through buffers and pipes: which sources each may hold whole, and of which it may hold what is left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from xdsl.ir import Operation, SSAValue

from ttlang.analysis.buffer_flow import BlockFill, BufferFlow, buffer_of
from ttlang.analysis.locations import diagnostic_at
from ttlang.diagnostics import Diagnostic, Severity
from ttlang.dialects import ttl
from ttlang.dialects.typed_values import type_of
from ttlang.dialects.walking import operations_of
from ttlang.tables.dtypes import F32

_Readers = Mapping[SSAValue, Operation]
"""Sources, each with the operation that read it as tf32."""


@dataclass(frozen=True)
class _Content:
    """What a value may be made of. A source is a tensor, a buffer, or a value of an expression."""

    whole: frozenset[SSAValue] = frozenset()
    short: _Readers = field(default_factory=dict[SSAValue, Operation])
    """By maxima and broadcasts: elements of the source, shortened."""
    summed: _Readers = field(default_factory=dict[SSAValue, Operation])
    """By sums and products."""
    differs: _Readers = field(default_factory=dict[SSAValue, Operation])
    """By a subtraction of a source and what is left of it: 0 where they are equal."""

    def __or__(self, other: _Content) -> _Content:
        return _Content(
            self.whole | other.whole,
            {**other.short, **self.short},
            {**other.summed, **self.summed},
            {**other.differs, **self.differs},
        )

    def read_as_tf32(self, op: Operation) -> _Content:
        short = {**dict.fromkeys(self.whole, op), **self.short}
        if isinstance(op, ttl.ReduceMaxOp | ttl.BroadcastOp):
            return _Content(short=short, summed=self.summed)
        return _Content(summed={**short, **self.summed, **dict.fromkeys(short, op)})


_ORDER = frozenset({"lt", "le", "gt", "ge"})
_EQUALITY = frozenset({"eq", "ne"})
_OF_ZERO = frozenset({"eqz", "nez", "ltz", "lez", "gtz", "gez", "logical_not"})
_HINT = (
    "compare what the FPU reads: ⟦typecast⟧(x, ttl.bfloat16) keeps all that it makes of that; or allow for the "
    "difference, as in abs(x - m) < 0.001 * abs(m)"
)


class _Comparisons:
    def __init__(self, kernel: ttl.KernelOp, flow: BufferFlow):
        self._flow = flow
        self._threads = [thread for thread in kernel.threads if isinstance(thread, ttl.ComputeThreadOp)]
        self._buffers: dict[SSAValue, _Content] = {cb: _Content(frozenset({cb})) for cb in flow.fills}
        self._values: dict[SSAValue, _Content] = {}

    def find(self) -> Iterator[Diagnostic]:
        """Follows all values until nothing is new, then looks at what is compared."""
        comparing = [op for t in self._threads for op in operations_of(t, ttl.ElementwiseOp) if _compares(op)]
        if not comparing:
            return
        known = -1
        while known != (known := self._count()):
            self._fill_buffers()
            for thread in self._threads:
                for op in operations_of(thread, *ttl.EXPRESSIONS):
                    self._values[op.results[0]] = self._computed(op)
        for op in comparing:
            if (reader := self._doubtful(op)) is not None:
                yield _warning(op, reader)

    def _count(self) -> int:
        """Grows with what is known, which is finite."""
        contents = (*self._buffers.values(), *self._values.values())
        return sum(len(c.whole) + len(c.short) + len(c.summed) + len(c.differs) for c in contents)

    def _fill_buffers(self) -> None:
        for cb, fills in self._flow.fills.items():
            for fill in fills:
                self._buffers[cb] |= self._filled(fill)

    def _filled(self, fill: BlockFill) -> _Content:
        content = _Content()
        if isinstance(fill, ttl.StoreOp):
            return self._content(fill.value) if fill.acc is None else content
        if isinstance(fill, ttl.CopyOp) and isinstance(fill.source.owner, ttl.TensorSliceOp | ttl.TensorShardOp):
            return _Content(frozenset({fill.source.owner.operands[0]}))
        for source in self._flow.sources_of(fill):
            content |= self._buffers[source]
        return content

    def _content(self, value: SSAValue) -> _Content:
        """What a value is made of; of one that is not float32, nothing is ever shortened."""
        cb = buffer_of(value)
        found = self._buffers.get(cb, _Content()) if cb is not None else self._values.get(value, _Content())
        return found if _is_float32(value) else _Content(short=found.short, summed=found.summed, differs=found.differs)

    def _computed(self, op: Operation) -> _Content:
        value, contents = op.results[0], [self._content(operand) for operand in op.operands]
        joined = _joined(contents)
        match op:
            case ttl.ReduceOp() | ttl.BroadcastOp() if op.dim.data is not ttl.Dim.NONE:
                return contents[0].read_as_tf32(op)
            case ttl.MatmulOp():
                return joined.read_as_tf32(op)
            case ttl.TransposeOp() | ttl.TypecastOp() | ttl.ViewOp() | ttl.ReduceOp() | ttl.BroadcastOp():
                return joined
            case ttl.ElementwiseOp() if op.ROW.predicate:
                return _Content()
            case ttl.ElementwiseOp() if op.ROW.name == "sub":
                return _Content(frozenset({value}), differs=_met_at_all(*contents))
            case ttl.ElementwiseOp() if op.ROW.arity == 1:
                return joined | _Content(frozenset({value}))
            case ttl.ElementwiseOp() if "selects" in op.ROW.tags:
                chosen = contents[1:] if op.ROW.name == "where" else contents
                return _Content(frozenset({value})) | _joined(chosen)
            case _:
                return _Content(frozenset({value}))

    def _doubtful(self, op: ttl.ElementwiseOp) -> Operation | None:
        """What read as tf32 one side of what this compares with the other, which is whole."""
        name, contents = op.ROW.name, [self._content(operand) for operand in op.inputs]
        met: _Readers = {}
        if name in _ORDER:
            met = _met(contents[0], contents[1], contents[0].short, contents[1].short)
        elif name in _EQUALITY:
            met = _met_at_all(*contents)
        elif name == "where" or _tests_zero(op):
            met = contents[0].differs
        return next(iter(met.values()), None)


def _compares(op: ttl.ElementwiseOp) -> bool:
    """Whether an operation compares anything, or tests it."""
    name = op.ROW.name
    return name in _ORDER or name in _EQUALITY or name == "where" or _tests_zero(op)


def _tests_zero(op: ttl.ElementwiseOp) -> bool:
    name = op.ROW.name
    return name in _OF_ZERO or (name.startswith("unary_") and op.ROW.predicate and op.parameter_values == (0.0,))


def _joined(contents: list[_Content]) -> _Content:
    joined = _Content()
    for content in contents:
        joined |= content
    return joined


def _met(left: _Content, right: _Content, left_short: _Readers, right_short: _Readers) -> dict[SSAValue, Operation]:
    """Sources that one side holds whole, and the other what is left of them."""
    found = {source: reader for source, reader in right_short.items() if source in left.whole}
    return found | {source: reader for source, reader in left_short.items() if source in right.whole}


def _met_at_all(left: _Content, right: _Content) -> dict[SSAValue, Operation]:
    return _met(left, right, {**left.summed, **left.short}, {**right.summed, **right.short})


def _is_float32(value: SSAValue) -> bool:
    return type_of(value, ttl.BlockType).element.dtype is F32


def _warning(op: ttl.ElementwiseOp, reader: Operation) -> Diagnostic:
    name = reader.name.removeprefix("ttl.")
    return diagnostic_at(
        "TTL0607",
        f"a float32 value is compared with what {name} has read of it as tf32, 13 bits shorter: what should be equal "
        "differs on the chip",
        op,
        _HINT,
        [(reader, "read as tf32 here")],
        Severity.WARNING,
    )


def check_tf32_comparisons(kernel: ttl.KernelOp, flow: BufferFlow) -> list[Diagnostic]:
    """Warns of comparisons that hold with exact reads alone (numerics `fast` has them, a chip has not)."""
    return list(_Comparisons(kernel, flow).find())
