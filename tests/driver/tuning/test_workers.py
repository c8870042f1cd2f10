"""Workers give the same results whichever they are, and a death among them costs one task."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import Any

import pytest

from tests.support.worker_tasks import LARGE, Step, busy, fails, interrupted, leaves, step
from ttlang.diagnostics import TTLangWarning
from ttlang.driver.tuning.workers import Outcome, Status, Workers

ROOT = Path(__file__).parents[3]


def results(workers: Workers, tasks: Sequence[Step]) -> list[int | None]:
    found = dict(workers.run(step, tasks))
    assert len(found) == len(tasks)
    assert all((outcome.status is Status.DONE) == (outcome.reason == "") for outcome in found.values())
    return [found[index].result for index in range(len(tasks))]


def processes() -> Executor:
    return ProcessPoolExecutor(2, mp_context=get_context("spawn"))


@pytest.fixture(params=["here", "ours", "threads", "processes"])
def workers(request: pytest.FixtureRequest) -> Iterator[Workers]:
    """Of each kind that needs no further package."""
    make: dict[str, Callable[[], Executor]] = {"threads": lambda: ThreadPoolExecutor(2), "processes": processes}
    if request.param not in make:
        with Workers(count=1 if request.param == "here" else 2) as workers:
            yield workers
        return
    with make[request.param]() as executor, Workers(executor) as workers:
        yield workers


def test_each_task_has_its_result(workers: Workers) -> None:
    assert results(workers, [Step(number) for number in range(20)]) == [number**2 for number in range(20)]
    assert results(workers, []) == []


def test_what_a_task_raises_is_its_outcome(workers: Workers) -> None:
    assert dict(workers.run(fails, range(3))) == {
        0: Outcome(Status.DONE, 0),
        1: Outcome(Status.RAISED, reason="UnreadableError: 1 is odd"),
        2: Outcome(Status.DONE, 2),
    }
    assert dict(workers.run(leaves, [7])) == {0: Outcome(Status.RAISED, reason="SystemExit: 7 leaves")}


def test_few_tasks_are_in_flight(workers: Workers) -> None:
    """Where they come from is asked no further than that."""
    asked: list[int] = []

    class Tasks(Sequence[int]):
        def __len__(self) -> int:
            return 100

        def __getitem__(self, index: Any) -> Any:
            asked.append(index)
            return 2 * index

    outcomes = workers.run(fails, Tasks())
    for done in range(1, 50):
        next(outcomes)
        assert done <= len(asked) <= done + 2 * workers.count
    outcomes.close()
    assert len(asked) < 60
    assert dict(workers.run(fails, [4])) == {0: Outcome(Status.DONE, 4)}


def test_a_worker_that_dies_takes_its_task_with_it() -> None:
    """The task that kills each worker is found among those in flight; the others have their results."""
    tasks = [Step(number, kills=number in (3, 4, 11), payload=bytes(LARGE)) for number in range(16)]
    with Workers(count=2) as workers:
        found = dict(workers.run(step, tasks))
    assert sorted(index for index, each in found.items() if each.status is Status.LOST) == [3, 4, 11]
    assert "died twice: BrokenProcessPool" in found[3].reason
    assert [found[index].result for index in range(16)] == [None if each.kills else each.number**2 for each in tasks]


def test_what_kills_a_worker_once_is_done_at_the_second_try(tmp_path: Path) -> None:
    tasks = [Step(number, kills=number == 5, once=str(tmp_path / "tried")) for number in range(12)]
    with Workers(count=2) as workers:
        assert results(workers, tasks) == [number**2 for number in range(12)]


def test_an_idle_worker_that_is_killed_costs_nothing() -> None:
    with Workers(count=2) as workers:
        for _ in range(2):
            (found,) = (outcome.result for _, outcome in workers.run(busy, [0.0]))
            assert found is not None
            os.kill(found, signal.SIGKILL)
        assert results(workers, [Step(number) for number in range(8)]) == [number**2 for number in range(8)]


def test_an_executor_that_stays_broken_keeps_what_is_done() -> None:
    tasks = [Step(number, kills=number >= 6) for number in range(40)]
    warning = r"TTL0014\]: there are no workers any more \(BrokenProcessPool"
    with processes() as executor, Workers(executor) as workers, pytest.warns(TTLangWarning, match=warning):
        found = dict(workers.run(step, tasks))
    assert sorted(found) == list(range(40))
    done = {index for index, outcome in found.items() if outcome.status is Status.DONE}
    assert done <= set(range(6))
    assert len(done) > 6 - 2 * workers.count
    assert all(found[index].result == index**2 for index in done)
    rest = [found[index] for index in set(range(40)) - done]
    assert all(each.status is Status.NOT_RUN and "BrokenProcessPool" in each.reason for each in rest)


def test_an_executor_that_is_closed_has_no_workers() -> None:
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with Workers(executor) as workers, pytest.warns(TTLangWarning, match="2 of 2 tasks are not carried out"):
        found = dict(workers.run(fails, [0, 2]))
    assert {each.status for each in found.values()} == {Status.NOT_RUN}


def test_an_executor_stays_its_makers() -> None:
    with ThreadPoolExecutor(1) as executor:
        with Workers(executor) as workers:
            assert results(workers, [Step(3)]) == [9]
        assert executor.submit(abs, -1).result() == 1


SCRIPT = """
import sys
from tests.support.worker_tasks import main_module, note_and_wait
from ttlang.driver.tuning.workers import Workers

secret_of_the_script = 1
print("starts", flush=True)
with Workers(count=2) as workers:
    print([outcome.result for _, outcome in workers.run(main_module, range(4))], flush=True)
    try:
        list(workers.run(note_and_wait, sys.argv[1:]))
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        raise
print("ends")
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    return path


@contextmanager
def start(*command: str | Path) -> Iterator[subprocess.Popen[str]]:
    """A process in a group of its own, of which nothing is left."""
    with subprocess.Popen(
        [sys.executable, *map(str, command)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    ) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def test_workers_do_not_run_the_script(script: Path) -> None:
    """It has no guard of its `__main__`, and is run once."""
    with start(script) as process:
        assert process.communicate()[0] == "starts\n[False, False, False, False]\nends\n"


def await_that(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def runs(process: int) -> bool:
    """Whether there is such a process. One that has ended, and that nobody has asked, doesn't count."""
    try:
        state = Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return False
    return state.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=str)
def test_workers_end_with_the_process(script: Path, tmp_path: Path, number: signal.Signals) -> None:
    """One is in the midst of a task and one is idle. Ctrl-C comes to them, too; SIGKILL does not."""
    notes = tmp_path / "notes"
    notes.mkdir()
    with start(script, notes) as process:
        await_that(lambda: list(notes.iterdir()) != [])
        os.killpg(process.pid, number) if number == signal.SIGINT else process.kill()
        printed = process.communicate(timeout=60)[0]
        await_that(lambda: not any(runs(int(path.name)) for path in notes.iterdir()))
    assert process.returncode != 0
    if number == signal.SIGINT:
        # A worker that Python still starts does not leave the signal to its parent yet, and tells of it, too.
        assert printed.startswith("starts\n[False, False, False, False]\n")
        assert "interrupted\nTraceback" in printed
        assert printed.count("Traceback") == 1
        assert printed.endswith("KeyboardInterrupt\n")


def test_an_interrupt_is_the_callers_affair() -> None:
    """Who has another use for Ctrl-C than to end has workers that go on."""
    with Workers(count=2) as workers:
        found = [outcome for _, outcome in workers.run(interrupted, range(4))]
    assert {each.status for each in found} == {Status.DONE}


def test_leaving_early_waits_for_no_task() -> None:
    start = time.monotonic()
    with Workers(count=2) as workers:
        for _, outcome in workers.run(busy, [0.0, 100.0, 100.0, 100.0]):
            assert outcome.status is Status.DONE
            break
    assert time.monotonic() - start < 60
    assert not active_children()
