"""Edits of a document: what is told of each text is what a session tells that has judged nothing before."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from tests.support.document_texts import Editor, fresh
from tests.support.random_edits import edited_texts
from tests.support.script_kernels import KERNELS

CALLS = "first(x, y)\nsecond(y, z)\nprint('called')\n"
SCRIPT = KERNELS + CALLS
FACTORY = """
from ttlang import ttl, ttnn

SHAPE = (1, 1)

def make(scale):
    @ttl.kernel
    def scaled(x, out):
        x_cb = ttl.make_circular_buffer_like(x, shape=SHAPE)
        out_cb = ttl.make_circular_buffer_like(out, shape=SHAPE)

        @ttl.compute()
        def compute():
            with x_cb.wait() as xv, out_cb.reserve() as o:
                o.store(xv * scale)

        @ttl.datamovement()
        def read():
            with x_cb.reserve() as block:
                ttl.copy(x[0, 0], block).wait()

        @ttl.datamovement()
        def write():
            with out_cb.wait() as block:
                ttl.copy(block, out[0, 0]).wait()

    return scaled

class Kernels:
    factor = 3

    @ttl.kernel
    def method(self, x, out):
        x_cb = ttl.make_circular_buffer_like(x, shape=SHAPE)
        out_cb = ttl.make_circular_buffer_like(out, shape=SHAPE)

        @ttl.compute()
        def compute():
            with x_cb.wait() as xv, out_cb.reserve() as o:
                o.store(xv * self.factor)

        @ttl.datamovement()
        def read():
            with x_cb.reserve() as block:
                ttl.copy(x[0, 0], block).wait()

        @ttl.datamovement()
        def write():
            with out_cb.wait() as block:
                ttl.copy(block, out[0, 0]).wait()

device = ttnn.open_device(device_id=0)
x, y, z = (ttnn.ones((32, 32), layout=ttnn.TILE_LAYOUT, device=device) for _ in range(3))
twice, thrice = make(2.0), make(3.0)
twice(x, y)
thrice(y, z)
Kernels().method(x, z)
ttnn.to_torch(z)
"""


@pytest.fixture(autouse=True)
def _as_users_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the tests verify beside is not what these are about, and there are many compilations."""
    monkeypatch.delenv("TTLANG_VERIFY", raising=False)


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[Editor]:
    editor = Editor(tmp_path / "script.py")
    yield editor
    editor.close()


INSIDE = [
    (SCRIPT, "o.store(change(xv))", "o.store(change(xv) + xv)"),
    (SCRIPT, "copy(x, out, lambda v: v * 2)", "copy(x, out, lambda v: ttl.math.exp(v))"),
    (SCRIPT, "    copy(x, out, lambda v: v + 1)", "\n    # one\n    copy(x, out,\n        lambda v: v + 1)\n"),
    (FACTORY, "o.store(xv * scale)", "o.store((xv + 1) * scale)"),
    (FACTORY, "o.store(xv * self.factor)", "o.store(xv - self.factor)"),
    (FACTORY, "\nclass", "\n\n# a comment\n\nclass"),
]


@pytest.mark.parametrize(("text", "old", "new"), INSIDE)
def test_an_edit_of_a_kernel_needs_no_run(editor: Editor, tmp_path: Path, text: str, old: str, new: str) -> None:
    editor.told(text)
    after = text.replace(old, new)
    assert after != text
    assert editor.told(after) == fresh(tmp_path / "script.py", after)
    # The body of a function that host code might call is no kernel's.
    assert editor.reruns == (2 if "change(xv)" in old else 1)


@pytest.mark.parametrize(("text", "seed"), [(SCRIPT, 1), (SCRIPT, 2), (FACTORY, 3), (FACTORY, 4)])
def test_random_edits(editor: Editor, tmp_path: Path, text: str, seed: int) -> None:
    editor.told(text)
    valid = (each for each in edited_texts(text, Random(seed)) if is_python(each))
    for after in islice(valid, 6):
        assert editor.told(after) == fresh(tmp_path / "script.py", after)


def is_python(text: str) -> bool:
    try:
        compile(text, "script.py", "exec")
    except (SyntaxError, ValueError):
        return False
    return True
