"""What is told of a document's kernels, and when."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.captured_calls import captured_calls
from tests.support.script_kernels import KERNELS
from ttlang.engine.compiled_call import CompiledCall
from ttlang.engine.facts.compiled_facts import compiled_facts, with_reasons
from ttlang.engine.facts.kernel_facts import KernelFacts, facts_from_json
from ttlang.engine.facts.told_facts import tell_compiled, tell_costs
from ttlang.engine.protocol import Facts

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
