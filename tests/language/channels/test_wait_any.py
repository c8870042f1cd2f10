"""One of several receives is waited for, and the program is told which."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from tests.support.both_ways import every_way
from ttlang import ttl, ttnn
from ttlang.diagnostics import DiagnosticError


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


def what_has_come_is_told_again(requests: Any, blocks: Any) -> None:
    first = ttl.wait_any((requests[0], requests[1]), start=1).index()
    if first == ttl.wait_any((requests[0], requests[1]), start=first).index():
        requests[1].wait()
        requests[0].wait()
        for block in [blocks[0], blocks[1]]:
            block.push()


def the_rest_is_selected_next(requests: Any, blocks: Any) -> None:
    first = ttl.wait_any((requests[0], requests[1]), start=-1).index()
    for place in [0, 1]:
        if first == place:
            other = ttl.wait_any((requests[1 - place],)).index()
            blocks[place].push()
            blocks[1 - place + other].push()


def the_rest_is_left_to_the_compiler(requests: Any, blocks: Any) -> None:
    ttl.wait_any((requests[0], requests[1]))
    ttl.wait_any((requests[1], requests[0]))
    for place in [0, 1]:
        requests[place].wait()
        blocks[place].push()


def chosen_by_a_branch(requests: Any, blocks: Any) -> None:
    left = requests[0]
    if ttl.wait_any((requests[0], requests[1]), start=1).index() == 0:
        left = requests[1]
    left.wait()
    for block in [blocks[0], blocks[1]]:
        block.push()


def chosen_by_an_expression(requests: Any, blocks: Any) -> None:
    selected = ttl.wait_any((requests[0], requests[1])).index()
    (requests[1] if selected == 0 else requests[0]).wait()
    for block in [blocks[0], blocks[1]]:
        block.push()


def rotating(requests: Any, blocks: Any) -> None:
    first = 0
    for turn in range(3):
        first = (ttl.wait_any((requests[0], requests[1]), start=first + turn).index() + 1) % 2
    for place in [0, 1]:
        requests[place].wait()
        blocks[place].push()


def by_its_place(requests: Any, blocks: Any) -> None:
    place = ttl.wait_any(requests, start=1).index()
    blocks[place].push()
    requests[1 - place].wait()
    blocks[1 - place].push()


def by_what_is_selected(requests: Any, blocks: Any) -> None:
    ready = ttl.wait_any(tuple(requests))
    requests[ready.index()].wait()
    blocks[ready.index()].push()
    with_the_other(requests, blocks, -1 - ready.index())


def with_the_other(requests: Any, blocks: Any, place: Any) -> None:
    requests[place].wait()
    blocks[place].push()


def given_a_name(requests: Any, blocks: Any) -> None:
    first = ttl.wait_any(requests, start=1).index()
    one, other = blocks[first], blocks[first - 1]
    rest = requests[1 - first]
    one.push()
    rest.wait()
    other.push()


@pytest.mark.parametrize(
    "receive",
    [
        by_its_place,
        by_what_is_selected,
        given_a_name,
        each_by_its_branch(0),
        each_by_its_branch(1),
        each_by_its_branch(5),
        all_waited_for_again,
        what_has_come_is_told_again,
        the_rest_is_selected_next,
        the_rest_is_left_to_the_compiler,
        chosen_by_a_branch,
        chosen_by_an_expression,
        rotating,
    ],
)
def test_both_tiles_arrive(receive: Callable[..., None]) -> None:
    values, made = tensors()
    with every_way():
        two_senders(receive)(*made)
    assert torch.equal(ttnn.to_torch(made[1]), values)


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


def one_branch_for_both(requests: Any, blocks: Any) -> None:
    if ttl.wait_any((requests[0], requests[1])).index() == 0:
        blocks[0].push()
        blocks[1].push()
    else:
        requests[0].wait()
        for place in [0, 1]:
            blocks[place].push()


def the_wrong_one_of_two(requests: Any, blocks: Any) -> None:
    selected = ttl.wait_any((requests[0], requests[1])).index()
    (requests[0] if selected == 0 else requests[1]).wait()
    for block in [blocks[0], blocks[1]]:
        block.push()


def the_other_place(requests: Any, blocks: Any) -> None:
    place = ttl.wait_any(requests).index()
    blocks[1 - place].push()
    requests[1 - place].wait()
    blocks[place].push()


def beyond_the_list(requests: Any, blocks: Any) -> None:
    place = ttl.wait_any(requests).index() + 1
    blocks[place].push()


def carried_by_a_loop(requests: Any, blocks: Any) -> None:
    one = requests[0]
    for _ in range(2):
        ttl.wait_any((one, requests[1]))
        one = requests[1]


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
        (one_branch_for_both, "TTL0504"),
        (the_wrong_one_of_two, "TTL0504"),
        (the_other_place, "TTL0504"),
        (beyond_the_list, "TTL0108"),
        (carried_by_a_loop, "TTL0111"),
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


@pytest.mark.parametrize("start", [0, 1])
def test_the_one_that_is_sent(start: int) -> None:
    """What is looked at first is sent behind the wait."""

    @ttl.operation(grid=(1, 1))
    def late(x, out):
        here = [ttl.Pipe((0, 0), (0, 0)), ttl.Pipe((0, 0), (0, 0))]
        sent = ttl.make_dataflow_buffer_like(x, shape=(1, 1))
        landings = [ttl.make_dataflow_buffer_like(out, shape=(1, 1)) for _ in range(2)]

        @ttl.datamovement()
        def talk():
            with landings[0].reserve() as one, landings[1].reserve() as two, sent.wait() as block:
                requests = ttl.copy(here[0], one), ttl.copy(here[1], two)
                ttl.copy(block, here[1 - start]).wait()
                selected = ttl.wait_any(requests, start=start).index()
                ttl.copy(block, here[start]).wait()
                requests[0].wait()
                requests[1].wait()
            with landings[0].wait() as one, landings[1].wait() as two:
                if selected == 0:
                    ttl.copy(one, out[0, 0]).wait()
                else:
                    ttl.copy(two, out[0, 1]).wait()

        @ttl.datamovement()
        def load():
            with sent.reserve() as block:
                ttl.copy(x[0, 0], block).wait()

    values, made = tensors()
    with every_way():
        late(*made)
    zeros = torch.zeros(32, 32).bfloat16()
    taken = torch.cat([zeros, values[:, :32]] if start == 0 else [values[:, :32], zeros], 1)
    assert torch.equal(ttnn.to_torch(made[1]), taken)


def test_sent_before_it_is_received() -> None:
    """A send that need not wait for its receiver: the blocks lie in landing slots until they are taken."""

    @ttl.operation(grid=(1, 1))
    def early(x, out):
        here = [ttl.Pipe((0, 0), (0, 0)), ttl.Pipe((0, 0), (0, 0))]
        sent = [ttl.make_dataflow_buffer_like(x, shape=(1, 1)) for _ in here]
        landings = [ttl.make_dataflow_buffer_like(out, shape=(1, 1)) for _ in here]

        @ttl.datamovement()
        def talk():
            first = 0
            for turn in range(3):
                with sent[0].wait() as block, sent[1].wait() as other:
                    ttl.copy(block, here[0]).wait()
                    ttl.copy(other, here[1]).wait()
                with landings[0].reserve() as one, landings[1].reserve() as two:
                    requests = ttl.copy(here[0], one), ttl.copy(here[1], two)
                    selected = ttl.wait_any(requests, start=first).index()
                    again = ttl.wait_any((requests[1], requests[0]), start=turn).index()
                    first = selected + again
                    requests[1].wait()
                    requests[0].wait()

        @ttl.datamovement()
        def load():
            for turn in range(3):
                for place in [0, 1]:
                    with sent[place].reserve() as block:
                        ttl.copy(x[turn, place], block).wait()
                for place in [0, 1]:
                    with landings[place].wait() as block:
                        ttl.copy(block, out[turn, place]).wait()

    device = ttnn.open_device(device_id=0)
    values = torch.randn(96, 64).bfloat16()
    made = [ttnn.from_torch(t, layout=ttnn.TILE_LAYOUT, device=device) for t in (values, torch.zeros_like(values))]
    with every_way():
        early(*made)
    assert torch.equal(ttnn.to_torch(made[1]), values)
    assert "_taken" in "".join(early.compile(*made).cpp().values())


def test_a_receive_by_itself_between_those_that_are_selected() -> None:
    """All of a thread's receives out of a landing slot are counted alike, whichever way they are waited for."""

    @ttl.operation(grid=(1, 1))
    def mixed(x, out):
        here = [ttl.Pipe((0, 0), (0, 0)), ttl.Pipe((0, 0), (0, 0))]
        sent = [ttl.make_dataflow_buffer_like(x, shape=(1, 1)) for _ in here]
        landings = [ttl.make_dataflow_buffer_like(out, shape=(1, 1)) for _ in here]

        @ttl.datamovement()
        def talk():
            for turn in range(2):
                with sent[0].wait() as block:
                    ttl.copy(block, here[0]).wait()
                with landings[0].reserve() as one:
                    ttl.copy(here[0], one).wait()
                with sent[0].wait() as block, sent[1].wait() as other:
                    ttl.copy(block, here[0]).wait()
                    ttl.copy(other, here[1]).wait()
                with landings[0].reserve() as one, landings[1].reserve() as two:
                    requests = ttl.copy(here[0], one), ttl.copy(here[1], two)
                    ttl.wait_any(requests, start=turn)
                    requests[0].wait()
                    requests[1].wait()

        @ttl.datamovement()
        def load():
            for turn in range(2):
                for row, place in [(0, 0), (1, 0), (1, 1)]:
                    with sent[place].reserve() as block:
                        ttl.copy(x[2 * turn + row, place], block).wait()
                for row, place in [(0, 0), (1, 0), (1, 1)]:
                    with landings[place].wait() as block:
                        ttl.copy(block, out[2 * turn + row, place]).wait()

    device = ttnn.open_device(device_id=0)
    values = torch.randn(128, 64).bfloat16()
    made = [ttnn.from_torch(t, layout=ttnn.TILE_LAYOUT, device=device) for t in (values, torch.zeros_like(values))]
    with every_way():
        mixed(*made)
    values.reshape(2, 2, 32, 2, 32)[:, 0, :, 1] = 0
    assert torch.equal(ttnn.to_torch(made[1]), values)


def test_in_bodies_of_nets() -> None:
    """The pipes differ from core to core."""

    @ttl.operation(grid=(4, 1))
    def crossed(x, out):
        straight = ttl.PipeNet([ttl.Pipe((0, 0), (2, 0)), ttl.Pipe((1, 0), (3, 0))])
        across = ttl.PipeNet([ttl.Pipe((0, 0), (3, 0)), ttl.Pipe((1, 0), (2, 0))])
        sent, one, other = (ttl.make_dataflow_buffer_like(t, shape=(1, 1)) for t in (x, out, out))

        @ttl.datamovement()
        def talk():
            column, _ = ttl.node(dims=2)
            for turn in range(3):
                if straight.is_src():
                    with sent.reserve() as block:
                        ttl.copy(x[turn, column], block).wait()
                    with sent.wait() as block:
                        straight.if_src(lambda pipe, block=block: ttl.copy(block, pipe).wait())
                        across.if_src(lambda pipe, block=block: ttl.copy(block, pipe).wait())

                def receive(pipe):
                    def both(crossing):
                        with one.reserve() as a, other.reserve() as b:
                            requests = ttl.copy(pipe, a), ttl.copy(crossing, b)
                            if ttl.wait_any(requests, start=column).index() == 0:
                                requests[1].wait()
                            else:
                                requests[0].wait()

                    across.if_dst(both)

                straight.if_dst(receive)

        @ttl.datamovement()
        def write():
            column, _ = ttl.node(dims=2)
            if column > 1:
                for turn in range(3):
                    for place, landing in enumerate([one, other]):
                        with landing.wait() as block:
                            ttl.copy(block, out[turn, 2 * (column - 2) + place]).wait()

    device = ttnn.open_device(device_id=0)
    values = torch.randn(96, 64).bfloat16()
    x = ttnn.from_torch(values, layout=ttnn.TILE_LAYOUT, device=device)
    out = ttnn.from_torch(torch.zeros(96, 128).bfloat16(), layout=ttnn.TILE_LAYOUT, device=device)
    with every_way():
        crossed(x, out)
    left, right = values[:, :32], values[:, 32:]
    assert torch.equal(ttnn.to_torch(out), torch.cat([left, right, right, left], 1))


def test_one_that_nobody_sends() -> None:
    @ttl.operation(grid=(1, 1))
    def lost(x, out):
        here = [ttl.Pipe((0, 0), (0, 0)), ttl.Pipe((0, 0), (0, 0))]
        landings = [ttl.make_dataflow_buffer_like(out, shape=(1, 1)) for _ in range(2)]

        @ttl.datamovement()
        def talk():
            with landings[0].reserve() as one, landings[1].reserve() as two:
                requests = ttl.copy(here[0], one), ttl.copy(here[1], two)
                ttl.wait_any(requests, start=1)
                requests[0].wait()
                requests[1].wait()

        @ttl.datamovement()
        def write():
            for landing in landings:
                with landing.wait() as block:
                    ttl.copy(block, out[0, 0]).wait()

    with pytest.raises(DiagnosticError, match=r"TTL0509.*waits forever.*sends never"):
        lost.compile(*tensors()[1])


def test_a_wait_that_only_the_run_finds_in_vain() -> None:
    """Whether the blocks are sent depends on an element of a tensor."""

    @ttl.operation(grid=(1, 1))
    def unsent(x, out):
        here = [ttl.Pipe((0, 0), (0, 0)), ttl.Pipe((0, 0), (0, 0))]
        sent = ttl.make_dataflow_buffer_like(x, shape=(1, 1))
        landings = [ttl.make_dataflow_buffer_like(out, shape=(1, 1)) for _ in range(2)]

        @ttl.datamovement()
        def talk():
            with landings[0].reserve() as one, landings[1].reserve() as two:
                requests = ttl.copy(here[0], one), ttl.copy(here[1], two)
                ttl.wait_any(requests)
                requests[0].wait()
                requests[1].wait()
            for landing in landings:
                with landing.wait() as block:
                    ttl.copy(block, out[0, 0]).wait()

        @ttl.datamovement()
        def load():
            with sent.reserve() as block:
                ttl.copy(x[0, 0], block).wait()
            with sent.wait() as block:
                if ttl.raw_element_read(block, 0, 0) > 0:
                    for pipe in here:
                        ttl.copy(block, pipe).wait()

    made = tensors()[1]
    positive, zeros = torch.ones(32, 64).bfloat16(), torch.zeros(32, 64).bfloat16()
    device = ttnn.open_device(device_id=0)
    x = ttnn.from_torch(positive, layout=ttnn.TILE_LAYOUT, device=device)
    with every_way():
        unsent(x, made[1])
    x = ttnn.from_torch(zeros, layout=ttnn.TILE_LAYOUT, device=device)
    with pytest.raises(DiagnosticError, match=r"(?s)TTL0801.*looks at semaphores that no other thread changes"):
        unsent(x, made[1])
