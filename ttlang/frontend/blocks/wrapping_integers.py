"""Integers of a thread that are known at compile time: their arithmetic is that of the run, in 32 bits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeGuard

from xdsl.dialects import arith

from ttlang.analysis.arithmetic import ARITHMETIC
from ttlang.analysis.intervals import BITS, fits, wrapped

MOST_BITS = 1 << 16
"""Of a power that is computed to see whether it fits."""


class Word(int):
    """
    An integer that host code called in a thread computes with as the run would: whatever it adds up wraps around. An
    OverflowError for operands that 32 bits don't hold.
    """

    def __abs__(self) -> int:
        return _made(abs(int(self)), self)

    def __neg__(self) -> int:
        return _made(-int(self), self)

    def __pos__(self) -> int:
        return self

    def __invert__(self) -> int:
        return _made(~int(self), self)


class Wrapped(Word):
    """One that has passed the bounds of 32 bits, or was computed from such: no longer the number of Python's."""


def word(number: int) -> Word:
    """An integer, to be computed with. An OverflowError if 32 bits don't hold it."""
    if isinstance(number, Word):
        return number
    if not fits(number):
        raise OverflowError(f"{number} does not fit the 32 bits of a thread's integers")
    return Word(number)


def plain(value: object) -> object:
    """What host code has computed, as an object of Python's own; but what has wrapped around is told apart."""
    if _is_plain_sequence(value):
        return type(value)(map(plain, value)) if any(type(item) is Word for item in value) else value
    return int(value) if type(value) is Word else value


def _is_plain_sequence(value: object) -> TypeGuard[tuple[object, ...] | list[object]]:
    return type(value) is tuple or type(value) is list


def _made(exact: int, *operands: int) -> Word:
    if fits(exact) and not any(isinstance(each, Wrapped) for each in operands):
        return Word(exact)
    return Wrapped(wrapped(exact))


def power(base: int, exponent: int) -> Word:
    """`base ** exponent` of an exponent that is not negative."""
    if max(1, abs(base).bit_length()) * exponent <= MOST_BITS:
        return _made(int(base) ** int(exponent), base, exponent)
    return Wrapped(wrapped(pow(int(base), int(exponent), 1 << BITS)))


def shift_left(number: int, count: int) -> Word:
    """`number << count` of a count that is not negative."""
    if count > MOST_BITS:
        return _made(0, number) if number == 0 else Wrapped(0)
    return _made(int(number) << int(count), number)


def _exactly(function: Callable[[int, int], int]) -> Callable[[int, int], Word]:
    return lambda a, b: _made(function(int(a), int(b)), a, b)


def _power(base: int, exponent: int) -> float:
    return int(base) ** int(exponent) if exponent < 0 else power(base, exponent)


def _shift_left(number: int, count: int) -> int:
    return int(number) << int(count) if count < 0 else shift_left(number, count)


OPERATIONS: dict[str, Callable[[int, int], object]] = {
    "add": _exactly(ARITHMETIC[arith.AddiOp].exact),
    "sub": _exactly(ARITHMETIC[arith.SubiOp].exact),
    "mul": _exactly(ARITHMETIC[arith.MuliOp].exact),
    "floordiv": _exactly(ARITHMETIC[arith.FloorDivSIOp].exact),
    "mod": _exactly(lambda a, b: a % b),
    "and": _exactly(ARITHMETIC[arith.AndIOp].exact),
    "or": _exactly(ARITHMETIC[arith.OrIOp].exact),
    "xor": _exactly(ARITHMETIC[arith.XOrIOp].exact),
    "rshift": _exactly(lambda a, b: a >> b),
    "pow": _power,
    "lshift": _shift_left,
    "divmod": lambda a, b: tuple(_made(part, a, b) for part in divmod(int(a), int(b))),
}
"""By the names of Python's methods."""


def _method(operation: Callable[[int, int], object], *, reflected: bool) -> Callable[..., object]:
    def method(self: Word, other: object, modulus: object = None) -> object:
        if modulus is not None or not isinstance(other, int):
            return NotImplemented
        return operation(word(other), self) if reflected else operation(self, word(other))

    return method


for _name, _operation in OPERATIONS.items():
    setattr(Word, f"__{_name}__", _method(_operation, reflected=False))
    setattr(Word, f"__r{_name}__", _method(_operation, reflected=True))
