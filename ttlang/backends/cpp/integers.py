"""
Arithmetic of 32 bits in C++, which defines less of it: sums of signed numbers must not overflow, nor may quotients.
"""

from __future__ import annotations

from collections.abc import Iterable

from xdsl.dialects import arith
from xdsl.ir import Operation

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


_SUMS = frozenset({arith.AddiOp, arith.SubiOp, arith.MuliOp})
_DIVISIONS = frozenset({arith.DivSIOp, arith.RemSIOp, arith.FloorDivSIOp})


def leaves_32_bits(op: Operation, bounds: Bounds) -> bool:
    """Whether C++ does not define what an operation of `arith` gives: its exact result may be no int32_t."""
    kind = type(op)
    if kind in _SUMS:
        return bounds.wraps(op.results[0])
    if kind not in _DIVISIONS:
        return False
    dividend, divisor = map(bounds.of, op.operands)
    return dividend.low == LOWEST and divisor.low <= -1 <= divisor.high


def helpers(operations: Iterable[Operation]) -> list[str]:
    """The functions that expressions of a kernel call."""
    bounds, needed = Bounds(), dict[str, None]()
    for op in operations:
        if type(op) not in _DIVISIONS:
            continue
        leaves = leaves_32_bits(op, bounds)
        match op:
            case arith.FloorDivSIOp() if leaves:
                needed.pop(_FLOOR_DIV, None)
                needed[_WRAPPING_FLOOR_DIV] = None
            case arith.FloorDivSIOp() if _WRAPPING_FLOOR_DIV not in needed:
                needed[_FLOOR_DIV] = None
            case arith.DivSIOp() if leaves:
                needed[_TRUNC_DIV] = None
            case arith.RemSIOp() if leaves:
                needed[_TRUNC_REM] = None
            case _:
                pass
    return [line for text in needed for line in text.rstrip().split("\n")]
