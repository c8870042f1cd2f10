"""Inits of unpack alone, and of the FPU alone: together they are one of both, and neither does the other's part."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.ttkernel_mistakes import BUFFERS, READY, check_compute, here
from tests.support.ttkernel_programs import integers, pops, program, push, read_block, section, write_block, zeros
from ttlang.backends.simulator import run

MATH = "ttkernel.llk_math_eltwise_binary_init"
UNPACK = "ttkernel.llk_unpack_ab_init"
OF = "(@x_cb, @y_cb)"


@pytest.mark.parametrize(
    "inits",
    [
        f'{MATH} "sub" "col" {OF}\n{UNPACK} "col" {OF}',
        f'{UNPACK} "col" {OF}\n{MATH} "sub" "col" {OF}',
        # Unpack does the same for all kinds.
        f'ttkernel.mul_bcast_cols_init{OF}\n{MATH} "sub" "col" {OF}',
        f'ttkernel.sub_bcast_rows_init{OF}\n{UNPACK} "col" {OF}\n{MATH} "sub" "col" {OF}',
        f'ttkernel.sub_bcast_cols_init{OF}\n{UNPACK} "col" {OF}',
    ],
)
def test_both(inits: str) -> None:
    tiles = integers(8, 1), integers(8, 2), zeros(8)
    subtracted = f"{inits}\nttkernel.sub_tiles_bcast_cols(@x_cb, @y_cb, %c0, %c0, %c0)"
    body = READY + section(subtracted, "ttkernel.pack_tile(%c0, @o_cb)") + push("o_cb") + pops("x_cb", "y_cb", pages=2)
    made = program(
        buffers=BUFFERS,
        tensors=[("x", 8), ("y", 8), ("o", 8)],
        compute=body.replace("reserve_back(@o_cb, 2)", "reserve_back(@o_cb, 1)"),
        read=read_block("x_cb", "x", 2) + read_block("y_cb", "y", 2),
        write=write_block("o_cb", "o", 1),
    )
    run(made, list(tiles))
    # The first rows of the upper faces, which follow each other.
    x, y, found = (each.values[0].reshape(4, 16, 16)[:2, 0] for each in tiles)
    np.testing.assert_array_equal(found, x - y[0, 0])


@pytest.mark.parametrize(
    ("inits", "message"),
    [
        (f'{MATH} "sub" "col" {OF}', "last init of unpack is none"),
        (f'{UNPACK} "col" {OF}', "last init of FPU is none"),
        (
            f'ttkernel.sub_bcast_rows_init{OF}\n{MATH} "sub" "col" {OF}',
            "last init of unpack is sub_bcast_rows_init for bf16, bf16",
        ),
        (
            f'{MATH} "add" "col" {OF}\n{UNPACK} "col" {OF}',
            "last init of FPU is llk_math_eltwise_binary_init for add, col",
        ),
        (
            f'ttkernel.sub_bcast_cols_init{OF}\n{UNPACK} "row" {OF}',
            "last init of unpack is llk_unpack_AB_init for row, bf16, bf16",
        ),
    ],
)
def test_one_that_is_wrong(inits: str, message: str) -> None:
    call = here("sub_tiles_bcast_cols(@x_cb, @y_cb, %c0, %c0, %c0)")
    needed = "sub_tiles_bcast_cols needs sub_bcast_cols_init for bf16, bf16, but the "
    check_compute("TTL0804", needed + message, f"{READY}ttkernel.tile_regs_acquire()\n{inits}\n{call}")
