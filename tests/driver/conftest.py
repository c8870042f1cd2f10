"""What tests of calls count."""

from __future__ import annotations

from typing import Any

import pytest

from ttlang.driver.kernel_compiler import KernelCompiler


@pytest.fixture
def elaborations(monkeypatch: pytest.MonkeyPatch) -> list[KernelCompiler]:
    """Grows by each elaboration of a kernel."""
    made: list[KernelCompiler] = []
    original = KernelCompiler.front_end

    def counting(self: KernelCompiler, *arguments: Any) -> Any:
        made.append(self)
        return original(self, *arguments)

    monkeypatch.setattr(KernelCompiler, "front_end", counting)
    return made
