"""Decides how the compute units are configured, from the formats of the buffers and what the options ask for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.rewriter import Rewriter

from ttlang.analysis.locations import span_of
from ttlang.diagnostics import error
from ttlang.dialects import ttl
from ttlang.dialects.attributes import UNIT, bool_attr, string_attr
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.typed_values import type_of
from ttlang.dialects.walking import enclosing, operations_of
from ttlang.tables.dtypes import DType
from ttlang.transforms.pass_order import OrderedPass
from ttlang.transforms.rewriting import set_location
from ttlang.transforms.ttl_expand_functions import Expander

DEFAULT_FIDELITY = "HiFi4"


def _approximate(kernel: ttl.KernelOp) -> None:
    """Functions that the author lets be approximations."""
    for op in operations_of(kernel, ttl.ElementwiseOp):
        if op.ROW.approximation is None:
            continue
        made: list[ttl.ElementwiseOp] = []
        rows = Expander(made.append, type_of(op.result, ttl.BlockType))
        result = op.ROW.approximation(rows, *op.inputs, *op.parameter_values)
        for each in made:
            set_location(each, op)
        Rewriter.replace_op(op, made, [result])


def _refuse_wide(kernel: ttl.KernelOp) -> None:
    """
    A 16-bit DST can't take integers of 32 bits; floats would go through the host's choice of a 16-bit register format,
    which for float32 alone is IEEE half, with its range (docs/hardware.md, "Formats").
    """
    for op in _wide(kernel):
        dtype = _dtype(op)
        what = f"{op.name_.data} holds {dtype}" if isinstance(op, ttl.CreateCBOp) else f"this is converted to {dtype}"
        beside = "" if dtype.needs_dst32 else ", beside other formats"
        message = f"{what}{beside}, which a 16-bit DST can't"
        raise error("TTL0305", message, span_of(op), hint="leave fp32_dest_acc_en=False out")


def _wide(kernel: ttl.KernelOp) -> Iterator[ttl.CreateCBOp | ttl.TypecastOp]:
    """
    What needs a 32-bit DST: buffers, but those that other cores alone write into, then conversions to such a format,
    whose results no buffer need hold.
    """
    yield from (cb for cb in kernel.circular_buffers if _dtype(cb).needs_dst32 and cb.landing is None)
    yield from _between_modes(kernel)
    yield from (op for op in operations_of(kernel, ttl.TypecastOp) if _dtype(op).needs_dst32)


def _adds_up(kernel: ttl.KernelOp) -> bool:
    """
    Whether it computes sums of many terms, but for those that its author lets have 16 bits. A maximum is no sum: 16
    bits hold it.
    """
    narrow = {name.data for name in kernel.narrow_sums or ()}
    return any(op.name not in narrow for op in operations_of(kernel, ttl.MatmulOp, ttl.ReduceSumOp))


def _between_modes(kernel: ttl.KernelOp) -> list[ttl.CreateCBOp]:
    """
    Buffers of the compute thread that the FPU reads in its integer mode, where it has others as well: it goes from one
    mode to the other with a 32-bit DST only, and beside a source register of 8-bit integers the SFPU takes a 16-bit
    DST to hold IEEE halves (docs/hardware.md, "Init and formats").
    """
    computed = [cb for cb in kernel.circular_buffers if any(_is_in_compute(use.operation) for use in cb.result.uses)]
    integers = [cb for cb in computed if _dtype(cb).int8_math]
    return integers if len(integers) < len(computed) else []


def _is_in_compute(op: Operation) -> bool:
    return isinstance(enclosing(op, ttl.ThreadOp), ttl.ComputeThreadOp)


def _dtype(op: ttl.CreateCBOp | ttl.TypecastOp) -> DType:
    if isinstance(op, ttl.CreateCBOp):
        return op.result.type.element.dtype
    return type_of(op.result, ttl.BlockType).element.dtype


@dataclass(frozen=True)
class TTLSetComputeConfigPass(OrderedPass):
    """
    DST takes 32 bits a datum where any buffer has a 32-bit format, or a value is converted to one: such data would
    otherwise be shortened to 16 bits on its way. So it does where 8-bit integers are computed with beside another
    format, and, where the kernel's edition has wide sums, where it adds up: products of matrices, `reduce_sum`. That
    halves the tiles a DST section holds. Where an option is left at its default, what the kernel itself
    says of it stands.
    """

    name = "ttl-set-compute-config"
    needs = frozenset({Guarantee.BLOCK_EXPRESSIONS})
    gives = frozenset({Guarantee.DST_WIDTH})
    fp32_dest_acc_en: bool | None = None
    dst_full_sync_en: bool = False
    math_fidelity: str = DEFAULT_FIDELITY
    math_approx_mode: bool = False
    allow_tf32: bool = False

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for kernel in op.ops:
            if not isinstance(kernel, ttl.KernelOp):
                continue
            dst32 = self.fp32_dest_acc_en
            if dst32 is None and kernel.fp32_dest_acc_en is not None:
                dst32 = bool(kernel.fp32_dest_acc_en)
            if dst32 is None:
                dst32 = next(_wide(kernel), None) is not None
                if not dst32 and kernel.spoken.wide_sums and _adds_up(kernel):
                    dst32, kernel.wide_for_sums = True, UNIT
            if not dst32:
                _refuse_wide(kernel)
            kernel.fp32_dest_acc_en = bool_attr(dst32)
            full_sync = self.dst_full_sync_en or bool(kernel.dst_full_sync_en)
            approximates = self.math_approx_mode or bool(kernel.math_approx_mode)
            kernel.dst_full_sync_en = bool_attr(full_sync)
            if kernel.math_fidelity is None or self.math_fidelity != DEFAULT_FIDELITY:
                kernel.math_fidelity = string_attr(self.math_fidelity)
            kernel.math_approx_mode = bool_attr(approximates)
            if self.allow_tf32:
                kernel.allow_tf32 = UNIT
            if approximates:
                _approximate(kernel)
