"""
What an editor says of kernels: nothing where they are right, and of every mistake of types or names something at its
line. Pyright runs in its basic settings, on copies outside the repository, as on a user's scripts.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args, get_overloads, get_type_hints

import pytest

from ttlang.diagnostics.catalogue import mistakes
from ttlang.driver.decorators import kernel, operation
from ttlang.settings.option_relics import RELICS
from ttlang.settings.options import FIDELITIES, CompileOptions
from ttlang.tables.chips import CHIPS
from ttlang.tables.kernel_api import GENERATIONS

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
_SCRIPT = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def errors_in(folder: Path) -> dict[str, dict[int, str]]:
    """Of each file, pyright's errors by line."""
    (folder / "pyrightconfig.json").write_text('{"typeCheckingMode": "basic"}')
    command = [sys.executable, "-m", "pyright", "-p", str(folder), "--pythonpath", sys.executable, "--outputjson"]
    result = subprocess.run(command, capture_output=True, text=True)
    report = json.loads(result.stdout)
    assert report["summary"]["filesAnalyzed"] == len(list(folder.rglob("*.py")))
    found: dict[str, dict[int, str]] = defaultdict(dict)
    for item in report["generalDiagnostics"]:
        if item["severity"] == "error":
            file = str(Path(item["file"]).relative_to(folder))
            found[file][item["range"]["start"]["line"] + 1] = item["message"]
    return found


@pytest.mark.slow
def test_pyright_finds_nothing_wrong_in_a_kernel_that_is_right(tmp_path: Path) -> None:
    for source in (ROOT / "examples", ROOT / "tests" / "language" / "seeds"):
        shutil.copytree(source, tmp_path / source.name, ignore=shutil.ignore_patterns("test_*"))
    (tmp_path / "right.py").write_text((HERE / "right.py").read_text())
    for page in (page for page in mistakes() if page.script):
        (tmp_path / f"{page.name.replace('-', '_')}.py").write_text(page.right)
    for page in (ROOT / "README.md", *(ROOT / "docs" / "agents").glob("*.md")):
        for number, script in enumerate(_SCRIPT.findall(page.read_text())):
            (tmp_path / f"{page.stem}_{number}.py").write_text(script)
    assert errors_in(tmp_path) == {}


@pytest.mark.slow
def test_pyright_finds_every_mistake(tmp_path: Path) -> None:
    script = (HERE / "mistakes.py").read_text()
    (tmp_path / "mistakes.py").write_text(script)
    marked = {number for number, line in enumerate(script.splitlines(), 1) if line.endswith("# mistake")}
    found = errors_in(tmp_path)["mistakes.py"]
    assert marked - set(found) == set()
    assert {number: found[number] for number in set(found) - marked} == {}


@pytest.mark.parametrize(("decorator", "relics"), [(kernel, set[str]()), (operation, set(RELICS))])
def test_decorators_name_the_options_that_there_are(decorator: Any, relics: set[str]) -> None:
    _, with_options = get_overloads(decorator)
    (keywords,) = get_args(get_type_hints(with_options)["options"])
    hints = get_type_hints(keywords)
    assert set(hints) - {"grid", "where"} == {field.name for field in fields(CompileOptions)} | relics
    assert get_args(hints["arch"]) == tuple(CHIPS)
    assert get_args(hints["metal_api"]) == tuple(GENERATIONS)
    assert get_args(get_args(hints["math_fidelity"])[0]) == FIDELITIES
