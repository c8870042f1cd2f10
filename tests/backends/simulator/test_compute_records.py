"""Each call that a compute kernel can make has a record, and what records and facets both say agrees."""

from __future__ import annotations

import pytest
from xdsl.dialects.builtin import DenseArrayBase, IntegerAttr, StringAttr, SymbolRefAttr, f64, i32, i64
from xdsl.ir import Attribute
from xdsl.utils.test_value import create_ssa_value

from tests.support.each_call import for_each
from ttlang.backends.simulator.compute_records import RECORDS, compute_record
from ttlang.dialects import ttkernel
from ttlang.dialects.ttkernel.facets import ComputeOnly, Configuration, Configures, Needs, Unpacks, UsesDst, declared
from ttlang.machine.compute.call import Call, TileCall, TracedCall
from ttlang.machine.compute.rules import Rules
from ttlang.machine.compute.unit_state import UnitState
from ttlang.machine.faults import Fault
from ttlang.machine.program_info import BufferInfo
from ttlang.tables.dtypes import BF16, INT32

CALLS = [kind for kind in ttkernel.ttkernel_dialect().operations if declared(kind, ComputeOnly)]
BUFFERS = {name: BufferInfo(name, number, 4, 2048, BF16, 0, 0, False) for number, name in enumerate("abc")}
PROPERTIES: dict[str, Attribute] = {
    **{field: SymbolRefAttr(name) for field, name in (("cb", "a"), ("in0", "a"), ("in1", "b"), ("out", "c"))},
    **{field: StringAttr(text) for field, text in (("kind", "mul"), ("dest", "srcb"), ("pool", "max"), ("dim", "col"))},
    **{field: StringAttr(INT32.name) for field in ("format", "from_format", "to_format")},
}
"""A value for each property; other ones are numbers."""


def make(kind: type[ttkernel.CallOp]) -> ttkernel.CallOp:
    """A call of a kind, with all that it must have."""
    defined = kind.get_irdl_definition()
    properties: dict[str, Attribute] = {
        name: PROPERTIES.get(name, IntegerAttr(2, i64))
        for name, each in defined.properties.items()
        if not _is_optional(each)
    }
    operands = []
    for name, each in defined.operands:
        count = ttkernel.slot_count(kind.ROW) if issubclass(kind, ttkernel.SFPUTileOp) and name == "slots" else 1
        operands += [create_ssa_value(i32) for _ in range(0 if _is_optional(each) else count)]
    if issubclass(kind, ttkernel.SFPUTileOp | ttkernel.SFPUInitOfNumbersOp) and kind.ROW.parameters:
        properties["parameters"] = DenseArrayBase.from_list(f64, [1.0] * len(kind.ROW.parameters))
    return kind.create(operands=operands, properties=properties)


def _is_optional(definition: object) -> bool:
    return type(definition).__name__.startswith("Opt")


def record(op: ttkernel.CallOp) -> Call:
    found = compute_record(op, BUFFERS)
    assert found is not None
    return found


@for_each(CALLS)
def test_record_and_facets_agree(kind: type[ttkernel.CallOp]) -> None:
    op = make(kind)
    call = record(op)
    assert call.name == op.callee
    assert isinstance(call, TileCall) == any(facet.of(op) for facet in (UsesDst, Unpacks))
    uses = UsesDst.of(op)
    if not issubclass(kind, ttkernel.SFPUTileOp):
        assert call.inputs == (uses.reads if uses else 0)
    assert bool(uses and not uses.writes) == call.PACKS


@for_each([kind for kind in CALLS if declared(kind, Needs)])
def test_machine_and_compiler_agree_on_the_init(kind: type[ttkernel.CallOp]) -> None:
    op = make(kind)
    needs, uses = Needs.of(op), UsesDst.of(op)
    assert needs is not None
    rules = Rules(dst32=True, dst_tiles=8, row_sums_swap=True)
    slots = [(0,)] * len(uses.slots(op) if uses else ())
    with pytest.raises(Fault, match=r"needs .*, but the last init of .* is none"):
        record(op).advance(rules, UnitState(started=True), slots)
    init = needs.make(op)
    assert isinstance(init, ttkernel.CallOp)
    ready = record(init).advance(rules, UnitState(started=True), [])
    with pytest.raises(Fault) as found:
        record(op).advance(rules, ready, slots)
    assert "but the last init" not in found.value.message


@for_each(CALLS)
def test_what_configures_leaves_nothing_to_do(kind: type[ttkernel.CallOp]) -> None:
    configures = declared(kind, Configures)
    if configures is not None and configures.kind is not Configuration.FRAME:
        assert not isinstance(record(make(kind)), TracedCall)


def test_each_record_is_some_call_s() -> None:
    assert {RECORDS[base] for kind in CALLS for base in kind.__mro__ if base in RECORDS} == set(RECORDS.values())


def test_other_calls_have_none() -> None:
    assert compute_record(ttkernel.CBPushBackOp("a", 1), BUFFERS) is None
