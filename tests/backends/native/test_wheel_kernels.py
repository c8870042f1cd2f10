"""How many kernels of the wheels the native route accepts, and why it refuses each of the others."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.backends.native.wheel_kernels import Outcome, compile_all, counts, kernels_of
from tests.support.needs import need_headers
from ttlang.backends.native.toolchain import find_compiler
from ttlang.tables.kernel_api import GENERATIONS
from ttlang.tools.headers import fetch_kernels

LEAST = {"0.69": 640, "0.81": 965}
"""How many are accepted: they compile, and name no call that is always refused."""
LISTS = Path(__file__).parent / "golden" / "wheel_kernels"
PAGE = Path(__file__).parents[3] / "docs" / "native.md"


@pytest.mark.slow
@pytest.mark.headers
@pytest.mark.parametrize("name", GENERATIONS)
def test_kernels_of_the_wheels(name: str, golden: Callable[[str, str], None], request: pytest.FixtureRequest) -> None:
    """A list is of one version of the compiler: others accept more, or say otherwise why they don't."""
    generation = GENERATIONS[name]
    kernels = kernels_of(need_headers(generation.headers))
    outcomes = compile_all(generation, kernels)
    listed = f"{name}_{compiler()}.txt"
    if (LISTS / listed).exists() or request.config.getoption("--update-golden"):
        golden(report(name, outcomes), listed)
    assert sum(not outcome.reason for outcome in outcomes) >= LEAST[name]
    assert counts(outcomes)["the object interface"] == 0


def test_the_page_has_the_counts_of_the_lists() -> None:
    accepted: dict[str, str] = {}
    named: dict[str, str] = {}
    for name in GENERATIONS:
        first, *lines = (LISTS / f"{name}_g++12.txt").read_text().splitlines()
        accepted[name] = first.removeprefix(f"ttnn {name}: ").removesuffix(" kernels are accepted")
        named[name] = next(line.split()[0] for line in lines if line.endswith("a meaning for a call, which is refused"))
    assert (
        f"With g++ 12 these are {accepted['0.81']} kernels of 0.81, and {accepted['0.69']} of 0.69; "
        f"{named['0.81']} and {named['0.69']} more compile, and name a refused call."
    ) in PAGE.read_text()


def compiler() -> str:
    """The name of the compiler and its major version."""
    path = find_compiler().path
    version = subprocess.run([path, "-dumpversion"], capture_output=True, encoding="utf-8", check=True).stdout
    return f"{Path(path).name}{version.partition('.')[0].strip()}"


def report(name: str, outcomes: list[Outcome]) -> str:
    """The counts, and a line for each kernel that is refused."""
    folder = fetch_kernels(GENERATIONS[name].headers)
    accepted = sum(not outcome.reason for outcome in outcomes)
    lines = [f"ttnn {name}: {accepted} of {len(outcomes)} kernels are accepted"]
    lines += [f"{count:5} want {reason}" for reason, count in counts(outcomes).most_common()]
    for outcome in outcomes:
        if outcome.reason:
            said = ", ".join(outcome.refused) or outcome.errors[0]
            lines.append(f"{outcome.path.relative_to(folder)}: {outcome.reason}: {said[:120]}")
    return "\n".join([*lines, ""])
