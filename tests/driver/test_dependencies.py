"""What a kernel was compiled from may change: the next call computes what it says then, and looks up what it can."""

from __future__ import annotations

import gc
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.driver.dependent_kernels import OBJECT, RECORDED, SLOTS, dependent_kernel, load_kernel, tensors
from ttlang.driver.dependencies import record
from ttlang.driver.guards import Unrecorded
from ttlang.driver.kernel_compiler import KernelCompiler
from ttlang.host import TILE_LAYOUT, open_device, to_numpy, zeros
from ttlang.tables.dtypes import BF16

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
