"""Findings as Python's warnings: at the kernel's line, so that filters by module and line mean the kernel's own."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from ttlang.diagnostics import Diagnostic, Severity, TTLangWarning


def warn(found: Diagnostic) -> bool:
    """
    Gives a warning to Python, whose filters decide what becomes of it; a finding without a place is at the line of the
    innermost caller that is no part of ttlang. Returns whether it was let through: not for one that is ignored, nor for
    a note, which is no warning.
    """
    if found.severity is Severity.NOTE:
        return False
    message = TTLangWarning(found)
    globals_, file, line = _place(found)
    module = str(globals_.get("__name__") or file.rpartition("/")[2].removesuffix(".py"))
    if _action(str(message), module, line) == "ignore":
        return False
    registry = globals_.setdefault("__warningregistry__", {})
    warnings.warn_explicit(message, None, file, line, module, registry)  # pyright: ignore[reportArgumentType, reportCallIssue]
    return True


@contextmanager
def collected(kept: list[Diagnostic]) -> Generator[None]:
    """While this lasts, warnings of kernels are added to the list, whatever the filters say; others go their way."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", TTLangWarning)
        usual = warnings.showwarning

        def keep(message: Warning | str, *rest: Any, **named: Any) -> None:
            if isinstance(message, TTLangWarning):
                kept.append(message.diagnostic)
            else:
                usual(message, *rest, **named)

        warnings.showwarning = keep
        yield


def outer_frame() -> FrameType | None:
    """Of the innermost caller that is no part of ttlang."""
    frame = sys._getframe()  # pyright: ignore[reportPrivateUsage]
    while frame is not None and is_ours(frame):
        frame = frame.f_back
    return frame


def is_ours(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0] in ("ttlang", "importlib")


def _place(found: Diagnostic) -> tuple[dict[str, Any], str, int]:
    """The module's variables, its file, and the line."""
    if found.span is not None:
        return _module_of(found.span.file), found.span.file, found.span.line
    frame = outer_frame()
    if frame is None:
        return {}, "ttlang", 1
    return frame.f_globals, frame.f_code.co_filename, frame.f_lineno


def _module_of(file: str) -> dict[str, Any]:
    """The variables of the module that was read from a file; of none, a place that is forgotten at once."""
    for module in list(sys.modules.values()):
        variables: dict[str, Any] = getattr(module, "__dict__", {})
        if variables.get("__file__") == file:
            return variables
    return {}


def _action(text: str, module: str, line: int) -> str:
    """What Python's filters say of a warning of ours there; `warnings` has no function that only asks."""
    for action, message, category, wanted, at in warnings.filters:
        if not issubclass(TTLangWarning, category) or at not in (0, line):
            continue
        if _matches(message, text) and _matches(wanted, module):
            return action
    return "default"


def _matches(pattern: Any, text: str) -> bool:
    """Patterns of the interpreter's own filters are texts."""
    if pattern is None or isinstance(pattern, str):
        return pattern in (None, text)
    return pattern.match(text) is not None
