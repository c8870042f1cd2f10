"""The JSON form says what the text form does, and its page in `docs/` describes it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ttlang.diagnostics import Diagnostic, Edit, Related, Replay, Severity, Span
from ttlang.diagnostics.json_form import from_json, summary, to_json
from ttlang.engine.exits import EXIT_CODES

PAGE = (Path(__file__).parents[2] / "docs" / "json.md").read_text()
SOURCE = "first = 1\nsecond = first\n"

DIAGNOSTICS = {
    "plain": Diagnostic("TTL0001", "broken"),
    "point": Diagnostic("TTL0103", "x is not defined", Span("k.py", 2, 10)),
    "full": Diagnostic(
        "TTL0801",
        "deadlock",
        Span("k.py", 2, 10, 2, 15),
        "wait for less",
        (Related(Span("k.py", 1, 1, 1, 6), "made here"), Related(Span("k.py", 1, 1), "and here")),
        Severity.WARNING,
        (Edit(Span("k.py", 2, 15, 2, 15), ".wait()"), Edit(Span("k.py", 1, 1, 2, 1), "")),
        Replay(None, "chip"),
    ),
}


@pytest.fixture(autouse=True)
def _source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("k.py").write_text(SOURCE)


@pytest.mark.parametrize("diagnostic", DIAGNOSTICS.values(), ids=DIAGNOSTICS)
def test_nothing_is_lost(diagnostic: Diagnostic) -> None:
    again = from_json(to_json(diagnostic))
    assert again == diagnostic
    assert again.render() == diagnostic.render()


def test_other_lines_are_no_diagnostics() -> None:
    assert from_json("printed by the script") is None
    assert from_json('{"schema": 1000, "kind": "diagnostic"}') is None
    assert from_json(summary("check", ["add"], 0, 0, 0)) is None


def test_shape_is_that_of_lsp() -> None:
    data = json.loads(to_json(DIAGNOSTICS["full"]))
    assert data["range"] == {"start": {"line": 1, "character": 9}, "end": {"line": 1, "character": 14}}
    assert data["uri"] == Path("k.py").resolve().as_uri()
    assert data["severity"] == 2
    assert data["relatedInformation"][0]["location"]["range"]["start"] == {"line": 0, "character": 0}
    assert data["fix"][0]["newText"] == ".wait()"


def test_every_field_is_documented() -> None:
    diagnostics = PAGE.split("\n## Diagnostics")[1].split("\n## ")[0]
    cells = re.findall(r"^\| (`.*?) \|", diagnostics, re.MULTILINE)
    fields = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    assert set(json.loads(to_json(DIAGNOSTICS["full"]))) == fields
    named = set(re.findall(r"`(\w+)`", PAGE.split("The summary has")[1].splitlines()[0]))
    assert set(json.loads(summary("check", [], 0, 0, 0))) == {"schema", "kind"} | named


def test_every_exit_code_is_documented() -> None:
    rows = re.findall(r"^\| (\d) \| (.*?) \|", PAGE, re.MULTILINE)
    documented = {int(code): re.split("[;(]", text)[0].strip().replace("`", "") for code, text in rows}
    assert documented == {code.value: re.split("[;(]", text)[0].strip() for code, text in EXIT_CODES.items()}
