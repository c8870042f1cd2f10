"""Mistakes on the compute unit, in arithmetic and in the call of a program: the code, the line, the message."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tests.support.ttkernel_mistakes import BUFFERS, DST32, READY, START, TENSORS, check, check_compute, failure, here
from tests.support.ttkernel_programs import FILE, Tensor, integers, program, read_block, section, write_block, zeros
from ttlang.backends.simulator import run
from ttlang.diagnostics import DiagnosticError

# --------------------------------------------------------------------------------------------- configuration, DST


def test_call_before_the_startup():
    check_compute("TTL0804", "tile_regs_acquire before compute_kernel_hw_startup", here("tile_regs_acquire()"))


def test_second_startup():
    body = START + "\n" + here("compute_kernel_hw_startup(@x_cb, @y_cb, @o_cb)")
    check_compute("TTL0804", "a second compute_kernel_hw_startup", body)


ACQUIRED = READY + "ttkernel.tile_regs_acquire()\n"


@pytest.mark.parametrize(
    ("before", "call", "message"),
    [
        ("", "copy_tile(@x_cb, %c0, %c0)", "copy_tile needs copy_tile_init for bf16, but the last init .* is none"),
        (
            "ttkernel.add_tiles_init(@x_cb, @y_cb)",
            "copy_tile(@x_cb, %c0, %c0)",
            "needs copy_tile_init for bf16, but the last init of unpack and FPU is add_tiles_init for bf16, bf16",
        ),
        (
            "ttkernel.add_tiles_init(@x_cb, @y_cb)",
            "mul_tiles(@x_cb, @y_cb, %c0, %c0, %c0)",
            "mul_tiles needs mul_tiles_init for bf16, bf16, but",
        ),
        (
            "ttkernel.copy_tile_init(@x_cb)\nttkernel.copy_tile(@x_cb, %c0, %c0)",
            "abs_tile(%c0)",
            "abs_tile needs abs_tile_init, but the last init of SFPU is none",
        ),
        (
            "ttkernel.copy_tile_init(@x_cb)\nttkernel.copy_tile(@x_cb, %c0, %c0)\nttkernel.abs_tile_init()",
            "relu_tile(%c0)",
            "relu_tile needs relu_tile_init, but the last init of SFPU is abs_tile_init",
        ),
        (
            "ttkernel.copy_tile_init(@x_cb)\nttkernel.copy_tile(@x_cb, %c0, %c0)\nttkernel.abs_tile_init()",
            'copy_dest_values(%c0, %c1, "bf16")',
            "needs copy_dest_values_init, but the last init of SFPU is abs_tile_init",
        ),
        (
            "ttkernel.copy_tile_init(@x_cb)\nttkernel.copy_tile(@x_cb, %c0, %c0)\n"
            'ttkernel.typecast_tile_init("bf16", "u16")',
            'typecast_tile(%c0, "u16", "bf16")',
            "typecast_tile needs typecast_tile_init for u16, bf16, but .* typecast_tile_init for bf16, u16",
        ),
    ],
)
def test_wrong_init(before, call, message):
    check_compute("TTL0804", message, ACQUIRED + before + "\n" + here(call))


def test_init_for_buffers_of_other_formats():
    body = ACQUIRED + "ttkernel.add_tiles_init(@x_cb, @x_cb)\n" + here("add_tiles(@x_cb, @y_cb, %c0, %c0, %c0)")
    message = "needs add_tiles_init for bf16, bfp_bf8, but .* add_tiles_init for bf16, bf16"
    check_compute("TTL0804", message, body, formats=("bf16", "bfp_bf8", "bf16"))


@pytest.mark.parametrize(
    ("before", "call", "message"),
    [
        ("copy_tile_init(@y_cb)", "copy_tile(@y_cb, %c0, %c0)", "SrcA is set to bf16, but y_cb holds bfp_bf8"),
        (
            "sub_tiles_init(@y_cb, @x_cb)",
            "sub_tiles(@y_cb, @x_cb, %c0, %c0, %c0)",
            "SrcA is set to bf16, but y_cb holds bfp_bf8",
        ),
        (
            "reconfig_data_format(@x_cb, @x_cb)\nttkernel.sub_tiles_init(@x_cb, @y_cb)",
            "sub_tiles(@x_cb, @y_cb, %c0, %c0, %c0)",
            "SrcB is set to bf16, but y_cb holds bfp_bf8",
        ),
    ],
)
def test_wrong_source_format(before, call, message):
    body = ACQUIRED + f"ttkernel.{before}\n" + here(call)
    check_compute("TTL0805", message, body, formats=("bf16", "bfp_bf8", "bf16"))


def test_wrong_pack_format():
    body = READY + "ttkernel.pack_reconfig_data_format(@x_cb)\n"
    math = "ttkernel.copy_tile_init(@x_cb)\nttkernel.copy_tile(@x_cb, %c0, %c0)"
    body += section(math, here("pack_tile(%c0, @o_cb)"))
    message = "pack is set to bf16, but o_cb holds bfp_bf8"
    check_compute("TTL0805", message, body, formats=("bf16", "bf16", "bfp_bf8"))


def test_32_bit_format_without_32_bit_dst():
    body = ACQUIRED + "ttkernel.copy_tile_init(@x_cb)\n" + here("copy_tile(@x_cb, %c0, %c0)")
    message = "x_cb holds float32, but DST holds 16 bits a datum"
    check_compute("TTL0805", message, body, formats=("f32", "f32", "bf16"))


def test_fpu_reads_what_is_unpacked_to_dst():
    body = ACQUIRED + "ttkernel.add_tiles_init(@x_cb, @y_cb)\n" + here("add_tiles(@x_cb, @y_cb, %c0, %c0, %c0)")
    parts = {"formats": ("f32", "f32", "f32"), "flags": "unpack_to_dest_fp32 = true", "config": DST32}
    check_compute("TTL0805", "add_tiles reads x_cb, which is unpacked to DST", body, **parts)


def test_fpu_reads_integers():
    body = ACQUIRED + "ttkernel.add_tiles_init(@x_cb, @y_cb)\n" + here("add_tiles(@x_cb, @y_cb, %c0, %c0, %c0)")
    message = "add_tiles reads x_cb: the FPU has no int32 form"
    check_compute("TTL0805", message, body, formats=("si32", "si32", "si32"), config=DST32)


COPY = "ttkernel.copy_tile_init(@x_cb)\nttkernel.copy_tile(@x_cb, %c0, %c0)\n"
COMMIT = "ttkernel.tile_regs_commit()\n"
WAIT = "ttkernel.tile_regs_wait()\n"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (READY + "ttkernel.copy_tile_init(@x_cb)\n" + here("copy_tile(@x_cb, %c0, %c0)"), "copy_tile not between"),
        (ACQUIRED + here("tile_regs_acquire()"), "tile_regs_acquire out of order: math holds the DST section"),
        (READY + here("tile_regs_commit()"), "tile_regs_commit out of order: no DST section is open"),
        (ACQUIRED + here("tile_regs_wait()"), "tile_regs_wait out of order"),
        (ACQUIRED + COMMIT + here("tile_regs_release()"), "tile_regs_release out of order"),
        (
            ACQUIRED + COPY + here("pack_tile(%c0, @o_cb)"),
            "pack_tile not between tile_regs_wait and release",
        ),
        (ACQUIRED + COPY + COMMIT + WAIT + here("copy_tile(@x_cb, %c0, %c0)"), "copy_tile not between"),
        (ACQUIRED + COPY + COMMIT + WAIT + here("pack_tile(%c1, @o_cb)"), "reads DST slot 1, which this section"),
        (ACQUIRED + COPY + "ttkernel.abs_tile_init()\n" + here("abs_tile(%c3)"), "abs_tile reads DST slot 3, which"),
        (
            ACQUIRED + "ttkernel.copy_tile_init(@x_cb)\n" + here("copy_tile(@x_cb, %c0, %c8)"),
            "at DST slot 8: .* 8 tiles",
        ),
        (
            ACQUIRED
            + COPY
            + COMMIT
            + WAIT
            + "ttkernel.tile_regs_release()\nttkernel.tile_regs_acquire()\nttkernel.abs_tile_init()\n"
            + here("abs_tile(%c0)"),
            "abs_tile reads DST slot 0, which this section has not written",
        ),
    ],
)
def test_dst(body, message):
    check_compute("TTL0806", message, body)


def test_dst_is_smaller_with_32_bits():
    body = ACQUIRED + "ttkernel.copy_tile_init(@x_cb)\n" + here("copy_tile(@x_cb, %c0, %c4)")
    check_compute("TTL0806", "at DST slot 4: a section holds 4 tiles", body, config=DST32)
    full = f"{DST32}, dst_full_sync_en = true"
    body = ACQUIRED + "ttkernel.copy_tile_init(@x_cb)\nttkernel.copy_tile(@x_cb, %c0, %c7)\n"
    check_compute("TTL0806", "slot 8", body + here("copy_tile(@x_cb, %c0, %c8)"), config=full)


def test_kernel_end_inside_a_section():
    check_compute("TTL0806", "the kernel ends inside a DST section", ACQUIRED, line=10)


# ------------------------------------------------------------------------------------------------------ other things


@pytest.mark.parametrize("call", ["divsi", "remsi", "floordivsi"])
def test_division_by_zero(call):
    body = f"""
    %q = arith.{call} %c1, %n : i32 loc("{FILE}":123:5)
    ttkernel.cb_reserve_back(@x_cb, 1)
    %p = ttkernel.get_write_ptr(@x_cb)
    ttkernel.noc_async_read_page(%q, %x, %p)
    ttkernel.noc_async_read_barrier()
    """
    diagnostic = check("TTL0811", r"core \(1, 0\), thread 'read': .*zero", read=body, **ONE_CORE)
    assert diagnostic.span is not None
    assert diagnostic.span.column == 5


ONE_CORE = {"grid": (2, 1), "core_args": {"n": [5, 0]}}


def test_loop_that_does_not_advance():
    body = f"""
    scf.for %k = %c0 to %c4 step %n : i32 {{
      ttkernel.cb_reserve_back(@x_cb, 1)
    }} loc("{FILE}":123:5)
    """
    check("TTL0811", "thread 'read': a loop with step 0", read=body, **ONE_CORE)


def test_compute_calls_in_a_data_movement_kernel():
    check("TTL0601", "a data movement kernel, 'read', can't call tile_regs_acquire", read=here("tile_regs_acquire()"))
    diagnostic = failure(compute=here("noc_async_read_barrier()"))
    assert diagnostic.code == "TTL0601"


def test_overlapping_buffers():
    op = program(buffers=BUFFERS, tensors=TENSORS, read="ttkernel.cb_reserve_back(@x_cb, 1)")
    second = op.circular_buffers[1]
    second.properties["address"] = op.circular_buffers[0].address
    with pytest.raises(DiagnosticError, match="the buffers x_cb and y_cb overlap in L1"):
        run(op, [integers(8), zeros(8)])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([integers(7), zeros(8)], r"'x' is a tensor of 1x8 tiles of bfloat16: 8 pages of 2048 bytes, not 7 x 2048"),
        ([integers(8, format="f32"), zeros(8)], "8 pages of 2048 bytes, not 8 x 4096 of uint8"),
        ([integers(8)], "no tensor is given for 'o', number 1"),
    ],
)
def test_tensors_that_do_not_fit(given, message):
    diagnostic = failure(given=given, read="ttkernel.cb_reserve_back(@x_cb, 1)")
    assert diagnostic.code == "TTL0209"
    assert re.search(message, diagnostic.message)


def test_output_that_is_read_only():
    output = zeros(8)
    output.pages.flags.writeable = False
    parts = {"read": read_block("x_cb", "x", 1), "write": write_block("x_cb", "o", 1)}
    diagnostic = failure(given=[integers(8), output], **parts)
    assert diagnostic.code == "TTL0205"


def test_an_operation_that_the_simulator_does_not_know():
    body = f"""%q = arith.divui %c1, %c2 : i32 loc("{FILE}":123:5)\n%r = arith.addi %q, %q : i32"""
    check("TTL0001", "does not know 'arith.divui'", read=body)


def test_a_tensor_need_not_be_whole():
    """Values that are no numbers pass through transfers untouched."""
    values = np.full((8, 1024), np.nan, np.float32)
    x, o = Tensor(values), zeros(8)
    run(
        program(buffers=BUFFERS, tensors=TENSORS, read=read_block("x_cb", "x", 4), write=write_block("x_cb", "o", 4)),
        [x, o],
    )
    assert (o.pages[:4] == x.pages[:4]).all()
