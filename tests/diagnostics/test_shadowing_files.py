"""A user's own `ttl.py` or `ttnn.py` beside the script is named, and not taken for the language."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PYTHON = [sys.executable]
TTLANG = [sys.executable, "-m", "ttlang.tools.cli"]


@pytest.mark.parametrize(
    ("command", "script", "file"),
    [
        ([*PYTHON, "my.py"], "from ttlang import ttl, ttnn", "ttl.py"),
        ([*PYTHON, "my.py"], "import ttlang\nttlang.ttl.kernel", "ttl.py"),
        ([*PYTHON, "my.py"], "import ttl\nfrom ttlang import ttl", "ttl.py"),
        ([*PYTHON, "my.py"], "import ttl\nfrom ttlang import ttnn", "ttl.py"),
        ([*PYTHON, "my.py"], "from ttlang import ttnn\nimport ttl", "ttl.py"),
        ([*PYTHON, "my.py"], "from ttlang import ttnn\nfrom ttl import ttl", "ttl.py"),
        ([*PYTHON, "my.py"], "from ttlang import ttnn", "ttnn.py"),
        ([*PYTHON, "ttl.py"], "from ttlang import ttl", "ttl.py"),
        ([*TTLANG, "run", "my.py"], "from ttlang import ttl", "ttl.py"),
        ([*TTLANG, "check", "my.py"], "import ttl", "ttl.py"),
        ([*TTLANG, "run", "my.py"], "import helpers", "ttl.py"),
    ],
)
def test_a_file_that_hides_the_language_is_named(tmp_path: Path, command: list[str], script: str, file: str) -> None:
    (tmp_path / file).write_text("def helper(): pass\n")
    (tmp_path / "helpers.py").write_text("import ttl\n")
    (tmp_path / command[-1]).write_text(f"{script}\n")
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=environment)
    assert result.returncode != 0
    assert "TTL0008" in result.stderr
    assert str(tmp_path / file) in result.stderr
    lines = script.count("\n") + 1
    place = "helpers.py:1" if "helpers" in script else f"{command[-1]}:{lines}"
    assert place in result.stderr


def test_a_script_of_the_host_library_alone_may_have_such_a_file(tmp_path: Path) -> None:
    (tmp_path / "ttl.py").write_text("")
    (tmp_path / "my.py").write_text("from ttlang import ttnn\nprint(ttnn.zeros((2, 2)).shape)\n")
    result = subprocess.run([*PYTHON, "my.py"], cwd=tmp_path, capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")


def test_a_file_of_that_name_that_is_not_imported_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "ttl.py").write_text("")
    (tmp_path / "my.py").write_text("from ttlang import ttl\nprint(ttl.kernel)\n")
    result = subprocess.run([*TTLANG, "run", "my.py"], cwd=tmp_path, capture_output=True, text=True)
    assert (result.returncode, "TTL0008" in result.stderr) == (0, False)
