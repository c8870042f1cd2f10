"""Texts that a person might leave behind while typing: random edits of a script."""

from __future__ import annotations

import io
import keyword
import tokenize
from collections.abc import Iterator
from contextlib import suppress
from random import Random

Place = tuple[int, int]


def edited_texts(text: str, random: Random) -> Iterator[str]:
    """Texts without end, each an edit of the one before, or of the first."""
    now = text
    while True:
        now = _edited(text if random.random() < 0.35 else now, random)
        yield now


def _edited(text: str, random: Random) -> str:
    """One edit."""
    edit = random.choice((_of_token, _of_token, _of_token, _of_line, _of_comment, _of_character, _of_blank))
    return edit(text, random)


def _of_token(text: str, random: Random) -> str:
    """A token goes, comes twice, changes places with another, or becomes another name or number."""
    lines = text.splitlines(keepends=True)
    words = [word for word in _tokens(text) if word.string.strip() and word.start[0] == word.end[0]]
    if len(words) < 2:
        return text
    at = random.randrange(len(words))
    word, other = words[at], random.choice(words)
    numbers = [str(random.choice((0, 1, 2, 3, 4, 8, 64)))]
    names = [each.string for each in words if each.type == tokenize.NAME and not keyword.iskeyword(each.string)]
    match random.randrange(6):
        case 0:
            return _with(lines, word, "")
        case 1:
            return _with(lines, word, f"{word.string} {word.string}")
        case 2:
            return _with(lines, word, other.string)
        case 3:
            number = random.choice([each for each in words if each.type == tokenize.NUMBER] or [word])
            return _with(lines, number, numbers[0])
        case 4 if names:
            name = random.choice(names)
            return _renamed(lines, words, name, random.choice([f"{name}_", *names[:3]]))
        case _:
            name = random.choice([each for each in words if each.string in names] or [word])
            return _with(lines, name, random.choice(names or ["x"]))


def _of_line(text: str, random: Random) -> str:
    """A line goes, comes twice, moves, or is indented otherwise."""
    lines = text.splitlines(keepends=True)
    if not lines:
        return text
    at = random.randrange(len(lines))
    match random.randrange(4):
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, lines[at])
        case 2:
            lines.insert(random.randrange(len(lines)), lines.pop(at))
        case _:
            lines[at] = random.choice(("    " + lines[at], lines[at].removeprefix("    ")))
    return "".join(lines)


def _of_comment(text: str, random: Random) -> str:
    """A comment behind a line, sometimes one that allows a finding."""
    lines = text.splitlines()
    if not lines:
        return text
    at = random.randrange(len(lines))
    lines[at] += random.choice(("  # what for?", "  # ttl: allow TTL0603", "  # ttl: allow TTL0611", "  # é"))
    return "\n".join(lines) + "\n"


def _of_blank(text: str, random: Random) -> str:
    """An empty line, or a comment on its own, comes or goes."""
    lines = text.splitlines(keepends=True)
    empty = [index for index, line in enumerate(lines) if not line.strip() or line.lstrip().startswith("#")]
    if empty and random.random() < 0.5:
        del lines[random.choice(empty)]
    else:
        lines.insert(random.randrange(len(lines) + 1), random.choice(("\n", "# nothing\n", "    # nothing\n")))
    return "".join(lines)


def _of_character(text: str, random: Random) -> str:
    """A character goes, or comes."""
    if not text:
        return "x"
    at = random.randrange(len(text))
    return text[:at] + random.choice(("", "", "x", "(", ".", ",", ":", " ", "é")) + text[at + random.randrange(2) :]


def _tokens(text: str) -> list[tokenize.TokenInfo]:
    found: list[tokenize.TokenInfo] = []
    with suppress(tokenize.TokenError, SyntaxError):
        found.extend(tokenize.generate_tokens(io.StringIO(text).readline))
    return found


def _with(lines: list[str], word: tokenize.TokenInfo, text: str) -> str:
    """The lines with another text in place of a token."""
    row, start, end = word.start[0] - 1, word.start[1], word.end[1]
    changed = list(lines)
    changed[row] = changed[row][:start] + text + changed[row][end:]
    return "".join(changed)


def _renamed(lines: list[str], words: list[tokenize.TokenInfo], name: str, new: str) -> str:
    """A name is another one everywhere."""
    changed = list(lines)
    for word in sorted(words, key=lambda each: each.start, reverse=True):
        if word.string == name:
            row = word.start[0] - 1
            changed[row] = changed[row][: word.start[1]] + new + changed[row][word.end[1] :]
    return "".join(changed)
