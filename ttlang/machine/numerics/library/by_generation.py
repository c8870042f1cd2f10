"""The kernel library of each generation of the kernel API."""

from __future__ import annotations

from ttlang.machine.numerics.library.rule import Library, Rule
from ttlang.machine.numerics.library.ttnn_0_69 import LIBRARY_0_69
from ttlang.machine.numerics.library.ttnn_0_81 import LIBRARY_0_81
from ttlang.tables.functions import Call
from ttlang.tables.kernel_api import NEWEST, TTNN_0_69, TTNN_0_81, Generation

LIBRARIES: dict[Generation, Library] = {TTNN_0_69: LIBRARY_0_69, TTNN_0_81: LIBRARY_0_81}


def find_library(generation: Generation) -> Library:
    """That of the generation, or of the newest before it that has one."""
    return LIBRARIES[max(each for each in LIBRARIES if each <= generation)]


def find_rule(call: Call, generation: Generation = NEWEST) -> Rule | None:
    """
    What is known of a call's arithmetic. A call without a rule is computed from the reference of its function's row.
    """
    return find_library(generation).rules.get(call.key)
