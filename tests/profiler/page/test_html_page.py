"""The page of a profile: one file with all that it shows, and nothing from elsewhere."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.support.sample_profile import sample_profile
from ttlang.machine.clock.ledger import Cause, Lane
from ttlang.profiler import page as page_folder
from ttlang.profiler.document import to_data
from ttlang.profiler.page.html_page import page
from ttlang.profiler.words import CAUSES

FOLDER = Path(page_folder.__file__).parent


class _Reader(HTMLParser):
    """Keeps the elements of a page, and the text of its scripts and its title."""

    def __init__(self, text: str):
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1][0] in ("script", "title"):
            self.texts.append(data)


@pytest.fixture(scope="module")
def reader() -> _Reader:
    return _Reader(page(sample_profile()))


def test_it_names_nothing_outside_of_it_and_may_load_nothing(reader: _Reader) -> None:
    for tag, attributes in reader.elements:
        assert tag not in ("link", "img", "iframe", "object", "base")
        assert not attributes.keys() & {"src", "href", "action", "data", "srcset"}
    (policy,) = (each["content"] for _, each in reader.elements if each.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert "default-src 'none'" in policy
    for path in FOLDER.iterdir():
        if path.suffix in (".js", ".css", ".html"):
            text = path.read_text().replace("http://www.w3.org/2000/svg", "")
            assert not any(word in text for word in ("http:", "https:", "url(", "@import", "fetch(", "import("))


def test_its_data_are_the_json_of_the_profile(reader: _Reader) -> None:
    tags = [tag for tag, _ in reader.elements]
    assert tags.count("script") == 2
    (data,) = (text for text in reader.texts if text.startswith('{"'))
    assert json.loads(data) == json.loads(json.dumps(to_data(sample_profile())))


def test_names_of_the_script_are_no_markup(reader: _Reader) -> None:
    assert "kernels/<first>.py: profile" in reader.texts
    assert "b" not in [tag for tag, _ in reader.elements]


def test_all_scripts_of_the_folder_are_in_it(reader: _Reader) -> None:
    (script,) = (text for text in reader.texts if '"use strict"' in text)
    assert all(path.read_text() in script for path in FOLDER.glob("*.js"))


def test_each_cause_and_lane_of_the_clock_has_its_word_and_color() -> None:
    assert CAUSES.keys() == set(Cause)
    style = (FOLDER / "style.css").read_text()
    assert all(style.count(f"--{cause}:") == 2 for cause in CAUSES)
    assert all(f'"{lane}"' in (FOLDER / "causes.js").read_text() for lane in Lane)
