"""The calls on the compute processors, a file for each kind: what each needs of the units, and what it does."""
