"""What is published about a document: by all scripts that are open, each thing once, nothing that is old."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.support.editor_scripts import PATH, SCRIPT, URI
from ttlang.diagnostics import Diagnostic, Severity, Span
from ttlang.diagnostics.json_form import to_json
from ttlang.editor.open_documents import MOST_CHARACTERS
from ttlang.editor.open_scripts import OpenScripts

HELPER = "file:///work/helper.py"


def finding(file: str, line: int = 1, code: str = "TTL0301") -> dict[str, Any]:
    return json.loads(to_json(Diagnostic(code, "no", Span(file, line, 1), severity=Severity.WARNING)))


def test_findings_are_about_the_document_in_which_they_are() -> None:
    scripts = OpenScripts()
    scripts.open(URI, 1, SCRIPT)
    told = [finding(PATH), finding("/work/helper.py"), {"code": "TTL0006", "severity": 1, "message": "no place"}]
    changed = scripts.tell_findings(URI, 1, "compile", told)
    assert changed == {URI, "/work/helper.py"}
    assert [each["code"] for each in scripts.about(URI)] == ["TTL0301", "TTL0006"]
    assert scripts.about("/work/helper.py") == [told[1]]
    assert scripts.close(URI) == {URI, "/work/helper.py"}
    assert not scripts.about(URI)
    assert not scripts.about("/work/helper.py")


def test_tiers_are_added_up_and_a_new_compile_tier_begins_anew() -> None:
    scripts = OpenScripts()
    scripts.open(URI, 1, SCRIPT)
    scripts.tell_findings(URI, 1, "compile", [finding(PATH, 1)])
    scripts.tell_findings(URI, 1, "counters", [finding(PATH, 2)])
    scripts.tell_findings(URI, 1, "data", [finding(PATH, 2)])
    assert [each["range"]["start"]["line"] for each in scripts.about(URI)] == [0, 1]
    scripts.tell_findings(URI, 1, "compile", [])
    assert not scripts.about(URI)


def test_what_two_scripts_say_is_said_once() -> None:
    scripts = OpenScripts()
    scripts.open(URI, 1, SCRIPT)
    scripts.open(HELPER, 1, SCRIPT)
    about_helper = finding("/work/helper.py")
    assert scripts.tell_findings(URI, 1, "compile", [about_helper]) == {URI, HELPER}
    scripts.tell_findings(HELPER, 1, "compile", [about_helper])
    assert scripts.about(HELPER) == [about_helper]


def test_what_a_script_has_said_of_an_older_text_is_not_said_of_a_newer() -> None:
    scripts = OpenScripts()
    scripts.open(URI, 1, SCRIPT)
    scripts.open(HELPER, 1, SCRIPT)
    scripts.tell_findings(URI, 1, "compile", [finding("/work/helper.py")])
    assert scripts.about(HELPER)
    scripts.change(HELPER, 2, [(None, "")])
    assert not scripts.about(HELPER)


def test_a_version_that_is_old_changes_nothing() -> None:
    scripts = OpenScripts()
    scripts.open(URI, 1, SCRIPT)
    scripts.change(URI, 2, [(None, SCRIPT)])
    assert not scripts.tell_findings(URI, 1, "compile", [finding(PATH)])
    assert not scripts.about(URI)


def test_addresses_may_be_spelled_in_several_ways() -> None:
    scripts = OpenScripts()
    script = scripts.open("file:///a%20b/c%2Bd.py", 1, "")
    assert scripts.get("file:///a b/c+d.py") is script
    assert scripts.get("file:///a") is None


def test_a_text_that_is_too_long_says_so() -> None:
    scripts = OpenScripts()
    script = scripts.open(URI, 1, "import ttl\n" + "x" * MOST_CHARACTERS)
    scripts.tell_tree_findings(script)
    (note,) = scripts.about(URI)
    assert note["code"] == "TTL0013"
    assert note["message"].startswith("this file has 500,011 characters")


def test_lines_come_from_the_editor_or_the_disk(tmp_path: Path) -> None:
    scripts = OpenScripts()
    path = tmp_path / "a.py"
    path.write_bytes(b"one\r\ntwo\xff")
    assert scripts.lines_of(path.as_uri(), str(path)) == ["one\r\n", "two\ufffd"]
    scripts.open(path.as_uri(), 1, "three")
    assert scripts.lines_of(path.as_uri(), str(path)) == ["three"]
    assert scripts.lines_of("file:///not/there", "/not/there") == ()
