"""Mistakes with matrix products, reductions, broadcasts, reuse of DST, transposes and the ways to pack."""

from __future__ import annotations

import re

import pytest

from tests.support.ttkernel_mistakes import BUFFERS, DST32, READY, START, check, check_compute, here
from tests.support.ttkernel_programs import loop, section

ACQUIRED = READY + "ttkernel.tile_regs_acquire()\n"
COPY = "ttkernel.copy_tile_init(@x_cb)\nttkernel.copy_tile(@x_cb, %c0, %c0)\n"
TO_PACK = "ttkernel.tile_regs_commit()\nttkernel.tile_regs_wait()\n"
MATMUL_INIT = "ttkernel.mm_block_init_short(@x_cb, @y_cb, 0, 1, 1, 1)\n"
MATMUL = "matmul_block(@x_cb, @y_cb, %c0, %c0, %c0, 0, 1, 1, 1)"
REDUCE_INIT = 'ttkernel.reduce_init "sum" "row" (@x_cb, @y_cb, @o_cb)\n'
REDUCE = 'reduce_tile "sum" "row" to @o_cb (@x_cb, @y_cb, %c0, %c0, %c0)'
REUSE_INIT = 'ttkernel.binary_dest_reuse_tiles_init "add" "srca" (@y_cb)\n'
REUSE = 'binary_dest_reuse_tiles "add" "srca" (@y_cb, %c0, %c0)'
BCAST_INIT = "ttkernel.mul_bcast_cols_init(@x_cb, @y_cb)\n"
BCAST = "mul_tiles_bcast_cols(@x_cb, @y_cb, %c0, %c0, %c0)"
TRANSPOSE_INIT = "ttkernel.transpose_wh_init_short(@x_cb)\n"
TRANSPOSE = "transpose_wh_tile(@x_cb, %c0, %c0)"


@pytest.mark.parametrize(
    ("before", "call", "message"),
    [
        ("", MATMUL, "matmul_block needs mm_block_init_short for bf16, bf16, ct = 1, .* but the last init .* is none"),
        (MATMUL_INIT.replace("0, 1, 1, 1", "0, 2, 1, 1"), MATMUL, "ct = 1, .* but .* ct = 2"),
        (MATMUL_INIT.replace("0, 1, 1, 1", "0, 1, 2, 1"), MATMUL, "rt = 1, .* but .* rt = 2"),
        (MATMUL_INIT.replace("0, 1, 1, 1", "0, 1, 1, 2"), MATMUL, "kt = 1, .* but .* kt = 2"),
        (MATMUL_INIT.replace("0, 1, 1, 1", "1, 1, 1, 1"), MATMUL, "transpose = 0, but .* transpose = 1"),
        (REDUCE_INIT.replace("sum", "max"), REDUCE, "needs reduce_init for sum, row, .* but .* for max, row"),
        (REDUCE_INIT.replace("row", "col"), REDUCE, "needs reduce_init for sum, row, .* but .* for sum, col"),
        (REDUCE_INIT, MATMUL, "needs mm_block_init_short .* but the last init of unpack and FPU is reduce_init"),
        (COPY + REUSE_INIT.replace("add", "sub"), REUSE, "for add, srca, bf16, but .* for sub, srca, bf16"),
        (COPY + REUSE_INIT.replace("srca", "srcb"), REUSE, "for add, srca, bf16, but .* for add, srcb, bf16"),
        (BCAST_INIT.replace("cols", "rows"), BCAST, "needs mul_bcast_cols_init .* but .* is mul_bcast_rows_init"),
        ("ttkernel.mul_tiles_init(@x_cb, @y_cb)\n", BCAST, "needs mul_bcast_cols_init .* but .* is mul_tiles_init"),
        (COPY, TRANSPOSE, "needs transpose_wh_init_short for bf16, but .* is copy_tile_init"),
        (TRANSPOSE_INIT, "copy_tile(@x_cb, %c0, %c0)", "needs copy_tile_init for bf16, but .* transpose_wh_init_short"),
        (REDUCE_INIT + "ttkernel.reduce_uninit()\n", REDUCE, "needs reduce_init .* but .* FPU is reduce_uninit"),
        ("ttkernel.copy_tile_init(@x_cb)\nttkernel.reduce_uninit()\n", COPY.splitlines()[1][9:], "is reduce_uninit"),
    ],
)
def test_wrong_init(before, call, message):
    diagnostic = check_compute("TTL0804", message, ACQUIRED + before + here(call))
    assert diagnostic.hint is not None
    assert re.fullmatch(r"\w+_init\w* must come before it", diagnostic.hint)


MIXED = ("bf16", "bfp_bf8", "bf16")


@pytest.mark.parametrize(
    ("before", "call", "message"),
    [
        # SrcA starts as bf16, SrcB as bfp_bf8: x is bf16, y is bfp_bf8.
        (MATMUL_INIT, MATMUL, "SrcA is set to bf16, but y_cb holds bfp_bf8"),
        (
            "ttkernel.reconfig_data_format_srca(@y_cb)\n" + MATMUL_INIT,
            MATMUL,
            "SrcB is set to bfp_bf8, but x_cb holds bf16",
        ),
        ("ttkernel.reconfig_data_format_srcb(@x_cb)\n" + BCAST_INIT, BCAST, "SrcB is set to bf16, but y_cb"),
        ("ttkernel.reconfig_data_format_srca(@y_cb)\n" + BCAST_INIT, BCAST, "SrcA is set to bfp_bf8, but x_cb"),
        (
            "ttkernel.reconfig_data_format_srcb(@x_cb)\n" + COPY + REUSE_INIT,
            REUSE,
            "SrcB is set to bf16, but y_cb holds bfp_bf8",
        ),
        (
            COPY + REUSE_INIT.replace("srca", "srcb"),
            REUSE.replace("srca", "srcb"),
            "SrcA is set to bf16, but y_cb holds bfp_bf8",
        ),
        ("ttkernel.reconfig_data_format_srca(@y_cb)\n" + TRANSPOSE_INIT, TRANSPOSE, "SrcA is set to bfp_bf8, but x_cb"),
        (REDUCE_INIT, REDUCE, "SrcA is set to bf16, but y_cb holds bfp_bf8"),
        (
            REDUCE_INIT.replace("@y_cb", "@x_cb"),
            REDUCE.replace("@y_cb", "@x_cb"),
            "SrcB is set to bfp_bf8, but x_cb holds bf16",
        ),
    ],
)
def test_wrong_source_format(before, call, message):
    check_compute("TTL0805", message, ACQUIRED + before + here(call), formats=MIXED)


FORMS = [
    (MATMUL_INIT, MATMUL),
    (REDUCE_INIT, REDUCE),
    (BCAST_INIT, BCAST),
    ("ttkernel.fill_tile_init()\nttkernel.fill_tile(%c0) [1.0]\n" + REUSE_INIT, REUSE),
]


@pytest.mark.parametrize(("before", "call"), FORMS)
def test_fpu_reads_what_is_unpacked_to_dst(before, call):
    before, call = before.replace("(@y_cb", "(@x_cb"), call.replace("(@y_cb", "(@x_cb")
    name = re.match(r"\w+", call).group()
    parts = {"formats": ("f32", "f32", "f32"), "flags": "unpack_to_dest_fp32 = true", "config": DST32}
    check_compute("TTL0805", f"{name} reads x_cb, which is unpacked to DST", ACQUIRED + before + here(call), **parts)


@pytest.mark.parametrize(("before", "call"), FORMS)
def test_fpu_reads_integers(before, call):
    body = ACQUIRED + before + here(call)
    check_compute("TTL0805", "the FPU has no int32 form", body, formats=("si32",) * 3, config=DST32)


def test_transpose_of_float32_needs_a_wide_dst():
    body = ACQUIRED + TRANSPOSE_INIT + here(TRANSPOSE)
    parts = {"formats": ("f32", "f32", "bf16"), "flags": "unpack_to_dest_fp32 = true"}
    check_compute("TTL0805", "x_cb holds float32, but DST holds 16 bits", body, **parts)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (READY + MATMUL_INIT + here(MATMUL), "matmul_block not between tile_regs_acquire and commit"),
        (ACQUIRED + REUSE_INIT + here(REUSE), "binary_dest_reuse_tiles reads DST slot 0, which this section has not"),
        (
            ACQUIRED
            + MATMUL_INIT.replace("0, 1, 1, 1", "0, 2, 2, 1")
            + here(MATMUL.replace("%c0, 0, 1, 1, 1", "%c6, 0, 2, 2, 1")),
            "matmul_block at DST slot 9: a section holds 8 tiles",
        ),
        (ACQUIRED + REDUCE_INIT + here(REDUCE.replace("%c0)", "%c8)")), "reduce_tile at DST slot 8"),
        (
            ACQUIRED + COPY + REDUCE_INIT.replace("sum", "max") + here(REDUCE.replace("sum", "max")),
            "reduce_tile goes on in DST slot 0, which holds no maxima of rows",
        ),
    ],
)
def test_dst(body, message):
    check_compute("TTL0806", message, body)


@pytest.mark.parametrize(
    ("sizes", "tiles", "message"),
    [
        ("0, 1, 2, 2", "%c0, %c0", "x_cb: reads tile 2 of a block of 2"),
        ("0, 3, 1, 1", "%c0, %c0", "y_cb: reads tile 2 of a block of 2"),
        ("0, 2, 2, 1", "%c1, %c0", "x_cb: reads tile 2 of a block of 2"),
        ("0, 2, 2, 1", "%c0, %c1", "y_cb: reads tile 2 of a block of 2"),
    ],
)
def test_matmul_outside_of_what_was_waited_for(sizes, tiles, message):
    call = here(f"matmul_block(@x_cb, @y_cb, {tiles}, %c0, {sizes})")
    body = ACQUIRED + MATMUL_INIT.replace("0, 1, 1, 1", sizes) + call
    check_compute("TTL0803", message, body)


def test_matmul_along_more_tiles_than_there_are():
    call = here("matmul_block(@x_cb, @y_cb, %i, %c0, %c0, 0, 1, 1, 1)")
    check_compute("TTL0803", "x_cb: reads tile 2 of a block of 2", ACQUIRED + MATMUL_INIT + loop(3, call))


# ---------------------------------------------------------------------------------------------------------- packs


def test_pack_while_the_packer_is_set_for_a_reduction():
    body = READY + section(COPY + REDUCE_INIT, here("pack_tile(%c0, @o_cb)"))
    diagnostic = check_compute("TTL0804", "pack_tile while the packer is set for a reduction", body)
    assert diagnostic.hint == "reduce_uninit must come before it"
    # A function that fills a slot anew makes no result of it.
    fill = "\nttkernel.fill_tile_init()\nttkernel.fill_tile(%c0) [1.0]\n"
    body = READY + section(REDUCE_INIT + f"ttkernel.{REDUCE}" + fill, here("pack_tile(%c0, @o_cb)"))
    check_compute("TTL0804", "pack_tile while the packer is set for a reduction", body)
    # Another init for the FPU does not give pack back what it needs.
    body = READY + section(REDUCE_INIT + COPY, here("pack_tile_block(%c0, @o_cb, 1)"))
    check_compute("TTL0804", "pack_tile_block while the packer is set for a reduction", body)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("pack_tile(%c0, @o_cb, %c2)", "o_cb: packs tile 2 of a block of 2 reserved pages"),
        ("pack_tile(%c0, @y_cb, %c0)", "y_cb: packs tile 0 of a block of 0 reserved pages"),
    ],
)
def test_pack_outside_of_what_is_reserved(call, message):
    check_compute("TTL0803", message, ACQUIRED + COPY + TO_PACK + here(call))
    looped = loop(3, here(call.replace("%c2", "%i")))
    check_compute("TTL0803", message, ACQUIRED + COPY + TO_PACK + looped)


def test_a_page_that_no_pack_went_to():
    """Page 1 is pushed unwritten: an error where it is read, and not where page 0 or 2 is."""
    packs = "ttkernel.pack_tile(%c0, @o_cb, %c0)\nttkernel.pack_tile(%c0, @o_cb, %c2)"
    body = START + "\nttkernel.cb_wait_front(@x_cb, 2)\nttkernel.cb_reserve_back(@o_cb, 3)\n" + section(COPY, packs)
    body += """
    ttkernel.cb_push_back(@o_cb, 3)
    ttkernel.cb_wait_front(@o_cb, 3)
    ttkernel.tile_regs_acquire()
    ttkernel.copy_tile_init(@o_cb)
    scf.for %i = %c0 to %c2 step %c1 : i32 {
      %even = arith.muli %i, %c2 : i32
      ttkernel.copy_tile(@o_cb, %even, %i)
    }
    """
    check_compute(
        "TTL0802", "o_cb: reads page 1 of the ring, which nothing wrote", body + here("copy_tile(@o_cb, %c1, %c2)")
    )


ACCUMULATE = "ttkernel.pack_reconfig_l1_acc(%c1)\n"


@pytest.mark.parametrize(
    "call", ["pack_tile(%c0, @o_cb)", "pack_tile(%c0, @o_cb, %c1)", "pack_tile_block(%c0, @o_cb, 1)"]
)
def test_adding_to_what_nothing_wrote(call):
    body = READY + ACCUMULATE + section(COPY, here(call))
    check_compute("TTL0802", "o_cb: reads page . of the ring, which nothing wrote", body)


def test_adding_to_a_page_of_the_round_before():
    """What a popped page held is not what a reserved page holds."""
    turn = section(COPY, "ttkernel.pack_tile(%c0, @o_cb, %c0)")
    again = section(COPY, here("pack_tile(%c0, @o_cb, %c0)"))
    move = "".join(f"ttkernel.cb_{c}(@o_cb, 4)\n" for c in ("push_back", "wait_front", "pop_front", "reserve_back"))
    body = READY + "ttkernel.cb_reserve_back(@o_cb, 4)\n" + turn + move + ACCUMULATE + again
    check_compute("TTL0802", "o_cb: reads page 0 of the ring, which nothing wrote", body)


@pytest.mark.parametrize("format", ["bfp_bf8", "si32"])
def test_adding_in_formats_that_the_packer_does_not_add_in(format):
    reconfig = "ttkernel.pack_reconfig_data_format(@o_cb)\n"
    packs = "ttkernel.pack_tile(%c0, @o_cb)\n" + ACCUMULATE + here("pack_tile(%c0, @o_cb, %c0)")
    message = r"the packer can't add to \w+ tiles"
    diagnostic = check_compute(
        "TTL0805",
        message,
        READY + reconfig + section(COPY, packs),
        formats=("bf16", "bf16", format),
        config=DST32,
    )
    assert diagnostic.hint == "pack_reconfig_l1_acc(0) must come before it"


def test_a_flag_that_is_none():
    check_compute("TTL0805", "takes 0 or 1, not 2", READY + here("pack_reconfig_l1_acc(%c2)"))


def test_accumulation_stays_until_it_is_changed():
    """The second section adds too: its page is not written."""
    first = "ttkernel.pack_tile(%c0, @o_cb, %c0)\n" + ACCUMULATE + "ttkernel.pack_tile(%c0, @o_cb, %c0)"
    body = READY + section(COPY, first) + section(COPY, here("pack_tile(%c0, @o_cb, %c1)"))
    check_compute("TTL0802", "o_cb: reads page 1 of the ring", body)


def test_flags_that_only_the_run_knows():
    """Core (1, 0) has the flag set from the start."""
    body = (
        START
        + """
    ttkernel.cb_wait_front(@x_cb, 2)
    ttkernel.cb_reserve_back(@o_cb, 2)
    ttkernel.pack_reconfig_l1_acc(%flag)
    """
    )
    body += section(COPY, here("pack_tile(%c0, @o_cb, %c0)"))
    read = """
    ttkernel.cb_reserve_back(@x_cb, 2)
    %p = ttkernel.get_write_ptr(@x_cb)
    ttkernel.noc_async_read_page(%c0, %x, %p)
    ttkernel.noc_async_read_barrier()
    ttkernel.cb_push_back(@x_cb, 2)
    """
    parts = {"buffers": BUFFERS, "grid": (2, 1), "core_args": {"flag": [0, 1]}, "read": read}
    check("TTL0802", r"core \(1, 0\), thread 'compute': o_cb: reads page 0 of the ring", compute=body, **parts)
