"""A kernel in C++ as the body of a thread: it runs to its next call, the machine carries that out, and so on."""

from __future__ import annotations

import ctypes
import signal
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from struct import Struct

from ttlang.backends.native.callees import callees
from ttlang.backends.native.compiled_calls import CompiledCalls, Key
from ttlang.backends.native.fibers import Fiber
from ttlang.backends.native.kernel_memory import Memory
from ttlang.backends.native.native_program import NativeKernel
from ttlang.backends.native.pointer_writes import PointerWrites
from ttlang.backends.native.snippet import Bound, no_buffer, not_modelled
from ttlang.backends.native.special_callees import (
    ACKED,
    AVAILABLE,
    NO_ARGUMENT,
    NO_BUFFER,
    NOT_MODELLED,
    PAUSE,
    PRINT,
    RECEIVED,
    RESERVABLE,
)
from ttlang.backends.native.toolchain import find_line, find_loop
from ttlang.diagnostics import Span
from ttlang.machine.buffers import Buffer
from ttlang.machine.console import failed
from ttlang.machine.faults import Fault
from ttlang.machine.threads import Body, Thread
from ttlang.machine.waits import TURN, Pause, Turn

SEMAPHORES_CHANGED = 1 << 20
"""Is added to a call's number where the kernel has written to a semaphore by itself."""
ENDED, INTERRUPTED = -1, -3
MOST_QUIET_SECONDS = 3.0
"""Processor time that a kernel may take from one call to the next, after which it counts as endless."""


@cache
def _layouts() -> tuple[Sequence[Callable[[memoryview], Key]], Sequence[Callable[[memoryview], Key]]]:
    """For each call, what reads its key, and its values, from the words of a fiber."""
    keys = [Struct(f"<{2 + callee.constants}q").unpack_from for callee in callees()]
    values = [
        partial(Struct(f"<{callee.values}q").unpack_from, offset=8 * (2 + callee.constants)) for callee in callees()
    ]
    return keys, values


def thread_body(compiled: CompiledCalls, thread: Thread, memory: Memory) -> Body:
    """Runs a kernel on its core."""
    fiber = memory.open(compiled.kernel, thread)
    caller = Caller(compiled, thread, memory)
    words, address, resume = fiber.words, fiber.address, memory.library.ttlang_resume
    keys, values = _layouts()
    calls: dict[Key, tuple[Bound, bool]] = {}
    number: int = resume(address, 0)
    while True:
        if number >= SEMAPHORES_CHANGED:
            number -= SEMAPHORES_CHANGED
            memory.semaphores.poll(thread, caller.here(words))
        if number == INTERRUPTED:
            memory.semaphores.poll(thread, caller.here(words))
            caller.check_patience(find_loop)
            yield TURN
            number = resume(address, 0)
            continue
        if number < 0:
            break
        key = keys[number](words)
        bound = calls.get(key)
        if bound is None:
            bound = calls[key] = caller.bind(key)
        call, waits = bound
        made = call(*values[number](words))
        number = resume(address, ((yield from made) if waits else made) or 0)
    if number != ENDED:
        raise caller.crash(fiber.crash())
    memory.semaphores.poll(thread, caller.here(words))
    if thread.node is not None and thread.node.pending:
        yield thread.node
        thread.node = thread.node.flushed


_ENDLESS_HINT = "print what its condition depends on, or wait for others by a call: noc_semaphore_wait, cb_wait_front"


@dataclass
class Caller:
    """What makes the calls of one thread."""

    compiled: CompiledCalls
    thread: Thread
    memory: Memory

    @property
    def kernel(self) -> NativeKernel:
        return self.compiled.kernel

    def bind(self, key: Key) -> tuple[Bound, bool]:
        """The function that makes a call on this thread, and whether it is a generator."""
        number = key[0] >> 32
        if number <= PRINT:
            return self._special(number, key)
        kernel, thread = self.kernel, self.thread
        compiled = self.compiled.of(key, _text(key[1]))
        for buffer in compiled.uses:
            if kernel.program.info.position(thread.core) not in kernel.program.buffer_cores[buffer]:
                raise no_buffer(kernel, buffer, self._site(key))
        thread.note_ends(compiled.fills, compiled.drains)
        kernel.note_ends(compiled.fills, compiled.drains)
        if kernel.counted is not None:
            thread.counts.extend([0] * (len(kernel.counted) - len(thread.counts)))
        call = compiled.bind(thread)
        if kernel.writes_memory and (compiled.fills or compiled.sends):
            call = PointerWrites(thread, self.memory).around(call, compiled)
            return call, compiled.waits
        return call, compiled.waits

    def _special(self, number: int, key: Key) -> tuple[Bound, bool]:
        site = self._site(key)
        match number:
            case _ if number == PAUSE:
                return partial(self._pause, site), True
            case _ if number == NO_ARGUMENT:
                index, count, common = key[2:]
                which = "common runtime arguments" if common else "runtime arguments on this core"
                raise Fault("TTL0820", site, f"argument {index}, where the kernel is given {count} {which}")
            case _ if number == NO_BUFFER:
                raise no_buffer(self.kernel, key[2], site)
            case _ if number == NOT_MODELLED:
                raise not_modelled(_text(key[2]), site)
            case _ if number in (AVAILABLE, RESERVABLE):
                return partial(_poll, self._buffer(key[2], site), number == AVAILABLE, site), True
            case _ if number in (RECEIVED, ACKED):
                return partial(_count, self._buffer(key[2], site), number == RECEIVED), False
            case _:
                return partial(self._say, site), False

    def _buffer(self, number: int, site: int) -> Buffer:
        """The buffer of a number, on the thread's core."""
        name = self.kernel.program.buffer_names.get(number)
        if name is None:
            raise no_buffer(self.kernel, number, site)
        return self.thread.buffers[self.kernel.program.info.buffer_named[name].number]

    def _pause(self, site: int) -> Generator[Pause | Turn, None, None]:
        if self.kernel.reads_memory:
            yield Pause(site)
            return
        # It can't see what others do: it calculates.
        self.check_patience(find_line)
        yield TURN

    def check_patience(self, find: Callable[[NativeKernel, int], tuple[str, int] | None]) -> None:
        """Raises a Fault for a kernel that has run for long without a call, at the line that `find` finds."""
        fiber = self.memory.fibers[self.thread]
        if fiber.quiet_seconds <= MOST_QUIET_SECONDS:
            return
        spent = f"{MOST_QUIET_SECONDS:g} seconds of processor time have gone by without a call of the kernel API"
        place = find(self.kernel, fiber.at)
        site = self.kernel.site(self.kernel.span(*place)) if place else self.here(fiber.words)
        where = "" if place else ", after this call"
        raise Fault("TTL0815", site, f"{spent}{where}: this loop seems never to end", _ENDLESS_HINT)

    def _say(self, site: int, pointer: int, length: int, fails: int) -> None:
        """What the kernel prints, or the text of an assertion that fails."""
        text = ctypes.string_at(pointer, length).decode(errors="replace")
        if fails:
            raise failed(site, text)
        self.thread.print(text)

    def here(self, words: memoryview) -> int:
        """The number of the call that the words of a fiber are of, for faults."""
        number_and_line, file = Struct("<2q").unpack_from(words)
        return self._site((number_and_line, file))

    def _site(self, key: Key) -> int:
        return self.kernel.site(self.kernel.span(_text(key[1]), key[0] & 0xFFFFFFFF)) if key[1] else -1

    def crash(self, crash: tuple[int, int]) -> Fault:
        """The fault of a kernel that a signal has ended."""
        number, address = crash
        fiber = self.memory.fibers[self.thread]
        site = self.here(fiber.words)
        if number == signal.SIGFPE:
            return Fault("TTL0811", site, "a division by zero, after this call")
        what = f"the kernel touches the address {address & 0xFFFFFFFFFFFFFFFF:#x}, which is not in L1, after this call"
        if number not in (signal.SIGSEGV, signal.SIGBUS):
            what = f"the kernel ends with the signal {number}, after this call"
        return Fault("TTL0807", site, what)


def _poll(buffer: Buffer, front: bool, site: int, pages: int) -> Generator[Pause, None, bool]:
    """Whether so many pages are there; a thread that is told no may ask for long."""
    found = (buffer.filled if front else buffer.pages - buffer.filled) >= pages
    if not found:
        yield Pause(site)
    return found


def _count(buffer: Buffer, received: bool) -> int:
    """A counter of a buffer's, of 16 bits: the pages that were ever pushed, or popped."""
    return (buffer.popped + (buffer.filled if received else 0)) & 0xFFFF


def last_call(kernel: NativeKernel, fiber: Fiber | None) -> Span | None:
    """Where a kernel has made its last call; None before its first."""
    line, file = Struct("<2q").unpack_from(fiber.words) if fiber else (0, 0)
    return kernel.span(_text(file), line & 0xFFFFFFFF) if file else None


@cache
def _text(address: int) -> str:
    """A string constant of a kernel."""
    return ctypes.string_at(address).decode()
