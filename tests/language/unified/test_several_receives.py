"""Unified bodies whose cores receive more than once: from several pipes or nets, in their order or as blocks come."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tests.support.both_ways import both_ways, every_way
from tests.support.device_tensors import on_device
from ttlang import ttl, ttnn
from ttlang.diagnostics import DiagnosticError
from ttlang.settings import variables

TURNS = 3


@ttl.operation(grid=(3, 1))
def one_after_the_other(x, out):
    """Both receives are under way before the first is waited for; nothing is computed."""
    ends = [ttl.Pipe((1, 0), (0, 0)), ttl.Pipe((2, 0), (0, 0))]
    sent = ttl.make_dataflow_buffer_like(x, shape=(1, 1))
    landings = [ttl.make_dataflow_buffer_like(out, shape=(1, 1)) for _ in ends]
    column, _ = ttl.node(dims=2)
    for place in [0, 1]:
        if column == place + 1:
            for turn in range(TURNS):
                with sent.reserve() as block:
                    ttl.copy(x[turn, place], block).wait()
                with sent.wait() as block:
                    ttl.copy(block, ends[place]).wait()
    if column == 0:
        for turn in range(TURNS):
            blocks = [landing.reserve() for landing in landings]
            requests = [ttl.copy(end, block) for end, block in zip(ends, blocks, strict=True)]
            for place in [0, 1]:
                requests[place].wait()
                blocks[place].push()
            for place, landing in enumerate(landings):
                with landing.wait() as block:
                    ttl.copy(block, out[turn, place]).wait()


@ttl.operation(grid=(3, 1))
def as_they_come(x, out):
    ends = [ttl.Pipe((1, 0), (0, 0)), ttl.Pipe((2, 0), (0, 0))]
    sent = ttl.make_dataflow_buffer_like(x, shape=(1, 1))
    landings = [ttl.make_dataflow_buffer_like(x, shape=(1, 1)) for _ in ends]
    results = [ttl.make_dataflow_buffer_like(out, shape=(1, 1)) for _ in ends]
    column, _ = ttl.node(dims=2)
    for place in [0, 1]:
        if column == place + 1:
            for turn in range(TURNS):
                with sent.reserve() as block:
                    ttl.copy(x[turn, place], block).wait()
                with sent.wait() as block:
                    ttl.copy(block, ends[place]).wait()
    if column == 0:
        for turn in range(TURNS):
            blocks = [landing.reserve() for landing in landings]
            requests = [ttl.copy(end, block) for end, block in zip(ends, blocks, strict=True)]
            first = ttl.wait_any(requests, start=turn).index()
            blocks[first].push()
            requests[1 - first].wait()
            blocks[1 - first].push()
            for landing, result in zip(landings, results, strict=True):
                with landing.wait() as block, result.reserve() as o:
                    o.store(block * 2)
            for place, result in enumerate(results):
                with result.wait() as block:
                    ttl.copy(block, out[turn, place]).wait()


@ttl.operation(grid=(3, 1))
def posted_anew(x, out):
    """The receives of the next turn are under way while this one computes."""
    ends = [ttl.Pipe((1, 0), (0, 0)), ttl.Pipe((2, 0), (0, 0))]
    sent = ttl.make_dataflow_buffer_like(x, shape=(1, 1))
    landings = [ttl.make_dataflow_buffer_like(x, shape=(1, 1)) for _ in ends]
    results = [ttl.make_dataflow_buffer_like(out, shape=(1, 1)) for _ in ends]
    column, _ = ttl.node(dims=2)
    for place in [0, 1]:
        if column == place + 1:
            for turn in range(TURNS):
                with sent.reserve() as block:
                    ttl.copy(x[turn, place], block).wait()
                with sent.wait() as block:
                    ttl.copy(block, ends[place]).wait()
    if column == 0:
        requests = [ttl.copy(ends[place], landings[place].reserve()) for place in [0, 1]]
        for turn in range(TURNS - 1):
            first = ttl.wait_any(requests, start=turn).index()
            landings[first].push()
            requests[1 - first].wait()
            landings[1 - first].push()
            requests = [ttl.copy(ends[place], landings[place].reserve()) for place in [0, 1]]
            for landing, result in zip(landings, results, strict=True):
                with landing.wait() as block, result.reserve() as o:
                    o.store(block * 2)
            for place, result in enumerate(results):
                with result.wait() as block:
                    ttl.copy(block, out[turn, place]).wait()
        for place in [0, 1]:
            requests[place].wait()
            landings[place].push()
            with landings[place].wait() as block, results[place].reserve() as o:
                o.store(block * 2)
            with results[place].wait() as block:
                ttl.copy(block, out[TURNS - 1, place]).wait()


@ttl.operation(grid=(3, 1))
def of_one_net(x, out):
    """A callback receives from each pipe of the net that ends here."""
    net = ttl.PipeNet([ttl.Pipe((1, 0), (0, 0)), ttl.Pipe((2, 0), (0, 0))])
    sent, landing = (ttl.make_dataflow_buffer_like(x, shape=(1, 1)) for _ in range(2))
    result = ttl.make_dataflow_buffer_like(out, shape=(1, 1))
    column, _ = ttl.node(dims=2)
    for turn in range(TURNS):
        if net.is_src():
            with sent.reserve() as block:
                ttl.copy(x[turn, column - 1], block).wait()
            with sent.wait() as block:
                net.if_src(lambda pipe, block=block: ttl.copy(block, pipe).wait())

        def receive(pipe):
            with landing.reserve() as block:
                ttl.copy(pipe, block).wait()

        net.if_dst(receive)
        if net.is_dst():
            for place in range(2):
                with landing.wait() as block, result.reserve() as o:
                    o.store(block * 2)
                with result.wait() as block:
                    ttl.copy(block, out[turn, place]).wait()


@ttl.operation(grid=(3, 1))
def of_two_nets(x, out):
    """As they come, in callbacks in each other."""
    nets = [ttl.PipeNet([ttl.Pipe((1, 0), (0, 0))]), ttl.PipeNet([ttl.Pipe((2, 0), (0, 0))])]
    sent = ttl.make_dataflow_buffer_like(x, shape=(1, 1))
    one, other = (ttl.make_dataflow_buffer_like(x, shape=(1, 1)) for _ in nets)
    result = ttl.make_dataflow_buffer_like(out, shape=(1, 1))
    column, _ = ttl.node(dims=2)
    for turn in range(TURNS):
        for net in nets:
            if net.is_src():
                with sent.reserve() as block:
                    ttl.copy(x[turn, column - 1], block).wait()
                with sent.wait() as block:
                    net.if_src(lambda pipe, block=block: ttl.copy(block, pipe).wait())

        def receive(pipe, turn=turn):
            def both(second):
                blocks = one.reserve(), other.reserve()
                requests = ttl.copy(pipe, blocks[0]), ttl.copy(second, blocks[1])
                first = ttl.wait_any(requests, start=turn).index()
                requests[1 - first].wait()
                blocks[first].push()
                blocks[1 - first].push()

            nets[1].if_dst(both)

        nets[0].if_dst(receive)
        if nets[0].is_dst():
            for place, landing in enumerate([one, other]):
                with landing.wait() as block, result.reserve() as o:
                    o.store(block * 2)
                with result.wait() as block:
                    ttl.copy(block, out[turn, place]).wait()


@pytest.mark.parametrize("kernel", [one_after_the_other, as_they_come, posted_anew, of_one_net, of_two_nets])
def test_all_arrive(kernel: Any) -> None:
    values = torch.randn(32 * TURNS, 64).bfloat16()
    scale = 1 if kernel is one_after_the_other else 2
    x = on_device(values)
    for seed in ("", "1"):
        out = on_device(torch.zeros_like(values))
        with variables.given({variables.SEED: seed}), both_ways(("0.69",)) if seed else every_way():
            kernel(x, out)
        assert torch.equal(ttnn.to_torch(out), values * scale)


@ttl.operation(grid=(3, 1))
def written_where_it_came_from(x, out):
    """The row of a write depends on which has come: the thread that asks does all of it."""
    ends = [ttl.Pipe((1, 0), (0, 0)), ttl.Pipe((2, 0), (0, 0))]
    sent = ttl.make_dataflow_buffer_like(x, shape=(1, 1))
    landings = [ttl.make_dataflow_buffer_like(x, shape=(1, 1)) for _ in ends]
    column, _ = ttl.node(dims=2)
    for place in [0, 1]:
        if column == place + 1:
            with sent.reserve() as block:
                ttl.copy(x[0, place], block).wait()
            with sent.wait() as block:
                ttl.copy(block, ends[place]).wait()
    if column == 0:
        requests = [ttl.copy(ends[place], landings[place].reserve()) for place in [0, 1]]
        first = ttl.wait_any(requests).index()
        for place in [first, 1 - first]:
            requests[place].wait()
            landings[place].push()
            with landings[place].wait() as block:
                ttl.copy(block, out[0, place]).wait()


def test_writes_follow_what_has_come() -> None:
    values = torch.randn(32, 64).bfloat16()
    x, out = on_device(values), on_device(torch.zeros_like(values))
    with every_way():
        written_where_it_came_from(x, out)
    assert torch.equal(ttnn.to_torch(out), values)


@ttl.operation(grid=(3, 1))
def computed_as_they_come(x, out):
    ends = [ttl.Pipe((1, 0), (0, 0)), ttl.Pipe((2, 0), (0, 0))]
    sent = ttl.make_dataflow_buffer_like(x, shape=(1, 1))
    landings = [ttl.make_dataflow_buffer_like(x, shape=(1, 1)) for _ in ends]
    result = ttl.make_dataflow_buffer_like(out, shape=(1, 1))
    column, _ = ttl.node(dims=2)
    for place in [0, 1]:
        if column == place + 1:
            with sent.reserve() as block:
                ttl.copy(x[0, place], block).wait()
            with sent.wait() as block:
                ttl.copy(block, ends[place]).wait()
    if column == 0:
        requests = [ttl.copy(ends[place], landings[place].reserve()) for place in [0, 1]]
        first = ttl.wait_any(requests).index()
        for place in [first, 1 - first]:
            requests[place].wait()
            landings[place].push()
            with landings[place].wait() as block, result.reserve() as o:
                o.store(block * 2)
            with result.wait() as block:
                ttl.copy(block, out[0, place]).wait()


def test_what_computes_does_not_know_which_has_come() -> None:
    zeros = on_device(torch.zeros(32, 64).bfloat16())
    with pytest.raises(DiagnosticError) as raised:
        computed_as_they_come.compile(zeros, zeros)
    found = raised.value.diagnostics
    assert {each.code for each in found} == {"TTL0240"}
    assert len(found) == len(set(found))
    assert "which receive has come first" in found[0].message
