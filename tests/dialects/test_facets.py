"""What the operations of `ttkernel` declare of their calls: complete, and true to their own fields."""

from __future__ import annotations

from collections.abc import Iterator

from xdsl.ir import Operation
from xdsl.irdl import IRDLOperation

from tests.support.each_call import for_each
from ttlang.dialects import ttkernel
from ttlang.dialects.ttkernel.facets import (
    ComputeOnly,
    Configuration,
    Configures,
    DataMovementOnly,
    Drains,
    Facet,
    Fills,
    MovesPages,
    Needs,
    OpensSections,
    PackerFormat,
    Packs,
    ReadsThrough,
    Sends,
    Unit,
    Unpacks,
    UsesDst,
    Waits,
    declared,
    property_names,
)
from ttlang.tables.functions import FUNCTIONS

Call = type[ttkernel.CallOp]

CALLS = [kind for kind in ttkernel.ttkernel_dialect().operations if issubclass(kind, ttkernel.CallOp)]
ON_TILES = [kind for kind in CALLS if any(declared(kind, facet) for facet in (UsesDst, Unpacks, Packs))]
each_call = for_each(CALLS)
each_on_tiles = for_each(ON_TILES)


def facets_of(call: Call) -> Iterator[Facet]:
    """All that count: the nearest of each class."""
    kinds = {type(facet) for parent in call.__mro__ for facet in parent.__dict__.get("FACETS", ())}
    for kind in kinds:
        found = declared(call, kind)
        assert found is not None
        yield found


def operand_names(call: Call) -> set[str]:
    return {name for name, _ in call.get_irdl_definition().operands}


@each_call
def test_a_call_is_made_by_one_kind_of_kernel_or_by_any(call: Call) -> None:
    assert not (declared(call, ComputeOnly) and declared(call, DataMovementOnly))
    on_units = any(declared(call, facet) for facet in (UsesDst, Unpacks, Packs, Configures, ReadsThrough, Needs))
    assert on_units == bool(declared(call, ComputeOnly))


@each_call
def test_facets_name_fields_of_the_call(call: Call) -> None:
    operands, properties = operand_names(call), set(property_names(call))
    for facet in facets_of(call):
        match facet:
            case UsesDst():
                assert set(facet.operands) <= operands
                assert set(facet.count) <= properties
            case Unpacks() | Packs():
                for tiles in facet.tiles if isinstance(facet, Unpacks) else (facet.tiles,):
                    assert tiles.buffer in properties
                    assert tiles.first is None or tiles.first in operands
                    assert set(tiles.count) <= properties
            case ReadsThrough():
                assert {name for name in (facet.a, facet.b) if name} <= properties
            case PackerFormat():
                assert facet.buffer in properties
            case OpensSections():
                assert set(facet.count) <= properties
            case Fills() | Drains():
                assert "cb" in properties
            case MovesPages():
                assert {"accessor", "l1_address"} <= operands
            case Sends():
                assert {"size", "l1_address"} <= operands
            case _:
                pass


@each_call
def test_a_thread_waits_for_nothing_that_it_alone_could_bring(call: Call) -> None:
    """Calls with results are values: they do not wait."""
    assert not (declared(call, Waits) and call.get_irdl_definition().results)


@each_on_tiles
def test_a_call_on_tiles_says_what_it_needs(call: Call) -> None:
    dst, unpacks, packs = (declared(call, facet) for facet in (UsesDst, Unpacks, Packs))
    assert bool(unpacks) == bool(declared(call, ReadsThrough))
    assert bool(packs) == bool(declared(call, PackerFormat))
    needs = declared(call, Needs)
    works = bool(unpacks or (dst and dst.writes))
    # Packing alone has no init, but where it is set to lay rows out.
    assert needs is not None or not works
    if needs is None:
        return
    init = declared(needs.init, Configures)
    assert init is not None
    assert init.kind is Configuration.INIT
    # The FPU works on what is in DST, too.
    assert Unit.MOP in init.sets or (not unpacks and (Unit.SFPU if works else Unit.PACK) in init.sets)
    # All that the init says is known from the call, so that it can be made for it.
    assert set(property_names(needs.init)) <= set(property_names(call))
    assert set(needs.aside) <= set(property_names(needs.init))
    assert not operand_names(needs.init)
    assert needs.explicit <= (init.owes is not None)


@each_call
def test_an_uninit_owed_is_one(call: Call) -> None:
    configures = declared(call, Configures)
    if configures is None or configures.owes is None:
        return
    assert configures.kind is Configuration.INIT
    undoes = declared(configures.owes, Configures)
    assert undoes is not None
    assert undoes.kind is Configuration.UNINIT
    assert Unit.MOP in undoes.clobbers


def test_every_init_is_needed_by_a_call() -> None:
    inits = {kind for kind in CALLS if (sets := declared(kind, Configures)) and sets.kind is Configuration.INIT}
    assert inits == {needs.init for kind in CALLS if (needs := declared(kind, Needs))}


def test_rows_read_as_many_slots_as_they_have_operands() -> None:
    for row in FUNCTIONS:
        if row.call is not None:
            dst = declared(ttkernel.sfpu_tile_op(row), UsesDst)
            assert dst is not None
            assert dst.reads == row.arity


def test_the_nearest_declaration_counts() -> None:
    class Parent(IRDLOperation):
        FACETS = (UsesDst(("dst",)), Fills())

    class Child(Parent):
        FACETS = (UsesDst(("dst",), reads=1),)

    kinds: tuple[type[Operation], ...] = (Parent, Child)
    assert [declared(kind, UsesDst) for kind in kinds] == [UsesDst(("dst",)), UsesDst(("dst",), reads=1)]
    assert [declared(kind, Fills) for kind in kinds] == [Fills(), Fills()]
    assert declared(Child, Drains) is None
