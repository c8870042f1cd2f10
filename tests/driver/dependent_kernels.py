"""Kernels that depend on something, as text, and what changes it."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import indent
from typing import Any

import numpy as np

from tests.support.one_tile_kernels import one_tile_kernel
from ttlang.host import TILE_LAYOUT, from_numpy, open_device, zeros
from ttlang.tables.dtypes import BF16

IMPORTS = """
import array
import collections
import dataclasses
import enum
import functools
import itertools
import math
import os
import random
import time
import types

import numpy as np
import torch

from ttlang import ttl
"""
OBJECT = "class A:\n    def __init__(self, **k): self.__dict__.update(k)\n"
SLOTS = "class A:\n    __slots__ = ('v',)\n    def __init__(self, v): self.v = v\n"

RECORDED: dict[str, tuple[str, str, str]] = {
    # What sets it up, the factor (1 at first), the statement that makes it 4.
    "global": ("N = 1", "N", "globals()['N'] = 4"),
    "array": ("T = np.array([1.0, 2.0])", "float(T[0])", "T[0] = 4"),
    "view of an array": ("B = np.ones((4, 4))\nT = B[1:3]", "float(T[0, 1])", "B[1, 1] = 4"),
    "array resized": ("T = np.ones(1)", "T.shape[0]", "globals()['T'] = np.ones(4)"),
    "torch tensor": ("T = torch.tensor([1.0])", "float(T[0])", "T[0] = 4"),
    "torch tensor by numpy": ("T = torch.tensor([1.0])", "float(T[0])", "T.numpy()[0] = 4"),
    "torch data": ("T = torch.tensor([1.0], dtype=torch.bfloat16)", "T.item()", "T.data.fill_(4)"),
    "module": ("cfg = types.ModuleType('cfg'); cfg.N = 1", "cfg.N", "cfg.N = 4"),
    "module in a module": (
        "cfg = types.ModuleType('a'); cfg.b = types.ModuleType('b'); cfg.b.N = 1",
        "cfg.b.N",
        "cfg.b.N = 4",
    ),
    "class": ("class C: N = 1", "C.N", "C.N = 4"),
    "inherited": ("class B: N = 1\nclass C(B): pass", "C.N", "B.N = 4"),
    "class of an object": ("class C: N = 1\nc = C()", "c.N", "C.N = 4"),
    "shadowed class attribute": ("class C: N = 1\nc = C()", "c.N", "c.N = 4"),
    "class of an object is set": (
        "class C:\n    N = 1\nclass D:\n    N = 4\nc = C()",
        "c.N",
        "c.__class__ = D",
    ),
    "slots": (SLOTS + "s = A(1)", "s.v", "s.v = 4"),
    "slots through a function": (SLOTS + "s = A(1)\ndef get(o): return o.v", "get(s)", "s.v = 4"),
    "deep": (OBJECT + "d = A(a=A(b=A(c=A(d=A(n=1)))))", "d.a.b.c.d.n", "d.a.b.c.d.n = 4"),
    "deep through a function": (
        OBJECT + "d = A(a=A(b=A(c=A(d=A(n=1)))))\ndef get(o): return o.a.b.c.d.n",
        "get(d)",
        "d.a.b.c.d.n = 4",
    ),
    "deep, replaced": (OBJECT + "d = A(a=A(b=A(n=1)))", "d.a.b.n", "d.a = A(b=A(n=4))"),
    "dataclass": ("@dataclasses.dataclass\nclass D:\n    n: int = 1\nd = D()", "d.n", "d.n = 4"),
    "dataclass with slots": (
        "@dataclasses.dataclass(slots=True)\nclass D:\n    n: list\nd = D([1])",
        "sum(d.n)",
        "d.n.append(3)",
    ),
    "frozen dataclass, replaced": (
        "@dataclasses.dataclass(frozen=True)\nclass D:\n    n: int = 1\nd = D()",
        "dataclasses.replace(d).n",
        "globals()['d'] = D(4)",
    ),
    "namedtuple": ("P = collections.namedtuple('P', 'n')\np = P([1])", "p.n[0]", "p.n[0] = 4"),
    "list": ("L = [1, 2]", "L[0]", "L[0] = 4"),
    "nested": (
        "L = {'a': [{'b': ({'c': [[1]]},)}]}",
        "L['a'][0]['b'][0]['c'][0][0]",
        "L['a'][0]['b'][0]['c'][0][0] = 4",
    ),
    "set": ("S = {1}", "sum(S)", "S.add(3)"),
    "dict": ("D = {'a': 1}", "D['a']", "D.update(a=4)"),
    "order of a dict": ("D = {'a': 1, 'b': 4}", "next(iter(D.values()))", "D['a'] = D.pop('a')"),
    "defaultdict": ("D = collections.defaultdict(list, a=[1])", "sum(D['a'])", "D['a'].append(3)"),
    "deque": ("D = collections.deque([1])", "D[0]", "D.appendleft(4)"),
    "array of Python": ("D = array.array('i', [1])", "D[0]", "D[0] = 4"),
    "bytearray": ("D = bytearray([1])", "D[0]", "D[0] = 4"),
    "namespace": ("D = types.SimpleNamespace(a=types.SimpleNamespace(n=1))", "D.a.n", "D.a.n = 4"),
    "property": (
        "K = [1]\nclass C:\n    @property\n    def n(self): return K[0]\nc = C()",
        "c.n",
        "K[0] = 4",
    ),
    "property is replaced": (
        "class C:\n    @property\n    def n(self): return 1\nc = C()",
        "c.n",
        "C.n = property(lambda self: 4)",
    ),
    "cached property": (
        "class C:\n    @functools.cached_property\n    def n(self): return 1\nc = C()",
        "c.n",
        "c.n = 4",
    ),
    "method": ("class C:\n    v = 1\n    def n(self): return self.v\nc = C()", "c.n()", "c.v = 4"),
    "method of a class": ("class C:\n    v = 1\n    @classmethod\n    def n(cls): return cls.v", "C.n()", "C.v = 4"),
    "static method": ("K = [1]\nclass C:\n    @staticmethod\n    def n(): return K[0]", "C.n()", "K[0] = 4"),
    "method is replaced": (
        "class C:\n    def n(self): return 1\nc = C()",
        "c.n()",
        "C.n = lambda self: 4",
    ),
    "bound method": ("class C:\n    v = 1\n    def n(self): return self.v\nc = C(); get = c.n", "get()", "c.v = 4"),
    "what a method reads": ("K = 1\nclass C:\n    def n(self): return K\nc = C()", "c.n()", "globals()['K'] = 4"),
    "operator": (
        "K = [1]\nclass C:\n    def __add__(self, other): return K[0] + other\nc = C()",
        "(c + 0)",
        "K[0] = 4",
    ),
    "getattr": ("class C:\n    def __getattr__(self, n): return K[n]\nc = C(); K = {'n': 1}", "c.n", "K['n'] = 4"),
    "attribute by name": (OBJECT + "d = A(n=1)", "getattr(d, 'n')", "d.n = 4"),
    "descriptor": (
        "class G:\n    v = 1\n    def __get__(self, o, t): return self.v\nclass C:\n    n = G()\nc = C()",
        "c.n",
        "G.v = 4",
    ),
    "helper": ("def get(): return 1", "get()", "globals()['get'] = lambda: 4"),
    "code of a helper": ("def get(): return 1", "get()", "get.__code__ = (lambda: 4).__code__"),
    "helper of a helper": ("K = 1\ndef a(): return K\ndef get(): return a()", "get()", "globals()['K'] = 4"),
    "helper in a module": (
        "m = types.ModuleType('m'); m.get = lambda: 1",
        "m.get()",
        "m.get = lambda: 4",
    ),
    "defaults of a helper": ("def get(n=[1]): return n[0]", "get()", "get.__defaults__[0][0] = 4"),
    "defaults are replaced": ("def get(n=1): return n", "get()", "get.__defaults__ = (4,)"),
    "keyword defaults": ("def get(*, n=1): return n", "get()", "get.__kwdefaults__['n'] = 4"),
    "attribute of a function": ("def get(): return get.n\nget.n = 1", "get()", "get.n = 4"),
    "partial": ("K = [1]\nget = functools.partial(sum, K)", "get()", "K[0] = 4"),
    "wrapped": (
        "K = [1]\ndef deco(f):\n    @functools.wraps(f)\n    def w(*a): return f(*a)\n    return w\n"
        "@deco\ndef get(): return K[0]",
        "get()",
        "K[0] = 4",
    ),
    "closure of a closure": (
        "def a():\n    n = [1]\n    def b():\n        def c(): return n[0]\n        return c\n"
        "    return b(), n\nget, n = a()",
        "get()",
        "n[0] = 4",
    ),
    "builtin is shadowed": ("K = [1, 2, 3, 4]", "(len(K) - 3)", "globals()['len'] = lambda k: 7"),
    "builtin is changed": ("import builtins\nbuiltins.TT_N = 1", "TT_N", "builtins.TT_N = 4"),
    "enum": (
        "class E(enum.Enum):\n    A = 1\n    B = 4\nD = {'e': E.A}",
        "D['e'].value",
        "D['e'] = E.B",
    ),
    "member of an enum": ("class E(enum.Enum):\n    A = 1\n    B = 4", "E.A.value", "E.A._value_ = 4"),
    "mutable member of an enum": ("class E(enum.Enum):\n    A = [1]", "E.A.value[0]", "E.A.value[0] = 4"),
    "subclass of dict": ("class D(dict):\n    extra = 1\nd = D(a=0)", "(d['a'] + d.extra)", "d['a'] = 3"),
    "comprehension": ("L = [1]", "sum(v for v in L)", "L.append(3)"),
    "int for float": ("N = 1", "(4 if isinstance(N, float) else 1)", "globals()['N'] = 1.0"),
    "zero's sign": ("N = 0.0", "(4 if math.copysign(1, N) < 0 else 1)", "globals()['N'] = -0.0"),
    "path of modules": ("import sys\nsys.tt_n = 1", "sys.tt_n", "sys.tt_n = 4"),
}


def dependent_kernel(
    inside: str,
    *,
    setup: str = "",
    outer: str = "pass",
    parameters: str = "",
    early: str = "pass",
    change: str = "pass",
) -> str:
    """
    A module whose kernel multiplies x with `inside`, as a thread reads it.

    `setup` stands in the module, `outer` around the kernel function, `early` in it; calling `change` changes something.
    """
    kernel = one_tile_kernel(f"xv * {inside}", parameters=parameters, first=early)
    return f"""{IMPORTS}
{setup}

def make():
    {outer}

{indent(kernel, "    ")}
    def change():
        {indent(change, " " * 8).lstrip()}

    return kernel, change

kernel, change = make()
"""


def load_kernel(load: Callable[[str], Any], setup: str, factor: str, change: str, *, early: bool) -> Any:
    """A module whose kernel reads the factor when its function is run, or in a thread."""
    if early:
        return load(dependent_kernel("factor", setup=setup, early=f"factor = {factor}", change=change))
    return load(dependent_kernel(factor, setup=setup, change=change))


def tensors() -> list[Any]:
    device = open_device(device_id=0)
    values = np.ones((32, 32), np.float32)
    return [
        from_numpy(values, dtype=BF16, layout=TILE_LAYOUT, device=device),
        zeros((32, 32), dtype=BF16, layout=TILE_LAYOUT, device=device),
    ]
