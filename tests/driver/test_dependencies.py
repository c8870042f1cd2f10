"""What a kernel was compiled from may change: the next call computes what it says then, and looks up what it can."""

from __future__ import annotations

import gc
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.driver.dependent_kernels import OBJECT, dependent_kernel, load_kernel, tensors
from ttlang.driver.dependencies import record
from ttlang.driver.guards import Unrecorded
from ttlang.driver.kernel_compiler import KernelCompiler
from ttlang.host import TILE_LAYOUT, open_device, to_numpy, zeros
from ttlang.tables.dtypes import BF16

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
ANEW: dict[str, tuple[str, str, str]] = {
    "environment": (
        "os.environ['TT_TEST'] = '1'",
        "int(os.environ['TT_TEST'])",
        "os.environ['TT_TEST'] = '4'",
    ),
    "getenv": ("os.environ['TT_TEST'] = '1'", "int(os.getenv('TT_TEST'))", "os.environ['TT_TEST'] = '4'"),
    "file": (
        "import pathlib, tempfile\nF = pathlib.Path(tempfile.mkdtemp()) / 'n'\nF.write_text('1')",
        "int(F.read_text())",
        "F.write_text('4')",
    ),
    "random": ("N = [1, 4, 4, 4]\nrandom.seed(1)", "(N.pop(0) + 0 * random.randrange(3))", "pass"),
    "clock": ("now = [1]\ntime.tt_now = lambda: now[0]", "(time.tt_now() + 0 * int(time.time()))", "now[0] = 4"),
    "iterator": ("I = iter([1, 4, 4, 4, 4])", "next(I)", "pass"),
    "lru cache": (
        "@functools.lru_cache\ndef get(): return [1]",
        "get()[0]",
        "get()[0] = 4",
    ),
    "weak reference": (OBJECT + "import weakref\na = A(n=1); r = weakref.ref(a)", "r().n", "a.n = 4"),
    "globals": ("N = 1", "globals()['N']", "globals()['N'] = 4"),
    "module as a value": (
        "m = types.ModuleType('m'); m.n = 1",
        "getattr(m, 'n')",
        "m.n = 4",
    ),
    "changed by the kernel function": ("L = []", "(1 if L.append(0) or len(L) == 1 else 4)", "pass"),
}


@pytest.mark.parametrize("name", RECORDED)
def test_a_change_is_seen(name: str, load: Callable[[str], Any], elaborations: list[KernelCompiler]) -> None:
    setup, factor, change = RECORDED[name]
    # Python finds an operator's or a function's own names out when it runs it: the kernel function, that is.
    module = load_kernel(load, setup, factor, change, early=True)
    x, out = tensors()
    module.kernel(x, out)
    before = to_numpy(out)[0, 0]
    for _ in range(3):
        module.kernel(x, out)
    assert len(elaborations) <= 2, "a call without a change is a look-up"
    module.change()
    module.kernel(x, out)
    assert (before, to_numpy(out)[0, 0]) == (1, 4)


@pytest.mark.parametrize("name", ANEW)
def test_what_cannot_be_recorded_is_asked_anew(
    name: str, load: Callable[[str], Any], elaborations: list[KernelCompiler]
) -> None:
    module = load_kernel(load, *ANEW[name], early=True)
    x, out = tensors()
    module.kernel(x, out)
    before = to_numpy(out)[0, 0]
    module.change()
    module.kernel(x, out)
    assert (before, to_numpy(out)[0, 0]) == (1, 4)
    program = module.kernel.compile(x, out)
    assert module.kernel.compile(x, out) is program, "an equal module is not lowered again"
    assert len(elaborations) == 4


@pytest.mark.parametrize("name", ["array", "slots", "deep", "module", "class", "nested", "namespace", "dataclass"])
def test_a_change_of_what_a_thread_reads_is_seen(name: str, load: Callable[[str], Any]) -> None:
    module = load_kernel(load, *RECORDED[name], early=False)
    x, out = tensors()
    module.kernel(x, out)
    before = to_numpy(out)[0, 0]
    module.change()
    module.kernel(x, out)
    assert (before, to_numpy(out)[0, 0]) == (1, 4)


def test_globals_come_and_go(load: Callable[[str], Any]) -> None:
    setup = "def get():\n    try: return N\n    except NameError: return 1"
    module = load_kernel(load, setup, "get()", "globals()['N'] = 4", early=True)
    names = module.kernel.function.__globals__
    x, out = tensors()
    seen = []
    for action in (lambda: None, lambda: names.update(N=4), lambda: names.pop("N")):
        action()
        module.kernel(x, out)
        seen.append(to_numpy(out)[0, 0])
    assert seen == [1, 4, 1]


def test_a_setting_that_is_switched_finds_its_program_again(
    load: Callable[[str], Any], elaborations: list[KernelCompiler]
) -> None:
    module = load_kernel(load, "N = 1", "N", "pass", early=True)
    names = module.kernel.function.__globals__
    x, out = tensors()
    programs = []
    for n in (1, 2, 1, 2):
        names["N"] = n
        programs.append(module.kernel.compile(x, out))
    assert programs[0] is programs[2] is not programs[1]
    assert programs[1] is programs[3]
    assert len(elaborations) == 2


def test_an_equal_value_elsewhere_is_no_new_program(load: Callable[[str], Any]) -> None:
    module = load_kernel(load, "T = [10.5]", "T[0]", "pass", early=True)
    x, out = tensors()
    first = module.kernel.compile(x, out)
    module.T[0] = float("10.5")
    assert module.kernel.compile(x, out) is first


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (0.0, -0.0),
        (1, True),
        (1, 1.0),
        ([1, 2], (1, 2)),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"a": [1]}, {"a": [2]}),
        (types.SimpleNamespace(n=1), types.SimpleNamespace(n=2)),
    ],
)
def test_constants_of_calls_are_told_apart(first: Any, second: Any, load: Callable[[str], Any]) -> None:
    text = dependent_kernel("factor", parameters=", n", early="factor = seen(n)")
    text = text.replace("def make():", "calls = []\ndef seen(n):\n    calls.append(n)\n    return 1\n\ndef make():")
    module = load(text)
    x, out = tensors()
    module.kernel(x, out, first)
    module.kernel(x, out, second)
    assert [repr(n) for n in module.calls] == [repr(first), repr(second)]


def test_an_argument_that_changes(load: Callable[[str], Any], elaborations: list[KernelCompiler]) -> None:
    text = dependent_kernel("factor", parameters=", n", early="factor = n.a.v")
    module = load(text)
    x, out = tensors()
    given = types.SimpleNamespace(a=types.SimpleNamespace(v=1))
    module.kernel(x, out, given)
    module.kernel(x, out, given)
    assert len(elaborations) == 1
    given.a.v = 4
    module.kernel(x, out, given)
    assert to_numpy(out)[0, 0] == 4


def test_an_id_that_is_used_again_is_no_old_object(load: Callable[[str], Any]) -> None:
    text = dependent_kernel("factor", setup=SLOTS, parameters=", n", early="factor = n.v")
    module = load(text)
    x, out = tensors()
    gc.freeze()  # What was there before is not looked through again.
    try:
        for value in range(1, 40):
            module.kernel(x, out, module.A(value))
            gc.collect()
            assert to_numpy(out)[0, 0] == value
    finally:
        gc.unfreeze()


def test_a_closure_that_is_set_anew(load: Callable[[str], Any]) -> None:
    text = dependent_kernel(
        "factor", outer="n = 1\n    def hidden(): return n", early="factor = hidden()", change="nonlocal n\nn = 4"
    )
    module = load(text)
    x, out = tensors()
    module.kernel(x, out)
    module.change()
    module.kernel(x, out)
    assert to_numpy(out)[0, 0] == 4


def test_what_is_read_of_a_tensor_beyond_its_description(load: Callable[[str], Any]) -> None:
    text = dependent_kernel("factor", early="factor = float(x.values[0, 0])")
    module = load(text)
    x, out = tensors()
    module.kernel(x, out)
    x.write(np.full((32, 32), 3, np.float32))
    module.kernel(x, out)
    assert to_numpy(out)[0, 0] == 9


def test_tensors_of_the_closure_are_not_kept(load: Callable[[str], Any]) -> None:
    module = load_kernel(load, "w = None", "(w.shape[0] // 32)", "pass", early=True)
    names = module.kernel.function.__globals__
    device = open_device(device_id=0)
    x, out = tensors()
    for tiles in (1, 2, 3, 4):
        names["w"] = zeros((32 * tiles, 32), dtype=BF16, layout=TILE_LAYOUT, device=device)
        module.kernel(x, out)
        assert to_numpy(out)[0, 0] == tiles
    import weakref

    last = weakref.ref(names.pop("w"))
    gc.collect()
    assert last() is None


def test_the_cache_is_bounded(load: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from ttlang.driver import jit

    monkeypatch.setattr(jit, "MOST_PROGRAMS", 4)
    text = dependent_kernel("n", parameters=", n")
    module = load(text)
    x, out = tensors()
    first = module.kernel.compile(x, out, 1)
    for n in range(2, 5):
        module.kernel.compile(x, out, n)
        assert module.kernel.compile(x, out, 1) is first
    kept = [module.kernel.compile(x, out, n) for n in range(5, 9)]
    assert module.kernel.compile(x, out, 1) is not first, "it was used longest ago"
    assert module.kernel.compile(x, out, 8) is kept[-1]
    programs = module.kernel._compiler.programs
    assert len(programs._calls) == len(programs._programs) == 4
    assert len(programs._digests) <= 4


def test_of_an_array_that_is_too_large_to_compare() -> None:
    large = np.zeros(1 << 20)

    def reads() -> Any:
        return large.sum()

    def asks() -> Any:
        return large.shape

    with pytest.raises(Unrecorded):
        record(reads, ())
    guards = record(asks, ())
    assert guards.hold()
    large.shape = (1 << 10, 1 << 10)
    assert not guards.hold()
