"""The experiments that `make accuracy` builds anew: each that its rows may name gives a figure, on both chips."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import pytest

from ttlang.tables.chips import CHIPS

BENCHMARKS = Path(__file__).parents[3] / "benchmarks" / "time_accuracy"
COLUMNS = (
    *("experiment", "arch", "kernel", "variant", "operand_source", "block_m_tiles", "block_n_tiles", "tiles"),
    *("k_tiles", "iters", "block_count", "section_or_subblock", "dtype", "dst_bits", "sync", "fidelity", "unit"),
)
BLOCK = {"block_m_tiles": "4", "block_n_tiles": "4", "section_or_subblock": "2x2"}
EXPERIMENTS = (
    {"experiment": "MB1", "tiles": "4"},
    *({"experiment": f"MB5.A.{kind}", "tiles": "16"} for kind in ("self", "hoist", "twocb", "ucopy", "uexp")),
    *(
        {"experiment": "MB2", "variant": variant, "operand_source": source, "tiles": "2", "iters": "4"}
        for variant in ("dst", "l1_pack", "dst+gelu", "l1_pack+gelu")
        for source in ("L1", "DRAM")
    ),
    *(
        {"experiment": name, "variant": variant, "k_tiles": "2", **BLOCK}
        for name in ("MB3", "MB5.C")
        for variant in ("dst_k", "l1_k", "dst_k+gelu", "l1_k+gelu")
    ),
    *(
        {"experiment": "LADDER", "kernel": rung, "k_tiles": "16"}
        for rung in ("mm1", "mm2", "mm3", "mm4", "mm5", "ttnn")
    ),
    *(
        {"experiment": "MB4", "kernel": f"MB4 {name}", "tiles": "4"}
        for name in ("copy", "add", "mul", "mul_bcast", "sub_bcast", "reduce_sum", "reduce_max", "exp", "gelu_fast")
    ),
    {"experiment": "MB4", "kernel": "MB4 sqrt", "tiles": "4", "unit": "us/tile over copy"},
    *({"experiment": "MB5.B", "kernel": f"MB5.B {name}", **BLOCK} for name in ("add", "mul", "transpose")),
    {"experiment": "MB5.D", "k_tiles": "2", **BLOCK},
    {"experiment": "MB5.E", "tiles": "8"},
)


@pytest.fixture
def value(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, str]], float | None]:
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("microbenchmarks").value


def row(chip: str, **fields: str) -> dict[str, str]:
    return {**dict.fromkeys(COLUMNS, ""), "arch": chip, **fields}


@pytest.mark.parametrize("chip", CHIPS)
@pytest.mark.parametrize("fields", EXPERIMENTS, ids=lambda fields: " ".join(fields.values()))
def test_an_experiment_gives_a_figure(
    value: Callable[[dict[str, str]], float], chip: str, fields: dict[str, str]
) -> None:
    found = value(row(chip, **fields))
    assert found > 0
    assert value(row(chip, **fields)) == found


def test_what_is_not_built_anew_gives_none(value: Callable[[dict[str, str]], float | None]) -> None:
    assert value(row("blackhole", experiment="LLK_QUOTED")) is None
    assert value(row("blackhole", experiment="MB4", kernel="MB4 recip", tiles="4")) is None


def test_smaller_sections_cost_more(value: Callable[[dict[str, str]], float]) -> None:
    """Between two buffers, where unpack alone decides."""
    sections = {
        size: value(row("blackhole", experiment="MB5.A.twocb", tiles="32", section_or_subblock=size)) for size in "248"
    }
    assert sections["2"] > sections["4"] > sections["8"]


def test_operands_of_one_buffer_cost_less(value: Callable[[dict[str, str]], float]) -> None:
    """A tile of sums: in MB5.B both operands are one, in MB4 there are two buffers."""
    same = value(row("blackhole", experiment="MB5.B", kernel="MB5.B add", **BLOCK)) / 16
    assert same < value(row("blackhole", experiment="MB4", kernel="MB4 add", tiles="4"))
