"""
Programs of two loops, blocks of a result and steps of each, that are too long to be gone through.

Once the first steps are done, a further one takes what the one before took, and so does a further block; so a few of
both are enough to tell what all of them take, to a few hundredths (`tests/machine/clock/test_whole_kernels.py` compares
with whole runs).
"""

from __future__ import annotations

from collections.abc import Callable

FEW_STEPS, MANY_STEPS = 7, 19
"""
Of a block, those between which a further one is timed: more than buffers hold, so that each waits for others, and than
it takes until cores that began at once no longer ask the same banks at once.
"""


def all_turns(time: Callable[[int, int], float], blocks: int, steps: int) -> float:
    """
    What so many blocks take, of so many steps each. `time(blocks, steps)`: what a program of so many takes, in any
    unit; it is asked for a few.
    """
    if blocks * steps <= MANY_STEPS:
        return time(blocks, steps)
    if steps <= MANY_STEPS:
        first, step, left = time(1, steps), 0.0, 0
    else:
        first, left = time(1, FEW_STEPS), steps - FEW_STEPS
        step = (time(1, MANY_STEPS) - first) / (MANY_STEPS - FEW_STEPS)
    further = time(2, steps - left) - first if blocks > 1 else 0.0
    return first + (blocks - 1) * further + blocks * left * step
