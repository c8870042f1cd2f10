"""What is installed under which name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_language_has_one_module_under_each_of_its_names() -> None:
    import ttl as plain
    from ttl import ttl as nested
    from ttlang import language
    from ttlang import ttl as ours

    assert plain is nested is ours
    assert set(language.__all__) <= set(plain.__all__)
    assert all(getattr(plain, name) is getattr(language, name) for name in language.__all__)


def test_an_editable_install_is_an_entry_of_the_path() -> None:
    """Editors and type checkers read path entries; hooks of the import system they don't run."""
    script = "import sys; print(*sys.path, sep='\\n')"
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd="/").stdout
    assert str(ROOT) in shown.splitlines()
