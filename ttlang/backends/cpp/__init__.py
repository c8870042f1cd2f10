"""TT-Metal C++, printed from `ttkernel`."""
