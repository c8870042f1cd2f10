"""Runs the kernel function, and makes one `ttl.kernel` of what it made."""
