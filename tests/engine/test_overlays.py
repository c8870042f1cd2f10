"""Modules that are open in the editor are imported as they are there."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ttlang.engine.overlays import Overlays


@pytest.fixture
def overlays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Overlays]:
    modules = set(sys.modules)
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    found = Overlays()
    found.install()
    yield found
    for name in set(sys.modules) - modules:
        del sys.modules[name]


def test_a_file_that_has_another_text(overlays: Overlays, tmp_path: Path) -> None:
    path = tmp_path / "overlaid_module.py"
    path.write_text("def value():\n    return 'disk'\n")
    overlays.set(str(path), "\n\ndef value():\n    return 'editor'\n")
    module = importlib.import_module("overlaid_module")
    assert module.value() == "editor"
    assert module.__file__ == str(path)
    assert inspect.getsourcelines(module.value) == (["def value():\n", "    return 'editor'\n"], 3)
    assert not (tmp_path / "__pycache__").exists(), "bytecode is that of the file"
    overlays.set(str(path), None)
    del sys.modules["overlaid_module"]
    assert importlib.import_module("overlaid_module").value() == "disk"


def test_files_that_are_not_there_yet(overlays: Overlays, tmp_path: Path) -> None:
    overlays.set(str(tmp_path / "overlaid_package" / "__init__.py"), "from overlaid_package.part import x\n")
    overlays.set(str(tmp_path / "overlaid_package" / "part.py"), "x = 1\n")
    assert importlib.import_module("overlaid_package").x == 1


def test_what_comes_first_in_the_path_is_found(overlays: Overlays, tmp_path: Path) -> None:
    (tmp_path / "first").mkdir()
    (tmp_path / "first" / "overlaid_twice.py").write_text("x = 'first'\n")
    overlays.set(str(tmp_path / "second" / "overlaid_twice.py"), "x = 'second'\n")
    sys.path[:0] = [str(tmp_path / "first"), str(tmp_path / "second")]
    assert importlib.import_module("overlaid_twice").x == "first"


def test_a_text_with_a_mistake(overlays: Overlays, tmp_path: Path) -> None:
    overlays.set(str(tmp_path / "overlaid_wrong.py"), "x = (\n")
    with pytest.raises(SyntaxError) as raised:
        importlib.import_module("overlaid_wrong")
    assert raised.value.filename == str(tmp_path / "overlaid_wrong.py")
