"""Mistakes of kernels whose threads and cores wait for each other: all are found before anything runs."""

from __future__ import annotations

import textwrap
import warnings

import pytest

from tests.support.kernel_texts import compile_kernel, find_mark, load
from ttlang.diagnostics import Diagnostic, DiagnosticError, TTLangWarning
from ttlang.driver.universe import make_context
from ttlang.transforms.ttl_validate import TTLValidatePass

SETUP = """
a_cb = ttl.make_circular_buffer_like(x, shape=(1, 1), buffer_factor=2)
b_cb = ttl.make_circular_buffer_like(x, shape=(1, 1), buffer_factor=2)
one_cb = ttl.make_circular_buffer_like(x, shape=(1, 1), buffer_factor=1)
big_cb = ttl.make_circular_buffer_like(x, shape=(2, 2), buffer_factor=2)
there = ttl.Pipe(src=(0, 0), dst=(1, 0))
back = ttl.Pipe(src=(1, 0), dst=(0, 0))
row = ttl.Pipe(src=(0, 0), dst=(slice(1, 3), 0))
ring = ttl.PipeNet([ttl.Pipe(src=(i, 0), dst=((i + 1) % 3, 0)) for i in range(3)])
ready = ttl.Semaphore()
done = ttl.Semaphore()
"""
FILL = "with {cb}.reserve() as block: ttl.copy(x[0, 0], block).wait()"
EMPTY = "with {cb}.wait() as block: ttl.copy(block, out[0, 0]).wait()"


def fill(cb: str) -> str:
    return FILL.format(cb=cb)


def empty(cb: str) -> str:
    return EMPTY.format(cb=cb)


SEND = "with a_cb.wait() as s: ttl.copy(s, there).wait()"
RECEIVE = "with b_cb.reserve() as r: ttl.copy(there, r).wait()"

# For each mistake: its code, then the threads: compute, read and write. `«` marks where it is reported.
MISTAKES: dict[str, tuple[str, dict[str, str]]] = {
    # Pipes
    "a block is sent that nobody receives": (
        "TTL0509",
        {
            "read": fill("a_cb"),
            "write": "if i == 0:\n    with a_cb.wait() as s: «ttl.copy(s, there).wait()\nelse:\n    " + empty("a_cb"),
        },
    ),
    "a block is received that nobody sends": (
        "TTL0509",
        {
            "read": "if i == 1:\n    with b_cb.reserve() as r: «ttl.copy(there, r).wait()",
            "write": "if i == 1:\n    " + empty("b_cb"),
        },
    ),
    "two blocks are sent and one is received": (
        "TTL0509",
        {
            "read": "if i == 0:\n    for _ in range(2):\n        " + fill("a_cb") + "\nelif i == 1:\n    " + RECEIVE,
            "write": "if i == 0:\n    for _ in range(2):\n        with a_cb.wait() as s: «ttl.copy(s, there).wait()\n"
            "elif i == 1:\n    " + empty("b_cb"),
        },
    ),
    "two blocks are received and one is sent": (
        "TTL0509",
        {
            "read": "if i == 0:\n    " + fill("a_cb") + "\nelif i == 1:\n    for _ in range(2):\n"
            "        with b_cb.reserve() as r: «ttl.copy(there, r).wait()",
            "write": "if i == 0:\n    " + SEND + "\nelif i == 1:\n    for _ in range(2):\n        " + empty("b_cb"),
        },
    ),
    "every second block is received": (
        "TTL0509",
        {
            "read": "if i == 0:\n    for _ in range(6):\n        "
            + fill("a_cb")
            + "\nelif i == 1:\n    for _ in range(0, 6, 2):\n        "
            + RECEIVE,
            "write": "if i == 0:\n    for _ in range(6):\n        with a_cb.wait() as s: «ttl.copy(s, there).wait()\n"
            "elif i == 1:\n    for _ in range(3):\n        " + empty("b_cb"),
        },
    ),
    "one of two destinations does not receive": (
        "TTL0509",
        {
            "read": "if i == 0:\n    "
            + fill("a_cb")
            + "\nelif i == 1:\n    with b_cb.reserve() as r: ttl.copy(row, r).wait()",
            "write": "if i == 0:\n    with a_cb.wait() as s: «ttl.copy(s, row).wait()\nelif i == 1:\n    "
            + empty("b_cb"),
        },
    ),
    "a core sends through a pipe of another": (
        "TTL0508",
        {
            "read": fill("a_cb") + "\nif i == 1:\n    " + RECEIVE,
            "write": "with a_cb.wait() as s: «ttl.copy(s, there).wait()\nif i == 1:\n    " + empty("b_cb"),
        },
    ),
    "a core receives through a pipe that ends elsewhere": (
        "TTL0508",
        {
            "read": "if i == 0:\n    "
            + fill("a_cb")
            + "\nif i > 0:\n    with b_cb.reserve() as r: «ttl.copy(there, r).wait()",
            "write": "if i == 0:\n    " + SEND + "\nif i > 0:\n    " + empty("b_cb"),
        },
    ),
    "the sender of a multicast receives it too, but is not in the range": (
        "TTL0508",
        {
            "read": "if i == 0:\n    " + fill("a_cb") + "\nwith b_cb.reserve() as r: «ttl.copy(row, r).wait()",
            "write": "if i == 0:\n    with a_cb.wait() as s: ttl.copy(s, row).wait()\n" + empty("b_cb"),
        },
    ),
    "a pipe is sent through in two threads": (
        "TTL0507",
        {
            "compute": "if i == 0:\n    with a_cb.reserve() as o, b_cb.reserve() as p:\n        o.store(1)\n"
            "        p.store(2)",
            "read": "if i == 0:\n    with b_cb.wait() as s: ttl.copy(s, there).wait()\n"
            "elif i == 1:\n    for _ in range(2):\n        with one_cb.reserve() as r: ttl.copy(there, r).wait()",
            "write": "if i == 0:\n    with a_cb.wait() as s: «ttl.copy(s, there).wait()\n"
            "elif i == 1:\n    for _ in range(2):\n        " + empty("one_cb"),
        },
    ),
    "a pipe is received through in two threads": (
        "TTL0507",
        {
            "compute": "if i == 0:\n    for _ in range(2):\n        with a_cb.reserve() as o: o.store(1)\n"
            "elif i == 1:\n    with b_cb.wait() as v, one_cb.wait() as w:\n        pass",
            "read": "if i == 0:\n    for _ in range(2):\n        with a_cb.wait() as s: ttl.copy(s, there).wait()\n"
            "elif i == 1:\n    with b_cb.reserve() as r: ttl.copy(there, r).wait()",
            "write": "if i == 1:\n    with one_cb.reserve() as r: «ttl.copy(there, r).wait()",
        },
    ),
    "blocks of different shapes at the two ends": (
        "TTL0507",
        {
            "read": "if i == 0:\n    "
            + fill("a_cb")
            + "\nelif i == 1:\n    with big_cb.reserve() as r: «ttl.copy(there, r).wait()",
            "write": "if i == 0:\n    "
            + SEND
            + "\nelif i == 1:\n    with big_cb.wait() as b: ttl.copy(b, out[0:2, 0:2]).wait()",
        },
    ),
    "all cores of a ring receive before they send": (
        "TTL0415",
        {
            "read": "with a_cb.reserve() as r:\n    ring.if_dst(lambda pipe: «ttl.copy(pipe, r).wait())\n"
            "with a_cb.wait() as s:\n    ring.if_src(lambda pipe: ttl.copy(s, pipe).wait())",
        },
    ),
    "two cores receive from each other first": (
        "TTL0415",
        {
            "read": "with a_cb.reserve() as r:\n    if i == 0: «ttl.copy(back, r).wait()\n"
            "    elif i == 1: ttl.copy(there, r).wait()\n    else: ttl.copy(x[0, 0], r).wait()\n"
            "with a_cb.wait() as s:\n    if i == 0: ttl.copy(s, there).wait()\n"
            "    elif i == 1: ttl.copy(s, back).wait()\n"
            "    else: ttl.copy(s, out[0, 0]).wait()",
        },
    ),
    "a second block is sent before the answer to the first": (
        "TTL0415",
        {
            "read": "if i == 0:\n    " + fill("a_cb") + "\n    with a_cb.wait() as s:\n        for _ in range(2):\n"
            "            «ttl.copy(s, there).wait()\n        ready.get_remote((1, 0)).inc(1)\n"
            "elif i == 1:\n    «ready.wait_ge(1)\n    for _ in range(2):\n        " + RECEIVE,
            "write": "if i == 1:\n    for _ in range(2):\n        " + empty("b_cb"),
        },
    ),
    "a core pushes what only another core has received": (
        "TTL0409",
        {
            "read": "if i == 0:\n    " + fill("a_cb") + "\nwith b_cb.reserve() as r:\n"
            "    if i == 1: ttl.copy(there, r).wait()",
            "write": "if i == 0:\n    " + SEND + "\n" + empty("b_cb"),
        },
    ),
    # Semaphores
    "two cores wait for each other's signal": (
        "TTL0415",
        {
            "read": "if i == 0:\n    «ready.wait_ge(1)\n    done.get_remote((1, 0)).inc(1)\n"
            "elif i == 1:\n    done.wait_ge(1)\n    ready.get_remote((0, 0)).inc(1)",
        },
    ),
    "the last core of a ring signals beyond the grid": (
        "TTL0505",
        {"read": "«ready.get_remote((i + 1, 0)).inc(1)\nif i > 0: ready.wait_ge(1)"},
    ),
    "nobody changes a semaphore": ("TTL0415", {"read": "if i == 2: «ready.wait_ge(1)"}),
    "a barrier counts the core that waits": (
        "TTL0415",
        {"read": "if i == 0: «ready.wait_ge(3)\nelse: ready.get_remote((0, 0)).inc(1)"},
    ),
    "a barrier waits for a value that is passed": (
        "TTL0415",
        {
            "read": "if i == 0:\n    «ready.wait_eq(1)\nelse:\n    ready.get_remote((0, 0)).inc(2)",
        },
    ),
    "the wrong core is signalled": (
        "TTL0415",
        {"read": "if i == 0: «ready.wait_ge(1)\nelif i == 1: ready.get_remote((2, 0)).inc(1)"},
    ),
    "a multicast leaves out a core that waits": (
        "TTL0415",
        {"read": "if i == 0: ready.get_remote_multicast((slice(0, 2), 0)).set(1)\nelse: «ready.wait_ge(1)"},
    ),
    "a value that is set back before it is seen": (
        "TTL0415",
        {
            "read": "if i == 0:\n    ready.get_remote((1, 0)).set(1)\n    done.wait_ge(1)\n"
            "elif i == 1:\n    «ready.wait_eq(2)\n    done.get_remote((0, 0)).inc(1)",
        },
    ),
    # Buffers
    "a consumer takes one block too many": (
        "TTL0415",
        {"read": "for _ in range(4):\n    " + fill("a_cb"), "write": "for _ in range(5):\n    " + empty("«a_cb")},
    ),
    "a producer makes more than there is room for": (
        "TTL0415",
        {"read": "for _ in range(6):\n    " + fill("«a_cb"), "write": "for _ in range(2):\n    " + empty("a_cb")},
    ),
    "a block that is never taken": (
        "TTL0416",
        {"read": "for _ in range(3):\n    " + fill("«a_cb"), "write": "for _ in range(2):\n    " + empty("a_cb")},
    ),
    "loops that differ on the last core": (
        "TTL0415",
        {
            "read": "for _ in range(3 - i // 2):\n    " + fill("a_cb"),
            "write": "for _ in range(3):\n    " + empty("«a_cb"),
        },
    ),
    "a producer under a branch that one core does not take": (
        "TTL0415",
        {"read": "if i != 1:\n    " + fill("a_cb"), "write": empty("«a_cb")},
    ),
    "work is dealt out differently by the two threads": (
        "TTL0415",
        {
            "read": "for _ in range(i * 7 // 3, (i + 1) * 7 // 3):\n    " + fill("a_cb"),
            "write": "for _ in range(3 if i == 0 else 2):\n    " + empty("«a_cb"),
        },
    ),
    "a one-block buffer is waited for and reserved at once": (
        "TTL0415",
        {
            "compute": "with one_cb.reserve() as o: o.store(1)\n"
            "with one_cb.wait() as v, «one_cb.reserve() as o: o.store(v)\n"
            "with one_cb.wait() as v, a_cb.reserve() as o: o.store(v)",
            "write": empty("a_cb"),
        },
    ),
    "two buffers are filled in one order and emptied in another": (
        "TTL0415",
        {
            "read": "for _ in range(2):\n    " + fill("one_cb") + "\nfor _ in range(2):\n    " + fill("a_cb"),
            "write": "for _ in range(2):\n    " + empty("a_cb") + "\nfor _ in range(2):\n    " + empty("one_cb"),
        },
    ),
    "a reader waits for what is computed from its own next block": (
        "TTL0415",
        {
            "compute": "with a_cb.wait() as v, b_cb.reserve() as o: o.store(v)",
            "read": "with b_cb.wait() as v: ttl.copy(v, out[0, 0]).wait()\n" + fill("a_cb"),
        },
    ),
    "two producers on one core": (
        "TTL0405",
        {
            "compute": "if i < 2:\n    with a_cb.reserve() as o: o.store(1)",
            "read": "if i > 0:\n    with «a_cb.reserve() as block: ttl.copy(x[0, 0], block).wait()",
            "write": empty("a_cb"),
        },
    ),
    "two consumers on one core": (
        "TTL0406",
        {
            "compute": "if i < 2:\n    with a_cb.wait() as v, b_cb.reserve() as o: o.store(v)",
            "read": "for _ in range(2 if i == 1 else 1):\n    " + fill("a_cb"),
            "write": "if i > 0:\n    " + empty("«a_cb") + "\nif i < 2:\n    " + empty("b_cb"),
        },
    ),
}


def kernel_of(threads: dict[str, str]) -> str:
    lines = ["def kernel(x, out):", textwrap.indent(SETUP.strip(), "    ")]
    for name, kind in (("compute", "compute"), ("read", "datamovement"), ("write", "datamovement")):
        if name in threads:
            body = f"i = ttl.core(dims=1)\n{threads[name]}"
            lines += ["", f"    @ttl.{kind}()", f"    def {name}():", textwrap.indent(body, " " * 8)]
    return "\n".join(lines) + "\n"


def findings(text: str) -> tuple[Diagnostic, ...]:
    """What is said of a kernel before anything is lowered."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            module = compile_kernel(load(text), grid=(3, 1)).module
            TTLValidatePass().apply(make_context(), module)
        except DiagnosticError as found:
            return tuple(d for d in found.diagnostics if d.severity == "error")
    found = tuple(w.message.diagnostic for w in caught if isinstance(w.message, TTLangWarning))
    return tuple(d for d in found if d.code != "TTL0414")


@pytest.mark.parametrize("name", MISTAKES)
def test_is_found_before_the_run(name: str) -> None:
    code, threads = MISTAKES[name]
    text = kernel_of(threads)
    marked = "«" in text
    plain, place = find_mark(text) if marked and text.count("«") == 1 else (text.replace("«", ""), None)
    found = findings(plain)
    assert [d.code for d in found] == [code], "\n".join(d.render() for d in found) or "nothing is found"
    if place is not None:
        assert found[0].span is not None
        assert (found[0].span.line, found[0].span.column) == place, found[0].render()


def test_there_are_enough_of_them() -> None:
    assert len(MISTAKES) >= 25
