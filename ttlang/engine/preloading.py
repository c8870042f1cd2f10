"""Packages that scripts import: a process that begins with them runs a script sooner."""

from __future__ import annotations

import ast
import importlib
import os
import sys
import sysconfig
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from importlib.machinery import PathFinder
from types import ModuleType

_OURS = ("ttl", "ttlang", "ttnn", "xdsl")


@cache
def site_folders() -> tuple[str, ...]:
    """Where packages are installed: of this environment, and of others that it sees."""
    seen = [folder for folder in sys.path if os.path.basename(folder) in ("site-packages", "dist-packages")]
    return tuple(sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *seen}))


def named_packages(text: str) -> list[str]:
    """Installed packages that a text imports, wherever in it; none if it is no Python."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    names: dict[str, None] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= dict.fromkeys(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names[node.module.partition(".")[0]] = None
    return [name for name in names if name not in _OURS and _is_installed(name)]


def import_packages(names: Iterable[str]) -> None:
    """Those that can be imported. A script that imports one that can't is told so then."""
    for name in names:
        if name not in sys.modules:
            with suppress(Exception):
                importlib.import_module(name)


def loaded_packages() -> frozenset[str]:
    """Installed packages that this process has imported."""
    inside = tuple(f"{folder}/" for folder in site_folders())
    return frozenset(
        name
        for name, module in list(sys.modules.items())
        if "." not in name and name not in _OURS and _file(module).startswith(inside)
    )


def user_files() -> frozenset[str]:
    """Files of modules that are neither Python's own, nor installed, nor ttlang's."""
    library = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
    apart = tuple(f"{folder}/" for folder in (*site_folders(), *library))
    files = (_file(module) for name, module in list(sys.modules.items()) if name.partition(".")[0] not in _OURS)
    return frozenset(file for file in files if file and not file.startswith(apart))


def _is_installed(name: str) -> bool:
    try:
        return PathFinder.find_spec(name, list(site_folders())) is not None
    except (ImportError, ValueError):
        return False


def _file(module: ModuleType | None) -> str:
    found = getattr(module, "__file__", None)
    return found if isinstance(found, str) else ""
