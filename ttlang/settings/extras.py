"""Packages that ttlang uses if they are there. Each is of an extra, which installs it."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from ttlang.diagnostics import error


def import_extra(module: str, extra: str) -> ModuleType:
    """A module of such a package, imported where it is used. Raises TTL0015 where it is not installed."""
    try:
        return import_module(module)
    except ModuleNotFoundError as missing:
        # A package that is there and lacks another one is told as it is.
        if missing.name is None or not f"{module}.".startswith(f"{missing.name}."):
            raise
        package = module.partition(".")[0]
        message = f"this needs the package {package}, which is not installed"
        raise error("TTL0015", message, hint=f"pip install 'ttlang[{extra}]'") from None
