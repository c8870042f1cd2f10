"""A kernel by hand that ends with an increment of its own in flight, as receivers of a multicast do."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

import ttlang.host as ttnn
from tests.backends.native.handwritten_programs import DATA, failing, run, two_cores

START = (
    DATA
    + """
void kernel_main() {
    const uint32_t x = get_arg_val<uint32_t>(0), y = get_arg_val<uint32_t>(1);
    volatile uint32_t* room = reinterpret_cast<volatile uint32_t*>(get_semaphore(0));
    volatile uint32_t* there = reinterpret_cast<volatile uint32_t*>(get_semaphore(1));
"""
)
SENDER = """
    noc_semaphore_set(there, VALID);
    noc_semaphore_wait(room, 2);
    noc_semaphore_set_multicast(get_semaphore(1), get_noc_multicast_addr(x, y, x, y, get_semaphore(1)), 1);
    noc_async_write_barrier();
}
"""
UNSEEN = SENDER.replace("noc_semaphore_wait(room, 2)", "noc_semaphore_wait_min(room, 1)")
"""It goes on when one of the two increments has come, which may be the other one."""
RECEIVER = """
    noc_semaphore_inc(get_noc_addr(x, y, get_semaphore(0)), 1);
    noc_semaphore_inc(get_noc_addr(x, y, get_semaphore(0)), 1);
    noc_semaphore_wait(there, VALID);
}
"""
UNTOLD = RECEIVER.replace("    noc_semaphore_wait(there, VALID);\n", "")
"""It ends without having heard of the sender."""
AWAITED = RECEIVER.replace("VALID);\n", "VALID);\n    noc_async_atomic_barrier();\n")


@pytest.fixture(params=["wormhole_b0", "blackhole"])
def chip(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("TTLANG_ARCH", request.param)
    return ttnn.open_device(device_id=0)


def program(device: Any, sender: str, receiver: str) -> tuple[list[Any], list[Any], list[Any], list[Any]]:
    """Core (0, 0) is the sender."""
    return two_cores([START + sender, START + receiver], device, 2)


def test_one_that_has_landed_as_the_kernel_knows_is_a_warning(chip: Any) -> None:
    with pytest.warns(match=r"warning\[TTL0808\].*has not waited for an increment, which has landed"):
        run(*program(chip, SENDER, RECEIVER))


def test_a_barrier_says_so(chip: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(*program(chip, SENDER, AWAITED))


@pytest.mark.parametrize(("sender", "receiver"), [(UNSEEN, RECEIVER), (SENDER, UNTOLD)], ids=["unseen", "untold"])
def test_one_that_may_be_on_its_way_is_a_mistake(chip: Any, sender: str, receiver: str) -> None:
    code, line, message = failing(*program(chip, sender, receiver))
    assert (code, line) == ("TTL0808", "noc_semaphore_inc(get_noc_addr(x, y, get_semaphore(0)), 1);")
    assert message.endswith("the kernel ends while an increment is in flight")


def test_an_address_may_be_put_together(chip: Any) -> None:
    """Of that of the first byte of a core's L1, or of several cores', and of a place there."""
    sender = SENDER.replace("y, get_semaphore(1)), 1)", "y, 0) | get_semaphore(1), 1)")
    receiver = AWAITED.replace("y, get_semaphore(0)), 1)", "y, 0) + get_semaphore(0), 1)")
    assert sender != SENDER
    assert receiver != AWAITED
    run(*program(chip, sender, receiver))
