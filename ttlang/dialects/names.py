"""Names of the Python source where only ASCII can stand, as hints for values and in C++; and names made unique."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import accumulate, count, repeat


@lru_cache(maxsize=1024)
def ascii_name(name: str) -> str:
    """
    A name close to an identifier of Python, of ASCII letters, digits and underscores: accents are left out, letters of
    other alphabets spelled, the rest has its code point. Names that differ may become one: whoever declares names
    keeps them apart.
    """
    if name.isascii():
        return re.sub(r"\W", "_", name)
    import unicodedata

    plain = (c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return re.sub(r"\W", "_", "".join(c if c.isascii() else _spelled(c) for c in plain), flags=re.ASCII)


def value_hint(name: str) -> str | None:
    """What a value of the IR can be called after a name: not a digit first, nor underscores alone."""
    plain = ascii_name(name)
    return plain if plain.strip("_") and not plain[0].isdigit() else None


def buffer_stem(buffer: str) -> str:
    """What a buffer is for: its name without what authors, in either edition, say of its kind behind it."""
    return buffer.removesuffix("_cb").removesuffix("_dfb") or buffer


def unique_name(name: str, is_taken: Callable[[str], bool], suffixes: Iterable[str] | None = None) -> str:
    """The name; if that is taken, the first of `name_1`, `name_2`, … that is free, or of those with these suffixes."""
    if not is_taken(name):
        return name
    return next(each for suffix in suffixes or numbers() if not is_taken(each := f"{name}{suffix}"))


def numbers(first: int = 1) -> Iterator[str]:
    """The suffixes `_1`, `_2`, …"""
    return (f"_{number}" for number in count(first))


def underscores() -> Iterator[str]:
    """The suffixes `_`, `__`, …: so Python tells a name from a keyword."""
    return accumulate(repeat("_"))


def _spelled(character: str) -> str:
    """`alpha` for a small Greek letter, `u4e2d` for what has no letter's name."""
    import unicodedata

    _, _, letter = unicodedata.name(character, "").partition(" LETTER ")
    spelled = letter.partition(" WITH ")[0].replace(" ", "_").lower()
    return spelled if re.fullmatch(r"[a-z_]+", spelled) else f"u{ord(character):x}"
