"""What compilation tells of kernels: on every example, and in full on a few."""

from __future__ import annotations

import json
import linecache
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.machine.clock.timed_examples import EXAMPLES, first_call
from ttlang.dialects import ttl
from ttlang.engine.facts.compiled_facts import compiled_facts, with_reasons
from ttlang.engine.facts.kernel_facts import KernelFacts, Place, facts_from_json, facts_to_json
from ttlang.tables.functions import FUNCTIONS

NAMES = sorted(path.stem for path in EXAMPLES.glob("*.py"))
FEW = ("halo_exchange", "layer_norm", "unified_body")
every_example = pytest.mark.parametrize("name", NAMES)


def facts_of(name: str) -> KernelFacts:
    return compiled_facts(first_call(name).compiled)


def text_at(place: Place) -> str:
    """What a place of one line covers."""
    assert place.line == place.end_line
    return linecache.getline(place.file, place.line + 1)[place.character : place.end_character]


def kernel_of(name: str) -> ttl.KernelOp:
    kernel = first_call(name).compiled.initial.body.block.first_op
    assert isinstance(kernel, ttl.KernelOp)
    return kernel


@every_example
def test_each_buffer_has_its_l1_and_together_they_have_what_the_program_takes(name: str) -> None:
    facts, program = facts_of(name), first_call(name).compiled.program
    assert [each.name for each in facts.buffers] == [each.sym_name.data for each in program.circular_buffers]
    assert {cb.name_.data for cb in kernel_of(name).circular_buffers} <= {each.name for each in facts.buffers}
    for buffer in facts.buffers:
        assert (buffer.bytes == 0) is (buffer.tensor is not None)
        assert buffer.blocks >= 1
        assert buffer.tensor is not None or buffer.blocks * buffer.block_bytes == buffer.bytes
    groups = {frozenset({each.name, *each.shares}): each.bytes for each in facts.buffers}
    assert sum(groups.values()) == facts.l1.used
    assert facts.l1.used <= facts.l1.limit


@every_example
def test_blocks_are_those_of_their_buffers_at_the_calls_that_acquire_them(name: str) -> None:
    facts = facts_of(name)
    threads = {thread.name for thread in facts.threads}
    buffers = {buffer.name: buffer for buffer in facts.buffers}
    dealt_out = any(isinstance(thread, ttl.UnifiedThreadOp) for thread in kernel_of(name).threads)
    assert facts.blocks
    for block in facts.blocks:
        buffer = buffers[block.buffer]
        assert (block.shape, block.format, block.layout) == (buffer.shape, buffer.format, buffer.layout)
        assert block.bytes == buffer.block_bytes
        assert block.thread in threads
        uses = buffer.consumers if block.kind == "wait" else buffer.producers
        assert (block.thread, block.place) in [(use.thread, use.place) for use in uses]
        if not dealt_out:
            assert text_at(block.place).endswith(f".{block.kind}()")


@every_example
def test_threads_tensors_functions_and_sizes_stand_where_their_names_do(name: str) -> None:
    facts = facts_of(name)
    compiled = first_call(name).compiled
    assert linecache.getline(facts.place.file, facts.place.line + 1).lstrip().startswith(f"def {facts.name}(")
    assert {thread.kind for thread in facts.threads} <= {"compute", "read", "write", "data movement"}
    assert [thread.name for thread in facts.threads] == [each.sym_name.data for each in compiled.program.kernels]
    for tensor in facts.tensors:
        assert tensor.place is not None
        assert text_at(tensor.place).partition(":")[0] == tensor.name
    for size in facts.sizes:
        assert size.place is None or text_at(size.place).partition(":")[0] == size.name
    assert {use.function for use in facts.functions} <= {row.name for row in FUNCTIONS}
    assert facts_from_json(json.loads(json.dumps(facts_to_json(facts)))) == facts


@pytest.mark.parametrize("name", ["distributed_softmax", "embedding", "sharded_add", "sized_mlp", "unified_body"])
def test_buffers_agree_with_the_plan(name: str) -> None:
    facts, lines = facts_of(name), first_call(name).compiled.plan().splitlines()
    (head,) = [line for line in lines if line.startswith("L1 on each core: ")]
    assert head.startswith(f"L1 on each core: {_kib(facts.l1.used)} of {_kib(facts.l1.limit)} ")
    rows = {line.split()[0]: line.split() for line in lines if line.startswith("  ")}
    for buffer in facts.buffers:
        row = rows[buffer.name]
        assert row[2] == buffer.format
        if any(buffer.name == cb.name_.data for cb in kernel_of(name).circular_buffers):
            assert row[3:5] == ["x".join(map(str, buffer.shape)), str(buffer.blocks)]
        if buffer.tensor is None:
            assert row[5] == _kib(buffer.bytes).split()[0]
        else:
            assert f"on the shards of {buffer.tensor}" in " ".join(row)


def _kib(size: int) -> str:
    return f"{size / 1024:.1f} KiB".replace(".0 KiB", " KiB")


def test_lines_of_a_unified_body_go_to_the_threads_that_the_plan_names() -> None:
    facts, plan = facts_of("unified_body"), first_call("unified_body").compiled.plan().splitlines()
    found = {thread.name: {place.line + 1 for place in thread.lines} for thread in facts.threads}
    assert found == {"compute": {13, 14, 25, 26, 28}, "read": {26, 28}, "write": {30, 31}}
    for thread, lines in found.items():
        (row,) = [line for line in plan if line.split()[:1] == [thread] and "unified_body.py" in line]
        ranges = [part.split("-") for part in row.rpartition("unified_body.py:")[2].split(", ")]
        named = {line for part in ranges for line in range(int(part[0]), int(part[-1]) + 1)}
        # The plan counts a barrier of the thread's end as a line of the body.
        assert lines <= named
    assert all(not thread.lines for thread in facts_of("softmax").threads)


@pytest.mark.parametrize("name", ["sized_matmul", "sized_softmax"])
def test_sizes_are_those_of_the_plan_and_say_later_why_they_are_no_larger(name: str) -> None:
    compiled = first_call(name).compiled
    facts = compiled_facts(compiled)
    assert facts.sizes
    assert all(size.place is not None and not size.why for size in facts.sizes)
    plan = compiled.plan().splitlines()
    for size in with_reasons(facts, compiled).sizes:
        assert f"  {size.name}={size.value}, {size.why}" in plan
    assert with_reasons(facts_of("softmax"), first_call("softmax").compiled) == facts_of("softmax")


@pytest.mark.parametrize("name", FEW)
def test_facts_in_full(golden: Callable[..., None], name: str) -> None:
    golden(_readable(facts_to_json(facts_of(name))), f"{name}.txt")


def _readable(data: dict[str, Any]) -> str:
    """A line for each record; a place as in `12:5-20`, or `12:5-14:9`."""
    lines: list[str] = []
    for field, value in data.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            lines += [f"{field}:", *(f"  {_fields(each)}" for each in value)]
        else:
            lines.append(f"{field}: {_short(value)}")
    return "\n".join(lines) + "\n"


def _fields(record: Any) -> str:
    return ", ".join(f"{name} {_short(value)}" for name, value in record.items())


def _short(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_short, value))}]"
    if not isinstance(value, dict):
        return str(value)
    if "end_character" not in value:
        return f"({_fields(value)})"
    start, end = f"{value['line'] + 1}:{value['character'] + 1}", str(value["end_character"] + 1)
    file = Path(value["file"]).name
    return f"{file}:{start}-{end if value['end_line'] == value['line'] else str(value['end_line'] + 1) + ':' + end}"
