"""What the first call of a kernel imports, so that it costs a process as little as it can."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from types import ModuleType

from ttlang.settings.collection import lasting
from ttlang.settings.deferred_dataclasses import deferring


@contextmanager
def _importing() -> Generator[None]:
    """
    For imports of the compiler, and with it of xDSL: definitions of dataclasses and operations are made when they are
    first used, and nobody looks for garbage among modules.
    """
    with lasting(), deferring():
        import xdsl.irdl

        from ttlang.dialects.definition import define, irdl_op_definition

        xdsl.irdl.irdl_op_definition = irdl_op_definition
        try:
            yield
        finally:
            xdsl.irdl.irdl_op_definition = define


@cache
def load_compiler() -> tuple[ModuleType, ...]:
    """From a call to its program."""
    with _importing():
        from ttlang.driver import compiler, jit
        from ttlang.frontend.elaboration import elaborate, kernel_to_ttl
    return compiler, jit, elaborate, kernel_to_ttl


@cache
def load_simulator() -> ModuleType:
    """From a program to its run."""
    with _importing():
        from ttlang.backends import simulator
    return simulator
