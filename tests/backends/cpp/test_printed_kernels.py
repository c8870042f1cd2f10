"""The C++ printer: what whole kernels look like, that the real headers take them, and the rules one by one."""

from __future__ import annotations

import io
import linecache
from collections.abc import Callable
from textwrap import dedent, indent

import pytest
from xdsl.context import Context

from tests.backends.cpp.programs import FOLDER, NAMES, kernel_text, parse_module, read_program
from tests.support.needs import need_headers
from ttlang.backends.cpp.printer import TTMetalTarget, print_kernel, print_program
from ttlang.diagnostics import DiagnosticError, Span
from ttlang.dialects.ttkernel import KernelOp, ProgramOp, Thread
from ttlang.tables.chips import CHIPS
from ttlang.tables.kernel_api import GENERATIONS
from ttlang.tools.headers import VERSIONS
from ttlang.tools.typecheck import Kernel, typecheck_many


@pytest.fixture(autouse=True)
def _source_of_add(monkeypatch: pytest.MonkeyPatch) -> None:
    """The locations in add.mlir name a file without a folder."""
    lines = (FOLDER / "add.py").read_text().splitlines(keepends=True)
    monkeypatch.setitem(linecache.cache, "add.py", (sum(map(len, lines)), None, lines, "add.py"))


# Whole kernels


@pytest.mark.parametrize("metal_api", GENERATIONS)
@pytest.mark.parametrize("name", NAMES)
def test_golden(name: str, metal_api: str, golden: Callable[..., None]):
    sources = print_program(read_program(name), metal_api)
    rule = "// " + "-" * 100
    golden("\n".join(f"{rule}\n{source}" for source in sources.values()), f"{name}.{metal_api}.cpp")


def header_kernels(metal_api: str) -> dict[str, Kernel]:
    return {
        f"{name}/{kernel.sym_name.data}": header_kernel(program, kernel, metal_api)
        for name in NAMES
        for program in [read_program(name)]
        for kernel in program.kernels
    }


def header_kernel(program: ProgramOp, kernel: KernelOp, metal_api: str) -> Kernel:
    source = print_kernel(kernel, metal_api=metal_api)
    if kernel.thread.data is Thread.COMPUTE:
        return Kernel(source, "compute", dst32=program.dst32)
    processor = "reader" if kernel.thread.data is Thread.READER else "writer"
    return Kernel(source, "datamovement", (2, 2048) * len(kernel.tensor_names), processor)


@pytest.fixture(params=list(zip(GENERATIONS, VERSIONS, strict=True)), ids=GENERATIONS)
def release(request: pytest.FixtureRequest) -> tuple[str, str]:
    """A generation of the kernel API, and the release of ttnn whose headers are there for it."""
    metal_api, version = request.param
    need_headers(version)
    return metal_api, version


@pytest.mark.headers
@pytest.mark.parametrize("arch", CHIPS)
def test_the_headers_take_every_kernel(release: tuple[str, str], arch: str):
    metal_api, version = release
    errors = typecheck_many(header_kernels(metal_api), version=version, arch=arch, deprecated=True)
    assert {name: found for name, found in errors.items() if found} == {}


@pytest.mark.headers
@pytest.mark.slow
def test_the_headers_take_every_kernel_with_its_own_includes_only(release: tuple[str, str]):
    metal_api, version = release
    kernels = header_kernels(metal_api)
    errors = typecheck_many(kernels, version=version, arch="wormhole_b0", deprecated=True, isolated=True)
    assert {name: found for name, found in errors.items() if found} == {}


def test_target_prints_all_kernels_after_their_names():
    module = parse_module((FOLDER / "chain.mlir").read_text() + (FOLDER / "add.mlir").read_text())
    output = io.StringIO()
    TTMetalTarget(metal_api="0.69").emit(Context(), module, output)
    text = output.getvalue()
    heads = [line for line in text.splitlines() if line.startswith("// ----")]
    assert heads == [
        "// ---- chain: compute",
        "// ---- add: compute",
        "// ---- add: read",
        "// ---- add: write",
    ]
    assert "mul_tiles_init" in text
    assert text.count("void kernel_main() {") == 4


def test_programs_are_printed_by_thread():
    program = read_program("add")
    sources = print_program(program)
    assert list(sources) == ["compute", "read", "write"]
    assert sources["write"] == print_kernel(program.kernels[2], metal_api="0.81")


# Errors


@pytest.mark.parametrize("metal_api", ["0.70", "", "newest"])
def test_unknown_generation(metal_api: str):
    with pytest.raises(DiagnosticError) as caught:
        print_program(read_program("chain"), metal_api)
    assert [d.code for d in caught.value.diagnostics] == ["TTL0002"]


def test_a_function_that_the_older_generation_lacks():
    body = """
    ttkernel.mish_tile_init() loc("k.py":3:5)
    ttkernel.mish_tile(%c0) loc("k.py":4:9)
    """
    assert "mish_tile<false>(0);" in kernel_text(body, thread="compute")
    with pytest.raises(DiagnosticError) as caught:
        kernel_text(body, thread="compute", metal_api="0.69")
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "TTL0307"
    assert "mish" in diagnostic.message
    assert diagnostic.span == Span("k.py", 3, 5)
    assert diagnostic.hint is not None
    assert "0.81" in diagnostic.hint


def test_an_operation_without_a_form():
    with pytest.raises(DiagnosticError) as caught:
        kernel_text('%0 = arith.divui %a, %b : i32 loc("k.py":7:1)\nttkernel.noc_async_read_page(%0, %x, %0)')
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.span) == ("TTL0001", Span("k.py", 7, 1))
    assert "arith.divui" in diagnostic.message


# Expressions and where they are written


def test_expressions_used_once_are_folded_and_others_named():
    text = kernel_text(
        """
        %0 = arith.addi %a, %b : i32
        %1 = arith.muli %0, %c4 : i32
        ttkernel.noc_async_read_page(%1, %x, %c0)
        %2 = arith.subi %a, %b : i32
        ttkernel.noc_async_read_page(%2, %x, %2)
        """
    )
    assert text == dedent(
        """\
        noc_async_read_page((a + b) * 4, x, 0);
        const int32_t page = a - b;
        noc_async_read_page(page, x, page);
        """
    )


@pytest.mark.parametrize(
    ("operation", "constant"),
    [
        ("arith.addi %a, %b", "sum = a + b"),
        ("arith.subi %a, %b", "difference = a - b"),
        ("arith.muli %a, %b", "product = a * b"),
        ("arith.divsi %a, %b", "quotient = a / b"),
        ("arith.remsi %a, %b", "remainder = a % b"),
        ("arith.minsi %a, %b", "smaller = std::min<int32_t>(a, b)"),
        ("arith.maxsi %a, %b", "larger = std::max<int32_t>(a, b)"),
        ("arith.xori %a, %b", "value = a ^ b"),
    ],
)
def test_a_constant_is_called_after_what_computes_it_where_nothing_else_says_what_it_is(operation: str, constant: str):
    text = kernel_text(
        f"""
        %0 = {operation} : i32
        %1 = arith.muli %0, %c4 : i32
        %2 = arith.addi %0, %c1 : i32
        ttkernel.noc_async_read_page(%1, %x, %2)
        """
    )
    name = constant.partition(" ")[0]
    assert text == f"const int32_t {constant};\nnoc_async_read_page({name} * 4, x, {name} + 1);\n"


@pytest.mark.parametrize(
    ("comparison", "name"),
    [
        ("eq, %a, %c4", "a_is_4"),
        ("ne, %a, %c0", "a_is_not_0"),
        ("slt, %a, %c4", "condition"),
        ("eq, %a, %b", "condition"),
        ("eq, %sum, %c4", "condition"),
        ("eq, %a, %minus", "condition"),
    ],
)
def test_a_comparison_with_a_number_is_called_after_both(comparison: str, name: str):
    text = kernel_text(
        f"""
        %minus = arith.constant -3 : i32
        %0 = arith.addi %a, %b : i32
        %1 = arith.cmpi {comparison.replace("%sum", "%0")} : i32
        scf.if %1 {{
          ttkernel.noc_async_read_page(%a, %x, %a)
        }}
        ttkernel.noc_async_read_barrier()
        scf.if %1 {{
          ttkernel.noc_async_read_page(%b, %x, %b)
        }}
        """
    )
    assert text.startswith(f"const bool {name} = ")
    assert text.count(f"if ({name}) {{") == 2


def test_expressions_from_outside_a_loop_stay_outside():
    text = kernel_text(
        """
        %0 = arith.muli %a, %b : i32
        scf.for %i = %c0 to %c4 step %c1 : i32 {
          ttkernel.noc_async_read_page(%0, %x, %i)
        }
        """
    )
    assert text.startswith("const int32_t page = a * b;\nfor (int32_t i = 0; i < 4; ++i) {\n")


def test_an_expression_goes_into_the_branch_that_uses_it():
    text = kernel_text(
        """
        %0 = arith.muli %a, %b : i32
        %1 = arith.cmpi slt, %a, %b : i32
        scf.if %1 {
          ttkernel.noc_async_read_page(%0, %x, %c0)
        }
        """
    )
    assert text == "if (a < b) {\n    noc_async_read_page(a * b, x, 0);\n}\n"


def test_pointers_are_read_where_they_stand():
    text = kernel_text(
        """
        %0 = ttkernel.get_write_ptr(@x_cb)
        ttkernel.cb_push_back(@x_cb, 1)
        %1 = ttkernel.get_write_ptr(@x_cb)
        ttkernel.noc_async_read_page(%c0, %x, %0)
        ttkernel.noc_async_read_page(%c1, %x, %1)
        """
    )
    assert text == dedent(
        """\
        const uint32_t x_ptr = get_write_ptr(x_cb);
        cb_push_back(x_cb, 1);
        const uint32_t x_ptr_1 = get_write_ptr(x_cb);
        noc_async_read_page(0, x, x_ptr);
        noc_async_read_page(1, x, x_ptr_1);
        """
    )


@pytest.mark.parametrize(
    ("predicate", "condition"),
    [("eq", "x_ptr == x_ptr_1"), ("ne", "x_ptr != x_ptr_1"), ("slt", "(int32_t)x_ptr < (int32_t)x_ptr_1")],
)
def test_addresses_are_equal_with_or_without_a_sign(predicate: str, condition: str):
    text = kernel_text(
        f"""
        %0 = ttkernel.get_write_ptr(@x_cb)
        %1 = ttkernel.get_read_ptr(@x_cb)
        %2 = arith.cmpi {predicate}, %0, %1 : i32
        scf.if %2 {{
          ttkernel.noc_async_read_barrier()
        }}
        """
    )
    assert f"if ({condition}) {{" in text


def test_divisions_are_not_repeated_in_the_head_of_a_loop():
    text = kernel_text(
        """
        %0 = arith.divsi %a, %b : i32
        %1 = arith.muli %a, %c4 : i32
        scf.for %i = %1 to %0 step %c1 : i32 {
          ttkernel.noc_async_read_page(%i, %x, %i)
        }
        """
    )
    assert text.startswith("const int32_t end = a / b;\nfor (int32_t i = a * 4; i < end; ++i) {\n")


def test_what_nobody_uses_is_not_printed():
    text = kernel_text(
        """
        %0 = arith.floordivsi %a, %b : i32
        %1 = arith.minsi %a, %b : i32
        %2 = ttkernel.my_logical_x_
        ttkernel.noc_async_read_barrier()
        """
    )
    assert text == "noc_async_read_barrier();\n"


@pytest.mark.parametrize(
    ("operations", "text"),
    [
        ("%0 = arith.andi %p, %q : i1\n%1 = arith.ori %0, %r : i1", "(p && q) || r"),
        ("%0 = arith.ori %p, %q : i1\n%1 = arith.andi %0, %r : i1", "(p || q) && r"),
        ("%0 = arith.andi %q, %r : i1\n%1 = arith.andi %p, %0 : i1", "p && q && r"),
        ("%1 = arith.xori %p, %true : i1", "!p"),
        ("%0 = arith.xori %p, %true : i1\n%1 = arith.xori %true, %0 : i1", "p"),
        ("%1 = arith.xori %p, %false : i1", "p"),
        ("%1 = arith.xori %p, %q : i1", "p != q"),
        ("%0 = arith.cmpi slt, %a, %b : i32\n%1 = arith.xori %0, %true : i1", "a >= b"),
        ("%0 = arith.cmpi ule, %a, %b : i32\n%1 = arith.xori %0, %true : i1", "(uint32_t)a > (uint32_t)b"),
        ("%1 = arith.cmpi eq, %p, %q : i1", "p == q"),
        ("%0 = arith.cmpi eq, %p, %q : i1\n%1 = arith.cmpi ne, %0, %r : i1", "(p == q) != r"),
        ("%1 = arith.select %p, %q, %r : i1", "p ? q : r"),
        ("%0 = arith.select %p, %a, %b : i32\n%1 = arith.cmpi sgt, %0, %c4 : i32", "(p ? a : b) > 4"),
        ("%0 = arith.select %p, %q, %r : i1\n%1 = arith.select %r, %0, %p : i1", "r ? (p ? q : r) : p"),
        ("%0 = arith.shli %a, %c1 : i32\n%1 = arith.cmpi slt, %0, %b : i32", "a << 1 < b"),
        (
            "%0 = arith.addi %a, %c1 : i32\n%2 = arith.shli %0, %c1 : i32\n%1 = arith.cmpi slt, %2, %b : i32",
            "(a + 1) << 1 < b",
        ),
        ("%0 = arith.andi %a, %b : i32\n%1 = arith.cmpi eq, %0, %c0 : i32", "(a & b) == 0"),
    ],
)
def test_conditions(operations: str, text: str):
    body = f"""
    %true = arith.constant true
    %false = arith.constant false
    %p = arith.cmpi slt, %a, %c0 : i32
    %q = arith.cmpi slt, %b, %c0 : i32
    %r = arith.cmpi eq, %a, %b : i32
    scf.if %p {{ ttkernel.noc_async_read_page(%c0, %x, %c0) }}
    scf.if %q {{ ttkernel.noc_async_read_page(%c0, %x, %c0) }}
    scf.if %r {{ ttkernel.noc_async_read_page(%c0, %x, %c0) }}
    scf.if %p {{ ttkernel.noc_async_read_page(%c0, %x, %c0) }}
    scf.if %q {{ ttkernel.noc_async_read_page(%c0, %x, %c0) }}
    scf.if %r {{ ttkernel.noc_async_read_page(%c0, %x, %c0) }}
    {indent(operations, "    ")}
    scf.if %1 {{ ttkernel.noc_async_read_barrier() }}
    """
    assert f"if ({text}) {{\n    noc_async_read_barrier();" in kernel_text(body)


def test_else_if_only_where_nothing_else_stands_in_the_branch():
    text = kernel_text(
        """
        %p = arith.cmpi slt, %a, %c0 : i32
        %q = arith.cmpi slt, %b, %c0 : i32
        %r = arith.cmpi slt, %a, %b : i32
        scf.if %p {
          ttkernel.noc_async_read_page(%c0, %x, %c0) loc("k.py":1:1)
        } else {
          scf.if %q {
            ttkernel.noc_async_read_page(%c1, %x, %c0) loc("k.py":3:1)
          } else {
            ttkernel.noc_async_read_barrier() loc("k.py":4:1)
            scf.if %r {
              ttkernel.noc_async_read_page(%c4, %x, %c0)
            }
          }
        } loc("k.py":2:1)
        """
    )
    assert text == dedent(
        """\
        // k.py:2
        if (a < 0) {
            // k.py:1
            noc_async_read_page(0, x, 0);
        } else if (b < 0) {
            // k.py:3
            noc_async_read_page(1, x, 0);
        } else {
            // k.py:4
            noc_async_read_barrier();
            if (a < b) {
                noc_async_read_page(4, x, 0);
            }
        }
        """
    )


def test_variables_of_the_source_stay_apart():
    text = kernel_text(
        """
        %r = scf.for %i = %c0 to %c4 step %c1 iter_args(%total = %a) -> (i32) : i32 {
          %0 = arith.addi %total, %i : i32
          scf.yield %0 : i32
        }
        ttkernel.noc_async_read_page(%r, %x, %c0)
        """
    )
    assert text == dedent(
        """\
        int32_t total = a;
        for (int32_t i = 0; i < 4; ++i) {
            total += i;
        }
        noc_async_read_page(total, x, 0);
        """
    )


def test_generations_differ_in_nothing_but_calls():
    body = """
    ttkernel.copy_tile_init(@x_cb)
    ttkernel.copy_tile(@x_cb, %c0, %c0)
    ttkernel.pack_tile_block(%c0, @x_cb, 4)
    """
    assert kernel_text(body, thread="compute") == "copy_init(x_cb);\ncopy_tile(x_cb, 0, 0);\npack_block(0, x_cb, 4);\n"
    assert kernel_text(body, thread="compute", metal_api="0.69") == (
        "copy_tile_init(x_cb);\ncopy_tile(x_cb, 0, 0);\npack_tile_block(0, x_cb, 4);\n"
    )


def test_bit_patterns_are_explained():
    body = """
    ttkernel.add_unary_tile(%c0) [-1.5]
    ttkernel.clamp_tile(%c0) [0.0, 6.0]
    ttkernel.add_unary_tile(%c0) [-3.0] {format = "si32"}
    """
    assert kernel_text(body, thread="compute") == dedent(
        """\
        add_unary_tile(0, 0xbfc00000u);  // value = -1.5
        clamp_tile(0, 0x00000000u, 0x40c00000u);  // min = 0, max = 6
        add_unary_tile_int32(0, -3);
        """
    )


def test_tile_sizes_are_literals_where_there_is_no_function_for_them():
    body = """
    %0 = ttkernel.get_tile_size(@f_cb)
    %1 = arith.muli %a, %0 : i32
    ttkernel.copy_tile(@x_cb, %1, %c0)
    """
    buffers = "ttkernel.circular_buffer @f_cb 1 pages 8 of <32x32, f32> at 122240"
    assert kernel_text(body, thread="compute", buffers=buffers) == "copy_tile(x_cb, a * 4096, 0);\n"


def test_golden_files_are_all_in_use():
    """A renamed program leaves no file behind."""
    expected = {f"{name}.{metal_api}.cpp" for name in NAMES for metal_api in GENERATIONS}
    assert {path.name for path in (FOLDER.parent / "golden" / "printed_kernels").iterdir()} == expected
