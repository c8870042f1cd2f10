"""The compute processors of a core: what they are set to, what they are asked for, and the arithmetic of it."""
