"""Random kernels that leave sizes to be chosen: the choice beside brute force, what they compute beside numpy."""

from __future__ import annotations

from itertools import count, islice
from pathlib import Path

import pytest

from tests.support.benchmarks import script

random_problems = script("sizes", "random_problems")
problem_checks = script("sizes", "problem_checks")

FEW = [
    number for number in islice(count(), 60) if 3 <= len(random_problems.problem(number, most=12).configurations()) <= 8
][:15]
"""Problems with few enough configurations to compile all of them."""


@pytest.mark.parametrize("number", FEW)
def test_a_plain_call_chooses_what_brute_force_does(number: int, tmp_path: Path) -> None:
    made = random_problems.problem(number, most=12)
    assert problem_checks.chosen_beside_brute_force(made, tmp_path) is None, made.text


@pytest.mark.parametrize("number", range(15))
def test_a_kernel_computes_what_numpy_does(number: int, tmp_path: Path) -> None:
    made = random_problems.problem(number, most=3)
    assert problem_checks.run_beside_numpy(made, tmp_path, number) is None, made.text
