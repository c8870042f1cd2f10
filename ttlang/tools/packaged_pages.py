"""`ttlang docs` and `ttlang examples`: the pages and scripts that come with the package."""

from __future__ import annotations

import ast
import sys
import textwrap
from pathlib import Path

from ttlang.engine.exits import Exit

_PACKAGE = Path(__file__).parent.parent
_WIDTH = 96
"""Characters of a sentence about an example."""


def folder_of(kind: str) -> Path:
    """`docs` or `examples`: in a wheel inside the package, in a checkout beside it."""
    inside = _PACKAGE / kind
    return inside if inside.is_dir() else _PACKAGE.parent / kind


def names_of(kind: str) -> dict[str, Path]:
    """Each page or script by its name, as in `language`, `agents/debug` or `softmax`."""
    folder, ending = folder_of(kind), {"docs": ".md", "examples": ".py"}[kind]
    return {path.relative_to(folder).with_suffix("").as_posix(): path for path in sorted(folder.rglob(f"*{ending}"))}


def show(kind: str, name: str | None) -> Exit:
    """Prints one of them, or the list of all with what each is about."""
    found = names_of(kind)
    if name is None:
        width = max(map(len, found))
        print(*(f"{each:{width}}  {_title(path)}" for each, path in found.items()), sep="\n")
        return Exit.OK
    path = found.get(name.removesuffix(".md").removesuffix(".py"))
    if path is None:
        print(f"ttlang: there is no {name}; `ttlang {kind}` lists what there is", file=sys.stderr)
        return Exit.COMMAND
    print(path.read_text(encoding="utf-8"), end="")
    return Exit.OK


def _title(path: Path) -> str:
    """A page's heading; the first sentence of a script, as much of it as fits."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        sentence = (ast.get_docstring(ast.parse(text)) or "").partition(". ")[0]
        return textwrap.shorten(sentence.rstrip("."), _WIDTH, placeholder=" ...")
    return next((line.strip("# ") for line in text.splitlines() if line.startswith("#")), "")
