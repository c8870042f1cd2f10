"""What leads from a call to a program that runs: what a call depends on, and what is kept of it."""
