"""What the simulator makes of calls that reach other cores: what is right runs, each mistake has its report."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from tests.machine.noc.two_core_programs import (
    ANNOUNCE,
    FLAG,
    LEAVE,
    RECEIVE,
    SEND,
    SIGNAL,
    TAKE,
    WAIT_FOR_ROOM,
    WRITE_OUT,
    here,
    two_cores,
)
from tests.support.ttkernel_programs import FILE, integers, zeros
from ttlang.backends.simulator import run
from ttlang.diagnostics import Diagnostic, DiagnosticError


def test_a_block_goes_to_the_other_core() -> None:
    x, o = integers(4), zeros(4)
    run(two_cores(TAKE + WAIT_FOR_ROOM + SEND + SIGNAL + LEAVE, ANNOUNCE + RECEIVE + WRITE_OUT), [x, o])
    assert np.array_equal(o.values[0], x.values[0])


def test_a_block_goes_through_a_slot() -> None:
    x, o = integers(4), zeros(4)
    send = SEND.replace("%y_base", "%slot_base")
    receive = """
    ttkernel.cb_reserve_back(@y_cb, 1)
    ttkernel.noc_semaphore_wait_min(%data_ptr, %c1)
    %target = ttkernel.get_write_ptr(@y_cb)
    %own = ttkernel.get_local_noc_addr(%slot_base)
    ttkernel.noc_async_read(%own, %target, %bytes)
    ttkernel.noc_async_read_barrier()
    ttkernel.cb_push_back(@y_cb, 1)
    """
    run(two_cores(TAKE + send + SIGNAL + LEAVE, receive + WRITE_OUT), [x, o])
    assert np.array_equal(o.values[0], x.values[0])


FLUSH = "ttkernel.noc_async_writes_flushed()\n"


@pytest.mark.parametrize(("flush", "arch"), [("", "wormhole_b0"), (FLUSH, "wormhole_b0"), (FLUSH, "blackhole")])
@pytest.mark.parametrize("seed", [None, *range(4)])
def test_a_flag_comes_after_the_data_of_its_kind(flush: str, arch: str, seed: int | None) -> None:
    """Both are multicasts, so they keep their order: no barrier stands between them."""
    x, o = integers(4), zeros(4)
    send = f"""
    %others = ttkernel.get_noc_multicast_addr(%vx1, %vy0, %vx1, %vy0, %y_base)
    ttkernel.noc_async_write_multicast(%from, %others, %bytes, %c1)
    {flush}ttkernel.noc_semaphore_set(%data_ptr, %c1)
    {FLAG}
    ttkernel.noc_async_write_barrier()
    """
    run(two_cores(TAKE + WAIT_FOR_ROOM + send + LEAVE, ANNOUNCE + RECEIVE + WRITE_OUT, arch=arch), [x, o], seed=seed)
    assert np.array_equal(o.values[0], x.values[0])


UNFLUSHED = """
%others = ttkernel.get_noc_multicast_addr(%vx1, %vy0, %vx1, %vy0, %y_base)
ttkernel.noc_async_write_multicast(%from, %others, %bytes, %c1) {linked}
ttkernel.noc_semaphore_set(%data_ptr, %c1)
%there = ttkernel.get_noc_multicast_addr(%vx1, %vy0, %vx1, %vy0, %data)
ttkernel.noc_semaphore_set_multicast(%data, %there, %c1)
"""
END = "ttkernel.noc_async_write_barrier()\n"
TOLD = "ttkernel.noc_semaphore_wait_min(%room_ptr, %c2)\n"
TELL = """
%again = ttkernel.get_noc_addr(%vx0, %vy0, %room)
ttkernel.noc_semaphore_inc(%again, %c1)
ttkernel.noc_async_atomic_barrier()
"""


@pytest.mark.parametrize("seed", [None, *range(4)])
@pytest.mark.parametrize("tell", [RECEIVE + TELL, TELL + RECEIVE, RECEIVE], ids=["behind", "before", "never"])
def test_a_block_behind_which_a_flag_was_sent_is_popped(tell: str, seed: int | None) -> None:
    """Nothing has waited for it to leave L1. It has, where the receiver has told that the flag was seen."""
    wait = "" if tell is RECEIVE else TOLD
    leave = here("cb_pop_front(@x_cb, 1)")
    op = two_cores(TAKE + WAIT_FOR_ROOM + UNFLUSHED + wait + leave + "\n" + END, ANNOUNCE + tell + WRITE_OUT)
    x, o = integers(4), zeros(4)
    if tell == RECEIVE + TELL:
        run(op, [x, o], seed=seed)
        assert np.array_equal(o.values[0], x.values[0])
        return
    with pytest.raises(DiagnosticError) as caught:
        run(op, [x, o], seed=seed)
    (found,) = caught.value.diagnostics
    assert (found.code, found.span and found.span.line) == ("TTL0808", 123)
    assert found.message.endswith("cb_pop_front(x_cb, 1) while a write of these pages is in flight")


@pytest.mark.parametrize("wait", [FLUSH, END])
def test_a_block_behind_which_a_flag_was_sent_is_popped_behind_a_flush(wait: str) -> None:
    x, o = integers(4), zeros(4)
    run(two_cores(TAKE + WAIT_FOR_ROOM + UNFLUSHED + wait + LEAVE + END, ANNOUNCE + RECEIVE + WRITE_OUT), [x, o])
    assert np.array_equal(o.values[0], x.values[0])


@pytest.mark.parametrize(
    ("between", "right"), [("", False), (FLUSH, True), (END, True), (TOLD, True)], ids=["none", "flush", "end", "told"]
)
def test_a_reserved_block_behind_which_a_flag_was_sent_is_read_into(between: str, right: bool) -> None:
    over = here("noc_async_read_page(%c1, %x, %own)") + "\nttkernel.noc_async_read_barrier()\n"
    send = f"""
    ttkernel.cb_reserve_back(@x_cb, 1)
    %own = ttkernel.get_write_ptr(@x_cb)
    ttkernel.noc_async_read_page(%c2, %x, %own)
    ttkernel.noc_async_read_barrier()
    {WAIT_FOR_ROOM}
    {UNFLUSHED.replace("%from", "%own")}
    {between}{over}{END}
    ttkernel.cb_push_back(@x_cb, 1)
    """
    op = two_cores(TAKE + LEAVE + send + TAKE.replace("%from", "%last") + LEAVE, ANNOUNCE + RECEIVE + TELL + WRITE_OUT)
    x, o = integers(4), zeros(4)
    if right:
        run(op, [x, o])
        assert np.array_equal(o.values[0], x.values[2])
        return
    with pytest.raises(DiagnosticError) as caught:
        run(op, [x, o])
    (found,) = caught.value.diagnostics
    assert (found.code, found.span and found.span.line) == ("TTL0810", 123)
    assert "reads into page 1 of x_cb, out of which a write is still in flight" in found.message


def test_what_was_flushed_may_be_overwritten() -> None:
    """The page is filled anew before the barrier; what lands is what it held before."""
    x, o = integers(4), zeros(4)
    again = """
    ttkernel.noc_async_write_page(%c0, %o, %from)
    ttkernel.noc_async_writes_flushed()
    ttkernel.cb_pop_front(@x_cb, 1)
    ttkernel.cb_reserve_back(@x_cb, 1)
    ttkernel.cb_push_back(@x_cb, 1)
    ttkernel.cb_wait_front(@x_cb, 1)
    ttkernel.cb_pop_front(@x_cb, 1)
    ttkernel.cb_reserve_back(@x_cb, 1)
    %next = ttkernel.get_write_ptr(@x_cb)
    ttkernel.noc_async_read_page(%c1, %x, %next)
    ttkernel.noc_async_read_barrier()
    ttkernel.noc_async_write_barrier()
    ttkernel.cb_push_back(@x_cb, 1)
    ttkernel.cb_wait_front(@x_cb, 1)
    ttkernel.cb_pop_front(@x_cb, 1)
    """
    run(two_cores(TAKE + again, ""), [x, o])
    assert np.array_equal(o.values[0], x.values[0])


def failure(*parts: str, **more: Any) -> Diagnostic:
    with pytest.raises(DiagnosticError) as caught:
        run(two_cores(*parts, **more), [integers(4), zeros(4)])
    (diagnostic,) = caught.value.diagnostics
    return diagnostic


FLIPPED = "%to = " + here("get_noc_multicast_addr(%vx1, %vy0, %vx0, %vy0, %y_base)")
BOTH = "%to = ttkernel.get_noc_multicast_addr(%vx0, %vy0, %vx1, %vy0, %y_base)"
MULTICAST = "ttkernel.noc_async_write_barrier()"
REST = ANNOUNCE + RECEIVE

MISTAKES: dict[str, tuple[str, str, str, str]] = {
    "nothing is reserved where the block lands": (
        "TTL0803",
        r"writes into page 0 of y_cb on core \(1, 0\), of which none is reserved",
        TAKE
        + SEND.replace("ttkernel.noc_async_write(%from, %to, %bytes)", here("noc_async_write(%from, %to, %bytes)")),
        "ttkernel.noc_semaphore_wait_min(%data_ptr, %c1)",
    ),
    "the block lands beyond what is reserved": (
        "TTL0803",
        r"writes into page 1 of y_cb on core \(1, 0\), of which pages 0 to 0 are reserved",
        TAKE
        + WAIT_FOR_ROOM
        + "%far = arith.addi %y_base, %bytes : i32\n"
        + "%to = ttkernel.get_noc_addr(%vx1, %vy0, %far)\n"
        + here("noc_async_write(%from, %to, %bytes)"),
        REST,
    ),
    "the signal comes before the data": (
        "TTL0808",
        "another core's write into these pages is in flight",
        TAKE
        + WAIT_FOR_ROOM
        + SEND.replace("ttkernel.noc_async_write_barrier()", "")
        + SIGNAL
        + "ttkernel.noc_semaphore_wait_min(%room_ptr, %c2)\nttkernel.noc_async_write_barrier()",
        ANNOUNCE + RECEIVE.replace("ttkernel.cb_push_back(@y_cb, 1)", here("cb_push_back(@y_cb, 1)")),
    ),
    "the signal comes before the data, and the barrier at once after it": (
        "TTL0808",
        "another core's write into these pages is in flight",
        TAKE
        + WAIT_FOR_ROOM
        + SEND.replace("ttkernel.noc_async_write_barrier()", "ttkernel.noc_async_writes_flushed()")
        + SIGNAL
        + "ttkernel.noc_async_write_barrier()",
        ANNOUNCE
        + RECEIVE.replace(
            "ttkernel.cb_push_back(@y_cb, 1)",
            "ttkernel.noc_semaphore_set(%data_ptr, %c0)\n" + here("cb_push_back(@y_cb, 1)"),
        ),
    ),
    "the signal comes before the write": (
        "TTL0803",
        "of which none is reserved",
        TAKE
        + WAIT_FOR_ROOM
        + SIGNAL
        + "%to = ttkernel.get_noc_addr(%vx1, %vy0, %y_base)\n"
        + here("noc_async_write(%from, %to, %bytes)"),
        ANNOUNCE + RECEIVE,
    ),
    "a flag of another kind than the data": (
        "TTL0808",
        "another core's write into these pages is in flight",
        TAKE
        + WAIT_FOR_ROOM
        + SEND.replace("ttkernel.noc_async_write_barrier()", "")
        + "ttkernel.noc_semaphore_set(%data_ptr, %c1)\n"
        + FLAG
        + "ttkernel.noc_async_write_barrier()",
        ANNOUNCE + RECEIVE.replace("ttkernel.cb_push_back(@y_cb, 1)", here("cb_push_back(@y_cb, 1)")),
    ),
    "a flag that changes before it has left": (
        "TTL0810",
        "changes the semaphore data while its copy to other cores is in flight",
        WAIT_FOR_ROOM
        + "\nttkernel.noc_semaphore_set(%data_ptr, %c1)\n"
        + FLAG
        + here("noc_semaphore_set(%data_ptr, %c0)"),
        ANNOUNCE,
    ),
    "a flushed write that no barrier waits for": (
        "TTL0808",
        "the kernel ends while a write is in flight",
        TAKE
        + WAIT_FOR_ROOM
        + "%to = ttkernel.get_noc_addr(%vx1, %vy0, %y_base)\n"
        + here("noc_async_write(%from, %to, %bytes)")
        + "\nttkernel.noc_async_writes_flushed()"
        + LEAVE,
        ANNOUNCE,
    ),
    "a write that no barrier waits for": (
        "TTL0808",
        "the kernel ends while a write is in flight",
        TAKE
        + WAIT_FOR_ROOM
        + "%to = ttkernel.get_noc_addr(%vx1, %vy0, %y_base)\n"
        + here("noc_async_write(%from, %to, %bytes)"),
        ANNOUNCE,
    ),
    "an increment that no barrier waits for": (
        "TTL0808",
        "the kernel ends while an increment is in flight",
        "%there = ttkernel.get_noc_addr(%vx1, %vy0, %data)\n" + here("noc_semaphore_inc(%there, %c1)"),
        "",
    ),
    "the block is released while it is sent": (
        "TTL0808",
        "while a write of these pages is in flight",
        TAKE
        + WAIT_FOR_ROOM
        + "%to = ttkernel.get_noc_addr(%vx1, %vy0, %y_base)\nttkernel.noc_async_write(%from, %to, %bytes)\n"
        + here("cb_pop_front(@x_cb, 1)"),
        ANNOUNCE,
    ),
    "a slot is overwritten": (
        "TTL0810",
        r"writes into a slot of slot on core \(1, 0\) whose block has not been taken",
        TAKE
        + SEND.replace("%y_base", "%slot_base")
        + "%again = ttkernel.get_noc_addr(%vx1, %vy0, %slot_base)\n"
        + here("noc_async_write(%from, %again, %bytes)"),
        "",
    ),
    "a slot is read before anything lands": (
        "TTL0802",
        "slot: reads page 0 of the ring, which nothing wrote",
        "",
        "ttkernel.cb_reserve_back(@y_cb, 1)\n%target = ttkernel.get_write_ptr(@y_cb)\n"
        "%own = ttkernel.get_local_noc_addr(%slot_base)\n" + here("noc_async_read(%own, %target, %bytes)"),
    ),
    "no core at these coordinates": (
        "TTL0807",
        r"no core of the program at the NOC coordinates \(5, ",
        TAKE + "%to = " + here("get_noc_addr(%c5, %vy0, %y_base)") + "\nttkernel.noc_async_write(%from, %to, %bytes)",
        "",
    ),
    "a rectangle that runs the wrong way": (
        "TTL0807",
        "on NOC 0",
        TAKE + WAIT_FOR_ROOM + FLIPPED + "\n" + here("noc_async_write_multicast(%from, %to, %bytes, %c1)"),
        ANNOUNCE,
    ),
    "a multicast that counts its sender": (
        "TTL0807",
        "is told of 2 destinations, and there are 1",
        TAKE + WAIT_FOR_ROOM + BOTH + "\n" + here("noc_async_write_multicast(%from, %to, %bytes, %c2)"),
        ANNOUNCE,
    ),
    "a loopback that does not count its sender": (
        "TTL0807",
        "is told of 1 destination, and there are 2",
        TAKE + WAIT_FOR_ROOM + BOTH + "\n" + here("noc_async_write_multicast_loopback_src(%from, %to, %bytes, %c1)"),
        ANNOUNCE,
    ),
    "one core addressed with a rectangle": (
        "TTL0807",
        "goes to one core",
        TAKE + WAIT_FOR_ROOM + BOTH + "\n" + here("noc_async_write(%from, %to, %bytes)"),
        ANNOUNCE,
    ),
    "an address that is no semaphore's": (
        "TTL0807",
        "there is no semaphore at the L1 address",
        "%far = arith.addi %data, %c4 : i32\n%there = ttkernel.get_noc_addr(%vx1, %vy0, %far)\n"
        + here("noc_semaphore_inc(%there, %c1)"),
        "",
    ),
    "a value that is passed": (
        "TTL0813",
        "the semaphore data goes from 0 to 2, past 1, which thread 'read' waits for",
        # Its first signal lets the other core go on to its wait.
        "%own = ttkernel.get_noc_addr(%vx0, %vy0, %room)\nttkernel.noc_semaphore_inc(%own, %c1)\n"
        "%there = ttkernel.get_noc_addr(%vx1, %vy0, %data)\n" + here("noc_semaphore_inc(%there, %c2)"),
        "ttkernel.noc_semaphore_wait(%data_ptr, %c1)",
    ),
    "a send of what was never written": (
        "TTL0802",
        "reads page 1 of the ring, which nothing wrote",
        "ttkernel.cb_reserve_back(@x_cb, 1)\n%from = ttkernel.get_write_ptr(@x_cb)\n"
        "%to = ttkernel.get_noc_addr(%vx1, %vy0, %slot_base)\n" + here("noc_async_write(%from, %to, %bytes)"),
        "",
    ),
    "bytes beyond the buffer": (
        "TTL0807",
        "lie in no circular buffer",
        TAKE
        + "%more = arith.muli %bytes, %c3 : i32\n%to = ttkernel.get_noc_addr(%vx1, %vy0, %c16)\n"
        + here("noc_async_write(%from, %to, %bytes)"),
        "",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake(name: str) -> None:
    code, message, sender, receiver = MISTAKES[name]
    diagnostic = failure(sender, receiver)
    assert diagnostic.code == code, diagnostic.render()
    assert re.search(message, diagnostic.message), diagnostic.message
    assert diagnostic.span is not None
    assert (diagnostic.span.file, diagnostic.span.line) == (FILE, 123), diagnostic.render()


def shared_page(signal: str, wait: str) -> Any:
    """The first core writes page 0 of o; the second reads it, in an order or in none."""
    sender = """
    ttkernel.cb_wait_front(@x_cb, 1)
    %from = ttkernel.get_read_ptr(@x_cb)
    ttkernel.noc_async_write_page(%c0, %o, %from)
    ttkernel.noc_async_write_barrier()
    ttkernel.cb_pop_front(@x_cb, 1)
    """
    receiver = f"""
    ttkernel.cb_reserve_back(@y_cb, 1)
    %target = ttkernel.get_write_ptr(@y_cb)
    {here("noc_async_read_page(%c0, %o, %target)")}
    ttkernel.noc_async_read_barrier()
    ttkernel.cb_push_back(@y_cb, 1)
    ttkernel.cb_wait_front(@y_cb, 1)
    %y_from = ttkernel.get_read_ptr(@y_cb)
    ttkernel.noc_async_write_page(%c1, %o, %y_from)
    ttkernel.noc_async_write_barrier()
    ttkernel.cb_pop_front(@y_cb, 1)
    """
    return two_cores(sender + signal, wait + receiver)


def test_a_signal_orders_what_cores_do_to_a_tensor() -> None:
    x, o = integers(4), zeros(4)
    for seed in range(8):
        run(shared_page(SIGNAL, "ttkernel.noc_semaphore_wait_min(%data_ptr, %c1)\n"), [x, o], seed=seed)
        assert np.array_equal(o.values[1], x.values[0])


def test_without_one_it_is_a_race() -> None:
    # The receiver waits for something else, and so comes later, by luck.
    with pytest.raises(DiagnosticError) as caught:
        run(shared_page("", ""), [integers(4), zeros(4)])
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "TTL0810", diagnostic.render()


OVERTAKEN = ANNOUNCE + RECEIVE.replace("ttkernel.cb_push_back(@y_cb, 1)", here("cb_push_back(@y_cb, 1)"))
OTHERS = "%others = ttkernel.get_noc_multicast_addr(%vx1, %vy0, %vx1, %vy0, %y_base)\n"
RAISE = "ttkernel.noc_semaphore_set(%data_ptr, %c1)\n"
WRITE_BARRIER = "ttkernel.noc_async_write_barrier()\n"


@pytest.mark.parametrize(
    ("send", "arch"),
    [
        ("ttkernel.noc_async_write_multicast(%from, %others, %bytes, %c1) {vc = 5 : i64}\n", "wormhole_b0"),
        ("ttkernel.noc_async_write_multicast(%from, %others, %bytes, %c1) {linked}\n", "blackhole"),
        (f"ttkernel.noc_async_write_multicast(%from, %others, %bytes, %c1) {{vc = 5 : i64}}\n{FLUSH}", "blackhole"),
    ],
    ids=["another channel", "a command buffer of its own", "another channel, flushed"],
)
def test_a_flag_that_may_overtake_its_data(send: str, arch: str) -> None:
    way = TAKE + WAIT_FOR_ROOM + "\n" + OTHERS + RAISE + send + FLAG + WRITE_BARRIER + LEAVE
    diagnostic = failure(way, OVERTAKEN, arch=arch)
    assert diagnostic.code == "TTL0808", diagnostic.render()
    assert "another core's write into these pages is in flight" in diagnostic.message


@pytest.mark.parametrize("seed", [None, *range(4)])
def test_a_flag_that_reaches_its_sender_comes_after_its_data(seed: int | None) -> None:
    """The data go to all, the sender's own block among them; so does the flag, from a word that is not the flag's."""
    x, o = integers(4), zeros(4)
    announce = ANNOUNCE.replace("ttkernel.noc_async_atomic_barrier()", "")
    send = f"""
    {announce}
    ttkernel.noc_semaphore_wait_min(%room_ptr, %c2)
    ttkernel.noc_semaphore_set(%room_ptr, %c1)
    %all = ttkernel.get_noc_multicast_addr(%vx0, %vy0, %vx1, %vy0, %y_base)
    ttkernel.noc_async_write_multicast_loopback_src(%from, %all, %bytes, %c2) {{linked}}
    %flags = ttkernel.get_noc_multicast_addr(%vx0, %vy0, %vx1, %vy0, %data)
    ttkernel.noc_semaphore_set_multicast_loopback_src(%room, %flags, %c2)
    {RECEIVE}
    ttkernel.noc_async_write_barrier()
    ttkernel.noc_async_atomic_barrier()
    ttkernel.cb_wait_front(@y_cb, 1)
    ttkernel.cb_pop_front(@y_cb, 1)
    """
    run(two_cores(TAKE + send + LEAVE, ANNOUNCE + RECEIVE + WRITE_OUT), [x, o], seed=seed)
    assert np.array_equal(o.values[0], x.values[0])


def test_a_flag_to_all_counts_its_sender() -> None:
    flags = "%flags = ttkernel.get_noc_multicast_addr(%vx1, %vy0, %vx1, %vy0, %data)\n"
    call = here("noc_semaphore_set_multicast_loopback_src(%data, %flags, %c1)")
    diagnostic = failure(flags + call, "")
    assert diagnostic.code == "TTL0807"
    assert "needs the sender and another core in its rectangle" in diagnostic.message
