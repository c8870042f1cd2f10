"""A file that is edited after its import: what was imported is compiled, or the call says that it can't be."""

from __future__ import annotations

import importlib
import linecache
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.one_tile_kernels import one_tile_kernel
from ttlang.diagnostics import DiagnosticError
from ttlang.host import TILE_LAYOUT, from_numpy, open_device, to_numpy, zeros
from ttlang.tables.dtypes import BF16

HELPER = "def twice(v):\n    return v * 2\n"


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, Path, Path]]:
    """A module with a kernel, its file, and that of a module with a helper. Both names are of this test alone."""
    count = len(sys.modules)
    kernels, helpers = f"edited_kernels_{count}", f"edited_helpers_{count}"
    paths = tmp_path / f"{kernels}.py", tmp_path / f"{helpers}.py"
    kernel = one_tile_kernel(f"{helpers}.twice(xv) + 1")
    paths[0].write_text(f"import {helpers}\nfrom ttlang import ttl\n\n\n{kernel}")
    paths[1].write_text(HELPER)
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    yield importlib.import_module(kernels), *paths
    for name in (kernels, helpers):
        sys.modules.pop(name, None)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    # As an editor saves it, some time later.
    later = path.stat().st_mtime + 5
    os.utime(path, (later, later))


def result(module: Any) -> float:
    device = open_device(device_id=0)
    x = from_numpy(np.full((32, 32), 3, np.float32), dtype=BF16, layout=TILE_LAYOUT, device=device)
    out = zeros((32, 32), dtype=BF16, layout=TILE_LAYOUT, device=device)
    module.kernel(x, out)
    return float(to_numpy(out)[0, 0])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("+ 1)", "* 9)"),
        ("+ 1)", "+ 2)"),
        ("\n@ttl.kernel", "\n\n# a line more\n@ttl.kernel"),
        ("def kernel", "def other"),
        ("def kernel", "def kernel(:\n"),
    ],
)
def test_what_was_imported_is_compiled(files: tuple[Any, Path, Path], old: str, new: str) -> None:
    module, path, _ = files
    edit(path, old, new)
    linecache.checkcache()
    assert result(module) == 7


def test_after_an_import_anew_the_new_text_is_compiled(files: tuple[Any, Path, Path]) -> None:
    module, path, _ = files
    assert result(module) == 7
    edit(path, "+ 1)", "+ 2)")
    assert result(module) == 7
    assert result(importlib.reload(module)) == 8


@pytest.mark.parametrize(
    ("old", "new"), [("* 2", "* 5"), ("* 2", "+ 2"), ("def twice", "\ndef twice"), ("v * 2", "v*2")]
)
def test_a_helper_that_was_edited_is_said(files: tuple[Any, Path, Path], old: str, new: str) -> None:
    module, _, helper = files
    edit(helper, old, new)
    with pytest.raises(DiagnosticError) as raised:
        result(module)
    assert raised.value.diagnostics[0].code == "TTL0109"
    assert "twice" in raised.value.diagnostics[0].message


def test_an_edit_elsewhere_in_the_file_of_a_helper_is_nothing(files: tuple[Any, Path, Path]) -> None:
    module, _, helper = files
    edit(helper, "v * 2\n", "v * 2\n\n\ndef other():\n    return 5\n")
    assert result(module) == 7


def test_a_kernel_of_a_module_that_was_imported_anew(files: tuple[Any, Path, Path]) -> None:
    """Its text is gone: the new module has the file's name."""
    module, path, _ = files
    old = module.kernel
    edit(path, "+ 1)", "+ 2)")
    importlib.reload(module)
    module.kernel = old
    with pytest.raises(DiagnosticError) as raised:
        result(module)
    assert {found.code for found in raised.value.diagnostics} == {"TTL0109"}


@pytest.mark.parametrize("gone", [True, False], ids=["deleted", "emptied"])
def test_a_helper_whose_file_is_gone_is_said(files: tuple[Any, Path, Path], gone: bool) -> None:
    module, path, helper = files
    path.unlink()  # the kernel's own text is kept
    helper.unlink()
    if not gone:
        helper.write_text("")
    with pytest.raises(DiagnosticError) as raised:
        result(module)
    (found,) = raised.value.diagnostics
    assert found.code == "TTL0109"
    assert "gone, or empty" in found.message
