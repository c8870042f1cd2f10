"""
ttnn's elementwise operations as names of a module. Type checkers read the stub beside this file, which `make docs`
writes from the same table.
"""

from __future__ import annotations

from ttlang.host.elementwise import OPERATIONS

__all__ = list(OPERATIONS)  # pyright: ignore[reportUnsupportedDunderAll]

globals().update(OPERATIONS)
