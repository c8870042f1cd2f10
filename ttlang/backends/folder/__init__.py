"""A folder with all that a person needs to go on from a kernel: C++, host programs, a page."""
