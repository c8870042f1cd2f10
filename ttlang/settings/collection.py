"""When Python looks for garbage."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def no_collection() -> Generator[None]:
    """For what makes many small objects that live to its end: to look for garbage among them costs a fifth of it."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@contextmanager
def lasting() -> Generator[None]:
    """
    For what makes many small objects that outlive it, and no circles of them: nobody looks for garbage among them when
    it is done, either. They become old objects at once, which are looked through when many others have become old.
    """
    with no_collection():
        try:
            yield
        finally:
            if not gc.get_freeze_count():  # Else somebody has set objects aside, which are to stay there.
                gc.freeze()
                gc.unfreeze()
