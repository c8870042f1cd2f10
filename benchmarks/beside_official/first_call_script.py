"""
The first call of a kernel in a process, by this package or, as `tt-lang-sim` starts it, by the published simulator.
Prints in a line of JSON what it takes beyond the imports of the script, tensors and all: seconds of the processor's
time, and by the wall.
"""

import json
import sys
import time

from simulated_kernels import Case, make_add

if "ttlang" in sys.modules:
    from ttlang import ttnn
else:
    import ttnn

used, wall = time.process_time(), time.perf_counter()
case = Case(lambda: make_add(1, (1, 1), 64), [(64, 64)] * 3)
case.make()(*case.tensors(ttnn))
print(json.dumps([time.process_time() - used, time.perf_counter() - wall]))
