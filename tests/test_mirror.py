"""Tests stand where a stranger looks for them: folders mirror those of `ttlang/`, and a file has a name of its own."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "ttlang"
FILES = sorted(path for path in TESTS.rglob("*.py") if "golden" not in path.parts)
TEST_FILES = [path for path in FILES if path.stem.startswith("test_")]
WHOLE_REPOSITORY = {
    "test_examples.py",
    "test_guides.py",
    "test_imports.py",
    "test_language_page.py",
    "test_mirror.py",
    "test_package.py",
}


def mirrors(folder: Path) -> bool:
    """A folder of the package; a subject of the language, which many of them know; or how the language is typed."""
    if (PACKAGE / folder).is_dir():
        return True
    return folder == Path("typing") or (len(folder.parts) == 2 and folder.parts[0] == "language")


@pytest.mark.parametrize("folder", sorted({path.parent.relative_to(TESTS) for path in TEST_FILES} - {Path()}), ids=str)
def test_a_folder_of_tests_mirrors_one_of_the_package(folder: Path) -> None:
    assert mirrors(folder)


def test_no_test_lies_in_the_root_but_those_of_the_whole_repository() -> None:
    alone = {path.name for path in TEST_FILES if path.parent == TESTS} - WHOLE_REPOSITORY
    assert alone <= {f"test_{path.name}" for path in PACKAGE.glob("*.py")}


def test_a_name_of_a_test_file_stands_once() -> None:
    counts = Counter(path.name for path in TEST_FILES)
    assert [name for name, count in counts.items() if count > 1] == []


def test_what_tests_share_stands_in_no_test() -> None:
    """It stands in `support/`, beside its users, or, if it is a fixture, in a `conftest.py`."""
    found = [(path.name, name) for path in FILES for name in imported(path) if name.rpartition(".")[2] == "conftest"]
    found += [(path.name, name) for path in FILES for name in imported(path) if ".test_" in name]
    assert found == []


def imported(path: Path) -> list[str]:
    """Modules of the tests that a file imports from."""
    nodes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
    return [node.module for node in nodes if node.module and node.module.startswith("tests.")]
