"""Where a call finds its configuration: which place comes before which, and what is said where one is of no use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.tuning_problems import CHIP, order, problem, program, values
from ttlang.diagnostics import Severity, TTLangWarning, error
from ttlang.driver.tuning import kept_files
from ttlang.driver.tuning.records import Chosen, Found, Lowered
from ttlang.driver.tuning.shipped_choices import export, file_beside
from ttlang.driver.tuning.store import Store, own_store
from ttlang.driver.tuning.tuned_choices import Choice, dropped, kept_choices


def tune(results: Store, bm: int, *, tuned: bool = True) -> None:
    results.add(problem(), {values(bm): Lowered(program(bm))}, tuned=tuned)
    results.add_found(program(bm), CHIP, Found(cycles=10.0))


def test_the_order_of_places(own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = str(tmp_path / "matmul.py")
    assert list(kept_choices(problem(), order, own_store(), source)) == []
    own_store().choose(problem(), Chosen(values(1)))
    export(file_beside(source), [(problem(compiler="0"), values(2), Found())])
    export(tmp_path / "further.json", [(problem(compiler="0"), values(3), Found())])
    tune(Store(tmp_path / "shared"), 4)
    tune(own_store(), 5)
    monkeypatch.setenv("TTLANG_TUNED", f"{tmp_path}/shared{os.pathsep}{tmp_path}/further.json{os.pathsep}")
    assert list(kept_choices(problem(), order, own_store(), source)) == [
        Choice(values(5), "tuned on this machine"),
        Choice(values(4), f"tuned, and kept in {tmp_path}/shared"),
        Choice(values(3), "tuned, and shipped in further.json"),
        Choice(values(2), "tuned, and shipped in matmul.tuned.json"),
        Choice(values(1), "chosen by an earlier call", is_tuned=False),
    ]
    assert [each.values for each in kept_choices(problem(compiler="2"), order, own_store(), source)] == [
        values(3),
        values(2),
    ]
    assert list(kept_choices(problem(chip="blackhole"), order, own_store(), source)) == []


def test_a_tuner_that_was_not_done_gives_no_choice(own_cache: Path) -> None:
    tune(own_store(), 5, tuned=False)
    assert list(kept_choices(problem(), order, own_store(), "matmul.py")) == []
    tune(own_store(), 4)
    assert [each.values for each in kept_choices(problem(), order, own_store(), "matmul.py")] == [values(4)]


def test_what_is_no_configuration_any_more(own_cache: Path) -> None:
    own_store().choose(problem(), Chosen(values(1)))
    tune(own_store(), 5)
    assert list(kept_choices(problem(), lambda _: None, own_store(), "matmul.py")) == []


def test_a_store_that_is_not_there(own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_files, "_warned", set[Path]())
    monkeypatch.setenv("TTLANG_TUNED", str(tmp_path / "nothing"))
    with pytest.warns(TTLangWarning, match="TTL0224.*nothing is not there"):
        assert list(kept_choices(problem(), order, own_store(), "matmul.py")) == []


def test_what_is_said_of_a_choice_that_does_not_compile() -> None:
    found = dropped(Choice(values(8, 4), "tuned on this machine"), error("TTL0701", "it takes too much L1"))
    assert (found.code, found.severity) == ("TTL0224", Severity.WARNING)
    assert found.message == (
        "bm=8, bn=4 (tuned on this machine) does not compile any more, and is left out: TTL0701, it takes too much L1"
    )
