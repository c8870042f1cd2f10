"""Processes that write the same store side by side, and are killed while they do."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from pathlib import Path

from tests.support.tuning_problems import CHIP, order, problem, program, values
from ttlang.driver.tuning.json_forms import values_text
from ttlang.driver.tuning.records import Chosen, Found, Lowered
from ttlang.driver.tuning.store import Store

ROOT = Path(__file__).parents[3]
WRITER = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from tests.support.tuning_problems import CHIP, problem, program, values
from ttlang.driver.tuning.records import Found, Lowered
from ttlang.driver.tuning.store import Store

folder, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
results = Store(Path(folder), locks=True)
for bm in range(first, first + count):
    results.add_found(program(bm), CHIP, Found(cycles=1000.0 - bm, measured=()))
    results.add_found("shared", CHIP, Found(measured=(float(bm),)))
    results.add(problem(), {{values(bm): Lowered(program(bm))}})
    print(bm, flush=True)
"""


def writer(folder: Path, first: int, count: int) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", WRITER, str(folder), str(first), str(count)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


def test_several_writers_lose_nothing(tmp_path: Path) -> None:
    writers = [writer(tmp_path, 100 * number, 25) for number in range(4)]
    assert [each.wait() for each in writers] == [0] * 4
    results = Store(tmp_path)
    assert len(results.evaluated(problem()).outcomes) == 100
    assert len(results.found("shared", CHIP).measured) == 100
    best = results.winner(problem(), order)
    assert best is not None
    assert best.values == values(324)
    assert list(tmp_path.rglob("*.part")) == []
    for each in writers:
        assert each.stdout is not None
        each.stdout.close()


def test_a_killed_writer_loses_what_was_in_flight(tmp_path: Path) -> None:
    """And nobody has to wait for it."""
    chance = random.Random(1)
    told: list[int] = []
    for first in range(0, 700, 100):
        started = writer(tmp_path, first, 100)
        assert started.stdout is not None
        # At any moment of the result that comes next.
        lines = [started.stdout.readline() for _ in range(chance.randrange(1, 6))]
        started.send_signal(signal.SIGKILL)
        started.wait()
        lines += started.stdout.readlines()
        started.stdout.close()
        told += [int(line) for line in lines if line.endswith("\n")]
        check(tmp_path, told)
    started = writer(tmp_path, 5000, 1)
    assert started.stdout is not None
    assert started.stdout.read() == "5000\n"
    assert started.wait() == 0
    started.stdout.close()


def check(folder: Path, told: list[int]) -> None:
    """All files are whole, and what a writer has told of is there."""
    for path in folder.rglob("*.json"):
        assert json.loads(path.read_text())["format"] == 1
    results = Store(folder)
    outcomes = results.evaluated(problem()).outcomes
    measured = results.found("shared", CHIP).measured
    for bm in told:
        assert outcomes[values_text(values(bm))] == Lowered(program(bm))
        assert results.found(program(bm), CHIP) == Found(cycles=1000.0 - bm)
        assert float(bm) in measured


def test_a_call_does_not_wait_for_a_tuner(tmp_path: Path) -> None:
    from filelock import FileLock

    with FileLock(tmp_path / ".lock"):
        Store(tmp_path).choose(problem(), Chosen(values(1)))
        assert Store(tmp_path).chosen(problem()) == Chosen(values(1))
