"""The pictures of a profile as files: what `ttlang profile` writes with `--html`, `--trace` and `--speedscope`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from ttlang.profiler.document import Profile
from ttlang.profiler.page.html_page import page
from ttlang.profiler.perfetto_trace import perfetto_trace
from ttlang.profiler.speedscope import speedscope


class FileView(NamedTuple):
    """A kind of file."""

    write: Callable[[Profile], bytes]
    package: str = ""
    """That it is made with, if it is none of ttlang's own dependencies."""
    extra: str = ""
    """Of ttlang, which installs that package."""


def _html(profile: Profile) -> bytes:
    return page(profile).encode()


def _speedscope(profile: Profile) -> bytes:
    return json.dumps(speedscope(profile), separators=(",", ":")).encode()


FILE_VIEWS = {
    "html": FileView(_html),
    "trace": FileView(perfetto_trace, "perfetto", "trace"),
    "speedscope": FileView(_speedscope),
}
"""By the option that asks for it."""


def missing_package(wanted: Mapping[str, Path]) -> str | None:
    """What to say, before a script runs for it, of a file that can't be made here."""
    for option in wanted:
        view = FILE_VIEWS[option]
        if view.package and find_spec(view.package) is None:
            return f"--{option} needs the package {view.package}: pip install 'ttlang[{view.extra}]'"
    return None


def write_files(profile: Profile, wanted: Mapping[str, Path]) -> None:
    """Writes each of the files, by its option. Raises OSError where that can't be done."""
    for option, path in wanted.items():
        path.write_bytes(FILE_VIEWS[option].write(profile))
