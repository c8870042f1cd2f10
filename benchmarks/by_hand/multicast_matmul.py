"""
Products of 32x32x32 tiles on 8x8 cores: the first core of each row reads blocks of the left operand and sends them
along the row, the first one of each column those of the right operand.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Literal, NamedTuple

import torch
from comparison import Comparison, Pair
from cpp_programs import Program

from ttlang import ttl, ttnn

SIZE, GRID = 1024, (8, 8)
TILES = SIZE // 32
COLUMNS, ROWS = GRID
HEIGHT, WIDTH, DEEP = TILES // ROWS, TILES // COLUMNS, 4
"""Of the blocks, in tiles."""


class Form(NamedTuple):
    """What differs."""

    fidelity: Literal["HiFi2", "HiFi4"] = "HiFi4"
    dst32: bool = False
    bias: bool = False
    """Whether a bias is added, and gelu applied."""


def make_kernel(form: Form) -> Any:
    @ttl.operation(grid=GRID, math_fidelity=form.fidelity, fp32_dest_acc_en=form.dst32)
    def matmul(a, b, out):
        a_net = ttl.PipeNet([ttl.Pipe(src=(0, y), dst=(slice(1, COLUMNS), y)) for y in range(ROWS)])
        b_net = ttl.PipeNet([ttl.Pipe(src=(x, 0), dst=(x, slice(1, ROWS))) for x in range(COLUMNS)])
        a_dfb = ttl.make_dataflow_buffer_like(a, shape=(HEIGHT, DEEP), block_count=2)
        b_dfb = ttl.make_dataflow_buffer_like(b, shape=(DEEP, WIDTH), block_count=2)
        out_dfb = ttl.make_dataflow_buffer_like(out, shape=(HEIGHT, WIDTH), block_count=1)

        @ttl.compute()
        def compute():
            total = ttl.block.fill(0, shape=(HEIGHT, WIDTH))
            with out_dfb.reserve() as result:
                for _ in range(TILES // DEEP):
                    with a_dfb.wait() as av, b_dfb.wait() as bv:
                        total += av @ bv
                result.store(total)

        @ttl.datamovement()
        def read_b():
            x, _ = ttl.node()
            for k in range(0, TILES, DEEP):
                with b_dfb.reserve() as block:
                    if b_net.is_src():
                        ttl.copy(b[k : k + DEEP, x * WIDTH : (x + 1) * WIDTH], block).wait()
                        b_net.if_src(lambda pipe: ttl.copy(block, pipe).wait())
                    b_net.if_dst(lambda pipe: ttl.copy(pipe, block).wait())

        @ttl.datamovement()
        def read_a_and_write():
            x, y = ttl.node()
            for k in range(0, TILES, DEEP):
                with a_dfb.reserve() as block:
                    if a_net.is_src():
                        ttl.copy(a[y * HEIGHT : (y + 1) * HEIGHT, k : k + DEEP], block).wait()
                        a_net.if_src(lambda pipe: ttl.copy(block, pipe).wait())
                    a_net.if_dst(lambda pipe: ttl.copy(pipe, block).wait())
            with out_dfb.wait() as result:
                ttl.copy(result, out[y * HEIGHT : (y + 1) * HEIGHT, x * WIDTH : (x + 1) * WIDTH]).wait()

    return matmul


def make_kernel_with_bias(form: Form) -> Any:
    @ttl.operation(grid=GRID, math_fidelity=form.fidelity, fp32_dest_acc_en=form.dst32)
    def linear_gelu(a, b, bias, out):
        a_net = ttl.PipeNet([ttl.Pipe(src=(0, y), dst=(slice(1, COLUMNS), y)) for y in range(ROWS)])
        b_net, bias_net = (
            ttl.PipeNet([ttl.Pipe(src=(x, 0), dst=(x, slice(1, ROWS))) for x in range(COLUMNS)]) for _ in range(2)
        )
        a_dfb = ttl.make_dataflow_buffer_like(a, shape=(HEIGHT, DEEP), block_count=2)
        b_dfb = ttl.make_dataflow_buffer_like(b, shape=(DEEP, WIDTH), block_count=2)
        bias_dfb = ttl.make_dataflow_buffer_like(bias, shape=(1, WIDTH), block_count=1)
        out_dfb = ttl.make_dataflow_buffer_like(out, shape=(HEIGHT, WIDTH), block_count=1)

        @ttl.compute()
        def compute():
            total = ttl.block.fill(0, shape=(HEIGHT, WIDTH))
            for _ in range(TILES // DEEP):
                with a_dfb.wait() as av, b_dfb.wait() as bv:
                    total += av @ bv
            with bias_dfb.wait() as shift, out_dfb.reserve() as result:
                result.store(ttl.math.gelu(total + ttl.block.broadcast(shift, dims=[0])))

        @ttl.datamovement()
        def read_b():
            x, _ = ttl.node()
            for k in range(0, TILES, DEEP):
                with b_dfb.reserve() as block:
                    if b_net.is_src():
                        ttl.copy(b[k : k + DEEP, x * WIDTH : (x + 1) * WIDTH], block).wait()
                        b_net.if_src(lambda pipe: ttl.copy(block, pipe).wait())
                    b_net.if_dst(lambda pipe: ttl.copy(pipe, block).wait())
            with bias_dfb.reserve() as block:
                if bias_net.is_src():
                    ttl.copy(bias[0, x * WIDTH : (x + 1) * WIDTH], block).wait()
                    bias_net.if_src(lambda pipe: ttl.copy(block, pipe).wait())
                bias_net.if_dst(lambda pipe: ttl.copy(pipe, block).wait())

        @ttl.datamovement()
        def read_a_and_write():
            x, y = ttl.node()
            for k in range(0, TILES, DEEP):
                with a_dfb.reserve() as block:
                    if a_net.is_src():
                        ttl.copy(a[y * HEIGHT : (y + 1) * HEIGHT, k : k + DEEP], block).wait()
                        a_net.if_src(lambda pipe: ttl.copy(block, pipe).wait())
                    a_net.if_dst(lambda pipe: ttl.copy(pipe, block).wait())
            with out_dfb.wait() as result:
                ttl.copy(result, out[y * HEIGHT : (y + 1) * HEIGHT, x * WIDTH : (x + 1) * WIDTH]).wait()

    return linear_gelu


def program(form: Form, tensors: Sequence[Any]) -> Any:
    """
    By hand: the right operand comes by NOC 0, the left one by NOC 1, by which the result goes: writes to DRAM have
    the shorter ways there, and reads by the other one.
    """
    left, right, *bias, out = tensors
    sub_height, sub_width = (2, 2) if form.dst32 else (4, 2)
    steps = TILES // DEEP
    made = Program(GRID, math_fidelity=ttnn.MathFidelity[form.fidelity], fp32_dest_acc_en=form.dst32)
    made.buffer(0, 2 * HEIGHT * DEEP)
    made.buffer(1, 2 * DEEP * WIDTH)
    made.buffer(16, HEIGHT * WIDTH)
    if bias:
        made.buffer(2, WIDTH)
        made.buffer(24, HEIGHT * WIDTH)
    if form.dst32:
        made.buffer(24, HEIGHT * WIDTH, ttnn.float32)
    options = {"BIAS": len(bias), "WIDE": int(form.dst32)}
    made.compute("matmul_blocks.cpp", (HEIGHT, WIDTH, DEEP, steps, sub_height, sub_width), options)
    chip = out.device().chip
    xs, ys = chip.column_to_virtual, chip.row_to_virtual
    result = HEIGHT, WIDTH, sub_height, sub_width

    def result_of(x: int, y: int) -> int:
        return y * HEIGHT * TILES + x * WIDTH

    def from_left(x: int, y: int) -> Sequence[int]:
        if x:
            return result_of(x, y), xs[0], ys[y]
        return result_of(x, y), y * HEIGHT * TILES, xs[1], ys[y], xs[COLUMNS - 1], ys[y], COLUMNS - 1

    def from_top(x: int, y: int) -> Sequence[int]:
        if y:
            return result_of(x, y), xs[x], ys[0]
        return result_of(x, y), x * WIDTH, xs[x], ys[1], xs[x], ys[ROWS - 1], ROWS - 1

    operands = (
        (1, right, (DEEP, WIDTH, TILES, steps, DEEP * TILES), from_top, (0, 0, COLUMNS - 1, 0), (0, 1)),
        (0, left, (HEIGHT, DEEP, TILES, steps, DEEP), from_left, (0, 0, 0, ROWS - 1), (1, 0)),
    )
    for thread, (index, operand, block, arguments, senders, receivers) in enumerate(operands):
        words = index, *block, made.semaphore(), made.semaphore(), *result
        moved = [operand, *bias] if index else [operand]
        for sends in (1, 0):
            reads = moved if sends else []
            described = sum(len(ttnn.TensorAccessorArgs(each).get_compile_time_args()) for each in reads)
            flags = {"SENDS": sends, "BIAS": len(moved) - 1, "OUT": thread}
            flags |= {"OUT_ARGUMENTS": len(words) + described, "OUT_ADDRESS": len(reads), "OUT_ACROSS": TILES}
            made.mover(
                "matmul_operand.cpp",
                thread,
                [*reads, out] if thread else reads,
                words,
                arguments,
                cores=senders if sends else (*receivers, COLUMNS - 1, ROWS - 1),
                defines=flags,
            )
    return made.descriptor()


def product(form: Form) -> Pair:
    a, b = torch.randn(SIZE, SIZE).bfloat16(), (torch.randn(SIZE, SIZE) / SIZE**0.5).bfloat16()
    exact = a.double() @ b.double()
    sizes = a.double().abs() @ b.double().abs()
    # Up to 40 times the running sum is rounded to bfloat16, in DST and in L1; it is of random signs, and so hardly a
    # tenth of the sum of its parts' sizes.
    tolerance = 40 * 2.0**-9 * sizes / 10
    if not form.bias:
        return Pair(make_kernel(form), (a, b), partial(program, form), exact, tolerance)
    bias = torch.randn(1, SIZE).bfloat16()
    exact = torch.nn.functional.gelu(exact + bias.double())
    return Pair(make_kernel_with_bias(form), (a, b, bias), partial(program, form), exact, 1.13 * tolerance + 2.0**-8)


COMPARISONS = (
    Comparison("matmul_HiFi4", 1.0, partial(product, Form())),
    Comparison("matmul_HiFi2", 1.0, partial(product, Form("HiFi2"))),
    Comparison("matmul_bias_gelu", 1.0, partial(product, Form(bias=True))),
    Comparison("matmul_HiFi4_32", 1.0, partial(product, Form(dst32=True))),
)
