"""
How the kernel libraries compute the functions that the vector unit has no instruction for: polynomials, tables and
Newton steps, in the order and with the constants that decide the last bits (docs/numerics.md); and which of them a call
of the kernel API stands for, by generation.

Every function takes the unit that it runs on and float32 arrays, and returns float32 values not yet in DST.
"""
