"""
Every environment variable that ttlang reads, and the one place that reads them.

All are read and checked together, at the first question and again only after one of them has changed, so a script may
set `os.environ` before a call, and a call never sees half of a change. What a kernel was compiled for is kept with it
(`ttlang.settings.target`), and asks the environment no more. Commands give what they were given as arguments
(`given`), which comes before the environment.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from ttlang.diagnostics import Diagnostic, DiagnosticError, Severity, TTLangWarning, error
from ttlang.settings.flag_text import read_flags
from ttlang.tables.kernel_api import GENERATIONS

if TYPE_CHECKING:
    from pathlib import Path

NUMERICS = ("fast", "chip")
"""The first is the default."""
_PREFIX = "TTLANG_"
_YES, _NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


def _switch(text: str) -> str:
    if text.lower() not in (*_YES, *_NO):
        raise ValueError("it is 1 (or true, yes, on) or 0 (or false, no, off)")
    return "1" if text.lower() in _YES else ""


def _one_of(choices: Iterable[str]) -> Callable[[str], str]:
    """`choices`: a table that may grow."""

    def check(text: str) -> str:
        if text not in choices:
            raise ValueError(f"it is one of {', '.join(choices)}")
        return text

    return check


def _chip(text: str) -> str:
    from ttlang.tables.chips import find_chip  # all that is known of them: no script needs it to be imported

    return find_chip(text).name


def _seed(text: str) -> str:
    try:
        return str(int(text))
    except ValueError:
        raise ValueError("it is an integer") from None


def _count(text: str) -> str:
    if not text.isdecimal() or int(text) < 1:
        raise ValueError("it is a number from 1 on")
    return str(int(text))


def _statistics(text: str) -> str:
    if text in ("table", "json"):
        return text
    try:
        return "table" if _switch(text) else ""
    except ValueError:
        raise ValueError("it is table or json") from None


def _folder(text: str) -> str:
    if os.path.exists(text) and not os.path.isdir(text):
        raise ValueError("it is a folder, and that is a file")
    return text


def _file(text: str) -> str:
    if os.path.isdir(text):
        raise ValueError("it is a file, and that is a folder")
    return text


def _switch_or_folder(text: str) -> str:
    return _switch(text) if text.lower() in (*_YES, *_NO) else _folder(text)


def _flags(text: str) -> str:
    try:
        read_flags(text)
    except DiagnosticError as cause:
        raise ValueError(cause.diagnostics[0].message) from None
    return text


class Variable(NamedTuple):
    """An environment variable."""

    name: str
    doc: str
    check: Callable[[str], str]
    """The value that a text stands for, empty for a no. Raises a ValueError that says what is due."""

    def get(self, default: str = "") -> str:
        """Its value, or what a command was given in its place. Raises a TTL0009 if any variable is wrong."""
        return _values().get(self.name) or default

    def is_set(self) -> bool:
        """True unless unset, empty or a no."""
        return bool(self.get())


ARCH = Variable("TTLANG_ARCH", "the chip to compile for and to simulate, as `--arch` has it", _chip)
METAL_API = Variable(
    "TTLANG_METAL_API", "generation of the kernel API: " + " or ".join(GENERATIONS), _one_of(GENERATIONS)
)
COMPILER_OPTIONS = Variable(
    "TTLANG_COMPILER_OPTIONS",
    "compile flags, as in `options=`: they count before those of the decorator, and behind those of a call",
    _flags,
)
COMPILE_ONLY = Variable("TTLANG_COMPILE_ONLY", "1: a kernel's call compiles and checks, and runs nothing", _switch)
INITIAL_MLIR = Variable("TTLANG_INITIAL_MLIR", "a file to write the ttl IR of the last compiled kernel to", _file)
FINAL_MLIR = Variable(
    "TTLANG_FINAL_MLIR", "a file to write the lowered ttkernel IR of the last compiled kernel to", _file
)
DEBUG_LOCATIONS = Variable(
    "TTLANG_DEBUG_LOCATIONS", "1: the IR of these two files says from which line of the kernel it is", _switch
)
EMIT_RUNNER = Variable(
    "TTLANG_EMIT_RUNNER",
    "1, or a folder: export each kernel that is compiled, as `ttlang export` does (1: to ./ttlang_out)",
    _switch_or_folder,
)
VERBOSE_ERRORS = Variable("TTLANG_VERBOSE_ERRORS", "1: show the compiler's own frames in tracebacks", _switch)
DUMP = Variable(
    "TTLANG_DUMP", "a folder to write the IR after every pass and the C++ to, one subfolder a kernel", _folder
)
VERIFY = Variable("TTLANG_VERIFY", "1: verify the IR, dominance and locations after every pass", _switch)
NUMERICS_MODE = Variable("TTLANG_NUMERICS", "arithmetic of the simulator: fast (default) or chip", _one_of(NUMERICS))
DEVICES = Variable("TTLANG_DEVICES", "how many chips the host library has, for meshes (default: 4)", _count)
STATS = Variable("TTLANG_STATS", "table or json: print what each line of a simulated kernel did", _statistics)
AUTO_PROFILE = Variable(
    "TTLANG_AUTO_PROFILE", "1: each line of a thread is a zone of Metal's profiler, as by `line_zones=True`", _switch
)
SEED = Variable("TTLANG_SEED", "an integer: seed that shuffles the simulator's schedule", _seed)
HEADERS = Variable(
    "TTLANG_HEADERS", "a folder with `ttnn-<version>/ttnn`, the unpacked wheels whose headers check C++", _folder
)
CACHE = Variable(
    "TTLANG_CACHE",
    "folder for headers, compiled C++ and launched kernels (default: `ttlang` in XDG_CACHE_HOME or ~/.cache)",
    str,  # `ttlang.settings.cache` says what is wrong with it, and goes on without it
)
CACHE_SIZE = Variable("TTLANG_CACHE_SIZE", "what that folder may take, headers aside, as in 500M (default: 1G)", str)
TUNED = Variable(
    "TTLANG_TUNED",
    "stores of tuned sizes that are read beside your own, separated as in PATH: files that `ttlang tune --export` has"
    " written, and folders such as `tuned` in a cache folder",
    str,  # `ttlang.driver.tuning.tuned_choices` says what is wrong with one, and goes on without it
)

WRITES = (DUMP, INITIAL_MLIR, FINAL_MLIR, EMIT_RUNNER)
"""What has a kernel written while it is compiled."""

VARIABLES = (
    ARCH,
    METAL_API,
    COMPILER_OPTIONS,
    COMPILE_ONLY,
    INITIAL_MLIR,
    FINAL_MLIR,
    DEBUG_LOCATIONS,
    AUTO_PROFILE,
    EMIT_RUNNER,
    VERBOSE_ERRORS,
    DUMP,
    VERIFY,
    NUMERICS_MODE,
    SEED,
    DEVICES,
    STATS,
    HEADERS,
    CACHE,
    CACHE_SIZE,
    TUNED,
)
_NAMES = tuple(variable.name for variable in VARIABLES)

_OF_A_PROFILER = "`TTLANG_STATS` counts what each line does in the simulator; on a card, Metal has its own profiler"
OF_OTHER_COMPILERS: Mapping[str, str] = {
    "TTLANG_VERBOSE_PASSES": "`TTLANG_DUMP`, a folder, gets the IR after every pass",
    "TTLANG_SIM_ONLY": "kernels run in the simulator where ttnn is not installed",
    "TTLANG_PERF_DUMP": _OF_A_PROFILER,
    "TTLANG_PERF_SERV": _OF_A_PROFILER,
    "TTLANG_SIGNPOST_PROFILE": _OF_A_PROFILER,
    "TTLANG_PROFILE_CSV": _OF_A_PROFILER,
}
"""Variables that other compilers of the language read, and this one doesn't: what there is in their place."""


# -------------------------------------------------------------------------------------------------------- reading

_given: Mapping[str, str] = {}
"""By variable, what a command was given in its place."""
_read: tuple[Any, Mapping[str, str], dict[str, str]] | None = None
"""The last reading: of what, with what given, and what came of it."""
_warned: set[str] = set()


@contextmanager
def given(values: Mapping[Variable, str]) -> Generator[None]:
    """While this lasts, these values stand in place of the environment's: arguments of a command. "": it is not set."""
    global _given
    before = _given
    _given = {**before, **{each.name: each.check(value) if value else "" for each, value in values.items()}}
    try:
        yield
    finally:
        _given = before


def check_environment() -> None:
    """Raises a TTL0009 for every variable that is wrong, and warns of those that are not known."""
    _values()


def make_folder(variable: Variable, folder: Path) -> Path:
    """Makes a folder that a variable asks for. Raises a TTL0009 where that is not possible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as cause:
        raise cannot_write(variable, folder, cause) from None
    return folder


def cannot_write(variable: Variable, path: Path, cause: OSError) -> DiagnosticError:
    return error("TTL0009", f"{variable.name}: {path} can't be written: {cause.strerror or cause}")


def _values() -> dict[str, str]:
    """By name, the values of variables that are set, checked."""
    global _read
    now = _environment()
    if _read is None or _read[0] != now or _read[1] is not _given:
        _read = now, _given, _checked()
    return _read[2]


# `os.environ` encodes and decodes at each question; its table answers in a tenth of the time that a look-up may take.
_table: Any = getattr(os.environ, "_data", None)
_keys: tuple[Any, ...] = () if _table is None else tuple([cast(Any, os.environ).encodekey(name) for name in _NAMES])


def _environment() -> Any:
    """What tells whether the environment has changed: all names, for those that are not known, and our values."""
    if _table is None or getattr(os.environ, "_data", None) is not _table:
        return tuple(os.environ), tuple([os.environ.get(name) for name in _NAMES])
    return tuple(_table), tuple([_table.get(key) for key in _keys])


def _checked() -> dict[str, str]:
    values: dict[str, str] = {}
    found: list[Diagnostic] = []
    for variable in VARIABLES:
        text = os.environ.get(variable.name, "").strip()
        if variable.name in _given or not text:
            continue
        try:
            values[variable.name] = variable.check(text)
        except ValueError as cause:
            found.append(Diagnostic("TTL0009", f"{variable.name} is {text!r}: {cause}", hint=variable.doc))
    if found:
        raise DiagnosticError(tuple(found))
    _warn_of_unknown()
    return {**values, **_given}


def _warn_of_unknown() -> None:
    for name in sorted(os.environ):
        if not name.upper().startswith(_PREFIX) or name in _NAMES or name in _warned:
            continue
        from difflib import get_close_matches

        _warned.add(name)
        close = get_close_matches(name.upper(), _NAMES, n=1)
        other = f"did you mean {close[0]}?" if close else f"the variables are {', '.join(_NAMES)}"
        hint = OF_OTHER_COMPILERS.get(name, other)
        message = f"{name} is no environment variable of ttlang, and has no effect"
        unknown = Diagnostic("TTL0009", message, hint=hint, severity=Severity.WARNING)
        warnings.warn(TTLangWarning(unknown), stacklevel=2)
