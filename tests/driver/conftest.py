"""What tests of calls count."""

from __future__ import annotations

from typing import Any

import pytest

from ttlang.driver.kernel import Kernel


@pytest.fixture
def elaborations(monkeypatch: pytest.MonkeyPatch) -> list[Kernel]:
    """Grows by each elaboration of a kernel."""
    made: list[Kernel] = []
    original = Kernel._front_end

    def counting(self: Kernel, *arguments: Any) -> Any:
        made.append(self)
        return original(self, *arguments)

    monkeypatch.setattr(Kernel, "_front_end", counting)
    return made
