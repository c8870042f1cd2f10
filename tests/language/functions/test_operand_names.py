"""Operands by name: ours, and those of 2026."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tests.support.both_ways import both_ways
from tests.support.kernel_texts import errors_of, load
from ttlang import ttl, ttnn
from ttlang.language import math
from ttlang.language.math_functions import MathFunction
from ttlang.tables.operand_names import OPERANDS, names_in_2026, own_names

FUNCTIONS = [f for f in (getattr(math, name) for name in math.__all__) if isinstance(f, MathFunction)]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_each_function_has_a_name_for_each_of_its_blocks(function: MathFunction) -> None:
    row = function.row
    names = names_in_2026(row.name, row.arity)
    assert [own_names(row.name, row.arity)[name] for name in names] == list(OPERANDS[: row.arity])
    taken = {p.name_in(v) for v in ("2025", "2026") for p in row.inputs_in(v)} | {o.name for o in row.options}
    assert not taken & set(own_names(row.name, row.arity))


EXPRESSIONS = {
    "ttl.math.abs(expr=x)": lambda x, y: x.abs(),
    "ttl.math.abs(block=x)": lambda x, y: x.abs(),
    "ttl.math.max(a=x, b=y)": torch.maximum,
    "ttl.math.sub(b=x, a=y)": lambda x, y: y - x,
    "ttl.math.sub(rhs=x, lhs=y)": lambda x, y: y - x,
    "ttl.block.where(condition=x, false_value=x, true_value=y)": lambda x, y: torch.where(x != 0, y, x),
    "ttl.block.mask(expr=x, mask_blk=y)": lambda x, y: torch.where(y == 1, 0, x),
    "ttl.math.clamp(expr=x, min=-1.0, max=1.0)": lambda x, y: x.clamp(-1, 1),
    "ttl.block.transpose(block=x)": lambda x, y: x.T,
}


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_named_operands(text: str) -> None:
    source = f"""
        @ttl.operation(grid=(1, 1))
        def kernel(x_tensor, y_tensor, out):
            x_dfb = ttl.make_dataflow_buffer_like(x_tensor, shape=(1, 1))
            y_dfb = ttl.make_dataflow_buffer_like(y_tensor, shape=(1, 1))
            out_dfb = ttl.make_dataflow_buffer_like(out, shape=(1, 1))

            @ttl.compute()
            def compute():
                with x_dfb.wait() as x, y_dfb.wait() as y, out_dfb.reserve() as o:
                    o.store({text} + y * 0)

            @ttl.datamovement()
            def read():
                with x_dfb.reserve() as x, y_dfb.reserve() as y:
                    ttl.copy(x_tensor[0, 0], x).wait()
                    ttl.copy(y_tensor[0, 0], y).wait()

            @ttl.datamovement()
            def write():
                with out_dfb.wait() as o:
                    ttl.copy(o, out[0, 0]).wait()
    """
    generator = torch.Generator().manual_seed(0)
    x, y = (torch.randint(-2, 3, (32, 32), generator=generator).bfloat16() for _ in range(2))
    device = ttnn.open_device(device_id=0)
    given: list[Any] = [ttnn.from_torch(each, layout=ttnn.TILE_LAYOUT, device=device) for each in (x, y, x)]
    with both_ways() as ran:
        load(source, ttl=ttl)(*given)
    assert set(ran) == {"0.69", "0.81"}
    assert torch.equal(ttnn.to_torch(given[2]), EXPRESSIONS[text](x, y).bfloat16())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ttl.math.abs(x, expr=x)", "ttl.math.abs: expr is given twice"),
        ("ttl.math.max(x=x, a=x)", "ttl.math.max: a is given twice"),
        ("ttl.math.max(x, c=x)", "ttl.math.max: c is none of its arguments (x, y)"),
        ("ttl.transpose(x=x, block=x)", "its block is given twice, by x and by block"),
        ("ttl.broadcast(expr=x, dims=[0], x=x)", "its block is given twice, by expr and by x"),
    ],
)
def test_mistakes(text: str, message: str) -> None:
    source = f"""
        def kernel(x_tensor):
            x_dfb = ttl.make_dataflow_buffer_like(x_tensor, shape=(1, 1))

            @ttl.compute()
            def compute():
                with x_dfb.wait() as x:
                    y = {text}
    """
    device = ttnn.open_device(device_id=0)
    (found, *_) = errors_of(load(source), ttnn.ones((32, 32), layout=ttnn.TILE_LAYOUT, device=device))
    assert found.code == "TTL0107"
    assert message in found.message
