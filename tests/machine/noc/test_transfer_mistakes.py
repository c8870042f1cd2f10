"""Mistakes with transfers of pages: where they go, and what is in flight."""

from __future__ import annotations

import pytest

from tests.support.ttkernel_mistakes import check, here, packing
from tests.support.ttkernel_programs import FILE, Buffer, read_block, write_block


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


def test_pages_that_do_not_follow_each_other():
    """Interleaved pages lie in one bank after the other."""
    body = "ttkernel.cb_reserve_back(@x_cb, 4)" + address("noc_async_read_page", "x_cb", 0, "%c1", "x")
    body = body.replace("noc_async_read_page(%c1, %x, %l1)", "noc_async_read_run(%c1, %x, %l1, 4)")
    diagnostic = check(
        "TTL0807", "4 pages of 'x' from page 1 on, which do not follow each other in their bank", read=body
    )
    assert diagnostic.hint == "move each page for itself"


ZEROS = "ttkernel.cb_reserve_back(@x_cb, 2)\n%p = ttkernel.get_write_ptr(@x_cb)\n"


@pytest.mark.parametrize(("start", "size"), [(2048, 4096), (0, 4096 + 16)])
def test_zeros_outside_the_reserved_block(start, size):
    body = f"{ZEROS}%start = arith.constant {start} : i32\n%size = arith.constant {size} : i32\n"
    body += "%l1 = arith.addi %p, %start : i32\n" + here("noc_async_read_zeros(%l1, %size)")
    check("TTL0803", "reads into pages? .* of the ring x_cb, of which only 0 to 1 are reserved", read=body)


def test_zeros_at_an_address_that_is_not_aligned():
    body = f"{ZEROS}%l1 = arith.addi %p, %c8 : i32\n" + here("noc_async_read_zeros(%l1, %c8)")
    check("TTL0807", "zeros are read to the L1 address 105864, which is no multiple of 16", read=body)


def test_zeros_that_nobody_waits_for():
    body = f"{ZEROS}%size = arith.constant 4096 : i32\nttkernel.noc_async_read_zeros(%p, %size)\n"
    push = here("cb_push_back(@x_cb, 2)")
    check("TTL0808", r"cb_push_back\(x_cb, 2\) while a read of these pages is in flight", read=body + push)


def test_read_to_an_address_that_is_not_aligned():
    body = "ttkernel.cb_reserve_back(@x_cb, 2)" + address("noc_async_read_page", "x_cb", 16, "%c0", "x")
    check("TTL0807", "'x' is read to the L1 address 105872, which is no multiple of 32", read=body)


def test_accessor_with_the_address_of_another_tensor():
    body = here("TensorAccessor(%x_args, %o_address)").replace("ttkernel", "%other = ttkernel")
    body += "\nttkernel.cb_reserve_back(@x_cb, 1)\n%p = ttkernel.get_write_ptr(@x_cb)"
    body += "\nttkernel.noc_async_read_page(%c0, %other, %p)"
    check("TTL0807", "the accessor of 'x' is given an address that is not that tensor's", read=body)


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


@pytest.mark.parametrize("tiles", [1, 4])
def test_push_with_a_read_in_flight(tiles):
    body = read_block("x_cb", "x", tiles).replace("ttkernel.noc_async_read_barrier()", "")
    body = body.replace(f"ttkernel.cb_push_back(@x_cb, {tiles})", here(f"cb_push_back(@x_cb, {tiles})"))
    diagnostic = check("TTL0808", rf"cb_push_back\(x_cb, {tiles}\) while a read of these pages is in flight", read=body)
    assert diagnostic.hint == "a noc_async_read_barrier must come before it"


def test_push_behind_the_barrier_of_other_reads():
    """Only reads with its transaction id have landed."""
    body = read_block("x_cb", "x", 1).replace(
        "ttkernel.noc_async_read_barrier()",
        """ttkernel.noc_async_read_set_trid(%c2)
        ttkernel.noc_async_read_barrier_with_trid(%c2)
        ttkernel.noc_async_read_barrier_with_trid(%c3)""",
    )
    body = body.replace("ttkernel.cb_push_back(@x_cb, 1)", here("cb_push_back(@x_cb, 1)"))
    check("TTL0808", r"cb_push_back\(x_cb, 1\) while a read of these pages is in flight", read=body)


def test_the_kernel_ends_while_a_tagged_read_is_in_flight():
    body = "ttkernel.cb_reserve_back(@x_cb, 1)\n%q = ttkernel.get_write_ptr(@x_cb)\n"
    body += "ttkernel.noc_async_read_set_trid(%c1)\n" + here("noc_async_read_page(%c0, %x, %q)")
    body += "\nttkernel.noc_async_read_barrier_with_trid(%c0)"
    check("TTL0808", "the kernel ends while a read into x_cb is in flight", read=body)


@pytest.mark.parametrize("call", ["noc_async_read_set_trid", "noc_async_read_barrier_with_trid"])
def test_a_transaction_id_that_there_is_not(call):
    check("TTL0807", "transaction id 16: a NOC has the ids 0 to 15", read=here(f"{call}(%c16)"))


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


def test_read_over_the_end_of_the_ring():
    body = read_block("x_cb", "x", 3) + "ttkernel.cb_reserve_back(@x_cb, 3)"
    body += address("noc_async_read_page", "x_cb", 2048, "%c0", "x")
    drain = "ttkernel.cb_wait_front(@x_cb, 3)\nttkernel.cb_pop_front(@x_cb, 3)"
    message = "reads into page 4 of the ring x_cb, which has 4 pages: the block that is reserved steps over its end"
    check("TTL0809", message, read=body, write=drain)
