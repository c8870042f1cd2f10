"""The C++ printer on matrix products, reductions, broadcasts and packs: what differs between the generations."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.backends.cpp.programs import parse_program
from tests.support.needs import need_headers
from ttlang.backends.cpp.printer import print_kernel
from ttlang.diagnostics import DiagnosticError, Span
from ttlang.tables.chips import CHIPS
from ttlang.tables.kernel_api import GENERATIONS, NEWEST
from ttlang.tools.headers import VERSIONS
from ttlang.tools.typecheck import typecheck

NEWER = NEWEST.name
DEFINES = "#define REDUCE_OP PoolType::SUM\n#define REDUCE_DIM ReduceDim::REDUCE_ROW\n"


def source(body: str, metal_api: str) -> str:
    program = parse_program(
        f"""
        ttkernel.program @p grid [1, 1] on "wormhole_b0" {{
          ttkernel.circular_buffer @x_cb 0 pages 8 of <32x32, bf16> at 105856
          ttkernel.circular_buffer @y_cb 1 pages 8 of <32x32, bf16> at 122240
          ttkernel.kernel @k on compute {{
            %c0 = arith.constant 0 : i32
            %c1 = arith.constant 1 : i32
            %c4 = arith.constant 4 : i32
            {body}
          }}
        }}
        """
    )
    return print_kernel(program.kernels[0], metal_api=metal_api)


def lines(body: str, metal_api: str = NEWER) -> str:
    """The lines of the function after its constants."""
    function = source(body, metal_api).partition("void kernel_main() {\n")[2]
    return dedent(function.split("\n\n")[-1].rpartition("}")[0])


@pytest.mark.parametrize(
    "call", ["sub_bcast_rows_init(@x_cb, @y_cb)", "sub_tiles_bcast_rows(@x_cb, @y_cb, %c0, %c0, %c0)"]
)
def test_rows_are_subtracted_in_the_newer_generation_only(call: str):
    body = f'ttkernel.{call} loc("k.py":3:5)'
    assert call.partition("(")[0] in lines(body)
    with pytest.raises(DiagnosticError) as caught:
        source(body, "0.69")
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.span) == ("TTL0307", Span("k.py", 3, 5))
    assert call.partition("(")[0] in diagnostic.message
    assert diagnostic.hint == f'compile with metal_api="{NEWER}"'


@pytest.mark.headers
@pytest.mark.parametrize("arch", CHIPS)
def test_the_newer_headers_take_the_subtraction_of_rows(arch: str):
    """No kernel of `kernels/` has it, since those are printed for both generations."""
    need_headers(VERSIONS[-1])
    body = "ttkernel.sub_bcast_rows_init(@x_cb, @y_cb)\nttkernel.sub_tiles_bcast_rows(@x_cb, @y_cb, %c0, %c0, %c0)"
    kernel = source(body, NEWER)
    assert typecheck(kernel, kind="compute", version=VERSIONS[-1], arch=arch, deprecated=True) == []
    assert typecheck(kernel.replace("_rows(", "_row("), kind="compute", version=VERSIONS[-1], arch=arch)


REDUCTIONS = ["ttkernel.reduce_uninit()", 'ttkernel.reduce_init "max" "col" (@x_cb, @y_cb, @x_cb)']


@pytest.mark.parametrize("body", REDUCTIONS)
def test_defaults_of_reductions_for_the_older_header_alone(body: str):
    older, newer = (source(body, metal_api) for metal_api in GENERATIONS)
    assert older.index(DEFINES) < older.index('#include "api/compute/common.h"')
    assert "#define" not in newer
    assert "#define" not in source("ttkernel.copy_tile_init(@x_cb)", "0.69")


def test_loops_of_one_call_stay_on_one_line_each():
    body = """
    scf.for %k = %c0 to %c4 step %c1 : i32 {
      %0 = arith.muli %k, %c4 : i32
      ttkernel.matmul_block(@x_cb, @y_cb, %k, %0, %c0, 0, 4, 1, 4)
    }
    """
    assert lines(body) == dedent(
        """\
        for (int32_t k = 0; k < 4; ++k) {
            matmul_block(x_cb, y_cb, k, k * 4, 0, 0, 4, 1, 4);
        }
        """
    )


@pytest.mark.parametrize(
    ("call", "older", "newer"),
    [
        ("pack_tile(%c1, @x_cb)", "pack_tile(1, x_cb)", "pack_tile(1, x_cb)"),
        ("pack_tile(%c1, @x_cb, %c4)", "pack_tile<true>(1, x_cb, 4)", "pack_tile<true>(1, x_cb, 4)"),
        ("pack_reconfig_l1_acc(%c1)", "pack_reconfig_l1_acc(1)", "pack_reconfig_l1_acc(1)"),
        (
            "mm_block_init_short(@x_cb, @y_cb, 1, 2, 3, 4)",
            "mm_block_init_short(x_cb, y_cb, 1, 2, 3, 4)",
            "matmul_block_init(x_cb, y_cb, 1, 2, 3, 4)",
        ),
        (
            'reduce_tile "sum" "scalar" to @y_cb (@x_cb, @y_cb, %c1, %c0, %c4)',
            "reduce_tile<PoolType::SUM, ReduceDim::REDUCE_SCALAR>(x_cb, y_cb, 1, 0, 4)",
            "reduce_tile<PoolType::SUM, ReduceDim::REDUCE_SCALAR>(x_cb, y_cb, 1, 0, 4)",
        ),
        ("transpose_wh_tile(@x_cb, %c1, %c0)", "transpose_wh_tile(x_cb, 1, 0)", "transpose_tile(x_cb, 1, 0)"),
        (
            'binary_dest_reuse_tiles "sub" "srcb" (@x_cb, %c1, %c0)',
            "binary_dest_reuse_tiles<EltwiseBinaryType::ELWSUB, EltwiseBinaryReuseDestType::DEST_TO_SRCB>(x_cb, 1, 0)",
            "sub_reuse_dest_tiles<EltwiseBinaryReuseDestType::DEST_TO_SRCB>(x_cb, 1, 0)",
        ),
        (
            "mul_bcast_scalar_init(@x_cb, @y_cb)",
            "mul_tiles_bcast_scalar_init_short(x_cb, y_cb)",
            "mul_bcast_scalar_init(x_cb, y_cb)",
        ),
    ],
)
def test_spellings(call: str, older: str, newer: str):
    assert lines(f"ttkernel.{call}", "0.69") == f"{older};\n"
    assert lines(f"ttkernel.{call}") == f"{newer};\n"
