"""
How far a kernel's result is from what it should be: correlation, units in the last place, absolute errors, and whether
the format explains them.

```python
from ttlang.testing import compare

comparison = compare(out, expected, roundings=3)
assert comparison.ok, comparison
```
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ttlang.tables.dtypes import SIGNIFICAND_BITS, DType, Kind, find_dtype

Values = NDArray[np.float64]

_PERCENTILES = (50, 99, 100)


@dataclass(frozen=True)
class Comparison:
    """What `compare` found. Errors are of finite values; others have to be equal."""

    dtype: DType
    count: int
    pcc: float
    """Pearson's correlation; 1 where both are the same constant."""
    absolute: tuple[float, ...]
    """Absolute errors: median, 99th percentile, largest."""
    ulp: tuple[float, ...]
    """The same in units in the last place of the expected value, in the format."""
    worst: tuple[int, ...]
    """The index of the error that is largest in relation to its bound."""
    used: float
    """The largest error as a share of its bound: at most 1 where the format explains all."""
    unequal_specials: int
    """Infinities and NaNs that are in one and not in the other."""

    @property
    def ok(self) -> bool:
        return self.used <= 1 and not self.unequal_specials

    def __str__(self) -> str:
        verdict = "within" if self.ok else "BEYOND"
        lines = [
            f"{self.count} values of {self.dtype}: {verdict} the bound ({self.used:.2f} of it, at {list(self.worst)})",
            f"  PCC {self.pcc:.6f}",
            f"  {'':10}{'median':>12}{'99 %':>12}{'largest':>12}",
            f"  {'absolute':10}" + "".join(f"{value:12.3e}" for value in self.absolute),
            f"  {'ulp':10}" + "".join(f"{value:12{'.2f' if value < 1e6 else '.3e'}}" for value in self.ulp),
        ]
        if self.unequal_specials:
            lines.append(f"  {self.unequal_specials} infinities or NaNs differ")
        return "\n".join(lines)


def compare(
    actual: Any, expected: Any, *, dtype: object = None, roundings: float = 1, scale: Any = None, absolute: Any = 0
) -> Comparison:
    """
    Compares two arrays of one shape: tensors of the host library or of torch, or numpy arrays. `expected` is best in
    float64. `dtype`: the format of the result; default: that of `actual`, or float32.

    The bound of an error: `roundings` units in the last place of the larger of |expected| and `scale` (an array or a
    number: the size of the addends, where a sum may cancel), plus `absolute`, one of these too. Raises a ValueError
    where shapes differ.
    """
    row = find_dtype(dtype if dtype is not None else _format_of(actual))
    a, e = _values(actual), _values(expected)
    if a.shape != e.shape:
        raise ValueError(f"compare takes arrays of one shape, not {a.shape} and {e.shape}")
    finite = np.isfinite(a) & np.isfinite(e)
    specials = int(np.count_nonzero(~finite & (a != e) & ~(np.isnan(a) & np.isnan(e))))
    error = np.abs(np.where(finite, a, 0) - np.where(finite, e, 0))
    size = np.abs(np.where(finite, e, 0))
    reach = size if scale is None else np.maximum(size, np.abs(_values(scale)))
    bound = roundings * spacing(reach, row) + np.abs(_values(absolute))
    share = np.divide(error, bound, out=np.where(error > 0, np.inf, 0.0), where=bound > 0)
    unit = spacing(size, row)
    ulp = np.divide(error, unit, out=np.zeros_like(error), where=unit > 0)
    worst = np.unravel_index(int(np.argmax(share)), share.shape) if share.size else ()
    return Comparison(
        dtype=row,
        count=a.size,
        pcc=_pcc(a[finite], e[finite]),
        absolute=_distribution(error[finite]),
        ulp=_distribution(ulp[finite]),
        worst=tuple(int(index) for index in worst),
        used=float(share.max(initial=0.0)),
        unequal_specials=specials,
    )


def spacing(values: Values, dtype: DType) -> Values:
    """
    The distance between neighbouring numbers of a format at these values; of a block format, at the largest of each
    sixteen in a row. Integers are 1 apart.
    """
    if dtype.is_integer:
        return np.ones_like(values)
    sizes = _block_largest(values) if dtype.kind is Kind.BLOCK_FLOAT else np.abs(values)
    smallest = 2.0**-126
    return np.ldexp(1.0, np.frexp(np.maximum(sizes, smallest))[1] - SIGNIFICAND_BITS[dtype.name])


def _block_largest(values: Values) -> Values:
    width = values.shape[-1]
    padded = np.pad(np.abs(values), [(0, 0)] * (values.ndim - 1) + [(0, -width % 16)])
    blocks = padded.reshape(*values.shape[:-1], -1, 16).max(axis=-1)
    return np.repeat(blocks, 16, axis=-1)[..., :width]


def _distribution(errors: Values) -> tuple[float, ...]:
    return tuple(float(value) for value in np.percentile(errors, _PERCENTILES)) if errors.size else (0.0, 0.0, 0.0)


def _pcc(a: Values, e: Values) -> float:
    if a.size < 2 or a.std() == 0 or e.std() == 0:
        return 1.0 if np.array_equal(a, e) else 0.0
    return float(np.corrcoef(a.ravel(), e.ravel())[0, 1])


def _format_of(value: Any) -> object:
    name = str(getattr(value, "dtype", "float32"))
    return name if "64" not in name else "float32"


def _values(value: Any) -> Values:
    """The values in float64."""
    if hasattr(value, "pages"):
        from ttlang.host import to_numpy

        value = to_numpy(value)
    elif hasattr(value, "detach"):
        value = value.detach().cpu().double().numpy()
    return np.asarray(value).astype(np.float64)
