"""Mistakes of a kernel's author, found in `ttl` before anything is lowered: a file for each kind of them."""
