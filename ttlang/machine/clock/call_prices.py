"""What the calls on the compute processors take of unpack, math and pack: tiles, and the rows of the chip's costs."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from ttlang.machine.compute.call import Call, FPUInit
from ttlang.machine.compute.calls import configuration, eltwise, functions, layouts, matmul, moves, reduction
from ttlang.machine.program_info import ProgramInfo
from ttlang.tables.chips.costs import ASSUMED_INIT, Kind, Unit
from ttlang.tables.fidelities import PHASES


class Share(NamedTuple):
    """Cycles of one unit, and how they are known."""

    cycles: float
    kind: Kind


NONE = Share(0.0, Kind.MEASURED)


class CallPrice(NamedTuple):
    """What one call takes."""

    unpack: Share = NONE
    math: Share = NONE
    pack: Share = NONE
    tiles: int = 1
    """The steps in which it goes through the units: math begins with a tile when that is unpacked."""


GRAIN = 64
"""Cycles are counted in parts of so many, so that sums of them are exact in floats."""


def grained(cycles: float) -> float:
    return round(cycles * GRAIN) / GRAIN


class CallPrices:
    """Those of the calls of a program."""

    def __init__(self, program: ProgramInfo, free: AbstractSet[Unit] = frozenset()):
        """`free`: units that take no time."""
        self._free = free
        self._costs = program.architecture.costs
        self._dst32 = program.dst32
        self._fidelity = program.fidelity
        self._known: dict[int, tuple[Call, CallPrice]] = {}

    def of(self, call: Call, *, accumulates: bool = False) -> CallPrice:
        """`accumulates`: a pack adds to what L1 holds."""
        key = 2 * id(call) + accumulates
        if key not in self._known:
            self._known[key] = call, self._price(call, accumulates)
        return self._known[key][1]

    def _price(self, call: Call, accumulates: bool) -> CallPrice:
        for kind in type(call).__mro__:
            if price := _PRICES.get(kind):
                return price(self, call, accumulates)
        raise KeyError(call.name)

    def share(self, name: str, unit: Unit, times: float = 1) -> Share:
        price = self._costs.price(name, unit, dst32=self._dst32, fidelity=self._fidelity)
        return Share(0.0 if unit in self._free else grained(price.cycles * times), price.kind)

    @property
    def phases(self) -> int:
        return PHASES[self._fidelity]


Price = Callable[[CallPrices, Call, bool], CallPrice]


def _moved(prices: CallPrices, call: Call, _accumulates: bool) -> CallPrice:
    (buffer,) = call.buffers
    if buffer.unpack_to_dest:
        return CallPrice(unpack=prices.share(call.name, Unit.UNPACK, 2))
    return CallPrice(prices.share(call.name, Unit.UNPACK), prices.share(call.name, Unit.FPU))


def _of_the_fpu(prices: CallPrices, call: Call, _accumulates: bool) -> CallPrice:
    return CallPrice(prices.share(call.name, Unit.UNPACK), prices.share(call.name, Unit.FPU))


def _reduced(prices: CallPrices, call: Call, _accumulates: bool) -> CallPrice:
    assert isinstance(call, reduction.Reduce)
    name = f"{call.name}<{call.pool}, {call.dim}>"
    return CallPrice(prices.share(name, Unit.UNPACK), prices.share(name, Unit.FPU))


def _multiplied(prices: CallPrices, call: Call, _accumulates: bool) -> CallPrice:
    """One step along K: a tile for each row and each column of the subblock, a product for each of its tiles."""
    assert isinstance(call, matmul.Matmul)
    unpacked, products = call.rt + call.ct, call.rt * call.ct
    return CallPrice(
        prices.share("matmul_block", Unit.UNPACK, unpacked), prices.share("matmul_block", Unit.FPU, products)
    )


def _on_dst(prices: CallPrices, call: Call, _accumulates: bool) -> CallPrice:
    return CallPrice(math=prices.share(call.name, Unit.SFPU))


def _applied(prices: CallPrices, call: Call, _accumulates: bool) -> CallPrice:
    assert isinstance(call, functions.Apply)
    made = call.row.call
    return CallPrice(math=prices.share(made.key if made else call.name, Unit.SFPU))


def _packed(prices: CallPrices, call: Call, accumulates: bool) -> CallPrice:
    tiles = call.tiles if isinstance(call, moves.PackBlock) else 1
    name = "pack_tile<accumulate>" if accumulates else "pack_tile"
    return CallPrice(pack=prices.share(name, Unit.PACK, tiles))


def _laid_out(prices: CallPrices, call: Call, _accumulates: bool) -> CallPrice:
    assert isinstance(call, layouts.LayoutChange)
    unpack, math, pack = (prices.share(call.name, unit, call.taken) for unit in (Unit.UNPACK, Unit.FPU, Unit.PACK))
    return CallPrice(unpack, math, pack, call.taken)


def _init_of_the_fpu(prices: CallPrices, call: Call, _accumulates: bool) -> CallPrice:
    return CallPrice(Share(ASSUMED_INIT, Kind.ASSUMED), Share(ASSUMED_INIT, Kind.ASSUMED))


def _init_of_math(prices: CallPrices, call: Call, _accumulates: bool) -> CallPrice:
    return CallPrice(math=Share(ASSUMED_INIT, Kind.ASSUMED))


def _init_of_pack(prices: CallPrices, call: Call, _accumulates: bool) -> CallPrice:
    return CallPrice(pack=Share(ASSUMED_INIT, Kind.ASSUMED))


def _init_of_all(prices: CallPrices, call: Call, _accumulates: bool) -> CallPrice:
    each = Share(2 * ASSUMED_INIT, Kind.ASSUMED)
    return CallPrice(each, each, each)


def _free(_prices: CallPrices, _call: Call, _accumulates: bool) -> CallPrice:
    return CallPrice()


_PRICES: dict[type, Price] = {
    moves.Copy: _moved,
    moves.Transpose: _moved,
    moves.CopyDest: _on_dst,
    moves.Pack: _packed,
    moves.PackBlock: _packed,
    eltwise.Binary: _of_the_fpu,
    eltwise.DestReuse: _of_the_fpu,
    matmul.Matmul: _multiplied,
    reduction.Reduce: _reduced,
    functions.Apply: _applied,
    functions.Typecast: _on_dst,
    layouts.LayoutChange: _laid_out,
    configuration.Startup: _init_of_all,
    configuration.SourceFormats: _init_of_the_fpu,
    configuration.PackerFormat: _init_of_pack,
    configuration.PackerAccumulation: _init_of_pack,
    configuration.SectionCall: _free,
    FPUInit: _init_of_the_fpu,
    reduction.ReduceUninit: _init_of_all,
    layouts.LayoutUninit: _init_of_all,
    functions.ApplyInit: _init_of_math,
    functions.TypecastInit: _init_of_math,
    moves.CopyDestInit: _init_of_math,
}
"""By the kind of call, or the one that it is derived from. What a section costs, the clock knows."""
