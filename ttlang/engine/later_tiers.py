"""
What is told of a document behind its compile tier, in the order in which it is ready: the sanitizer's tiers, then what
the clock has to run for. It runs in a process that has no other use, and may end at any time.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from ttlang.diagnostics import Diagnostic
from ttlang.diagnostics.json_form import to_json
from ttlang.engine.compiled_call import CompiledCall
from ttlang.engine.facts.told_facts import tell_costs
from ttlang.engine.judging import Emit
from ttlang.engine.protocol import Findings, Tier
from ttlang.engine.sanitizer.counters import CountersResult, find_by_counters
from ttlang.engine.sanitizer.data import find_with_data
from ttlang.engine.sanitizer.tensor_memory import TensorMemory
from ttlang.engine.sanitizer.tier_result import left_out_note


def run_later_tiers(uri: str, version: int, calls: Sequence[CompiledCall], emit: Emit) -> None:
    """
    Tells the findings of the tiers `counters` and `data`, and facts with costs, of the calls of a document that
    compile, in their order (`CompiledCalls`).
    """
    counted = [find_by_counters(call) for call in calls]
    emit(_findings(uri, version, "counters", [found for each in counted for found in each.tier.findings]))
    emit(_findings(uri, version, "data", with_data(calls, counted)))
    tell_costs(uri, version, calls, emit)


def with_data(calls: Sequence[CompiledCall], counted: Sequence[CountersResult]) -> list[Diagnostic]:
    """What running the calls one after the other finds, and why some are not run."""
    memory = TensorMemory()
    found: list[Diagnostic] = []
    for call, counters in zip(calls, counted, strict=True):
        result = find_with_data(call, memory, counters)
        found += result.findings
        if result.left_out is not None and not counters.tier.findings:
            found.append(left_out_note(call.compiled, result.left_out))
    return found


def _findings(uri: str, version: int, tier: Tier, found: Sequence[Diagnostic]) -> Findings:
    return Findings(uri, version, tier, [json.loads(to_json(each)) for each in dict.fromkeys(found)])
