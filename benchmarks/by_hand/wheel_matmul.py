"""
ttnn's product of 32x32x32 tiles on 8x8 cores, with multicasts along rows and columns, beside ours of
`multicast_matmul.py`: matmul_multicore_reuse_mcast_2d_program_factory.cpp, for operands in DRAM that are not sharded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from comparison import Comparison, Pair
from cpp_programs import Program, Range, accessor_words
from multicast_matmul import COLUMNS, DEEP, GRID, HEIGHT, ROWS, TILES, WIDTH, Form, product
from wheel_programs import NULL, RELEASE, operations

from ttlang import ttnn

STEPS = TILES // DEEP
NAMES = {"cb_in0": 0, "cb_in1": 1, "cb_in0_sharded": 2, "cb_bias": 3, "cb_out": 4, "cb_intermed0": 5}
NAMES |= {"cb_sparsity": 6, "cb_in0_transposed": 10, "bias_ntiles": WIDTH, "num_active": 0}
LEFT, TOP = (0, 0, 0, ROWS - 1), (0, 0, COLUMNS - 1, 0)
"""The cores that send."""
ALONG_ROWS: tuple[tuple[Range, bool], ...] = (
    ((1, 0, COLUMNS - 1, 0), False),
    ((1, 1, COLUMNS // 2, ROWS - 1), False),
    ((COLUMNS // 2 + 1, 1, COLUMNS - 1, ROWS - 1), True),
)
ALONG_COLUMNS: tuple[tuple[Range, bool], ...] = (((0, 1, 0, ROWS - 1), False), *ALONG_ROWS[1:])
"""Those that receive, and whether they use the other NOC: the right half does."""


def program(form: Form, tensors: Sequence[Any]) -> Any:
    """The packer adds up in L1, as it does by default."""
    left, right, out = tensors
    sub_height, sub_width = (2, 2) if form.dst32 else (4, 2)
    made = Program(GRID, math_fidelity=ttnn.MathFidelity[form.fidelity], fp32_dest_acc_en=form.dst32)
    made.buffer(NAMES["cb_in0"], 2 * HEIGHT * DEEP)
    made.buffer(NAMES["cb_in1"], 2 * DEEP * WIDTH)
    if form.dst32:
        made.buffer(NAMES["cb_out"], HEIGHT * WIDTH)
        made.buffer(NAMES["cb_intermed0"], HEIGHT * WIDTH, ttnn.float32)
    else:
        made.buffer(NAMES["cb_out"], HEIGHT * WIDTH, also=[NAMES["cb_intermed0"]])
    _compute(made, form, sub_height, sub_width)
    _move_left(made, left)
    _move_right(made, right, out, sub_height, sub_width)
    return made.descriptor()


def _compute(made: Program, form: Form, sub_height: int, sub_width: int) -> None:
    blocks = (DEEP, HEIGHT // sub_height, HEIGHT * DEEP, sub_height * DEEP, WIDTH // sub_width, WIDTH * DEEP, WIDTH)
    subblock = sub_height, sub_width, sub_height * sub_width
    options = (0, 0, 0, 0)  # no untilized output, batches are known, nothing is transposed, no bias
    constants = (*blocks, STEPS, 1, 1, *subblock, 1, HEIGHT * WIDTH, *options)
    defines = {"PACKER_L1_ACC": 1} | ({"FP32_DEST_ACC_EN": 1} if form.dst32 else {})
    file = operations() / "matmul" / "device" / "kernels" / "compute" / "bmm_large_block_zm_fused_bias_activation.cpp"
    made.compute(file, constants, defines, named=NAMES)


def _move_left(made: Program, left: Any) -> None:
    xs, ys = left.device().chip.column_to_virtual, left.device().chip.row_to_virtual
    semaphores = made.semaphore(), made.semaphore()
    tensor, block = (1, TILES, DEEP, HEIGHT * TILES), (DEEP, HEIGHT, HEIGHT * DEEP)
    no_shards, no_padding = (0, 0, 0), (0, 0)
    receivers = COLUMNS - 1, COLUMNS - 1
    batches, no_sparsity = (TILES * TILES, 1, 1, 0), (0, 0, 1, 0)
    constants = (*tensor, *block, *no_padding, *no_shards, STEPS, 1, 1, *semaphores, *receivers, *batches, *no_sparsity)

    def sends(x: int, y: int) -> Sequence[int]:
        # On NOC 1 a rectangle begins with its last core.
        ends = xs[COLUMNS - 1], ys[y], xs[1], ys[y]
        return left.buffer_address(), y * HEIGHT * TILES, *ends, HEIGHT, 0

    made.mover(
        _mover("in0_sender_padding"),
        0,
        (),
        (*constants, 0, *accessor_words(left), *NULL, 1),
        sends,
        noc=1,
        cores=LEFT,
        named=NAMES,
    )
    constants = (HEIGHT * DEEP, STEPS, 1, 1, *semaphores, 1, 0)
    for cores, other in ALONG_ROWS:
        file = _mover("in0_receiver")
        made.mover(file, 0, (), constants, lambda x, y: (xs[0], ys[y]), noc=int(not other), cores=cores, named=NAMES)


def _move_right(made: Program, right: Any, out: Any, sub_height: int, sub_width: int) -> None:
    """The threads that also write the result."""
    xs, ys = right.device().chip.column_to_virtual, right.device().chip.row_to_virtual
    semaphores = made.semaphore(), made.semaphore()
    tensor, block = (1, TILES, DEEP * TILES, WIDTH), (WIDTH, DEEP, WIDTH * DEEP)
    receivers = ROWS - 1, ROWS - 1
    batches, no_sparsity = (TILES * TILES, 1, 1), (0, 0)
    result = (1, TILES, sub_width, sub_height * TILES, WIDTH, HEIGHT * TILES)
    result += (sub_width, sub_height, sub_width * sub_height, TILES * TILES)
    constants = (*tensor, *block, STEPS, 1, 1, *semaphores, *receivers, *batches, *no_sparsity, *result)
    across, down = WIDTH // sub_width, HEIGHT // sub_height

    def result_of(x: int, y: int) -> tuple[int, int]:
        return out.buffer_address(), y * HEIGHT * TILES + x * WIDTH

    def sends(x: int, y: int) -> Sequence[int]:
        ends = xs[x], ys[1], xs[x], ys[ROWS - 1]
        subblocks = WIDTH, down, sub_height, 0, across, across, sub_width, 0, 0
        return right.buffer_address(), x * WIDTH, *ends, 0, *result_of(x, y), *subblocks, 0, 0, 1

    def receives(x: int, y: int) -> Sequence[int]:
        subblocks = down, down, sub_height, 0, across, across, sub_width, 0, 0
        return xs[x], ys[0], *result_of(x, y), *subblocks, 1, 1

    made.mover(
        _mover("in1_sender_writer_padding"),
        1,
        (),
        (*constants, 0, 0, 0, 0, *accessor_words(right), *NULL, *accessor_words(out)),
        sends,
        noc=0,
        cores=TOP,
        named=NAMES,
    )
    constants = (WIDTH * DEEP, STEPS, 1, 1, *semaphores, 1, *result, 0, 0, *accessor_words(out))
    for cores, other in ALONG_COLUMNS:
        file = _mover("in1_receiver_writer_padding")
        made.mover(file, 1, (), constants, receives, noc=int(other), cores=cores, named=NAMES)


def _mover(name: str) -> Any:
    return operations() / "matmul" / "device" / "kernels" / "dataflow" / f"reader_bmm_tile_layout_{name}.cpp"


def _beside(form: Form) -> Pair:
    return replace(product(form), program=partial(program, form))


COMPARISONS = tuple(
    Comparison(name, 1.0, partial(_beside, form), release=RELEASE.name)
    for name, form in (
        ("matmul_HiFi4", Form()),
        ("matmul_HiFi2", Form("HiFi2")),
        ("matmul_HiFi4_32", Form(dst32=True)),
    )
)
