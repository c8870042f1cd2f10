"""A kernel that is built from values alone, as an importer would, and rules that are told at the given places."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp

from ttlang import host as ttnn
from ttlang.analysis.locations import location
from ttlang.diagnostics import DiagnosticError, Severity, Span
from ttlang.diagnostics.findings import Findings
from ttlang.dialects import ttl
from ttlang.driver.compiler import CompiledKernel, lower
from ttlang.driver.launch import simulate
from ttlang.frontend.blocks import acquired_blocks, copies, matrix_ops, stores
from ttlang.frontend.blocks.broadcasts import spread
from ttlang.frontend.blocks.elementwise import apply
from ttlang.frontend.blocks.finished_thread import finish
from ttlang.frontend.blocks.kernel_builder import KernelBuilder
from ttlang.frontend.blocks.tensor_slices import take_slice
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.values import BlockValue, Host, Spread
from ttlang.language.buffers import CircularBuffer
from ttlang.language.tensors import TensorParameter
from ttlang.settings.options import CompileOptions
from ttlang.tables.dtypes import BF16, F32, DType
from ttlang.tables.editions import EDITION_2026

SPAN = Span("model.py", 7, 3, 7, 20)
RNG = np.random.default_rng(1)


def buffer(name: str, *shape: int, dtype: DType = F32) -> CircularBuffer:
    made = CircularBuffer(dtype, shape, 2, None)
    made.name = name
    return made


class Building:
    """A kernel on one core, of tensors and of a buffer for each."""

    def __init__(self, tensors: Sequence[tuple[str, ttnn.Tensor, CircularBuffer]]):
        op = ttl.KernelOp("built", (1, 1), "wormhole_b0")
        op.location = location(SPAN)
        self.kernel = KernelBuilder(op, (1, 1), EDITION_2026)
        self.tensors = [TensorParameter(name, i, tensor) for i, (name, tensor, _) in enumerate(tensors)]
        self.buffers = [made for *_, made in tensors]
        for tensor in self.tensors:
            self.kernel.add_tensor(tensor, SPAN)
        for made in self.buffers:
            self.kernel.add_buffer(made, SPAN)

    def thread(self, kind: type[ttl.ThreadOp], name: str) -> ThreadBuilder:
        op = kind(name)
        self.kernel.add(op, location(SPAN))
        return ThreadBuilder(self.kernel, op, SPAN)

    def move(self, c: ThreadBuilder, index: int) -> None:
        """Copies all of a tensor to a block, or the block of the last to its tensor."""
        tensor, own = self.tensors[index], self.buffers[index]
        writes = index == len(self.tensors) - 1
        block = acquired_blocks.wait(c, own) if writes else acquired_blocks.reserve(c, own)
        window = take_slice(c, tensor, [Host(0), Host(0)], own.shape)
        copies.wait(c, copies.copy(c, block, window) if writes else copies.copy(c, window, block))
        acquired_blocks.release(c, block)

    def compiled(self) -> CompiledKernel:
        reads = self.thread(ttl.DataMovementThreadOp, "read")
        for index in range(len(self.tensors) - 1):
            self.move(reads, index)
        finish(reads)
        writes = self.thread(ttl.DataMovementThreadOp, "write")
        self.move(writes, len(self.tensors) - 1)
        finish(writes)
        module, options, findings = ModuleOp([self.kernel.op]), CompileOptions().resolved(), Findings()
        module.verify()
        return CompiledKernel(lower(module, options, findings), options, module)


def on_device(values: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> ttnn.Tensor:
    device = ttnn.open_device(device_id=0)
    return ttnn.from_numpy(values, dtype=ttnn.float32, layout=ttnn.TILE_LAYOUT, device=device)


def test_a_kernel_from_values_computes_what_it_says() -> None:
    x, y = (RNG.uniform(-1, 1, shape).astype(np.float32) for shape in ((64, 32), (32, 96)))
    row = RNG.uniform(-1, 1, (32, 96)).astype(np.float32)
    given = [on_device(each) for each in (x, y, row, np.zeros((64, 96), np.float32))]
    names, shapes = ("x", "y", "row", "out"), ((2, 1), (1, 3), (1, 3), (2, 3))
    building = Building([(n, t, buffer(f"{n}_cb", *s)) for n, t, s in zip(names, given, shapes, strict=True)])
    c = building.thread(ttl.ComputeThreadOp, "compute")
    blocks = [acquired_blocks.wait(c, each) for each in building.buffers[:3]]
    out = acquired_blocks.reserve(c, building.buffers[3])
    product = matrix_ops.matmul(c, blocks[0], blocks[1])
    biased = apply(c, "add", product, Spread(blocks[2], frozenset({0})))
    stores.store(c, out, apply(c, "mul", apply(c, "relu", biased), 0.5))
    for block in (out, *blocks):
        acquired_blocks.release(c, block)
    finish(c)
    assert not c.diagnostics
    simulate(building.compiled(), given)
    expected = np.maximum(x @ y + row[0], 0) * 0.5
    np.testing.assert_allclose(given[3].to_numpy(), expected, atol=0.02)


@pytest.fixture
def compute() -> tuple[ThreadBuilder, list[BlockValue]]:
    tensor = on_device(np.zeros((64, 64), np.float32))
    kinds = ((2, 2, F32), (1, 2, F32), (2, 2, BF16))
    made = [buffer(f"b{i}", *shape, dtype=dtype) for i, (*shape, dtype) in enumerate(kinds)]
    building = Building([(f"t{i}", tensor, each) for i, each in enumerate(made)])
    c = building.thread(ttl.ComputeThreadOp, "compute")
    c.build_at(SPAN)
    return c, [acquired_blocks.wait(c, each) for each in made[:2]] + [acquired_blocks.reserve(c, made[2])]


def test_formats_are_promoted_and_shapes_come_from_blocks(compute: tuple[ThreadBuilder, list[BlockValue]]) -> None:
    c, (whole, row, narrow) = compute
    total = apply(c, "add", narrow, whole)
    assert isinstance(total, BlockValue)
    assert (total.type.sizes, total.type.element.dtype) == ((2, 2), F32)
    assert spread(c, Spread(row, frozenset({0})), (2, 2)).type.sizes == (2, 2)
    assert isinstance(apply(c, "sub", 1.0, whole), BlockValue)


def test_mistakes_are_told_at_the_given_place(compute: tuple[ThreadBuilder, list[BlockValue]]) -> None:
    c, (whole, row, _) = compute
    other = Span("model.py", 9, 1, 9, 5)
    c.build_at(other)
    with pytest.raises(DiagnosticError) as found:
        apply(c, "add", whole, row)
    assert [(each.code, each.span) for each in found.value.diagnostics] == [("TTL0301", other)]
    with pytest.raises(DiagnosticError) as found:
        matrix_ops.matmul(c, row, row)
    assert found.value.diagnostics[0].code == "TTL0301"


def test_a_value_that_goes_nowhere_is_warned_of(compute: tuple[ThreadBuilder, list[BlockValue]]) -> None:
    c, (whole, *_) = compute
    apply(c, "exp", whole)
    finish(c)
    assert [(each.code, each.severity, each.span) for each in c.diagnostics] == [("TTL0602", Severity.WARNING, SPAN)]
