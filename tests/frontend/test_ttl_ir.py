"""The IR that the front end makes: its resources, names, places, and what becomes of math on blocks."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import ModuleOp, UnknownLoc
from xdsl.ir import Operation

from tests.frontend import elementwise_kernels as kernels
from tests.support.kernel_texts import StandIn, compile_kernel, ir_of, kernel_text, load, tensor
from ttlang.analysis.linear_forms import Linear, linear_form
from ttlang.analysis.locations import span_of
from ttlang.dialects import ttl
from ttlang.driver.universe import make_context
from ttlang.tables.functions import FUNCTIONS, Function
from ttlang.transforms.ttl_expand_functions import TTLExpandFunctionsPass


def body_of(text: str, thread: str = "compute") -> list[str]:
    """The operations of a thread, without their types."""
    lines = text[text.index(f"@{thread} {{") :].splitlines()[1:]
    shown = [re.split(r" : [(!i]", line.strip())[0] for line in lines]
    return shown[: shown.index("}")]


def ops_of(module: ModuleOp, *kinds: type[Operation]) -> list[Any]:
    return [op for op in module.walk() if isinstance(op, kinds)]


def computed(expression: str, **more: Any) -> list[str]:
    """The operations that a stored expression over the blocks `a` and `b` becomes, made of what has a kernel call."""
    compute = f"with x_cb.wait() as a, y_cb.wait() as b, out_cb.reserve() as o:\n    o.store({expression})"
    result = compile_kernel(load(kernel_text(compute=compute)), **more)
    assert not result.diagnostics
    TTLExpandFunctionsPass().apply(make_context(), result.module)
    lines = body_of(str(result.module))
    start = next(i for i, line in enumerate(lines) if "cb_reserve" in line)
    return [re.sub(r"%\w+ = ttl\.|%", "", line) for line in lines[start + 1 : -4]]


@pytest.mark.parametrize("kernel", kernels.KERNELS, ids=lambda kernel: kernel.__name__)
@pytest.mark.parametrize("grid", [(1, 1), (4, 2)])
def test_kernels_compile(kernel: Callable[..., Any], grid: tuple[int, int]) -> None:
    result = compile_kernel(kernel, grid=grid)
    assert not result.diagnostics
    kernel_op = result.module.body.block.first_op
    assert isinstance(kernel_op, ttl.KernelOp)
    assert kernel_op.sym_name.data == kernel.__name__
    assert kernel_op.grid_sizes == grid


@pytest.mark.parametrize("kernel", kernels.KERNELS, ids=lambda kernel: kernel.__name__)
def test_every_operation_has_a_place(kernel: Callable[..., Any]) -> None:
    for op in compile_kernel(kernel, grid=(2, 2)).module.walk():
        assert not isinstance(op.location, UnknownLoc), op
        span = span_of(op)
        assert span is not None
        assert span.file == kernels.__file__
        assert span.line >= kernel.__code__.co_firstlineno


def test_resources_and_threads_in_their_order() -> None:
    text = ir_of(kernels.add, tensor(), StandIn(64, 32, memory="L1"), tensor())
    lines = [line.strip() for line in text.splitlines()]
    assert lines[1] == 'ttl.kernel @add grid [1, 1] on "wormhole_b0" {'
    assert [line.split(" : ")[0] for line in lines[2:8]] == [
        '%a = ttl.tensor_accessor "a" at 0',
        '%b = ttl.tensor_accessor "b" at 1',
        '%out = ttl.tensor_accessor "out" at 2',
        '%a_cb = ttl.create_cb "a_cb"',
        '%b_cb = ttl.create_cb "b_cb"',
        '%out_cb = ttl.create_cb "out_cb"',
    ]
    assert lines[3].endswith("!ttcore.tensor<[2, 1], !ttcore.tile<32x32, bf16>, l1>")
    threads = [line for line in lines if "_thread" in line]
    assert threads == [
        "ttl.compute_thread @compute {",
        "ttl.datamovement_thread @dm_read {",
        "ttl.datamovement_thread @dm_write {",
    ]


def test_a_thread_line_by_line() -> None:
    text = ir_of(kernels.multicore, grid=(2, 2))
    assert body_of(text) == [
        "%left = ttl.cb_wait %a_cb",
        "%right = ttl.cb_wait %b_cb",
        "%o = ttl.cb_reserve %out_cb",
        "%0 = ttl.mul %left, %right",
        "%1 = ttl.sub_unary %0 [1.000000e+00]",
        "ttl.store %1, %o",
        "ttl.cb_push %out_cb",
        "ttl.cb_pop %b_cb",
        "ttl.cb_pop %a_cb",
    ]
    assert body_of(text, "dm_write") == [
        "%x_1 = ttl.core_x",
        "%y_1 = ttl.core_y",
        "%blk_2 = ttl.cb_wait %out_cb",
        "%4 = ttl.tensor_slice %out[%y_1, %x_1]",
        "%tx_2 = ttl.copy %blk_2 to %4",
        "ttl.wait %tx_2",
        "ttl.cb_pop %out_cb",
    ]


def test_places_are_exact() -> None:
    text = kernel_text(compute="with x_cb.wait() as é, out_cb.reserve() as o:\n    o.store(é * (1 + é))")
    kernel = load(text)
    module = compile_kernel(kernel).module
    lines = text.splitlines()
    for kind, snippet in (
        (ttl.CBWaitOp, "x_cb.wait()"),
        (ttl.CBReserveOp, "out_cb.reserve()"),
        (ttl.StoreOp, "o.store(é * (1 + é))"),
        (ttl.elementwise_op(next(f for f in FUNCTIONS if f.name == "mul")), "é * (1 + é)"),
        (ttl.CBPushOp, "out_cb.reserve()"),
        (ttl.CBPopOp, "x_cb.wait()"),
        (ttl.CreateCBOp, "ttl.make_circular_buffer_like(x, shape=(1, 1))"),
    ):
        span = span_of(ops_of(module, kind)[0])
        assert span.end_line == span.line
        assert lines[span.line - 1][span.column - 1 : span.end_column - 1] == snippet, kind
    for kind, start in ((ttl.ComputeThreadOp, "def compute"), (ttl.KernelOp, "def kernel")):
        span = span_of(ops_of(module, kind)[0])
        assert lines[span.line - 1][span.column - 1 :].startswith(start), kind


def test_constants_once_for_each_value_at_the_start() -> None:
    read = """
        for i in range(3):
            for j in range(3):
                with x_cb.reserve() as blk:
                    ttl.copy(x[i + 3, j + 3], blk).wait()
    """
    module = compile_kernel(load(kernel_text(read=read))).module
    thread = ops_of(module, ttl.DataMovementThreadOp)[0]
    constants = [op for op in thread.body.block.ops if isinstance(op, arith.ConstantOp)]
    assert sorted(op.value.value.data for op in constants) == [0, 1, 3]
    assert list(thread.body.block.ops)[: len(constants)] == constants
    assert len([op for op in thread.walk() if isinstance(op, arith.ConstantOp)]) == len(constants)


def test_unused_constants_and_coordinates_leave_nothing() -> None:
    read = "a, b = ttl.core()\nc = a * 3 + b\nd = c // 2 if c > 1 else 7\nif d: e = 1\nelse: e = 2"
    module = compile_kernel(load(kernel_text(read=read)), grid=(2, 2)).module
    thread = ops_of(module, ttl.DataMovementThreadOp)[0]
    assert not list(thread.body.block.ops)


def test_division_is_truncated_where_nothing_is_negative() -> None:
    read = """
        def use(v):
            with x_cb.reserve() as blk:
                ttl.copy(x[v, 0], blk).wait()
        n = ttl.core_linear()
        for i in range(8):
            use((i + n) // 3 % 4)
        total = 0
        for i in range(8):
            total += i
            use(total // 8 % 5)
        while total > n:
            use(total % 3)
            total = total // 2
        use(total % 8)
    """
    text = ir_of(load(kernel_text(read=read)), grid=(2, 2))
    assert "floordivsi" not in text
    assert text.count("arith.divsi") == 3
    assert text.count("arith.remsi") == 4
    negative = ir_of(
        load(kernel_text(read=read.replace("i + n", "i - n").replace("total += i", "total -= i"))), grid=(2, 2)
    )
    assert negative.count("arith.remsi") == 1, "of what is greater than n"
    assert negative.count("arith.divsi") == 1


def test_equal_arithmetic_is_computed_once() -> None:
    read = """
        for i in range(3):
            with x_cb.reserve() as blk, y_cb.reserve() as blk2:
                ttl.copy(x[i * 2:i * 2 + 1, 0], blk).wait()
                ttl.copy(y[2 * i:2 * i + 1, 0], blk2).wait()
    """
    text = ir_of(load(kernel_text(read=read.replace("2 * i", "i * 2"))))
    assert text.count("arith.muli") == 1
    assert text.count("arith.addi") == 0


def test_an_if_that_continues_is_turned_around() -> None:
    read = """
        for i in range(4):
            if i == 2:
                continue
            with x_cb.reserve() as blk:
                ttl.copy(x[i, 0], blk).wait()
    """
    module = compile_kernel(load(kernel_text(read=read))).module
    (branch,) = ops_of(module, scf.IfOp)
    assert not branch.false_region.blocks
    assert branch.cond.owner.predicate.value.data == 1


def test_a_loop_without_break_is_a_for() -> None:
    module = compile_kernel(kernels.blocks).module
    assert not ops_of(module, scf.WhileOp)
    assert len(ops_of(module, scf.ForOp)) == 4


# ---------------------------------------------------------------------------------------------------- math on blocks


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a + b", ["add a, b"]),
        ("a - b", ["sub a, b"]),
        ("a * b", ["mul a, b"]),
        ("a / b", ["div a, b"]),
        ("a ** b", ["power_binary a, b"]),
        ("a + 1", ["add_unary a [1.000000e+00]"]),
        ("1 + a", ["add_unary a [1.000000e+00]"]),
        ("a - 2.5", ["sub_unary a [2.500000e+00]"]),
        ("1 - a", ["rsub_unary a [1.000000e+00]"]),
        ("a * 0.5", ["mul_unary a [5.000000e-01]"]),
        ("a / 4", ["div_unary a [4.000000e+00]"]),
        ("1 / a", ["rdiv a [1.000000e+00]"]),
        ("a ** 2", ["square a"]),
        ("a ** 3", ["power_iterative a [3.000000e+00]"]),
        ("a ** 0.5", ["sqrt a"]),
        ("a ** 2.5", ["power_real a [2.500000e+00]"]),
        ("2 ** a", ["rpow a [2.000000e+00]"]),
        ("a ** -1", ["recip a"]),
        ("ttl.power(a, 2)", ["square a"]),
        ("ttl.math.pow(a, exponent=2)", ["square a"]),
        ("ttl.power(a, b)", ["power_binary a, b"]),
        ("-a", ["neg a"]),
        ("+a", []),
        ("abs(a)", ["abs a"]),
        ("a < b", ["lt a, b"]),
        ("a >= 1", ["unary_ge a [1.000000e+00]"]),
        ("1 < a", ["unary_gt a [1.000000e+00]"]),
        ("a == b", ["eq a, b"]),
        ("a != 0", ["unary_ne a [0.000000e+00]"]),
        ("ttl.math.max(a, 0.0)", ["unary_max a [0.000000e+00]"]),
        ("ttl.math.min(b, a)", ["min b, a"]),
        ("ttl.math.exp(x=a)", ["exp a"]),
        ("ttl.math.logp1(a)", ["log1p a"]),
        ("ttl.math.leaky_relu(a)", ["leaky_relu a [1.000000e-02]"]),
        ("ttl.math.clamp(a, -1, max=True)", ["clamp a [-1.000000e+00, 1.000000e+00]"]),
        ("ttl.math.softplus(a, threshold=5)", ["softplus a [1.000000e+00, 5.000000e+00]"]),
        ("ttl.math.round(a)", ["round a [0.000000e+00]"]),
        ("ttl.where(a > b, a, b)", ["gt a, b", "where #, a, b"]),
        ("ttl.where(a, a, b)", ["nez a", "where #, a, b"]),
        ("ttl.where(a, 1, 0)", ["fill [1.000000e+00]", "fill [0.000000e+00]", "nez a", "where #, #, #"]),
        ("ttl.where(True, a, b)", []),
        ("ttl.math.mask(a, b)", ["unary_eq b [1.000000e+00]", "fill [0.000000e+00]", "where #, #, a"]),
        ("2 + 3", ["fill [5.000000e+00]"]),
        ("ttl.fill(2)", ["fill [2.000000e+00]"]),
        ("ttl.fill(2) * 3 - 1", ["fill [5.000000e+00]"]),
        ("a * ttl.block.fill(2)", ["mul_unary a [2.000000e+00]"]),
        ("a * ttl.fill(2, shape=(1, 1))", ["mul_unary a [2.000000e+00]"]),
        ("-ttl.fill(2)", ["fill [-2.000000e+00]"]),
        ("abs(ttl.fill(-2))", ["fill [2.000000e+00]"]),
        ("a", []),
        ("sum([a, b, a])", ["add a, b", "add #, a"]),
        ("(lambda v: v * v)(a)", ["mul a, a"]),
        ("a + b if size == 4 else a - b", ["add a, b"]),
        ("ttl.typecast(a, ttl.bfloat16)", []),
        ("a * math.pi", ["mul_unary a [3.1415926535897931]"]),
    ],
)
def test_expressions(expression: str, expected: list[str]) -> None:
    found = [re.sub(r"(?<![\w.+-])\d+(?![\w.])", "#", line) for line in computed(expression)]
    assert [line for line in found if not line.startswith("store")] == expected


def _public_rows() -> list[Function]:
    return [row for row in FUNCTIONS if row.public and row.call is not None and row.arity in (1, 2)]


@pytest.mark.parametrize("row", _public_rows(), ids=lambda row: row.name)
def test_every_public_function(row: Function) -> None:
    """One row, one operation, with its parameters in their order."""
    operands = ["a", "b"][: row.arity]
    values = [p.default if p.default is not None else 0.5 + i for i, p in enumerate(row.inputs)]
    # Defaults are left out, so that they are filled in.
    given = [f"{p.name}={0.5 + i}" for i, p in enumerate(row.inputs) if p.default is None]
    compute = "with x_cb.wait() as a, y_cb.wait() as b, out_cb.reserve() as o:\n    o.store({})"
    call = f"ttl.math.{row.name}({', '.join([*operands, *given])})"
    module = compile_kernel(load(kernel_text(compute=compute.format(call)))).module
    (op,) = ops_of(module, ttl.ElementwiseOp)
    assert op.ROW is row
    assert [value.name_hint for value in op.inputs] == operands
    assert op.parameter_values == pytest.approx(values)


FORMATS = """
def kernel(x, out):
    bf16 = ttl.make_circular_buffer_like(BF16, shape=(1, 1))
    bf16b = ttl.make_circular_buffer_like(BF16, shape=(1, 1))
    f32 = ttl.make_circular_buffer_like(F32, shape=(1, 1))
    bfp8 = ttl.make_circular_buffer_like(BFP8, shape=(1, 1))
    bfp4 = ttl.make_circular_buffer_like(BFP4, shape=(1, 1))
    int32 = ttl.make_circular_buffer_like(INT32, shape=(1, 1))
    uint32 = ttl.make_circular_buffer_like(UINT32, shape=(1, 1))

    @ttl.compute()
    def compute():
        TARGET.reserve().store(EXPRESSION)
"""
_NAMES = {
    name.upper(): tensor(dtype=dtype)
    for name, dtype in {
        "bf16": "bfloat16",
        "f32": "float32",
        "bfp8": "bfloat8_b",
        "bfp4": "bfloat4_b",
        "int32": "int32",
        "uint32": "uint32",
    }.items()
}


@pytest.mark.parametrize(
    ("expression", "target", "expected"),
    [
        ("bf16.wait() + bf16b.wait()", "bf16", "bf16"),
        ("bf16.wait() + f32.wait()", "bf16", "f32"),
        ("bfp8.wait() * bf16.wait()", "bf16", "bf16"),
        ("bfp4.wait() * bf16.wait()", "bf16", "bf16"),
        ("bfp4.wait() + bfp8.wait()", "f32", "bfp_bf8"),
        ("ttl.math.exp(bfp8.wait())", "f32", "bfp_bf8"),
        ("ttl.math.exp(f32.wait())", "bfp8", "f32"),
        ("int32.wait() + int32.wait()", "int32", "si32"),
        ("int32.wait() + 3", "int32", "si32"),
        ("uint32.wait() + 3", "uint32", "u32"),
        ("int32.wait() * 2", "int32", "si32"),
        ("int32.wait() == 2", "int32", "si32"),
        ("int32.wait() ** 2", "int32", "si32"),
        ("int32.wait() > int32.wait()", "int32", "si32"),
        ("ttl.typecast(int32.wait(), ttl.float32)", "bf16", "f32"),
        ("ttl.typecast(bf16.wait(), 'int32')", "int32", "si32"),
        ("ttl.where(bf16.wait() > 0, f32.wait(), 1)", "bf16", "f32"),
    ],
)
def test_formats_of_results(expression: str, target: str, expected: str) -> None:
    text = FORMATS.replace("EXPRESSION", expression).replace("TARGET", target)
    module = compile_kernel(load(text, **_NAMES)).module
    (store,) = ops_of(module, ttl.StoreOp)
    assert store.value.type.element.dtype.name == expected


def test_unsigned_numbers_become_blocks_where_there_is_no_scalar_form() -> None:
    text = FORMATS.replace("EXPRESSION", "uint32.wait() + 3").replace("TARGET", "uint32")
    names = [op.name for op in compile_kernel(load(text, **_NAMES)).module.walk()]
    assert "ttl.fill" in names
    assert "ttl.add" in names


def test_both_editions_give_one_ir() -> None:
    older = ir_of(kernels.edition_2025, grid=(2, 2))
    newer = ir_of(kernels.edition_2026, grid=(2, 2), edition="2026")
    # The kernel names its edition, for hints.
    assert older.replace("edition_2025", "edition_2026") == newer.replace(' attributes {edition = "2026"}', "")


def test_decorators_with_and_without_parentheses_give_one_ir() -> None:
    text = (
        "def kernel(x, out):\n    @ttl.compute{0}\n    def compute(): pass\n"
        "    @ttl.datamovement{0}\n    def dm(): pass\n"
    )
    assert ir_of(load(text.format("()"))) == ir_of(load(text.format("")))


def test_a_kernel_compiles_to_the_same_ir_every_time() -> None:
    assert ir_of(kernels.guarded, grid=(2, 2)) == ir_of(kernels.guarded, grid=(2, 2))


WINDOWS = """
def kernel(x):
    cb = ttl.make_circular_buffer_like(x, shape=SHAPE)
    @ttl.datamovement()
    def read():
        n = ttl.core_linear()
        with cb.reserve() as blk:
            ttl.copy(x[INDEX], blk).wait()
"""


@pytest.mark.parametrize(
    ("index", "shape", "offsets"),
    [
        ("2, 3", (1, 1), [2, 3]),
        ("-1, -2", (1, 1), [3, 4]),
        ("0:2, 4:6", (2, 2), [0, 4]),
        (":2, -3:", (2, 3), [0, 3]),
        (":, 1", (4, 1), [0, 1]),
        ("1:2", (1, 6), [1, 0]),
        ("1", (1, 6), [1, 0]),
        ("..., 1:3", (4, 2), [0, 1]),
        ("1, ...", (1, 6), [1, 0]),
        ("...", (4, 6), [0, 0]),
        ("(1, slice(2, 4))", (1, 2), [1, 2]),
        ("*(1, 2),", (1, 1), [1, 2]),
        ("n - n + 1, 2 * n + 1 - n - n", (1, 1), [1, 1]),
        ("0:-2, 1:-1:1", (2, 4), [0, 1]),
    ],
)
def test_windows(index: str, shape: tuple[int, int], offsets: list[int]) -> None:
    text = WINDOWS.replace("SHAPE", str(shape)).replace("INDEX", index)
    module = compile_kernel(load(text), tensor(4, 6), grid=(2, 1)).module
    (window,) = ops_of(module, ttl.TensorSliceOp)
    assert window.result.type.sizes == shape
    assert [linear_form(offset) for offset in window.offsets] == [Linear(offset) for offset in offsets]


@pytest.mark.parametrize("index", ["0, 0, 1, 2", ":, 0, 1, 2", "1, 2", "..., 1, 2"])
def test_leading_dimensions_of_size_one(index: str) -> None:
    text = WINDOWS.replace("SHAPE", "(1, 1)").replace("INDEX", index)
    module = compile_kernel(load(text), StandIn(1, 1, 128, 128)).module
    (window,) = ops_of(module, ttl.TensorSliceOp)
    assert [op.owner.value.value.data for op in window.offsets] == [0, 0, 1, 2]
    assert window.result.type.sizes == (1, 1, 1, 1)
