"""What is known of a script, while it is edited."""

from __future__ import annotations

from dataclasses import replace

from tests.support.editor_scripts import PATH, SCRIPT, facts, inside, open_script, range_of, script_with_facts
from ttlang.editor.positions import Position, Range
from ttlang.engine.facts.kernel_facts import facts_to_json


def test_only_scripts_that_import_the_language_are_our_business() -> None:
    assert open_script().uses_kernels
    assert open_script("import numpy, ttnn\n").uses_kernels
    assert open_script("def f():\n    from ttl import math\n").uses_kernels
    assert not open_script("import ttlib\nprint('import ttl')\n").uses_kernels
    assert not open_script("import numpy\n").uses_kernels


def test_facts_of_an_older_version_are_not_taken() -> None:
    script = open_script()
    script.change(2, [(None, SCRIPT)])
    assert not script.tell_facts(1, [facts_to_json(facts())])
    assert not script.tell_findings(1, "compile", [])
    assert not script.facts
    assert not script.has_findings


def test_places_of_facts_move_with_edits() -> None:
    script = script_with_facts()
    block = script.facts["scale"].blocks[0]
    assert script.place_now(block.place) == range_of(SCRIPT, "x_dfb.wait()")
    script.change(2, [(Range(Position(0, 0), Position(0, 0)), "# one\n# two\n")])
    moved = script.place_now(block.place)
    assert moved is not None
    assert moved == range_of(script.document.text, "x_dfb.wait()")
    end = range_of(script.document.text, "as v").start
    script.change(3, [(Range(end, end), "x")])
    assert script.place_now(block.place) == moved, "what was typed is behind it"
    start = Position(moved.start.line, 0)
    script.change(4, [(Range(start, start), "  ")])
    assert script.place_now(block.place) is None
    assert script.line_now(block.place) == moved.start.line
    script.change(5, [(Range(Position(start.line, 0), Position(start.line + 1, 0)), "")])
    assert script.line_now(block.place) is None


def test_new_facts_count_in_the_text_that_they_are_of() -> None:
    script = script_with_facts()
    script.change(2, [(Range(Position(0, 0), Position(0, 0)), "# one\n")])
    assert script.tell_facts(2, [])
    assert script.place_now(script.facts["scale"].blocks[0].place) == range_of(script.document.text, "x_dfb.wait()")
    assert script.tell_facts(2, [facts_to_json(facts(script.document.text))])
    assert script.place_now(script.facts["scale"].blocks[1].place) == range_of(script.document.text, "x_dfb.reserve()")


def test_facts_of_a_kernel_that_is_gone_go() -> None:
    script = script_with_facts()
    script.change(2, [(None, SCRIPT.replace("def scale", "def other"))])
    assert script.tell_facts(2, [])
    assert not script.facts


def test_facts_of_other_files_have_no_place_here() -> None:
    script = script_with_facts()
    assert script.place_now(None) is None
    place = facts().blocks[0].place
    assert script.line_now(type(place)("/other.py", place.line, 0, place.line, 1)) is None
    assert place.file == PATH


def test_kernels_are_read_anew_from_each_version() -> None:
    script = open_script()
    assert script.kernel_at(inside(SCRIPT, "gelu")) is script.kernels[0]
    assert script.kernel_at(Position(0, 0)) is None
    script.change(2, [(None, SCRIPT.replace("def scale", "def other"))])
    assert [kernel.name for kernel in script.kernels] == ["other"]


def test_costs_stay_until_those_of_the_text_come() -> None:
    script = script_with_facts()
    before = script.facts["scale"].costs
    assert before is not None
    script.change(2, [(Range(Position(0, 0), Position(0, 0)), "# one\n")])
    now = replace(facts(script.document.text), costs=None, costs_follow=True)
    assert script.tell_facts(2, [facts_to_json(now)])
    kept = script.facts["scale"].costs
    assert kept is not None
    assert kept.cycles == before.cycles
    assert [line.place.line for line in kept.lines] == [line.place.line + 1 for line in before.lines]
    assert script.tell_facts(2, [facts_to_json(replace(now, costs_follow=False))])
    assert script.facts["scale"].costs is None
