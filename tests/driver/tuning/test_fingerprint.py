"""A fingerprint is the same in each process, and another as soon as anything has changed that the kernel depends on."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.driver.dependent_kernels import RECORDED, load_kernel, tensors
from ttlang.driver.tuning.fingerprint import fingerprint, fingerprints
from ttlang.language.spaces import Space

Load = Callable[[str], ModuleType]
CHANGES = {
    **RECORDED,
    "type hints": (
        "import typing\nclass C:\n    n: int\nD = {int: 1, float: 4}",
        "D[typing.get_type_hints(C)['n']]",
        "C.__annotations__['n'] = float",
    ),
    "isinstance register": (
        "import abc\nclass B(abc.ABC): pass\nclass C: pass\nc = C()",
        "(4 if isinstance(c, B) else 1)",
        "B.register(C)",
    ),
}
KERNEL = """
from ttlang import ttl, ttnn
import functools

SIZES = {"rows": 2, "names": frozenset({"alpha", "beta", "gamma", "delta"})}
FORMAT = ttl.bfloat16
LIMIT = 8

def helper(n, step=1):
    return n * step + len(SIZES["names"])

def make(factor):
    @ttl.kernel(grid=(1, 1))
    def kernel(
        x,
        out,
        *,
        depth=2,
        bm=ttl.one_of(1, 2),
        bn=ttl.divisor_of(lambda x: x.shape[0] // LIMIT),
        bk=ttl.per_chip(wormhole_b0=1, blackhole=2),
    ):
        a = ttl.make_dataflow_buffer_like(x, shape=(1, 1), block_count=depth)
        b = ttl.make_dataflow_buffer_like(out, shape=(1, 1), block_count=helper(depth))

        @ttl.compute()
        def compute():
            with a.wait() as v, b.reserve() as o:
                o.store(v * factor)

        @ttl.datamovement()
        def read():
            with a.reserve() as block:
                ttl.copy(x[0, 0], block).wait()

        @ttl.datamovement()
        def write():
            with b.wait() as block:
                ttl.copy(block, out[0, 0]).wait()

    return kernel

kernel = make(3)
"""


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Imports a text as a module, without what pytest does to those that it imports."""
    numbers = count()

    def loaded(text: str) -> ModuleType:
        path = tmp_path / f"kernels_{next(numbers)}.py"
        path.write_text(text)
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return loaded


def of(module: Any, *objects: object) -> str | None:
    return fingerprint(module.kernel.function, objects)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("o.store(v * factor)", "o.store(v + factor)"),
        ("make(3)", "make(4)"),
        ('"rows": 2', '"rows": 3'),
        ('"delta"', '"omega"'),
        ("n * step + len", "n * step - len"),
        ("step=1", "step=2"),
        ("depth=2", "depth=3"),
        ("LIMIT = 8", "LIMIT = 4"),
        ("def read():", "def reads():"),
        ("x[0, 0]", "x[0, 1]"),
    ],
)
def test_a_change_changes_it(old: str, new: str, load: Load) -> None:
    assert old in KERNEL
    before = of(load(KERNEL))
    assert before is not None
    assert of(load(KERNEL.replace(old, new))) not in (before, None)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ttl.one_of(1, 2)", "ttl.one_of(2, 1)"),
        ("ttl.one_of(1, 2)", "ttl.between(1, 2)"),
        ("ttl.one_of(1, 2)", "ttl.largest(1, 2)"),
        ("LIMIT)", "LIMIT, pad=True)"),
        ("wormhole_b0=1, blackhole=2", "wormhole_b0=2, blackhole=1"),
        ("shape[0] // LIMIT", "shape[1] // LIMIT"),
    ],
)
def test_a_change_of_a_space_changes_that_of_the_spaces_alone(old: str, new: str, load: Load) -> None:
    """What a configuration comes to is the same in each space."""
    assert old in KERNEL
    before, after = (of_spaces(load(text)) for text in (KERNEL, KERNEL.replace(old, new)))
    assert before[0] == after[0]
    assert before[1] != after[1]


def of_spaces(module: Any) -> tuple[str, str]:
    spaces = [value for value in module.kernel.function.__kwdefaults__.values() if isinstance(value, Space)]
    found = fingerprints(module.kernel.function, (), spaces)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\ndef make", "\n\n\n# a comment\n\ndef make"),
        ("o.store(v * factor)", "o.store(v * factor)  # as it was"),
        ("o.store(v * factor)", "o.store(\n                    v\n                    * factor\n                )"),
        ("bm=ttl.one_of(1, 2)", "bm=ttl.one_of(\n            1, 2\n        )"),
        ("import functools", "import functools\nunused = object()"),
        ('"alpha", "beta"', '"beta", "alpha"'),
    ],
)
def test_what_says_nothing_does_not(old: str, new: str, load: Load) -> None:
    assert old in KERNEL
    assert of(load(KERNEL)) == of(load(KERNEL.replace(old, new)))


@pytest.mark.parametrize("name", CHANGES)
def test_whatever_a_call_compares_changes_it(name: str, load: Load) -> None:
    setup, factor, change = CHANGES[name]
    module = load_kernel(load, setup, factor, change, early=False)
    before = of(module)
    module.change()
    assert before is not None
    assert of(module) not in (before, None)


PRINT = """
import sys
sys.path[:0] = [{root!r}, {folder!r}]
import {module} as module
from ttlang.driver.tuning.fingerprint import fingerprint, fingerprints
from ttlang.language.spaces import Space
print(fingerprint(module.kernel.function, [module.SIZES, module.FORMAT]))
"""


def test_it_is_the_same_in_each_process(tmp_path: Path, load: Load) -> None:
    """With the module compiled anew or not, and whatever the order of its sets."""
    here = of(module := load(KERNEL), module.SIZES, module.FORMAT)
    script = PRINT.format(root=str(Path(__file__).parents[3]), folder=str(tmp_path), module=module.__name__)
    printed = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2", "3")
    }
    assert printed == {here}


def test_a_tensor_counts_by_its_description(load: Load) -> None:
    text = "from ttlang import ttl\ndef make(t):\n    def kernel(x): return t.shape, x\n    return kernel\n"
    make: Any = load(text)
    first, second = tensors()
    assert fingerprint(make.make(first)) == fingerprint(make.make(second))
    device = first.device()
    from ttlang.host import TILE_LAYOUT, zeros
    from ttlang.tables.dtypes import F32

    larger = zeros((64, 32), dtype=first.dtype, layout=TILE_LAYOUT, device=device)
    other = zeros((32, 32), dtype=F32, layout=TILE_LAYOUT, device=device)
    assert len({fingerprint(make.make(each)) for each in (first, larger, other)}) == 3


def test_names_are_not_mixed_up(load: Load) -> None:
    """The same values under exchanged names."""
    text = "A, B = {a}, {b}\ndef kernel(x): return x[A : B]\nclass K: function = staticmethod(kernel)\nkernel = K"
    assert of(load(text.format(a="(1,)", b="(2,)"))) != of(load(text.format(a="(2,)", b="(1,)")))


@pytest.mark.parametrize(
    "text",
    [
        "import time\ndef kernel(x): return time.time()",
        "import random\ndef kernel(x): return random.random()",
        "def kernel(x): return open('file').read()",
    ],
)
def test_what_can_change_unseen_has_none(text: str, load: Load) -> None:
    module: Any = load(text)
    assert fingerprint(module.kernel) is None


def test_it_takes_chains_and_circles_of_objects(load: Load) -> None:
    text = "L = [1]\nfor _ in range(60): L = [L]\ndef kernel(x): return L"
    module: Any = load(text)
    assert fingerprint(module.kernel) != fingerprint(load(text.replace("[1]", "[2]")).kernel)
    looped: Any = load("L = []\nL.append(L)\ndef kernel(x): return L")
    assert fingerprint(looped.kernel) is not None
