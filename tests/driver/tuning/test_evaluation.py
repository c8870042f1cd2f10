"""A task comes to the same in the process that made it, which has its module, and in one that reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.sized_kernels import rows_kernel
from ttlang.driver.sized_programs import open_call
from ttlang.driver.tuning import evaluation
from ttlang.driver.tuning.evaluation import Answer, Task, bounded, predicted, task_of
from ttlang.host import TILE_LAYOUT, TensorSpec
from ttlang.tables.dtypes import BF16

Load = Callable[[str], Any]
X = TensorSpec((256, 64), BF16, TILE_LAYOUT)
VALUES = ("block * 2", "ttl.math.exp(block - ttl.block.broadcast(ttl.math.reduce_max(block, dims=[1]), dims=[1]))")


def tasks(kernel: Any) -> list[Task]:
    """Of all configurations."""
    arguments, options = kernel._bind((X, X), {}), kernel.options.resolved()
    call = open_call(kernel._compiler, kernel.space, arguments, options, kernel.grid, {})
    fronts = [call.front_end(configuration) for configuration in call.space]
    return [task_of(front.module, front.call.options, ()) for front in fronts]


def answers(found: list[Task]) -> list[Answer]:
    evaluation._compiled.cache_clear()
    return [evaluate(task) for task in found for evaluate in (bounded, predicted)]


@pytest.mark.parametrize("value", VALUES)
def test_what_was_made_here_is_not_read(load: Load, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    found = tasks(load(rows_kernel("bm=ttl.one_of(1, 2, 4)", value=value)).scale)
    with monkeypatch.context() as patched:
        patched.setattr(evaluation, "Parser", None)
        made = answers(found)
    assert answers(found) == made, "read from their texts"
    assert len({answer.program for answer in made}) == len(found)
