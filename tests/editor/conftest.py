"""The server that tests share ends with them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.editor_client import SHARED


@pytest.fixture(scope="session", autouse=True)
def shared_server() -> Iterator[None]:
    yield
    SHARED.end()
