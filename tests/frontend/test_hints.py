"""What is suggested to somebody who has written a name, an argument or an operator that is not there."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.kernel_texts import StandIn, errors_of, kernel_text, load, tensor
from ttlang import host
from ttlang.diagnostics import Diagnostic, DiagnosticError
from ttlang.driver.decorators import kernel, operation

HINTS: list[tuple[str, str]] = [
    ("b = siz", "did you mean size?"),
    ("b = exp(x_cb.wait())", "did you mean ttl.math.exp?"),
    ("b = matmul(x_cb.wait(), x_cb.wait())", "did you mean ttl.matmul?"),
    ("b = program_id", "column, row = ttl.core()"),
    ("b = ttl.math.gleu", "did you mean ttl.math.gelu?"),
    ("b = ttl.gleu", "did you mean ttl.math.gelu?"),
    ("b = ttl.math.copy", "did you mean ttl.copy?"),
    ("b = ttl.cpoy", "did you mean ttl.copy?"),
    ("b = ttl.math.softmax", "reduce_max"),
    ("b = ttl.block.boradcast", "did you mean ttl.block.broadcast?"),
    ("b = x_cb.wait().exp", "ttl.math.exp(x)"),
    ("b = x_cb.wait().max", "ttl.reduce_max"),
    ("b = x_cb.wait().T", "ttl.transpose(x)"),
    ("b = x_cb.wait().pup", "did you mean pop?"),
    ("b = ttl.reduce_sum(x_cb.wait(), axis=0)", "did you mean dims? It is ttl.reduce_sum(x,"),
    ("b = ttl.copy(1)", "ttl.copy(src, dst)"),
    ("ttl.raw_element_read()", "it is ttl.raw_element_read(block, *coordinates)"),
    ("b = out_bc.reserve()", "did you mean out_cb?"),
    ("b = x_cb.wait()\nb = (b > 0) & (b < 1)", "(x > 0) * (x < 1)"),
    ("b = x_cb.wait()\nb = b > 0 or b < 1", "ttl.math.max"),
    ("b = x_cb.wait()\nb = ~b", "ttl.math.logical_not"),
    ("b = x_cb.wait()\nb = ttl.where(b > 0, b)", "it is ttl.where(x, y, z): y where x is not 0, else z"),
    (
        "out_cb.reserve().store(ttl.reduce_sum(big_cb.wait(), dims=[0]))",
        "reduce with dims=[1], or make out_cb with shape=(2, 1)",
    ),
    ("for i in range(4):\n    b = x_cb.wait() + i\n    x_cb.pop()", "write the numbers to a tensor"),
    ("x_cb.wait()\nx_cb.pop", "call it: x_cb.pop()"),
    ("with x_cb.wait as b:\n    pass", "call it: x_cb.wait()"),
    ("out[0, 0] = 1", "ttl.copy(block, out[row, column])"),
    ("o = out_cb.reserve()\no[0] = 1", "o.store(value)"),
    ("b = [1]\nb[0] = 2", "make a new list, as in b = [new if n == place else b[n] for n in range(1)]"),
    ("try:\n    pass\nexcept ValueError:\n    pass", "`if`"),
]


def only(found: tuple[Diagnostic, ...]) -> Diagnostic:
    (diagnostic,) = found
    return diagnostic


@pytest.mark.parametrize(("body", "hint"), HINTS, ids=[body for body, _ in HINTS])
def test_hint(body: str, hint: str) -> None:
    text = kernel_text(compute=body)
    made = "    size = 4\n    big_cb = ttl.make_circular_buffer_like(x, shape=(2, 1))\n"
    found = only(errors_of(load(text.replace("    size = 4\n", made))))
    assert hint in (found.hint or ""), found.render()


READ: list[tuple[str, str]] = [
    ("x[64, 0]", "not in elements"),
    ("x[0:32, 0:32]", "not in elements"),
    ("for i in range(256):\n    x[i, 0]", "not in elements"),
    ("for i in range(9):\n    x[i, 0]", "i goes from 0 to 8"),
    ("for i in range(8):\n    x[i:i + 2, 0]", "i goes from 0 to 7"),
    ("x[size / 2, 0]", "// divides"),
    ("x[0][0]", "x[row, column]"),
    ("x[0, 0, 0]", "[row, column]"),
    ("x[2:2, 0]", "i:i + 1"),
    ("b = x_cb.reserve()\nttl.copy(x[0], b).wait()", "make x_cb with shape=(1, 8)"),
]


@pytest.mark.parametrize(("body", "hint"), READ, ids=[body for body, _ in READ])
def test_hint_of_data_movement(body: str, hint: str) -> None:
    found = only(errors_of(load(kernel_text(read=body))))
    assert hint in (found.hint or ""), found.render()


def test_an_index_one_too_far_is_no_element() -> None:
    found = only(errors_of(load(kernel_text(read="x[8, 0]"))))
    assert found.hint is None
    assert "8 tiles: 0 to 7" in found.message


def test_where_buffers_of_a_wrong_shape_are_made() -> None:
    text = kernel_text(compute="b = x_cb.wait() + ttl.reduce_sum(y_cb.wait() @ big_cb.wait())")
    found = only(errors_of(load(text.replace("size = 4", "big_cb = ttl.make_circular_buffer_like(x, shape=(2, 2))"))))
    assert [note.message for note in found.related] == [
        "the blocks of y_cb have 1x1 tiles of bfloat16",
        "the blocks of big_cb have 2x2 tiles of bfloat16",
    ]


def test_a_tensor_that_the_kernel_is_not_given() -> None:
    text = kernel_text(read="other[0, 0]", before="other = OTHER")
    found = only(errors_of(load(text, OTHER=tensor())))
    assert (found.code, found.message) == ("TTL0105", "other is a tensor that the kernel is not given")


def test_a_function_of_ttnn_in_a_thread() -> None:
    found = only(errors_of(load(kernel_text(compute="b = ttnn.exp(x_cb.wait())"), ttnn=host)))
    assert (found.code, found.hint) == ("TTL0108", "ttl.math.exp works on blocks")
    assert found.message.startswith("ttnn.exp is called on the host")


@pytest.mark.parametrize(
    ("make", "hint"),
    [
        (lambda: kernel((1, 1)), "@ttl.kernel(grid=(1, 1))"),  # pyright: ignore[reportArgumentType, reportCallIssue]
        (lambda: operation((2, 2)), "@ttl.operation(grid=(2, 2))"),
        (lambda: kernel(fp32_dest_acc=True), "did you mean fp32_dest_acc_en?"),
        (lambda: kernel(memory_space="L1"), "a tensor's memory_config says where it lies"),
        (lambda: kernel(tiled=True), "ttnn.TILE_LAYOUT"),
        (lambda: kernel(compute_config={"math_fidelity": "LoFi"}), "options of their own: math_fidelity"),
        (lambda: kernel(block_factors=[[1, 1]]), "shape= of its buffer"),
        (lambda: operation(iterator_types=["parallel"]), "leave both out"),
    ],
)
def test_hints_of_decorators(make: Callable[[], Any], hint: str) -> None:
    with pytest.raises(DiagnosticError) as raised:
        make()
    found = only(raised.value.diagnostics)
    assert found.code in ("TTL0002", "TTL0703")
    assert found.span is not None
    assert hint in (found.hint or "")


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (("def compute", "async def compute"), "leave async out"),
        (("def read", "async def read"), "def read(): ..."),
    ],
)
def test_a_thread_that_is_none(change: tuple[str, str], hint: str) -> None:
    found = only(errors_of(load(kernel_text().replace(*change))))
    assert found.code == "TTL0101"
    assert hint in (found.hint or "")


@pytest.mark.parametrize(
    ("arguments", "keywords", "message"),
    [
        ((), {}, "double lacks its argument x"),
        ((1,), {"output": 2}, "double has no parameter output"),
        ((1, 2, 3), {}, "double takes 2 arguments, and is given 3"),
    ],
)
def test_wrong_calls_are_reported_where_they_are(arguments: Any, keywords: Any, message: str) -> None:
    def double(x: Any, out: Any) -> None: ...

    with pytest.raises(DiagnosticError) as raised:
        kernel(double)(*arguments, **keywords)
    found = only(raised.value.diagnostics)
    assert found.message == message
    assert found.span is not None
    assert found.span.file == __file__
    assert found.span.line == double.__code__.co_firstlineno + 3


def test_two_counts_of_blocks() -> None:
    text = "def kernel(x):\n    ttl.make_circular_buffer_like(x, shape=(1, 1), block_count=2, buffer_factor=3)\n"
    found = only(errors_of(load(text), StandIn(32, 32)))
    assert found.code == "TTL0304"
    assert found.message.startswith("buffer_factor=3 and block_count=2 are two names of one number")


def test_a_broadcast_of_what_is_no_column() -> None:
    body = "big = big_cb.wait()\nout_cb.reserve().store(big + ttl.broadcast(big, dims=[1]))"
    before = "big_cb = ttl.make_circular_buffer_like(x, shape=(2, 2))"
    found = errors_of(load(kernel_text(compute=body).replace("    size = 4\n", f"    size = 4\n    {before}\n")))
    assert only(found).hint == "dims=[1] takes a block of one column of tiles, with as many rows as the result has"


def test_mistakes_of_one_thread_do_not_hide_those_of_another() -> None:
    text = kernel_text(compute="b = x_cb.wait() + missing", read="b = x_cb.reserve()\nttl.copy(x[0, 0], b)\nb.push()")
    assert [found.code for found in errors_of(load(text))] == ["TTL0103", "TTL0504"]


@pytest.mark.parametrize(("names", "warns"), [("xx", True), ("xy", False)])
def test_one_tensor_for_two_parameters(names: str, warns: bool, elementwise: Callable[..., Any]) -> None:
    device = host.open_device(device_id=0)
    tensors = {name: host.ones((32, 32), layout=host.TILE_LAYOUT, device=device) for name in "xy"}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        elementwise("x + 1")(*(tensors[name] for name in names))
    assert [warning.message.diagnostic.code for warning in caught] == (["TTL0210"] if warns else [])
    assert (host.to_torch(tensors[names[-1]]) == 2).all()
