"""Receives that a loop hands on: servers take blocks as they come, and post the next receive in the place of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from tests.support.both_ways import both_ways, every_way
from tests.support.device_tensors import on_device
from ttlang import ttl, ttnn
from ttlang.diagnostics import DiagnosticError
from ttlang.settings import variables

SEEDS = ("", "1", "2")


def seeded(seed: str) -> Any:
    """With one generation of C++ for all but the first, which has both."""
    return variables.given({variables.SEED: seed}), both_ways(("0.69",) if seed else ("0.69", "0.81"))


def work_server(workers: int, delays: list[int], depth: int) -> Any:
    """
    Core 0 deals out the tiles of `x`: one to each core that asks, and after the first `count` a tile that begins with
    0, which ends the worker. A worker does something in vain, by its number, before it asks for more.
    """

    @ttl.operation(grid=(workers + 1, 1))
    def deal(x, out, count: ttl.RuntimeInt):
        asking = [ttl.Pipe((1 + number, 0), (0, 0)) for number in range(workers)]
        dealing = [ttl.Pipe((0, 0), (1 + number, 0)) for number in range(workers)]
        asked = [ttl.make_dataflow_buffer_like(x, shape=(1, 1), block_count=depth) for _ in asking]
        numbers = list(range(workers))
        jobs, work = (ttl.make_dataflow_buffer_like(x, shape=(1, 1)) for _ in range(2))

        def ask(number):
            return ttl.copy(asking[number], asked[number].reserve())

        def answer(number, job):
            """Takes the question, a number, and sends a tile."""
            asked[number].push()
            with asked[number].wait() as block:
                said = ttl.read_index(block, 0, 0)
            with jobs.reserve() as block:
                ttl.copy(x[job, 0], block).wait()
            with jobs.wait() as block:
                ttl.copy(block, dealing[number]).wait()
            return said

        def serve():
            questions = [ask(number) for number in numbers]
            start = 0
            for job in range(count):
                asks = ttl.wait_any(questions, start=start).index()
                start = asks + answer(asks, job)
                questions = [ask(number) if number == asks else questions[number] for number in numbers]
            for number, question in enumerate(questions):
                question.wait()
                answer(number, count)

        def labour(number):
            todo = 1
            while todo > 0:
                for _ in range(delays[number]):
                    with jobs.reserve() as block:
                        ttl.copy(x[0, 0], block).wait()
                    with jobs.wait():
                        pass
                with jobs.reserve() as block:
                    ttl.copy(x[0, 0], block).wait()
                with jobs.wait() as block:
                    ttl.copy(block, asking[number]).wait()
                with work.reserve() as block:
                    ttl.copy(dealing[number], block).wait()
                with work.wait() as block:
                    todo = ttl.read_index(block, 0, 0)
                    if todo > 0:
                        ttl.copy(block, out[todo - 1, 0]).wait()

        @ttl.datamovement()
        def talk():
            column, _ = ttl.node(dims=2)
            if column == 0:
                serve()
            for number in numbers:
                if column == number + 1:
                    labour(number)

    return deal


@pytest.mark.parametrize("case", range(3))
def test_each_tile_is_dealt_out_once(case: int) -> None:
    rng = np.random.default_rng(case)
    workers, tiles = (2, 3, 2)[case], 9
    kernel = work_server(workers, rng.integers(0, 6, workers).tolist(), 1 + case % 2)
    values = torch.from_numpy(rng.standard_normal((32 * tiles, 32)).astype(np.float32)).bfloat16()
    for count, seeds in ((tiles - 1, SEEDS), (0, SEEDS[:1])):
        values[::32, 0] = torch.arange(1, tiles + 1)
        values[32 * count, 0] = 0
        for seed in seeds:
            out = on_device(torch.zeros_like(values))
            given, both = seeded(seed)
            with given, both:
                kernel(on_device(values), out, count)
            found = ttnn.to_torch(out)
            assert torch.equal(found[: 32 * count], values[: 32 * count])
            assert not found[32 * count :].any()


def gathering(counts: tuple[int, int], delays: list[int], depth: int) -> Any:
    """Two cores send `counts` tiles, each after some reads in vain; core 0 takes them as they come, till it has all."""

    @ttl.operation(grid=(3, 1))
    def gather(x, out):
        ends = [ttl.Pipe((1, 0), (0, 0)), ttl.Pipe((2, 0), (0, 0))]
        sent = ttl.make_dataflow_buffer_like(x, shape=(1, 1))
        landings = [ttl.make_dataflow_buffer_like(out, shape=(1, 1), block_count=depth) for _ in ends]

        def write(place, row):
            with landings[place].wait() as block:
                ttl.copy(block, out[row, place]).wait()

        @ttl.datamovement()
        def talk():
            column, _ = ttl.node(dims=2)
            for place in [0, 1]:
                if column == place + 1:
                    for turn in range(counts[place]):
                        for _ in range(delays[place]):
                            with sent.reserve() as block:
                                ttl.copy(x[turn, place], block).wait()
                            with sent.wait():
                                pass
                        with sent.reserve() as block:
                            ttl.copy(x[turn, place], block).wait()
                        with sent.wait() as block:
                            ttl.copy(block, ends[place]).wait()
            if column == 0:
                one, two = landings[0].reserve(), landings[1].reserve()
                first, second = ttl.copy(ends[0], one), ttl.copy(ends[1], two)
                left, right = counts
                start = 0
                while left + right > 0:
                    place = ttl.wait_any((first, second), start=start).index()
                    start = place + 1
                    # The last block of each sender stays where it is: its receive is over, and may be waited for again.
                    if place == 0:
                        if left > 1:
                            one.push()
                            write(0, counts[0] - left)
                            one = landings[0].reserve()
                            first = ttl.copy(ends[0], one)
                        left -= left > 0
                    else:
                        if right > 1:
                            two.push()
                            write(1, counts[1] - right)
                            two = landings[1].reserve()
                            second = ttl.copy(ends[1], two)
                        right -= right > 0
                first.wait()
                second.wait()
                one.push()
                two.push()
                for place in [0, 1]:
                    write(place, counts[place] - 1)

    return gather


@pytest.mark.parametrize("case", range(4))
def test_all_are_taken_as_they_come(case: int) -> None:
    rng = np.random.default_rng(case)
    counts = ((3, 3), (1, 4), (5, 2), (1, 1))[case]
    kernel = gathering(counts, rng.integers(0, 5, 2).tolist(), 1 + case % 2)
    values = torch.from_numpy(rng.standard_normal((32 * max(counts), 64)).astype(np.float32)).bfloat16()
    for seed in SEEDS:
        out = on_device(torch.zeros_like(values))
        given, both = seeded(seed)
        with given, both:
            kernel(on_device(values), out)
        found = ttnn.to_torch(out)
        for place, count in enumerate(counts):
            taken, rest = found[:, 32 * place : 32 * place + 32].split([32 * count, 32 * (max(counts) - count)])
            assert torch.equal(taken, values[: 32 * count, 32 * place : 32 * place + 32])
            assert not rest.any()


TURNS = 3
Server = Callable[[Any, Any], None]


def served(serve: Server) -> Any:
    """Cores 1 and 2 send three tiles each to core 0, where `serve` receives them in two buffers."""

    @ttl.operation(grid=(3, 1))
    def gather(x, out):
        ends = [ttl.Pipe((1, 0), (0, 0)), ttl.Pipe((2, 0), (0, 0))]
        sent = ttl.make_dataflow_buffer_like(x, shape=(1, 1))
        landings = [ttl.make_dataflow_buffer_like(out, shape=(1, 1)) for _ in ends]

        @ttl.datamovement()
        def talk():
            column, _ = ttl.node(dims=2)
            for place in [0, 1]:
                if column == place + 1:
                    for turn in range(TURNS):
                        with sent.reserve() as block:
                            ttl.copy(x[turn, place], block).wait()
                        with sent.wait() as block:
                            ttl.copy(block, ends[place]).wait()
            if column == 0:
                serve(ends, landings)

        @ttl.datamovement()
        def write():
            column, _ = ttl.node(dims=2)
            if column == 0:
                for turn in range(TURNS):
                    for place in [0, 1]:
                        with landings[place].wait() as block:
                            ttl.copy(block, out[turn, place]).wait()

    return gather


def begin(ends: Any, landings: Any, place: int) -> Any:
    return ttl.copy(ends[place], landings[place].reserve())


def end(requests: Any, landings: Any) -> None:
    for request, landing in zip(requests, landings, strict=True):
        request.wait()
        landing.push()


def lists(ends: Any, landings: Any) -> None:
    requests = [begin(ends, landings, place) for place in [0, 1]]
    for _ in range(TURNS - 1):
        end(requests, landings)
        requests = [begin(ends, landings, place) for place in [0, 1]]
    end(requests, landings)


def tuples_of_blocks_and_numbers(ends: Any, landings: Any) -> None:
    def post(turn, place):
        block = landings[place].reserve()
        return turn, (block, ttl.copy(ends[place], block))

    requests = post(1, 0), post(1, 1)
    while requests[0][0] < TURNS:
        for _, (block, request) in requests:
            request.wait()
            block.push()
        requests = post(requests[0][0] + 1, 0), post(0, 1)
    for _, (block, request) in requests:
        request.wait()
        block.push()


def loops_in_each_other(ends: Any, landings: Any) -> None:
    one, other = begin(ends, landings, 0), begin(ends, landings, 1)
    for _ in range(TURNS - 1):
        for _ in range(1):
            end((one, other), landings)
            one = begin(ends, landings, 0)
            other = begin(ends, landings, 1)
    end((one, other), landings)


def on_some_turns(ends: Any, landings: Any) -> None:
    requests = begin(ends, landings, 0), begin(ends, landings, 1)
    for turn in range(2 * TURNS - 1):
        if turn % 2 == 1:
            end(requests, landings)
            requests = begin(ends, landings, 0), begin(ends, landings, 1)
    end(requests, landings)


def first_of_two(ends: Any, landings: Any) -> None:
    one, other = begin(ends, landings, 0), begin(ends, landings, 1)
    for turn in range(TURNS - 1):
        ttl.wait_any((one, other), start=turn)
        end((one, other), landings)
        one, other = begin(ends, landings, 0), begin(ends, landings, 1)
    end((one, other), landings)


def behind_one_by_itself(ends: Any, landings: Any) -> None:
    """A thread that asks which has come waits for others as well, through the same pipes."""
    end((begin(ends, landings, 0), begin(ends, landings, 1)), landings)
    one, other = begin(ends, landings, 0), begin(ends, landings, 1)
    for turn in range(TURNS - 2):
        ttl.wait_any((other, one), start=turn)
        end((one, other), landings)
        one, other = begin(ends, landings, 0), begin(ends, landings, 1)
    ttl.wait_any((one, other))
    end((one, other), landings)


def by_the_place(ends: Any, landings: Any) -> None:
    """Each has one more to come when the other has come once."""
    requests = [begin(ends, landings, place) for place in [0, 1]]
    for turn in range(TURNS - 1):
        place = ttl.wait_any(requests, start=turn).index()
        landings[place].push()
        requests[1 - place].wait()
        landings[place - 1].push()
        requests = [begin(ends, landings, place) for place in [0, 1]]
    end(requests, landings)


SERVERS = [
    by_the_place,
    lists,
    tuples_of_blocks_and_numbers,
    loops_in_each_other,
    on_some_turns,
    first_of_two,
    behind_one_by_itself,
]


@pytest.mark.parametrize("serve", SERVERS)
def test_all_arrive(serve: Server) -> None:
    values = torch.randn(32 * TURNS, 64).bfloat16()
    x, out = on_device(values), on_device(torch.zeros_like(values))
    with every_way():
        served(serve)(x, out)
    assert torch.equal(ttnn.to_torch(out), values)


def test_the_pipe_of_a_body() -> None:
    """The receives of a ring, whose pipes differ from core to core; each core also sends before it receives."""

    @ttl.operation(grid=(4, 1))
    def ring(x, out):
        net = ttl.PipeNet([ttl.Pipe((column, 0), ((column + 1) % 4, 0)) for column in range(4)])
        sent = ttl.make_dataflow_buffer_like(x, shape=(1, 1))
        landing = ttl.make_dataflow_buffer_like(out, shape=(1, 1))

        @ttl.datamovement()
        def send():
            column, _ = ttl.node(dims=2)
            for turn in range(TURNS):
                with sent.reserve() as block:
                    ttl.copy(x[turn, column], block).wait()
                with sent.wait() as block:
                    net.if_src(lambda pipe, block=block: ttl.copy(block, pipe).wait())

        @ttl.datamovement()
        def receive():
            column, _ = ttl.node(dims=2)

            def take(pipe):
                block = landing.reserve()
                request = ttl.copy(pipe, block)
                for turn in range(TURNS - 1):
                    request.wait()
                    block.push()
                    with landing.wait() as got:
                        ttl.copy(got, out[turn, column]).wait()
                    block = landing.reserve()
                    request = ttl.copy(pipe, block)
                request.wait()
                block.push()
                with landing.wait() as got:
                    ttl.copy(got, out[TURNS - 1, column]).wait()

            net.if_dst(take)

    values = torch.randn(32 * TURNS, 128).bfloat16()
    x, out = on_device(values), on_device(torch.zeros_like(values))
    with every_way():
        ring(x, out)
    assert torch.equal(ttnn.to_torch(out), values.roll(32, 1))


def not_waited_for_behind_the_loop(ends: Any, landings: Any) -> None:
    requests = [begin(ends, landings, place) for place in [0, 1]]
    for _ in range(TURNS - 1):
        end(requests, landings)
        requests = [begin(ends, landings, place) for place in [0, 1]]
    for landing in landings:
        landing.push()


def pushed_before_it_has_come(ends: Any, landings: Any) -> None:
    requests = [begin(ends, landings, place) for place in [0, 1]]
    for _ in range(TURNS - 1):
        landings[0].push()
        requests[0].wait()
        requests[1].wait()
        landings[1].push()
        requests = [begin(ends, landings, place) for place in [0, 1]]
    end(requests, landings)


def waited_for_again_on_some_turns(ends: Any, landings: Any) -> None:
    requests = [begin(ends, landings, place) for place in [0, 1]]
    for turn in range(TURNS):
        for request in requests:
            request.wait()
        if turn == 1:
            for landing in landings:
                landing.push()
            requests = [begin(ends, landings, place) for place in [0, 1]]
    end(requests, landings)


def waited_for_in_each_turn(ends: Any, landings: Any) -> None:
    requests = [begin(ends, landings, place) for place in [0, 1]]
    one, other = requests
    for turn in range(TURNS):
        one.wait()
        if turn > 5:
            landings[0].push()
            one = begin(ends, landings, 0)
            one.wait()
    other.wait()
    for landing in landings:
        landing.push()


def by_the_handle_before_the_loop(ends: Any, landings: Any) -> None:
    requests = before = [begin(ends, landings, place) for place in [0, 1]]
    for _ in range(TURNS - 1):
        end(requests, landings)
        requests = [begin(ends, landings, place) for place in [0, 1]]
    end(before, landings)


def the_other_one_has_come(ends: Any, landings: Any) -> None:
    one, other = begin(ends, landings, 0), begin(ends, landings, 1)
    for _ in range(TURNS - 1):
        if ttl.wait_any((one, other)).index() == 0:
            landings[1].push()
            other = begin(ends, landings, 1)
        else:
            landings[0].push()
            one = begin(ends, landings, 0)
    end((one, other), landings)


def in_another_buffer(ends: Any, landings: Any) -> None:
    one, other = begin(ends, landings, 0), begin(ends, landings, 1)
    for _ in range(TURNS - 1):
        end((one, other), landings)
        other, one = begin(ends, landings, 0), begin(ends, landings, 1)
    end((other, one), landings)


def a_list_that_grows(ends: Any, landings: Any) -> None:
    requests = [begin(ends, landings, 0)]
    for _ in range(TURNS - 1):
        requests[0].wait()
        landings[0].push()
        requests = [*requests, begin(ends, landings, 0)]
    requests[0].wait()
    landings[0].push()


def item_by_item(ends: Any, landings: Any) -> None:
    requests = [begin(ends, landings, place) for place in [0, 1]]
    for place in [0, 1]:
        requests[place].wait()
        landings[place].push()
        requests[place] = begin(ends, landings, place)
    end(requests, landings)


def left_to_the_compiler(ends: Any, landings: Any) -> None:
    requests = [begin(ends, landings, place) for place in [0, 1]]
    for _ in range(TURNS - 1):
        for request in requests:
            request.wait()
        requests = [begin(ends, landings, place) for place in [0, 1]]
    end(requests, landings)


@pytest.mark.parametrize(
    ("serve", "code"),
    [
        (not_waited_for_behind_the_loop, "TTL0504"),
        (pushed_before_it_has_come, "TTL0504"),
        (waited_for_again_on_some_turns, "TTL0503"),
        (waited_for_in_each_turn, "TTL0503"),
        (by_the_handle_before_the_loop, "TTL0504"),
        (the_other_one_has_come, "TTL0504"),
        (in_another_buffer, "TTL0111"),
        (a_list_that_grows, "TTL0111"),
        (item_by_item, "TTL0101"),
        (left_to_the_compiler, "TTL0404"),
    ],
)
def test_mistakes(serve: Server, code: str) -> None:
    zeros = on_device(torch.zeros(32 * TURNS, 64).bfloat16())
    with pytest.raises(DiagnosticError) as raised:
        served(serve).compile(zeros, zeros)
    assert code in [each.code for each in raised.value.diagnostics]
