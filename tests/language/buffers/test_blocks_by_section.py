"""Blocks that are handed on by DST section: the same bytes as without, from the IR and from the C++."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

import pytest
import torch

from tests.support.both_ways import every_way
from tests.support.device_tensors import on_device
from ttlang import ttnn
from ttlang.analysis.section_hand_over import HandOvers

Load = Callable[[str], Any]

ROW = "x * ttl.math.broadcast(ttl.math.rsqrt(ttl.math.reduce_sum(x * x, dims=[1]) + 1), dims=[1])"
EXPRESSIONS = {
    "rows": ROW,
    "columns": "x * ttl.math.broadcast(ttl.math.reduce_sum(x * x, dims=[0]), dims=[0])",
    "all": "x - ttl.math.broadcast(ttl.math.reduce_sum(x * x, dims=[0, 1]), dims=[0, 1])",
    "transposed": "ttl.transpose(ttl.transpose(ttl.math.exp(x)) * 2)",
    "product": "(x * 0.25) @ ttl.transpose(ttl.math.exp(x)) @ x",
    "twice": f"({ROW}) @ (ttl.transpose(x) @ ({ROW}))",
    "long": " + ".join(f"ttl.math.{name}(x)" for name in ("exp", "abs", "square", "relu", "tanh", "sigmoid")),
}

KERNEL = """
import ttl

@ttl.operation(grid=(1, 1), **{options})
def kernel(x_in, out):
    x_dfb = ttl.make_dataflow_buffer_like(x_in, shape={block}, block_count={blocks})
    out_dfb = ttl.make_dataflow_buffer_like(out, shape={block}, block_count={blocks})

    @ttl.compute()
    def compute():
        for _ in range({turns}):
            with x_dfb.wait() as x, out_dfb.reserve() as o:
                o.store({expression})

    @ttl.datamovement()
    def read():
        for turn in range({turns}):
            with x_dfb.reserve() as block:
                ttl.copy(x_in[turn * {rows} : (turn + 1) * {rows}, :], block).wait()

    @ttl.datamovement()
    def write():
        for turn in range({turns}):
            with out_dfb.wait() as block:
                ttl.copy(block, out[turn * {rows} : (turn + 1) * {rows}, :]).wait()
"""
SUM = """
import ttl

@ttl.operation(grid=(2, 1), **{options})
def kernel(a_in, b_in, out):
    a_dfb = ttl.make_dataflow_buffer_like(a_in, shape=({rows}, 1), block_count=2)
    b_dfb = ttl.make_dataflow_buffer_like(b_in, shape=(1, {columns}), block_count=2)
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=({rows}, {columns}), block_count=1)

    @ttl.compute()
    def compute():
        column, _ = ttl.node()
        for _ in range(2):
            total = ttl.block.fill(0, shape=({rows}, {columns}))
            {loops}
                with a_dfb.wait() as a, b_dfb.wait() as b:
                    total += a @ b
            with out_dfb.reserve() as o:
                o.store({result})

    @ttl.datamovement()
    def read():
        column, _ = ttl.node()
        for _ in range(2):
            {loops}
                with a_dfb.reserve() as a, b_dfb.reserve() as b:
                    ttl.copy(a_in[:, {k}], a).wait()
                    ttl.copy(b_in[{k}, :], b).wait()

    @ttl.datamovement()
    def write():
        column, _ = ttl.node()
        for turn in range(2):
            with out_dfb.wait() as block:
                first = (column * 2 + turn) * {rows}
                ttl.copy(block, out[first : first + {rows}, :]).wait()
"""
LOOPS = {
    "one": (("for k in range(4):",), "k"),
    "from a place": (("for k in range(1, 4, 2):",), "k"),
    "nested": (("for i in range(2):", "for j in range(2):"), "i * 2 + j"),
    "by the core": (("for k in range(column, 4):",), "k"),
    "by the turn": (("for i in range(3):", "for j in range(i, 4):"), "j"),
}
"""Around a product that is added up, and the tile along K of a turn."""
CALL = re.compile(r"(?P<call>cb_\w+)\((?P<buffer>\w+), (?P<tiles>\d+)\)")


def source(expression: str, block: tuple[int, int], turns: int = 2, blocks: int = 1, **options: Any) -> str:
    return KERNEL.format(expression=expression, block=block, rows=block[0], turns=turns, blocks=blocks, options=options)


def calls(code: str, call: str, buffer: str) -> list[int]:
    """The tiles of each call on a buffer in a text."""
    found = ((each["call"], each["buffer"], int(each["tiles"])) for each in CALL.finditer(code))
    return [tiles for name, held, tiles in found if (name, held) == (call, buffer)]


def handed_in_parts(code: str) -> set[str]:
    """Buffers of a text with pushes of less than was reserved."""
    names = {each["buffer"] for each in CALL.finditer(code)}
    ends = {name: [calls(code, call, name) for call in ("cb_push_back", "cb_reserve_back")] for name in names}
    return {name for name, (pushed, reserved) in ends.items() if pushed and min(pushed) < max(reserved)}


def results(load: Load, text: str, x: torch.Tensor) -> tuple[Any, Any]:
    """What a kernel makes of a tensor, and its pages."""
    kernel = load(text).kernel
    tensors = on_device(x), on_device(torch.zeros_like(x))
    with every_way():
        kernel(*tensors)
    return kernel.compile(*tensors), tensors[1].pages


def cases() -> list[Any]:
    """Each expression on blocks that sections divide, and that they don't, with each width and hand-over of DST."""
    drawn = random.Random(4)
    made: list[Any] = []
    for name in EXPRESSIONS:
        for wide in (False, True):
            for full in (False, True):
                block = drawn.choice([(1, 7), (1, 8), (1, 19), (2, 5), (3, 3), (5, 3), (9, 1), (2, 9)])
                dtype = drawn.choice([torch.bfloat16, torch.float32]) if wide else torch.bfloat16
                made.append(pytest.param(name, block, wide, full, dtype, id=f"{name}-{block}-{wide}-{full}-{dtype}"))
    return made


@pytest.mark.parametrize(("name", "block", "wide", "full", "dtype"), cases())
def test_parts_change_no_value(
    name: str,
    block: tuple[int, int],
    wide: bool,
    full: bool,
    dtype: torch.dtype,
    load: Load,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TTLANG_NUMERICS", "chip")
    torch.manual_seed(0)
    x = (torch.rand(2 * 32 * block[0], 32 * block[1]) / 4).to(dtype)
    text = source(EXPRESSIONS[name], block, fp32_dest_acc_en=wide, dst_full_sync_en=full)
    compiled, handed = results(load, text, x)
    assert handed_in_parts(compiled.cpp()["compute"])
    monkeypatch.setattr(HandOvers, "of", lambda *_: None)
    compiled, whole = results(load, text, x)
    assert not handed_in_parts(compiled.cpp()["compute"])
    assert (handed == whole).all()


@pytest.mark.parametrize("block", [(5, 1), (5, 2), (7, 1)])
def test_a_product_of_several_rows_at_once_waits_for_the_last_of_them(block: tuple[int, int], load: Load) -> None:
    """The rows of its first factor are wider than what comes at a time."""
    x = (torch.rand(32 * block[0], 32 * block[1]) / 4).bfloat16()
    kernel = load(source("(x @ ttl.transpose(x)) @ x", block, turns=1)).kernel
    tensors = on_device(x), on_device(torch.zeros_like(x))
    with every_way():
        kernel(*tensors)
    assert handed_in_parts(kernel.compile(*tensors).cpp()["compute"])
    expected = x.double() @ x.double().T @ x.double()
    assert torch.allclose(ttnn.to_torch(tensors[1]).double(), expected, rtol=2**-6)


@pytest.mark.parametrize(
    ("turns", "blocks", "by_section"), [(1, 2, True), (3, 1, True), (3, 2, False)], ids=["once", "one block", "ring"]
)
def test_what_leaves_the_core_goes_by_section_where_nothing_else_is_written_meanwhile(
    turns: int, blocks: int, by_section: bool, load: Load
) -> None:
    text = source("x + 1", (1, 8), turns, blocks)
    if turns == 1:
        text = text.replace("for _ in range(1):", "if True:")
    kernel = load(text).kernel
    x = torch.rand(turns * 32, 256).bfloat16()
    tensors = on_device(x), on_device(torch.zeros_like(x))
    with every_way():
        kernel(*tensors)
    code = kernel.compile(*tensors).cpp()
    assert handed_in_parts(code["compute"]) == ({"out_dfb"} if by_section else set())
    assert ("cb_wait_front(out_dfb, part + " in code["write"]) is by_section
    assert "cb_pop_front(out_dfb, 8)" in code["write"]


def test_a_block_that_is_added_to_goes_whole(load: Load) -> None:
    text = source("x", (1, 8)).replace("o.store(x)", "o.store(x)\n                o += x * x")
    kernel = load(text).kernel
    x = torch.rand(64, 256).bfloat16()
    tensors = on_device(x), on_device(torch.zeros_like(x))
    with every_way():
        kernel(*tensors)
    assert calls(kernel.compile(*tensors).cpp()["compute"], "cb_push_back", "out_dfb") == [8]


def test_a_writer_that_does_something_first_waits_for_the_whole_block(load: Load) -> None:
    """Others could see that it has been done before the block was there."""
    text = source("x + 1", (1, 8)).replace(
        "                ttl.copy(block, out[turn",
        "                print(turn)\n                ttl.copy(block, out[turn",
    )
    kernel = load(text).kernel
    x = torch.rand(64, 256).bfloat16()
    code = kernel.compile(on_device(x), on_device(torch.zeros_like(x))).cpp()
    assert "cb_wait_front(out_dfb, 8)" in code["write"]
    assert calls(code["compute"], "cb_push_back", "out_dfb") == [8]


def sum_source(loops: str, block: tuple[int, int], result: str, **options: Any) -> str:
    lines, k = LOOPS[loops]
    nested = "".join(f"\n{' ' * 12}{'    ' * depth}{line}" for depth, line in enumerate(lines)).strip()
    text = SUM.format(loops="{loops}", k=k, rows=block[0], columns=block[1], result=result, options=options)
    if len(lines) > 1:
        text = text.replace(" " * 16 + "with a_dfb", " " * 20 + "with a_dfb")
        text = re.sub(r"^ {20}(total|ttl.copy\([ab]_in)", " " * 24 + r"\1", text, flags=re.MULTILINE)
    return text.replace("{loops}", nested)


@pytest.mark.parametrize("loops", LOOPS)
@pytest.mark.parametrize(
    ("block", "result", "wide"),
    [((4, 4), "total", False), ((5, 3), "total", True), ((3, 5), "ttl.math.gelu(total)", False)],
    ids=["leaves", "wide", "inside"],
)
def test_the_last_turn_hands_on_a_sum_that_is_added_up_in_l1(
    loops: str, block: tuple[int, int], result: str, wide: bool, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TTLANG_NUMERICS", "chip")
    torch.manual_seed(0)
    rows, columns = block
    kernel = load(sum_source(loops, block, result, fp32_dest_acc_en=wide)).kernel
    dtype = torch.float32 if wide else torch.bfloat16
    factors = [torch.rand(shape).to(dtype) for shape in ((32 * rows, 128), (128, 32 * columns))]
    pages: list[Any] = []
    for by_section in (True, False):
        if not by_section:
            monkeypatch.setattr(HandOvers, "of", lambda *_: None)
            kernel = load(sum_source(loops, block, result, fp32_dest_acc_en=wide)).kernel
        tensors = *map(on_device, factors), on_device(torch.zeros(4 * 32 * rows, 32 * columns, dtype=dtype))
        with every_way():
            kernel(*tensors)
        code = kernel.compile(*tensors).cpp()["compute"]
        assert ("if (is_last)" in code) is by_section
        assert bool(handed_in_parts(code)) is by_section
        pages.append(tensors[-1].pages)
    assert (pages[0] == pages[1]).all()
