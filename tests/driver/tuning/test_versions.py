"""Versions change with what a result comes from, and with nothing else, and are told without reading the sources."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.house import MODULES, imported
from ttlang.driver.tuning import versions
from ttlang.driver.tuning.versions import compiler_version, cost_version

PACKAGE = Path(versions.__file__).parents[2]
PRINT = "from ttlang.driver.tuning.versions import *; print(compiler_version(), cost_version())"


def reached(*modules: str) -> set[str]:
    """The files of the package that these import, and what those import."""
    seen: set[str] = set()
    waiting = list(modules)
    while waiting:
        if (module := waiting.pop()) not in seen:
            seen.add(module)
            waiting += imported(MODULES[module])
    return {str(MODULES[module].relative_to(PACKAGE)) for module in seen if module.startswith("ttlang.")}


@pytest.mark.parametrize(
    ("rooms", "modules"),
    [
        (versions._MACHINE, ("ttlang.backends.simulator", "ttlang.backends.simulator.predicted_time")),
        (
            versions._COMPILER,
            (
                "ttlang.driver.pipeline",
                "ttlang.frontend.elaboration.elaborate",
                "ttlang.frontend.elaboration.kernel_to_ttl",
            ),
        ),
    ],
)
def test_all_that_takes_part_counts(rooms: tuple[str, ...], modules: tuple[str, ...]) -> None:
    """But for messages, settings, which are part of the problem, and the library in C++."""
    beside = ("diagnostics", "settings", "backends/native")
    assert [file for file in reached(*modules) if not file.startswith((*rooms, *beside))] == []


def printed(place: Path) -> list[str]:
    """The two versions of a copy of the package, in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(place)}
    done = subprocess.run([sys.executable, "-c", PRINT], env=environment, capture_output=True, text=True, cwd=place)
    assert not done.returncode, done.stderr
    return done.stdout.split()


def test_versions_change_with_the_sources(own_cache: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        shutil.copytree(PACKAGE, tmp_path / name / "ttlang", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(PACKAGE.parent / "ttl", tmp_path / "a" / "ttl")
    shutil.copytree(PACKAGE.parent / "ttl", tmp_path / "b" / "ttl")
    first = [compiler_version(), cost_version()]
    assert printed(tmp_path / "a") == printed(tmp_path / "b") == first

    def touched(file: str) -> list[bool]:
        """Which of the versions one more comment in a file changes."""
        before = printed(tmp_path / "a")
        with (tmp_path / "a" / "ttlang" / file).open("a") as opened:
            opened.write("# more\n")
        return [old != new for old, new in zip(before, printed(tmp_path / "a"), strict=True)]

    assert touched("machine/clock/agenda.py") == [False, True]
    assert touched("tables/chips/blackhole_costs.py") == [True, True]
    assert touched("transforms/ttl_fit_dst.py") == [True, False]
    assert touched("tools/cli.py") == [False, False]


def test_a_version_is_remembered(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forget() -> None:
        versions._version.cache_clear()
        versions._room.cache_clear()

    forget()
    first = compiler_version(), cost_version()
    forget()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_text", None)
        assert (compiler_version(), cost_version()) == first
    (own_cache / "tuned" / "versions.json").unlink()
    forget()
    assert (compiler_version(), cost_version()) == first
