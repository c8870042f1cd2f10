"""The cores that a call goes to, by its address."""

from __future__ import annotations

from collections.abc import Sequence

from ttlang.machine.faults import Fault, count_of
from ttlang.machine.noc.core_addresses import Address


def one_core(address: Address, call: str, op: int) -> int:
    """That of a call that goes to one core. Raises a Fault for a rectangle."""
    if address.multicast:
        raise Fault("TTL0807", op, f"{call} goes to one core, and this is the address of a rectangle")
    return address.cores[0]


def other_cores(address: Address, sender: int, count: int, call: str, op: int) -> tuple[int, ...]:
    """Those of a multicast that leaves out the sender. Raises a Fault if they are not `count`."""
    others = tuple(core for core in address.cores if core != sender)
    check_count(others, count, call, op)
    return others


def all_cores(address: Address, sender: int, count: int, call: str, op: int) -> tuple[int, ...]:
    """Those of a multicast that includes the sender. Raises a Fault if it is not inside, or if they are not `count`."""
    check_count(address.cores, count, call, op)
    if sender not in address.cores or count < 2:
        raise Fault("TTL0807", op, f"{call} needs the sender and another core in its rectangle")
    return address.cores


def check_count(cores: Sequence[int], count: int, call: str, op: int) -> None:
    if count != len(cores) or not cores:
        raise Fault("TTL0807", op, f"{call} is told of {count_of(count, 'destination')}, and there are {len(cores)}")
