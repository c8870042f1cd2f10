"""
A stand-in for the part of ttnn that kernel scripts use, for machines without ttnn: devices, tensors, layouts, memory
configurations, conversions and common operations, on numpy. Its tensors are what the simulator runs kernels on.

Its operations compute in float32 and round to the tensor's type once; they do not follow the chip's arithmetic. They
take tensors on the host as well, which ttnn mostly refuses.
"""

from __future__ import annotations

import importlib as _importlib
import importlib.util as _importlib_util
import sys as _sys
import typing as _typing
from types import ModuleType as _ModuleType

from ttlang.host.collectives import *
from ttlang.host.convert import *
from ttlang.host.cores import *
from ttlang.host.creation import *
from ttlang.host.descriptors import *
from ttlang.host.device import *
from ttlang.host.fabric import *
from ttlang.host.functions import *
from ttlang.host.generic_operation import *
from ttlang.host.memory import *
from ttlang.host.mesh_mappers import *
from ttlang.host.mesh_shape import *
from ttlang.host.movement import *
from ttlang.host.operations import *
from ttlang.host.spec import *
from ttlang.host.tensor import *
from ttlang.host.types import *


def find_ttnn() -> _ModuleType:
    """The real `ttnn` where it is installed, else this module."""
    return _importlib.import_module("ttnn") if _real_ttnn_is_installed() else _sys.modules[__name__]


def install_as_ttnn() -> None:
    """Makes `import ttnn` give this module from now on. Nothing happens where the real ttnn is installed."""
    if _real_ttnn_is_installed():
        return
    for name, module in list(_sys.modules.items()):
        if name == __name__ or name.startswith(f"{__name__}."):
            _sys.modules[f"ttnn{name.removeprefix(__name__)}"] = module


def _real_ttnn_is_installed() -> bool:
    loaded = _sys.modules.get("ttnn")
    if loaded is not None:
        return loaded is not _sys.modules[__name__]
    spec = _importlib_util.find_spec("ttnn")
    # A folder that happens to be called ttnn counts as a package too, but has no origin.
    if spec is None or spec.origin is None:
        return False
    if spec.submodule_search_locations is None:  # The real one is a package, and no file.
        from ttlang.diagnostics.shadowing_files import hidden as _hidden

        raise _hidden("ttnn", spec.origin)
    return True


def _missing(name: str) -> _typing.Any:
    """What an attribute that is not there is answered with."""
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    offered = [known for known, value in globals().items() if known[0] != "_" and not isinstance(value, _ModuleType)]
    from difflib import get_close_matches as _get_close_matches

    similar = _get_close_matches(name, offered)
    hint = f"; similar names that it has: {', '.join(similar)}" if similar else ""
    raise AttributeError(
        f"ttlang's host library has no ttnn.{name}: it offers the part of ttnn that kernel scripts use. Where the real "
        f"ttnn is installed (pip install ttnn), ttlang uses that, with all it has{hint}"
    )


if not _typing.TYPE_CHECKING:  # To type checkers, what is not there is a mistake.
    __getattr__ = _missing
