"""
`docs/language.md` is right: its examples that are marked as Python run, as the page says that they do, without a
warning, and compute what is said here; the others say in a comment where they stand.
"""

from __future__ import annotations

import re
import runpy
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import torch

from ttlang import ttnn

PAGE = Path(__file__).parent.parent / "docs" / "language.md"
BLOCKS: list[tuple[str, str]] = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
EXAMPLES = [text for kind, text in BLOCKS if kind == "python"]
Values = Mapping[str, torch.Tensor]


def name_of(example: str) -> str:
    """The operation that its last line calls."""
    found = re.search(r"^ *(\w+)\(", example.splitlines()[-1])
    assert found is not None, example
    return found[1]


def first(values: torch.Tensor, rows: int, columns: int) -> torch.Tensor:
    """That corner of a tensor; the rest is 0."""
    result = torch.zeros_like(values)
    result[:rows, :columns] = values[:rows, :columns]
    return result


def transposed_tiles(v: Values) -> torch.Tensor:
    tiles = v["x"][:32].reshape(32, 4, 32).transpose(0, 1)
    return tiles.reshape(128, 32).repeat(1, 4)


def gated(v: Values) -> torch.Tensor:
    x, y = v["x"], v["y"]
    return first(torch.where(y > 0, (torch.sigmoid(x) * 0.5 + 1) * y, -y), 64, 64)


def differences(v: Values) -> torch.Tensor:
    x = v["x"]
    return first((x[:, :32] - x[:, 32:64]).repeat(1, 4), 64, 32)


def product_and_largest(v: Values) -> torch.Tensor:
    x = v["x"][:64]
    return first((torch.maximum((x @ v["w"])[:, :64], torch.maximum(x[:, :64], x[:, 64:]))).repeat(2, 2), 64, 64)


def updated(v: Values) -> torch.Tensor:
    result = v["table"].clone()
    result[:16] = v["rows"][0]
    return result


def gathered(v: Values) -> torch.Tensor:
    result = v["rows"].clone()
    result[:32] = v["table"][v["tokens"][0].long()]
    return result


RESULTS: dict[str, tuple[str, Callable[[Values], torch.Tensor]]] = {
    "double_rows": ("out", lambda v: v["x"] * 2),
    "double_blocks": ("out", lambda v: v["x"] * 2),
    "double_by_threes": ("out", lambda v: v["x"] * 2),
    "double": ("out", lambda v: torch.cat([v["x"][:, :32] * 2, v["out"][:, 32:]], dim=1)),
    "transpose_tiles": ("out", transposed_tiles),
    "read_ahead": ("out", lambda v: torch.cat([v["x"][:, :32] * 2, v["out"][:, 32:]], dim=1)),
    "gated": ("out", gated),
    "differences": ("out", differences),
    "product_and_largest": ("out", product_and_largest),
    "softmax": ("out", lambda v: torch.softmax(v["x"], dim=1)),
    "scale_rows": ("out", lambda v: v["x"] * v["w"][:32].repeat(4, 1)),
    "add_first_rows": (
        "out_shards",
        lambda v: v["x"] + v["w"].reshape(2, 64, 128)[:, :32].repeat(1, 2, 1).reshape(128, 128),
    ),
    "hand_over": ("out", lambda v: first(v["x"][:32, :32].repeat(4, 4), 32, 64)),
    "update": ("table", updated),
    "gather": ("rows", gathered),
    "scaled_exp": ("out", lambda v: torch.exp(v["x"]) * v["w"][:32].repeat(4, 1)),
    "gelu_of_sum": ("out", lambda v: torch.nn.functional.gelu(v["x"] + v["y"])),
    "row_sums": ("out", lambda v: v["x"].sum(dim=1, keepdim=True).expand(128, 128)),
}
"""What an operation of the page writes, and its value."""


@pytest.mark.parametrize("example", EXAMPLES, ids=[f"{i}-{name_of(text)}" for i, text in enumerate(EXAMPLES)])
def test_example(example: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    device = ttnn.open_device(device_id=0)
    values = {name: torch.randn(128, 128).bfloat16() for name in ("x", "y", "w")}
    values |= {"out": torch.zeros(128, 128).bfloat16()}
    lines = {name: torch.randn(128, 64).bfloat16() for name in ("table", "rows")}
    lines |= {"tokens": torch.randint(0, 128, (1, 32)).int()}
    tensors = {name: ttnn.from_torch(v, layout=ttnn.TILE_LAYOUT, device=device) for name, v in values.items()}
    tensors |= {name: ttnn.from_torch(v, layout=ttnn.ROW_MAJOR_LAYOUT, device=device) for name, v in lines.items()}

    shards = ttnn.create_sharded_memory_config((128, 128), ttnn.CoreGrid(x=2, y=1), ttnn.ShardStrategy.HEIGHT)
    tensors |= {
        f"{name}_shards": ttnn.from_torch(v, layout=ttnn.TILE_LAYOUT, device=device, memory_config=shards)
        for name, v in values.items()
    }

    script = tmp_path / "example.py"
    script.write_text(f"from ttlang import ttl, ttnn\n\n\n{example}")
    runpy.run_path(str(script), init_globals=tensors)

    written, expected = RESULTS[name_of(example)]
    before = {name: v.float() for name, v in (values | lines).items()}
    torch.testing.assert_close(ttnn.to_torch(tensors[written]).float(), expected(before), rtol=2**-6, atol=2**-4)


def test_parts_of_kernels_say_where_they_stand() -> None:
    parts = [text for kind, text in BLOCKS if kind != "python"]
    assert all(text.startswith("# in ") for text in parts)
    assert {name_of(text) for text in EXAMPLES} == RESULTS.keys()
