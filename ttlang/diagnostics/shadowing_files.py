"""Files of a user that hide the modules which kernels import: a `ttl.py` beside the script comes first on the path."""

from __future__ import annotations

import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from pathlib import Path

from ttlang.diagnostics import DiagnosticError, Span, error

LANGUAGE = Path(__file__).parents[2] / "ttl" / "__init__.py"
"""The `ttl` that belongs to this ttlang."""


def check_language() -> None:
    """Raises a TTL0008 if `import ttl` gives another module than the language, or has done so."""
    spec = getattr(sys.modules.get("ttl"), "__spec__", None) or find_spec("ttl")
    if spec is not None and hides(spec):
        raise hidden("ttl", spec.origin)


def guard_language() -> None:
    """
    Raises a TTL0008 if `import ttl` has given another module than the language, or from now on does. A `ttl.py` that
    nobody imports is left alone.
    """
    spec = getattr(sys.modules.get("ttl"), "__spec__", None)
    if spec is not None and hides(spec):
        raise hidden("ttl", spec.origin)
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


def hides(spec: ModuleSpec) -> bool:
    """Whether a module called `ttl` is another than the language."""
    origin = spec.origin
    if origin is None or origin == str(LANGUAGE) or not LANGUAGE.is_file():
        return False
    return Path(origin).resolve() != LANGUAGE.resolve()


def hidden(name: str, origin: str | None) -> DiagnosticError:
    """What to say of a file that hides the module of that name."""
    return error(
        "TTL0008",
        f"{name} is {origin} here, which hides the module that kernels import",
        _importer(),
        hint="rename that file: Python looks beside the script first, and takes any module of that name",
    )


@contextmanager
def watch() -> Generator[None]:
    """While this lasts, an import of `ttl` that would give another module than the language raises a TTL0008."""
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class _Finder:
    """Finds nothing, and looks at what others would."""

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: object = None) -> None:
        if name == "ttl" and (spec := PathFinder.find_spec(name)) is not None and hides(spec):
            raise hidden(name, spec.origin)


def _importer() -> Span | None:
    """The line that imports, among what is being run."""
    frame = sys._getframe()  # pyright: ignore[reportPrivateUsage]
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if name.partition(".")[0] not in ("ttlang", "importlib", "_frozen_importlib", "ttl"):
            return Span(frame.f_code.co_filename, frame.f_lineno, 1)
        frame = frame.f_back
    return None
