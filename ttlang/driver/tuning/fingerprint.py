"""A kernel function as a number that changes with whatever it depends on, and is the same in each process."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from hashlib import sha256

from ttlang.driver.dependencies import record
from ttlang.driver.guards import Unrecorded
from ttlang.driver.tuning.stable_text import Unstable, stable_text


def fingerprint(function: Callable[..., object], objects: Iterable[object] = ()) -> str | None:
    """
    64 hexadecimal digits for a kernel function that is called with these arguments, of which those are left out that
    have a text (`argument_texts`). Lines and comments have no part in it, and Python's minor version has, since code is
    compared as Python compiles it. None where what the function depends on can change unseen, or shows nothing that
    another process could compare. To be called before the function is run, which may change what it reads.
    """
    objects = list(objects)
    try:
        text = stable_text([inspect.unwrap(function), *objects], record(function, objects))
    except (Unrecorded, Unstable, RecursionError):
        return None
    return sha256(text.encode()).hexdigest()
