"""Chromium without a window: what becomes of a page in it (`make browser-test`)."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import unquote

NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars"),
)
_LOADED_MS = 3000
"""Of the page's own clock, which runs as fast as it can."""
_TIMEOUT = 120
_ERRORS = """<script>
addEventListener("error", (event) => { document.documentElement.dataset.error = event.message; });
</script>"""
"""Goes before all other scripts."""


class Browser:
    """A browser, which is started anew, with an empty profile, for each page."""

    def __init__(self, folder: Path):
        """`folder`: where it may write."""
        self._folder = folder
        found = next(filter(None, map(shutil.which, NAMES)), None)
        assert found, f"none of {', '.join(NAMES)} is installed: `make browser-test` does it"
        self._program = found

    def asked(self, html: str, questions: str, *, width: int = 1280, height: int = 800, dark: bool = False) -> Any:
        """
        What a page answers: the value of a JavaScript expression in it, which JSON can say. Fails on any error of its
        scripts.
        """
        answer = f"JSON.stringify([document.documentElement.dataset.error ?? null, {questions}])"
        script = f"<script>document.documentElement.dataset.answer = encodeURIComponent({answer});</script>"
        shown = self._run(html.replace("</body>", f"{script}</body>"), width, height, dark, "--dump-dom")
        before, found, after = shown.partition('data-answer="')
        assert found, f"the page has not answered:\n{before[:2000]}"
        error, value = json.loads(unquote(after.partition('"')[0]))
        assert error is None
        return value

    def screenshot(
        self, html: str, target: Path, script: str = "", *, width: int = 1280, height: int = 800, dark: bool = False
    ) -> None:
        """Writes a PNG of the page after a script has run in it."""
        page = html.replace("</body>", f"<script>{script}</script></body>")
        target.parent.mkdir(parents=True, exist_ok=True)
        self._run(page, width, height, dark, f"--screenshot={target}")

    def _run(self, html: str, width: int, height: int, dark: bool, wanted: str) -> str:
        page, profile = self._folder / "page.html", self._folder / "profile"
        page.write_text(html.replace("<head>", f"<head>{_ERRORS}"), encoding="utf-8")
        shutil.rmtree(profile, ignore_errors=True)
        scheme = "--blink-settings=preferredColorScheme=" + ("0" if dark else "1")
        sizes = f"--window-size={width},{height}", f"--virtual-time-budget={_LOADED_MS}"
        command = [self._program, *_FLAGS, f"--user-data-dir={profile}", *sizes, scheme, wanted, page.as_uri()]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=_TIMEOUT).stdout
