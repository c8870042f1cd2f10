"""`ttlang export`: the kernels that a script calls, as folders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ttlang.launch import export, run_for_values

if TYPE_CHECKING:
    from ttlang.compiler import CompiledKernel


@dataclass
class Exporter:
    """Collects calls while a script runs, and writes a folder for each kernel that was compiled."""

    folder: Path
    kernel: str | None = None
    """Only the kernel of this name."""
    values: bool = False
    """Run each in the simulator, and keep the values of its first call."""
    _calls: dict[int, tuple[CompiledKernel, list[Any], dict[str, bytes]]] = field(
        default_factory=dict[int, "tuple[CompiledKernel, list[Any], dict[str, bytes]]"], init=False
    )
    """The first call of each program."""

    def add(self, compiled: CompiledKernel, tensors: Sequence[Any]) -> None:
        if self.kernel not in (None, compiled.name):
            return
        first = id(compiled.program) not in self._calls
        values = run_for_values(compiled, tensors) if self.values else {}
        if first:
            self._calls[id(compiled.program)] = compiled, list(tensors), values

    def write(self) -> list[Path]:
        """
        Writes the folders: the one that was asked for if there is one kernel, else a folder in it for each; the second
        version of a kernel, for other tensors, gets a number.
        """
        folders: list[Path] = []
        for compiled, tensors, values in self._calls.values():
            folders.append(self._folder(compiled.name, folders) if len(self._calls) > 1 else self.folder)
            export(compiled, tensors, folders[-1], values)
        return folders

    def _folder(self, name: str, taken: Sequence[Path]) -> Path:
        folder, count = self.folder / name, 1
        while folder in taken:
            count += 1
            folder = self.folder / f"{name}_{count}"
        return folder
