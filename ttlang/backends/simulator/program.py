"""What the simulator knows of a `ttkernel.program` before it runs: buffers, tensors and kernels as plain records."""

from __future__ import annotations

import math
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

from xdsl.dialects.builtin import DenseArrayBase, IntegerType, SymbolRefAttr
from xdsl.ir import Operation

from ttlang.analysis.locations import span_of
from ttlang.diagnostics import Span, error
from ttlang.dialects import ttkernel
from ttlang.dialects.ttcore import Memory, TensorType
from ttlang.dialects.ttkernel import layouts
from ttlang.dialects.walking import operations_of
from ttlang.tables.chips import Chip, find_chip
from ttlang.tables.dtypes import F32, DType

FILLING = (ttkernel.CBReserveBackOp, ttkernel.CBPushBackOp)
"""What the producer of a buffer calls."""
DRAINING = (ttkernel.CBWaitFrontOp, ttkernel.CBPopFrontOp)
"""What the consumer of a buffer calls."""

TILE_OPS = (
    ttkernel.CopyTileOp,
    ttkernel.CopyDestValuesOp,
    ttkernel.PackTileOp,
    ttkernel.PackTileBlockOp,
    ttkernel.FPUBinaryOp,
    ttkernel.BinaryDestReuseTilesOp,
    ttkernel.MatmulBlockOp,
    ttkernel.ReduceTileOp,
    ttkernel.TransposeTileOp,
    ttkernel.SFPUTileOp,
    ttkernel.TypecastTileOp,
    *layouts.BLOCKS,
)
"""Calls on tiles."""
CONFIGURATION_OPS = (
    ttkernel.ComputeKernelHWStartupOp,
    ttkernel.ReconfigDataFormatOp,
    ttkernel.ReconfigDataFormatSrcAOp,
    ttkernel.ReconfigDataFormatSrcBOp,
    ttkernel.PackReconfigDataFormatOp,
    ttkernel.PackReconfigL1AccOp,
    ttkernel.CopyTileInitOp,
    ttkernel.FPUBinaryInitOp,
    ttkernel.BinaryDestReuseTilesInitOp,
    ttkernel.MatmulBlockInitOp,
    ttkernel.ReduceInitOp,
    ttkernel.ReduceUninitOp,
    ttkernel.TransposeInitOp,
    ttkernel.SFPUInitOp,
    ttkernel.CopyDestValuesInitOp,
    ttkernel.TypecastTileInitOp,
    *layouts.INITS,
    *layouts.UNINITS,
    ttkernel.TileRegsAcquireOp,
    ttkernel.TileRegsCommitOp,
    ttkernel.TileRegsWaitOp,
    ttkernel.TileRegsReleaseOp,
)
"""Calls that change what the compute unit is set to."""
REMOTE_OPS = (
    ttkernel.ConvertLogicalXOp,
    ttkernel.ConvertLogicalYOp,
    ttkernel.GetNocAddrOp,
    ttkernel.GetLocalNocAddrOp,
    ttkernel.GetNocMulticastAddrOp,
    ttkernel.NocAsyncReadOp,
    ttkernel.NocAsyncWriteOp,
    ttkernel.MulticastOp,
    ttkernel.NocAsyncAtomicBarrierOp,
    ttkernel.GetSemaphoreOp,
    ttkernel.CastToL1PtrOp,
    ttkernel.WordOp,
    ttkernel.NocSemaphoreIncOp,
    ttkernel.NocSemaphoreIncMulticastOp,
    ttkernel.NocSemaphoreSetRemoteOp,
    ttkernel.NocSemaphoreSetMulticastOp,
)
"""Calls that reach other cores, or semaphores."""
SIGNALS = (
    ttkernel.NocSemaphoreSetOp,
    ttkernel.NocSemaphoreIncOp,
    ttkernel.NocSemaphoreIncMulticastOp,
    ttkernel.NocSemaphoreSetRemoteOp,
    ttkernel.NocSemaphoreSetMulticastOp,
)
"""Calls that change semaphores."""
_DATA_MOVEMENT_ONLY = (
    *ttkernel.TENSOR_READS,
    *ttkernel.TENSOR_WRITES,
    ttkernel.NocAsyncReadBarrierOp,
    ttkernel.NocAsyncWriteBarrierOp,
    ttkernel.NocAsyncWritesFlushedOp,
    ttkernel.GetReadPtrOp,
    ttkernel.GetWritePtrOp,
    ttkernel.GetTileSizeOp,
    *REMOTE_OPS,
)

CACHE_LINE = 64
"""Rows of the array that holds L1 start at multiples of this many bytes."""


@dataclass(frozen=True, eq=False, slots=True)
class BufferInfo:
    """A circular buffer, the same on every core."""

    name: str
    number: int
    """Its place in `ProgramInfo.buffers`."""
    pages: int
    page_bytes: int
    dtype: DType
    address: int
    """L1 address of its first page."""
    offset: int
    """The same place, counted from the lowest buffer's address."""
    unpack_to_dest: bool
    landing: bool = False
    """Other cores write into it; nothing is pushed or popped."""

    @property
    def unpack_format(self) -> str:
        """What a source register is set to for it: float32 has one format on its way to DST, and one for the FPU."""
        if self.dtype is not F32:
            return self.dtype.name
        return f"{F32.name} for DST" if self.unpack_to_dest else f"{F32.name} for the FPU"

    @property
    def total_bytes(self) -> int:
        return self.pages * self.page_bytes


@dataclass(frozen=True, eq=False, slots=True)
class TensorInfo:
    """A tensor of the program."""

    name: str
    number: int
    """Its place in `ProgramInfo.tensors`."""
    index: int
    """Which of the tensors that the program is run with."""
    type: TensorType
    address: int
    """What stands for the address that the host passes to kernels: different for each tensor, and no more."""
    alignment: int
    """Bytes to which the L1 end of a read of its pages is aligned."""

    @property
    def dtype(self) -> DType:
        return self.type.element.dtype


@dataclass(frozen=True)
class LaterEnds:
    """Numbers of the buffers that a kernel's text pushes or pops, whether or not a run has come to it."""

    fills: AbstractSet[int] = frozenset()
    drains: AbstractSet[int] = frozenset()
    fills_another: bool = False
    """Whether it pushes pages of a buffer, and the text does not tell of which."""
    drains_another: bool = False


NO_LATER_ENDS = LaterEnds()


@dataclass(frozen=True, eq=False, slots=True)
class KernelInfo:
    """The kernel of one thread."""

    op: ttkernel.KernelOp
    name: str
    """The name of the Python function that it comes from."""
    thread: ttkernel.Thread
    tensors: tuple[TensorInfo, ...]
    """Those whose addresses are its common runtime arguments."""
    arguments: tuple[tuple[int, ...], ...]
    """For each core, its own runtime arguments."""
    fills: AbstractSet[int]
    """Numbers of the buffers that it reserves or pushes."""
    drains: AbstractSet[int]
    """Numbers of the buffers that it waits for or pops."""
    reads: frozenset[int]
    """Numbers of the tensors it may read pages of."""
    writes: frozenset[int]
    """Numbers of the tensors it may write pages of."""
    noc: int = 0
    """Of a data movement kernel: the NOC that it uses."""
    cores: frozenset[int] | None = None
    """The cores that it runs on; None for all."""
    later: LaterEnds = NO_LATER_ENDS
    """Of a kernel that is open: what it may come to."""
    open: bool = False
    """What it calls is known only when it runs: `fills` and `drains` grow, and any thread may work on any buffer."""

    @property
    def is_compute(self) -> bool:
        return self.thread is ttkernel.Thread.COMPUTE

    def runs_on(self, core: int) -> bool:
        return self.cores is None or core in self.cores

    @property
    def span(self) -> Span | None:
        return span_of(self.op)


class ProgramInfo:
    """A program, read once. Raises a DiagnosticError for a program that no machine could be set up for."""

    def __init__(self, op: ttkernel.ProgramOp):
        self.op = op
        self.architecture: Chip = find_chip(op.arch.data)
        self.generation = op.metal_api.data
        self.dst32 = op.dst32
        self.dst_tiles = self.architecture.dst_tiles(dst32=op.dst32, full_sync=bool(op.dst_full_sync_en))
        self.fidelity = op.math_fidelity.data
        self.columns = op.grid_sizes[0]
        self.cores = math.prod(op.grid_sizes)
        self.buffers = self._buffers()
        self.tensors = self._tensors()
        self.buffer_named = {buffer.name: buffer for buffer in self.buffers}
        self.tensor_named = {tensor.name: tensor for tensor in self.tensors}
        self.kernels = tuple(self._kernel(kernel) for kernel in op.kernels)
        self._check_threads()

    def _check_threads(self) -> None:
        threads = [kernel.thread for kernel in self.kernels]
        if len(set(threads)) < len(threads):
            raise error("TTL0202", "two kernels for one processor", span_of(self.op))

    def _buffers(self) -> tuple[BufferInfo, ...]:
        return place_buffers(self.op, min((op.address.value.data for op in self.op.circular_buffers), default=0))

    @property
    def communicates(self) -> bool:
        """Whether its cores talk to each other."""
        return bool(self.op.semaphores)

    @property
    def finds_landings(self) -> bool:
        """Whether what buffers other cores write into shows only when they do."""
        return False

    @property
    def core_bytes(self) -> int:
        """Bytes of a core's row in the array that holds L1: the buffers' window, rounded up."""
        used = max((buffer.offset + buffer.total_bytes for buffer in self.buffers), default=0)
        return -(-used // CACHE_LINE) * CACHE_LINE

    def position(self, core: int) -> tuple[int, int]:
        """Column and row of a core."""
        return core % self.columns, core // self.columns

    def buffer(self, name: SymbolRefAttr) -> BufferInfo:
        """The buffer that an operand of a call names."""
        return self.buffer_named[name.root_reference.data]

    def _tensors(self) -> tuple[TensorInfo, ...]:
        chip = self.architecture
        return tuple(
            TensorInfo(
                name=op.sym_name.data,
                number=number,
                index=op.index.value.data,
                type=op.type,
                address=(number + 1) * chip.dram_alignment,
                alignment=chip.dram_alignment if op.type.memory.data is Memory.DRAM else chip.l1_alignment,
            )
            for number, op in enumerate(self.op.tensors)
        )

    def _kernel(self, op: ttkernel.KernelOp) -> KernelInfo:
        arrays = (cast("DenseArrayBase[IntegerType]", array) for array in op.core_values)
        values = [tuple(int(v) for v in array.get_values()) for array in arrays]
        if any(len(row) != self.cores for row in values):
            raise error(
                "TTL0001", f"a per-core argument of '{op.sym_name.data}' has no value for each core", span_of(op)
            )
        calls = list(_calls(op))
        if found := check_placement(op, calls):
            raise error("TTL0601", found[1], span_of(found[0]))
        return KernelInfo(
            op=op,
            name=op.sym_name.data,
            thread=op.thread.data,
            tensors=tuple(self.tensor_named[name] for name in op.tensor_names),
            arguments=tuple(tuple(row[core] for row in values) for core in range(self.cores)),
            fills=frozenset(self.buffer(op.cb).number for op in calls if isinstance(op, FILLING)),
            drains=frozenset(self.buffer(op.cb).number for op in calls if isinstance(op, DRAINING)),
            reads=self._touched(calls, ttkernel.TENSOR_READS),
            writes=self._touched(calls, ttkernel.TENSOR_WRITES),
            noc=0 if op.thread.data is ttkernel.Thread.COMPUTE else op.thread.data.noc,
        )

    def _touched(self, calls: list[ttkernel.CallOp], kind: tuple[type[Operation], ...]) -> frozenset[int]:
        """Tensors that the kernel makes accessors of, if it has transfers of this kind at all."""
        if not any(isinstance(op, kind) for op in calls):
            return frozenset()
        direct = [_accessor_of(op, self.tensor_named) for op in calls if isinstance(op, kind)]
        if None not in direct:
            return frozenset(tensor.number for tensor in direct if tensor)
        made = [op for op in calls if isinstance(op, ttkernel.TensorAccessorArgsOp)]
        return frozenset(self.tensor_named[op.tensor.root_reference.data].number for op in made)


def tensor_of(accessor: Operation | None) -> str | None:
    """The name of the tensor that an accessor was made for, where it is plain to see."""
    if not isinstance(accessor, ttkernel.TensorAccessorOp):
        return None
    args = accessor.args.owner
    return args.tensor.root_reference.data if isinstance(args, ttkernel.TensorAccessorArgsOp) else None


def _accessor_of(op: Operation, tensors: dict[str, TensorInfo]) -> TensorInfo | None:
    assert isinstance(op, (*ttkernel.TENSOR_READS, *ttkernel.TENSOR_WRITES))
    owner = op.accessor.owner
    name = tensor_of(owner if isinstance(owner, Operation) else None)
    return tensors[name] if name is not None else None


def _calls(kernel: ttkernel.KernelOp) -> list[ttkernel.CallOp]:
    return operations_of(kernel, ttkernel.CallOp)


def place_buffers(program: ttkernel.ProgramOp, base: int) -> tuple[BufferInfo, ...]:
    ops = program.circular_buffers
    buffers = tuple(
        BufferInfo(
            name=op.sym_name.data,
            number=number,
            pages=op.pages.value.data,
            page_bytes=op.page_bytes,
            dtype=op.element.dtype,
            address=op.address.value.data,
            offset=op.address.value.data - base,
            unpack_to_dest=bool(op.unpack_to_dest_fp32),
            landing=op.landing is not None,
        )
        for number, op in enumerate(ops)
    )
    placed = sorted(buffers, key=lambda buffer: buffer.address)
    for low, high in pairwise(placed):
        if low.address + low.total_bytes > high.address:
            raise error("TTL0701", f"the buffers {low.name} and {high.name} overlap in L1", span_of(ops[high.number]))
    return buffers


def check_placement(kernel: ttkernel.KernelOp, calls: Sequence[Operation]) -> tuple[Operation, str] | None:
    """The first call that a kernel of this kind can't make, and a message about it."""
    compute = kernel.thread.data is ttkernel.Thread.COMPUTE
    wrong = _DATA_MOVEMENT_ONLY if compute else (*TILE_OPS, *CONFIGURATION_OPS)
    for op in calls:
        if isinstance(op, wrong):
            kind = "a compute" if compute else "a data movement"
            callee = op.name.removeprefix("ttkernel.")
            return op, f"{kind} kernel, '{kernel.sym_name.data}', can't call {callee}"
    return None
