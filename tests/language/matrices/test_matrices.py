"""Products, transposes, reductions, broadcasts and stores that accumulate: the IR that they become, and mistakes."""

from __future__ import annotations

import re

import pytest

from tests.support.kernel_texts import compile_kernel, errors_of, load, tensor

HEAD = """
from ttlang import language as ttl

def kernel(x, y, out):
    a_cb = ttl.make_circular_buffer_like(x, shape=(2, 3))
    b_cb = ttl.make_circular_buffer_like(y, shape=(3, 4))
    col_cb = ttl.make_circular_buffer_like(x, shape=(2, 1))
    row_cb = ttl.make_circular_buffer_like(x, shape=(1, 4))
    s_cb = ttl.make_circular_buffer_like(x, shape=(1, 1))
    int_cb = ttl.make_circular_buffer_like(INT, shape=(2, 3))
    wide_cb = ttl.make_circular_buffer_like(WIDE, shape=(1, 1))
    o_cb = ttl.make_circular_buffer_like(out, shape=(2, 4))
    p_cb = ttl.make_circular_buffer_like(out, shape=(2, 3))

    @ttl.compute()
    def compute():
        a, b, col, row, s = a_cb.wait(), b_cb.wait(), col_cb.wait(), row_cb.wait(), s_cb.wait()
        n, w = int_cb.wait(), wide_cb.wait()
        o, p = o_cb.reserve(), p_cb.reserve()
"""


def kernel(body: str):
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    names = {"INT": tensor(dtype="int32"), "WIDE": tensor(dtype="float32")}
    return load(HEAD + lines, **names)


def lowered(body: str, edition: str = "2025") -> list[str]:
    """The operations that a body becomes, without the acquisitions before it."""
    text = str(compile_kernel(kernel(body), edition=edition).module)
    lines = text[text.index("@compute {") :].splitlines()[1:]
    shown = [re.sub(r"%\w+ = ttl\.|ttl\.|%", "", re.split(r" : [(!i]", line.strip())[0]) for line in lines]
    start = max(i for i, line in enumerate(shown) if line.startswith("cb_reserve"))
    return shown[start + 1 : shown.index("}", start)]


EXPRESSIONS = {
    "a @ b": ["matmul a, b"],
    "ttl.matmul(a, b)": ["matmul a, b"],
    "ttl.math.matmul(a, b)": ["matmul a, b"],
    "ttl.block.matmul(a, b)": ["matmul a, b"],
    "ttl.matmul(a, ttl.transpose(b), transpose_rhs=True)": ["transpose b", "transpose 0", "matmul a, 1"],
    "ttl.math.matmul(a, b, transpose_rhs=False)": ["matmul a, b"],
    "ttl.broadcast(col, dims=[1])": ["broadcast col col"],
    "ttl.math.broadcast(col, o, dims=[1])": ["broadcast col col"],
    "ttl.block.broadcast(row, o, [0])": ["broadcast row row"],
    "ttl.broadcast(s, dims=[0, 1])": ["broadcast scalar s"],
    "ttl.broadcast(s, dims=(-1, 0))": ["broadcast scalar s"],
    "ttl.block.broadcast(col, dims=[-1], shape=(2, 4))": ["broadcast col col"],
    "ttl.block.broadcast(row, [0], (2, 4))": ["broadcast row row"],
    "ttl.block.broadcast(s, [0, 1], shape=o.shape)": ["broadcast scalar s"],
    "ttl.broadcast(col, o, [1], (2, 4))": ["broadcast col col"],
    # A shape that is said is made there.
    "-ttl.broadcast(col, dims=[1], shape=(2, 4))": ["broadcast col col", "neg 0"],
    # A function of broadcasts alone works on what is broadcast.
    "-ttl.broadcast(col, dims=[1])": ["neg col", "broadcast col 0"],
    "ttl.broadcast(col, dims=[1]) * 2.0": ["mul_unary col [2.000000e+00]", "broadcast col 0"],
    "ttl.broadcast(col, dims=[1]) + ttl.broadcast(col, dims=[1])": ["add col, col", "broadcast col 0"],
    "abs(ttl.broadcast(row, dims=[0]))": ["abs row", "broadcast row 0"],
    # The shape comes from the other operand.
    "(a @ b) - ttl.broadcast(row, dims=[0])": ["matmul a, b", "broadcast row row", "sub 0, 1"],
    "ttl.math.max(ttl.broadcast(row, dims=[0]), a @ b)": ["matmul a, b", "broadcast row row", "max 1, 0"],
}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expressions(expression: str) -> None:
    *ops, store = lowered(f"o.store({expression})")
    assert ops == EXPRESSIONS[expression]
    assert re.fullmatch(r"store \w+, o", store)


REDUCTIONS = {
    "dims=[0]": "row",
    "dims=[1]": "col",
    "dims=0": "row",
    "dims=-1": "row",
    "dims=[-2]": "col",
    "dims=[0, -1]": "scalar",
    "dims=[0, 1]": "scalar",
    "dims=(1, 0)": "scalar",
    "": "scalar",
    'dim="row"': "row",
    'dim="col"': "col",
    'dim="scalar"': "scalar",
}
REPEATED = {"row": "[1]", "col": "[0]", "scalar": "[0, 1]"}


@pytest.mark.parametrize("name", ["reduce_sum", "reduce_max"])
@pytest.mark.parametrize("dims", REDUCTIONS)
def test_reductions(name: str, dims: str) -> None:
    dim = REDUCTIONS[dims]
    body = f"p.store(ttl.broadcast(ttl.{name}(a, {dims}), dims={REPEATED[dim]}))"
    assert lowered(body)[0] == f"{name} {dim} a"


SHAPED = {
    "a, dims=[1], shape=(2, 1)": "row",
    "a, dims=[0], shape=(1, 3)": "col",
    "a, [-1], (2, 1)": "row",
    "a, [0, 1], shape=[1, 1]": "scalar",
    "a, [1], shape=col.shape": "row",
    "a, shape=(1, 1)": "scalar",
    'a, dim="row", shape=(2, 1)': "row",
}


@pytest.mark.parametrize("name", ["reduce_sum", "reduce_max"])
@pytest.mark.parametrize("arguments", SHAPED)
@pytest.mark.parametrize("edition", ["2025", "2026"])
def test_where_a_reduction_names_its_shape_dims_are_those_that_go(name: str, arguments: str, edition: str) -> None:
    dim = SHAPED[arguments]
    body = f"p.store(ttl.broadcast(ttl.{name}({arguments}), dims={REPEATED[dim]}))"
    assert lowered(body, edition)[0] == f"{name} {dim} a"


SCALERS = {
    "reduce_sum(a, s, dims=[0])": ["reduce_sum row a, s"],
    "reduce_sum(a, s, [0])": ["reduce_sum row a, s"],
    "reduce_sum(a, s, dims=[1], shape=(2, 1))": ["reduce_sum row a, s"],
    "reduce_sum(a, 1, dims=[0])": ["reduce_sum row a"],
    "reduce_sum(a, 0.5, dims=[0])": ["reduce_sum row a", "mul_unary 0 [5.000000e-01]"],
    # Twice for a scalar, none but 1 for a maximum, one format for both: the compiler's business.
    "reduce_sum(a, s)": ["reduce_sum scalar a", "mul 0, s"],
    "reduce_max(a, s, dims=[0])": ["reduce_max row a", "broadcast none s", "mul 0, 1"],
    "reduce_sum(a, w, dims=[0])": ["reduce_sum row a", "broadcast none w", "mul 0, 1"],
    "reduce_max(a, 2, dims=[0])": ["reduce_max row a", "mul_unary 0 [2.000000e+00]"],
}


@pytest.mark.parametrize("call", SCALERS)
def test_scalers(call: str) -> None:
    dims = "[1]" if "[0]" in call or "dims" in call else "[0, 1]"
    *ops, _, _ = lowered(f"p.store(ttl.broadcast(ttl.{call}, dims={dims}))")
    assert ops == SCALERS[call]


@pytest.mark.parametrize(
    "twice",
    [
        "ttl.transpose(ttl.transpose(a))",
        "a.transpose().transpose()",
        "ttl.math.transpose(ttl.block.transpose(a))",
    ],
)
def test_transposes(twice: str) -> None:
    assert lowered(f"p.store({twice})")[:2] == ["transpose a", "transpose 0"]


# ------------------------------------------------------------------------------------------------ accumulation

ACCUMULATION = {
    # One store: nothing is added.
    "o.store(a @ b, acc=True)": ["store 0, o"],
    "o += a @ b": ["store 0, o"],
    "o.store(ttl.matmul(a, b, o))": ["store 0, o"],
    # More than one, or in a loop.
    "o.store(a @ b)\no += a @ b": ["store 0, o", "store 1, o {acc}"],
    "for _ in range(3):\n    o += a @ b": ["store 4, o {acc}"],
    "for _ in range(3):\n    o.store(ttl.matmul(a, b, o))": ["store 4, o {acc}"],
    "for _ in range(3):\n    r = ttl.math.matmul(a, b, o)\n    o.store(r)": ["store r, o {acc}"],
    "for _ in range(3):\n    with p_cb.reserve() as q:\n        q.store(a, acc=True)\n    o += a @ b": [
        "store a, q",
        "store 4, o {acc}",
    ],
}


@pytest.mark.parametrize("body", ACCUMULATION)
def test_accumulation(body: str) -> None:
    if "p_cb" in body:
        body = f"p.push()\n{body}"
    assert [line for line in lowered(body) if line.startswith("store")] == ACCUMULATION[body.removeprefix("p.push()\n")]


def test_a_product_goes_on_from_a_block_that_was_waited_for() -> None:
    assert lowered("p.store(ttl.matmul(ttl.matmul(a, b), ttl.transpose(b), a))")[-2:] == ["add a, 2", "store 3, p"]


def test_adding_to_a_value_is_no_store() -> None:
    assert lowered("v = a * 1.5\nv += a\np.store(v)")[-2:] == ["add v, a", "store v_1, p"]


def test_a_reserved_block_counts_as_zero_before_its_first_store() -> None:
    assert lowered("o.store(ttl.math.relu(ttl.matmul(a, b, o)))") == ["matmul a, b", "relu 0", "store 1, o"]


# ---------------------------------------------------------------------------------------------------- mistakes

MISTAKES = [
    ("TTL0301", "o.store(b @ a)"),
    ("TTL0301", "o.store(a @ ttl.broadcast(row, dims=[0]))"),
    ("TTL0301", "o.store(ttl.matmul(a, b, p))"),
    ("TTL0301", "o.store(ttl.broadcast(a, dims=[1]))"),
    ("TTL0301", "o.store(ttl.broadcast(row, dims=[1]))"),
    ("TTL0301", "p.store(ttl.broadcast(row, p, dims=[0]))"),
    ("TTL0301", "o.store(ttl.broadcast(col, dims=[1]) + ttl.broadcast(row, dims=[0, 1]))"),
    ("TTL0301", "p.store(ttl.transpose(a, p))"),
    ("TTL0301", "o.store(ttl.reduce_sum(a, col, dims=[0]))"),
    ("TTL0301", "p.store(ttl.reduce_sum(a, None, p, dims=[0]))"),
    ("TTL0106", "o.store(a @ 2)"),
    ("TTL0106", "o.store(2 @ a)"),
    ("TTL0106", "o.store(ttl.matmul(a, b, 3))"),
    ("TTL0106", "o.store(ttl.reduce_max(3.0))"),
    ("TTL0106", "p.store(ttl.reduce_max(a, a_cb, dims=[0]))"),
    ("TTL0106", "ttl.broadcast(row, dims=[0]).store(a)"),
    ("TTL0106", "o.store(ttl.broadcast(row, 3, dims=[0]))"),
    ("TTL0107", "o.store(ttl.broadcast(row))"),
    ("TTL0107", "o.store(ttl.broadcast(row, dims=[2]))"),
    ("TTL0107", "o.store(ttl.broadcast(row, dims=[]))"),
    ("TTL0107", "p.store(ttl.reduce_sum(a, dims=['row']))"),
    ("TTL0107", "p.store(ttl.reduce_sum(a, dim='rows'))"),
    ("TTL0107", "p.store(ttl.reduce_sum(a, dims=[0], dim='row'))"),
    ("TTL0107", "o.store(ttl.matmul(a))"),
    ("TTL0108", "p.store(ttl.reduce_sum(a, dims=[ttl.core_linear()]))"),
    ("TTL0107", "o.store(ttl.matmul(a, b, None, True))"),
    ("TTL0107", "p.store(a.transpose(p))"),
    ("TTL0301", "o.store(ttl.matmul(a, b, transpose_rhs=True))"),
    ("TTL0106", "o.store(ttl.matmul(a, 2, transpose_rhs=True))"),
    ("TTL0301", "p.store(ttl.broadcast(col, dims=[1]).transpose())"),
    ("TTL0108", "o.store(ttl.matmul(a, b, transpose_rhs=ttl.core_linear() > 0))"),
    ("TTL0108", "o.store(a @ b, acc=ttl.core_linear() > 0)"),
    ("TTL0211", "p.store(ttl.reduce_sum(a, dims=[0], shape=(2, 1)))"),
    ("TTL0211", "p.store(ttl.reduce_max(a, [1], (1, 3)))"),
    ("TTL0301", "p.store(ttl.reduce_sum(a, dims=[0], shape=(2, 3)))"),
    ("TTL0301", "p.store(ttl.reduce_sum(a, dims=[-1], shape=(1, 3)))"),
    ("TTL0301", "p.store(ttl.reduce_sum(a, dim='row', shape=(1, 3)))"),
    ("TTL0301", "p.store(ttl.reduce_sum(a, dims=[0, 1], shape=(1, 1, 1)))"),
    ("TTL0301", "o.store(ttl.broadcast(col, dims=[1], shape=(3, 4)))"),
    ("TTL0301", "o.store(ttl.broadcast(col, dims=[1], shape=(2, 5)))"),
    ("TTL0301", "o.store(ttl.broadcast(col, o, dims=[1], shape=(2, 5)))"),
    ("TTL0304", "o.store(ttl.broadcast(col, dims=[1], shape=(2, 0)))"),
    ("TTL0304", "p.store(ttl.reduce_sum(a, dims=[1], shape=2))"),
    ("TTL0304", "p.store(ttl.reduce_sum(a, dims=[1], shape=(2, ttl.core_linear())))"),
    ("TTL0306", "p.store(ttl.transpose(n))"),
    ("TTL0306", "p.store(ttl.reduce_sum(n))"),
    ("TTL0306", "o.store(n @ b)"),
    ("TTL0411", "a += a"),
    ("TTL0412", "o.store(a @ b)\no.store(ttl.math.relu(ttl.matmul(a, b, o)), acc=True)"),
    ("TTL0412", "for _ in range(2):\n    o.store(ttl.math.relu(ttl.matmul(a, b, o)), acc=True)"),
]


@pytest.mark.parametrize(("code", "body"), MISTAKES, ids=[body for _, body in MISTAKES])
def test_mistakes(code: str, body: str) -> None:
    (found,) = errors_of(kernel(body), grid=(2, 2))
    assert found.code == code, found.render()
    assert found.span is not None
    assert found.span.line == len(HEAD.splitlines()) + len(body.splitlines())


def test_a_data_movement_thread_multiplies_nothing() -> None:
    text = HEAD.replace("@ttl.compute()", "@ttl.datamovement()")
    function = load(text + "        o.store(a @ b)\n", INT=tensor(dtype="int32"), WIDE=tensor(dtype="float32"))
    (found,) = errors_of(function)
    assert found.code == "TTL0601", found.render()
