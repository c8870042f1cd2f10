"""The language: what a kernel's author makes and calls. Plain objects, with no compiler in sight."""

from __future__ import annotations

from ttlang.language import block, later, math
from ttlang.language.block import where
from ttlang.language.blocks import Block
from ttlang.language.buffer_makers import (
    make_circular_buffer_like,
    make_dataflow_buffer_like,
    make_dfb,
    make_tensor_backed_dfb,
)
from ttlang.language.buffer_memory import DFBAddressScope, DFBAllocationGroup, make_dfb_allocation_group
from ttlang.language.buffers import CircularBuffer
from ttlang.language.conversion import typecast
from ttlang.language.declared_tensors import Tensor
from ttlang.language.elements import Element, raw_element_read, raw_element_write, read_index
from ttlang.language.fills import fill
from ttlang.language.grid import core, core_linear, grid_size, node
from ttlang.language.later import *
from ttlang.language.logical_kernels import PIPE_SOURCE_KERNEL, Kernel, KernelKind
from ttlang.language.loops import static_range
from ttlang.language.math import *
from ttlang.language.matrices import broadcast, matmul, reduce_max, reduce_sum, transpose
from ttlang.language.pipes import Pipe, PipeNet, if_pipe_dst, if_pipe_src
from ttlang.language.runtime_integers import RuntimeInt
from ttlang.language.semaphores import MulticastRemoteSemaphore, Semaphore, UnicastRemoteSemaphore
from ttlang.language.signposts import signpost
from ttlang.language.spaces import between, divisor_of, largest, one_of, per_chip
from ttlang.language.threads import Program, Thread, compute, datamovement
from ttlang.language.transfers import GroupTransfer, ReadyReceive, ReceiveRequest, Transfer, copy, wait_any
from ttlang.tables import dtypes

DFB = CircularBuffer
"""What a stage annotates a parameter with that is a buffer."""

TILE_SHAPE = (dtypes.TILE_HEIGHT, dtypes.TILE_WIDTH)
"""Elements of a tile, as (rows, columns)."""

power = math.power

bfloat16 = dtypes.BF16
float32 = dtypes.F32
bfloat8_b = dtypes.BFP8
bfloat4_b = dtypes.BFP4
int32 = dtypes.INT32
uint32 = dtypes.UINT32
uint16 = dtypes.UINT16
uint8 = dtypes.UINT8

# All functions of blocks stand here, too, as in `ttl.exp`. Their names are not in `__all__`: `from ttl import *` would
# put `ttl.max` in the place of Python's.
__all__: list[str] = [
    "DFB",
    "PIPE_SOURCE_KERNEL",
    "TILE_SHAPE",
    "Block",
    "CircularBuffer",
    "DFBAddressScope",
    "DFBAllocationGroup",
    "Element",
    "GroupTransfer",
    "Kernel",
    "KernelKind",
    "MulticastRemoteSemaphore",
    "Pipe",
    "PipeNet",
    "Program",
    "ReadyReceive",
    "ReceiveRequest",
    "RuntimeInt",
    "Semaphore",
    "Tensor",
    "Thread",
    "Transfer",
    "UnicastRemoteSemaphore",
    "between",
    "bfloat4_b",
    "bfloat8_b",
    "bfloat16",
    "block",
    "broadcast",
    "compute",
    "copy",
    "core",
    "core_linear",
    "datamovement",
    "divisor_of",
    "fill",
    "float32",
    "grid_size",
    "if_pipe_dst",
    "if_pipe_src",
    "int32",
    "largest",
    "make_circular_buffer_like",
    "make_dataflow_buffer_like",
    "make_dfb",
    "make_dfb_allocation_group",
    "make_tensor_backed_dfb",
    "math",
    "matmul",
    "node",
    "one_of",
    "per_chip",
    "power",
    "raw_element_read",
    "raw_element_write",
    "read_index",
    "reduce_max",
    "reduce_sum",
    "signpost",
    "static_range",
    "transpose",
    "typecast",
    "uint8",
    "uint16",
    "uint32",
    "wait_any",
    "where",
]
__all__ += later.__all__
