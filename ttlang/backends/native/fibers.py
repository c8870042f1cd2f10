"""Kernels in C++ between two of their calls, as `fibers.cpp` keeps them."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

TICK_SECONDS = 0.05
"""`TICK` of fibers.cpp."""
_WORDS = 24


class FiberState(ctypes.Structure):
    """`Fiber` of fibers.h."""

    _fields_ = (
        ("words", ctypes.c_int64 * _WORDS),
        ("result", ctypes.c_int64),
        ("packs", ctypes.c_void_p),
        ("stack_pointer", ctypes.c_void_p),
        ("kernel", ctypes.c_void_p),
        ("stack", ctypes.c_void_p),
        ("stack_bytes", ctypes.c_uint64),
        ("args", ctypes.c_void_p),
        ("common_args", ctypes.c_void_p),
        ("semaphores", ctypes.c_void_p),
        ("known", ctypes.c_void_p),
        ("crash_address", ctypes.c_int64),
        ("code", ctypes.c_uint64),
        ("code_end", ctypes.c_uint64),
        ("at", ctypes.c_uint64),
        ("arg_count", ctypes.c_uint32),
        ("common_arg_count", ctypes.c_uint32),
        ("semaphore_count", ctypes.c_uint32),
        ("l1", ctypes.c_uint32),
        ("l1_bytes", ctypes.c_uint32),
        ("transpose", ctypes.c_uint32),
        ("number", ctypes.c_uint32),
        ("crash", ctypes.c_int32),
        ("quiet", ctypes.c_uint32),
        ("x", ctypes.c_uint8 * 2),
        ("y", ctypes.c_uint8 * 2),
        ("column", ctypes.c_uint8),
        ("row", ctypes.c_uint8),
        ("fused", ctypes.c_uint8),
        ("ended", ctypes.c_uint8),
    )


@dataclass(frozen=True, eq=False)
class Fiber:
    """A kernel on a core, between two of its calls."""

    address: int
    words: memoryview
    state: FiberState

    def crash(self) -> tuple[int, int]:
        """The signal that ended it, and the address that it touched."""
        return self.state.crash, self.state.crash_address

    @property
    def quiet_seconds(self) -> float:
        """Processor time that the kernel has taken since its last call."""
        return self.state.quiet * TICK_SECONDS

    @property
    def at(self) -> int:
        """The instruction at which it paused, counted in its library."""
        return self.state.at - self.state.code
