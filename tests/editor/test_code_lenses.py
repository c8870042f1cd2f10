"""What stands above a kernel."""

from __future__ import annotations

from tests.support.editor_scripts import SCRIPT, URI, UTF16, client_range, open_script, script_with_facts
from ttlang.editor.code_lenses import lenses


def test_what_can_be_done_and_what_it_takes() -> None:
    found = lenses(script_with_facts(), UTF16, runs=True, shows_texts=True)
    assert {repr(each.range) for each in found} == {repr(client_range(SCRIPT, "scale"))}
    commands = [each.command for each in found if each.command is not None]
    assert [each.title for each in commands] == [
        "▶ simulate",
        "▶ profile",
        "▶ tune",
        "C++",
        "2,468 cycles · 2.5 µs · bound by DRAM bandwidth · L1 16 KiB of 1.4 MiB · 1x1 core of wormhole_b0",
    ]
    assert commands[0].command == "ttlang.simulate"
    assert commands[0].arguments == [{"uri": URI, "kernel": "scale"}]
    assert commands[3].arguments == [URI, "cpp", "scale", None]


def test_without_facts_texts_or_sizes() -> None:
    script = open_script(SCRIPT.replace(", *, bm=ttl.one_of(1, 2)", ""))
    titles = [each.command.title for each in lenses(script, UTF16, runs=True, shows_texts=False) if each.command]
    assert titles == ["▶ simulate", "▶ profile"]


def test_nothing_that_would_run_an_untrusted_script() -> None:
    assert not lenses(script_with_facts(), UTF16, runs=False, shows_texts=True)
