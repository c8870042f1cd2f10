"""Every example runs, on both chips, and compares itself with torch."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from ttlang.settings.variables import NUMERICS
from ttlang.tables.chips import CHIPS

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("*.py"))


def test_the_language_page_names_the_examples_of_2025() -> None:
    page = (EXAMPLES[0].parent.parent / "docs" / "language.md").read_text()
    (named,) = re.findall(r"part of the edition of 2025: (.*)\.", page)
    older = {path.stem for path in EXAMPLES if "@ttl.kernel" in path.read_text()}
    assert set(re.findall(r"`(\w+)`", named)) == older


@pytest.mark.slow
@pytest.mark.parametrize(("arch", "numerics"), list(zip(CHIPS, NUMERICS, strict=True)))
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example(
    path: Path, arch: str, numerics: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With both arithmetics; `tests/backends/native` has the other pairs."""
    monkeypatch.setenv("TTLANG_ARCH", arch)
    monkeypatch.setenv("TTLANG_NUMERICS", numerics)
    runpy.run_path(str(path), run_name="__main__")
    assert "torch" in capsys.readouterr().out
