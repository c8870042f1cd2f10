"""
Computes once what is computed twice, and drops what nothing reads; but for loops by a condition. One that has no effect
may never end: it stays, so that the run tells.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects import scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation, Region
from xdsl.traits import (
    IsolatedFromAbove,
    IsTerminator,
    MemoryEffect,
    MemoryWriteEffect,
    NoMemoryEffect,
    SymbolOpInterface,
)
from xdsl.transforms.common_subexpression_elimination import CSEDriver

from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.walking import operations_of
from ttlang.transforms.pass_order import OrderedPass

_Key = tuple[object, ...]


@dataclass
class _Driver(CSEDriver):
    """
    xDSL's, which asks each operation for its effects and notes all that are known anew for each region. The class tells
    of most that they have an effect, or that they are arithmetic.
    """

    _around_effects: set[Operation | None] = field(default_factory=set[Operation | None])
    """Loops and branches in which something has an effect."""
    _computed: dict[_Key, Operation] = field(default_factory=dict[_Key, Operation])
    """The arithmetic that is visible."""
    _here: list[_Key] = field(default_factory=list[_Key])
    """What of it is in the current region."""

    def _simplify_region(self, region: Region) -> None:
        computed, here = self._computed, self._here
        if region.parent is None or _is_isolated(type(region.parent)):
            self._computed = {}
        self._here = []
        super()._simplify_region(region)
        for key in self._here:
            del self._computed[key]
        self._computed, self._here = computed, here

    def _simplify_operation(self, op: Operation) -> None:
        if op in self._around_effects or _has_an_effect(type(op)):
            self._around_effects.add(op.parent_op())
        elif not op.regions and _is_arithmetic(type(op)):
            self._simplify_arithmetic(op)
        else:
            super()._simplify_operation(op)

    def _simplify_arithmetic(self, op: Operation) -> None:
        if all(result.first_use is None for result in op.results):
            self._to_erase.add(op)
            return
        key = _key(op)
        if (same := self._computed.setdefault(key, op)) is op:
            self._here.append(key)
            return
        for result, known in zip(op.results, same.results, strict=True):
            result.replace_all_uses_with(known)
        self._to_erase.add(op)

    def _mark_erasure(self, op: Operation) -> None:
        if not operations_of(op, scf.WhileOp):
            super()._mark_erasure(op)


def _key(op: Operation) -> _Key:
    """What operations have in common that compute the same."""
    types = [result.type for result in op.results]
    named = frozenset(op.properties.items()), frozenset(op.attributes.items())
    return type(op), len(types), *types, *named, *map(id, op.operands)


@cache
def _has_an_effect(kind: type[Operation]) -> bool:
    """Whether an operation of this class has an effect, whatever it computes with; or may have any."""
    return kind.has_trait(MemoryWriteEffect) or not kind.has_trait(MemoryEffect)


@cache
def _is_arithmetic(kind: type[Operation]) -> bool:
    """Whether an operation of this class does nothing but compute results, and can go where nobody reads them."""
    if kind.has_trait(IsTerminator) or kind.has_trait(SymbolOpInterface):
        return False
    return all(isinstance(effect, NoMemoryEffect) for effect in kind.get_traits_of_type(MemoryEffect))


@cache
def _is_isolated(kind: type[Operation]) -> bool:
    return kind.has_trait(IsolatedFromAbove)


class TTKernelCSEPass(OrderedPass):
    """Common subexpressions; loops by a condition stay."""

    name: ClassVar[str] = "ttkernel-cse"
    needs = frozenset({Guarantee.PROGRAM})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        _Driver().simplify(op)
