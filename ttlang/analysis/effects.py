"""Which operations have no side effects: what the class of an operation tells is found out once for all of it."""

from __future__ import annotations

from functools import cache

from xdsl.ir import Operation
from xdsl.traits import (
    MemoryAllocEffect,
    MemoryEffect,
    MemoryFreeEffect,
    MemoryReadEffect,
    MemoryWriteEffect,
    NoMemoryEffect,
    RecursiveMemoryEffect,
)
from xdsl.traits import is_side_effect_free as has_no_known_effect

from ttlang.dialects.walking import operations_in


def is_side_effect_free(op: Operation) -> bool:
    """What xDSL's function of this name says, which goes through the traits of each operation that it looks at."""
    if _never_has_effects(type(op)):
        return True
    if _always_has_effects(type(op)):
        return False
    if not _has_those_inside(type(op)):
        return has_no_known_effect(op)
    blocks = [block for region in op.regions for block in region.blocks]
    return all(is_side_effect_free(inner) for block in blocks for inner in operations_in(block))


@cache
def _never_has_effects(kind: type[Operation]) -> bool:
    told = kind.get_traits_of_type(MemoryEffect)
    return bool(told) and all(isinstance(each, NoMemoryEffect) for each in told)


@cache
def _always_has_effects(kind: type[Operation]) -> bool:
    """Whether its traits tell without a look at the operation: it may do anything, or surely does something."""
    told = kind.get_traits_of_type(MemoryEffect)
    return not told or any(type(each) in _EFFECTS for each in told)


_EFFECTS = (MemoryReadEffect, MemoryWriteEffect, MemoryAllocEffect, MemoryFreeEffect)


@cache
def _has_those_inside(kind: type[Operation]) -> bool:
    told = kind.get_traits_of_type(MemoryEffect)
    return bool(told) and all(isinstance(each, RecursiveMemoryEffect) for each in told)
