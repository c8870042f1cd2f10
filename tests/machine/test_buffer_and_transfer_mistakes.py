"""Mistakes with buffers and transfers, made on purpose: the code, the line, and what the message says."""

from __future__ import annotations

import re

import pytest

from tests.support.ttkernel_mistakes import BUFFERS, READY, START, check, check_compute, here
from tests.support.ttkernel_programs import FILE, Buffer, integers, loop, program, read_block, section, write_block
from ttlang.backends.simulator import prepare
from ttlang.diagnostics import DiagnosticError

# ------------------------------------------------------------------------------------------------- buffers: TTL0803


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


def packing(*packs: str) -> str:
    math = "ttkernel.copy_tile_init(@x_cb)\nttkernel.copy_tile(@x_cb, %c0, %c0)\nttkernel.copy_tile(@x_cb, %c0, %c1)"
    return READY + section(math, "\n".join(packs))


def test_pack_of_more_pages_than_are_reserved():
    body = packing("ttkernel.pack_tile_block(%c0, @o_cb, 2)", here("pack_tile(%c0, @o_cb)"))
    check_compute("TTL0803", "o_cb: packs 1 page where 0 of 2 reserved are left", body)


def address(call: str, buffer: str, offset: int, page: str, tensor: str) -> str:
    pointer = "get_write_ptr" if "read" in call else "get_read_ptr"
    return f"""
    %p = ttkernel.{pointer}(@{buffer})
    %distance = arith.constant {offset} : i32
    %l1 = arith.addi %p, %distance : i32
    {here(f"{call}({page}, %{tensor}, %l1)")}
    """


@pytest.mark.parametrize("offset", [4096, 2048 + 32, -32, 1 << 20])
def test_read_outside_the_reserved_block(offset):
    body = "ttkernel.cb_reserve_back(@x_cb, 2)" + address("noc_async_read_page", "x_cb", offset, "%c0", "x")
    message = r"thread 'read': reads into pages? .*ring x_cb, of which only 0 to 1 are reserved"
    check("TTL0803", message, read=body)


def test_read_into_a_block_that_nobody_reserved():
    body = address("noc_async_read_page", "x_cb", 0, "%c0", "x")
    check("TTL0803", "reads into page 0 of the ring x_cb, of which none is reserved", read=body)


def test_read_into_a_block_that_another_thread_reserved():
    """Each processor has its own pointers, and its own blocks."""
    body = "ttkernel.cb_wait_front(@o_cb, 1)" + address("noc_async_read_page", "x_cb", 0, "%c0", "x")
    fills = "ttkernel.cb_reserve_back(@x_cb, 4)\nttkernel.cb_reserve_back(@o_cb, 1)\nttkernel.cb_push_back(@o_cb, 1)"
    check("TTL0803", "thread 'write': reads into page 0 .* none is reserved", read=fills, write=body)


def test_transfer_to_no_buffer():
    body = "%l1 = arith.constant 64 : i32\n" + here("noc_async_read_page(%c0, %x, %l1)")
    check("TTL0803", "the L1 address 64 lies in no circular buffer", read=body)


def test_write_from_a_block_that_is_not_held():
    body = address("noc_async_write_page", "x_cb", 0, "%c0", "o")
    check("TTL0803", "writes from page 0 of the ring x_cb, of which none is waited for", write=body)


# ------------------------------------------------------------------------------------------------ pages of a tensor


@pytest.mark.parametrize("page", ["%c8", "%minus"])
def test_page_outside_the_tensor(page):
    body = "%minus = arith.constant -1 : i32\nttkernel.cb_reserve_back(@x_cb, 2)"
    body += address("noc_async_read_page", "x_cb", 0, page, "x")
    check("TTL0807", r"page -?\d of 'x', which has the pages 0 to 7", read=body)


def test_page_outside_the_tensor_in_a_loop():
    body = read_block("x_cb", "x", 4, "%c5").replace("%l1_x_cb)\n", f'%l1_x_cb) loc("{FILE}":123:5)\n')
    check("TTL0807", "page 8 of 'x', which has the pages 0 to 7", read=body)


def test_page_outside_the_tensor_in_a_write():
    body = write_block("x_cb", "o", 4, "%c5").replace("%l1_x_cb)\n", f'%l1_x_cb) loc("{FILE}":123:5)\n')
    check("TTL0807", "page 8 of 'o', which has the pages 0 to 7", read=read_block("x_cb", "x", 4), write=body)


def test_read_to_an_address_that_is_not_aligned():
    body = "ttkernel.cb_reserve_back(@x_cb, 2)" + address("noc_async_read_page", "x_cb", 16, "%c0", "x")
    check("TTL0807", "'x' is read to the L1 address 105872, which is no multiple of 32", read=body)


def test_accessor_with_the_address_of_another_tensor():
    body = here("TensorAccessor(%x_args, %o_address)").replace("ttkernel", "%other = ttkernel")
    body += "\nttkernel.cb_reserve_back(@x_cb, 1)\n%p = ttkernel.get_write_ptr(@x_cb)"
    body += "\nttkernel.noc_async_read_page(%c0, %other, %p)"
    check("TTL0807", "the accessor of 'x' is given an address that is not that tensor's", read=body)


# ----------------------------------------------------------------------------------------------- unwritten memory


def test_compute_reads_a_page_that_nothing_wrote():
    body = READY + "ttkernel.copy_tile_init(@x_cb)\nttkernel.tile_regs_acquire()\nttkernel.copy_tile(@x_cb, %c0, %c0)\n"
    read = read_block("x_cb", "x", 1).replace("(@x_cb, 1)", "(@x_cb, 2)") + read_block("y_cb", "x", 2)
    check(
        "TTL0802",
        "thread 'compute': x_cb: reads page 1 of the ring, which nothing wrote",
        compute=body + here("copy_tile(@x_cb, %c1, %c1)"),
        read=read,
    )


@pytest.mark.parametrize("pages", [1, 4])
def test_a_page_that_was_popped_is_unwritten_again(pages):
    """The second lap pushes what the first one left."""
    again = f"ttkernel.cb_reserve_back(@x_cb, {pages})\nttkernel.cb_push_back(@x_cb, {pages})"
    body = write_block("x_cb", "o", pages) + f"ttkernel.cb_wait_front(@x_cb, {pages})"
    body += address("noc_async_write_page", "x_cb", 0, "%c0", "o")
    buffers = [Buffer("x_cb", pages)]
    check("TTL0802", "x_cb: reads page 0", buffers=buffers, read=read_block("x_cb", "x", pages) + again, write=body)


def test_pack_makes_only_the_packed_pages_readable():
    body = packing("ttkernel.pack_tile(%c0, @o_cb)") + "ttkernel.cb_push_back(@o_cb, 2)"
    write = "ttkernel.cb_wait_front(@o_cb, 2)" + address("noc_async_write_page", "o_cb", 2048, "%c0", "o")
    check(
        "TTL0802",
        "o_cb: reads page 1 of the ring",
        compute=body,
        read=read_block("x_cb", "x", 2) + read_block("y_cb", "x", 2),
        write=write,
    )


def test_write_of_a_page_whose_read_has_not_landed():
    body = "ttkernel.cb_reserve_back(@x_cb, 1)\n%q = ttkernel.get_write_ptr(@x_cb)\n"
    body += "ttkernel.noc_async_read_page(%c0, %x, %q)\n" + here("noc_async_write_page(%c0, %o, %q)")
    diagnostic = check("TTL0802", "writes page 0 of x_cb out while the read into it is in flight", read=body)
    assert diagnostic.hint == "a noc_async_read_barrier must come before it"


def test_write_of_a_page_whose_second_read_has_not_landed():
    body = read_block("x_cb", "x", 1).replace("ttkernel.cb_push_back(@x_cb, 1)", "")
    body += "ttkernel.noc_async_read_page(%c1, %x, %p_x_cb)\n" + here("noc_async_write_page(%c0, %o, %p_x_cb)")
    check("TTL0802", "writes page 0 of x_cb out while the read into it is in flight", read=body)


# ------------------------------------------------------------------------------------------------------ in flight


@pytest.mark.parametrize("tiles", [1, 4])
def test_push_with_a_read_in_flight(tiles):
    body = read_block("x_cb", "x", tiles).replace("ttkernel.noc_async_read_barrier()", "")
    body = body.replace(f"ttkernel.cb_push_back(@x_cb, {tiles})", here(f"cb_push_back(@x_cb, {tiles})"))
    diagnostic = check("TTL0808", rf"cb_push_back\(x_cb, {tiles}\) while a read of these pages is in flight", read=body)
    assert diagnostic.hint == "a noc_async_read_barrier must come before it"


@pytest.mark.parametrize("tiles", [1, 4])
def test_pop_with_a_write_in_flight(tiles):
    body = write_block("x_cb", "o", tiles).replace("ttkernel.noc_async_write_barrier()", "")
    body = body.replace(f"ttkernel.cb_pop_front(@x_cb, {tiles})", here(f"cb_pop_front(@x_cb, {tiles})"))
    message = rf"cb_pop_front\(x_cb, {tiles}\) while a write of these pages is in flight"
    check("TTL0808", message, read=read_block("x_cb", "x", tiles), write=body)


def test_push_of_other_pages_than_those_in_flight():
    """Only the second page is in flight when the first one is pushed: no mistake. Then the kernel ends: one."""
    body = "ttkernel.cb_reserve_back(@x_cb, 2)" + address("noc_async_read_page", "x_cb", 2048, "%c0", "x")
    body += "ttkernel.cb_push_back(@x_cb, 1)"
    check("TTL0808", "the kernel ends while a read into x_cb is in flight", read=body)


def test_kernel_end_with_a_write_in_flight():
    body = "ttkernel.cb_wait_front(@x_cb, 1)" + address("noc_async_write_page", "x_cb", 0, "%c0", "o")
    check("TTL0808", "the kernel ends while a write from x_cb", read=read_block("x_cb", "x", 1), write=body)


def test_read_into_a_page_that_is_being_written_out():
    body = read_block("x_cb", "x", 1).replace("ttkernel.cb_push_back(@x_cb, 1)", "")
    body += "ttkernel.noc_async_write_page(%c0, %o, %p_x_cb)\n" + here("noc_async_read_page(%c1, %x, %p_x_cb)")
    check("TTL0810", "reads into page 0 of x_cb, out of which a write is still in flight", read=body)


# ------------------------------------------------------------------------------------------------------ wrap, races


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


def test_read_over_the_end_of_the_ring():
    body = read_block("x_cb", "x", 3) + "ttkernel.cb_reserve_back(@x_cb, 3)"
    body += address("noc_async_read_page", "x_cb", 2048, "%c0", "x")
    drain = "ttkernel.cb_wait_front(@x_cb, 3)\nttkernel.cb_pop_front(@x_cb, 3)"
    message = "reads into page 4 of the ring x_cb, which has 4 pages: the block that is reserved steps over its end"
    check("TTL0809", message, read=body, write=drain)


def test_pack_and_read_of_a_tile_over_the_end_of_the_ring():
    """A block may be waited for that does not lie in one piece; what is past the end can't be reached."""
    pushes = "\n".join(f"ttkernel.cb_reserve_back(@x_cb, {n})\nttkernel.cb_push_back(@x_cb, {n})" for n in (3, 1, 2))
    body = f"{START}\nttkernel.cb_wait_front(@x_cb, 3)\nttkernel.cb_pop_front(@x_cb, 3)\n"
    body += "ttkernel.cb_wait_front(@x_cb, 3)\nttkernel.copy_tile_init(@x_cb)\nttkernel.tile_regs_acquire()\n"
    message = "x_cb: reading 1 page from page 4 on steps over the end"
    check("TTL0809", message, compute=body + here("copy_tile(@x_cb, %c1, %c0)"), read=pushes)


@pytest.mark.parametrize("tiles", [1, 4])
def test_two_cores_write_one_page(tiles):
    body = write_block("x_cb", "o", tiles).replace("%l1_x_cb)\n", f'%l1_x_cb) loc("{FILE}":123:5)\n')
    check(
        "TTL0810",
        r"core \(1, 0\), thread 'write': writes page 0 of 'o', which core \(0, 0\) wrote in the same launch",
        grid=(2, 1),
        core_args={"first": [0, 4]},
        read=read_block("x_cb", "x", tiles, "%first"),
        write=body,
    )


@pytest.mark.parametrize("tiles", [1, 4])
@pytest.mark.parametrize("seed", [None, 1, 2])
def test_two_cores_write_the_same_to_one_page(tiles, seed):
    """Whichever is last, the page holds the same: a warning."""
    parts = {"grid": (2, 1), "read": read_block("x_cb", "x", tiles), "write": write_block("x_cb", "o", tiles)}
    x, o = integers(8), integers(8, seed=1)
    simulation = prepare(program(buffers=BUFFERS, tensors=[("x", 8), ("o", 8)], **parts))
    (warning,) = simulation.run([x, o], seed=seed).warnings
    assert (warning.code, warning.severity) == ("TTL0810", "warning")
    assert "the same bytes" in warning.message
    assert (o.pages[:tiles] == x.pages[:tiles]).all()


def test_what_counts_is_what_a_core_writes_last():
    """Both write page 0 and then page 1 of x to page 0 of o: in between it is now the one, now the other."""
    read = read_block("x_cb", "x", 2)
    again = write_block("x_cb", "o", 1).replace("_x_cb", "_again").replace("@again", "@x_cb")
    parts = {"grid": (2, 1), "read": read, "write": write_block("x_cb", "o", 1) + again}
    x, o = integers(8), integers(8, seed=1)
    simulation = prepare(program(buffers=BUFFERS, tensors=[("x", 8), ("o", 8)], **parts))
    (warning,) = simulation.run([x, o]).warnings
    assert (warning.code, warning.severity) == ("TTL0810", "warning")
    assert (o.pages[0] == x.pages[1]).all()


@pytest.mark.parametrize("tiles", [1, 4])
def test_one_core_reads_what_another_one_writes(tiles):
    """Core 0 reads page 4 of x, core 1 writes it: it is reported in whatever order, and seeds make several."""
    body = write_block("x_cb", "x", tiles, "%first")
    parts = {"grid": (2, 1), "read": read_block("x_cb", "x", tiles, "%last"), "write": body}
    core_args = {"first": [0, 4], "last": [4, 0]}
    simulation = prepare(program(buffers=BUFFERS, tensors=[("x", 8)], core_args=core_args, **parts))
    messages: set[str] = set()
    for seed in range(12):
        with pytest.raises(DiagnosticError) as caught:
            simulation.run([integers(8)], seed=seed)
        (diagnostic,) = caught.value.diagnostics
        assert diagnostic.code == "TTL0810"
        assert re.search(r"(reads|writes) page [04] of 'x', which core .* (read|wrote) in", diagnostic.message)
        messages.add(diagnostic.message)
    assert len(messages) >= 3


def test_a_page_that_several_cores_read_may_not_be_written():
    body = write_block("x_cb", "x", 1, "%to").replace("%l1_x_cb)\n", f'%l1_x_cb) loc("{FILE}":123:5)\n')
    check(
        "TTL0810",
        r"core \(2, 0\), thread 'write': writes page 0 of 'x', which several cores read in the same launch",
        grid=(3, 1),
        core_args={"from": [0, 0, 5], "to": [6, 7, 0]},
        read=read_block("x_cb", "x", 1, "%from"),
        write=body,
    )


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
