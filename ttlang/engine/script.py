"""How commands run a user's script, and how that can end."""

from __future__ import annotations

import ast
import gc
import inspect
import io
import os
import runpy
import signal
import sys
import sysconfig
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, ModuleType
from typing import Literal, NoReturn, Protocol, cast

from ttlang.diagnostics import Diagnostic, DiagnosticError, Severity, Span
from ttlang.diagnostics.json_form import from_json, to_json
from ttlang.diagnostics.python_warnings import is_ours
from ttlang.engine.names_ahead import names_ahead
from ttlang.engine.streams import is_gone, outcome
from ttlang.language.call_sites import Origin, caller_span, raised_at
from ttlang.settings import variables as env

FAILURE = "TTL0006"
MISSING = "TTL0004"
_MOST_SECONDS = 10.0
"""That a process of the script's waits for its end."""


class Source(Protocol):
    """What a command is given: a script, or kernels as IR."""

    @property
    def path(self) -> str: ...

    @property
    def is_module(self) -> bool: ...

    def execute(self) -> None:
        """Defines kernels and calls them. Raises what it likes."""
        ...


@dataclass(frozen=True)
class Script:
    """What a command is to run, as `python path arguments...` or `python -m path arguments...` would."""

    path: str
    arguments: Sequence[str]
    is_module: bool = False
    text: str | None = None
    """What stands in place of the file's text."""

    def execute(self) -> None:
        """With `import ttnn` at hand on every machine."""
        from ttlang.diagnostics.shadowing_files import watch
        from ttlang.driver.imported_text import give_text
        from ttlang.host import install_as_ttnn

        install_as_ttnn()
        if self.text is not None:
            give_text(self.path, self.text)
        sys.argv = [self.path, *self.arguments]
        sys.path.insert(0, os.getcwd() if self.is_module else str(Path(self.path).resolve().parent))
        with watch():
            if self.is_module:
                runpy.run_module(self.path, run_name="__main__", alter_sys=True)
            elif self.text is not None:
                _run_text(self.path, self.text)
            else:
                runpy.run_path(self.path, run_name="__main__")


def _run_text(path: str, text: str) -> None:
    """As `runpy.run_path` runs a file; the module stays, with all that it holds."""
    module = ModuleType("__main__")
    vars(module).update(__file__=path, __cached__=None, __package__="")
    sys.modules["__main__"] = module
    exec(compile(text, path, "exec", dont_inherit=True), vars(module))


def parse(text: str, path: str) -> ast.Module:
    """The tree of a text that a file of this name may hold. Raises what Python says of it, with places in this text."""
    try:
        return _tree(text, path)
    except SyntaxError as broken:
        raise _in_text(text, broken) from None


def _tree(text: str, file: str) -> ast.Module:
    """As `ast.parse`, whose own frame would be taken for the place of an error that has none."""
    return cast(ast.Module, compile(text, file, "exec", ast.PyCF_ONLY_AST, dont_inherit=True))


def _in_text(text: str, broken: SyntaxError) -> SyntaxError:
    """Python counts columns in the line that stands in the file, which may hold another text."""
    try:
        _tree(text, "<text>")
    except SyntaxError as same:
        same.filename = broken.filename
        return same
    return broken


@dataclass(frozen=True)
class Ending:
    """How a script has ended."""

    how: Literal["finished", "stopped", "exited", "failed"]
    """By itself; by reading what was not computed; with a status of its own; by an exception."""
    findings: tuple[Diagnostic, ...] = ()
    trace: str = ""
    """The script's own traceback."""


class ScriptEnd(BaseException):
    """Ends a script where the process has more to do than the command. No `except Exception` of it catches that."""

    def __init__(self, ending: Ending):
        super().__init__("the script ends here")
        self.ending = ending


class Reading:
    """What comes of reading a result that was not computed: the script ends, at that line and for good."""

    def __init__(self, script: Source, not_called: Callable[[], Sequence[str]], finish: Callable[[Ending], int]):
        """`not_called`: kernels that are yet to be called. `finish`: what the command does at the end."""
        self._script = script
        self._not_called = not_called
        self._finish = finish
        self._lock = threading.Lock()
        self._is_over = False
        self._owner = os.getpid()
        self._forks: tuple[int, int] | None = None
        """A pipe by which processes that the script forks tell of a reading."""

    def watch_forks(self) -> None:
        """Has a reading in a process that the script forks end the script, too, which may wait for that process."""
        if not hasattr(os, "fork") or threading.current_thread() is not threading.main_thread():
            return
        self._forks = os.pipe()
        signal.signal(signal.SIGUSR1, self._hear)

    def _hear(self, number: int, frame: FrameType | None) -> NoReturn:
        self._leave(self._told)

    def _told(self) -> Ending:
        assert self._forks is not None
        found = from_json(os.read(self._forks[0], 1 << 16).decode().partition("\n")[0])
        return Ending("stopped", () if found is None else (found,))

    def _tell(self) -> NoReturn:
        """In a process of the script's: the command's own has the word, and ends this one."""
        if self._forks is not None:
            lines = [to_json(found) for found in self._ending().findings]
            os.write(self._forks[1], "".join(f"{line}\n" for line in lines).encode())
            os.kill(self._owner, signal.SIGUSR1)
            time.sleep(_MOST_SECONDS)
        os._exit(0)

    def finish(self, ending: Ending) -> int:
        """To be called when the script has ended."""
        self._is_over = True
        return self._finish(ending)

    def raising(self) -> NoReturn:
        """For a process that goes on."""
        raise ScriptEnd(self._ending())

    def leaving(self) -> NoReturn:
        """For the command's own process: nothing of the script runs any more, no `finally`, `with` or `atexit`."""
        if os.getpid() != self._owner:
            self._tell()
        self._leave(self._ending)

    def _leave(self, ending: Callable[[], Ending]) -> NoReturn:
        self._lock.acquire()
        code = 0
        try:
            if not self._is_over:
                code = outcome("ttlang", lambda: self.finish(ending()))
        except BaseException:
            traceback.print_exc()
            code = 1
        finally:
            _flush()
            os._exit(code)

    def _ending(self) -> Ending:
        span = _reader()
        uncalled = set(self._not_called())
        ahead = sorted(uncalled & names_ahead(self._script.path)) if uncalled else []
        message = "this reads what a kernel would have computed, and nothing is computed here: the script ends"
        if not ahead:
            return Ending("stopped", (Diagnostic(MISSING, message, span, severity=Severity.NOTE),))
        message += f", before it calls {', '.join(ahead)}"
        hint = "hand the tensor itself to the next kernel, or check that kernel in a script of its own"
        return Ending("stopped", (Diagnostic(MISSING, message, span, hint),))


def _reader() -> Span | None:
    """The innermost place that runs now in code of the user's own: libraries read, copy and print for it."""
    libraries = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})
    frame = inspect.currentframe()
    while frame is not None:
        if not is_ours(frame) and not frame.f_code.co_filename.startswith((*libraries, "<frozen")):
            return Origin(frame.f_code, frame.f_lasti).span()
        frame = frame.f_back
    return caller_span()


def run_script(script: Source) -> Ending:
    """Runs a script to its end, whatever that is."""
    try:
        script.execute()
    except ScriptEnd as end:
        return end.ending
    except DiagnosticError as found:
        if env.VERBOSE_ERRORS.is_set():
            traceback.print_exc()
        return Ending("failed", found.diagnostics)
    except SystemExit as leaving:
        return _exited(script, leaving)
    except BrokenPipeError as failure:
        # Of ours or of the script: while the script runs, its own output may lead elsewhere.
        if is_gone(sys.stdout) or (sys.__stdout__ is not None and is_gone(sys.__stdout__)):
            raise
        return failed(script, failure)
    except Exception as failure:
        return failed(script, failure)
    return Ending("finished")


def _exited(script: Source, leaving: SystemExit) -> Ending:
    """A status other than 0 is the script's own word that it has failed."""
    if leaving.code in (None, 0):
        return Ending("finished")
    status = leaving.code if isinstance(leaving.code, int) else 1
    if not isinstance(leaving.code, int):
        print(leaving.code, file=sys.stderr)
    message = f"{script.path} exits with status {int(status)}"
    return Ending("exited", (Diagnostic(FAILURE, message, _place(script, leaving)),))


def failed(script: Source, failure: Exception) -> Ending:
    """The ending of a script that raises this."""
    what = ": ".join([type(failure).__name__, *str(failure).strip().splitlines()[:1]])
    found = Diagnostic(FAILURE, f"{script.path} fails: {what}", _place(script, failure))
    return Ending("failed", (found,), _trace(script, failure))


def _place(script: Source, failure: BaseException) -> Span | None:
    if isinstance(failure, SyntaxError) and failure.filename and failure.lineno:
        start, end_line, end = failure.offset or 1, failure.end_lineno, failure.end_offset
        has_end = end_line and end and (end_line, end) > (failure.lineno, start)
        return Span(failure.filename, failure.lineno, max(start, 1), *((end_line, end) if has_end else ()))
    return raised_at(failure, script.path) or raised_at(failure)


def _trace(script: Source, failure: Exception) -> str:
    """Without the frames of the command."""
    trace = failure.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename != script.path:
        trace = trace.tb_next
    if script.is_module and trace is None:
        trace = failure.__traceback__
    return "".join(traceback.format_exception(type(failure), failure, trace))


def _flush() -> None:
    """What the script has written by now stays written; processes that it has started end with it."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()
    for thing in gc.get_objects():
        if issubclass(type(thing), io.TextIOWrapper | io.BufferedWriter):
            with suppress(Exception):
                thing.flush()
    if (multiprocessing := sys.modules.get("multiprocessing")) is not None:
        for child in multiprocessing.active_children():
            child.terminate()
