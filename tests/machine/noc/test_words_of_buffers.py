"""Words of a buffer as semaphores: their core gives them their first value, and tells so who changes them from afar."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.machine.noc.two_core_programs import (
    ANNOUNCE,
    LEAVE,
    RECEIVE,
    TAKE,
    WAIT_FOR_ROOM,
    WRITE_OUT,
    here,
    two_cores,
)
from tests.support.ttkernel_programs import integers, zeros
from ttlang.backends.simulator import run
from ttlang.diagnostics import Diagnostic, DiagnosticError

WORD = """

%word = arith.addi %slot_base, %c16 : i32
%word_ptr = ttkernel.cast_to_l1_ptr(%word)
"""
SET = "ttkernel.noc_semaphore_set(%word_ptr, %c0)"
COUNT = "ttkernel.noc_semaphore_set(%word_ptr, %c1)"
THERE = "%there = ttkernel.get_noc_addr(%vx1, %vy0, %word)"
COPY = "ttkernel.noc_semaphore_set_remote(%word, %there)"
LAND = "ttkernel.noc_async_write_barrier()"
SEND = """
%to = ttkernel.get_noc_addr(%vx1, %vy0, %y_base)
ttkernel.noc_async_write(%from, %to, %bytes)
"""
TAKE_WORD = RECEIVE.replace("%data_ptr", "%word_ptr")


def lines(*parts: str) -> str:
    return "\n".join((WORD, *parts, ""))


@pytest.mark.parametrize("seed", [None, *range(4)])
@pytest.mark.parametrize("arch", ["wormhole_b0", "blackhole"])
def test_a_word_follows_its_block(arch: str, seed: int | None) -> None:
    flush = "ttkernel.noc_async_writes_flushed()" if arch == "blackhole" else ""
    sender = lines(TAKE, WAIT_FOR_ROOM, SEND, flush, COUNT, THERE, COPY, LAND, LEAVE)
    x, o = integers(4), zeros(4)
    run(two_cores(sender, lines(SET, ANNOUNCE, TAKE_WORD, WRITE_OUT), arch=arch), [x, o], seed=seed)
    assert np.array_equal(o.values[0], x.values[0])


@pytest.mark.parametrize("seed", [None, *range(4)])
def test_a_word_that_is_incremented(seed: int | None) -> None:
    inc = "ttkernel.noc_semaphore_inc(%there, %c1)\nttkernel.noc_async_atomic_barrier()"
    sender = lines(TAKE, WAIT_FOR_ROOM, SEND, LAND, THERE, inc, LEAVE)
    x, o = integers(4), zeros(4)
    run(two_cores(sender, lines(SET, ANNOUNCE, TAKE_WORD, WRITE_OUT)), [x, o], seed=seed)
    assert np.array_equal(o.values[0], x.values[0])


def fault(sender: str, receiver: str, seed: int | None = None, **more: Any) -> Diagnostic:
    with pytest.raises(DiagnosticError) as raised:
        run(two_cores(TAKE + sender + LEAVE, receiver, **more), [integers(4), zeros(4)], seed=seed)
    (found,) = raised.value.diagnostics
    return found


@pytest.mark.parametrize("seed", [None, *range(6)])
@pytest.mark.parametrize("change", ["noc_semaphore_inc(%there, %c1)", "noc_semaphore_set_remote(%word, %there)"])
def test_a_core_that_may_not_have_set_its_word_yet(change: str, seed: int | None) -> None:
    """Whatever comes first in this run: nothing tells the sender of it."""
    wait = "ttkernel.noc_semaphore_wait_min(%word_ptr, %c1)"
    found = fault(lines(COUNT, THERE, here(change), LAND), lines(SET, wait), seed)
    assert found.code == "TTL0810"
    assert found.span is not None
    assert found.span.line == 123
    assert "changes the semaphore at byte 16 of slot of core (1, 0), and does not know whether" in found.message


@pytest.mark.parametrize(
    ("sender", "receiver"),
    [
        ("", here("noc_semaphore_wait_min(%word_ptr, %c1)")),
        ("", here("noc_semaphore_wait(%word_ptr, %c0)")),
        (f"{WAIT_FOR_ROOM}\n{THERE}\n{here('noc_semaphore_set_remote(%word, %there)')}", f"{SET}\n{ANNOUNCE}"),
    ],
)
def test_a_word_that_nobody_has_set(sender: str, receiver: str) -> None:
    found = fault(lines(sender), lines(receiver))
    assert found.code == "TTL0802"
    assert found.span is not None
    assert found.span.line == 123
    assert "which has no value yet" in found.message


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("%slot_base, %c1", "there is no semaphore at the L1 address"),
        ("%room, %c1", "there is no semaphore at the L1 address"),
        ("%c0, %c1", "there is no semaphore at the L1 address"),
    ],
)
def test_what_is_no_word(address: str, text: str) -> None:
    odd = f"%odd = arith.addi {address} : i32\n%odd_ptr = ttkernel.cast_to_l1_ptr(%odd)"
    found = fault(lines(odd, here("noc_semaphore_set(%odd_ptr, %c0)")), "")
    assert found.code == "TTL0807"
    assert text in found.message


def test_words_of_other_alignment() -> None:
    """A write from core to core has both of its ends at one place in their 16 bytes."""
    other = "%other = arith.addi %word, %c4 : i32"
    there = "%away = ttkernel.get_noc_addr(%vx1, %vy0, %other)"
    found = fault(lines(COUNT, other, there, here("noc_semaphore_set_remote(%word, %away)")), "")
    assert found.code == "TTL0807"
    assert "alike modulo 16" in found.message


def test_a_deadlock_names_the_word() -> None:
    found = fault("", lines(SET, here("noc_semaphore_wait_min(%word_ptr, %c1)")))
    assert found.code == "TTL0801"
    assert "the semaphore at byte 16 of slot is 1 or more, and it is 0" in found.related[0].message
