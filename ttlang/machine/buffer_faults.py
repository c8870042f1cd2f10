"""What a thread does wrong with a buffer, in words."""

from __future__ import annotations

from ttlang.machine.faults import Fault, count_of
from ttlang.machine.program_info import BufferInfo


def check_size(info: BufferInfo, call: str, pages: int, op: int) -> None:
    """Raises the Fault of a call that asks for more pages than there are."""
    if pages > info.pages:
        message = f"{call}({info.name}, {pages}) can never return: the buffer has {count_of(info.pages, 'page')}"
        raise Fault("TTL0801", op, message)


def no_room_to_pack(info: BufferInfo, pages: int, free: int, reserved: int, op: int) -> Fault:
    message = f"{info.name}: packs {count_of(pages, 'page')} where {free} of {reserved} reserved are left"
    return Fault("TTL0803", op, message)


def packs_outside(info: BufferInfo, tile: int, reserved: int, op: int) -> Fault:
    message = f"{info.name}: packs tile {tile} of a block of {count_of(reserved, 'reserved page')}"
    return Fault("TTL0803", op, message, hint=None if reserved else "a cb_reserve_back must come before the pack")


def reads_outside(info: BufferInfo, tile: int, waited: int, op: int) -> Fault:
    message = f"{info.name}: reads tile {tile} of a block of {count_of(waited, 'waited page')}"
    return Fault("TTL0803", op, message, hint=None if waited else "a cb_wait_front must come before the read")


def reads_unwritten(info: BufferInfo, page: int, op: int) -> Fault:
    return Fault("TTL0802", op, f"{info.name}: reads page {page} of the ring, which nothing wrote")


def landed_in_ring(info: BufferInfo, op: int) -> Fault:
    message = f"{info.name} is used as a ring, and another core wrote into it before any page was reserved"
    return Fault("TTL0803", op, message, hint="a sender has to wait until the receiver has reserved its block")


def second_owner(info: BufferInfo, owner: str, op: int, *, front: bool) -> Fault:
    side, code = ("consumer", "TTL0406") if front else ("producer", "TTL0405")
    return Fault(code, op, f"{info.name} has another {side} on this core: thread '{owner}'")


def not_at_rest(info: BufferInfo, call: str, kind: str, pages: int, op: int) -> Fault:
    message = f"{call}({info.name}, {pages}) while a {kind} of these pages is in flight"
    return Fault("TTL0808", op, message, hint=f"a noc_async_{kind}_barrier must come before it")


def shared_memory(info: BufferInfo, other: BufferInfo, held: int, op: int) -> Fault:
    message = (
        f"{info.name} gets a block while {other.name}, which lies in the same place, holds {count_of(held, 'page')}"
    )
    hint = f"pop all of {other.name} first, where this thread knows of it; or leave one of them out of the group"
    return Fault("TTL0817", op, message, hint=hint)


def overlaid(info: BufferInfo, page: int, other: BufferInfo, held: int, op: int) -> Fault:
    message = (
        f"{info.name}: page {page} is written over page {held} of {other.name}, which lies in the same place and has "
        "not been popped"
    )
    return Fault("TTL0817", op, message, hint=f"pop that page of {other.name} first, or give it memory of its own")


def arriving(info: BufferInfo, pages: int, op: int) -> Fault:
    message = f"cb_push_back({info.name}, {pages}) while another core's write into these pages is in flight"
    return Fault("TTL0808", op, message, hint="the sender says when its block has landed: wait for that")


def not_held(info: BufferInfo, call: str, pages: int, held: int, acquire: str, op: int) -> Fault:
    verb = "reserved" if acquire == "cb_reserve_back" else "waited for"
    pages_held = count_of(held, "page") if held else "none"
    message = f"{call}({info.name}, {pages}), but the thread has {verb} {pages_held}"
    return Fault("TTL0803", op, message, hint=f"{acquire} must come before it")


def steps_over_the_end(info: BufferInfo, call: str, pages: int, first: int, op: int) -> Fault:
    return Fault(
        "TTL0809",
        op,
        f"{info.name}: {call} {count_of(pages, 'page')} from page {first} on steps over the end of a ring of "
        f"{count_of(info.pages, 'page')}",
        hint="the pointer wraps only when it lands on the end: make the ring a multiple of the blocks",
    )
