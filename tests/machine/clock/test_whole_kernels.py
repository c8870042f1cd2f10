"""The whole kernels of `make accuracy`: they can be made for sizes that nobody measured, and cut short."""

from __future__ import annotations

import csv

import pytest

from tests.support.time_accuracy import FOLDER, script

matmuls, loops = script("ttnn_matmuls"), script("steady_loops")

Row = dict[str, str]


def figures(name: str) -> list[Row]:
    with (FOLDER / "figures" / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


SMALL = {
    "arch": "wormhole_b0",
    **{"cores_x": "3", "cores_y": "2", "m": "256", "k": "1536", "n": "384", "per_core_m": "4", "per_core_n": "4"},
    **{"in0_block_w": "2", "out_block_h": "4", "out_block_w": "2", "subblock_h": "2", "subblock_w": "2"},
    **{"in0_store": "DRAM_interleaved", "out_store": "DRAM_interleaved", "dtype": "bfloat16", "fidelity": "HiFi2"},
}
"""A matmul of ttnn with two blocks of 24 steps a core."""
FORMS = {
    "from DRAM": {},
    "from L1": {"in0_store": "L1_block_sharded", "out_store": "L1_block_sharded"},
    "bound by DRAM": {"fidelity": "LoFi", "dtype": "bfloat8_b", "per_core_n": "8", "n": "768"},
    "on Blackhole": {"arch": "blackhole"},
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_loop_that_is_cut_short_takes_what_the_whole_one_takes(form: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    short = matmuls.cycles(SMALL | form)
    monkeypatch.setattr(loops, "MANY_STEPS", 10_000)
    monkeypatch.setattr(matmuls, "all_turns", lambda time, blocks, steps: time(blocks, steps))
    assert short == pytest.approx(matmuls.cycles(SMALL | form), rel=0.01)


def test_more_work_takes_longer_and_a_row_without_blocks_is_left_out() -> None:
    fast, slow = SMALL | {"fidelity": "LoFi"}, SMALL | {"fidelity": "HiFi4"}
    assert matmuls.cycles(fast) < matmuls.cycles(SMALL) < matmuls.cycles(slow)
    assert matmuls.cycles(SMALL | {"in0_block_w": ""}) is None


@pytest.mark.parametrize("chip", ["wormhole_b0", "blackhole"])
def test_the_first_figures_of_ttnn_s_matmuls_are_met(chip: str) -> None:
    row = next(each for each in figures("gemm") if each["arch"] == chip and each["usable"] == "yes")
    assert matmuls.cycles(row) == pytest.approx(float(row["math_kernel_cycles_derived"]), rel=0.2)
