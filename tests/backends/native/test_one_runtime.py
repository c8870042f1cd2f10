"""What lies below kernels in C++: a process has it once, and no run of kernels depends on those before it."""

from __future__ import annotations

import ctypes
import importlib
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

import ttlang.host as ttnn
from tests.backends.native.handwritten_programs import COPY, READ, TWOS, WRITE, parts, run
from tests.support import both_ways
from ttlang.backends.native import kernel_memory, thread_bodies, toolchain
from ttlang.diagnostics import DiagnosticError

WORKS = "\n    volatile uint32_t n = 0;\n    for (uint32_t i = 0; i < 30000; ++i) n = n + i;\n"
"""More than half of the branches after which kernels pause."""


@pytest.fixture
def device() -> Any:
    return ttnn.open_device(device_id=0)


@pytest.fixture
def loaded_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], ctypes.PyDLL]:
    """What loads the runtime as modules do that are imported once more, while the cache is elsewhere."""
    toolchain.runtime()
    monkeypatch.setenv("TTLANG_CACHE", str(tmp_path))
    return toolchain.runtime.__wrapped__


def test_a_process_loads_it_once(
    loaded_anew: Callable[[], ctypes.PyDLL], device: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kernels would call one, and be resumed by the other."""
    monkeypatch.setattr(kernel_memory, "runtime", loaded_anew)
    assert torch.equal(run(*parts(READ, COPY, WRITE, device)), TWOS.bfloat16())
    addresses = [
        ctypes.cast(library.ttlang_resume, ctypes.c_void_p).value for library in (toolchain.runtime(), loaded_anew())
    ]
    assert addresses[0] == addresses[1]


def test_another_version_is_refused(loaded_anew: Callable[[], ctypes.PyDLL], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain, "_runtime_version", lambda: "another")
    with pytest.raises(DiagnosticError, match="another version of ttlang") as found:
        loaded_anew()
    assert found.value.diagnostics[0].code == "TTL0222"


def test_modules_that_a_run_loads_stay_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that runs kernels both ways may be the first to load what runs C++."""
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    monkeypatch.setattr(both_ways, "launch_program", lambda *_, **__: importlib.import_module("colorsys"))
    before = sys.modules.get("ttnn")
    program: Any = Namespace(tensors=())
    assert both_ways.run_cpp(program, [], generation="0.81", numerics="fast", seed=None)
    assert "colorsys" in sys.modules
    assert sys.modules.get("ttnn") is before


def pauses(device: Any, monkeypatch: pytest.MonkeyPatch, seed: str = "") -> list[str]:
    """The threads of a run in the order in which they pause."""
    monkeypatch.setenv("TTLANG_SEED", seed)
    made: list[str] = []
    pause = thread_bodies.Caller._pause

    def noted(self: thread_bodies.Caller, site: int) -> Any:
        made.append(self.thread.name)
        return pause(self, site)

    with monkeypatch.context() as patched:
        patched.setattr(thread_bodies.Caller, "_pause", noted)
        texts = (text.replace("void kernel_main() {", "void kernel_main() {" + WORKS) for text in (READ, COPY, WRITE))
        assert torch.equal(run(*parts(*texts, device)), TWOS.bfloat16())
    return made


def test_where_kernels_pause_depends_on_no_other_run(device: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    first = pauses(device, monkeypatch)
    assert len(first) == 1
    assert pauses(device, monkeypatch) == first


def test_a_seed_draws_where_kernels_pause(device: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = [pauses(device, monkeypatch, str(seed)) for seed in (0, 1, 2, 1)]
    assert drawn[1] == drawn[3]
    assert drawn[0] != drawn[1] != drawn[2]
    assert all(len(each) > 50 for each in drawn)
