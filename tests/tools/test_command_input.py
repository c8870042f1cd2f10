"""Files that commands are to write."""

from __future__ import annotations

from pathlib import Path

from ttlang.tools.command_input import unwritable


def test_a_file_is_refused_that_would_spoil_something_or_has_no_folder(tmp_path: Path) -> None:
    script = tmp_path / "kernel.py"
    script.touch()

    def said(output: Path | str) -> str | None:
        return unwritable("--html", str(output), str(script))

    assert said(tmp_path / "page.html") is None
    assert said("") == "--html '' is no file"
    assert said(tmp_path) == f"--html {str(tmp_path)!r} is no file"
    assert said(script) == f"--html {script} is the script itself"
    assert said(tmp_path / "none" / "page.html") == f"--html {tmp_path}/none/page.html: there is no such folder"
