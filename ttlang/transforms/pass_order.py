"""The order of passes, as they declare it themselves."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from typing import ClassVar

from xdsl.passes import ModulePass

from ttlang.dialects.guarantees import AT_START, Guarantee


class OrderedPass(ModulePass, ABC):
    """A pass that declares what it stands on, and what others can stand on behind it."""

    needs: ClassVar[frozenset[Guarantee]] = frozenset()
    gives: ClassVar[frozenset[Guarantee]] = frozenset()
    ends: ClassVar[frozenset[Guarantee]] = frozenset()
    """What holds no longer behind it."""


class PassOrderError(ValueError):
    """A pass stands where it can't run."""


def check_order(passes: Sequence[type[OrderedPass]]) -> None:
    """Raises a PassOrderError that names the first pass which lacks something, and the one that gives or ends it."""
    held = set(AT_START)
    ended_by: dict[Guarantee, type[OrderedPass]] = {}
    for kind in passes:
        for need in sorted(kind.needs - held):
            raise PassOrderError(f"{kind.name} needs {need}, {_reason(need, ended_by.get(need), passes)}")
        held = (held - kind.ends) | kind.gives
        ended_by |= dict.fromkeys(kind.ends, kind)


def _reason(need: Guarantee, ended_by: type[OrderedPass] | None, passes: Sequence[type[OrderedPass]]) -> str:
    if ended_by is not None:
        return f"which {ended_by.name} has ended"
    giver = next((kind for kind in passes if need in kind.gives), None)
    return "which no pass gives" if giver is None else f"which {giver.name} gives later"
