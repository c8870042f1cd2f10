"""
What workers of tuning do in a second: tasks that take 100 ms of a processor each, in this process, in processes of
ours, and in clusters of Dask and Ray where these are installed. Prints a table; judges nothing. Workers are started
before. On a machine that others use, too, `--idle` tells what the workers are good for: its tasks wait for 100 ms.

    python benchmarks/tuning_workers.py [--tasks 60] [--workers 2] [--idle]
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec

# This file by the name that workers know it by: for them, it is no script.
import tuning_workers

from ttlang.driver.tuning.ray_executor import ray_executor
from ttlang.driver.tuning.workers import Workers

SECONDS = 0.1


def busy(seconds: float) -> int:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return os.getpid()


def idle(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def kinds(count: int) -> Iterator[tuple[str, Workers]]:
    yield "this process", Workers(count=1)
    yield f"{count} processes", Workers(count=count)
    if find_spec("distributed"):
        from distributed import Client, LocalCluster

        cluster = LocalCluster(count, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=50)
        with cluster, Client(cluster) as client:
            yield f"Dask, {count} workers", Workers(client.get_executor(pure=False))
    if find_spec("ray"):
        import ray

        ray.init(num_cpus=count, include_dashboard=False, log_to_driver=False, logging_level="error")
        yield f"Ray, {count} workers", Workers(ray_executor())
        ray.shutdown()


def tasks_a_second(workers: Workers, task: Callable[[float], int], tasks: int) -> float:
    list(workers.run(task, [SECONDS] * 2 * workers.count))
    start = time.perf_counter()
    used = {outcome.result for _, outcome in workers.run(task, [SECONDS] * tasks)}
    assert len(used) == workers.count
    return tasks / (time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=60)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--idle", action="store_true")
    options = parser.parse_args()
    task = tuning_workers.idle if options.idle else tuning_workers.busy
    print("| workers | tasks a second | of one process |\n| --- | --- | --- |")
    alone = 0.0
    for name, workers in kinds(options.workers):
        with workers:
            rate = tasks_a_second(workers, task, options.tasks)
        alone = alone or rate
        print(f"| {name} | {rate:.1f} | {rate / alone:.2f} |", flush=True)


if __name__ == "__main__":
    main()
