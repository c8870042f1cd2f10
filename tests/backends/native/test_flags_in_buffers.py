"""Kernels by hand that signal through words of a circular buffer, which no host sets."""

from __future__ import annotations

from typing import Any

import pytest

import ttlang.host as ttnn
from tests.backends.native.handwritten_programs import DATA, buffer, cores, failing, run, two_cores

BOTH = cores((0, 0, 1, 0))
START = (
    DATA
    + """
void kernel_main() {
    const uint32_t x = get_arg_val<uint32_t>(0), y = get_arg_val<uint32_t>(1);
    volatile uint32_t* room = reinterpret_cast<volatile uint32_t*>(get_semaphore(0));
    const uint32_t word = get_write_ptr(0) + 32;
    volatile uint32_t* there = reinterpret_cast<volatile uint32_t*>(word);
"""
)
SENDER = """
    noc_semaphore_wait(room, 1);
    *there = 7;
    noc_semaphore_set_multicast(word, get_noc_multicast_addr(x, y, x, y, word), 1);
    noc_async_write_barrier();
}
"""
HASTY = SENDER.replace("    noc_semaphore_wait(room, 1);\n", "")
RECEIVER = """
    noc_semaphore_set(there, 0);
    noc_semaphore_inc(get_noc_addr(x, y, get_semaphore(0)), 1);
    noc_semaphore_wait_min(there, 7);
    noc_async_atomic_barrier();
}
"""


@pytest.fixture(params=["wormhole_b0", "blackhole"])
def chip(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("TTLANG_ARCH", request.param)
    return ttnn.open_device(device_id=0)


def program(device: Any, sender: str, receiver: str) -> tuple[list[Any], list[Any], list[Any], list[Any]]:
    """Core (0, 0) is the sender."""
    return two_cores([START + sender, START + receiver], device, 1, [buffer(0, where=BOTH)])


def test_a_word_is_copied_to_the_other_core(chip: Any) -> None:
    run(*program(chip, SENDER, RECEIVER))


@pytest.mark.parametrize("value", [0, 1])
def test_the_first_value_may_be_written_through_the_pointer(chip: Any, value: int) -> None:
    run(*program(chip, SENDER, RECEIVER.replace("noc_semaphore_set(there, 0);", f"*there = {value};")))


def test_a_sender_that_does_not_know_whether_the_word_is_set(chip: Any) -> None:
    """Core (1, 0) sets it before this one comes to its send, or after it: neither is right."""
    late = HASTY.replace("    *there", "    noc_async_read_barrier();\n    *there")
    found = [failing(*program(chip, sender, RECEIVER)) for sender in (HASTY, late)]
    for code, _, message in found:
        assert code in ("TTL0801", "TTL0810")
        assert "semaphore at byte 32 of cb_0" in message or code == "TTL0801"
