"""Mistakes with circular buffers, made on purpose: the code, the line, and what the message says."""

from __future__ import annotations

import pytest

from tests.support.ttkernel_mistakes import BUFFERS, READY, START, check, check_compute, here, packing
from tests.support.ttkernel_programs import loop, program, read_block
from ttlang.backends.simulator import prepare
from ttlang.diagnostics import DiagnosticError


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (here("cb_push_back(@x_cb, 1)"), r"cb_push_back\(x_cb, 1\), but the thread has reserved none"),
        (
            "ttkernel.cb_reserve_back(@x_cb, 1)\n" + here("cb_push_back(@x_cb, 2)"),
            r"cb_push_back\(x_cb, 2\), but the thread has reserved 1 page$",
        ),
        (here("cb_pop_front(@x_cb, 1)"), r"cb_pop_front\(x_cb, 1\), but the thread has waited for none"),
    ],
)
def test_release_without_acquisition(body, message):
    diagnostic = check("TTL0803", r"core \(0, 0\), thread 'read': " + message, read=body)
    assert diagnostic.hint is not None


def test_pop_of_more_than_was_waited_for():
    body = READY + here("cb_pop_front(@x_cb, 3)")
    check_compute("TTL0803", r"cb_pop_front\(x_cb, 3\), but the thread has waited for 2 pages", body)


@pytest.mark.parametrize("call", ["cb_reserve_back", "cb_wait_front"])
def test_more_pages_than_the_buffer_has(call):
    check("TTL0801", rf"{call}\(x_cb, 5\) can never return: the buffer has 4 pages", read=here(f"{call}(@x_cb, 5)"))


@pytest.mark.parametrize("tile", ["%c2", "%c16", "%minus"])
def test_tile_outside_the_waited_block(tile):
    body = READY + "%minus = arith.constant -1 : i32\nttkernel.copy_tile_init(@x_cb)\nttkernel.tile_regs_acquire()\n"
    read = r"x_cb: reads tile -?\d+ of a block of 2 waited pages"
    check_compute("TTL0803", read, body + here(f"copy_tile(@x_cb, {tile}, %c0)"))


def test_tile_outside_the_waited_block_in_a_loop():
    body = READY + "ttkernel.copy_tile_init(@x_cb)\nttkernel.tile_regs_acquire()\n"
    body += loop(3, here("copy_tile(@x_cb, %i, %i)"))
    check_compute("TTL0803", "x_cb: reads tile 2 of a block of 2 waited pages", body)


def test_tile_read_without_a_wait():
    body = START + "\nttkernel.copy_tile_init(@x_cb)\nttkernel.tile_regs_acquire()\n"
    check_compute("TTL0803", "x_cb: reads tile 0 of a block of 0 waited", body + here("copy_tile(@x_cb, %c0, %c0)"))


def test_tile_read_after_the_pop():
    body = READY + "ttkernel.copy_tile_init(@x_cb)\nttkernel.cb_pop_front(@x_cb, 2)\nttkernel.tile_regs_acquire()\n"
    check_compute("TTL0803", "x_cb: reads tile 0 of a block of 0 waited", body + here("copy_tile(@x_cb, %c0, %c0)"))


def test_pack_of_more_pages_than_are_reserved():
    body = packing("ttkernel.pack_tile_block(%c0, @o_cb, 2)", here("pack_tile(%c0, @o_cb)"))
    check_compute("TTL0803", "o_cb: packs 1 page where 0 of 2 reserved are left", body)


def test_compute_reads_a_page_that_nothing_wrote():
    body = READY + "ttkernel.copy_tile_init(@x_cb)\nttkernel.tile_regs_acquire()\nttkernel.copy_tile(@x_cb, %c0, %c0)\n"
    read = read_block("x_cb", "x", 1).replace("(@x_cb, 1)", "(@x_cb, 2)") + read_block("y_cb", "x", 2)
    check(
        "TTL0802",
        "thread 'compute': x_cb: reads page 1 of the ring, which nothing wrote",
        compute=body + here("copy_tile(@x_cb, %c1, %c1)"),
        read=read,
    )


def test_push_over_the_end_of_the_ring():
    body = read_block("x_cb", "x", 3) + "ttkernel.cb_reserve_back(@x_cb, 3)\n" + here("cb_push_back(@x_cb, 3)")
    drain = "ttkernel.cb_wait_front(@x_cb, 3)\nttkernel.cb_pop_front(@x_cb, 3)"
    message = "x_cb: cb_push_back 3 pages from page 3 on steps over the end of a ring of 4 pages"
    check("TTL0809", message, read=body, write=drain)


def test_pop_over_the_end_of_the_ring():
    body = read_block("x_cb", "x", 3) + read_block("x_cb", "x", 1).replace("x_cb ", "x_cb_ ").replace("_cb:", "_cb_:")
    body = "\n".join(f"ttkernel.cb_reserve_back(@x_cb, {n})\nttkernel.cb_push_back(@x_cb, {n})" for n in (2, 2, 2))
    drain = "ttkernel.cb_wait_front(@x_cb, 3)\nttkernel.cb_pop_front(@x_cb, 3)\nttkernel.cb_wait_front(@x_cb, 3)\n"
    message = "x_cb: cb_pop_front 3 pages from page 3 on steps over the end"
    check("TTL0809", message, read=body, write=drain + here("cb_pop_front(@x_cb, 3)"))


def test_pack_and_read_of_a_tile_over_the_end_of_the_ring():
    """A block may be waited for that does not lie in one piece; what is past the end can't be reached."""
    pushes = "\n".join(f"ttkernel.cb_reserve_back(@x_cb, {n})\nttkernel.cb_push_back(@x_cb, {n})" for n in (3, 1, 2))
    body = f"{START}\nttkernel.cb_wait_front(@x_cb, 3)\nttkernel.cb_pop_front(@x_cb, 3)\n"
    body += "ttkernel.cb_wait_front(@x_cb, 3)\nttkernel.copy_tile_init(@x_cb)\nttkernel.tile_regs_acquire()\n"
    message = "x_cb: reading 1 page from page 4 on steps over the end"
    check("TTL0809", message, compute=body + here("copy_tile(@x_cb, %c1, %c0)"), read=pushes)


@pytest.mark.parametrize(
    ("call", "code", "message"),
    [
        ("cb_reserve_back", "TTL0405", "x_cb has another producer on this core: thread 'read'"),
        ("cb_wait_front", "TTL0406", "y_cb has another consumer on this core: thread 'read'"),
    ],
)
def test_two_threads_on_one_side_of_a_buffer(call, code, message):
    filler = "ttkernel.cb_reserve_back(@{0}, 2)\nttkernel.cb_push_back(@{0}, 2)\n"
    buffer = "x_cb" if code == "TTL0405" else "y_cb"
    body = f"ttkernel.{call}(@{buffer}, 1)"
    write = f"ttkernel.cb_wait_front(@o_cb, 1)\n{here(f'{call}(@{buffer}, 1)')}"
    check(code, message, compute=filler.format("y_cb"), read=body + "\n" + filler.format("o_cb"), write=write)


def test_a_run_that_failed_fails_again():
    simulation = prepare(program(buffers=BUFFERS, compute=START + "\n" + here("tile_regs_commit()")))
    messages = []
    for _ in range(2):
        with pytest.raises(DiagnosticError) as caught:
            simulation.run([])
        messages.append(str(caught.value))
    assert messages[0] == messages[1]
