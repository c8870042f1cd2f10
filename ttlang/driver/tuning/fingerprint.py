"""A kernel function as a number that changes with whatever it depends on, and is the same in each process."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
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
    found = fingerprints(function, list(objects), ())
    return found[0] if found is not None else None


def fingerprints(
    function: Callable[..., object], objects: Sequence[object], spaces: Sequence[object]
) -> tuple[str, str] | None:
    """
    That of a kernel function without what its spaces are made of, since that changes nothing of a configuration; and
    that of `spaces`: what is chosen from, and by what it is told what goes together.
    """
    try:
        guards = record(function, [*objects, *spaces])
        own = stable_text([inspect.unwrap(function), *objects], guards, opens_spaces=False)
        return _digest(own), _digest(stable_text(spaces, guards))
    except (Unrecorded, Unstable, RecursionError):
        return None


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
