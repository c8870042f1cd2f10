"""
TT-Lang in pure Python: kernels compiled to TT-Metal C++ and simulated on any machine.

PYTEST_DONT_REWRITE: pytest rewrites the assertions of what has a plugin for it, and warns of what was imported before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    import ttl as ttl
    from ttlang import host as ttnn

__all__ = ["__version__", "ttl", "ttnn"]


def _load(name: str) -> Any:
    """`ttl` and `ttnn` on first use, so that `import ttlang` loads neither numpy nor torch."""
    import importlib

    if name == "ttl":
        from ttlang.diagnostics.shadowing_files import check_language

        check_language()
        return importlib.import_module("ttl")
    if name == "ttnn":  # Scripts take it from here, and the language from `import ttl`.
        from ttlang.diagnostics.shadowing_files import guard_language
        from ttlang.host import find_ttnn

        guard_language()
        return find_ttnn()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


if not TYPE_CHECKING:  # To type checkers, what is not there is a mistake.
    __getattr__ = _load
