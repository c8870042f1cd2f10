"""What tests of what is kept share: a cache of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from ttlang.settings import cache


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder, which this process and those that it starts use."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("TTLANG_CACHE", str(folder))
    monkeypatch.delenv("TTLANG_TUNED", raising=False)
    monkeypatch.setattr(cache, "_used", set[Path]())
    return folder
