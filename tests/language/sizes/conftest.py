"""What tests of sizes share: a store of their own."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_results(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No choice of another test, or of another run."""
    monkeypatch.setattr("ttlang.driver.tuning.store.folder_of_user", lambda: tmp_path / "tuned")
    monkeypatch.delenv("TTLANG_TUNED", raising=False)
