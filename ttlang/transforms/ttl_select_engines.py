"""
Chooses the unit for each function of a `ttl.compute`, and moves to DST what is needed there.

Add, sub and mul of two tiles in L1: the FPU takes both straight from L1, where the SFPU needs them in DST and about 180
cycles. Where the second tile is broadcast, the FPU repeats it on the way. Of a tile in DST and one in L1 the FPU takes
the first from DST, which saves a slot too. It computes where that costs less, by the chip's costs: also where it is
given one tile twice, or one that something else moves to DST. Not so where

- DST holds 32 bits and a result keeps them: the FPU adds with 11 bits of significand and reads 32-bit buffers as
  tf32, the SFPU computes in float32. Products of narrower formats are exact with all phases of the fidelity. A result
  that the FPU alone reads keeps tf32. With `allow_tf32` all of float32 does;
- a tile comes from a 32-bit DST, of which the FPU would take 16 bits;
- the tiles are integers, which the FPU's binary forms don't take.

A sum of tiles that is multiplied by a power of two, as a mean over 256 is, has that for its scaler. Another number
would lose bits, and is a scaler only where tf32 is enough.

A matmul adds to what its slot holds, so the sum of one and another tile starts from that tile. So does the sum of the
FPU's product of two tiles and a tile that was computed in DST. A broadcast that is no operand of the FPU is the sum of
a tile of zeros and the broadcast tile: exact, one form in all generations of the kernel API, and free of
`unary_bcast`'s fault with a 32-bit DST (docs/hardware.md, "Broadcast").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import frexp, ldexp

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, BlockArgument, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ttlang.analysis.dst import is_fpu, loads, reuses_dst
from ttlang.analysis.engine_costs import EngineCosts
from ttlang.dialects import ttkernel, ttl
from ttlang.dialects.attributes import f64_array
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.ttcore import TileType, tile_type
from ttlang.dialects.typed_values import owner_of, type_of
from ttlang.dialects.walking import operations_of
from ttlang.tables.dtypes import BF16, F32, DType
from ttlang.tables.fidelities import FIDELITIES
from ttlang.tables.functions import BY_NAME
from ttlang.tables.kernel_api import NEWEST, Generation, find_generation
from ttlang.transforms.pass_order import OrderedPass
from ttlang.transforms.rewriting import set_location

_FPU = ttl.EngineAttr(ttl.Engine.FPU)


@dataclass
class _Constants:
    """Tiles full of a number, which a compute thread makes once and keeps in buffers to its end."""

    kernel: ttl.KernelOp
    thread: ttl.ComputeThreadOp
    blocks: dict[tuple[float, DType], SSAValue] = field(default_factory=dict[tuple[float, DType], SSAValue])

    def block(self, name: str, value: float, dtype: DType, user: Operation) -> SSAValue:
        if (value, dtype) not in self.blocks:
            self.blocks[value, dtype] = self._make(name, value, dtype, user)
        return self.blocks[value, dtype]

    def _make(self, name: str, value: float, dtype: DType, user: Operation) -> SSAValue:
        taken = {op.name_.data for op in (*self.kernel.circular_buffers, *self.kernel.tensors)}
        names = (f"{name}_cb", f"{name}_{dtype.name}_cb", *(f"{name}{number}_cb" for number in range(len(taken) + 1)))
        unused = next(candidate for candidate in names if candidate not in taken)
        cb = ttl.CreateCBOp(unused, ttl.buffer_type((1, 1), tile_type(dtype), 1), compiler_made=True)
        cb.result.name_hint = unused
        Rewriter.insert_op(cb, InsertPoint.before(self.kernel.threads[0]))
        reserve = ttl.CBReserveOp(cb.result)
        wait = ttl.CBWaitOp(cb.result)
        fill = ttl.elementwise_op(BY_NAME["fill"]).create(
            operands=[],
            result_types=[tile_type(dtype)],
            properties={"parameters": f64_array([value])},
        )
        body = Block([fill, ttl.YieldOp(fill.results[0])])
        ops = (reserve, ttl.ComputeOp([], [reserve.block], Region(body)), ttl.CBPushOp(cb.result), wait)
        pop = ttl.CBPopOp(cb.result)
        for op in (cb, *ops, pop):
            set_location(op, user)
        Rewriter.insert_op(ops, InsertPoint.at_start(self.thread.body.block))
        Rewriter.insert_op(pop, InsertPoint.at_end(self.thread.body.block))
        return wait.block


@dataclass
class _Selector:
    """Works on the body of one `ttl.compute`."""

    compute: ttl.ComputeOp
    constants: _Constants
    generation: Generation

    def __post_init__(self) -> None:
        kernel = self.constants.kernel
        self._dst32 = kernel.dst32
        self._costs = EngineCosts(kernel)
        wide = (block for block in self.compute.outputs if block.type.element.dtype.needs_dst32)
        self._exact = kernel.keeps_float32 and not all(map(_is_tf32, wide))

    @property
    def _body(self) -> Block:
        return self.compute.body.block

    def run(self) -> None:
        for op in tuple(self._body.ops):
            if op.parent is None:
                # A part of one before it by now.
                continue
            match op:
                case ttl.BroadcastOp() if op.dim.data is ttl.Dim.NONE:
                    self._replace(op, op.input)
                case ttl.BroadcastOp():
                    self._broadcast(op)
                case ttl.ReduceSumOp() | ttl.ReduceMaxOp() if op.scaler is None:
                    self._give_scaler(op)
                case ttl.ElementwiseOp():
                    self._binary(op)
                case _:
                    pass
        for argument in self._body.args:
            _load(argument)

    # ---------------------------------------------------------------------------------- add, sub and mul

    def _binary(self, op: ttl.ElementwiseOp) -> None:
        if is_fpu(op) or not op.ROW.fpu or any(_dtype(tile).is_integer for tile in op.inputs):
            return
        if op.ROW.fpu == "add" and (self._start_from_addend(op) or self._add_product(op)):
            return
        if self._keeps_more(op, op.inputs):
            return
        pair = all(map(self._is_readable, op.inputs))
        if (pair or self._can_reuse(op)) and self._costs_less(op, pair):
            op.engine = _FPU

    def _keeps_more(self, op: ttl.ElementwiseOp, tiles: Sequence[SSAValue]) -> bool:
        """Whether outputs keep bits of a function of tiles in L1 that the FPU would lose."""
        if not self._exact:
            return False
        exact_product = op.ROW.fpu == "mul" and self.constants.kernel.fidelity == FIDELITIES[-1]
        return not exact_product or any(_dtype(tile).needs_dst32 for tile in tiles)

    def _can_reuse(self, op: ttl.ElementwiseOp) -> bool:
        """Whether one tile is in L1 and the other in a 16-bit DST, not needed after."""
        left, right = op.inputs
        in_dst, in_l1 = (left, right) if isinstance(right, BlockArgument) else (right, left)
        if self._dst32 or isinstance(in_dst, BlockArgument) or not in_dst.has_one_use():
            return False
        return isinstance(in_l1, BlockArgument) and _dtype(in_l1) is BF16

    def _costs_less(self, op: ttl.ElementwiseOp, pair: bool) -> bool:
        """Whether the FPU, with both tiles from L1 or one, is faster than the SFPU and the moves that it needs."""
        if all(tile.has_one_use() for tile in op.inputs):
            # Moves to DST alone take as long.
            return True
        costs, first = self._costs, _dtype(op.inputs[0])
        fpu = costs.fpu(op.ROW.fpu, first) if pair else costs.reuse(op.ROW.fpu, first)
        sfpu = costs.sfpu(op)
        for tile in dict.fromkeys(op.inputs):
            if isinstance(tile, BlockArgument) and all(use.operation is op for use in tile.uses):
                sfpu = sfpu.beside(costs.move(_dtype(tile)))
        return fpu.busiest <= sfpu.busiest

    def _is_readable(self, tile: SSAValue) -> bool:
        """Whether the FPU can read a tile from L1, and has all the bits of it that anyone takes."""
        if not isinstance(tile, BlockArgument):
            return False
        if not _dtype(tile).needs_dst32 or _is_tf32(self.compute.inputs[tile.index]):
            return True
        return _dtype(tile) is F32 and not self.constants.kernel.keeps_float32

    def _start_from_addend(self, op: ttl.ElementwiseOp) -> bool:
        """A sum with a matmul becomes a matmul that starts from the other tile."""
        for product, addend in (tuple(op.inputs), tuple(reversed(op.inputs))):
            matmul = product.owner
            if isinstance(matmul, ttl.MatmulOp) and matmul.addend is None and product.has_one_use():
                new = ttl.MatmulOp(
                    matmul.lhs, matmul.rhs, op.result.type, addend=addend, transpose=matmul.transpose is not None
                )
                set_location(new, matmul)
                Rewriter.insert_op(new, InsertPoint.before(op))
                self._replace(op, new.result)
                matmul.detach()
                matmul.erase()
                return True
        return False

    def _add_product(self, op: ttl.ElementwiseOp) -> bool:
        """
        A sum with a product of the FPU: that is added to the other tile in DST, where nobody keeps more bits than the
        FPU has. A sum of two products has one of them in DST.
        """
        for product, addend in (tuple(reversed(op.inputs)), tuple(op.inputs)):
            mul = product.owner
            if not isinstance(mul, ttl.ElementwiseOp) or not is_fpu(mul) or mul.ROW.fpu != "mul" or reuses_dst(mul):
                continue
            if self._exact or not product.has_one_use() or not _is_computed(addend) or addend is product:
                continue
            first, second = mul.inputs
            new = ttl.MulAddOp(first, second, addend, op.result.type, mul.broadcast)
            set_location(new, op)
            Rewriter.insert_op(new, InsertPoint.before(op))
            self._replace(op, new.result)
            mul.detach()
            mul.erase()
            return True
        return False

    # ------------------------------------------------------------------------ broadcasts and reductions

    def _broadcast(self, op: ttl.BroadcastOp) -> None:
        for user in {use.operation for use in op.result.uses}:
            if isinstance(user, ttl.ElementwiseOp) and self._takes_broadcast(user, op):
                first, second = user.inputs
                user.operands = [second if first is op.result else first, op.input]
                user.engine = _FPU
                user.broadcast = op.dim
        if not op.result.uses:
            op.detach()
            op.erase()
            return
        zeros = self._constant("zeros", 0.0, _dtype(op.input), op)
        add = ttl.elementwise_op(BY_NAME["add"])([zeros, op.input], op.result.type)
        add.engine = _FPU
        add.broadcast = op.dim
        set_location(add, op)
        Rewriter.insert_op(add, InsertPoint.before(op))
        self._replace(op, add.result)

    def _takes_broadcast(self, user: ttl.ElementwiseOp, op: ttl.BroadcastOp) -> bool:
        """Whether the FPU computes `user` with its second tile, or one as good as the second, broadcast."""
        if not user.ROW.fpu or is_fpu(user):
            return False
        first, second = user.inputs
        other = second if first is op.result else first
        if self._keeps_more(user, (other, op.input)):
            return False
        if first is op.result and user.ROW.fpu == "sub":
            return False
        call = ttkernel.FPU_BROADCAST[user.ROW.fpu, op.dim.data.value]
        if call.SPELLING.at(self.generation) is None:
            return False
        return self._is_readable(other)

    def _give_scaler(self, op: ttl.ReduceOp) -> None:
        product = _scaled(op)
        number = None if product is None else self._scaler_of(op, product.parameter_values[0])
        if product is not None and number is not None:
            scaler = self._constant("scale", number, _dtype(op.input), op)
            self._replace(product, op.result)
        else:
            scaler = self._constant("ones", 1.0, _dtype(op.input), op)
        new = type(op)(op.dim.data, op.input, op.result.type, scaler)
        set_location(new, op)
        Rewriter.insert_op(new, InsertPoint.before(op))
        self._replace(op, new.result)

    def _scaler_of(self, op: ttl.ReduceOp, number: float) -> float | None:
        """
        What the terms of a sum are multiplied by in place of their sum; None where that loses bits. A power of two has
        them all; where tf32 is enough, other numbers have those that the FPU takes of them.
        """
        kernel = self.constants.kernel
        if not _SMALLEST <= number <= 1 / _SMALLEST:
            return None
        if frexp(number)[0] == 0.5:
            return number
        is_tf32 = _dtype(op.input) is F32 and not kernel.keeps_float32
        return _in_bits(number, _FACTOR) if is_tf32 and kernel.fidelity == FIDELITIES[-1] else None

    def _constant(self, name: str, value: float, dtype: DType, user: Operation) -> SSAValue:
        """The tile of a constant block, as an argument of the body."""
        block = self.constants.block(name, value, dtype, user)
        inputs, constant = self.compute.described_inputs, ttl.Input(block, "11")
        for known, argument in zip(inputs, self._body.args, strict=True):
            if known == constant:
                return argument
        self.compute.set_inputs([*inputs, constant])
        argument = self._body.insert_arg(tile_type(dtype), len(self._body.args))
        argument.name_hint = name
        return argument

    def _replace(self, op: Operation, value: SSAValue) -> None:
        value.name_hint = value.name_hint or op.results[0].name_hint
        op.results[0].replace_all_uses_with(value)
        op.detach()
        op.erase()


def _is_computed(tile: SSAValue) -> bool:
    """Whether a tile is in DST as what is computed there, which nothing else asks for."""
    return isinstance(tile.owner, Operation) and not loads(tile.owner) and tile.has_one_use()


def _dtype(tile: SSAValue) -> DType:
    return type_of(tile, TileType).dtype


def _scaled(op: ttl.ReduceOp) -> ttl.ElementwiseOp | None:
    """The product of a sum with a number. Of both dimensions the scaler would count twice (docs/numerics.md)."""
    if not isinstance(op, ttl.ReduceSumOp) or op.dim.data is ttl.Dim.SCALAR or not op.result.has_one_use():
        return None
    user = next(iter(op.result.uses)).operation
    return user if isinstance(user, ttl.ElementwiseOp) and user.ROW.name == "mul_unary" else None


def _in_bits(number: float, bits: int) -> float:
    """The nearest number with so many bits of significand."""
    fraction, exponent = frexp(number)
    return ldexp(round(ldexp(fraction, bits)), exponent - bits)


_FACTOR = 10
"""Bits that all phases take of either factor of a product (docs/numerics.md): SrcA gives no more."""
_SMALLEST = 2.0**-24
"""Of a number that terms are multiplied by: so much nearer to the ends of float32's range they are than their sum."""


def _is_tf32(block: SSAValue) -> bool:
    """Whether nobody takes more of a float32 block than the FPU does."""
    acquire = block.owner
    return isinstance(acquire, ttl.AcquireOp) and owner_of(acquire.cb, ttl.CreateCBOp).tf32 is not None


def _reads_l1(op: Operation, operand: SSAValue) -> bool:
    """Whether the unit takes an operand from L1."""
    if isinstance(op, ttl.MatmulOp | ttl.MulAddOp):
        return operand is not op.addend
    return is_fpu(op) or isinstance(op, ttl.FromL1Op)


def _load(argument: BlockArgument) -> None:
    """Moves the tile of an input to DST for all its users that want it there."""
    users = [op for op in argument.block.ops if argument in op.operands and not _reads_l1(op, argument)]
    if not users:
        return
    copy = ttl.CopyTileOp(argument)
    copy.location = users[0].location
    copy.result.name_hint = argument.name_hint
    Rewriter.insert_op(copy, InsertPoint.at_start(argument.block))
    for op in users:
        op.operands = [copy.result if operand is argument else operand for operand in op.operands]


@dataclass(frozen=True)
class TTLSelectEnginesPass(OrderedPass):
    """
    Sets `engine` on functions for the FPU and inserts `ttl.copy_tile`. Makes the tiles of ones and zeros that
    reductions and broadcasts need.
    """

    name = "ttl-select-engines"
    needs = frozenset({Guarantee.COMPUTE, Guarantee.DST_WIDTH})
    gives = frozenset({Guarantee.ENGINES})
    metal_api: str = NEWEST.name

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        generation = find_generation(self.metal_api)
        for kernel in op.ops:
            if not isinstance(kernel, ttl.KernelOp):
                continue
            for thread in kernel.threads:
                if not isinstance(thread, ttl.ComputeThreadOp):
                    continue
                constants = _Constants(kernel, thread)
                for compute in operations_of(thread, ttl.ComputeOp):
                    _Selector(compute, constants, generation).run()
