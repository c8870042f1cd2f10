"""What is installed under which name."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from contextlib import redirect_stdout
from email.parser import Parser
from pathlib import Path

import pytest

from ttlang import __version__

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


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `pip install` puts in site-packages."""
    pytest.importorskip("hatchling", reason="`make setup` installs it")
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (file,) = folder.glob("*.whl")
    with zipfile.ZipFile(file) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_a_wheel_has_the_packages_with_their_data_and_nothing_else(wheel: Path) -> None:
    (info,) = wheel.glob("*.dist-info")
    assert {path.name for path in wheel.iterdir()} == {"ttl", "ttlang", info.name}
    for package in ("ttl", "ttlang"):
        sources = {path.relative_to(ROOT) for path in (ROOT / package).rglob("*") if path.is_file()}
        sources = {path for path in sources if "__pycache__" not in path.parts}
        if package == "ttlang" and (ROOT / "build" / "ttlang.vsix").is_file():
            sources.add(Path("ttlang", "ttlang.vsix"))
        assert sources == {
            path.relative_to(wheel)
            for path in (wheel / package).rglob("*")
            if path.is_file() and path.relative_to(wheel / package).parts[0] not in ("docs", "examples")
        }


def test_documentation_and_examples_come_with_a_wheel(wheel: Path, tmp_path: Path) -> None:
    def printed(*arguments: str) -> str:
        command = [sys.executable, "-m", "ttlang", *arguments]
        environment = os.environ | {"PYTHONPATH": str(wheel)}
        return subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True).stdout

    assert printed("docs", "language") == (ROOT / "docs" / "language.md").read_text()
    assert printed("examples", "softmax.py") == (ROOT / "examples" / "softmax.py").read_text()
    assert {line.split()[0] for line in printed("examples").splitlines()} == {
        path.stem for path in (ROOT / "examples").glob("*.py")
    }


def test_each_example_is_listed_with_a_sentence_that_fits_a_line() -> None:
    from ttlang.tools.packaged_pages import show

    printed = io.StringIO()
    with redirect_stdout(printed):
        show("examples", None)
    lines = printed.getvalue().splitlines()
    assert max(map(len, lines)) <= 120
    assert any(line.endswith(" ...") for line in lines)
    assert "matmul               A matrix product on one core" in lines


def test_pytest_runs_under_ttlang_where_warnings_are_errors(wheel: Path, tmp_path: Path) -> None:
    """From a wheel: pytest would rewrite what it has a plugin from, and warns of what is loaded already."""
    (tmp_path / "test_empty.py").write_text("def test_nothing(): pass\n")
    plugins = ["-p", "no:cacheprovider", "-p", "no:asyncio"]
    command = [sys.executable, "-m", "ttlang", "run", "-m", "pytest", "-q", "-W", "error", *plugins]
    environment = os.environ | {"PYTHONPATH": str(wheel)}
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert "1 passed" in result.stdout


def test_the_page_of_an_index_has_no_link_that_leads_nowhere(wheel: Path) -> None:
    (metadata,) = wheel.glob("*.dist-info/METADATA")
    message = Parser().parsestr(metadata.read_text())
    assert all(re.search(r", https://", url) for url in message.get_all("Project-URL", []))
    page = message.get_payload()
    assert isinstance(page, str)
    assert "docs/language.md" in page
    assert re.findall(r"\]\((?!https://)[^)]*\)", page) == []


@pytest.mark.browser
def test_a_wheel_carries_the_extension_and_an_editor_takes_it(wheel: Path, tmp_path: Path) -> None:
    """The editor is that of `make browser-test`, without a window."""
    with zipfile.ZipFile(wheel / "ttlang" / "ttlang.vsix") as archive:
        assert json.loads(archive.read("extension/package.json"))["version"] == __version__
    server = ROOT / "editors/vscode/test/node_modules/code-server/lib/vscode/out/server-main.js"
    code = tmp_path / "code"
    code.write_text(f'#!/bin/sh\nexec node {server} --server-data-dir {tmp_path} --extensions-dir {tmp_path} "$@"\n')
    code.chmod(0o755)
    command = [sys.executable, "-m", "ttlang", "vscode", "install", "--code", str(code)]
    environment = os.environ | {"PYTHONPATH": str(wheel)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert "was successfully installed" in done.stdout, done.stderr
    (manifest,) = tmp_path.glob("ttlang.ttlang-*/package.json")
    assert json.loads(manifest.read_text())["version"] == __version__
