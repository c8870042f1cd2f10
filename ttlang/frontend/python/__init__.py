"""Compiles the syntax trees of threads: control flow to `scf`, integers to i32, uses of the language by `blocks`."""
