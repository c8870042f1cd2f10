"""Messages of the engine's processes come back from their lines as they were."""

from __future__ import annotations

from dataclasses import fields
from typing import get_args

import pytest

from ttlang.engine import protocol
from ttlang.engine.protocol import (
    Answer,
    Cancel,
    Close,
    Command,
    Ended,
    Facts,
    Findings,
    Judge,
    Message,
    Overlay,
    Progress,
    Settings,
    WorkerState,
    from_line,
    to_line,
)

MESSAGES: list[Message] = [
    Judge("file:///a.py", "/a.py", "x = 'ä\u2028\n\ud83d'\0", 3, Settings("blackhole", None, False)),
    Close("file:///a.py"),
    Overlay("/b.py", None),
    Overlay("/b.py", "y = 1\n"),
    Command(7, "file:///a.py", 3, "profile", {"kernel": "add"}),
    Cancel(7),
    Findings("file:///a.py", 3, "counters", [{"code": "TTL0415"}], complete=False),
    Facts("file:///a.py", 3, [{"name": "add", "cycles": 1.5}]),
    Ended("file:///a.py", 3, "failed"),
    Progress(7, "3 of 10", 0.3),
    Answer(7, [1, {"a": None}]),
    Answer(8, error={"code": "TTL0016"}),
    WorkerState(123, 1 << 30, "ready", [124, 125]),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_a_message_is_one_line(message: Message) -> None:
    line = to_line(message)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert from_line(line) == message


def test_every_message_is_tried() -> None:
    kinds = set(get_args(protocol.Request) + get_args(protocol.Event))
    assert {type(message) for message in MESSAGES} == kinds
    assert not {each.name for kind in kinds for each in fields(kind)} & {"kind"}


@pytest.mark.parametrize("line", [b"[]", b"3", b'{"kind": "Nothing"}', b'{"kind": "Close"}', b'{"uri": "a"}'])
def test_json_that_is_no_message(line: bytes) -> None:
    with pytest.raises(ValueError, match="no message: "):
        from_line(line)
