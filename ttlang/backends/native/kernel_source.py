"""What a kernel in C++ is compiled from: its text, what it includes, and what it is told at compile time."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ttlang.backends.native.addressed_tensors import bad_descriptor
from ttlang.backends.native.host_objects import KernelDescriptor
from ttlang.settings.cache import keep_text

_INCLUDE = re.compile(r'^\s*#\s*include\s*(?:["<]([^">]+)[">]|\w+)', re.MULTILINE)


@dataclass(frozen=True)
class Source:
    """What a kernel is compiled from."""

    path: Path
    text: str
    defines: tuple[tuple[str, str], ...]
    compile_time_args: tuple[int, ...]
    named_args: tuple[tuple[str, int], ...]
    roots: tuple[Path, ...]
    """Folders where it finds files of the release that it belongs to."""
    included: tuple[tuple[str, str], ...]
    """The files beside it and below `roots` that it includes, directly or not: their paths and their texts."""

    @property
    def texts(self) -> tuple[str, ...]:
        return (self.text, *(text for _, text in self.included))


def read_source(kernel: KernelDescriptor, folder: Path) -> Source:
    """The source of a kernel's descriptor. One that is given as text is written to a file first."""
    if kernel.source_type.name == "SOURCE_CODE":
        text = kernel.kernel_source
        path = folder / f"kernel_{hashlib.sha256(text.encode()).hexdigest()[:12]}.cpp"
        keep_text(path, text)
    else:
        path = Path(kernel.kernel_source).resolve()
        if not path.is_file():
            raise bad_descriptor(f"there is no file {kernel.kernel_source}")
        text = path.read_text(encoding="utf-8", errors="replace")
    roots = release_roots(path) or _roots_of_included(text)
    return Source(
        path,
        text,
        tuple((str(name), str(value)) for name, value in kernel.defines),
        tuple(kernel.compile_time_args),
        tuple((str(name), int(value)) for name, value in kernel.named_compile_time_args),
        roots,
        tuple(_included(path, text, roots)),
    )


def release_roots(path: Path) -> tuple[Path, ...]:
    """Where a kernel of a checkout of TT-Metal, or of a wheel of ttnn, finds what such kernels share."""
    for folder in path.parents:
        if (folder / "ttnn" / "cpp" / "ttnn").is_dir():
            return folder, folder / "ttnn", folder / "ttnn" / "cpp"
    return ()


def _roots_of_included(text: str) -> tuple[Path, ...]:
    """The same, for what a kernel includes of a release by its whole path: it is of that release, too."""
    whole = (Path(name) for name in _INCLUDE.findall(text) if name.startswith("/"))
    return next((roots for path in whole if (roots := release_roots(path))), ())


def _included(path: Path, text: str, roots: Sequence[Path]) -> Iterator[tuple[str, str]]:
    known, pending = {path}, [(path, text)]
    while pending:
        outer, text = pending.pop()
        for name in _INCLUDE.findall(text):
            # The name that a macro stands for may be that of any header.
            beside = (
                [folder / name for folder in (outer.parent, path.parent, *roots)]
                if name
                else sorted(path.parent.glob("*.h"))
            )
            for inner in beside:
                if inner not in known and inner.is_file():
                    known.add(inner)
                    pending.append((inner, inner.read_text(encoding="utf-8", errors="replace")))
                    yield str(inner), pending[-1][1]
