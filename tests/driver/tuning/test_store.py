"""A store gives back what was found, derives the winner from it, and survives whatever lies in its folder."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.support.tuning_problems import CHIP, order, problem, program, values
from ttlang.diagnostics import DiagnosticError, TTLangWarning
from ttlang.driver.tuning import kept_files, store
from ttlang.driver.tuning.records import Chosen, Comparison, Found, Lowered, Refused, Values
from ttlang.driver.tuning.store import Store, Winner, own_store
from ttlang.tables.dtypes import BF16

FAST, SLOW = Found(cycles=100.0), Found(cycles=200.0)


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr(kept_files, "_warned", set[Path]())
    return Store(tmp_path / "tuned", locks=True)


def keep(results: Store, bm: int, found: Found) -> None:
    results.add(problem(), {values(bm): Lowered(program(bm))})
    results.add_found(program(bm), CHIP, found)


def winner(results: Store) -> Values | None:
    found = results.winner(problem(), order)
    return None if found is None else found.values


def test_what_was_added_is_there(results: Store) -> None:
    assert results.evaluated(problem()).outcomes == {}
    results.add(problem(), {values(1): Lowered(program(1)), values(2): Refused("TTL0701", "too much")})
    results.add(problem(), {values(4): Lowered(program(4))}, tuned=True)
    again = Store(results.folder).evaluated(problem())
    assert list(again.outcomes.values()) == [Lowered(program(1)), Refused("TTL0701", "too much"), Lowered(program(4))]
    assert again.tuned == {problem().space}
    assert results.evaluated(problem(compiler="2")).outcomes == {}
    assert results.evaluated(problem(chip="blackhole")).outcomes == {}


def test_what_was_found_is_put_together(results: Store) -> None:
    compared = Comparison(0.999, 0.01, True)
    results.add_found("p", CHIP, Found(least_cycles=10.0))
    results.add_found("p", CHIP, Found(cycles=20.0, l1_bytes=4096, measured=(3.0,)))
    results.add_found("p", CHIP, Found(cycles=21.0, comparison=compared, measured=(1.0, 2.0)))
    assert results.found("p", CHIP) == Found(10.0, 21.0, 4096, compared, (3.0, 1.0, 2.0))
    assert results.found("p", CHIP).microseconds == 2.0
    assert results.found("p", "blackhole") == Found()


def test_values_of_all_kinds(results: Store) -> None:
    chosen: Values = (("a", 1), ("b", True), ("c", None), ("d", 0.5), ("e", "LoFi"), ("grid", (8, 8)), ("f", BF16))
    results.choose(problem(), Chosen(chosen))
    assert results.chosen(problem()) == Chosen(chosen)
    results.add(problem(), {(("a", 1),): Lowered("1"), (("a", 2),): Lowered("2")})
    results.add(problem(), {(("a", True),): Lowered("true")})
    assert len(results.evaluated(problem()).outcomes) == 3


def test_the_winner_is_the_fastest_by_prediction(results: Store) -> None:
    assert winner(results) is None
    for bm, found in ((1, SLOW), (2, FAST), (4, SLOW)):
        keep(results, bm, found)
    assert results.winner(problem(), order) == Winner(values(2), program(2), FAST, tuned=False)
    # One more configuration costs one evaluation.
    keep(results, 8, Found(cycles=50.0))
    assert winner(results) == values(8)


def test_ties_by_order(results: Store) -> None:
    for bm in (4, 1, 2):
        keep(results, bm, FAST)
    assert winner(results) == values(1)
    backwards = results.winner(problem(), lambda found: tuple([-part for part in order(found)]))
    assert backwards is not None
    assert backwards.values == values(4)


def test_measurements_count_before_predictions(results: Store) -> None:
    keep(results, 1, FAST)
    keep(results, 2, Found(cycles=300.0, measured=(9.0, 1.0, 5.0)))
    keep(results, 4, Found(cycles=400.0, measured=(4.0, 4.0, 90.0)))
    assert winner(results) == values(4)


def test_who_has_no_part(results: Store) -> None:
    keep(results, 1, Found(cycles=1.0, comparison=Comparison(0.1, 9.0, False)))
    keep(results, 2, Found(least_cycles=2.0))
    results.add(problem(), {values(3): Refused("TTL0701", "too much"), values(5): Lowered("never looked at")})
    keep(results, 64, FAST)
    assert winner(results) == values(64)
    assert results.winner(problem(), lambda found: None if found == values(64) else order(found)) is None


def test_other_costs_are_found_anew(results: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(results, 1, FAST)
    monkeypatch.setattr(store, "cost_version", lambda: "other")
    assert winner(results) is None
    assert results.evaluated(problem()).outcomes  # which is no matter of costs


DAMAGE = ["", "{", "[]", "null", '{"format": 1}', '{"format": 1, "evaluated": 3, "tuned": 1}', "\x00" * 100, "\udcff"]


@pytest.mark.parametrize("text", DAMAGE)
def test_damaged_files_are_made_anew(text: str, results: Store) -> None:
    keep(results, 1, FAST)
    (path,) = (results.folder / "problems").iterdir()
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.warns(TTLangWarning, match="TTL0224"):
        assert results.evaluated(problem()).outcomes == {}
    assert results.evaluated(problem()).outcomes == {}  # which is told once
    results.add(problem(), {values(1): Lowered(program(1))})
    assert winner(results) == values(1)


@pytest.mark.parametrize("found", [{"cycles": "many"}, {"l1_bytes": 0.5}, {"comparison": {"pcc": 1}}, {"measured": 3}])
def test_damaged_results(found: dict[str, object], results: Store) -> None:
    keep(results, 1, FAST)
    (path,) = (results.folder / "programs").iterdir()
    path.write_text(json.dumps({"format": 1, **found}))
    with pytest.warns(TTLangWarning, match="TTL0224"):
        assert results.found(program(1), CHIP) == Found()


def test_another_format_counts_as_not_there(results: Store) -> None:
    keep(results, 1, FAST)
    for path in results.folder.rglob("*.json"):
        path.write_text(path.read_text().replace('"format": 1', '"format": 2'))
    assert results.evaluated(problem()).outcomes == {}
    assert results.found(program(1), CHIP) == Found()


def test_a_file_can_be_read_by_people(results: Store) -> None:
    results.add(problem(), {values(1, 2): Lowered("abc"), values(2, 2): Refused("TTL0701", "too much")})
    (path,) = (results.folder / "problems").iterdir()
    lines = path.read_text().splitlines()
    assert ' "kernel": "matmul",' in lines
    assert '  {"values": {"bm": 1, "bn": 2}, "program": "abc"},' in lines
    assert '  {"values": {"bm": 2, "bn": 2}, "refused": ["TTL0701", "too much"]}' in lines


def test_the_own_store_is_in_the_cache(own_cache: Path) -> None:
    own_store(locks=True).add(problem(), {values(1): Lowered(program(1))}, tuned=True)
    own_store().choose(problem(), Chosen(values(1)))
    assert sorted(path.name for path in (own_cache / "tuned").iterdir()) == [".lock", "choices", "problems"]


def test_a_tuner_needs_filelock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a plain call does not."""
    monkeypatch.setitem(sys.modules, "filelock", None)
    Store(tmp_path).add(problem(), {values(1): Lowered(program(1))})
    with pytest.raises(DiagnosticError, match=r"pip install 'ttlang\[tune\]'") as raised:
        Store(tmp_path, locks=True).add(problem(), {values(2): Lowered(program(2))})
    assert raised.value.diagnostics[0].code == "TTL0015"


def test_a_store_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DiagnosticError, match="TTL0223"):
        Store(tmp_path / "file" / "tuned", locks=True).add(problem(), {values(1): Lowered(program(1))})
    with pytest.raises(DiagnosticError, match="TTL0223"):
        Store(tmp_path / "file" / "tuned").choose(problem(), Chosen(values(1)))
