"""Runs programs of kernels in C++ without a card: compiled for the host, their calls carried out by the simulator."""
