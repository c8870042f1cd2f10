"""Time: what the calls of a program take on the chip, one thread beside the other (docs/time.md)."""
