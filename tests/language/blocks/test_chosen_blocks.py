"""Variables that stand for one of two blocks, buffers or tensors, as the run says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.support.compute_kernels import compute_source, run_source
from ttlang.diagnostics import DiagnosticError

X = np.random.default_rng(5).integers(-4, 5, (4, 32, 32)).astype(np.float32)
Y = np.random.default_rng(6).integers(-4, 5, (4, 32, 32)).astype(np.float32)

KERNEL = """
from ttlang import ttl, ttnn

@ttl.{decorator}(grid=(1, 1))
def kernel(x, y, u, v):
    a_dfb, b_dfb, u_dfb, v_dfb = (ttl.make_dataflow_buffer_like(t, shape=(1, 1), {blocks}=2) for t in (x, y, u, v))

    @ttl.datamovement()
    def read():
{read}

    @ttl.compute()
    def compute():
{compute}

    @ttl.datamovement()
    def write():
{write}
"""
READ = """
for i in range(4):
    with a_dfb.reserve() as a, b_dfb.reserve() as b:
        ttl.copy(x[i, 0], a).wait()
        ttl.copy(y[i, 0], b).wait()
"""
COMPUTE = """
for i in range(4):
    with a_dfb.wait() as a, b_dfb.wait() as b:
        with u_dfb.reserve() as p, v_dfb.reserve() as q:
            p.store(a)
            q.store(b)
"""
WRITE = """
for i in range(4):
    with u_dfb.wait() as p, v_dfb.wait() as q:
        ttl.copy(p, u[i, 0]).wait()
        ttl.copy(q, v[i, 0]).wait()
"""
EVEN = np.arange(4)[:, None, None] % 2 == 0

CASES: dict[str, tuple[dict[str, str], Any, Any]] = {
    "reserved blocks": (
        {
            "compute": """
for i in range(4):
    even = i % 2 == 0
    with a_dfb.wait() as a, b_dfb.wait() as b:
        p, q = u_dfb.reserve(), v_dfb.reserve()
        first = p if even else q
        second = q if even else p
        first += a
        second += b
        second += a * 2
        first.push()
        second.push()
"""
        },
        np.where(EVEN, X, Y + 2 * X),
        np.where(EVEN, Y + 2 * X, X),
    ),
    "inline": (
        {
            "compute": """
for i in range(4):
    even = i % 2 == 0
    with (a_dfb if even else b_dfb).wait() as a, (u_dfb if i % 2 == 0 else v_dfb).reserve() as o:
        o.store(a * 2)
    with (b_dfb if even else a_dfb).wait() as b:
        p = (v_dfb if even else u_dfb).reserve()
        p.store(-b)
        p.push()
""",
            "write": """
for i in range(4):
    even = i % 2 == 0
    with u_dfb.wait() as p, v_dfb.wait() as q:
        ttl.copy(p if even else q, (u if i > 1 else v)[i, 0]).wait()
        ttl.copy(q if even else p, (v if i > 1 else u)[i, 0]).wait()
""",
        },
        np.concatenate([-Y[:1], -X[1:2], 2 * X[2:3], 2 * Y[3:]]),
        np.concatenate([2 * X[:1], 2 * Y[1:2], -Y[2:3], -X[3:]]),
    ),
    "acquired on paths": (
        {
            "compute": """
for i in range(4):
    if i % 2 == 0:
        a, o = a_dfb.wait(), u_dfb.reserve()
    else:
        a, o = b_dfb.wait(), v_dfb.reserve()
    o.store(a * 2)
    a.pop()
    o.push()
    a = b_dfb.wait() if i % 2 == 0 else a_dfb.wait()
    with (v_dfb if i % 2 == 0 else u_dfb).reserve() as o:
        o.store(-a)
    a.pop()
""",
            "write": """
for i in range(4):
    for j in range(2):
        if (i + j) % 2 == 0:
            block = u_dfb.wait()
        else:
            block = v_dfb.wait()
        ttl.copy(block, (u if (i + j) % 2 == 0 else v)[i, 0]).wait()
        block.pop()
""",
        },
        np.where(EVEN, 2 * X, -X),
        np.where(EVEN, -Y, 2 * Y),
    ),
    "a method": (
        {
            "compute": """
for i in range(4):
    with a_dfb.wait() as a, b_dfb.wait() as b:
        p, q = u_dfb.reserve(), v_dfb.reserve()
        (p if i % 2 == 0 else q).store(a + b)
        (q if i % 2 == 0 else p).store(a - b)
        (p if i == 0 else q).push()
        (q if i == 0 else p).push()
"""
        },
        np.where(EVEN, X + Y, X - Y),
        np.where(EVEN, X - Y, X + Y),
    ),
    "buffers": (
        {
            "compute": """
def send(o, value):
    o.store(value * 2)

for i in range(4):
    even = i % 2 == 0
    if even:
        source, target, other = a_dfb, u_dfb, v_dfb
    else:
        source, target, other = b_dfb, v_dfb, u_dfb
    rest = b_dfb if even else a_dfb
    with source.wait() as a, target.reserve() as o:
        send(o, a)
    with rest.wait() as b, other.reserve() as o:
        o.store(-b)
"""
        },
        np.where(EVEN, 2 * X, -X),
        np.where(EVEN, -Y, 2 * Y),
    ),
    "blocks and tensors that data movement threads copy": (
        {
            "read": """
for i in range(4):
    even = i % 2 == 0
    with a_dfb.reserve() as a, b_dfb.reserve() as b:
        target = a if even else b
        transfer = ttl.copy(x[i, 0], target)
        target = b if even else a
        transfer.wait()
        ttl.copy(y[i, 0], target).wait()
""",
            "write": """
for i in range(4):
    even = i % 2 == 0
    with u_dfb.wait() as p, v_dfb.wait() as q:
        block = p if even else q
        out = u if i > 1 else v
        ttl.copy(block, out[i, 0]).wait()
        block = q if even else p
        out = v if i > 1 else u
        ttl.copy(block, out[i, 0]).wait()
""",
        },
        np.concatenate([Y[:2], X[2:]]),
        np.concatenate([X[:2], Y[2:]]),
    ),
}


def source(decorator: str, parts: dict[str, str]) -> str:
    texts = {"read": READ, "compute": COMPUTE, "write": WRITE} | parts
    indented = {name: "\n".join("        " + line for line in text.splitlines()) for name, text in texts.items()}
    blocks = "block_count" if decorator == "operation" else "buffer_factor"
    return KERNEL.format(decorator=decorator, blocks=blocks, **indented)


@pytest.mark.parametrize("decorator", ["kernel", "operation"])
@pytest.mark.parametrize("name", CASES)
def test_chosen(load: Any, name: str, decorator: str) -> None:
    parts, *wanted = CASES[name]
    inputs = [X.reshape(-1, 32), Y.reshape(-1, 32)]
    for found in run_source(load, source(decorator, parts), inputs, [(128, 32)] * 2):
        np.testing.assert_array_equal(np.stack(found).reshape(2, 4, 32, 32), np.stack(wanted))


LEFT_OUT: dict[str, tuple[str, Any]] = {
    "acquired on either path": (
        """
for i in range(8):
    a = x.wait() if i % 2 else y.wait()
    v = a * 3
    out.reserve().store(a - v)
""",
        [-2 * (X if i % 2 else Y)[i // 2] for i in range(8)],
    ),
    "acquired on one path": (
        """
for i in range(4):
    if i > 0:
        a = x.wait()
    else:
        a = ttl.block.fill(3, shape=(1, 1))
    out.reserve().store(a + y.wait())
out.reserve().store(x.wait())
""",
        [Y[0] + 3, *(X[:3] + Y[1:]), X[3]],
    ),
}


@pytest.mark.parametrize("name", LEFT_OUT)
def test_releases_may_be_left_out(load: Any, name: str) -> None:
    body, wanted = LEFT_OUT[name]
    text = compute_source(body, {"x": (1, 1), "y": (1, 1)}, {"out": (1, 1)}, turns=4, out_turns=len(wanted))
    inputs = [X.reshape(-1, 32), Y.reshape(-1, 32)]
    for found in run_source(load, text, inputs, [(32 * len(wanted), 32)]):
        np.testing.assert_array_equal(found[0].reshape(-1, 32, 32), np.stack(wanted))


BOTH = "p = x.wait()\nq = y.wait()\no, w = out.reserve(), more.reserve()\n"
MISTAKES = [
    ("TTL0106", BOTH + "for i in range(p.nothing):\n    o.store(p)"),
    ("TTL0003", BOTH + "for i in range(2):\n    for j in range((o if i else w).shape[0]):\n        o.store(p + q)"),
    (
        "TTL0003",
        BOTH + "for i in range(2):\n    b = o if i else w\n    for j in range(b.shape[0]):\n        b.store(p)",
    ),
    (
        "TTL0409",
        BOTH + "for i in range(1, 3):\n    b = o if i > 1 else w\nfor i in range(2):\n    pass\no.push()\nw.push()",
    ),
    ("TTL0402", "for i in range(2):\n    d = x if i else y\n    d.pop()"),
    ("TTL0106", BOTH + "for i in range(2):\n    b = o if i else w\n    b.stores(p)"),
    (
        "TTL0003",
        "p = x.wait()\nq = y.wait()\nfor i in range(2):\n    with out.reserve() as b, more.reserve() as w:\n"
        "        w.store(p)\n        if i:\n            b.store(p)\n        else:\n            b += q",
    ),
    (
        "TTL0409",
        "for i in range(2):\n    if i:\n        b = out.reserve()\n    else:\n        b = more.reserve()\n    b.push()",
    ),
]


@pytest.mark.parametrize(("code", "body"), MISTAKES)
def test_mistakes(load: Any, code: str, body: str) -> None:
    text = compute_source(body, {"x": (1, 1), "y": (1, 1)}, {"out": (1, 1), "more": (1, 1)})
    with pytest.raises(DiagnosticError) as raised:
        run_source(load, text, [X[0], Y[0]], [(32, 32)] * 2)
    codes = [found.code for found in raised.value.diagnostics]
    assert code in codes
