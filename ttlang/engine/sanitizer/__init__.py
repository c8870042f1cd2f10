"""
What is found of a kernel behind its compilation, by running it for a call: first buffers' counters alone, then with
data. Both say what `ttlang run` says, at the same lines. How far they go is counted in calls of the kernel's threads,
not in seconds, so that what is found depends on no machine.
"""
