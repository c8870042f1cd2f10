"""`ttlang export`: the kernels that a script calls, as folders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ttlang.backends.folder.manifest import check_folder, keep
from ttlang.diagnostics import error
from ttlang.dialects.names import numbers, unique_name
from ttlang.driver.launch import export, run_for_values

if TYPE_CHECKING:
    from ttlang.driver.compiler import CompiledKernel


@dataclass
class Exporter:
    """Collects calls while a script runs, and writes a folder for each kernel that was compiled."""

    folder: Path
    kernel: str | None = None
    """Only the kernel of this name."""
    values: bool = False
    """Run each in the simulator, and keep the values of its first call."""
    force: bool = False
    """Overwrite what no export has made, and what was edited since."""
    _calls: dict[int, tuple[CompiledKernel, list[Any], Sequence[int], dict[str, bytes]]] = field(
        default_factory=dict[int, "tuple[CompiledKernel, list[Any], Sequence[int], dict[str, bytes]]"], init=False
    )
    """The first call of each program."""

    def add(self, compiled: CompiledKernel, tensors: Sequence[Any], integers: Sequence[int]) -> None:
        # One that is not kept may compute what the next one reads.
        values = run_for_values(compiled, tensors, integers) if self.values else {}
        if self.kernel in (None, compiled.name):
            self._calls.setdefault(id(compiled.program), (compiled, list(tensors), integers, values))

    def write(self) -> list[Path]:
        """
        Writes the folders: the one that was asked for if there is one kernel, else a folder in it for each; the second
        version of a kernel, for other tensors, gets a number. Raises a TTL0012 before any is written that would be
        spoiled.
        """
        folders: list[Path] = []
        for compiled, *_ in self._calls.values():
            folders.append(self._folder(compiled.name, folders) if len(self._calls) > 1 else self.folder)
        if not self.force:
            for folder in dict.fromkeys((self.folder, *folders) if folders else ()):
                check_folder(folder)
        try:
            for folder, (compiled, tensors, integers, values) in zip(folders, self._calls.values(), strict=True):
                export(compiled, tensors, folder, values, numbers=integers, force=self.force)
            if len(folders) > 1:
                keep(self.folder, {})
        except OSError as failure:
            raise error("TTL0012", f"{failure.filename} can't be written: {failure.strerror}") from None
        return folders

    def _folder(self, name: str, taken: Sequence[Path]) -> Path:
        return self.folder / unique_name(name, lambda each: self.folder / each in taken, numbers(2))
