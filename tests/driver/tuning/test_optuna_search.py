"""Optuna's proposals: all of a small space, a part of a large one, the same for any number of workers and again."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.sized_kernels import rows_kernel
from ttlang.driver.tuning import tuner
from ttlang.host import TILE_LAYOUT, TensorSpec
from ttlang.tables.dtypes import BF16
from ttlang.tools import cli

optuna: Any = pytest.importorskip("optuna", reason="the extra `optuna` is not installed")

Load = Callable[[str], Any]
X = TensorSpec((32 * 24, 64), BF16, TILE_LAYOUT)
LARGE = "bm=ttl.between(1, 24), depth=ttl.between(1, 6)"


@pytest.fixture(autouse=True)
def own_results(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("ttlang.driver.tuning.store.folder_of_user", lambda: tmp_path / "tuned")


def test_of_few_configurations_all_are_proposed(load: Load) -> None:
    kernel = load(rows_kernel("bm=ttl.one_of(1, 2, 3, 5), depth=ttl.largest(1, 2)", blocks="depth")).scale
    found = kernel.tune(X, X, workers=1, sampler="optuna")
    assert {str(each.configuration) for each in found.candidates} == {
        f"bm={bm}, depth={depth}" for bm in (1, 2, 3, 5) for depth in (1, 2)
    }
    assert found.values == kernel.tune(X, X, workers=1).values


def test_of_many_a_part_is_and_the_best_is_near(load: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    kernel = load(rows_kernel(LARGE, blocks="depth")).scale
    part = kernel.tune(X, X, workers=1, sampler="optuna", trials=40)
    assert len(part.candidates) <= 40
    monkeypatch.setattr("ttlang.driver.tuning.store.folder_of_user", lambda: tmp_path / "other")
    whole = kernel.tune(X, X, workers=1)
    assert len(whole.candidates) == 144
    assert part.cycles <= 1.05 * whole.cycles


def test_the_same_for_any_number_of_workers_and_again(
    load: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kernel = load(rows_kernel(LARGE, blocks="depth")).scale
    first = kernel.tune(X, X, workers=2, sampler="optuna", trials=24).to_data()
    folder = tmp_path / "other"
    monkeypatch.setattr("ttlang.driver.tuning.store.folder_of_user", lambda: folder)
    assert kernel.tune(X, X, workers=1, sampler="optuna", trials=24).to_data() == first

    def none(_task: object) -> object:
        raise AssertionError("evaluated twice")

    for name in ("bounded", "predicted"):
        monkeypatch.setattr(tuner, name, none)
    assert kernel.tune(X, X, workers=1, sampler="optuna", trials=24).to_data() == first


def test_values_that_are_no_integers_and_what_does_not_go_together(load: Load) -> None:
    text = rows_kernel(
        "bm=ttl.one_of(1, 2, 4), twice=ttl.one_of(False, True)",
        decorator="grid=(1, 1), where=lambda bm, twice: bm != 2",
        value="block * 2 if twice else block + block",
    )
    found = load(text).scale.tune(X, X, workers=1, sampler=optuna.samplers.RandomSampler(seed=3))
    assert {each.configuration["bm"] for each in found.candidates} == {1, 4}
    assert {each.configuration["twice"] for each in found.candidates} == {False, True}


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "scale.py"
    device = "\nfrom ttlang import ttnn\nd = ttnn.open_device(device_id=0)\n"
    tensors = "x, out = (ttnn.ones((256, 64), layout=ttnn.TILE_LAYOUT, device=d) for _ in range(2))\nscale(x, out)\n"
    path.write_text(rows_kernel("bm=ttl.one_of(1, 2, 4, 8)") + device + tensors)
    assert cli.main(["tune", str(path), "--workers", "1", "--sampler", "optuna", "--trials", "3"]) == 0
    assert re.search(r"4 configurations; [123] tried", capsys.readouterr().out)
