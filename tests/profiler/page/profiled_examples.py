"""Profiles of examples that pictures are made of."""

from __future__ import annotations

from functools import cache

from tests.machine.clock.timed_examples import first_call
from ttlang.backends.simulator.predicted_time import predict
from ttlang.profiler.document import Profile
from ttlang.profiler.kernel_profile import profile_kernel


@cache
def profiled(name: str) -> Profile:
    """That of the first kernel that an example calls."""
    call = first_call(name)
    prediction = predict(call.compiled.simulation.simulation, call.numbers)
    return Profile(f"examples/{name}.py", (profile_kernel(prediction),))
