"""
The kernels of the documents that define the language, as a user would paste them: each runs on both chips and agrees
with torch, and becomes C++ for both generations of the kernel API.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.language.seeds import (
    blocks,
    elementwise,
    gather,
    matrices,
    mlp,
    normalization,
    post_attention,
    reduce_broadcast_matmul,
    softmax,
)
from tests.language.seeds.cases import Case, normal
from ttlang import ttnn
from ttlang.diagnostics import DiagnosticError
from ttlang.settings.variables import NUMERICS
from ttlang.tables.chips import CHIPS
from ttlang.tables.kernel_api import GENERATIONS
from ttlang.testing import compare

# Some of the kernels hand out what a reduction leaves, and their tests look at the defined part alone.
pytestmark = pytest.mark.filterwarnings("ignore::ttlang.diagnostics.TTLangWarning")

MODULES = (
    elementwise,
    gather,
    blocks,
    matrices,
    softmax,
    normalization,
    mlp,
    post_attention,
    reduce_broadcast_matmul,
)
CASES: dict[str, Case] = {name: case for module in MODULES for name, case in module.CASES.items()}


@pytest.mark.parametrize("arch", CHIPS)
@pytest.mark.parametrize("name", CASES)
def test_agrees_with_torch(name: str, arch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTLANG_ARCH", arch)
    case = CASES[name]
    device = ttnn.open_device(device_id=0)
    for numerics in NUMERICS:
        monkeypatch.setenv("TTLANG_NUMERICS", numerics)
        tensors = case.tensors(device)
        case.kernel(*tensors)
        comparison = case.compare(tensors[-1])
        assert comparison.ok, f"{numerics}: {comparison}"
        assert comparison.pcc >= case.pcc, f"{numerics}: {comparison}"


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("name", CASES)
def test_becomes_cpp(name: str, generation: str) -> None:
    case = CASES[name]
    compiled = case.kernel.compile(*case.tensors(ttnn.open_device(device_id=0)), metal_api=generation)
    sources = compiled.cpp()
    assert len(sources) == 3
    for source in sources.values():
        assert "void kernel_main()" in source or "void MAIN" in source


def test_one_block_cannot_be_read_and_replaced() -> None:
    """As the guide has it, `reduce_cb` has room for one block: the reserve waits for a pop that comes after it."""
    case = CASES["post_attention"]
    with pytest.raises(DiagnosticError, match="reduce_cb") as found:
        post_attention.make_block_kernel(1)(*case.tensors(ttnn.open_device(device_id=0)))
    source = Path(post_attention.__file__).read_text().splitlines()
    assert "as rsq" in source[found.value.diagnostics[0].span.line - 1]


def test_a_tensor_is_padded_and_the_result_sliced() -> None:
    """Sizes that are no multiple of 32: the host library pads, and slices the result."""
    device = ttnn.open_device(device_id=0)
    values = normal(50, 60)
    x = ttnn.from_torch(values, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
    padded = ttnn.pad(x, padding=((0, 14), (0, 4)), value=0.0)
    rhs, out = (
        ttnn.from_torch(torch.full((64, 64), fill), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
        for fill in (1.0, 0.0)
    )
    blocks.multitile_kernel(padded, rhs, out)
    result = ttnn.to_torch(ttnn.slice(out, [0, 0], [50, 60]))
    comparison = compare(result, values.double() + 1, scale=values.double().abs())
    assert comparison.ok, comparison
    assert (ttnn.to_torch(out)[50:] == 1).all()


def test_a_kernel_takes_the_transpose_of_the_host_library() -> None:
    device = ttnn.open_device(device_id=0)
    values = normal(32, 32)
    x, out = (
        ttnn.from_torch(t, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
        for t in (values, torch.zeros(32, 32))
    )
    elementwise.single_op(ttnn.transpose(x, -2, -1), out)
    comparison = compare(out, values.double().T.exp())
    assert comparison.ok, comparison
