"""`python -m tests.support.fake_engine_server`: the language server with the stand-in of the engine."""

from __future__ import annotations

from tests.support.fake_engine import FakeEngine
from ttlang.editor.serving import serve_standard_streams

if __name__ == "__main__":
    serve_standard_streams(FakeEngine)
