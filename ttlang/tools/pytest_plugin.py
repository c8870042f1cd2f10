"""
Makes `import ttnn` work in tests on machines without ttnn: pytest loads this wherever ttlang is installed, and nothing
of ttlang's is loaded before a test asks for ttnn.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


class _HostLibrary(MetaPathFinder, Loader):
    """The last that is asked, so a ttnn that is installed comes first."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return ModuleSpec(fullname, self) if fullname == "ttnn" else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return ModuleType(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        host = importlib.import_module("ttlang.host")
        sys.modules.pop(module.__name__, None)
        host.install_as_ttnn()


def pytest_configure() -> None:
    """Called by pytest at its start."""
    if not any(isinstance(finder, _HostLibrary) for finder in sys.meta_path):
        sys.meta_path.append(_HostLibrary())
