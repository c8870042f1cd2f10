"""The generated pages are current, and the written ones speak of things that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ttlang.diagnostics import CODES
from ttlang.tools.docs import FOLDER, PAGES

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", PAGES)
def test_generated_pages_are_current(name: str) -> None:
    assert (FOLDER / name).read_text() == PAGES[name](), "run `make docs`"


@pytest.mark.parametrize("path", sorted([*ROOT.glob("*.md"), *FOLDER.glob("*.md")]), ids=lambda path: path.name)
def test_pages_name_what_exists(path: Path) -> None:
    text = path.read_text()
    targets = (ROOT / "Makefile").read_text()
    for code in re.findall(r"TTL\d{4}", text):
        assert code in CODES, code
    for target in re.findall(r"`make ([a-z-]+)", text):
        assert f"\n{target}:" in targets, f"make {target}"
    for link in re.findall(r"\]\((?!http)([^)#]+)", text):
        assert (path.parent / link).exists(), link
    for name in re.findall(r"`((?:ttlang|tests|examples|benchmarks|docs)/[\w/.-]+)`", text):
        assert (ROOT / name).exists(), name
