"""Puts a profile and the page's own style and scripts into one file."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

from ttlang.profiler.document import Profile, to_data
from ttlang.profiler.words import CAUSES, ON_PATH, PARTS

_FOLDER = Path(__file__).parent
_SCRIPTS = (
    "dom",
    "causes",
    "state",
    "summary",
    "time_axis",
    "timeline",
    "source",
    "critical_path",
    "core_map",
    "network_map",
    "roofline",
    "threads",
    "main",
)
"""Each may use what stands in those before it."""


def page(profile: Profile) -> str:
    """The profile as an HTML document."""
    # Inside of a script element, only "<" could be taken for markup.
    data = json.dumps(to_data(profile), separators=(",", ":")).replace("<", "\\u003c")
    parts = {
        "title": html.escape(f"{profile.script}: profile"),
        "style": _text("style.css"),
        "script": "\n".join(_text(f"{name}.js") for name in _SCRIPTS),
        "words": json.dumps({"causes": CAUSES, "parts": PARTS, "on_path": ON_PATH}),
        "profile": data,
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda place: parts[place[1]], _text("page.html"))


def _text(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
