"""Edits of a document: what is told of each text is what a session tells that has judged nothing before."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from tests.support.document_texts import Editor, fresh, in_fork, warm
from tests.support.random_edits import edited_texts
from tests.support.script_kernels import KERNELS
from ttlang.engine.document_session import DocumentSession
from ttlang.engine.judging import Outcome, Superseded
from ttlang.engine.protocol import Event, Findings, Settings

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


def test_a_mistake_comes_and_goes_without_a_run(editor: Editor, tmp_path: Path) -> None:
    """With the mistake nothing is computed of what the call is given, which a script sees that reads it."""
    editor.told(FACTORY)
    for old, new in (("xv * self.factor", "xv * self.facto"), ("xv * self.factor", "xv * 2")):
        after = FACTORY.replace(old, new)
        assert editor.told(after) == fresh(tmp_path / "script.py", after)
    assert editor.reruns == 1
    reading = FACTORY.replace("ttnn.to_torch(z)", "ttnn.to_torch(x)")
    assert [found["code"] for found in editor.told(reading)] == []
    after = reading.replace("xv * self.factor", "xv * self.facto")
    told = editor.told(after)
    assert told == fresh(tmp_path / "script.py", after)
    assert [found["code"] for found in told] == ["TTL0110", "TTL0004"]
    assert editor.reruns == 3


STAGES = """
from ttlang import ttl, ttnn

@ttl.operation()
def stage(source: ttl.DFB, target: ttl.DFB):
    with source.wait() as block, target.reserve() as o:
        o.store(ttl.math.exp(block))

@ttl.operation(grid=(1, 1))
def whole(x, out):
    values = ttl.make_dataflow_buffer_like(x, shape=(1, 1))
    results = ttl.make_dataflow_buffer_like(out, shape=(1, 1))
    size = ttl.grid_size(dims=1)
    for row in range(size):
        with values.reserve() as block:
            ttl.copy(x[row, 0], block).wait()
        stage(values, results)
        with results.wait() as block:
            ttl.copy(block, out[row, 0]).wait()

device = ttnn.open_device(device_id=0)
x, y = (ttnn.ones((32, 32), layout=ttnn.TILE_LAYOUT, device=device) for _ in range(2))
whole(x, y)
ttnn.to_torch(y)
"""


def test_a_kernel_that_comes_to_its_stages_no_more(editor: Editor, tmp_path: Path) -> None:
    """What stands in it counts as called only when it is compiled that far."""
    assert [found["code"] for found in editor.told(STAGES)] == ["TTL0004"]
    after = STAGES.replace("size = ttl.grid_size(dims=1)", "size = 1 // ttl.grid_size(dims=4)")
    told = editor.told(after)
    assert told == fresh(tmp_path / "script.py", after)
    assert told[-1]["code"] == "TTL0005"


def test_the_rest_of_an_incomplete_text_stays(editor: Editor, tmp_path: Path) -> None:
    text = SCRIPT.replace("v + 1", "v + one").replace("first(x, y)", "wrong(x, y)\nfirst(x, y)")
    assert [found["code"] for found in editor.told(text)] == ["TTL0103", "TTL0103"]
    here, there = (found["range"]["start"]["line"] for found in editor.told(text))
    broken = text.replace("v * nothing)", "v * nothing\n    more(")
    told = editor.told(broken)
    assert [found["code"] for found in told] == ["TTL0006", "TTL0103"]
    assert told[1]["range"]["start"]["line"] == there
    assert there < here
    assert editor.told(text) == fresh(tmp_path / "script.py", text)
    assert editor.reruns == 1


def test_a_newer_text_leaves_all_as_it_was(tmp_path: Path) -> None:
    def judge(_: object) -> list[object]:
        found: list[Event] = []
        newer = False

        def checkpoint() -> None:
            if newer:
                raise Superseded

        path = str(tmp_path / "script.py")
        session = DocumentSession(path, Settings(), found.append, checkpoint)
        session.judge(SCRIPT, 1)
        newer = True
        with pytest.raises(Superseded):
            session.judge("\n" + SCRIPT.replace("v + 1", "v + 2"), 2)
        newer = False
        outcomes = [session.judge(SCRIPT, 3), session.judge("\n" + SCRIPT.replace("v + 1", "v + zero"), 4)]
        return [*outcomes, *(list(each.findings) for each in found if isinstance(each, Findings))]

    warm()
    kept, again, first, third, fourth = in_fork(lambda: judge(None))
    assert (kept, again) == (Outcome.KEEP, Outcome.KEEP)
    assert first == third
    assert fourth == fresh(tmp_path / "script.py", "\n" + SCRIPT.replace("v + 1", "v + zero"))


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
