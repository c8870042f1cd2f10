"""Which core read and wrote which page of a tensor in a launch, for what no order guards."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ttlang.machine.page_patterns import Integers

NOBODY = -1
"""In a `History`: no core."""
SEVERAL = -2
"""In a `History`: more than one core."""
PENDING = 2**31 - 1
"""The time of a write that has not landed."""


@dataclass(eq=False, slots=True)
class Contest:
    """A page that cores write in no order: a mistake, unless what each of them leaves there is the same."""

    core: int
    thread: str
    """The core and the name of the first thread that wrote what another core had written."""
    op: int
    """The number of that call in its kernel."""
    message: str
    variables: dict[str, object]
    """Those of the thread at that call."""
    left: dict[int, bytes] = field(default_factory=dict[int, bytes])
    """For each core, a digest of what it wrote last."""

    def land(self, core: int, data: bytes | memoryview) -> None:
        from hashlib import blake2b

        self.left[core] = blake2b(data, digest_size=16).digest()

    @property
    def is_settled(self) -> bool:
        """Whether the page holds the same whichever core was last."""
        return len(set(self.left.values())) == 1


class History:
    """Which core read and wrote each page of a piece of memory in this launch, for what no order guards."""

    def __init__(self, pages: int, *, tracks_reads: bool):
        self.writer = array("h", [NOBODY]) * pages
        self.reader = array("h", [NOBODY]) * pages if tracks_reads else None
        self.contests: dict[int, Contest] = {}
        """By page, in the order in which they began."""

    @cached_property
    def written_at(self) -> NDArray[np.int32]:
        """When each page was last written, by the clock of the core that did (`VectorClocks`)."""
        return np.zeros(len(self.writer), np.int32)

    @cached_property
    def read_at(self) -> NDArray[np.int32]:
        """When each page was last read, likewise."""
        return np.zeros(len(self.writer), np.int32)

    @cached_property
    def writers(self) -> NDArray[np.int16]:
        return np.frombuffer(self.writer, np.int16)

    def settled(self, ids: Integers, core: int) -> bool:
        """Whether nobody but `core` has written any of the pages, and they may be read or written as one."""
        if self.reader is not None:
            return False
        writers = self.writers[ids]
        return bool(((writers == NOBODY) | (writers == core)).all())
