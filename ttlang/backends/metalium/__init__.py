"""
The way out to a card without Python: a C++ host program for TT-Metalium, and its CMake project. It uses the part of the
interface that the releases 0.69 and 0.81 share.
"""

from ttlang.backends.metalium.host_program import cmake_source, host_source, tiles_header

__all__ = ["cmake_source", "host_source", "tiles_header"]
