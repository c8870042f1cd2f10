"""`ttlang profile`: what it shows of scripts, of kernels in C++, and of kernels that fail."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.machine.clock.timed_examples import first_call
from ttlang.backends.simulator.predicted_time import Prediction
from ttlang.profiler.kernel_profile import profile_kernel
from ttlang.profiler.table import table_of
from ttlang.tools.cli import main

EXAMPLES = Path(__file__).parents[2] / "examples"
SOFTMAX = str(EXAMPLES / "softmax.py")

Profiled = Callable[..., Any]


@pytest.fixture
def profiled(capsys: pytest.CaptureFixture[str]) -> Profiled:
    """The profile of a script, as JSON has it, and the exit code."""

    def profile(*arguments: str, code: int = 0) -> Any:
        capsys.readouterr()
        assert main(["profile", "--json", *arguments]) == code
        lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
        return json.loads(lines[-1])

    return profile


def test_the_table_has_lines_with_their_waits_and_what_they_are_worth(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", SOFTMAX]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.startswith("softmax on 4x1 cores of Wormhole B0: ")
    assert "bound by math" in lines[0]
    (write,) = [line for line in lines if "softmax.py:44" in line]
    assert "pages" in write
    assert "(compute:" in write


def test_the_times_of_a_profile_agree_with_each_other(profiled: Profiled) -> None:
    (kernel,) = profiled(SOFTMAX)["kernels"]
    assert kernel["cycles"] == max(core["end"] for core in kernel["cores"])
    assert kernel["cycles"] == max(thread["most"] for thread in kernel["threads"])
    assert sum(kernel["sources"].values()) == pytest.approx(1)
    for thread in kernel["threads"]:
        for lane, causes in thread["lanes"].items():
            lines = [line for line in kernel["lines"] if line["thread"] == thread["thread"]]
            worked = sum(line["work"].get(lane, 0.0) * line["cores"] for line in lines)
            assert causes["work"] * thread["cores"] == pytest.approx(worked)
    for lane in kernel["lanes"]:
        spans = lane["intervals"]
        assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert [each["gain"] for each in kernel["what_if"]] == sorted((e["gain"] for e in kernel["what_if"]), reverse=True)


def test_the_critical_path_of_a_profile_adds_up_to_its_time(profiled: Profiled) -> None:
    (kernel,) = profiled(SOFTMAX)["kernels"]
    path = kernel["critical_path"]
    assert sum(part["cycles"] for part in path["parts"]) == kernel["cycles"]
    begin = sum(part["cycles"] for part in path["parts"] if part["cause"] == "start")
    assert begin > 0
    assert sum(line["path"] for line in kernel["lines"]) == kernel["cycles"] - begin
    assert path["intervals"][0][0] == begin
    assert path["intervals"][-1][1] == kernel["cycles"]
    assert all(before[1] == after[0] for before, after in pairwise(path["intervals"]))


def test_all_examples_numbers_are_the_same_each_time(profiled: Profiled) -> None:
    assert profiled(SOFTMAX) == profiled(SOFTMAX)


def test_a_core_and_a_thread_alone(profiled: Profiled, capsys: pytest.CaptureFixture[str]) -> None:
    (kernel,) = profiled(str(EXAMPLES / "uneven_work.py"), "--core", "1,0")["kernels"]
    assert {line["cores"] for line in kernel["lines"]} == {1}
    assert {tuple(lane["core"]) for lane in kernel["lanes"]} == {(1, 0)}
    assert main(["profile", SOFTMAX, "--thread", "read"]) == 0
    assert "softmax.py:44" not in capsys.readouterr().out
    assert main(["profile", SOFTMAX, "--thread", "nobody"]) == 2
    assert "the threads are compute, read, write" in capsys.readouterr().err
    assert main(["profile", SOFTMAX, "--core", "7,7"]) == 2
    assert main(["profile", SOFTMAX, "--core", "here"]) == 2


def test_another_chip(profiled: Profiled) -> None:
    (kernel,) = profiled(SOFTMAX, "--chip", "blackhole")["kernels"]
    assert kernel["chip"] == "Blackhole"


def test_a_kernel_in_cpp_takes_the_cycles_of_its_ir(
    profiled: Profiled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the cycle, with the same work and waits of each thread; the older kernel API can say all of the IR."""
    monkeypatch.setenv("TTLANG_METAL_API", "0.69")
    assert main(["export", SOFTMAX, "-o", str(tmp_path / "folder")]) == 0
    (from_ir,) = profiled(SOFTMAX)["kernels"]
    (from_cpp,) = profiled(str(tmp_path / "folder" / "run_kernel.py"))["kernels"]
    assert from_cpp["from_run"]
    assert not from_ir["from_run"]
    assert from_cpp["cycles"] == from_ir["cycles"]
    for ours, theirs in zip(from_ir["threads"], from_cpp["threads"], strict=True):
        assert ours["lanes"].keys() == theirs["lanes"].keys()
        for lane, causes in ours["lanes"].items():
            assert causes == pytest.approx(theirs["lanes"][lane])


def test_a_kernel_that_needs_data_is_timed_by_its_run(profiled: Profiled) -> None:
    kernels = profiled(str(EXAMPLES / "embedding.py"))["kernels"]
    assert all(kernel["from_run"] and kernel["complete"] and kernel["cycles"] > 0 for kernel in kernels)


FAILING = """
import torch

from ttlang import ttl, ttnn


@ttl.operation(grid=(1, 1))
def failing(x, out):
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1))
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(1, 1))

    @ttl.compute()
    def compute():
        for turn in range(4):
            with x_dfb.wait() as xv, out_dfb.reserve() as o:
                o.store(ttl.math.exp(xv))

    @ttl.datamovement()
    def read():
        for turn in range(4):
            with x_dfb.reserve() as block:
                ttl.copy(x[turn, 0], block).wait()

    @ttl.datamovement()
    def write():
        for turn in range(4):
            with out_dfb.wait() as o:
                if turn == 2:
                    assert x.shape[0] == 0, "here it ends"
                ttl.copy(o, out[turn, 0]).wait()


device = ttnn.open_device(device_id=0)
make = lambda: ttnn.from_torch(torch.ones(128, 32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
failing(make(), make())
"""


def test_a_kernel_that_fails_shows_the_time_up_to_there(
    tmp_path: Path, profiled: Profiled, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "failing.py"
    script.write_text(FAILING)
    (kernel,) = profiled(str(script), code=1)["kernels"]
    assert not kernel["complete"]
    written = [line["calls"] for line in kernel["lines"] if line["text"].startswith("ttl.copy(o")]
    assert written == [4], "a write and a barrier for each of two turns"
    assert main(["profile", str(script)]) == 1
    printed = capsys.readouterr()
    assert "until it stops" in printed.out
    assert "TTL0814" in printed.err


def test_threads_that_wait_forever_show_the_time_up_to_there() -> None:
    """Nobody fills what softmax reads."""
    call = first_call("softmax")
    whole = call.compiled.predict(call.numbers)
    threads = [each for each in whole.recorded if each.thread.name != "read"]
    kernel = profile_kernel(Prediction(whole.simulation, threads))
    assert not kernel.complete
    assert 0 < kernel.cycles < whole.cycles
    assert sum(part.cycles for part in kernel.critical_path.parts) == kernel.cycles
    assert "until it stops" in table_of(kernel).head[0]


def test_a_difference_of_two_scripts_and_of_a_profile_that_was_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = tmp_path / "softmax.py"
    changed.write_text(Path(SOFTMAX).read_text().replace("ttl.math.exp(", "ttl.math.exp2("))
    assert main(["profile", SOFTMAX, "--json"]) == 0
    kept = tmp_path / "before.json"
    kept.write_text(capsys.readouterr().out)
    assert main(["profile", SOFTMAX, "--diff", str(kept)]) == 0
    assert "(+0.0 %)" in capsys.readouterr().out
    assert main(["profile", str(EXAMPLES / "add.py"), "--diff", SOFTMAX]) == 0
    assert "softmax -> " in capsys.readouterr().out
    assert main(["profile", SOFTMAX, "--diff", str(tmp_path / "none.json")]) == 2


def test_files_are_written_of_the_same_profile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page, speed = tmp_path / "page.html", tmp_path / "speed.json"
    assert main(["profile", SOFTMAX, "--html", str(page), "--speedscope", str(speed)]) == 0
    assert "softmax" in page.read_text()
    assert json.loads(speed.read_text())["profiles"]
    assert main(["profile", SOFTMAX, "--html", str(tmp_path / "none" / "page.html")]) == 2
    assert "there is no such folder" in capsys.readouterr().err
