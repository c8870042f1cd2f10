"""What is told of a document's kernels, and when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support.captured_calls import captured_calls
from tests.support.document_texts import Forked, in_fork
from tests.support.script_kernels import KERNELS
from ttlang.engine.compiled_call import CompiledCall
from ttlang.engine.document_session import DocumentSession
from ttlang.engine.facts.compiled_facts import compiled_facts, with_reasons
from ttlang.engine.facts.kernel_facts import KernelFacts, facts_from_json
from ttlang.engine.facts.told_facts import tell_compiled, tell_costs
from ttlang.engine.judging import Outcome
from ttlang.engine.protocol import Event, Facts, Settings

EXAMPLES = Path(__file__).parents[3] / "examples"


class Heard:
    """Facts, each with how many kernels came with it."""

    def __init__(self) -> None:
        self.kernels: list[KernelFacts] = []
        self.counts: list[int] = []

    def __call__(self, told: Facts) -> None:
        assert (told.uri, told.version) == ("file:///script.py", 4)
        self.kernels += map(facts_from_json, told.kernels)
        self.counts.append(len(told.kernels))


def compiled(calls: Sequence[CompiledCall]) -> list[KernelFacts]:
    return [compiled_facts(call.compiled) for call in calls]


@pytest.fixture
def heard() -> Heard:
    return Heard()


def test_first_comes_what_compilation_gives_of_all_kernels_at_once(heard: Heard, tmp_path: Path) -> None:
    calls = captured_calls(tmp_path / "script.py", KERNELS + "first(x, y)\nsecond(y, z)\nfirst(y, z)")
    tell_compiled("file:///script.py", 4, compiled(calls), heard, costs_follow=True)
    assert heard.counts == [2]
    assert [each.name for each in heard.kernels] == ["first", "second"]
    assert all(each.costs is None and each.costs_follow for each in heard.kernels)


def test_of_a_kernel_the_first_call_is_told(heard: Heard, tmp_path: Path) -> None:
    larger = "w = ttnn.ones((64, 64), layout=ttnn.TILE_LAYOUT, device=device)\n"
    calls = captured_calls(tmp_path / "script.py", f"{KERNELS}{larger}first(w, w)\nfirst(x, y)")
    assert len(calls) == 2
    tell_compiled("file:///script.py", 4, compiled(calls), heard, costs_follow=False)
    (facts,) = heard.kernels
    assert facts.tensors[0].shape == (64, 64)
    assert not facts.costs_follow


def test_cycles_of_all_come_before_gains_of_any(heard: Heard, tmp_path: Path) -> None:
    calls = captured_calls(tmp_path / "script.py", KERNELS + "first(x, y)\nsecond(y, z)")
    tell_costs("file:///script.py", 4, calls, heard)
    assert [each.name for each in heard.kernels] == ["first", "second", "first", "second"]
    costs = [each.costs for each in heard.kernels]
    assert [bool(each and each.bound) for each in costs] == [False, False, True, True]
    assert not any(each.costs_follow for each in heard.kernels)


def test_a_kernel_that_depends_on_data_is_told_without_costs(heard: Heard) -> None:
    tell_costs("file:///script.py", 4, captured_calls(EXAMPLES / "paged_kv_cache.py"), heard)
    assert {each.name for each in heard.kernels} == {"append", "gather"}
    assert all(each.costs is None and not each.costs_follow for each in heard.kernels)


def test_sizes_are_told_with_their_reasons(heard: Heard) -> None:
    calls = captured_calls(EXAMPLES / "sized_softmax.py")
    tell_costs("file:///script.py", 4, calls, heard)
    first, last = heard.kernels
    assert first.sizes == compiled_facts(calls[0].compiled).sizes
    assert last.sizes == with_reasons(first, calls[0].compiled).sizes
    assert all(size.why for size in last.sizes)


def edited(text: str) -> list[str]:
    """Texts that come of a script's by typing: above a kernel, in it, in its threads, and back."""
    above = "# a line\n" + text
    blank = above.replace("    @ttl.compute()\n", "\n    @ttl.compute()\n", 1)
    deeper = blank.replace("shape=(1, ", "block_count=3, shape=(1, ", 1)
    other = deeper.replace("ttl.exp(", "ttl.math.exp2(").replace("ttl.math.exp(", "ttl.math.exp2(")
    broken = other.replace("o.store(", "o.store(((", 1)
    return [text, above, blank, deeper, other, broken, deeper, text]


@pytest.mark.parametrize("name", ["softmax", "unified_body", "attention"])
def test_facts_after_edits_are_those_of_the_text_judged_afresh(name: str, tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    texts = edited((EXAMPLES / f"{name}.py").read_text())
    known: dict[str, list[dict[str, Any]] | None] = {}
    session = Forked(_facts_of_texts(path))
    reruns = 0
    try:
        for text in texts:
            told = session.ask(text)
            if told == "rerun":
                session.end()
                session = Forked(_facts_of_texts(path))
                told, reruns = session.ask(text), reruns + 1
            if text not in known:
                known[text] = in_fork(partial(_facts_of_texts(path), text))
            assert told == known[text]
    finally:
        session.end()
    assert reruns < len(texts) - 1
    assert sum(told is not None for told in known.values()) >= len(known) - 1


def _facts_of_texts(path: Path) -> Callable[[str], Any]:
    """What a session tells of a text: its kernels' facts, None where it tells none, "rerun" where it gives up."""
    events: list[Event] = []
    session = DocumentSession(str(path), Settings(), events.append, lambda: None)

    def judge(text: str) -> Any:
        events.clear()
        if session.judge(text, 1) is Outcome.RERUN_NEEDED:
            return "rerun"
        found = [event for event in events if isinstance(event, Facts)]
        return list(found[-1].kernels) if found else None

    return judge
