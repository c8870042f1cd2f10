"""The configuration of the units: the startup, formats, what the packer does."""

from __future__ import annotations

from abc import ABC
from typing import ClassVar

from xdsl.dialects.builtin import (
    SymbolRefAttr,
    UnitAttr,
    i32,
)
from xdsl.ir import (
    SSAValue,
)
from xdsl.irdl import operand_def, opt_prop_def, prop_def

from ttlang.dialects.attributes import UNIT
from ttlang.dialects.definition import irdl_op_definition
from ttlang.dialects.ttkernel.call_families import ComputeOp, OneBufferOp, symbol
from ttlang.dialects.ttkernel.cpp_spelling import Flag, Spelling
from ttlang.dialects.ttkernel.facets import (
    Configuration,
    Configures,
    PackerFormat,
    Unit,
    facets,
)
from ttlang.tables.kernel_api import TTNN_0_81


@irdl_op_definition
class ComputeKernelHWStartupOp(ComputeOp):
    """Configures unpack, math and pack for these buffers' formats: once, before all else."""

    name = "ttkernel.compute_kernel_hw_startup"
    HEADER: ClassVar[str] = "compute_kernel_hw_startup.h"
    FACETS: ClassVar = facets(
        Configures(Configuration.STARTUP, sets=(Unit.EDGE_MASK, Unit.SRC_A, Unit.SRC_B, Unit.FPU_MODE, Unit.PACK)),
    )
    in0 = prop_def(SymbolRefAttr)
    in1 = prop_def(SymbolRefAttr)
    out = prop_def(SymbolRefAttr)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("in0", "in1", "out")
    assembly_format = "`(` $in0 `,` $in1 `,` $out `)` attr-dict"

    def __init__(self, in0: str | SymbolRefAttr, in1: str | SymbolRefAttr, out: str | SymbolRefAttr):
        super().__init__(properties={"in0": symbol(in0), "in1": symbol(in1), "out": symbol(out)})


class _SourceFormatOp(ComputeOp, ABC):
    """
    Sets formats of source registers. With `to_from_int8` the FPU's mode follows: that of integers where one of the
    formats set here asks for it (`DType.int8_math`), that of floats otherwise. Without, ttnn 0.69 leaves the mode
    alone; since 0.81 it follows always, so the two agree where it is there already.
    """

    HEADER: ClassVar[str] = "reconfig_data_format.h"
    SPELLING: ClassVar[Spelling] = Spelling(since=TTNN_0_81, before=Spelling(template=(Flag("to_from_int8"),)))
    to_from_int8 = opt_prop_def(UnitAttr)


class _OneSourceFormatOp(_SourceFormatOp, ABC):
    cb = prop_def(SymbolRefAttr)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("cb",)
    assembly_format = "`(` $cb `)` attr-dict"

    def __init__(self, cb: str | SymbolRefAttr, *, to_from_int8: bool = False):
        super().__init__(properties={"cb": symbol(cb), "to_from_int8": UNIT if to_from_int8 else None})


@irdl_op_definition
class ReconfigDataFormatSrcAOp(_OneSourceFormatOp):
    """Sets the format that SrcA (and a copy) unpacks from to that of the buffer."""

    name = "ttkernel.reconfig_data_format_srca"
    FACETS: ClassVar = facets(Configures(Configuration.FORMAT, sets=(Unit.SRC_A, Unit.FPU_MODE)))


@irdl_op_definition
class ReconfigDataFormatSrcBOp(_OneSourceFormatOp):
    """Sets the format that SrcB unpacks from to that of the buffer."""

    name = "ttkernel.reconfig_data_format_srcb"
    FACETS: ClassVar = facets(Configures(Configuration.FORMAT, sets=(Unit.SRC_B, Unit.FPU_MODE)))


@irdl_op_definition
class ReconfigDataFormatOp(_SourceFormatOp):
    """Sets the formats of both source registers."""

    name = "ttkernel.reconfig_data_format"
    FACETS: ClassVar = facets(Configures(Configuration.FORMAT, sets=(Unit.SRC_A, Unit.SRC_B, Unit.FPU_MODE)))
    in0 = prop_def(SymbolRefAttr)
    in1 = prop_def(SymbolRefAttr)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("in0", "in1")
    assembly_format = "`(` $in0 `,` $in1 `)` attr-dict"

    def __init__(self, in0: str | SymbolRefAttr, in1: str | SymbolRefAttr, *, to_from_int8: bool = False):
        super().__init__(
            properties={"in0": symbol(in0), "in1": symbol(in1), "to_from_int8": UNIT if to_from_int8 else None}
        )


@irdl_op_definition
class PackReconfigDataFormatOp(OneBufferOp):
    """Sets the format that pack writes to that of the buffer."""

    name = "ttkernel.pack_reconfig_data_format"
    HEADER: ClassVar[str] = "pack.h"
    FACETS: ClassVar = facets(Configures(Configuration.FORMAT, sets=(Unit.PACK,)))


@irdl_op_definition
class PackReconfigL1AccOp(ComputeOp):
    """
    From here on, pack adds to what L1 holds (`enable` is 1) or replaces it (0). `cb` is the buffer that it packs to:
    the packer must be set to its format before, since that setting undoes a part of this one on Blackhole.
    """

    name = "ttkernel.pack_reconfig_l1_acc"
    HEADER: ClassVar[str] = "pack.h"
    FACETS: ClassVar = facets(Configures(Configuration.FORMAT), PackerFormat("cb"))
    enable = operand_def(i32)
    cb = opt_prop_def(SymbolRefAttr)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("enable",)
    assembly_format = "(`to` $cb^)? `(` $enable `)` attr-dict"

    def __init__(self, enable: SSAValue, cb: str | SymbolRefAttr | None = None):
        super().__init__(operands=[enable], properties={"cb": None if cb is None else symbol(cb)})
