"""`ttlang export` overwrites what it has made itself, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.script_kernels import KERNELS
from ttlang.tools.cli import main


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("one.py").write_text(f"{KERNELS}first(x, y)\n")
    Path("two.py").write_text(f"{KERNELS}first(x, y)\nsecond(y, z)\n")
    return "one.py"


def export(folder: str, script: str, *flags: str) -> int:
    return main(["export", "-o", folder, *flags, script])


def test_what_it_has_made_it_makes_anew(script: str) -> None:
    assert export("out", script) == 0
    assert export("out", script) == 0
    Path("out/kernels/compute.cpp").unlink()
    Path("out/build").mkdir()
    Path("out/notes.txt").write_text("mine")
    assert export("out", script, "--values") == 0
    assert Path("out/values/x.bin").is_file()
    assert export("out", script) == 0
    assert not Path("out/values/x.bin").exists(), "left over from the export before"
    assert Path("out/notes.txt").read_text() == "mine"


@pytest.mark.parametrize("file", ["kernels/compute.cpp", "README.md", "host/main.cpp"])
def test_an_edited_file_stops_it(file: str, script: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert export("out", script) == 0
    edited = Path("out") / file
    edited.write_text(f"{edited.read_text()}// tuned\n")
    assert export("out", script) == 2
    assert "TTL0012" in capsys.readouterr().err
    assert edited.read_text().endswith("// tuned\n")
    assert export("out", script, "--force") == 0
    assert not edited.read_text().endswith("// tuned\n")


@pytest.mark.parametrize("folder", [".", "mine", "mine/README.md", ""])
@pytest.mark.parametrize("name", ["one.py", "two.py"])
def test_a_folder_of_others_stops_it(folder: str, name: str, script: str, tmp_path: Path) -> None:
    Path("mine").mkdir()
    Path("mine/README.md").write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    assert export(folder, name) == 2
    assert sorted(tmp_path.rglob("*")) == before
    assert Path("mine/README.md").read_text() == "mine"


def test_a_file_that_is_in_the_way(script: str) -> None:
    assert export("out", script) == 0
    Path("out/values").mkdir()
    Path("out/values/x.bin").write_text("mine")
    assert export("out", script, "--values") == 2
    assert Path("out/values/x.bin").read_text() == "mine"


def test_several_kernels(script: str) -> None:
    assert export("out", "two.py") == 0
    assert export("out", "two.py") == 0
    edited = Path("out/second/kernels/compute.cpp")
    edited.write_text("// tuned\n")
    before = Path("out/first/README.md").stat().st_mtime_ns
    assert export("out", "two.py") == 2
    assert edited.read_text() == "// tuned\n"
    assert Path("out/first/README.md").stat().st_mtime_ns == before, "all or nothing"


def test_values_with_one_kernel_of_several_are_right(script: str) -> None:
    import numpy as np

    assert export("out", "two.py", "--values", "--kernel", "second") == 0
    assert (np.fromfile("out/values/out.expected.bin", np.float32) == 4).all(), "(1 + 1) * 2: the first has run, too"
