"""A Ray cluster as an executor. It needs the package `ray`, which the extra `ray` installs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent import futures
from concurrent.futures import Executor, Future
from typing import Any, ParamSpec, TypeVar

from ttlang.settings.extras import import_extra

P = ParamSpec("P")
R = TypeVar("R")


def ray_executor() -> RayExecutor:
    """
    An executor on the cluster that `ray.init` has connected this process to; else on a local one, which Ray starts.
    Raises TTL0015 without the package.
    """
    return RayExecutor()


class RayExecutor(Executor):
    """
    Each call is a task of Ray's. One whose worker dies fails with what Ray says of it, and is not tried again.
    Cancelling a future stops its task, also one that runs, by KeyboardInterrupt. The cluster stays as it is at the end.
    """

    def __init__(self) -> None:
        # The package is none that a type checker of ours can rely on.
        self._ray: Any = import_extra("ray", "ray")
        self._task = self._ray.remote(max_retries=0)(_call)
        if not self._ray.is_initialized():
            self._ray.init()
        self._max_workers = max(1, int(self._ray.cluster_resources().get("CPU", 1)))
        self._futures: set[Future[Any]] = set()
        self._closed = False

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Raises RuntimeError behind a shutdown, and what Ray raises where it has lost its cluster."""
        if self._closed:
            raise RuntimeError("cannot schedule new futures after shutdown")
        reference = self._task.remote(fn, args, kwargs)
        future: Future[R] = reference.future()
        self._futures.add(future)

        def done(future: Future[R]) -> None:
            self._futures.discard(future)
            if future.cancelled():
                future.set_running_or_notify_cancel()  # or nobody who waits for it hears of that
                self._ray.cancel(reference)

        future.add_done_callback(done)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._closed = True
        begun = list(self._futures)
        if cancel_futures:
            for future in begun:
                future.cancel()
        if wait:
            futures.wait(begun)


def _call(function: Callable[..., R], arguments: tuple[Any, ...], keywords: dict[str, Any]) -> R:
    """The one task that Ray knows."""
    return function(*arguments, **keywords)
