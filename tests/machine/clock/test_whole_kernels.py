"""The whole kernels of `make accuracy`: they can be made for sizes that nobody measured, and cut short."""

from __future__ import annotations

import csv

import pytest

from tests.support.benchmarks import FOLDER, script

matmuls, shapes, loops = (
    script("time_accuracy", "ttnn_matmuls"),
    script("time_accuracy", "matmul_shapes"),
    script("time_accuracy", "steady_loops"),
)
pipes, rates = script("time_accuracy", "pipe_transfers"), script("time_accuracy", "dram_rates")

Row = dict[str, str]


def figures(name: str) -> list[Row]:
    with (FOLDER / "time_accuracy" / "figures" / f"{name}.csv").open(newline="") as file:
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
    # Where transfers are in each other's way, no turn is quite like another.
    assert short == pytest.approx(matmuls.cycles(SMALL | form), rel=0.07)


def test_more_work_takes_longer_and_a_row_without_blocks_is_left_out() -> None:
    fast, slow = SMALL | {"fidelity": "LoFi"}, SMALL | {"fidelity": "HiFi4"}
    assert matmuls.cycles(fast) < matmuls.cycles(SMALL) < matmuls.cycles(slow)
    assert matmuls.cycles(SMALL | {"in0_block_w": ""}) is None


@pytest.mark.parametrize("chip", ["wormhole_b0", "blackhole"])
def test_the_first_figures_of_ttnn_s_matmuls_are_met(chip: str) -> None:
    row = next(each for each in figures("gemm") if each["arch"] == chip and each["usable"] == "yes")
    assert matmuls.cycles(row) == pytest.approx(float(row["math_kernel_cycles_derived"]), rel=0.2)


SHAPE = {
    **{"arch": "blackhole", "kernel": "summa", "m": "256", "n": "192", "k": "1024", "dtype": "bf16"},
    **{"fidelity": "HiFi4", "groups_m": "2", "groups_n": "3", "groups_k": "1"},
    **{"block_m_tiles": "2", "block_n_tiles": "2", "block_k_tiles": "2"},
}
"""A matmul in TT-Lang with two blocks of 16 steps a core."""
KSPLIT = {"kernel": "ksplit", "groups_k": "2", "k": "2048"}


@pytest.mark.parametrize("form", [{}, KSPLIT, KSPLIT | {"groups_k": "3", "k": "3072"}], ids=["summa", "in 2", "in 3"])
def test_a_matmul_in_tt_lang_that_is_cut_short_takes_what_the_whole_one_takes(
    form: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = shapes.milliseconds(SHAPE | form)
    monkeypatch.setattr(shapes, "all_turns", lambda time, blocks, steps: time(blocks, steps))
    assert short == pytest.approx(shapes.milliseconds(SHAPE | form), rel=0.07)


def test_a_matmul_in_tt_lang_may_have_one_row_or_one_column_of_cores() -> None:
    times = [shapes.milliseconds(SHAPE | {"groups_m": "1"}), shapes.milliseconds(SHAPE | {"groups_n": "1"})]
    assert min(times) > shapes.milliseconds(SHAPE)


@pytest.mark.parametrize("row", figures("pipes"), ids=lambda row: row["experiment"])
def test_figures_of_pipes_are_met(row: Row) -> None:
    assert pipes.microseconds(row) == pytest.approx(float(row["value"]), rel=0.15)


def test_pipes_of_all_kinds_are_timed() -> None:
    """A longer ring is faster, and all at once is fastest."""
    row = {"arch": "blackhole", "recv_depth": "", "n_transfers": "", "unit": "us/transfer (slope)"}
    names = ["dfb", "synced", "baseline", "ring_r2", "ring_r16", "cpp_optimized"]
    times = [pipes.microseconds(row | {"experiment": name}) for name in names]
    assert times == sorted(times, reverse=True)
    pipe = row | {"experiment": "ttlang_computed", "recv_depth": "2", "n_transfers": "16", "unit": "us total"}
    assert pipes.microseconds(pipe) > 16 * times[1]
    assert pipes.microseconds(row | {"experiment": "new"}) is None


def test_rates_are_below_what_the_chip_can_and_one_that_is_unknown_is_left_out() -> None:
    peaks = {("wormhole_b0", "bytes/cycle/core"): 32, ("blackhole", "bytes/cycle/core"): 64}
    for row in figures("dram"):
        rate = rates.rate(row)
        assert (rate is None) == row["test"].startswith("Deinterleave")
        if rate is not None:
            assert 0 < rate <= peaks.get((row["arch"], row["unit"]), 512)


def test_more_reads_in_flight_are_faster_and_readers_beside_their_banks_no_slower() -> None:
    row = next(each for each in figures("dram") if each["test"].startswith("reads in flight"))
    tests = ["reads in flight = 1", "reads in flight = 2", "reads in flight = 2, bank-adjacent readers"]
    one, two, beside = (rates.rate(row | {"test": test}) for test in tests)
    assert 1.2 * one < two
    assert two <= beside


def test_figures_with_a_caveat_are_told_apart_and_those_that_are_not_told_well_enough_are_counted() -> None:
    doubtful = script("time_accuracy", "experiments").compare(
        FOLDER / "time_accuracy" / "figures", ["gemm"], usable="ask"
    )
    assert not doubtful.compared
    assert doubtful.left_out["gemm"] == sum(row["usable"] == "ask" for row in figures("gemm"))
