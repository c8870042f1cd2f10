"""
`ttl.math`: a function for each public row of `ttlang.tables.functions`, under its name and its aliases. Type checkers
read the stub beside this file, which `make docs` writes from the same rows.
"""

from __future__ import annotations

from ttlang.language.conversion import typecast
from ttlang.language.fills import fill as fill
from ttlang.language.math_functions import MathFunction
from ttlang.language.matrices import broadcast, matmul, reduce_max, reduce_sum, transpose
from ttlang.tables.functions import BY_NAME, FUNCTIONS

__all__ = [name for row in FUNCTIONS if row.public for name in (row.name, *row.aliases)]  # pyright: ignore[reportUnsupportedDunderAll]
__all__ += ["broadcast", "matmul", "reduce_max", "reduce_sum", "transpose", "typecast"]


def __getattr__(name: str) -> MathFunction:
    """Makes a function on first use, and keeps it."""
    if name.startswith("__"):  # An import asks for `__path__`: nobody has misspelt it.
        raise AttributeError(name)
    row = BY_NAME.get(name)
    if row is None or not row.public:
        from difflib import get_close_matches

        close = get_close_matches(name, __all__, n=1)
        meant = f"; did you mean {close[0]}?" if close else ""
        raise AttributeError(f"ttl.math has no function {name!r}{meant}")
    function = globals()[name] = MathFunction(row, name)
    return function


def __dir__() -> list[str]:
    return sorted(__all__)
