"""
The headers that kernels are type-checked against: those that the runtime of a ttnn release compiles kernels with, from
its wheel.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from ttlang.settings import cache, variables
from ttlang.settings.cache import kept_folder
from ttlang.tables.kernel_api import GENERATIONS

VERSIONS = tuple(generation.headers for generation in GENERATIONS.values())
"""The release of ttnn that stands for each generation of the kernel API."""


def find_headers(version: str) -> Path | None:
    """
    The folder `ttnn` of that release's wheel, unpacked: below the folder that TTLANG_HEADERS names, or in the cache
    (TTLANG_CACHE). None where it is in neither.
    """
    named = variables.HEADERS.get()
    for folder in [*([Path(named)] if named else []), cache.place()]:
        headers = folder / f"ttnn-{version}" / "ttnn"
        if (headers / "tt_metal").is_dir():
            return headers
    return None


def fetch_headers(version: str) -> Path:
    """
    As `find_headers`, but downloads the wheel (about 100 MB) with pip where it isn't there, and keeps its headers in
    the cache. Raises a RuntimeError where the download fails.
    """
    if (found := find_headers(version)) is not None:
        return found

    def fill(made: Path) -> None:
        with tempfile.TemporaryDirectory(dir=made.parent) as work:
            _unpack(_download(version, Path(work)), made)

    return kept_folder(cache.folder() / f"ttnn-{version}", fill) / "ttnn"


def fetch_kernels(version: str) -> Path:
    """
    The folder `ttnn` of that release's wheel with its kernels and what they include of ttnn, as they lie there, from
    the cache; they are downloaded where they aren't there. Raises a RuntimeError where the download fails.
    """

    def fill(made: Path) -> None:
        with tempfile.TemporaryDirectory(dir=made.parent) as work:
            _unpack(_download(version, Path(work)), made, _is_of_a_kernel)

    return kept_folder(cache.folder() / f"ttnn-{version}-kernels", fill) / "ttnn"


def _download(version: str, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    platform = ["--python-version=3.12", "--platform=manylinux_2_34_x86_64"]
    done = subprocess.run(
        [*command, *platform, f"--dest={folder}", f"ttnn=={version}"],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    wheels = list(folder.glob("ttnn-*.whl"))
    if done.returncode or not wheels:
        raise RuntimeError(f"pip can't download ttnn {version}:\n{done.stderr.strip()}")
    return wheels[0]


def _is_header(path: PurePosixPath) -> bool:
    return path.parts[:2] == ("ttnn", "tt_metal") and path.suffix in {".h", ".hpp", ".inl", ".def", ".cc"}


def _is_of_a_kernel(path: PurePosixPath) -> bool:
    """Whether it is a kernel, or a file of text that one may include, but for the headers."""
    if path.parts[:2] == ("ttnn", "tt_metal"):
        return "kernels" in path.parts and path.suffix in {".cpp", ".h", ".hpp"}
    return path.parts[:3] == ("ttnn", "ttnn", "cpp") and path.suffix in {".cpp", ".h", ".hpp", ".inl", ".tpp"}


def _unpack(wheel: Path, folder: Path, wanted: Callable[[PurePosixPath], bool] = _is_header) -> None:
    """Unpacks what kernels include: of the wheel's hundreds of megabytes, some thousand text files."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if wanted(PurePosixPath(name)):
                archive.extract(name, folder)


def main() -> None:
    """Gets the headers of every version, where they aren't there yet."""
    for version in VERSIONS:
        print(f"headers of ttnn {version}: {fetch_headers(version)}")


if __name__ == "__main__":
    main()
