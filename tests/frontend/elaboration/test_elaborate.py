"""The run of the kernel function: what it collects, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.kernel_texts import StandIn, compile_kernel, elaborated, errors_of, find_mark, ir_of, load, tensor
from ttlang import language as ttl
from ttlang.diagnostics import DiagnosticError
from ttlang.frontend.blocks.values import Host
from ttlang.language.tensors import TensorParameter


def expect(code: str, text: str, *arguments: Any, grid: tuple[int, int] = (2, 2), **names: Any) -> DiagnosticError:
    """The kernel has one error, of this code and at the mark."""
    plain, place = find_mark(text)
    kernel = load(plain, **names)
    with pytest.raises(DiagnosticError) as raised:
        elaborated(kernel, *arguments, grid=grid)
    (diagnostic,) = raised.value.diagnostics
    assert diagnostic.span is not None
    assert (diagnostic.code, diagnostic.span.line, diagnostic.span.column) == (code, *place), diagnostic.render()
    return raised.value


PREFIX = "def kernel(x, out):\n    x_cb = ttl.make_circular_buffer_like(x, shape=(1, 1))\n"
THREAD = "    @ttl.compute()\n    def compute(): pass\n"

WRONG: list[tuple[str, str]] = [
    ("TTL0201", PREFIX + "    y = «x.shape[5]\n" + THREAD),
    ("TTL0201", "def helper(x):\n    return «1 / 0\ndef kernel(x, out):\n    helper(x)\n"),
    ("TTL0201", PREFIX + "    «raise ValueError('no')\n"),
    ("TTL0107", "def kernel(x, out):\n    x_cb = «ttl.make_circular_buffer_like(x)\n"),
    ("TTL0107", "def kernel(x, out):\n    x_cb = «ttl.make_circular_buffer_like(x, shape=(1, 1), blocks=2)\n"),
    ("TTL0107", "def kernel(x, out):\n    x_cb = «ttl.CircularBuffer(x, shape=(1, 1))\n"),
    ("TTL0103", "def kernel(x, out):\n    x_cb = «ttl.make_circular_buffer(x, shape=(1, 1))\n"),
    ("TTL0205", "def kernel(x, out):\n    x_cb = «ttl.make_circular_buffer_like(x.dtype, shape=(1, 1))\n"),
    ("TTL0202", "«def kernel(x, out):\n    pass\n"),
    ("TTL0202", PREFIX + THREAD + "    @ttl.compute()\n    «def second(): pass\n"),
    (
        "TTL0202",
        PREFIX + "".join(f"    @ttl.datamovement()\n    {'«' * (i == 2)}def dm{i}(): pass\n" for i in range(3)),
    ),
    ("TTL0202", PREFIX + THREAD + "    «ttl.Program(compute, 5)\n"),
    ("TTL0202", PREFIX + THREAD + "    ttl.Program(compute)\n    «ttl.Program(compute)\n"),
    ("TTL0202", PREFIX + "    «ttl.compute()(5)\n"),
    ("TTL0203", PREFIX + "    @ttl.compute()\n    «def compute(a): pass\n"),
    ("TTL0203", PREFIX + "    @ttl.compute()\n    «def compute(*a): pass\n"),
    ("TTL0203", PREFIX + "    @ttl.compute()\n    «def compute(*, a=1): pass\n"),
    ("TTL0205", "def kernel(x, out):\n    «ttl.make_circular_buffer_like(5, shape=(1, 1))\n"),
    ("TTL0205", "def kernel(x, out):\n    «ttl.make_circular_buffer_like(complex_tensor, shape=(1, 1))\n"),
    ("TTL0205", "def kernel(x, out):\n    «ttl.make_circular_buffer_like(strided, shape=(1, 1))\n"),
    ("TTL0505", PREFIX + "    p = «ttl.Pipe(src=(0, 0), dst=(2, 0))\n"),
    ("TTL0505", PREFIX + "    p = «ttl.Pipe(src=(0, 0))\n"),
    ("TTL0505", PREFIX + "    p = «ttl.Pipe(src=(0, 0), src_core=(0, 0), dst=(1, 0))\n"),
    ("TTL0505", PREFIX + "    p = «ttl.Pipe(src=(0, slice(0, 2)), dst=(1, 0))\n"),
    ("TTL0505", PREFIX + "    p = «ttl.Pipe(src=(0, 0, 0), dst=(1, 0))\n"),
    ("TTL0505", PREFIX + "    p = «ttl.Pipe(src=(0, 0), dst=(slice(0, 2, 2), 0))\n"),
    ("TTL0505", PREFIX + "    p = «ttl.Pipe(src=(0, 0), dst=(slice(1, 1), 0))\n"),
    ("TTL0505", PREFIX + "    p = «ttl.Pipe(src=('a', 0), dst=(1, 0))\n"),
    ("TTL0505", PREFIX + "    p = «ttl.PipeNet([1])\n"),
    ("TTL0506", PREFIX + "    s = «ttl.Semaphore(-1)\n"),
    ("TTL0506", PREFIX + "    s = «ttl.Semaphore('a')\n"),
    ("TTL0505", PREFIX + "    s = ttl.Semaphore()\n    «s.get_remote((0, 3))\n"),
    ("TTL0113", PREFIX + "    s = ttl.Semaphore()\n    «s.wait_eq(1)\n" + THREAD),
    ("TTL0113", PREFIX + "    s = ttl.Semaphore()\n    «s.get_remote((0, 0)).inc(1)\n" + THREAD),
    ("TTL0113", PREFIX + "    s = ttl.Semaphore()\n    «s.get_remote_multicast().set(1)\n" + THREAD),
    ("TTL0113", PREFIX + "    «ttl.if_pipe_src([], None)\n" + THREAD),
    (
        "TTL0206",
        PREFIX + "    x_, y_ = ttl.core()\n    p = «ttl.Pipe(src=(x_, 0), dst=(1, 0))\n" + THREAD,
    ),
    ("TTL0107", PREFIX + "    a = «ttl.core(dims=0)\n"),
    ("TTL0113", PREFIX + "    «x_cb.wait()\n" + THREAD),
    ("TTL0113", PREFIX + "    «x_cb.reserve()\n" + THREAD),
    ("TTL0113", PREFIX + "    «x_cb.push()\n" + THREAD),
    ("TTL0113", PREFIX + "    «x_cb.pop()\n" + THREAD),
    ("TTL0113", PREFIX + "    «ttl.copy(x, x_cb)\n" + THREAD),
    ("TTL0113", PREFIX + "    a = «x[0, 0]\n" + THREAD),
    ("TTL0113", PREFIX + "    «x[0, 0] = 1\n" + THREAD),
    ("TTL0113", PREFIX + "    a = «ttl.math.exp(x)\n" + THREAD),
    ("TTL0113", PREFIX + "    a = «ttl.typecast(x, ttl.float32)\n" + THREAD),
    ("TTL0113", PREFIX + THREAD + "    «compute()\n"),
    ("TTL0209", PREFIX + THREAD + "    «ttl.Program(compute)(x, 5)\n"),
    ("TTL0304", "def kernel(x, out):\n    «ttl.make_circular_buffer_like(x, shape=(0, 1))\n"),
    ("TTL0304", "def kernel(x, out):\n    «ttl.make_circular_buffer_like(x, shape=4)\n"),
    ("TTL0304", "def kernel(x, out):\n    «ttl.make_circular_buffer_like(x, shape=(3,))\n"),
    ("TTL0304", "def kernel(x, out):\n    «ttl.make_circular_buffer_like(x, shape=(1, 1), buffer_factor=0)\n"),
    ("TTL0304", "def kernel(x, out):\n    «ttl.make_dataflow_buffer_like(x, shape=(1, 1), block_count='a')\n"),
    (
        "TTL0206",
        "def kernel(x, out):\n    for i in range(ttl.core(dims=1)):\n"
        "        «ttl.make_circular_buffer_like(x, shape=(1, 1))\n",
    ),
    (
        "TTL0206",
        "def kernel(x, out):\n    «ttl.make_circular_buffer_like(x, shape=(1, 1 + ttl.core(dims=1)))\n" + THREAD,
    ),
    (
        "TTL0206",
        "def kernel(x, out):\n    if ttl.core(dims=1) == 2:\n        @ttl.compute()\n        def one(): pass\n"
        "    else:\n        @ttl.compute()\n        def other(): pass\n".replace("def one", "«def one"),
    ),
    (
        "TTL0206",
        "«def kernel(x, out):\n    @ttl.compute()\n    def one(): pass\n    @ttl.datamovement()\n    def two(): pass\n"
        "    ttl.Program(one if ttl.core(dims=1) else two)\n",
    ),
]


@pytest.mark.parametrize(("code", "text"), WRONG, ids=[f"{c}-{t[-60:]}" for c, t in WRONG])
def test_wrong_kernel_function(code: str, text: str) -> None:
    expect(code, text, complex_tensor=StandIn(32, 32, dtype="complex64"), strided=StandIn(32, 32, layout="STRIDED"))


def test_what_the_kernel_function_raises_is_chained() -> None:
    assert isinstance(expect("TTL0201", PREFIX + "    «raise KeyError('k')\n").__cause__, KeyError)


@pytest.mark.parametrize(
    "call",
    [
        "ttl.core()",
        "ttl.core_linear()",
        "ttl.make_circular_buffer_like(x, shape=(1, 1))",
        "ttl.compute()(len)",
        "ttl.datamovement(len)",
        "ttl.Program()",
    ],
)
def test_language_function_outside_a_kernel(call: str) -> None:
    text = f"def kernel(x=None):\n    return {call}\n"
    with pytest.raises(DiagnosticError) as raised:
        load(text)()
    (diagnostic,) = raised.value.diagnostics
    assert diagnostic.span is not None
    assert (diagnostic.code, diagnostic.span.line, diagnostic.span.column) == ("TTL0208", 2, 12)


DIFFERENT = """
def kernel(x, out):
    core = ttl.core(dims=1)
    scale = core * 0.5
    items = [1] * (core + 1)
    names = {core: 1}
    kind = 1 if core else "one"
    nested = (0, [core, "a" * core])
    same = float(core * 0), (1, 2)
    wide = 1 << (31 + core)

    @ttl.compute()
    def compute():
        BODY
"""


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("b = «scale", "TTL0207"),
        ("b = «items", "TTL0207"),
        ("b = «names", "TTL0207"),
        ("b = «kind", "TTL0207"),
        ("b = «nested", "TTL0207"),
        ("b = «wide", "TTL0106"),
    ],
)
def test_values_that_may_not_differ(body: str, code: str) -> None:
    plain, place = find_mark(DIFFERENT.replace("BODY", body))
    (diagnostic,) = errors_of(load(plain), grid=(2, 1))
    assert diagnostic.span is not None
    assert (diagnostic.code, diagnostic.span.line, diagnostic.span.column) == (code, *place), diagnostic.render()


def test_what_does_not_differ_may_be_used() -> None:
    ir = ir_of(load(DIFFERENT.replace("BODY", "b = same[0] + core")), grid=(1, 1))
    assert "core_argument" not in ir


def test_kernel_function_runs_once_unless_it_asks_for_its_core() -> None:
    runs: list[Any] = []
    text = "def kernel(x, out):\n    runs.append(CORE)\n" + THREAD
    elaborated(load(text.replace("CORE", "ttl.grid_size()"), runs=runs), grid=(2, 3))
    assert runs == [(2, 3)]
    runs.clear()
    elaborated(load(text.replace("CORE", "ttl.core()"), runs=runs), grid=(2, 3))
    assert runs == [(0, 0), (1, 0), (0, 1), (1, 1), (0, 2), (1, 2)]
    runs.clear()
    elaborated(
        load(text.replace("CORE", "(ttl.core(dims=1), ttl.core_linear(), ttl.core(dims=3))"), runs=runs), grid=(2, 2)
    )
    assert runs == [(0, 0, (0, 0, 0)), (1, 1, (1, 0, 0)), (2, 2, (0, 1, 0)), (3, 3, (1, 1, 0))]


def test_grid_size_in_the_kernel_function() -> None:
    found: list[Any] = []
    text = (
        "def kernel(x, out):\n    found.append((ttl.grid_size(dims=1), ttl.grid_size(dim=2), ttl.grid_size(3)))\n"
        + THREAD
    )
    elaborated(load(text, found=found), grid=(4, 2))
    assert found == [(8, (4, 2), (4, 2, 1))]


def test_a_grid_of_one_dimension_has_one_row() -> None:
    result = elaborated(load(PREFIX + THREAD), grid=(4,))  # pyright: ignore[reportArgumentType]
    assert result.grid == (4, 1)


def test_buffers_are_named_after_their_variables() -> None:
    text = """
    def make(x):
        inner = ttl.make_circular_buffer_like(x, shape=(1, 1))
        return inner

    def kernel(x, out):
        plain = ttl.make_circular_buffer_like(x, shape=(1, 1))
        many = [ttl.make_circular_buffer_like(x, shape=(1, 1)) for _ in range(2)]
        table = {"left": make(x), 7: make(x), "a b": make(x)}
        x = ttl.make_circular_buffer_like(x, shape=(1, 1))
        twice = plain
        lost = ttl.make_circular_buffer_like(out, shape=(1, 1))
        lost = None
        @ttl.compute()
        def compute(): pass
    """
    names = [buffer.name for buffer in elaborated(load(text)).buffers]
    assert names == ["plain", "many_0", "many_1", "table_left", "table_7", "table", "x_1", "cb7"]


def test_the_program_may_leave_threads_out() -> None:
    text = PREFIX + THREAD + "    @ttl.datamovement()\n    def dm(): pass\n    return ttl.Program(dm)(x, out)\n"
    result = elaborated(load(text))
    assert [(thread.name, thread.kind) for thread in result.threads] == [("dm", "datamovement")]


def test_threads_of_one_name_are_told_apart() -> None:
    text = PREFIX + "    for _ in range(2):\n        @ttl.datamovement()\n        def dm(): pass\n"
    assert [thread.name for thread in elaborated(load(text)).threads] == ["dm", "dm_1"]


def test_constants_and_keyword_parameters() -> None:
    text = """
    def kernel(x, scale, *sizes, out, **more):
        cb = ttl.make_circular_buffer_like(x, shape=sizes)
        @ttl.compute()
        def compute():
            with cb.reserve() as o:
                o.store(scale + more["bias"])
    """
    result = compile_kernel(load(text), tensor(), 3, (2, 4), tensor(), {"bias": 0.5})
    ir = str(result.module)
    assert '"x" at 0' in ir
    assert '"out" at 1' in ir
    assert "ttl.fill [3.500000e+00]" in ir
    assert "!ttl.cb<[2, 4]," in ir


def test_what_is_returned_is_kept() -> None:
    x, out = tensor(), tensor()
    assert elaborated(load(PREFIX + THREAD + "    return out\n"), x, out).returned is out


def test_several_tensors_in_one_argument() -> None:
    kernel = load("«def kernel(x, out):\n    pass\n".replace("«", ""))
    with pytest.raises(DiagnosticError) as raised:
        elaborated(kernel, [tensor(), tensor()], tensor())
    assert raised.value.diagnostics[0].code == "TTL0003"


TENSORS: list[tuple[Any, str]] = [
    (StandIn(64, 64, dtype="bfloat8_b", layout="ROW_MAJOR"), "TTL0205"),
    (StandIn(64, 64, memory_layout="HEIGHT_SHARDED"), "TTL0205"),
    (StandIn(64, 64, memory_layout="ND_SHARDED"), "TTL0003"),
    (StandIn(64, 0), "TTL0205"),
    (StandIn(64, 64, dtype="complex64"), "TTL0205"),
    (StandIn(64, 64, layout="STRIDED"), "TTL0205"),
    (StandIn(64, 64, memory="L1_SMALL"), "TTL0205"),
]


@pytest.mark.parametrize(("given", "code"), TENSORS)
def test_tensors_that_kernels_do_not_take(given: Any, code: str) -> None:
    kernel = load("def kernel(x):\n    @ttl.compute()\n    def compute(): pass\n")
    (diagnostic,) = errors_of(kernel, given)
    assert diagnostic.code == code
    assert diagnostic.span is not None
    assert (diagnostic.span.line, diagnostic.message.split()[0]) == (1, "x")


def test_tensor_without_memory_configuration() -> None:
    class Bare:
        shape, dtype, layout = (64, 64), "bfloat16", "TILE"

    (diagnostic,) = errors_of(load("def kernel(x):\n    @ttl.compute()\n    def compute(): pass\n"), Bare())
    assert diagnostic.code == "TTL0205"


def test_tiles_of_other_sizes() -> None:
    odd = tensor()
    odd.tile = type("Tile", (), {"tile_shape": [16, 32]})()  # pyright: ignore[reportAttributeAccessIssue]
    (diagnostic,) = errors_of(load("def kernel(x):\n    @ttl.compute()\n    def compute(): pass\n"), odd)
    assert diagnostic.code == "TTL0003"


def test_all_wrong_tensors_are_reported() -> None:
    kernel = load("def kernel(x, y):\n    @ttl.compute()\n    def compute(): pass\n")
    found = errors_of(kernel, StandIn(0, 1), StandIn(64, 64, memory_layout="ND_SHARDED"))
    # At one place, so that only their codes tell them apart.
    assert {diagnostic.code for diagnostic in found} == {"TTL0205", "TTL0003"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (StandIn(64, 96), "<[2, 3], !ttcore.tile<32x32, bf16>, dram>"),
        (StandIn(1, 1, 64, 32), "<[1, 1, 2, 1], !ttcore.tile<32x32, bf16>, dram>"),
        (StandIn(2, 3, 64, 33), "<[2, 3, 2, 2], !ttcore.tile<32x32, bf16>, dram>"),
        (StandIn(2, 3, 65, layout="ROW_MAJOR"), "<[2, 3, 65], !ttcore.scalar<bf16>, dram>"),
        (StandIn(33, 1), "<[2, 1], !ttcore.tile<32x32, bf16>, dram>"),
        (StandIn(32, 32, dtype="float32", memory="L1"), "<[1, 1], !ttcore.tile<32x32, f32>, l1>"),
        (StandIn(32, 32, dtype="bfloat8_b"), "<[1, 1], !ttcore.tile<32x32, bfp_bf8>, dram>"),
    ],
)
def test_types_of_tensors(given: StandIn, expected: str) -> None:
    assert expected in ir_of(load("def kernel(x):\n    @ttl.compute()\n    def compute(): pass\n"), given)


def test_parameter_forwards_to_its_tensor() -> None:
    given = tensor()
    parameter = TensorParameter("x", 0, given)
    assert parameter.shape == (256, 256)
    assert parameter.memory_config() is given.memory_config()
    with pytest.raises(AttributeError):
        parameter.missing
    assert repr(parameter) == "<tensor x>"
    assert Host(parameter).value is parameter


def test_a_thread_without_source() -> None:
    namespace: dict[str, Any] = {"ttl": ttl}
    exec("def kernel(x):\n    @ttl.compute()\n    def compute(): pass\n", namespace)
    (diagnostic,) = errors_of(namespace["kernel"])
    assert diagnostic.code == "TTL0109"


def test_source_that_has_changed() -> None:
    import linecache

    kernel = load("def kernel(x):\n    @ttl.compute()\n    def compute():\n        a = 1\n        b = a\n")
    file = kernel.__code__.co_filename
    text = "def kernel(x):\n    @ttl.compute()\n    def compute():\n        c = 1\n"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    (diagnostic,) = errors_of(kernel)
    assert diagnostic.code == "TTL0109"


def test_all_errors_are_reported_in_their_order() -> None:
    text = """
    def kernel(x, out):
        x_cb = ttl.make_circular_buffer_like(x, shape=(1, 1))
        @ttl.compute()
        def compute():
            a = undefined_one
            b = a + 1
            for i in undefined_two:
                c = undefined_three + b
            if undefined_four:
                d = undefined_five
            d = 2 + d
            with undefined_six as e, x_cb.wait() as f:
                e.store(undefined_seven)
        @ttl.datamovement()
        def read():
            while undefined_eight:
                g = undefined_nine
            helper(ttl.core_linear())
            helper(ttl.core_linear())
        def helper(v):
            return undefined_ten
    """
    found = errors_of(load(text), grid=(2, 2))
    names = [diagnostic.message.split()[0].removeprefix("undefined_") for diagnostic in found]
    assert names == ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    assert found[-1].related[0].message == "helper is called here"


def test_warning_about_a_value_that_is_not_stored() -> None:
    text = """
    def kernel(x, out):
        x_cb = ttl.make_circular_buffer_like(x, shape=(1, 1))
        @ttl.compute()
        def compute():
            with x_cb.wait() as a, x_cb.reserve() as o:
                unused = a * 2 + 1
                o.store(a)
    """
    (diagnostic,) = compile_kernel(load(text)).diagnostics
    assert (diagnostic.code, diagnostic.severity, diagnostic.span.line, diagnostic.span.column) == (  # pyright: ignore[reportOptionalMemberAccess]
        "TTL0602",
        "warning",
        7,
        22,
    )
    assert "unused" in diagnostic.message
