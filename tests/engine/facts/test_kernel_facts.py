"""Facts of kernels as JSON, and after edits that move lines."""

from __future__ import annotations

import json
import subprocess
import sys

from ttlang.engine.facts.kernel_facts import (
    AdviceFacts,
    BlockFacts,
    BufferFacts,
    Costs,
    FunctionUse,
    KernelFacts,
    KernelText,
    L1Facts,
    LineCost,
    Place,
    SizeFacts,
    TensorFacts,
    ThreadFacts,
    Use,
    Wait,
    facts_from_json,
    facts_to_json,
    moved,
    text_from_json,
    text_to_json,
)


def at(line: int, file: str = "k.py") -> Place:
    return Place(file, line, 4, line, 9)


COSTS = Costs(
    cycles=100.5,
    microseconds=0.1,
    complete=True,
    bound="dram",
    bound_share=0.5,
    lines=(LineCost("read", at(5), 90.0, 0.9, {"move": 10.0}, {"dram": 80.0}, (Wait("write", at(8), 3.0),), 12.0),),
    advice=(AdviceFacts("read less", "so many cycles", at(5), 12.0), AdviceFacts("balance", "", None, 1.0)),
)
FACTS = KernelFacts(
    name="k",
    place=Place("k.py", 1, 0, 20, 8),
    arch="wormhole_b0",
    grid=(2, 3),
    tensors=(TensorFacts("x", at(1), (64, 96), "bfloat16", "tiled", "dram"),),
    l1=L1Facts(8192, 1 << 20),
    threads=(ThreadFacts("read", "read", at(4)),),
    buffers=(
        BufferFacts("x_dfb", at(2), False, (1, 2), "bfloat16", "tiled", 2, 4096, 8192, (), None, (Use("read", at(5)),)),
    ),
    blocks=(BlockFacts(at(5), "read", "reserve", "x_dfb", (1, 2), "bfloat16", "tiled", 4096),),
    functions=(FunctionUse(at(9, "helpers.py"), "gelu"),),
    sizes=(SizeFacts("bm", at(1), "4", "8 takes more L1"),),
    costs=COSTS,
)
TEXT = KernelText("k", "cpp", "read", "a\nb\n", (at(5), None))


def test_facts_come_back_from_json() -> None:
    assert facts_from_json(json.loads(json.dumps(facts_to_json(FACTS)))) == FACTS
    assert text_from_json(json.loads(json.dumps(text_to_json(TEXT)))) == TEXT


def test_fields_of_another_version_are_left_out_and_defaults_stand_for_missing_ones() -> None:
    data = {**facts_to_json(FACTS), "new": 1}
    del data["sizes"]
    assert facts_from_json(data).sizes == ()


def test_places_of_the_edited_file_move_and_others_stay() -> None:
    found = moved(FACTS, "k.py", lambda line: line + 10)
    assert found.place == Place("k.py", 11, 0, 30, 8)
    assert found.blocks[0].place.line == 15
    assert found.buffers[0].producers[0].place.line == 15
    assert found.costs is not None
    assert found.costs.lines[0].waits_for[0].place.line == 18
    assert found.functions == FACTS.functions  # of another file
    assert moved(found, "k.py", lambda line: line - 10) == FACTS
    assert moved(TEXT, "k.py", lambda line: line + 1).lines == (at(6), None)


def test_whoever_draws_facts_imports_no_compiler() -> None:
    script = "import sys, ttlang.engine.facts.kernel_facts; print(*{'xdsl', 'numpy', 'torch'} & set(sys.modules))"
    assert not subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
