"""Every diagnostic of the front end, made on purpose: its code, and its exact line and column (where `«` stands)."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.kernel_texts import compile_kernel, errors_of, find_mark, kernel_text, load, tensor
from ttlang import language as ttl
from ttlang.diagnostics import Diagnostic
from ttlang.language.kernel_run import CURRENT, Run
from ttlang.tables.editions import EDITION_2025

COMPUTE: list[tuple[str, str]] = [
    # A statement, an expression, a name
    ("TTL0101", "«import os"),
    ("TTL0101", "«from os import path"),
    ("TTL0101", "«try:\n    pass\nexcept ValueError:\n    pass"),
    ("TTL0101", "«raise ValueError"),
    ("TTL0101", "«global size"),
    ("TTL0101", "b = 1\n«del b"),
    ("TTL0101", "«class A:\n    pass"),
    ("TTL0101", "«async def f():\n    pass"),
    ("TTL0101", "«match size:\n    case 4:\n        pass"),
    ("TTL0101", "for i in range(3):\n    pass\nelse:\n    «b = 1"),
    ("TTL0101", "i = 0\nwhile i < 3:\n    i += 1\nelse:\n    «b = 1"),
    ("TTL0101", "«while True:\n    pass"),
    ("TTL0101", "«while size:\n    pass"),
    ("TTL0101", "«x.value = 1"),
    ("TTL0101", "b = [1]\n«b[0] = 2"),
    ("TTL0101", "b = [1]\n«b[0] += 2"),
    ("TTL0101", "«return 1"),
    ("TTL0101", "with x_cb.wait() as «(a, b):\n    pass"),
    ("TTL0101", "@«len\ndef f():\n    pass"),
    ("TTL0101", "@«ttl.datamovement()\ndef f():\n    pass"),
    ("TTL0101", "«global size\nsize = size + 1"),
    ("TTL0102", "«yield"),
    ("TTL0102", "b = («yield 1)"),
    ("TTL0102", "b = [(«n := i) for i in (1, 2)]"),
    ("TTL0102", "b = [1]\n«b.append(2)"),
    ("TTL0102", "b = {1: 2}\n«b.update({3: 4})"),
    ("TTL0102", "b = [ttl.core_linear(), 1]\n«b.append(2)"),
    ("TTL0102", "b = «{x_cb.wait()}"),
    ("TTL0102", "b = x_cb.wait()\n«b.pop"),
    ("TTL0102", "x_cb.wait()\n«x_cb.pop"),
    ("TTL0103", "b = «undefined"),
    ("TTL0103", "b = size + «sizes"),
    ("TTL0103", "b = «ttl.math.expo"),
    ("TTL0103", "b = «ttl.expo(1)"),
    ("TTL0103", "b = «ttl.block.softmax(1)"),
    ("TTL0104", "b = «c\nc = 1"),
    ("TTL0104", "if ttl.core_linear():\n    b = 1\nc = «b"),
    ("TTL0104", "for i in range(ttl.core_linear()):\n    pass\nc = «i"),
    ("TTL0104", "for i in range(ttl.core_linear()):\n    b = i\nc = «b"),
    ("TTL0104", "for i in range(3):\n    if i == ttl.core_linear(): b = 1\nc = «b"),
    ("TTL0104", "b = «later_name"),
    ("TTL0105", "for v in «iterator:\n    pass"),
    ("TTL0105", "b = [v for v in «range(5000)]"),
    # Operations
    ("TTL0106", "b = «ttl.core_linear() + 'a'"),
    ("TTL0106", "b = «ttl.core_linear() * 0.5"),
    ("TTL0106", "b = «x_cb @ y_cb"),
    ("TTL0106", "b = «x + y"),
    ("TTL0106", "b = «ttl.core_linear() / 2 + 0.5"),
    ("TTL0106", "b = «ttl.core_linear() ** ttl.core_linear()"),
    ("TTL0106", "b = «ttl.core_linear() << 40"),
    ("TTL0106", "b = «ttl.core_linear() + 2 ** 40"),
    ("TTL0106", "b = «float(ttl.core_linear())"),
    ("TTL0106", "b = «ttl.core_linear()[0]"),
    ("TTL0106", "b = ttl.core_linear()\nb = «b.value"),
    ("TTL0106", "b = ttl.core_linear()\n«b()"),
    ("TTL0106", "for i in «ttl.core_linear():\n    pass"),
    ("TTL0106", "for i in «x:\n    pass"),
    ("TTL0106", "«b, c = ttl.core_linear()"),
    ("TTL0106", "«b, c = (1, 2, 3)"),
    ("TTL0106", "«b, *c, d = (1,)"),
    ("TTL0106", "b = x_cb.wait()\nif «b:\n    pass"),
    ("TTL0106", "b = x_cb.wait()\nc = 1 if «b > 0 else 2"),
    ("TTL0106", "b = x_cb.wait()\nc = «b[0]"),
    ("TTL0106", "b = x_cb.wait()\nc = «b ^ b"),
    ("TTL0106", "b = x_cb.wait()\nc = «~b"),
    ("TTL0106", "b = x_cb.wait()\nc = b + «x"),
    ("TTL0106", "b = x_cb.wait()\nc = b + «x_cb"),
    ("TTL0106", "b = x_cb.wait()\nc = «max(b, b)"),
    ("TTL0106", "b = x_cb.wait()\nc = «math.floor(b)"),
    ("TTL0106", "b = x_cb.wait()\n«(b + b).store(b)"),
    ("TTL0106", "b = x_cb.wait()\n«(b + b).pop()"),
    ("TTL0106", "b = «ttl.math.exp(1.0)"),
    ("TTL0108", "b = «ttl.math.exp(x_cb.wait(), scale=ttl.core_linear())"),
    ("TTL0108", "b = «ttl.math.exp(x_cb.wait(), approx=ttl.core_linear() > 0)"),
    ("TTL0106", "b = «ttl.math.leaky_relu(x_cb.wait(), x_cb.wait())"),
    ("TTL0106", "with «x_cb:\n    pass"),
    ("TTL0106", "with «x_cb.wait as b:\n    pass"),
    ("TTL0106", "b = x_cb.wait\nc = «b * 2"),
    ("TTL0106", "b = «x_cb.store"),
    ("TTL0106", "b = x_cb.wait()\nc = «b.exp"),
    ("TTL0106", "b = x_cb.wait()\nc = «b > 0 and b < 1"),
    ("TTL0106", "b = x_cb.wait()\nc = «not b"),
    ("TTL0106", "b = x_cb.wait()\nc = «0 < b < 1"),
    ("TTL0106", "b = x_cb.wait()\nc = «sum(b)"),
    ("TTL0106", "for i in «size:\n    pass"),
    ("TTL0106", "for i in «range(size / 2):\n    pass"),
    ("TTL0106", "for i in «x_cb:\n    pass"),
    ("TTL0106", "for i in «ttl.grid_size:\n    pass"),
    ("TTL0106", "b = «x_cb[0]"),
    ("TTL0106", "with «(x_cb.wait(), y_cb.wait()) as (a, b):\n    c = a + b"),
    ("TTL0106", "«column, row = ttl.core"),
    ("TTL0106", "«b, c = size"),
    ("TTL0106", "b = «ttl.core_linear() is x"),
    ("TTL0106", "b = «ttl.core_linear() in x"),
    ("TTL0106", "b = «round(ttl.core_linear() / (ttl.core_linear() - 3))"),
    ("TTL0106", "«size()"),
    ("TTL0106", "b = «len(ttl.core_linear())"),
    ("TTL0106", "b = «min(ttl.core_linear(), 0.5)"),
    # Calls
    ("TTL0107", "b = «ttl.math.exp()"),
    ("TTL0107", "b = «ttl.math.exp(x_cb.wait(), x_cb.wait())"),
    ("TTL0107", "b = «ttl.math.exp(y=x_cb.wait())"),
    ("TTL0107", "b = «ttl.math.exp(x_cb.wait(), x=1)"),
    ("TTL0107", "b = «ttl.math.relu_max(x_cb.wait())"),
    ("TTL0107", "b = «ttl.math.round(x_cb.wait(), 1.5)"),
    ("TTL0107", "b = «ttl.core(dims=0)"),
    ("TTL0107", "b = «ttl.core(2, 3)"),
    ("TTL0107", "b = «x_cb.wait(1)"),
    ("TTL0107", "b = «ttl.typecast(x_cb.wait())"),
    ("TTL0107", "b = «ttl.typecast(x_cb.wait(), 'complex')"),
    ("TTL0107", "def f(a, b=1, *, c): pass\n«f(1)"),
    ("TTL0107", "def f(a): pass\n«f(1, 2)"),
    ("TTL0107", "def f(a): pass\n«f(1, a=2)"),
    ("TTL0107", "def f(a): pass\n«f(b=2)"),
    ("TTL0107", "b = «min(ttl.core_linear(), 1, key=None)"),
    ("TTL0107", "b = «divmod(ttl.core_linear())"),
    ("TTL0107", "b = «sum(ttl.core_linear(), 1, 2)"),
    # Values that only the run knows
    ("TTL0108", "b = x_cb.wait() * «ttl.core_linear()"),
    ("TTL0108", "b = «ttl.math.leaky_relu(x_cb.wait(), ttl.core_linear())"),
    ("TTL0108", "b = (1, 2)[«ttl.core_linear()]"),
    ("TTL0108", "b = {1: 2}[«ttl.core_linear()]"),
    ("TTL0108", "b = {«ttl.core_linear(): 1}"),
    ("TTL0108", "b = f'{«size:{ttl.core_linear()}}'"),
    # Prints and assertions
    ("TTL0105", "«print('a\\0b')"),
    ("TTL0105", "«print('\\ud800')"),
    ("TTL0105", "«print([ttl.core_linear() for _ in range(129)])"),
    ("TTL0105", "assert ttl.core_linear(), «'a\\0b'"),
    ("TTL0601", "«print(x)"),
    ("TTL0107", "«print(x_cb, x)"),
    ("TTL0107", "«print(1, num_pages=0)"),
    ("TTL0107", "«print(1, thread='gpu')"),
    ("TTL0003", "«print(_dump_dst_registers=True)"),
    ("TTL0106", "«print([x_cb.wait()])"),
    ("TTL0106", "«print((1, x_cb, ttl.core_linear()))"),
    ("TTL0106", "«print(ttl.core_linear() / 2)"),
    ("TTL0106", "«print(ttl.fill(2))"),
    ("TTL0106", "«print(lambda v: v, str(ttl.core_linear()), lambda: 1)"),
    ("TTL0106", "t = f'{ttl.core_linear()}'\n«print([t])"),
    ("TTL0106", "b = f'{«ttl.core_linear():x}'"),
    ("TTL0106", "b = f'{«ttl.core_linear():04}'"),
    ("TTL0106", "b = f'{«ttl.core_linear():<4}'"),
    ("TTL0106", "b = f'{«ttl.core_linear():100}'"),
    ("TTL0106", "b = f'{«ttl.core_linear()!s:4}'"),
    ("TTL0106", "b = f'{«ttl.core_linear() == 1:4}'"),
    ("TTL0106", "b = f'{«x}'"),
    ("TTL0106", "b = «f'{ttl.core_linear()}' + 1"),
    ("TTL0106", "if «f'{ttl.core_linear()}': pass"),
    ("TTL0106", "assert «x_cb.wait()"),
    ("TTL0106", "assert ttl.core_linear(), «x"),
    ("TTL0107", "«print(1, file=None)"),
    ("TTL0107", "«print(1, flush=True)"),
    ("TTL0107", "«print(1, sepp='')"),
    ("TTL0107", "«print(1, sep=2)"),
    ("TTL0107", "«print(1, end=f'{ttl.core_linear()}')"),
    ("TTL0107", "b = «str(ttl.core_linear(), 'utf-8')"),
    ("TTL0108", "b = «'{}'.format(ttl.core_linear())"),
    ("TTL0108", "b = {«f'{ttl.core_linear()}': 1}"),
    ("TTL0111", "if ttl.core_linear():\n    t = f'{ttl.core_linear()}'\nelse:\n    t = 'a'\nprint(«t)"),
    ("TTL0814", "assert «size == 3"),
    ("TTL0814", "def f(v):\n    assert «v\nf(0)"),
    ("TTL0814", "for i in range(2):\n    assert «size < 4, i"),
    ("TTL0108", "b = «math.sqrt(ttl.core_linear())"),
    ("TTL0108", "b = «hex(ttl.core_linear())"),
    ("TTL0108", "b = «ttl.core(dims=ttl.core_linear())"),
    ("TTL0108", "for i in «range(0, 4, ttl.core_linear()):\n    pass"),
    ("TTL0108", "b = [i for i in «range(ttl.core_linear())]"),
    ("TTL0108", "b = [i for i in (1, 2) if «ttl.core_linear()]"),
    ("TTL0108", "b = «ttl.typecast(x_cb.wait(), ttl.core_linear())"),
    ("TTL0108", "«out_cb.reserve().store(ttl.core_linear())"),
    # Errors of the host
    ("TTL0109", "«unreadable(x_cb.wait())"),
    ("TTL0110", "b = «1 / 0"),
    ("TTL0110", "b = «ttl.core_linear() // 0"),
    ("TTL0110", "b = «ttl.core_linear() % (size - 4)"),
    ("TTL0110", "b = «(1, 2)[5]"),
    ("TTL0110", "b = «x.missing"),
    ("TTL0110", "b = «failing(1)"),
    ("TTL0110", "b = «int('a')"),
    ("TTL0110", "for i in «range(0, ttl.core_linear(), 0):\n    pass"),
    ("TTL0110", "for i in «ttl.static_range(0, 4, 0):\n    pass"),
    ("TTL0108", "for i in «ttl.static_range(ttl.core_linear()):\n    pass"),
    ("TTL0106", "for i in «ttl.static_range(1.5):\n    pass"),
    ("TTL0107", "for i in «ttl.static_range():\n    pass"),
    ("TTL0107", "for i in «ttl.static_range(0, stop=1):\n    pass"),
    ("TTL0105", "for i in «ttl.static_range(1 << 20):\n    pass"),
    ("TTL0110", "for a, b in «zip((1, 2), (ttl.core_linear(),), strict=True):\n    pass"),
    # Values that change their kind
    (
        "TTL0111",
        "b = ttl.fill(1, shape=(2, 2))\nfor i in range(3):\n    out_cb.reserve().store(«b)\n    b = x_cb.wait() + 1",
    ),
    ("TTL0111", "b = None\nfor i in range(3):\n    b = x_cb.wait()\nc = «b"),
    ("TTL0111", "b = x_cb.wait()\nif ttl.core_linear() == 0:\n    b = ttl.fill(1, shape=(2, 2))\nc = «b + 1"),
    ("TTL0111", "if ttl.core_linear() == 0:\n    b = 1\nelse:\n    b = 'a'\nc = «b"),
    ("TTL0111", "b = None\nfor i in range(3):\n    if «b is None:\n        b = i"),
    ("TTL0111", "for i in range(3):\n    b = x_cb.wait()\n    x_cb.pop()\nc = «b"),
    ("TTL0111", "b = «x_cb.wait() if ttl.core_linear() else None"),
    ("TTL0111", "«def f(a):\n    if a: return 1\nb = f(ttl.core_linear())"),
    ("TTL0112", "def f(a):\n    return «f(a - 1)\nf(ttl.core_linear())"),
    ("TTL0112", "def f(a):\n    return «f(a - 1)\nb = x_cb.wait() + f(ttl.core_linear())"),
    ("TTL0112", "def f(a):\n    return g(a)\ndef g(a):\n    return «f(a)\nf(ttl.core_linear())"),
    ("TTL0113", "b = «ttl.make_circular_buffer_like(x, shape=(1, 1))"),
    ("TTL0113", "«ttl.Program(compute)"),
    ("TTL0113", "«read()"),
    # Shapes and formats
    ("TTL0301", "b = «x_cb.wait() + big_cb.wait()"),
    ("TTL0301", "«out_cb.reserve().store(big_cb.wait())"),
    ("TTL0301", "«out_cb.reserve().store(ttl.fill(1, shape=(2, 2)))"),
    ("TTL0301", "b = «x_cb.wait() * ttl.block.fill(2.0, shape=(2, 2))"),
    ("TTL0304", "b = «ttl.fill(1, shape=(0, 2))"),
    ("TTL0305", "b = «x_cb.wait() + int_cb.wait()"),
    ("TTL0305", "b = «int_cb.wait() + 0.5"),
    ("TTL0305", "b = «int_cb.wait() + int16_cb.wait()"),
    ("TTL0305", "«out_cb.reserve().store(int_cb.wait())"),
    ("TTL0305", "«int_cb.reserve().store(x_cb.wait())"),
    ("TTL0305", "«int_cb.reserve().store(1.5)"),
    ("TTL0305", "b = «ttl.math.clamp(int_cb.wait(), min=0)"),
    ("TTL0305", "b = «x_cb.wait() + 10**400"),
    ("TTL0305", "b = «int_cb.wait() + 10**400"),
    ("TTL0305", "b = «ttl.math.exp(x_cb.wait(), scale=10**400)"),
    ("TTL0306", "b = «ttl.math.exp(int_cb.wait())"),
    ("TTL0306", "b = «int_cb.wait() / int_cb.wait()"),
    ("TTL0601", "b = x_cb.wait()\nc = «x[0, 0]"),
    ("TTL0601", "«ttl.copy(1, 2)"),
    # What is still to come
    ("TTL0107", "b = «ttl.block.squeeze(x_cb.wait())"),
    ("TTL0003", "def f(**a): pass\n«f(b=1)"),
    ("TTL0003", "def f(a):\n    for i in range(3):\n        if i == a: «return i\n    return 0\nf(ttl.core_linear())"),
    (
        "TTL0003",
        "def f(a):\n    for i in (1, 2):\n        if a == i: return x_cb.wait()\n    return x_cb.wait()\n"
        "b = «f(ttl.core_linear())",
    ),
    ("TTL0113", "b = «ttl.Pipe(src=(0, 0), dst=(1, 0))"),
    ("TTL0412", "o = out_cb.reserve()\n«o -= x_cb.wait()"),
    ("TTL0601", "«semaphore.wait_ge(1)"),
    ("TTL0601", "«ttl.if_pipe_src(loop, lambda p: None)"),
    ("TTL0601", "blk = x_cb.reserve()\n«ttl.copy(loop, blk)"),
]

READ: list[tuple[str, str]] = [
    ("TTL0105", "blk = x_cb.reserve()\nttl.copy(«foreign[0, 0], blk)"),
    ("TTL0105", "«foreign_cb.wait()"),
    ("TTL0301", "blk = x_cb.reserve()\n«ttl.copy(x[0:2, 0], blk)"),
    ("TTL0301", "blk = big_cb.reserve()\n«ttl.copy(x[0, 0], blk)"),
    ("TTL0302", "x[«8, 0]"),
    ("TTL0302", "x[0, «-9]"),
    ("TTL0302", "x[«6:9, 0]"),
    ("TTL0302", "for i in range(9):\n    x[«i, 0]"),
    ("TTL0302", "for i in range(3):\n    for j in range(3):\n        x[0, «i * 3 + j:i * 3 + j + 1]"),
    ("TTL0302", "x[0, «ttl.core_linear() + 5]"),
    ("TTL0302", "x[0, «ttl.core_linear() - 1]"),
    ("TTL0303", "«x[0, 0, 0]"),
    ("TTL0303", "x[«0:4:2, 0]"),
    ("TTL0303", "x[«4:2, 0]"),
    ("TTL0303", "x[«None, 0]"),
    ("TTL0303", "x[«0.5, 0]"),
    ("TTL0303", "x[«True, 0]"),
    ("TTL0303", "x[«'a':, 0]"),
    ("TTL0303", "«x[..., 0, ...]"),
    ("TTL0308", "x[«0:ttl.core_linear() + 1, 0]"),
    ("TTL0308", "n = ttl.core_linear()\nx[«n:2 * n, 0]"),
    ("TTL0305", "blk = int_cb.reserve()\n«ttl.copy(x[0, 0], blk)"),
    ("TTL0305", "blk = x_cb.reserve()\n«ttl.raw_element_write(blk, 0, 0, 10**400)"),
    ("TTL0305", "b = x_cb.wait()\nif «ttl.raw_element_read(b, 0, 0) < 10**400:\n    pass"),
    ("TTL0501", "blk = x_cb.reserve()\n«ttl.copy(blk, blk)"),
    ("TTL0501", "«ttl.copy(x[0, 0], x[0, 1])"),
    ("TTL0501", "blk = x_cb.reserve()\n«ttl.copy(x, blk)"),
    ("TTL0501", "«ttl.copy(x[0, 0], x_cb)"),
    ("TTL0501", "«ttl.copy(x[0, 0], 5)"),
    ("TTL0107", "blk = x_cb.reserve()\n«ttl.copy(blk)"),
    ("TTL0107", "blk = x_cb.reserve()\n«ttl.copy(x[0, 0], blk).wait(1)"),
    ("TTL0601", "b = x_cb.wait()\nc = «b + b"),
    ("TTL0601", "b = x_cb.wait()\nc = «ttl.math.exp(b)"),
    ("TTL0601", "b = x_cb.reserve()\n«b.store(1)"),
    ("TTL0601", "b = x_cb.reserve()\nc = «ttl.typecast(b, ttl.float32)"),
    ("TTL0106", "if «x[0, 0] > 0:\n    pass"),
    ("TTL0501", "«ttl.if_pipe_src(1, 2)"),
    ("TTL0106", "«ttl.if_pipe_src(loop, 2)"),
    ("TTL0107", "«ttl.if_pipe_src(loop)"),
    ("TTL0107", "«ttl.if_pipe_src(loop, lambda: None)"),
    ("TTL0107", "«net.if_dst(lambda p: None, 1)"),
    ("TTL0501", "ttl.if_pipe_src(loop, lambda p: «ttl.if_pipe_dst(p, lambda q: None))"),
    ("TTL0106", "ttl.if_pipe_src(loop, lambda p: «p.width)"),
    ("TTL0501", "blk = x_cb.reserve()\n«ttl.copy(blk, ttl.Pipe)"),
    ("TTL0501", "«ttl.copy(x[0, 0], loop)"),
    ("TTL0501", "«ttl.copy(loop, net)"),
    ("TTL0105", "blk = x_cb.reserve()\n«ttl.copy(foreign_pipe, blk)"),
    ("TTL0105", "«foreign_semaphore.wait_ge(1)"),
    ("TTL0506", "«semaphore.set(-1)"),
    ("TTL0506", "«semaphore.wait_ge(2 ** 32)"),
    ("TTL0106", "«semaphore.wait_eq(0.5)"),
    ("TTL0107", "«semaphore.wait_eq()"),
    ("TTL0501", "«semaphore.inc(1)"),
    ("TTL0501", "«everywhere.inc(1)"),
    ("TTL0501", "«semaphore.get_remote_multicast().inc(1)"),
    ("TTL0505", "«semaphore.get_remote((4, 0)).inc(1)"),
    ("TTL0505", "«semaphore.get_remote((0, 0, 0)).inc(1)"),
    ("TTL0505", "«semaphore.get_remote((slice(0, 1), 0)).inc(1)"),
    ("TTL0505", "«semaphore.get_remote_multicast((slice(1, 1), 0)).set(1)"),
    ("TTL0108", "n = ttl.core_linear()\n«semaphore.get_remote_multicast((slice(0, n), 0)).set(1)"),
    ("TTL0106", "«semaphore.get_remote(('a', 0)).inc(1)"),
    ("TTL0106", "blk = x_cb.reserve()\ntx = ttl.copy(x[0, 0], blk)\n«tx + 1"),
    ("TTL0106", "blk = x_cb.reserve()\ntx = ttl.copy(x[0, 0], blk)\n«tx.cancel()"),
]

SETUP = """
import ttlang.language.buffers
iterator = iter([1, 2])
def failing(a):
    raise KeyError(a)
foreign = FOREIGN
foreign_cb = FOREIGN_CB
foreign_pipe = FOREIGN_PIPE
foreign_semaphore = FOREIGN_SEMAPHORE
namespace = {}
exec("def unreadable(a): pass", namespace)
unreadable = namespace["unreadable"]
"""
BUFFERS = """
    big_cb = ttl.make_circular_buffer_like(x, shape=(2, 2))
    int_cb = ttl.make_circular_buffer_like(INT32, shape=(1, 1))
    int16_cb = ttl.make_circular_buffer_like(UINT16, shape=(1, 1))
    loop = ttl.Pipe(src=(0, 0), dst=(0, 0))
    net = ttl.PipeNet([loop])
    semaphore = ttl.Semaphore()
    everywhere = semaphore.get_remote_multicast()
"""


def elsewhere(make: Callable[[], Any]) -> Any:
    """Something that another kernel made."""
    token = CURRENT.set(Run(elsewhere.__code__, (3, 2), (0, 0), EDITION_2025))
    try:
        return make()
    finally:
        CURRENT.reset(token)


def check(code: str, text: str) -> Diagnostic:
    """The kernel has one error, of this code and at the mark."""
    marked = text.replace("    size = 4\n", f"    size = 4\n{BUFFERS}\n")
    # A name that is bound only after the mark, for unset cells.
    marked = marked.rstrip() + "\n\n    if size > 9:\n        later_name = 1\n"
    plain, place = find_mark(marked)
    from ttlang.language.buffers import CircularBuffer
    from ttlang.language.tensors import TensorParameter

    names: dict[str, Any] = {
        "INT32": tensor(dtype="int32"),
        "UINT16": tensor(dtype="uint16"),
        "FOREIGN": TensorParameter("foreign", 0, tensor()),
        "FOREIGN_CB": CircularBuffer(ttl_dtype(), (1, 1), 2, None),
        "FOREIGN_PIPE": elsewhere(lambda: ttl.Pipe(src=(0, 0), dst=(1, 0))),
        "FOREIGN_SEMAPHORE": elsewhere(ttl.Semaphore),
    }
    found = errors_of(load(plain, **names), grid=(3, 2))
    (diagnostic,) = found
    assert diagnostic.span is not None
    shown = diagnostic.render()
    assert (diagnostic.code, diagnostic.span.line, diagnostic.span.column) == (code, *place), shown
    return diagnostic


def test_nesting_without_end() -> None:
    """A long sum is nested as deeply as it is long."""
    body = "n = ttl.core_linear()\n«m = n" + " + n" * 600
    diagnostic = check("TTL0003", kernel_text(read=body, before=SETUP))
    assert "nested" in diagnostic.message


def test_sums_that_double() -> None:
    """Questions about integers take no longer than the code is."""
    body = "n = ttl.core_linear()\n" + "n = n + n\n" * 25 + "n = n % 8\nx_cb.reserve()\nx[n:n + 1, 0]"
    assert compile_kernel(load(kernel_text(read=body)), grid=(2, 2))


def ttl_dtype() -> Any:
    from ttlang.tables.dtypes import BF16

    return BF16


@pytest.mark.parametrize(("code", "body"), COMPUTE, ids=[f"{c}-{b}" for c, b in COMPUTE])
def test_compute_thread(code: str, body: str) -> None:
    check(code, kernel_text(compute=body, before=SETUP))


@pytest.mark.parametrize(("code", "body"), READ, ids=[f"{c}-{b}" for c, b in READ])
def test_data_movement_thread(code: str, body: str) -> None:
    check(code, kernel_text(read=body, before=SETUP))


@pytest.mark.parametrize(
    ("code", "body", "hint"),
    [
        (
            "TTL0302",
            "x[«6:9, 0]",
            "8 is no multiple of 3: take blocks of a size that divides it, or let the last one be partial: pad=True of "
            "the decorator",
        ),
        ("TTL0302", "x[«224:256, 0]", "tensors are indexed in tiles of 32x32, not in elements"),
    ],
)
def test_hints(code: str, body: str, hint: str) -> None:
    assert check(code, kernel_text(read=body, before=SETUP)).hint == hint


def test_every_code_of_the_front_end_is_made_somewhere() -> None:
    tests = Path(__file__).parents[1]
    package = tests.parent / "ttlang"
    sources = [path for name in ("frontend", "language") for path in (package / name).rglob("*.py")]
    raised = {code for path in sources for code in re.findall(r"TTL\d{4}", path.read_text())}
    makers = [path for name in ("frontend", "language") for path in (tests / name).rglob("test_*.py")]
    made = {code for path in makers for code in re.findall(r'"(TTL\d{4})"', path.read_text())}
    assert raised - made == set()
    assert len(raised) > 30
