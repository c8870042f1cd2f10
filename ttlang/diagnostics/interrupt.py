"""Ctrl-C: where a script is told that it was interrupted, it sees its own frames, not those below a kernel's call."""

from __future__ import annotations

import sys
from types import TracebackType


def interrupted(text: str) -> KeyboardInterrupt:
    """To be raised `from None`. If nobody catches it, its traceback ends where the script has called ttlang."""
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = _show
    return KeyboardInterrupt(text)


def _show(kind: type[BaseException], value: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        # Python prints the exception's own traceback.
        value.__traceback__ = trace = _outside(trace) or trace
    sys.__excepthook__(kind, value, trace)


def _outside(trace: TracebackType | None) -> TracebackType | None:
    """A traceback without the frames of ttlang."""
    if trace is None:
        return None
    inner = _outside(trace.tb_next)
    name = str(trace.tb_frame.f_globals.get("__name__", ""))
    if name.partition(".")[0] == "ttlang":
        return inner
    return TracebackType(inner, trace.tb_frame, trace.tb_lasti, trace.tb_lineno)
