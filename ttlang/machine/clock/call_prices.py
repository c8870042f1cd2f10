"""What the calls on the compute processors take of unpack, math and pack: tiles, and the rows of the chip's costs."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from ttlang.machine.clock.ledger import Lane
from ttlang.machine.compute.call import Call, FPUInit
from ttlang.machine.compute.calls import configuration, eltwise, functions, layouts, matmul, moves, reduction
from ttlang.machine.program_info import ProgramInfo
from ttlang.tables import vector_modes
from ttlang.tables.chips.costs import ANY_INIT, Kind, Unit
from ttlang.tables.dtypes import BF16
from ttlang.tables.kernel_api import NEWEST


class Share(NamedTuple):
    """Cycles of one unit, and how they are known."""

    cycles: float
    kind: Kind


NONE = Share(0.0, Kind.MEASURED)
SECTION = Share(0.0, Kind.COMPUTED)
"""What the frame of a section takes stands in the chip's `ComputeTiming`, which is computed of microbenchmarks."""


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

    def share(self, name: str, unit: Unit, times: float = 1, format: str = BF16.name) -> Share:
        """So many of a call on a tile; `format`: that of the buffer that the unit reads or packs to."""
        price = self._costs.price(name, unit, dst32=self._dst32, fidelity=self._fidelity, format=format)
        return Share(0.0 if unit in self._free else grained(price.cycles * times), price.kind)

    def knows(self, name: str, unit: Unit) -> bool:
        """Whether there is a row for a call on a unit."""
        return self._costs.knows(name, unit)

    def init(self, name: str, unit: Unit) -> Share:
        """An init: the row of the name, or that of any."""
        return self.share(name if self.knows(name, unit) else ANY_INIT, unit)


Price = Callable[[CallPrices, Call, bool], CallPrice]


def _sum(*shares: Share) -> Share:
    """Known as well as the largest of them."""
    return Share(sum(each.cycles for each in shares), max(shares).kind)


# ------------------------------------------------------------------------------------------------------ on tiles


def _moved(prices: CallPrices, call: Call, _accumulates: bool) -> CallPrice:
    (buffer,) = call.buffers
    if buffer.unpack_to_dest:
        name = f"{call.name}<dest>"
        math = prices.share(name, Unit.FPU) if isinstance(call, moves.Transpose) else NONE
        return CallPrice(prices.share(name, Unit.UNPACK, format=buffer.dtype.name), math)
    return _of_the_fpu(prices, call, _accumulates)


def _of_the_fpu(prices: CallPrices, call: Call, _accumulates: bool) -> CallPrice:
    return _named(prices, call.name, call)


def _named(prices: CallPrices, name: str, call: Call) -> CallPrice:
    """A call that reads tiles of its first buffer to the source registers."""
    format = call.buffers[0].dtype.name
    return CallPrice(prices.share(name, Unit.UNPACK, format=format), prices.share(name, Unit.FPU))


def _binary(prices: CallPrices, call: Call, _accumulates: bool) -> CallPrice:
    """Unpack may be faster where both operands come from one buffer."""
    left, right = call.buffers
    found, same = _named(prices, call.name, call), f"{call.name}<same>"
    if left is not right or not prices.knows(same, Unit.UNPACK):
        return found
    return found._replace(unpack=prices.share(same, Unit.UNPACK, format=left.dtype.name))


def _reused(prices: CallPrices, call: Call, _accumulates: bool) -> CallPrice:
    assert isinstance(call, eltwise.DestReuse)
    return _named(prices, f"{call.name}<{call.kind}>", call)


def _reduced(prices: CallPrices, call: Call, _accumulates: bool) -> CallPrice:
    assert isinstance(call, reduction.Reduce)
    return _named(prices, f"{call.name}<{call.pool}, {call.dim}>", call)


def _multiplied(prices: CallPrices, call: Call, _accumulates: bool) -> CallPrice:
    """
    A step along K, of as many products as the subblock has tiles. Two tiles of its shorter side are held in the banks
    of their source register while those of the longer side pass by (`llk_unpack_AB_matmul.h` of both chips).
    """
    assert isinstance(call, matmul.Matmul)
    left, right = (buffer.dtype.name for buffer in call.buffers)
    held, passing = sorted((call.rt, call.ct))
    products = held * passing
    formats = (left, right) if call.ct >= call.rt else (right, left)
    unpacked = zip(formats, (held, -(-held // 2) * passing), strict=True)
    shares = [prices.share("matmul_block", Unit.UNPACK, tiles, format) for format, tiles in unpacked]
    start = "matmul_block<call>"
    if products == 1:
        # Both operands at once, as the other calls with two operands; and math begins anew for each.
        shares, start = [prices.share("add_tiles", Unit.UNPACK, format=left)], "matmul_block<tile>"
    math = _sum(prices.share("matmul_block", Unit.FPU, products), prices.share(start, Unit.FPU))
    return CallPrice(_sum(*shares), math, tiles=products)


def _on_dst(prices: CallPrices, call: Call, _accumulates: bool) -> CallPrice:
    return CallPrice(math=prices.share(call.name, Unit.SFPU))


def _applied(prices: CallPrices, call: Call, _accumulates: bool) -> CallPrice:
    assert isinstance(call, functions.Apply)
    made = call.row.call_in(NEWEST, call.format.name if call.format else "")
    mode = vector_modes.BY_NAME.get(call.vector_mode, vector_modes.WHOLE)
    return CallPrice(math=prices.share(made.key if made else call.name, Unit.SFPU, mode.share))


def _packed(prices: CallPrices, call: Call, accumulates: bool) -> CallPrice:
    tiles = call.tiles if isinstance(call, moves.PackBlock) else 1
    name = "pack_tile<accumulate>" if accumulates else "pack_tile"
    return CallPrice(pack=prices.share(name, Unit.PACK, tiles, call.buffers[0].dtype.name))


def _laid_out(prices: CallPrices, call: Call, _accumulates: bool) -> CallPrice:
    assert isinstance(call, layouts.LayoutChange)
    source, target = (buffer.dtype.name for buffer in call.buffers)
    unpack = prices.share(call.name, Unit.UNPACK, call.taken, source)
    pack = prices.share(call.name, Unit.PACK, call.taken, target)
    if isinstance(call, layouts.Untilize):
        pack = _sum(pack, prices.share(f"{call.name}<call>", Unit.PACK))
    return CallPrice(unpack, prices.share(call.name, Unit.FPU, call.taken), pack, call.taken)


def _untilized(prices: CallPrices, call: Call, _accumulates: bool) -> CallPrice:
    """The packer's part of `pack_untilize_block`, which has the rows: both pack by the same call of its own."""
    assert isinstance(call, layouts.UntilizeDest)
    name = "pack_untilize_block"
    tiles = prices.share(name, Unit.PACK, call.part, call.buffers[0].dtype.name)
    return CallPrice(pack=_sum(tiles, prices.share(f"{name}<call>", Unit.PACK)))


# --------------------------------------------------------------------------------------------------------- inits


def _set(*units: Unit) -> Price:
    """A call that sets units."""

    def price(prices: CallPrices, call: Call, _accumulates: bool) -> CallPrice:
        return _init(prices, call.name, *units)

    return price


def _init(prices: CallPrices, name: str, *units: Unit) -> CallPrice:
    shares = {_LANES[unit]: prices.init(name, unit) for unit in units}
    return CallPrice(shares.get(Lane.UNPACK, NONE), shares.get(Lane.MATH, NONE), shares.get(Lane.PACK, NONE))


_LANES = {Unit.UNPACK: Lane.UNPACK, Unit.FPU: Lane.MATH, Unit.SFPU: Lane.MATH, Unit.PACK: Lane.PACK}


def _init_of_fpu(prices: CallPrices, call: Call, _accumulates: bool) -> CallPrice:
    """Half of the init of both, which has the rows."""
    assert isinstance(call, eltwise.BinaryMathInit)
    return _init(prices, f"{call.kind}_tiles_init", Unit.FPU)


def _init_of_reduction(prices: CallPrices, call: Call, _accumulates: bool) -> CallPrice:
    assert isinstance(call, reduction.ReduceInit)
    return _init(prices, f"{call.name}<{call.pool}, {call.dim}>", Unit.UNPACK, Unit.FPU, Unit.PACK)


def _end_of_reduction(prices: CallPrices, call: Call, _accumulates: bool) -> CallPrice:
    """It sets the packer, and SrcA where it names the data."""
    return _init(prices, call.name, *([Unit.UNPACK, Unit.FPU] if call.buffers else []), Unit.PACK)


def _init_of_function(prices: CallPrices, call: Call, _accumulates: bool) -> CallPrice:
    assert isinstance(call, functions.ApplyInit)
    return _init(prices, call.init.name, Unit.SFPU)


def _section(_prices: CallPrices, _call: Call, _accumulates: bool) -> CallPrice:
    return CallPrice(SECTION, SECTION, SECTION)


_PRICES: dict[type, Price] = {
    moves.Copy: _moved,
    moves.Transpose: _moved,
    moves.CopyDest: _on_dst,
    moves.Pack: _packed,
    moves.PackBlock: _packed,
    eltwise.Binary: _binary,
    eltwise.DestReuse: _reused,
    matmul.Matmul: _multiplied,
    reduction.Reduce: _reduced,
    functions.Apply: _applied,
    functions.Typecast: _on_dst,
    layouts.LayoutChange: _laid_out,
    configuration.Startup: _set(Unit.UNPACK, Unit.FPU, Unit.PACK),
    configuration.SourceFormats: _set(Unit.UNPACK, Unit.FPU),
    configuration.PackerFormat: _set(Unit.PACK),
    configuration.PackerAccumulation: _set(Unit.PACK),
    configuration.SectionCall: _section,
    FPUInit: _set(Unit.UNPACK, Unit.FPU),
    eltwise.BinaryMathInit: _init_of_fpu,
    eltwise.UnpackInit: _set(Unit.UNPACK),
    reduction.ReduceInit: _init_of_reduction,
    reduction.ReduceUninit: _end_of_reduction,
    layouts.UntilizeDest: _untilized,
    layouts.UntilizeDestInit: _set(Unit.PACK),
    layouts.UntilizeInit: _set(Unit.UNPACK, Unit.FPU, Unit.PACK),
    layouts.LayoutUninit: _set(Unit.UNPACK, Unit.PACK),
    functions.ApplyInit: _init_of_function,
    functions.TypecastInit: _set(Unit.SFPU),
    moves.CopyDestInit: _set(Unit.SFPU),
}
"""By the kind of call, or the one that it is derived from. What a section costs, the clock knows."""
