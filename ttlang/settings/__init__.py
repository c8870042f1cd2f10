"""What is chosen and kept outside of a kernel: environment variables, compile options, the target, the cache."""
