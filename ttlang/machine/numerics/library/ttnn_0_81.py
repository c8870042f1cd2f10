"""The kernel library of ttnn 0.81: the calls whose formula is known, beside those of all generations."""

from __future__ import annotations

from ttlang.machine.numerics.library import activations, error_functions, exponentials, logarithms, trigonometry
from ttlang.machine.numerics.library.common_calls import COMMON_CALLS
from ttlang.machine.numerics.library.rule import Compute, Library, Rule, narrow_only, of_both_widths
from ttlang.machine.numerics.row_sums import multiplied
from ttlang.tables.functions import Rounding

_AWAY = Rounding.NEAREST_AWAY
_CUT = Rounding.TRUNCATE

_NARROW: dict[str, tuple[Compute, Rounding]] = {
    "expm1_tile": (exponentials.expm1, _AWAY),
    "mish_tile<false>": (activations.mish, _AWAY),
    "softplus_tile": (error_functions.softplus, _AWAY),
    "gelu_tile<false>": (error_functions.gelu, _AWAY),
    "erf_tile<false>": (error_functions.erf, _CUT),
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

_BY_WIDTH = {
    "exp2_tile": Rule(exponentials.exp2, exponentials.exp2_wide, _AWAY),
    "log_tile": Rule(logarithms.log, logarithms.log_wide, _AWAY),
    "log_with_base_tile": Rule(logarithms.log_with_base, logarithms.log_with_base_wide, _AWAY),
    "log_with_base_tile<false, true>": Rule(logarithms.log2, logarithms.log2_wide, _AWAY),
    "log1p_tile": Rule(logarithms.log1p, logarithms.log1p_wide, _AWAY),
    "sin_tile": Rule(trigonometry.sin, trigonometry.sin_wide, _AWAY),
    "cos_tile": Rule(trigonometry.cos, trigonometry.cos_wide, _AWAY),
}
"""Functions with two formulas."""

_BOTH: dict[str, tuple[Compute, Rounding]] = {
    "elu_tile": (activations.elu, _AWAY),
    "celu_tile": (activations.celu, _AWAY),
    "selu_tile": (activations.selu, _AWAY),
    "hardsigmoid_tile": (activations.hardsigmoid, _CUT),
    "erfc_tile": (error_functions.erfc, _CUT),
    "erfinv_tile": (error_functions.erfinv, _CUT),
}
"""Functions whose formula does not depend on the width of DST."""

LIBRARY_0_81 = Library(
    COMMON_CALLS | _BY_WIDTH | of_both_widths(_BOTH) | narrow_only(_NARROW),
    copy=lambda patterns: patterns,
    row_sums=multiplied,
    row_sums_recorded=True,
)
