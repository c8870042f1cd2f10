"""`import ttnn` in the tests of a user."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
TEST = """
import sys
assert "ttlang.host" not in sys.modules
import ttnn
import ttlang.host
import ttnn as again

def test_it():
    assert ttnn is ttlang.host and again is ttnn and ttnn.__spec__.name == "ttlang.host"
    assert ttlang.host.find_ttnn() is ttlang.host
"""


def test_the_plugin(tmp_path: Path) -> None:
    (tmp_path / "test_kernel.py").write_text(TEST)
    plugin = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["pytest11"]["ttlang"]
    # pytest-asyncio, which pytest-lsp brings, warns wherever its scope is not set.
    plugins = ["-p", "no:asyncio", "-p", "no:ttlang", "-p", plugin]
    run = [sys.executable, "-m", "pytest", "-q", "-W", "error", *plugins, "test_kernel.py"]
    ended = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "1 passed" in ended.stdout, ended.stdout + ended.stderr
