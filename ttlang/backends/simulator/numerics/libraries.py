"""
The kernel libraries of the generations: which arithmetic stands behind each call in each of them. A call that is in
none is computed from the reference of its row of `functions.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from ttlang.backends.simulator.numerics import errors, exponentials, logarithms, trigonometry
from ttlang.backends.simulator.numerics.rules import RULES, Compute, Rule
from ttlang.functions import GENERATIONS, Call, Rounding

_AWAY = Rounding.NEAREST_AWAY
_CUT = Rounding.TRUNCATE

_NARROW_0_81: dict[str, tuple[Compute, Rounding]] = {
    "exp2_tile": (exponentials.exp2, _AWAY),
    "expm1_tile": (exponentials.expm1, _AWAY),
    "elu_tile": (exponentials.elu, _AWAY),
    "celu_tile": (exponentials.celu, _AWAY),
    "selu_tile": (exponentials.selu, _AWAY),
    "mish_tile<false>": (exponentials.mish, _AWAY),
    "hardsigmoid_tile": (exponentials.hardsigmoid, _CUT),
    "softplus_tile": (errors.softplus, _AWAY),
    "gelu_tile<false>": (errors.gelu, _AWAY),
    "erf_tile<false>": (errors.erf, _CUT),
    "erfc_tile": (errors.erfc, _CUT),
    "erfinv_tile": (errors.erfinv, _CUT),
    "log_tile": (logarithms.log, _AWAY),
    "log_with_base_tile": (logarithms.log_with_base, _AWAY),
    "log_with_base_tile<false, true>": (logarithms.log2, _AWAY),
    "log1p_tile": (logarithms.log1p, _AWAY),
    "asinh_tile": (logarithms.asinh, _AWAY),
    "acosh_tile": (logarithms.acosh, _AWAY),
    "atanh_tile": (logarithms.atanh, _AWAY),
    "sin_tile": (trigonometry.sin, _AWAY),
    "cos_tile": (trigonometry.cos, _AWAY),
    "tan_tile": (trigonometry.tan, _AWAY),
    "asin_tile": (trigonometry.asin, _AWAY),
    "acos_tile": (trigonometry.acos, _AWAY),
    "atan_tile": (trigonometry.atan, _AWAY),
    "sinh_tile": (trigonometry.sinh, _AWAY),
    "cosh_tile": (trigonometry.cosh, _AWAY),
}
"""Functions whose formula with a 16-bit DST is known, and that of a 32-bit one is not."""


def _narrow(table: Mapping[str, tuple[Compute, Rounding]]) -> dict[str, Rule]:
    return {call: Rule(compute, None, rounding) for call, (compute, rounding) in table.items()}


LIBRARIES: Mapping[str, Mapping[str, Rule]] = {"0.69": RULES, "0.81": RULES | _narrow(_NARROW_0_81)}
"""Rules by generation, then by the call's name with its template arguments."""


def find_rule(call: Call, generation: str = GENERATIONS[-1]) -> Rule | None:
    """The rule of a call, by the name of the function and its template arguments."""
    template = "" if "DataFormat" in call.template or "{format}" in call.template else call.template
    return LIBRARIES[generation].get(f"{call.tile}<{template}>" if template else call.tile)
