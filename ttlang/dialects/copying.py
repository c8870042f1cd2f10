"""Copies of IR in one walk. xDSL's takes two more, for operands: a value may be used before it is made there."""

from __future__ import annotations

from typing import TypeVar, cast

from xdsl.ir import Block, Region, SSAValue
from xdsl.irdl import IRDLOperation

from ttlang.dialects.making import made
from ttlang.dialects.walking import operands_of, operations, operations_in

OpT = TypeVar("OpT", bound=IRDLOperation)


def copied(op: OpT) -> OpT:
    """What `Operation.clone` gives, down to the order of uses."""
    if any(each.successors for each in operations(op)):
        return op.clone()
    copy = _Copy()
    whole = copy.operation(op)
    if copy.values.keys().isdisjoint(copy.not_there):
        return whole
    whole.drop_all_references()  # Some of it uses what it should use the copy of.
    return op.clone()


class _Copy:
    def __init__(self) -> None:
        self.values: dict[SSAValue, SSAValue] = {}
        """Those that were copied, with their copies."""
        self.not_there: set[SSAValue] = set()
        """Those that were used when they were not copied: as yet, or as they are not in here."""

    def operation(self, op: OpT) -> OpT:
        copy = made(
            type(op),
            [self._operand(operand) for operand in operands_of(op)],
            [result.type for result in op.results],
            op.properties,
            attributes=op.attributes,
            regions=[Region() for _ in op.regions],
            location=op.location,
        )
        for old, new in zip(op.results, copy.results, strict=True):
            self._value(old, new)
        for old, new in zip(op.regions, copy.regions, strict=True):
            for block in old.blocks:
                new.add_block(self._block(block))
        return copy

    def _operand(self, value: SSAValue) -> SSAValue:
        if (copy := self.values.get(value)) is None:
            self.not_there.add(value)
            return value
        return copy

    def _block(self, block: Block) -> Block:
        copy = Block(arg_types=block.arg_types)
        for old, new in zip(block.args, copy.args, strict=True):
            new.location = old.location
            self._value(old, new)
        for op in operations_in(block):
            copy.add_op(self.operation(cast("IRDLOperation", op)))
        return copy

    def _value(self, old: SSAValue, new: SSAValue) -> None:
        self.values[old] = new
        if old.name_hint is not None:
            new.name_hint = old.name_hint
