"""Kernels as if their authors had left out some of their releases and waits."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from xdsl.dialects.builtin import ModuleOp, StringAttr

from ttlang.analysis.inferred_ends import ends_left_out
from ttlang.dialects import ttl
from ttlang.dialects.walking import operations_of
from ttlang.driver import compiler
from ttlang.tables.editions import EDITION_2026


@contextmanager
def left_out(share: float, seed: int) -> Iterator[list[int]]:
    """Takes ends out of every kernel that is compiled, which is one of 2026 then; counts those that it takes."""
    taken: list[int] = []
    lower: Callable[..., Any] = compiler.lower
    rng = random.Random(seed)

    def without(module: ModuleOp, *rest: Any, **named: Any) -> Any:
        module = module.clone()
        (kernel,) = operations_of(module, ttl.KernelOp)
        kernel.edition = StringAttr(EDITION_2026.name)
        ends = [op for op in operations_of(module, ttl.ReleaseOp, ttl.WaitOp) if rng.random() < share]
        for op in ends:
            op.detach()
            op.erase()
        taken.append(len(ends))
        assert not ends or ends_left_out(kernel)
        return lower(module, *rest, **named)

    with patch.object(compiler, "lower", without):
        yield taken
