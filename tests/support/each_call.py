"""Tests of each call of the kernel API."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TypeVar

import pytest

from ttlang.dialects import ttkernel

Kind = TypeVar("Kind", bound=type[ttkernel.CallOp])


def for_each(kinds: Iterable[Kind]) -> Callable[[Callable[[Kind], None]], Callable[[str], None]]:
    """Runs a test for each class of calls. An item of the run is a file of the dialect: functions make hundreds."""
    files: dict[str, list[Kind]] = defaultdict(list)
    for kind in kinds:
        files[kind.__module__.rpartition(".")[2]].append(kind)

    def decorate(test: Callable[[Kind], None]) -> Callable[[str], None]:
        @pytest.mark.parametrize("file", files)
        def run(file: str) -> None:
            for kind in files[file]:
                test(kind)

        run.__doc__ = test.__doc__
        return run

    return decorate
