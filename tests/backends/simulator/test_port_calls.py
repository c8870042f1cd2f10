"""A data movement call is carried out by the method of its name, which takes what the call takes."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import pytest

from ttlang.dialects import ttkernel
from ttlang.dialects.ttkernel.call_families import packet_properties
from ttlang.dialects.ttkernel.facets import DataMovementOnly, HandsPages, MovesPages, declared
from ttlang.machine.buffers import Buffer
from ttlang.machine.noc import port

VALUES = (ttkernel.GetSemaphoreOp, ttkernel.CastToL1PtrOp, ttkernel.CastToElementPtrOp, ttkernel.GetTileSizeOp)
"""Calls that are numbers before the run."""
ELEMENTS = (ttkernel.LoadElementOp, ttkernel.StoreElementOp)
"""Calls that are told how large an element is, which the pointer says."""
POINTERS = (ttkernel.GetReadPtrOp, ttkernel.GetWritePtrOp)


def calls(kind: type[ttkernel.CallOp] = ttkernel.CallOp) -> Iterator[type[ttkernel.CallOp]]:
    for inner in kind.__subclasses__():
        if isinstance(inner.__dict__.get("name"), str):
            yield inner
        yield from calls(inner)


def takes(kind: type[ttkernel.CallOp]) -> int:
    """How many operands and numbers a call takes."""
    definition = kind.get_irdl_definition()
    return len(definition.operands) + sum(name in ("size", "pages") for name in definition.properties)


PACKET = inspect.signature(packet_properties).parameters
"""How a packet goes, which a call may leave open."""
PORT_CALLS = [
    kind for kind in calls() if declared(kind, DataMovementOnly) and not issubclass(kind, (*VALUES, *POINTERS))
]
BUFFER_CALLS = [kind for kind in calls() if declared(kind, HandsPages)]


@pytest.mark.parametrize("kind", PORT_CALLS, ids=lambda kind: kind.name)
def test_a_port_carries_it_out(kind: type[ttkernel.CallOp]) -> None:
    callee = kind.name.removeprefix("ttkernel.")
    *place, name = port.place_of(callee)
    assert name == callee
    parts = dict(port.PARTS)
    method = getattr(parts[".".join(place)], name)
    # Of transfers the buffer too that the L1 address probably lies in.
    more = 1 if declared(kind, MovesPages) or kind in ELEMENTS else 0
    parameters = inspect.signature(method).parameters.values()
    optional = {each.name for each in parameters if each.default is not inspect.Parameter.empty}
    assert len(parameters) - len(optional) == len(["self"]) + takes(kind) + more + len(["op"])
    assert optional == {name for name in kind.get_irdl_definition().properties if name in PACKET}


@pytest.mark.parametrize("kind", BUFFER_CALLS, ids=lambda kind: kind.name)
def test_a_buffer_carries_it_out(kind: type[ttkernel.CallOp]) -> None:
    method = getattr(Buffer, kind.name.removeprefix("ttkernel."))
    assert list(inspect.signature(method).parameters) == ["self", "pages", "op"]


def test_both_kinds_are_found() -> None:
    assert len(PORT_CALLS) > 20
    assert len(BUFFER_CALLS) == 4
