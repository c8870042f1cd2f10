"""Copies of IR in one walk. xDSL's takes two more, for operands: a value may be used before it is made there."""

from __future__ import annotations

from typing import TypeVar

from xdsl.ir import Block, Operation, Region, SSAValue

from ttlang.dialects.walking import operations

OpT = TypeVar("OpT", bound=Operation)


def copied(op: OpT) -> OpT:
    """What `Operation.clone` gives, down to the order of uses."""
    if any(each.successors for each in operations(op)):
        return op.clone()
    copy = _Copy()
    made = copy.operation(op)
    if copy.values.keys().isdisjoint(copy.not_there):
        return made
    made.drop_all_references()  # Some of it uses what it should use the copy of.
    return op.clone()


class _Copy:
    def __init__(self) -> None:
        self.values: dict[SSAValue, SSAValue] = {}
        """Those that were copied, with their copies."""
        self.not_there: set[SSAValue] = set()
        """Those that were used when they were not copied: as yet, or as they are not in here."""

    def operation(self, op: OpT) -> OpT:
        operands = list(op.operands)
        made = op.create(
            operands=[self.values.get(operand, operand) for operand in operands],
            result_types=[result.type for result in op.results],
            properties=op.properties,
            attributes=op.attributes,
            location=op.location,
            regions=[Region() for _ in op.regions],
        )
        self.not_there.update(operand for operand in operands if operand not in self.values)
        for old, new in zip(op.results, made.results, strict=True):
            self._value(old, new)
        for old, new in zip(op.regions, made.regions, strict=True):
            for block in old.blocks:
                new.add_block(self._block(block))
        return made

    def _block(self, block: Block) -> Block:
        made = Block(arg_types=block.arg_types)
        for old, new in zip(block.args, made.args, strict=True):
            new.location = old.location
            self._value(old, new)
        for op in block.ops:
            made.add_op(self.operation(op))
        return made

    def _value(self, old: SSAValue, new: SSAValue) -> None:
        self.values[old] = new
        if old.name_hint is not None:
            new.name_hint = old.name_hint
