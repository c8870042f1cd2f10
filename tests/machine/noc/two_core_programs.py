"""Programs of two cores, the first of which sends a page to the second, as text."""

from __future__ import annotations

from typing import Any

from tests.support.ttkernel_programs import FILE, Buffer, program, read_block, write_block

BUFFERS = (Buffer("x_cb", 2), Buffer("y_cb", 2), Buffer("slot", 2, "bf16", "landing = true"))
SEMAPHORES = {"room": 0, "data": 0}
PLACES = """
%column = ttkernel.my_logical_x_
%first = arith.cmpi eq, %column, %c0 : i32
%room = ttkernel.get_semaphore(@room)
%data = ttkernel.get_semaphore(@data)
%room_ptr = ttkernel.cast_to_l1_ptr(%room)
%data_ptr = ttkernel.cast_to_l1_ptr(%data)
%vx0 = ttkernel.convert_logical_x_to_translated(%c0)
%vx1 = ttkernel.convert_logical_x_to_translated(%c1)
%vy0 = ttkernel.convert_logical_y_to_translated(%c0)
%bytes = ttkernel.get_tile_size(@x_cb)
%y_base = ttkernel.get_write_ptr(@y_cb)
%slot_base = ttkernel.get_write_ptr(@slot)
"""
TAKE = """
ttkernel.cb_wait_front(@x_cb, 1)
%from = ttkernel.get_read_ptr(@x_cb)
"""
LEAVE = """
ttkernel.cb_pop_front(@x_cb, 1)
"""
WAIT_FOR_ROOM = "ttkernel.noc_semaphore_wait_min(%room_ptr, %c1)"
SEND = """
%to = ttkernel.get_noc_addr(%vx1, %vy0, %y_base)
ttkernel.noc_async_write(%from, %to, %bytes)
ttkernel.noc_async_write_barrier()
"""
SIGNAL = """
%there = ttkernel.get_noc_addr(%vx1, %vy0, %data)
ttkernel.noc_semaphore_inc(%there, %c1)
ttkernel.noc_async_atomic_barrier()
"""
ANNOUNCE = """
ttkernel.cb_reserve_back(@y_cb, 1)
%source = ttkernel.get_noc_addr(%vx0, %vy0, %room)
ttkernel.noc_semaphore_inc(%source, %c1)
ttkernel.noc_async_atomic_barrier()
"""
FLAG = """
%there = ttkernel.get_noc_multicast_addr(%vx1, %vy0, %vx1, %vy0, %data)
ttkernel.noc_semaphore_set_multicast(%data, %there, %c1)
"""
RECEIVE = """
ttkernel.noc_semaphore_wait_min(%data_ptr, %c1)
ttkernel.cb_push_back(@y_cb, 1)
"""


def here(call: str) -> str:
    return f'ttkernel.{call} loc("{FILE}":123:5)'


def two_cores(sender: str, receiver: str, *, after: str = "", grid: tuple[int, int] = (2, 1), **more: Any):
    """A program whose first core sends page 0 of x and whose second core receives it."""
    body = f"""
    {PLACES}
    scf.if %first {{
      {read_block("x_cb", "x", 1)}
      {sender}
    }} else {{
      {receiver}
    }}
    {after}
    """
    tensors = (("x", 4), ("o", 4))
    return program(buffers=BUFFERS, tensors=tensors, read=body, semaphores=SEMAPHORES, grid=grid, **more)


WRITE_OUT = write_block("y_cb", "o", 1)
