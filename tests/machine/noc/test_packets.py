"""How packets to other cores travel: linked, posted, by a virtual channel. Each has its rules, and its text in C++."""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch

import ttlang.host as ttnn
from tests.machine.noc.two_core_programs import (
    ANNOUNCE,
    LEAVE,
    RECEIVE,
    SIGNAL,
    TAKE,
    WAIT_FOR_ROOM,
    WRITE_OUT,
    here,
    two_cores,
)
from tests.support.both_ways import every_way
from tests.support.needs import need_headers
from tests.support.ttkernel_programs import FILE, integers, zeros
from ttlang.backends.cpp.printer import print_program
from ttlang.backends.simulator import run
from ttlang.diagnostics import DiagnosticError
from ttlang.dialects import ttkernel
from ttlang.dialects.ttkernel import ProgramOp
from ttlang.tables.chips import CHIPS
from ttlang.tables.kernel_api import GENERATIONS
from ttlang.tools.headers import VERSIONS
from ttlang.tools.typecheck import Kernel, typecheck_many

OTHERS = "%others = ttkernel.get_noc_multicast_addr(%vx1, %vy0, %vx1, %vy0, %y_base)\n"
FLAGS = "%flags = ttkernel.get_noc_multicast_addr(%vx1, %vy0, %vx1, %vy0, %data)\n"
TO = "%to = ttkernel.get_noc_addr(%vx1, %vy0, %y_base)\n"
THERE = "%there = ttkernel.get_noc_addr(%vx1, %vy0, %data)\n"
RAISE = "ttkernel.noc_semaphore_set(%data_ptr, %c1)\n"
WORD = "ttkernel.noc_semaphore_set_remote(%data, %there)\n"
BARRIER = "ttkernel.noc_async_write_barrier()\n"
POSTED_FLUSH = "ttkernel.noc_async_posted_writes_flushed()\n"
MULTICAST = "noc_async_write_multicast(%from, %others, %bytes, %c1)"

WAYS = {
    "data that are linked to their flag": OTHERS
    + FLAGS
    + RAISE
    + f"ttkernel.{MULTICAST} {{linked}}\nttkernel.noc_semaphore_set_multicast(%data, %flags, %c1)\n"
    + BARRIER,
    "by a channel of their own": OTHERS
    + FLAGS
    + RAISE
    + f"ttkernel.{MULTICAST} {{linked, vc = 5 : i64}}\n"
    + "ttkernel.noc_semaphore_set_multicast(%data, %flags, %c1) {vc = 5 : i64}\n"
    + BARRIER,
    "a flag that reaches its sender, too": TO
    + "%everyone = ttkernel.get_noc_multicast_addr(%vx0, %vy0, %vx1, %vy0, %data)\n"
    + "ttkernel.noc_semaphore_set(%room_ptr, %c1)\n"
    + "ttkernel.noc_async_write(%from, %to, %bytes)\n"
    + BARRIER
    + "ttkernel.noc_semaphore_set_multicast_loopback_src(%room, %everyone, %c2)\n"
    + BARRIER,
    "a posted write, and a word behind it": TO
    + THERE
    + RAISE
    + "ttkernel.noc_async_write(%from, %to, %bytes) {posted}\n"
    + WORD
    + POSTED_FLUSH
    + BARRIER,
    "a posted increment": TO
    + "ttkernel.noc_async_write(%from, %to, %bytes) {vc = 2 : i64}\n"
    + BARRIER
    + THERE
    + "ttkernel.noc_semaphore_inc(%there, %c1) {posted, vc = 3 : i64}\n",
    "a posted increment of many": TO
    + "ttkernel.noc_async_write(%from, %to, %bytes)\n"
    + BARRIER
    + FLAGS
    + "ttkernel.noc_semaphore_inc_multicast(%flags, %c1, %c1) {posted}\n",
}


def sent(way: str) -> ProgramOp:
    return two_cores(TAKE + WAIT_FOR_ROOM + way + LEAVE, ANNOUNCE + RECEIVE + WRITE_OUT)


@pytest.mark.parametrize("name", WAYS)
def test_what_was_sent_arrives_in_every_way(name: str) -> None:
    device = ttnn.open_device(device_id=0)
    values = torch.arange(4 * 1024).reshape(32, 128).float() % 61
    tensors = [
        ttnn.from_torch(each, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
        for each in (values, torch.zeros_like(values))
    ]
    with every_way():
        run(sent(WAYS[name]), tensors)
    assert torch.equal(ttnn.to_torch(tensors[1]).float()[:, :32], values[:, :32])


CPP = {
    "data that are linked to their flag": (
        "noc_async_write_multicast(from, others, get_tile_size(x_cb), 1, true);",
        "noc_semaphore_set_multicast(data_1, flags, 1);",
    ),
    "by a channel of their own": (
        "noc_async_write_multicast(from, others, get_tile_size(x_cb), 1, true, noc_index, 5);",
        "noc_semaphore_set_multicast(data_1, flags, 1, false, noc_index, 5);",
    ),
    "a flag that reaches its sender, too": ("noc_semaphore_set_multicast_loopback_src(room_1, everyone, 2);",),
    "a posted write, and a word behind it": (
        "noc_async_write<NOC_MAX_BURST_SIZE + 1, true, true>(from, to, get_tile_size(x_cb));",
        "noc_async_posted_writes_flushed();",
    ),
    "a posted increment": (
        "noc_async_write(from, to, get_tile_size(x_cb), noc_index, 2);",
        "noc_semaphore_inc<true>(there, 1, noc_index, 3);",
    ),
    "a posted increment of many": ("noc_semaphore_inc_multicast<true>(flags, 1, 1);",),
}


@pytest.mark.parametrize("metal_api", GENERATIONS)
@pytest.mark.parametrize("name", WAYS)
def test_text(name: str, metal_api: str) -> None:
    (source,) = print_program(sent(WAYS[name]), metal_api).values()
    for text in CPP[name]:
        assert text in source


@pytest.mark.headers
@pytest.mark.parametrize(("metal_api", "version"), list(zip(GENERATIONS, VERSIONS, strict=True)))
@pytest.mark.parametrize("chip", CHIPS)
def test_the_headers_take_it(metal_api: str, version: str, chip: str) -> None:
    need_headers(version)
    kernels = {
        name: Kernel(next(iter(print_program(sent(way), metal_api).values())), "datamovement", (2, 2048) * 2, "reader")
        for name, way in WAYS.items()
    }
    errors = typecheck_many(kernels, version=version, arch=chip, deprecated=True)
    assert errors == {name: [] for name in WAYS}


MISTAKES: dict[str, tuple[str, str, str]] = {
    "a write to one core on a reserved path": (
        "TTL0807",
        "have their path reserved",
        OTHERS + TO + f"ttkernel.{MULTICAST} {{linked}}\n" + here("noc_async_write(%from, %to, %bytes)"),
    ),
    "a linked multicast that nothing follows": (
        "TTL0808",
        "the kernel ends while the path of a linked multicast is reserved",
        OTHERS + here(MULTICAST + " {linked}") + "\n" + BARRIER,
    ),
    "a posted write that is not flushed": (
        "TTL0808",
        "the kernel ends while a write is in flight",
        TO + here("noc_async_write(%from, %to, %bytes) {posted}") + "\n" + BARRIER,
    ),
    "a channel that there is not": (
        "TTL0807",
        "virtual channel 16",
        TO + here("noc_async_write(%from, %to, %bytes) {vc = 16 : i64}"),
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake(name: str) -> None:
    code, message, way = MISTAKES[name]
    diagnostic = failure(two_cores(TAKE + WAIT_FOR_ROOM + way, ANNOUNCE))
    assert diagnostic.code == code, diagnostic.render()
    assert re.search(message, diagnostic.message), diagnostic.message
    assert diagnostic.span is not None
    assert (diagnostic.span.file, diagnostic.span.line) == (FILE, 123), diagnostic.render()


def failure(program: ProgramOp) -> Any:
    with pytest.raises(DiagnosticError) as caught:
        run(program, [integers(4), zeros(4)])
    return caught.value.diagnostics[0]


def test_a_write_barrier_does_not_wait_for_posted_writes() -> None:
    """What the receiver takes for the data has not come yet: nothing but an order of the same kind brings it."""
    way = TO + "ttkernel.noc_async_write(%from, %to, %bytes) {posted}\n" + BARRIER + POSTED_FLUSH + SIGNAL
    diagnostic = failure(sent(way))
    assert diagnostic.code == "TTL0808", diagnostic.render()
    assert "while another core's write into these pages is in flight" in diagnostic.message


def test_operations_are_made_with_their_options() -> None:
    kinds = (ttkernel.NocAsyncWriteMulticastOp, ttkernel.NocSemaphoreSetMulticastOp)
    program = sent(WAYS["by a channel of their own"])
    for op in [op for op in program.walk() if isinstance(op, kinds)]:
        linked = op.linked is not None
        again = type(op)(*op.operands, linked=linked, vc=5)
        assert again.properties == op.properties
        again.erase()
