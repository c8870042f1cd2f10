"""`ttlang vscode install`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ttlang.tools import editor_extension
from ttlang.tools.cli import main


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The extension of a package that lies in a folder of the test's."""
    found = tmp_path / "site" / "ttlang" / "ttlang.vsix"
    found.parent.mkdir(parents=True)
    found.write_bytes(b"")
    monkeypatch.setattr(editor_extension, "_PACKAGE", found.parent)
    return found


def editor(folder: Path, name: str, *, exits: int = 0) -> Path:
    """A command that writes down how it is called."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f'#!/bin/sh\necho "$@" > {path}.called\nexit {exits}\n')
    path.chmod(0o755)
    return path


def test_each_editor_on_the_path_is_told(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [editor(tmp_path / "bin", name) for name in ("codium", "code-server")]
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setattr(editor_extension, "EDITORS", ("codium", "code-server", "no-such-editor"))
    assert main(["vscode", "install"]) == 0
    for path in found:
        assert Path(f"{path}.called").read_text() == f"--install-extension {file} --force\n"


def test_an_editor_can_be_named(file: Path, tmp_path: Path) -> None:
    path = editor(tmp_path, "my-code")
    assert main(["vscode", "install", "--code", str(path)]) == 0
    assert str(file) in Path(f"{path}.called").read_text()


def test_an_editor_that_fails_is_told(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = editor(tmp_path, "my-code", exits=1)
    assert main(["vscode", "install", "--code", str(path)]) == 2
    assert capsys.readouterr().err == f"ttlang: {path} has not installed {file}\n"


def test_without_an_editor_the_file_is_named(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["vscode", "install", "--code", "/no/such/editor"]) == 2
    shown = capsys.readouterr().err
    assert f"The extension is {file}" in shown
    assert "there is no command /no/such/editor" in shown


def test_a_checkout_has_it_where_make_builds_it(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.unlink()
    assert main(["vscode", "install"]) == 2
    assert "make vsix" in capsys.readouterr().err
    built = file.parent.parent / "build" / file.name
    built.parent.mkdir()
    built.write_bytes(b"")
    assert editor_extension.extension_file() == built
