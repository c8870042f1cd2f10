"""
The kernel libraries of the generations: which arithmetic stands behind each call in each of them. A call that is in
none is computed from the reference of its row of `functions.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ttlang.machine.numerics import (
    approximations,
    errors,
    exponentials,
    formats,
    logarithms,
    older,
    trigonometry,
)
from ttlang.machine.numerics.row_sums import RowSums, multiplied, pooled
from ttlang.machine.numerics.rules import RULES, Compute, Rule
from ttlang.machine.tiles import Patterns
from ttlang.tables.functions import Call, Rounding
from ttlang.tables.kernel_api import NEWEST

_AWAY = Rounding.NEAREST_AWAY
_CUT = Rounding.TRUNCATE
_EVEN = Rounding.NEAREST_EVEN

_NARROW_0_81: dict[str, tuple[Compute, Rounding]] = {
    "expm1_tile": (exponentials.expm1, _AWAY),
    "mish_tile<false>": (exponentials.mish, _AWAY),
    "softplus_tile": (errors.softplus, _AWAY),
    "gelu_tile<false>": (errors.gelu, _AWAY),
    "erf_tile<false>": (errors.erf, _CUT),
    "asinh_tile": (logarithms.asinh, _AWAY),
    "acosh_tile": (logarithms.acosh, _AWAY),
    "atanh_tile": (logarithms.atanh, _AWAY),
    "tan_tile": (trigonometry.tan, _AWAY),
    "asin_tile": (trigonometry.asin, _AWAY),
    "acos_tile": (trigonometry.acos, _AWAY),
    "atan_tile": (trigonometry.atan, _AWAY),
    "sinh_tile": (trigonometry.sinh, _AWAY),
    "cosh_tile": (trigonometry.cosh, _AWAY),
}
"""Functions whose formula with a 16-bit DST is known, and that of a 32-bit one is not."""


_BY_WIDTH_0_81 = {
    "exp2_tile": Rule(exponentials.exp2, exponentials.exp2_wide, _AWAY),
    "log_tile": Rule(logarithms.log, logarithms.log_wide, _AWAY),
    "log_with_base_tile": Rule(logarithms.log_with_base, logarithms.log_with_base_wide, _AWAY),
    "log_with_base_tile<false, true>": Rule(logarithms.log2, logarithms.log2_wide, _AWAY),
    "log1p_tile": Rule(logarithms.log1p, logarithms.log1p_wide, _AWAY),
    "sin_tile": Rule(trigonometry.sin, trigonometry.sin_wide, _AWAY),
    "cos_tile": Rule(trigonometry.cos, trigonometry.cos_wide, _AWAY),
}
"""Functions with two formulas."""

_BOTH_0_81: dict[str, tuple[Compute, Rounding]] = {
    "elu_tile": (exponentials.elu, _AWAY),
    "celu_tile": (exponentials.celu, _AWAY),
    "selu_tile": (exponentials.selu, _AWAY),
    "hardsigmoid_tile": (exponentials.hardsigmoid, _CUT),
    "erfc_tile": (errors.erfc, _CUT),
    "erfinv_tile": (errors.erfinv, _CUT),
}
"""Functions whose formula does not depend on the width of DST."""

_NARROW_0_69: dict[str, tuple[Compute, Rounding]] = {
    "exp_tile": (approximations.exp_inside, _AWAY),
    "recip_tile<false>": (older.recip, _EVEN),
    "log_tile": (older.log, _AWAY),
    "log_with_base_tile": (older.log_with_base, _AWAY),
    "softplus_tile": (older.softplus, _AWAY),
    "gelu_tile<false>": (older.gelu, _AWAY),
    "erf_tile<false>": (older.erf, _CUT),
    "sin_tile": (trigonometry.sin, _AWAY),
    "cos_tile": (trigonometry.cos, _AWAY),
}


def _narrow(table: Mapping[str, tuple[Compute, Rounding]]) -> dict[str, Rule]:
    return {call: Rule(compute, None, rounding) for call, (compute, rounding) in table.items()}


@dataclass(frozen=True)
class Library:
    """The kernel library of a generation."""

    rules: Mapping[str, Rule]
    """By the call's name with its template arguments."""
    copy: Callable[[Patterns], Patterns]
    """What a move to a 16-bit DST makes of floats."""
    row_sums: RowSums
    row_sums_recorded: bool
    """Whether recordings of a chip stand behind them."""


def _both(table: Mapping[str, tuple[Compute, Rounding]]) -> dict[str, Rule]:
    return {call: Rule(compute, compute, rounding) for call, (compute, rounding) in table.items()}


LIBRARIES: Mapping[str, Library] = {
    # The flag by which the unit takes what has no exponent for zero is set.
    "0.69": Library(
        RULES | _narrow(_NARROW_0_69), copy=formats.flush_to_zero, row_sums=pooled, row_sums_recorded=False
    ),
    "0.81": Library(
        RULES | _BY_WIDTH_0_81 | _both(_BOTH_0_81) | _narrow(_NARROW_0_81),
        copy=lambda patterns: patterns,
        row_sums=multiplied,
        row_sums_recorded=True,
    ),
}


def find_rule(call: Call, generation: str = NEWEST.name) -> Rule | None:
    """The rule of a call, by the name of the function and its template arguments."""
    return LIBRARIES[generation].rules.get(call.key)
