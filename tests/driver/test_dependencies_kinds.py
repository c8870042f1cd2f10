"""Kinds of objects, of libraries and of unusual classes, whose change the next call sees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.driver.dependent_kernels import load_kernel, tensors
from ttlang.driver.kernel_compiler import KernelCompiler
from ttlang.host import to_numpy

RECORDED: dict[str, tuple[str, str, str]] = {
    "super": (
        "class B:\n"
        "    n = 1\n"
        "    def get(self): return self.n\n"
        "class C(B):\n"
        "    def get(self): return super().get()\n"
        "c = C()",
        "c.get()",
        "B.n = 4",
    ),
    "metaclass attribute": ("class M(type):\n    n = 1\nclass C(metaclass=M): pass", "C.n", "M.n = 4"),
    "chainmap": ("A = {'n': 1}\nM = collections.ChainMap({}, A)", "M['n']", "A['n'] = 4"),
    "userdict": ("C = collections.UserDict(a=1)", "C['a']", "C['a'] = 4"),
    "argparse namespace": ("import argparse\nC = argparse.Namespace(n=1)", "C.n", "C.n = 4"),
    "record": ("R = np.array([(1, 2.0)], dtype=[('n', int), ('v', float)])", "int(R[0]['n'])", "R['n'][0] = 4"),
    "ndarray subclass": ("class A(np.ndarray): pass\nR = np.ones(2).view(A); R.extra = 1", "R.extra", "R.extra = 4"),
    "masked array": ("R = np.ma.array([1., 4.], mask=[0, 0])", "float(R[R.mask.argmin()])", "R.mask[0] = True"),
    "torch view": ("B = torch.ones(4, 4); T = B[1]", "float(T[2])", "B[1, 2] = 4"),
    "torch parameter": ("P = torch.nn.Parameter(torch.ones(2))", "P[0].item()", "P.data[0] = 4"),
    "torch grad": ("T = torch.ones(1, requires_grad=True); (T.sum()).backward()", "float(T.grad[0])", "T.grad[0] = 4"),
    "torch requires grad": ("T = torch.ones(1)", "(4 if T.requires_grad else 1)", "T.requires_grad_(True)"),
    "torch attr": ("T = torch.ones(1); T.extra = 1", "T.extra", "T.extra = 4"),
    "torch stride": ("T = torch.ones(2, 4)", "T.stride()[0]-3", "T.set_(torch.ones(14).as_strided((2, 4), (7, 1)))"),
    "contextlib": (
        "import contextlib\n"
        "K = [1]\n"
        "@contextlib.contextmanager\n"
        "def cm(): yield K[0]\n"
        "def get():\n"
        "    with cm() as v: return v",
        "get()",
        "K[0] = 4",
    ),
    "function annotations": ("def f(a: 1): pass", "f.__annotations__['a']", "f.__annotations__['a'] = 4"),
    "function doc": ("def f(): '''1'''", "int(f.__doc__)", "f.__doc__ = '4'"),
    "function name": ("def f(): pass\nf.__name__ = 'a'", "len(f.__name__)", "f.__name__ = 'aaaa'"),
    "class name": ("class C: pass", "len(C.__name__)", "C.__name__ = 'CCCC'"),
    "class annotations": (
        "class C:\n    n: 1",
        "C.__annotations__['n'] if not isinstance(C.__annotations__['n'], str) else int(C.__annotations__['n'])",
        "C.__annotations__['n'] = 4",
    ),
    "name of helper arg": ("def nm(f): return len(f.__name__)\ndef a(): pass", "nm(a)", "a.__name__ = 'aaaa'"),
    "getattr name": ("def a(): pass", "len(getattr(a, '__name__'))", "a.__name__ = 'aaaa'"),
    "type hints": (
        "import typing\nclass C:\n    n: int\nA = int\nD = {int: 1, float: 4}",
        "D[typing.get_type_hints(C)['n']]",
        "C.__annotations__['n'] = float",
    ),
    "isinstance register": (
        "import abc\nclass B(abc.ABC): pass\nclass C: pass\nc = C()",
        "(4 if isinstance(c, B) else 1)",
        "B.register(C)",
    ),
    "slot unset": ("class C:\n    __slots__ = ('n',)\nc = C()", "getattr(c, 'n', 1)", "c.n = 4"),
    "class with getattr and slot": (
        "class C:\n"
        "    __slots__ = ('d',)\n"
        "    def __init__(self): self.d = {'n': 1}\n"
        "    def __getattr__(self, n): return self.d[n]\n"
        "c = C()",
        "c.n",
        "c.d['n'] = 4",
    ),
    "vectorize": ("K = [1]\ndef h(v): return v * K[0]\nget = np.vectorize(h)", "float(get(1))", "K[0] = 4"),
    "frame like in place": (
        "class F:\n"
        "    def __init__(self, **c): self._c = {k: np.array(v) for k, v in c.items()}\n"
        "    def __getattr__(self, k):\n"
        "        if k.startswith('_'): raise AttributeError(k)\n"
        "        return self._c[k]\n"
        "f = F(n=[1, 2])",
        "int(f.n[0])",
        "f.n[0] = 4",
    ),
    "nonlocal": (
        "def mk():\n"
        "    n = 1\n"
        "    def get(): return n\n"
        "    def put(v):\n"
        "        nonlocal n\n"
        "        n = v\n"
        "    return get, put\n"
        "get, put = mk()",
        "get()",
        "put(4)",
    ),
    "module class set": (
        "m = types.ModuleType('m'); m.n = 1\nclass MM(types.ModuleType):\n    def __getattribute__(self, k): return 4",
        "m.n",
        "m.__class__ = MM",
    ),
    "monkeypatched on instance": ("class C:\n    def get(self): return 1\nc = C()", "c.get()", "c.get = lambda: 4"),
    "attrgetter": (
        "class A:\n"
        "    def __init__(self, **k): self.__dict__.update(k)\n"
        "import operator\n"
        "d = A(a=A(n=1)); get = operator.attrgetter('a.n')",
        "get(d)",
        "d.a.n = 4",
    ),
    "methodcaller": (
        "import operator\n"
        "class C:\n"
        "    n = 1\n"
        "    def m(self): return self.n\n"
        "c = C(); get = operator.methodcaller('m')",
        "get(c)",
        "c.n = 4",
    ),
    "mro change": ("class A1: n = 1\nclass A2: n = 4\nclass B(A1): pass\nb = B()", "b.n", "B.__bases__ = (A2,)"),
    "exit stack": (
        "import contextlib\n"
        "K = [1]\n"
        "class C:\n"
        "    def __enter__(self): return K[0]\n"
        "    def __exit__(self, *a): pass\n"
        "def get():\n"
        "    with contextlib.ExitStack() as s: return s.enter_context(C())",
        "get()",
        "K[0] = 4",
    ),
    "getattr added": (
        "class C: n = 1\nc = C()",
        "c.n",
        "C.__getattribute__ = lambda s, k: 4 if k == 'n' else object.__getattribute__(s, k)",
    ),
    "metaclass data descriptor added": (
        "class M(type): pass\nclass C(metaclass=M): n = 1",
        "C.n",
        "M.n = property(lambda c: 4)",
    ),
    "class descriptor added": ("class C: pass\nc = C(); c.n = 1", "c.n", "C.n = property(lambda s: 4)"),
    "wraps only wrapped": (
        "def deco(f):\n    @functools.wraps(f)\n    def w(): return 1\n    return w\n@deco\ndef get(): return 7",
        "get.__wrapped__() - 6",
        "get.__wrapped__ = lambda: 10",
    ),
    "private slots": (
        "class C:\n"
        "    __slots__ = ('__n',)\n"
        "    def __init__(self): self.__n = 1\n"
        "    def get(self): return self.__n\n"
        "    def put(self, v): self.__n = v\n"
        "c = C()",
        "c.get()",
        "c.put(4)",
    ),
    "object in a set": ("class C:\n    n = 1\nS = {C()}", "next(iter(S)).n", "next(iter(S)).n = 4"),
    "class in helper": ("K = [1]\ndef get():\n    class C:\n        n = K[0]\n    return C.n", "get()", "K[0] = 4"),
    "patch": ("import unittest.mock\nclass C: n = 1", "C.n", "unittest.mock.patch.object(C, 'n', 4).start()"),
    "int subclass instance": ("class I(int): pass\ni = I(0); i.extra = 1", "i.extra", "i.extra = 4"),
    "list subclass": ("class T(list): pass\nt = T([1]); t.n = 1", "t.n", "t.n = 4"),
    "partialmethod": (
        "class C:\n    def m(self, n): return n[0]\n    K = [1]\n    g = functools.partialmethod(m, K)\nc = C()",
        "c.g()",
        "C.K[0] = 4",
    ),
    "total ordering": (
        "@functools.total_ordering\n"
        "class C:\n"
        "    v = 1\n"
        "    def __lt__(self, o): return self.v < o\n"
        "    def __eq__(self, o): return self.v == o\n"
        "c = C()",
        "(4 if c > 2 else 1)",
        "C.v = 3",
    ),
}
ANEW: dict[str, tuple[str, str, str]] = {
    "getattribute": (
        "K = {'n': 1}\nclass C:\n    def __getattribute__(self, n): return K[n]\nc = C()",
        "c.n",
        "K['n'] = 4",
    ),
    "singledispatch": ("@functools.singledispatch\ndef get(v): return 1", "get(3)", "get.register(int, lambda v: 4)"),
    "torch module": (
        "L = torch.nn.Linear(1, 1, bias=False)\nL.weight.data.fill_(1)",
        "L.weight[0, 0].item()",
        "L.weight.data.fill_(4)",
    ),
    "errstate": ("np.seterr(over='warn')", "(1 if np.geterr()['over'] == 'warn' else 4)", "np.seterr(over='ignore')"),
    "numpy print options": (
        "",
        "(1 if np.get_printoptions()['precision'] == 8 else 4)",
        "np.set_printoptions(precision=3)",
    ),
    "subclasses": (
        "class C: pass\nclass C1(C): pass",
        "len(C.__subclasses__())",
        "globals()['X'] = [type(f'D{i}', (C,), {}) for i in range(3)]",
    ),
    "frompyfunc": ("K = [1]\ndef h(v): return v * K[0]\nget = np.frompyfunc(h, 1, 1)", "float(get(1))", "K[0] = 4"),
    "contextvar": ("import contextvars\nV = contextvars.ContextVar('v', default=1)", "V.get()", "V.set(4)"),
    "threadlocal": ("import threading\nL = threading.local(); L.n = 1", "L.n", "L.n = 4"),
    "memoryview": ("B = bytearray([1]); M = memoryview(B)", "M[0]", "B[0] = 4"),
    "ctypes": ("import ctypes\nC = ctypes.c_int(1)", "C.value", "C.value = 4"),
    "ctypes struct": (
        "import ctypes\nclass S(ctypes.Structure):\n    _fields_ = [('n', ctypes.c_int)]\ns = S(1)",
        "s.n",
        "s.n = 4",
    ),
    "weak proxy": (
        "class A:\n"
        "    def __init__(self, **k): self.__dict__.update(k)\n"
        "import weakref\n"
        "a = A(n=1); W = weakref.proxy(a)",
        "W.n",
        "a.n = 4",
    ),
    "module getattr": ("K = [1]\nm = types.ModuleType('m')\nm.__getattr__ = lambda n: K[0]", "m.n", "K[0] = 4"),
    "module subclass": (
        "K=[1]\nclass MM(types.ModuleType):\n    @property\n    def n(self): return K[0]\nm = MM('m')",
        "m.n",
        "K[0] = 4",
    ),
    "import user module": (
        "import sys\n"
        "sys.modules['tt_um'] = types.ModuleType('tt_um'); sys.modules['tt_um'].n = 1\n"
        "def get():\n"
        "    import tt_um\n"
        "    return tt_um.n",
        "get()",
        "import sys; sys.modules['tt_um'].n = 4",
    ),
    "lru result": ("K = [1]\n@functools.lru_cache\ndef get(): return K[0]", "get()", "K[0] = 4; get.cache_clear()"),
    "exception": ("X = ValueError(1); X.n = 1", "X.n", "X.n = 4"),
    "flatiter": ("A = np.ones(3); F = A.flat", "float(F[0])", "A[0] = 4"),
    "void of record": (
        "R = np.array([(1, 2.0)], dtype=[('n', int), ('v', float)]); r = R[0]",
        "int(r['n'])",
        "R['n'][0] = 4",
    ),
    "object array": ("A = np.array([[1], 2], dtype=object)", "A[0][0]", "A[0][0] = 4"),
    "mock": ("import unittest.mock\nC = unittest.mock.Mock(); C.n = 1", "C.n", "C.n = 4"),
    "eval": ("N = 1", "eval('N')", "globals()['N'] = 4"),
    "queue": ("import queue\nQ = queue.Queue(); Q.put(1)", "Q.queue[0]", "Q.queue[0] = 4"),
}


@pytest.mark.parametrize("name", [*RECORDED, *ANEW])
def test_a_change_is_seen(name: str, load: Callable[[str], Any], elaborations: list[KernelCompiler]) -> None:
    with np.errstate(), np.printoptions():
        module = load_kernel(load, *{**RECORDED, **ANEW}[name], early=True)
        x, out = tensors()
        module.kernel(x, out)
        before = to_numpy(out)[0, 0]
        for _ in range(2):
            module.kernel(x, out)
        assert len(elaborations) == 3 if name in ANEW else len(elaborations) <= 2, (
            "a call without a change is a look-up"
        )
        module.change()
        module.kernel(x, out)
        assert (before, to_numpy(out)[0, 0]) == (1, 4)
