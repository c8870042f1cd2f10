"""
Arithmetic of 32 bits in C++, which defines less of it: sums of signed numbers must not overflow, nor may quotients.
"""

from __future__ import annotations

from collections.abc import Iterable

from xdsl.ir import Operation

from ttlang.analysis.arithmetic import ARITHMETIC
from ttlang.analysis.bounds import Bounds
from ttlang.analysis.intervals import LOWEST

_FLOOR_DIV = """
// Division that rounds down, as `//` of Python does.
inline int32_t floor_div(int32_t a, int32_t b) {
    const int32_t quotient = a / b;
    return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}
"""
_WRAPPING_FLOOR_DIV = """
// Division that rounds down, as `//` of Python does; of 32 bits, so that INT32_MIN // -1 is INT32_MIN.
inline int32_t floor_div(int32_t a, int32_t b) {
    if (b == -1) return (int32_t)(0u - (uint32_t)a);
    const int32_t quotient = a / b;
    return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}
"""
_TRUNC_DIV = """
// Division that rounds to zero; of 32 bits, so that INT32_MIN by -1 is INT32_MIN.
inline int32_t trunc_div(int32_t a, int32_t b) { return b == -1 ? (int32_t)(0u - (uint32_t)a) : a / b; }
"""
_TRUNC_REM = """
// The remainder of a division that rounds to zero.
inline int32_t trunc_rem(int32_t a, int32_t b) { return b == -1 ? 0 : a % b; }
"""
_HELPERS = {"floor_div": _FLOOR_DIV}
_WRAPPING_HELPERS = {"floor_div": _WRAPPING_FLOOR_DIV, "trunc_div": _TRUNC_DIV, "trunc_rem": _TRUNC_REM}
"""Functions that spellings of `ttlang.analysis.arithmetic` call, and what they are where a result may not fit."""


def leaves_32_bits(op: Operation, bounds: Bounds) -> bool:
    """Whether C++ does not define what an operation of `arith` gives: its exact result may be no int32_t."""
    meaning = ARITHMETIC.get(type(op))
    if meaning is None or not meaning.cpp_wrapping:
        return False
    if not meaning.divides:
        return bounds.wraps(op.results[0])
    dividend, divisor = map(bounds.of, op.operands)
    return dividend.low == LOWEST and divisor.low <= -1 <= divisor.high


def helpers(operations: Iterable[Operation]) -> list[str]:
    """The functions that expressions of a kernel call."""
    bounds, needed = Bounds(), dict[str, str]()
    for op in operations:
        meaning = ARITHMETIC.get(type(op))
        if meaning is None or not meaning.divides:
            continue
        leaves = leaves_32_bits(op, bounds)
        called = meaning.cpp_wrapping if leaves else meaning.cpp
        if leaves and (text := _WRAPPING_HELPERS.get(called)):
            if needed.get(called) != text:
                needed.pop(called, None)
                needed[called] = text
        elif called in _HELPERS:
            needed.setdefault(called, _HELPERS[called])
    return [line for text in needed.values() for line in text.rstrip().split("\n")]
