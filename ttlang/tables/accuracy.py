"""
How exact the chips' functions are with a 16-bit DST: the largest errors over all bfloat16 inputs, on either chip, by
generation of the kernel API. Only functions of which every result is recorded are here (docs/numerics.md).

Left out are inputs and results below 2**-100 and above 2**100, where denormals and overflow come in, and arguments
beyond 2480 of sine, cosine and tangent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Accuracy:
    """Against the exact results, with the parameters at their defaults."""

    places: float
    """The largest error, in units of the exact result's last place in bfloat16: half of one is a rounding."""
    absolute: float = 0.0
    """The largest error of those results that are off by more than one unit."""
    beyond: int = 0
    """How many these are, of 65280."""

    def describe(self) -> str:
        if not self.beyond:
            return f"{self.places:g}"
        size = f"{self.places:g}" if self.places < 10 else f"{self.absolute:g} absolute"
        return f"{size}; above 1 at {self.beyond} inputs"


ACCURACY: Mapping[str, Mapping[str, Accuracy]] = {
    "0.81": {
        "acos": Accuracy(0.5),
        "acosh": Accuracy(1.41, 0.0086, 11),
        "asin": Accuracy(0.5),
        "asinh": Accuracy(1.33, 0.0052, 24),
        "atan": Accuracy(0.53),
        "atanh": Accuracy(2.08, 0.0043, 1952),
        "cos": Accuracy(0.5),
        "cosh": Accuracy(0.51),
        "elu": Accuracy(0.5),
        "erf": Accuracy(1.06, 0.001, 1162),
        "erfc": Accuracy(3.3e20, 0.011, 635),
        "erfinv": Accuracy(260.0, 0.0089, 23540),
        "exp": Accuracy(0.91),
        "exp2": Accuracy(0.94),
        "expm1": Accuracy(0.5),
        "gelu": Accuracy(260.0, 1.7e-05, 163),
        "hardsigmoid": Accuracy(1.0),
        "log": Accuracy(0.79),
        "log10": Accuracy(0.79),
        "log1p": Accuracy(0.94),
        "log2": Accuracy(0.77),
        "mish": Accuracy(1.5, 0.0022, 30),
        "recip": Accuracy(0.5),
        "rsqrt": Accuracy(0.5),
        "selu": Accuracy(0.5),
        "sigmoid": Accuracy(0.88),
        "silu": Accuracy(0.92),
        "sin": Accuracy(0.51),
        "sinh": Accuracy(0.5),
        "softplus": Accuracy(260.0, 0.0066, 490),
        "softsign": Accuracy(1.0),
        "sqrt": Accuracy(0.5),
        "tan": Accuracy(0.52),
        "tanh": Accuracy(0.82),
    },
    "0.69": {
        "erf": Accuracy(1.19, 0.0041, 3938),
        "exp": Accuracy(0.94),
        "gelu": Accuracy(1.02, 9.8e-07, 1),
        "log": Accuracy(0.76),
        "recip": Accuracy(0.52),
        "rsqrt": Accuracy(0.5),
        "sigmoid": Accuracy(0.88),
        "silu": Accuracy(0.92),
        "sin": Accuracy(0.51),
        "softplus": Accuracy(1.25, 3.8e-05, 2),
        "sqrt": Accuracy(0.5),
        "tanh": Accuracy(0.82),
    },
}
"""By generation, then by the function's name."""


def describe(generation: str, function: str) -> str:
    """The errors of a function in words, or that they are not known."""
    found = ACCURACY.get(generation, {}).get(function)
    return found.describe() if found else "not recorded"
