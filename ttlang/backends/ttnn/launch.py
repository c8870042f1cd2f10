"""
Runs programs on device tensors in this process.

What a call costs the host: the first writes the C++ files, makes the runner a module of this process, and builds the
descriptors. A later call changes the addresses and integers in them and enqueues them; ttnn finds its binaries by a
hash that leaves runtime arguments out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from ttlang.backends.cpp.printer import print_program
from ttlang.backends.ttnn.runner import KERNEL_FOLDER, RUNNER_NAME, integer_names, runner_source
from ttlang.dialects.ttkernel import ProgramOp
from ttlang.settings import cache
from ttlang.tables.kernel_api import NEWEST


def launch_program(
    program: ProgramOp, tensors: Sequence[Any], numbers: Sequence[int] = (), *, metal_api: str = NEWEST.name
) -> Any:
    """
    Runs a program on device tensors of ttnn, which stand in the order of the kernel's parameters, as do its integers
    that are no constants, and returns the last output. It doesn't wait for the card: see `ttnn.synchronize_device`.
    """
    launcher = _launchers.setdefault(program, {}).get(metal_api)
    if launcher is None:
        launcher = _launchers[program][metal_api] = _Launcher(program, metal_api)
    return launcher.run(tensors, numbers)


class _Launcher:
    """A runner as a module of this process, and the descriptors that it built, by the tensors' devices."""

    def __init__(self, program: ProgramOp, metal_api: str):
        # In the cache and not in a temporary folder: ttnn keeps its binaries by the paths of their sources.
        folder = cache.folder()
        files = _write_kernels(program, folder / KERNEL_FOLDER, metal_api)
        self._module: dict[str, Any] = {
            "__name__": f"ttlang.runner.{program.sym_name.data}",
            "__file__": str(folder / RUNNER_NAME),
        }
        text = runner_source(program, kernel_paths=files, setup=False)
        exec(compile(text, self._module["__file__"], "exec"), self._module)
        self._integers = tuple(integer_names(program).values())
        self._built: dict[tuple[int, ...], Any] = {}

    def run(self, tensors: Sequence[Any], numbers: Sequence[int]) -> Any:
        integers = dict(zip(self._integers, numbers, strict=True))
        # Where the banks of a sharded tensor are is the device's matter; all else is that of the description.
        devices = tuple(_device_id(tensor) for tensor in tensors)
        descriptor = self._built.get(devices)
        if descriptor is None:
            descriptor = self._built[devices] = self._module["build_program"](tensors, **integers)
        elif update := self._module.get("update_addresses"):
            update(descriptor, tensors, **integers)
        return self._module["run"](tensors, descriptor)


_launchers: WeakKeyDictionary[ProgramOp, dict[str, _Launcher]] = WeakKeyDictionary()
"""Of programs that were launched, by generation."""


def _device_id(tensor: Any) -> int:
    device = tensor.device()
    return -1 if device is None else device.id()


def _write_kernels(program: ProgramOp, folder: Path, metal_api: str) -> dict[str, str]:
    """
    Writes the C++ files and returns their names, by thread. A name holds a hash of the text, since ttnn takes two
    kernels for the same that have the same path.
    """
    files: dict[str, str] = {}
    for thread, source in print_program(program, metal_api).items():
        files[thread] = f"{thread}_{hashlib.sha256(source.encode()).hexdigest()[:8]}.cpp"
        cache.keep_text(folder / files[thread], source)
    return files
