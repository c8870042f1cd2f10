"""The server's process."""

from __future__ import annotations

import logging
import os

from ttlang.editor.engine_link import MakeEngine
from ttlang.editor.handlers import register
from ttlang.editor.language_server import TTLangServer
from ttlang.engine.client import interpreter_of_this_process


def serve_standard_streams(make_engine: MakeEngine) -> None:
    """Speaks with a client over standard input and output until it ends."""
    # What fails is told to the client, by `guarded_handlers`.
    logging.getLogger("pygls").setLevel(logging.CRITICAL)
    server = TTLangServer(make_engine, interpreter_of_this_process())
    register(server)
    # The protocol has the streams to itself: what anything prints goes where errors go.
    with open(os.dup(0), "rb") as read, open(os.dup(1), "wb") as written:
        os.dup2(2, 1)
        server.start_io(read, written)
