"""Lines between processes, over a pipe or a socket, which neither end waits for unless it wants to."""

from __future__ import annotations

import os
import select
import socket
from collections.abc import Sequence
from contextlib import suppress

_MOST_AT_ONCE = 1 << 18


class Channel:
    """Both ends of what one process has of it."""

    def __init__(self, read: int, write: int | None = None):
        """Descriptors, which it owns. `write`: where it is not the same."""
        self._read = read
        self._write = read if write is None else write
        self._identity = _identity(self._write)
        self._incoming: list[bytes] = []
        self._outgoing = bytearray()
        self.is_open = True
        """False once the other end has gone, or either has closed it."""
        for each in (self._read, self._write):
            os.set_blocking(each, False)

    def fileno(self) -> int:
        """That of reading."""
        return self._read

    @property
    def writing(self) -> int:
        """The descriptor of writing."""
        return self._write

    @property
    def waits_to_write(self) -> bool:
        return bool(self._outgoing) and self.is_open

    def lines(self) -> list[bytes]:
        """Whole lines that are there, with their ends."""
        found: list[bytes] = []
        while self.is_open:
            try:
                data = os.read(self._read, _MOST_AT_ONCE)
            except BlockingIOError:
                break
            except OSError:
                data = b""
            if not data:
                self.is_open = False
                break
            head, end, rest = data.rpartition(b"\n")
            if not end:
                self._incoming.append(data)
                continue
            whole = b"".join([*self._incoming, head])
            self._incoming = [rest] if rest else []
            found += [line + end for line in whole.split(end)]
            if len(data) < _MOST_AT_ONCE // 4:
                break
        return found

    def has_input(self) -> bool:
        """Whether there is something to read, or nothing more to come."""
        return not self.is_open or bool(select.select([self._read], [], [], 0)[0])

    def put(self, line: bytes) -> None:
        """Has a line written as soon as the other end takes it, by this and later calls of `flush`."""
        self._outgoing += line
        self.flush()

    def flush(self) -> None:
        """Writes what the other end takes now."""
        while self._outgoing and self.is_open:
            try:
                # A script may close all descriptors and open files of its own, which get their numbers.
                if _identity(self._write) != self._identity:
                    raise BrokenPipeError
                done = os.write(self._write, memoryview(self._outgoing)[:_MOST_AT_ONCE])
            except BlockingIOError:
                return
            except OSError:
                self.is_open = False
                return
            del self._outgoing[:done]

    def send(self, line: bytes) -> None:
        """Writes a line, however long that takes."""
        self.put(line)
        while self.waits_to_write:
            select.select([], [self._write], [])
            self.flush()

    def close(self) -> None:
        self.is_open = False
        for each in {self._read, self._write}:
            with suppress(OSError):
                os.close(each)


def pair() -> tuple[Channel, socket.socket]:
    """A channel, and the other end of it, to be handed to another process."""
    ours, theirs = socket.socketpair()
    return Channel(ours.detach()), theirs


def wait(channels: Sequence[Channel], seconds: float | None) -> list[Channel]:
    """Those of the channels that have something to read, after `seconds` at most."""
    return select.select(channels, [], [], seconds)[0]


def _identity(descriptor: int) -> tuple[int, int]:
    found = os.fstat(descriptor)
    return found.st_dev, found.st_ino
