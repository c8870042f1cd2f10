"""What an exported runner says of each tensor that it compares with the simulator, and how it judges."""

from __future__ import annotations

import math
import sys
from typing import Any

import pytest
import torch

from ttlang.backends.ttnn import runner_main

NUMBERS = torch.tensor([1.0, 2.0, -3.0, 0.0] * 8).bfloat16()
BLOCK = torch.tensor([64.0] + [1.0] * 15)


def changed(values: torch.Tensor, value: float) -> torch.Tensor:
    """Its second element is another one."""
    result = values.clone()
    result[1] = value
    return result


@pytest.mark.parametrize(
    ("found", "expected", "precision", "agrees", "said"),
    [
        (NUMBERS, NUMBERS, {"significand": 8}, True, "0 of 32 values differ, by up to 0 ULP"),
        (changed(NUMBERS, 2.015625), NUMBERS, {"significand": 8}, True, "1 of 32 values differ, by up to 1 ULP"),
        (changed(NUMBERS, 2.03125), NUMBERS, {"significand": 8}, False, "1 of 32 values differ, by up to 2 ULP"),
        (changed(NUMBERS, math.nan), NUMBERS, {"significand": 8}, False, "1 of 32 values differ, by up to inf ULP"),
        (changed(NUMBERS, math.inf), NUMBERS, {"significand": 8}, False, "1 of 32 values differ, by up to inf ULP"),
        (NUMBERS, changed(NUMBERS, math.inf), {"significand": 8}, False, "1 of 32 values differ, by up to inf ULP"),
        (changed(NUMBERS, math.nan), changed(NUMBERS, math.nan), {"significand": 8}, True, "0 of 32"),
        (0 * NUMBERS, NUMBERS, {"significand": 8}, False, "24 of 32 values differ, by up to 192 ULP"),
        (changed(BLOCK, 2), BLOCK, {"significand": 7, "shared": True}, True, "1 of 16 values differ, by up to 1 ULP"),
        (changed(BLOCK, 3), BLOCK, {"significand": 7, "shared": True}, False, "1 of 16 values differ, by up to 2 ULP"),
        (
            torch.arange(9),
            changed(torch.arange(9), 3),
            {"significand": 32},
            False,
            "1 of 9 values differ, by up to 2\n",
        ),
    ],
)
def test_values_are_judged_by_their_format(
    found: torch.Tensor,
    expected: torch.Tensor,
    precision: dict[str, Any],
    agrees: bool,
    said: str,
    capsys: pytest.CaptureFixture[str],
):
    names: dict[str, Any] = {"math": math, "sys": sys}
    exec(runner_main._CHECK, names)
    assert names["check"]("out", found, expected, **precision) is agrees
    assert f"out: {said}" in capsys.readouterr().out
