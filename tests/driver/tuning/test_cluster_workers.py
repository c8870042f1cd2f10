"""Dask's and Ray's workers, in real clusters on this machine: `make workers-test` installs both."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import CancelledError, Executor
from pathlib import Path
from typing import Any

import pytest

from tests.support.worker_tasks import Step, busy, fails, main_module, note_and_wait, step
from ttlang.diagnostics import DiagnosticError, TTLangWarning
from ttlang.driver.tuning.ray_executor import RayExecutor, ray_executor
from ttlang.driver.tuning.workers import Outcome, Status, Workers

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")]


@pytest.fixture(scope="module")
def dask_client() -> Iterator[Any]:
    distributed = pytest.importorskip("distributed", reason="the extra `dask` is not installed")
    from dask import config as dask_config

    # Dask itself tries a task on three more workers before it says that it kills them.
    with (
        dask_config.set({"distributed.scheduler.allowed-failures": 0}),
        distributed.LocalCluster(2, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=50) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def ray_cluster() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        ray = pytest.importorskip("ray", reason="the extra `ray` is not installed")
        ray.init(
            num_cpus=2,
            include_dashboard=False,
            log_to_driver=False,
            logging_level="error",
            object_store_memory=100 << 20,
            _node_ip_address="127.0.0.1",
        )
        yield ray
        ray.shutdown()


@pytest.fixture(params=["dask", "ray"])
def executor(request: pytest.FixtureRequest) -> Executor:
    if request.param == "dask":
        return request.getfixturevalue("dask_client").get_executor()
    request.getfixturevalue("ray_cluster")
    return ray_executor()


def test_each_task_has_its_result(executor: Executor) -> None:
    with Workers(executor) as workers:
        assert workers.count == 2
        found = dict(workers.run(step, [Step(number) for number in range(40)]))
        assert found == {number: Outcome(Status.DONE, number**2) for number in range(40)}
        assert not any(outcome.result for _, outcome in workers.run(main_module, range(4)))


def test_what_a_task_raises_is_its_outcome(executor: Executor) -> None:
    with Workers(executor) as workers:
        assert dict(workers.run(fails, range(3))) == {
            0: Outcome(Status.DONE, 0),
            1: Outcome(Status.RAISED, reason="UnreadableError: 1 is odd"),
            2: Outcome(Status.DONE, 2),
        }


def test_a_worker_that_dies_takes_its_task_with_it(executor: Executor, tmp_path: Path) -> None:
    once = str(tmp_path / "tried")
    tasks = [Step(number, kills=number in (3, 7), once=once if number == 7 else "") for number in range(12)]
    with Workers(executor) as workers:
        found = dict(workers.run(step, tasks))
    lost = found.pop(3)
    assert found == {number: Outcome(Status.DONE, number**2) for number in range(12) if number != 3}
    assert lost.status is Status.LOST
    assert ("KilledWorker" if "Client" in type(executor).__name__ else "WorkerCrashedError") in lost.reason


def test_leaving_early_stops_what_has_not_begun(executor: Executor, tmp_path: Path) -> None:
    """And the executor can go on."""
    with Workers(executor) as workers:
        for _ in workers.run(busy, [0.0, 0.5, 0.5, 0.5, 0.5, 0.5]):
            break
        assert dict(workers.run(fails, [8])) == {0: Outcome(Status.DONE, 8)}


def test_a_client_that_is_closed_has_no_workers(dask_client: Any) -> None:
    from distributed import Client

    with Client(dask_client.cluster) as client:
        executor = client.get_executor()
        workers = Workers(executor)
    with pytest.warns(TTLangWarning, match="TTL0014"):
        found = dict(workers.run(fails, [0, 2]))
    assert {each.status for each in found.values()} == {Status.NOT_RUN}


def test_a_ray_executor_is_one_as_any_other(ray_cluster: Any, tmp_path: Path) -> None:
    with ray_executor() as executor:
        assert isinstance(executor, RayExecutor)
        assert executor.submit(divmod, 7, 2).result() == (3, 1)
        assert executor.submit(int, "11", base=2).result() == 3
        with pytest.raises(ValueError, match="invalid literal"):
            executor.submit(int, "x").result()
        assert list(executor.map(abs, [-1, -2])) == [1, 2]
        stopped = [executor.submit(note_and_wait, str(tmp_path)) for _ in range(4)]
        executor.shutdown(cancel_futures=True)
        for each in stopped:
            with pytest.raises(CancelledError):
                each.result()
        with pytest.raises(RuntimeError, match="shutdown"):
            executor.submit(abs, -1)
    assert ray_cluster.is_initialized()


def test_without_ray_the_executor_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    with pytest.raises(DiagnosticError, match=r"TTL0015\](.|\n)*pip install 'ttlang\[ray\]'"):
        ray_executor()
