"""What a kernel has compiled, and which of it answers a call."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any

from ttlang.driver.guards import Guards
from ttlang.driver.unchanging_objects import ATOMS, class_of
from ttlang.language.specs import read_spec

if TYPE_CHECKING:
    from xdsl.dialects.builtin import ModuleOp

    from ttlang.driver.compiler import CompiledKernel
    from ttlang.settings.options import CompileOptions

MOST_PROGRAMS = 256
"""Of one kernel; the one that was not used for longest goes."""
_MOST_STATES = 4
"""Of the host, for one call: a setting that is switched to and fro finds its program again."""


class _Itself:
    """An object, compared by identity and held, so that no other can have its place in memory."""

    __slots__ = ("value",)

    def __init__(self, value: object):
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and self.value is other.value

    def __hash__(self) -> int:
        return id(self.value)

    def __repr__(self) -> str:
        return repr(self.value)


def _key(value: Any, objects: list[object]) -> Hashable:
    kind = class_of(value)
    if kind is float or kind is complex:
        return kind, repr(value)  # which tells -0.0 from 0.0
    if kind in ATOMS:
        return kind, value
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return read_spec(value)
    if kind is tuple or kind is list:
        return kind, tuple([_key(item, objects) for item in value])
    if kind is dict:
        return kind, tuple([(_key(key, objects), _key(item, objects)) for key, item in value.items()])
    objects.append(value)
    return _Itself(value)


class Programs:
    """
    The programs of one kernel: by the call, and what it was made from, for calls that need no look at the kernel; by
    the `ttl` module, for those whose kernel was elaborated anew.
    """

    def __init__(self) -> None:
        self._calls: OrderedDict[Hashable, list[tuple[Guards, CompiledKernel]]] = OrderedDict()
        self._programs: OrderedDict[int, CompiledKernel] = OrderedDict()
        self._digests: dict[int, bytes] = {}

    @staticmethod
    def key(arguments: Sequence[object]) -> tuple[tuple[Hashable, ...], list[object]]:
        """
        What a call is looked up by, the description of each tensor and the value of each constant; and the objects in
        it that may change, which stand for themselves.
        """
        objects: list[object] = []
        return tuple([_key(value, objects) for value in arguments]), objects

    @staticmethod
    def guards(function: Callable[..., object], objects: Sequence[object]) -> Guards | None:
        """What a kernel function, with these objects as arguments, depends on; None if that can change unseen."""
        from ttlang.driver.dependencies import record
        from ttlang.driver.guards import Unrecorded

        try:
            return record(function, objects)
        except Unrecorded:
            return None

    def find(self, call: Hashable) -> CompiledKernel | None:
        """The program of a call nothing of which has changed."""
        states = self._calls.get(call)
        if states is None:
            return None
        for position, (guards, compiled) in enumerate(states):
            if not guards.hold():
                continue
            if position:
                states.insert(0, states.pop(position))
            self._calls.move_to_end(call)
            return compiled
        return None

    def of_module(
        self, options: CompileOptions, module: ModuleOp, make: Callable[[], CompiledKernel]
    ) -> CompiledKernel:
        """The program that was lowered from an equal module, with the same options; else one that is made now."""
        # The first of all has nothing to be compared with, so that it costs nothing more.
        digest = _digest(module) if self._programs else None
        places = _places(module)
        for key, compiled in reversed(self._programs.items()):
            if self._digest_of(compiled) != digest or compiled.options != options:
                continue
            if _places(compiled.initial) == places:
                self._programs.move_to_end(key)
                return compiled
        compiled = make()
        self._programs[id(compiled)] = compiled
        if digest is not None:
            self._digests[id(compiled)] = digest
        if len(self._programs) > MOST_PROGRAMS:
            dropped, _ = self._programs.popitem(last=False)
            self._digests.pop(dropped, None)
        return compiled

    def keep(self, call: Hashable, guards: Guards, compiled: CompiledKernel) -> None:
        """Keeps the program for calls like this one, as long as the guards hold."""
        states = self._calls.setdefault(call, [])
        states.insert(0, (guards, compiled))
        del states[_MOST_STATES:]
        self._calls.move_to_end(call)
        if len(self._calls) > MOST_PROGRAMS:
            self._calls.popitem(last=False)

    def forget_calls(self) -> None:
        """Which program answers a call is looked for anew; programs stay."""
        self._calls.clear()

    def _digest_of(self, compiled: CompiledKernel) -> bytes:
        if (digest := self._digests.get(id(compiled))) is None:
            digest = self._digests[id(compiled)] = _digest(compiled.initial)
        return digest


def _digest(module: ModuleOp) -> bytes:
    from hashlib import sha256

    from ttlang.driver.compiler import print_ir

    return sha256(print_ir(module).encode()).digest()


def _places(module: ModuleOp) -> list[object]:
    """The locations, which are told to whoever reads the program or its messages."""
    return [op.location for op in module.walk()]
