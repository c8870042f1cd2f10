"""
The kernel libraries of the generations: which arithmetic stands behind each call in each of them. A call that is in
none is computed from the reference of its row of `functions.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from ttlang.backends.simulator.numerics import errors, logarithms
from ttlang.backends.simulator.numerics.rules import RULES, Rule
from ttlang.functions import GENERATIONS, Call, Rounding

_AWAY = Rounding.NEAREST_AWAY
_CUT = Rounding.TRUNCATE

_SINCE_0_81 = {
    "gelu_tile<false>": Rule(errors.gelu, None, _AWAY),
    "softplus_tile": Rule(errors.softplus, None, _AWAY),
    "erf_tile<false>": Rule(errors.erf, None, _CUT),
    "erfc_tile": Rule(errors.erfc, None, _CUT),
    "erfinv_tile": Rule(errors.erfinv, None, _CUT),
    "log_tile": Rule(logarithms.log, None, _AWAY),
    "log_with_base_tile": Rule(logarithms.log_with_base, None, _AWAY),
    "log_with_base_tile<false, true>": Rule(logarithms.log2, None, _AWAY),
    "log1p_tile": Rule(logarithms.log1p, None, _AWAY),
    "asinh_tile": Rule(logarithms.asinh, None, _AWAY),
    "acosh_tile": Rule(logarithms.acosh, None, _AWAY),
    "atanh_tile": Rule(logarithms.atanh, None, _AWAY),
}

LIBRARIES: Mapping[str, Mapping[str, Rule]] = {"0.69": RULES, "0.81": RULES | _SINCE_0_81}
"""Rules by generation, then by the call's name with its template arguments."""


def find_rule(call: Call, generation: str = GENERATIONS[-1]) -> Rule | None:
    """The rule of a call, by the name of the function and its template arguments."""
    template = "" if "DataFormat" in call.template or "{format}" in call.template else call.template
    return LIBRARIES[generation].get(f"{call.tile}<{template}>" if template else call.tile)
