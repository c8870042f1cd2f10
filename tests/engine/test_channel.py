"""Lines come whole and in their order, whoever is slow, and nothing is written to what is no channel any more."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from ttlang.engine.channel import Channel, pair, wait


def two() -> tuple[Channel, Channel]:
    ours, theirs = pair()
    return ours, Channel(theirs.detach())


def test_lines_come_whole() -> None:
    ours, theirs = two()
    ours.put(b"one\ntwo\nthr")
    assert theirs.lines() == [b"one\n", b"two\n"]
    assert theirs.lines() == []
    ours.put(b"ee\n\n")
    assert theirs.lines() == [b"three\n", b"\n"]
    ours.put(b"half")
    ours.close()
    assert (theirs.lines(), theirs.is_open) == ([], False)
    theirs.close()


def test_other_line_ends_end_no_line() -> None:
    ours, theirs = two()
    ours.put(b"a\rb\x0cc\x1cd\x85e\n")
    assert theirs.lines() == [b"a\rb\x0cc\x1cd\x85e\n"]
    ours.close()
    theirs.close()


def test_nobody_waits_for_who_does_not_read() -> None:
    ours, theirs = two()
    long = b"x" * (5 << 20) + b"\n"
    ours.put(long)
    ours.put(b"short\n")
    assert ours.waits_to_write
    found: list[bytes] = []
    while len(found) < 2:
        ours.flush()
        found += theirs.lines()
    assert found == [long, b"short\n"]
    assert not ours.waits_to_write
    ours.close()
    theirs.close()


def test_sending_waits() -> None:
    ours, theirs = two()
    found: list[bytes] = []

    def read() -> None:
        while not found:
            wait([theirs], 5)
            found.extend(theirs.lines())

    reader = threading.Thread(target=read)
    reader.start()
    ours.send(b"y" * (5 << 20) + b"\n")
    reader.join(10)
    assert [len(line) for line in found] == [(5 << 20) + 1]
    ours.close()
    theirs.close()


def test_a_reader_that_has_gone() -> None:
    ours, theirs = two()
    theirs.close()
    ours.put(b"a\n")
    ours.put(b"b\n")
    assert not ours.is_open
    ours.close()


def test_a_number_that_is_another_file_now(tmp_path: Path) -> None:
    ours, theirs = two()
    with open(tmp_path / "file", "w") as file:
        os.dup2(file.fileno(), ours.fileno())
        ours.put(b"not for this file\n")
    assert not ours.is_open
    ours.close()
    theirs.close()
    assert (tmp_path / "file").read_text() == ""
