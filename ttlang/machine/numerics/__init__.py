"""
Tile arithmetic of the simulator: everything that computes on a tile, on arrays of any leading shape (all tiles of a
DST batch on all cores at once) whose last axis is a tile's 1024 datums in the order of L1.
"""

from ttlang.machine.numerics.interface import Numerics, make_numerics

__all__ = ["Numerics", "make_numerics"]
