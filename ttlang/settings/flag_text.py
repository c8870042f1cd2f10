"""The text of `options=`: flags, one after the other, of which the last that names something counts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from ttlang.diagnostics import DiagnosticError, error
from ttlang.tables.compile_flags import FLAGS, CompileFlag


@lru_cache(maxsize=256)
def read_flags(text: str) -> Mapping[str, str | bool]:
    """What each flag that is named is set to. Raises a TTL0002 for a text that is no list of flags."""
    import shlex  # few kernels have options, and all import this file

    try:
        words = shlex.split(text)
    except ValueError as cause:
        raise error("TTL0002", f"options={text!r}: {cause}") from None
    found: dict[str, str | bool] = {}
    while words:
        word, equals, value = words.pop(0).partition("=")
        name, on = _name(word)
        flag = FLAGS.get(name)
        if flag is None or not word.startswith("--"):
            raise _unknown(word)
        if not flag.takes:
            if equals:
                raise error("TTL0002", f"{word} is a switch, and takes no value", hint=f"--{name} or --no-{name}")
            found[name] = on
            continue
        if not equals:
            value = words.pop(0) if words else ""
        if not on or not flag.accepts(value):
            raise error("TTL0002", f"{word} is given {value!r}", hint=_form(name, flag))
        found[name] = value
    return found


def _name(word: str) -> tuple[str, bool]:
    """The name of a flag, and whether it is switched on."""
    name = word.removeprefix("--")
    return (name, True) if name in FLAGS else (name.removeprefix("no-"), not name.startswith("no-"))


def _form(name: str, flag: CompileFlag) -> str:
    return f"it is --{name} {flag.takes}" if flag.takes else f"it is --{name} or --no-{name}"


def _unknown(word: str) -> DiagnosticError:
    from difflib import get_close_matches

    name, on = _name(word)
    close = get_close_matches(name, FLAGS, n=1)
    prefix = "--" if on else "--no-"
    hint = f"did you mean {prefix}{close[0]}?" if close else f"the flags are --{', --'.join(FLAGS)}"
    return error("TTL0002", f"{word} is no flag of options=", hint=hint)
