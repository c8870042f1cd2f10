"""What an editor asks for of a document: texts, profile, simulation, tuning, export."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.document_texts import in_fork
from tests.support.script_kernels import KERNELS
from tests.support.sized_kernels import rows_kernel
from ttlang.diagnostics import DiagnosticError
from ttlang.driver.compiler import CompiledKernel
from ttlang.engine.compiled_script import CompiledScript, try_cpp
from ttlang.engine.document_commands import do_command
from ttlang.engine.facts.kernel_facts import text_from_json
from ttlang.engine.script import Script

CALLS = "first(x, y)\nsecond(y, z)\nprint('z is', int(ttnn.to_numpy(z)[0, 0]))\n"
SIZED = (
    rows_kernel("bm: int = ttl.one_of(1, 2)")
    + """
from ttlang import ttnn
device = ttnn.open_device(device_id=0)
x, out = (ttnn.ones((128, 64), layout=ttnn.TILE_LAYOUT, device=device) for _ in range(2))
scale(x, out)
"""
)


@dataclass(frozen=True)
class Call:
    compiled: CompiledKernel
    numbers: Sequence[int]


def commanded(place: Path, text: str, name: str, **params: Any) -> tuple[Any, list[tuple[str, float | None]]]:
    """The answer, and how far it was told to be, in a process that has judged the text, of which there is no file."""

    def work() -> tuple[Any, list[tuple[str, float | None]]]:
        calls: list[Call] = []
        told: list[tuple[str, float | None]] = []
        script = Script(str(place / "script.py"), (), text=text)
        judged = CompiledScript(script, try_cpp)
        judged.run(lambda: 0, lambda compiled, _, numbers: calls.append(Call(compiled, numbers)))
        answer = do_command(script, calls, name, params, lambda text, share: told.append((text, share)))
        return answer, told

    return in_fork(work)


def test_a_text_is_of_the_kernel_the_form_and_the_thread(tmp_path: Path) -> None:
    answer, _ = commanded(tmp_path, KERNELS + CALLS, "text", kernel="second", form="cpp", thread="compute")
    text = text_from_json(answer)
    assert (text.kernel, text.form, text.thread) == ("second", "cpp", "compute")
    assert "mul_unary_tile" in text.text
    plan, _ = commanded(tmp_path, KERNELS + CALLS, "text", kernel="first", form="plan", thread=None)
    assert text_from_json(plan).text.startswith("first on 1x1 cores")
    assert commanded(tmp_path, KERNELS + CALLS, "text", kernel="none", form="ttl")[0] is None


def test_a_profile_is_a_page_of_the_kernels_that_are_meant(tmp_path: Path) -> None:
    answer, told = commanded(tmp_path, KERNELS + CALLS, "profile", kernel="second")
    assert answer["title"] == "Profile of second"
    assert '"kernel":"second"' in answer["html"]
    assert '"kernel":"first"' not in answer["html"]
    assert ("profiles second", 0.0) in told
    both, _ = commanded(tmp_path, KERNELS + CALLS, "profile")
    assert '"kernel":"first"' in both["html"]
    assert both["title"] == "Profile of script.py"


def test_a_simulation_computes_and_counts(tmp_path: Path) -> None:
    answer, _ = commanded(tmp_path, KERNELS + CALLS, "simulate")
    lines = answer["text"].splitlines()
    assert "z is 4" in lines
    assert any(line.startswith("second") for line in lines)
    failed, _ = commanded(tmp_path, KERNELS + "raise ValueError('no such luck')", "simulate")
    assert "TTL0006" in failed["text"]
    assert "no such luck" in failed["text"]


def test_tuning_says_what_is_best_and_of_each_why_not(tmp_path: Path) -> None:
    answer, told = commanded(tmp_path, SIZED, "tune", kernel="scale")
    assert answer["title"] == "Tuning of scale"
    assert "best: bm=" in answer["text"]
    assert {"bm=1", "bm=2"} <= set(answer["text"].replace(",", "").split())
    assert any(text.startswith("scale: ") and share == 1 for text, share in told)


def test_an_export_lies_beside_the_script(tmp_path: Path) -> None:
    answer, _ = commanded(tmp_path, KERNELS + CALLS, "export", kernel="first")
    folder = tmp_path / "script_kernels"
    assert answer["text"] == f"written: {folder}\n"
    assert list(folder.rglob("*.cpp"))
    other, _ = commanded(tmp_path, KERNELS + CALLS, "export", folder=str(tmp_path / "both"))
    assert other["text"].count("written: ") == 2


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("profile", "", "calls no kernel first"),
        ("tune", CALLS, "calls no kernel first that leaves sizes to be chosen"),
        ("export", "wrong(x, y)", "nothing"),
        ("profile", "raise ValueError('no such luck')", "no such luck"),
        ("paint", CALLS, "no command paint"),
    ],
)
def test_what_goes_wrong_is_told(name: str, text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(DiagnosticError, match=said):
        commanded(tmp_path, KERNELS + text, name, kernel="first")
