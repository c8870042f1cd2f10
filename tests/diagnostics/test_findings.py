"""The way of a finding: to Python's warnings at the kernel's line, once, unless a comment there allows it."""

from __future__ import annotations

import importlib.util
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ttlang import ttnn
from ttlang.diagnostics import Diagnostic, DiagnosticError, Severity, Span, TTLangWarning
from ttlang.diagnostics.allow_comments import Allow, allows_of
from ttlang.diagnostics.findings import Findings
from ttlang.diagnostics.python_warnings import warn

KERNEL = """
from ttlang import ttl

@ttl.kernel(grid=(1, 1))
def sums(x, y, out):
    x_cb = ttl.make_circular_buffer_like(x, shape=(1, 1))
    y_cb = ttl.make_circular_buffer_like(y, shape=(1, 1)){at_buffer}
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, 1))

    @ttl.compute()
    def compute():
        with (
            x_cb.wait() as xv,
            y_cb.wait() as yv,{at_wait}
            out_cb.reserve() as o,
        ):
            o.store({expression}){at_store}

    @ttl.datamovement()
    def read():
        with x_cb.reserve() as block:
            ttl.copy(x[0, 0], block).wait()
        with y_cb.reserve() as block:
            ttl.copy(y[0, 0], block).wait()

    @ttl.datamovement()
    def write():
        with out_cb.wait() as block:
            ttl.copy(block, out[0, 0]).wait()
"""
UNREAD = 14
"""The line where TTL0414 is found: `yv` is not read."""

Load = Callable[..., ModuleType]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    def load(expression: str = "xv * 2", name: str = "kernels", **comments: str) -> ModuleType:
        path = tmp_path / f"{name}.py"
        places = dict.fromkeys(("at_buffer", "at_wait", "at_store"), "") | comments
        path.write_text(KERNEL.format(expression=expression, **places))
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        return module

    return load


def tensors(number: int = 3) -> list[Any]:
    device = ttnn.open_device(device_id=0)
    return [ttnn.ones((32, 32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device) for _ in range(number)]


def warned(module: ModuleType, *arguments: Any) -> list[str]:
    """`code:line` of the warnings of a call."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        module.sums(*(arguments or tensors()))
    assert all(w.category is TTLangWarning and w.filename == module.__file__ for w in caught)
    return [f"{w.message.diagnostic.code}:{w.lineno}" for w in caught]


def test_a_warning_is_at_the_kernels_line(load: Load) -> None:
    assert warned(load()) == [f"TTL0414:{UNREAD}"]


@pytest.mark.parametrize(
    ("module", "line", "seen"),
    [("kernels", 0, 0), ("kernels", UNREAD, 0), ("kernels", 3, 1), ("others", 0, 1), ("ttlang", 0, 1)],
)
def test_filters_by_module_and_line(load: Load, module: str, line: int, seen: int) -> None:
    kernels, arguments = load(), tensors()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        warnings.filterwarnings("ignore", category=UserWarning, module=rf"{module}\Z", lineno=line)
        kernels.sums(*arguments)
    assert len(caught) == seen


def test_a_cached_call_repeats_nothing_and_hides_nothing(load: Load) -> None:
    kernels, arguments = load(), tensors()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kernels.sums(*arguments)
    assert warned(kernels, *arguments) == [f"TTL0414:{UNREAD}"], "it was ignored before, so nobody has seen it"
    assert warned(kernels, *arguments) == []
    assert kernels.sums.compile(*arguments).findings[0].code == "TTL0414"


def test_a_warning_that_is_an_error_is_one_each_time(load: Load) -> None:
    kernels, arguments = load(), tensors()
    for _ in range(2):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(TTLangWarning, match="TTL0414"):
                kernels.sums(*arguments)
        assert float(ttnn.to_numpy(arguments[2])[0, 0]) == 1.0, "it did not run"


def test_a_finding_without_a_place_is_at_the_call() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn(Diagnostic("TTL0414", "text", severity=Severity.WARNING))
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    "comment", ["# ttl: allow TTL0414", "#ttl:allow ttl0414: it comes later", "# ttl: allow TTL0603, TTL0414  # noqa"]
)
def test_allow(load: Load, comment: str) -> None:
    kernels = load(at_wait=f"  {comment}")
    assert warned(kernels) == []
    (allow,) = [allow for allow in kernels.sums.compile(*tensors()).heeded if allow.code == "TTL0414"]
    assert allow.span.line == UNREAD


@pytest.mark.parametrize("place", ["at_buffer", "at_store"])
def test_allow_at_another_line(load: Load, place: str) -> None:
    assert warned(load(**{place: "  # ttl: allow TTL0414"})) == [f"TTL0414:{UNREAD}"]


def test_allow_of_another_code(load: Load) -> None:
    assert warned(load(at_wait="  # ttl: allow TTL0603")) == [f"TTL0414:{UNREAD}"]


def test_allow_of_a_code_that_is_none(load: Load) -> None:
    assert warned(load("xv + yv", at_store="  # ttl: allow TTL9999")) == ["TTL0007:17"]
    assert warned(load("xv + yv", name="empty", at_store="  # ttl: allow it")) == ["TTL0007:17"]


def test_an_error_cannot_be_allowed(load: Load) -> None:
    kernels = load("xv + nothing", at_store="  # ttl: allow TTL0103")
    with pytest.raises(DiagnosticError) as caught:
        kernels.sums(*tensors())
    assert [found.code for found in caught.value.diagnostics] == ["TTL0103", "TTL0007"]


def test_the_last_line_of_a_finding_counts(tmp_path: Path) -> None:
    path = tmp_path / "lines.py"
    path.write_text("call(\n    1,\n)  # ttl: allow TTL0603\n")
    findings = Findings()
    findings.add(Diagnostic("TTL0603", "text", Span(str(path), 1, 1, 3, 2), severity=Severity.WARNING))
    assert list(findings) == []
    findings.add(Diagnostic("TTL0603", "text", Span(str(path), 1, 1, 2, 2), severity=Severity.WARNING))
    assert len(findings) == 1
    assert findings.heeded == {Allow("TTL0603", Span(str(path), 3, 17, 3, 24))}


def test_a_text_is_no_comment(tmp_path: Path) -> None:
    path = tmp_path / "text.py"
    path.write_text("text = '# ttl: allow TTL0603'  # ttl: allow TTL0414\n")
    assert [allow.code for allow in allows_of(str(path))] == ["TTL0414"]


def test_comments_of_a_file_that_is_no_python(tmp_path: Path) -> None:
    path = tmp_path / "broken.py"
    path.write_text("'''\n# ttl: allow TTL0603\n")
    assert allows_of(str(path)) == ()
