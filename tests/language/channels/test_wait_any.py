"""One of several receives is waited for, and the program is told which."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from tests.support.both_ways import both_ways
from ttlang import ttl, ttnn
from ttlang.diagnostics import DiagnosticError, Severity


def two_senders(receive: Callable[..., None]) -> Any:
    """Cores 1 and 2 send a tile each to core 0, where `receive` takes them."""

    @ttl.operation(grid=(3, 1))
    def gather(x, out):
        ends = [ttl.Pipe((1, 0), (0, 0)), ttl.Pipe((2, 0), (0, 0))]
        nets = [ttl.PipeNet([pipe]) for pipe in ends]
        sent, *landings = (ttl.make_dataflow_buffer_like(t, shape=(1, 1)) for t in (x, out, out))

        @ttl.datamovement()
        def talk():
            column, _ = ttl.node(dims=2)
            for place, net in enumerate(nets):
                if net.is_src():
                    with sent.reserve() as block:
                        ttl.copy(x[0, place], block).wait()
                    with sent.wait() as block:
                        ttl.copy(block, ends[place]).wait()
            if column == 0:
                blocks = [landing.reserve() for landing in landings]
                requests = [ttl.copy(ends[place], blocks[place]) for place in range(2)]
                receive(requests, blocks)

        @ttl.datamovement()
        def write():
            column, _ = ttl.node(dims=2)
            if column == 0:
                for place in [0, 1]:
                    with landings[place].wait() as block:
                        ttl.copy(block, out[0, place]).wait()

    return gather


def tensors() -> tuple[torch.Tensor, list[Any]]:
    device = ttnn.open_device(device_id=0)
    values = torch.randn(32, 64).bfloat16()
    made = [ttnn.from_torch(t, layout=ttnn.TILE_LAYOUT, device=device) for t in (values, torch.zeros_like(values))]
    return values, made


def each_by_its_branch(start: int) -> Callable[..., None]:
    def receive(requests: Any, blocks: Any) -> None:
        ready = ttl.wait_any((requests[0], requests[1]), start=start)
        selected = ready.index()
        if selected == 0:
            blocks[0].push()
            requests[1].wait()
            blocks[1].push()
        if selected == 1:
            blocks[1].push()
            requests[0].wait()
            blocks[0].push()

    return receive


def all_waited_for_again(requests: Any, blocks: Any) -> None:
    """What has been selected may be waited for: it has come."""
    ttl.wait_any((requests[0], requests[1]), start=1)
    for place in [0, 1]:
        requests[place].wait()
        blocks[place].push()


def the_rest_is_selected_next(requests: Any, blocks: Any) -> None:
    first = ttl.wait_any((requests[0], requests[1]), start=-1).index()
    other = ttl.wait_any((requests[1 - first],)).index()
    blocks[first].push()
    blocks[1 - first + other].push()


def what_has_come_is_told_first(requests: Any, blocks: Any) -> None:
    first = ttl.wait_any((requests[0], requests[1]), start=1).index()
    if first == 1 and first == ttl.wait_any((requests[0], requests[1]), start=0).index():
        requests[0].wait()
        for block in [blocks[0], blocks[1]]:
            block.push()


@pytest.mark.parametrize(
    "receive",
    [
        each_by_its_branch(0),
        each_by_its_branch(1),
        each_by_its_branch(5),
        all_waited_for_again,
        the_rest_is_selected_next,
        what_has_come_is_told_first,
    ],
)
def test_both_tiles_arrive(receive: Callable[..., None]) -> None:
    values, made = tensors()
    with both_ways():
        two_senders(receive)(*made)
    assert torch.equal(ttnn.to_torch(made[1]), values)


def test_a_note_says_which() -> None:
    found = two_senders(each_by_its_branch(1)).compile(*tensors()[1]).findings
    (note,) = [each for each in found if "wait_any" in each.message]
    assert (note.code, note.severity) == ("TTL0003", Severity.NOTE)
    assert "the receive at 1" in note.message


def nothing(requests: Any, blocks: Any) -> None:
    ttl.wait_any(())


def one_alone(requests: Any, blocks: Any) -> None:
    ttl.wait_any(requests[0])  # pyright: ignore[reportArgumentType]


def twice(requests: Any, blocks: Any) -> None:
    ttl.wait_any((requests[0], requests[0]))


def blocks_of_it(requests: Any, blocks: Any) -> None:
    ttl.wait_any((blocks[0], blocks[1]))


def at_a_half(requests: Any, blocks: Any) -> None:
    ttl.wait_any((requests[0], requests[1]), start=0.5)  # pyright: ignore[reportArgumentType]


def rotating(requests: Any, blocks: Any) -> None:
    for turn in range(2):
        ttl.wait_any((requests[0], requests[1]), start=turn)


def after_a_wait(requests: Any, blocks: Any) -> None:
    requests[0].wait()
    ttl.wait_any((requests[0], requests[1]))


@pytest.mark.parametrize(
    ("receive", "code"),
    [
        (nothing, "TTL0106"),
        (one_alone, "TTL0106"),
        (twice, "TTL0106"),
        (blocks_of_it, "TTL0106"),
        (at_a_half, "TTL0107"),
        (rotating, "TTL0003"),
        (after_a_wait, "TTL0503"),
    ],
)
def test_mistakes(receive: Callable[..., None], code: str) -> None:
    with pytest.raises(DiagnosticError) as raised:
        two_senders(receive).compile(*tensors()[1])
    assert code in [each.code for each in raised.value.diagnostics]


def test_reads_are_no_receives() -> None:
    @ttl.operation(grid=(1, 1))
    def copied(x, out):
        dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1))

        @ttl.datamovement()
        def read():
            with dfb.reserve() as block:
                ttl.wait_any((ttl.copy(x[0, 0], block),))
            with dfb.wait() as block:
                ttl.copy(block, out[0, 0]).wait()

    with pytest.raises(DiagnosticError, match=r"TTL0106.*receives from pipes, and is given a read"):
        copied.compile(*tensors()[1])


def test_an_order_that_the_sender_does_not_keep() -> None:
    """The receive that is waited for is sent behind the wait: found before the run, with the note beside it."""

    @ttl.operation(grid=(1, 1))
    def late(x, out):
        here = [ttl.Pipe((0, 0), (0, 0)), ttl.Pipe((0, 0), (0, 0))]
        sent = ttl.make_dataflow_buffer_like(x, shape=(1, 1))
        landings = [ttl.make_dataflow_buffer_like(out, shape=(1, 1)) for _ in range(2)]

        @ttl.datamovement()
        def talk():
            with landings[0].reserve() as one, landings[1].reserve() as two, sent.wait() as block:
                requests = ttl.copy(here[0], one), ttl.copy(here[1], two)
                ttl.copy(block, here[1]).wait()
                ttl.wait_any(requests, start=0)
                ttl.copy(block, here[0]).wait()
                requests[1].wait()

        @ttl.datamovement()
        def load():
            with sent.reserve() as block:
                ttl.copy(x[0, 0], block).wait()
            for landing in landings:
                with landing.wait() as block:
                    ttl.copy(block, out[0, 0]).wait()

    with pytest.raises(DiagnosticError, match=r"(?s)TTL0509.*waits forever.*TTL0003.*the receive at 0"):
        late.compile(*tensors()[1])
