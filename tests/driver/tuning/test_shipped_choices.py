"""A shipped file holds for each version of the compiler, grows by further exports, and reads well in a repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.tuning_problems import problem, values
from ttlang.diagnostics import TTLangWarning
from ttlang.driver.tuning import kept_files
from ttlang.driver.tuning.records import Comparison, Found
from ttlang.driver.tuning.shipped_choices import export, file_beside, read_shipped

FOUND = Found(least_cycles=10.0, cycles=20.0, l1_bytes=4096, comparison=Comparison(0.999, 0.01, True), measured=(1.5,))


@pytest.mark.parametrize("source", ["/a/b/matmul.py", "/a/b/matmul.kernel.py", "matmul"])
def test_the_file_beside_a_source(source: str) -> None:
    assert str(file_beside(source)) == source.removesuffix(".py") + ".tuned.json"


def test_what_was_exported_is_read(tmp_path: Path) -> None:
    file = tmp_path / "matmul.tuned.json"
    assert read_shipped(file) == {}
    export(file, [(problem(), values(4, 2), FOUND)])
    (shipped,) = read_shipped(file).values()
    assert (shipped.problem, shipped.values, shipped.found) == (problem(), values(4, 2), FOUND)
    other_versions = problem(compiler="2", metal_api="0.69")
    assert other_versions.key != problem().key
    assert read_shipped(file)[other_versions.lasting_key] == shipped


def test_a_file_has_problems_of_several_exports(tmp_path: Path) -> None:
    """So it can be made for each chip in turn; what is exported again is replaced."""
    file, reversed_ = tmp_path / "a.tuned.json", tmp_path / "b.tuned.json"
    for bm in (1, 2):
        export(file, [(problem(), values(bm), FOUND), (problem("add"), values(bm), FOUND)])
    export(file, [(problem(chip="blackhole"), values(8), FOUND)])
    assert {shipped.values for shipped in read_shipped(file).values()} == {values(2), values(8)}
    assert len(read_shipped(file)) == 3
    export(reversed_, [(problem(chip="blackhole"), values(8), FOUND)])
    export(reversed_, [(problem("add"), values(2), FOUND), (problem(), values(2), FOUND)])
    assert file.read_text() == reversed_.read_text()
    assert [line for line in file.read_text().splitlines() if '"kernel": "add"' in line]


def test_a_damaged_file_has_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_files, "_warned", set[Path]())
    file = tmp_path / "matmul.tuned.json"
    export(file, [(problem(), values(4), FOUND)])
    file.write_text(file.read_text().replace('"arguments"', '"argument"'))
    with pytest.warns(TTLangWarning, match=r"TTL0224.*matmul\.tuned\.json is damaged"):
        assert read_shipped(file) == {}
    export(file, [(problem(), values(2), FOUND)])
    assert [shipped.values for shipped in read_shipped(file).values()] == [values(2)]
