"""The page of a profile in a browser, light and dark; screenshots are kept in `build/screenshots/`."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

import pytest

from tests.profiler.page.profiled_examples import profiled
from tests.support.browser import Browser
from tests.support.sample_profile import sample_profile
from ttlang.profiler.document import CriticalPath, Profile, Roofline, Utilisation
from ttlang.profiler.page.html_page import page

pytestmark = pytest.mark.browser

SCREENSHOTS = Path(__file__).parents[3] / "build" / "screenshots"
COLORS = """(() => {
  const canvas = document.querySelector("#timeline canvas"), pen = canvas.getContext("2d");
  const pixels = pen.getImageData(0, 0, canvas.width, canvas.height).data, found = {};
  for (let at = 0; at < pixels.length; at += 4) {
    const color = "#" + [0, 1, 2].map((part) => pixels[at + part].toString(16).padStart(2, "0")).join("");
    if (pixels[at + 3] === 255) found[color] = (found[color] ?? 0) + 1;
  }
  return Object.keys(CAUSES).filter((cause) => found[timeline.colors[cause]] > 100);
})()"""
"""The causes whose colours the lanes have."""


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    return Browser(tmp_path)


@pytest.fixture(scope="module")
def html() -> str:
    return page(sample_profile())


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_it_follows_the_color_scheme_and_fits_1280_pixels(browser: Browser, html: str, dark: bool) -> None:
    answer = browser.asked(
        html,
        f"""{{
          ready: "ready" in document.documentElement.dataset,
          dark: matchMedia("(prefers-color-scheme: dark)").matches,
          page: getComputedStyle(document.body).backgroundColor,
          wider: document.documentElement.scrollWidth - innerWidth,
          loaded: performance.getEntriesByType("resource").length,
          empty: [...document.querySelectorAll("main .panel, header")].filter((each) => !each.innerText.trim()).length,
          causes: {COLORS},
        }}""",
        dark=dark,
    )
    assert answer == {
        "ready": True,
        "dark": dark,
        "page": "rgb(18, 22, 28)" if dark else "rgb(244, 245, 247)",
        "wider": 0,
        "loaded": 0,
        "empty": 0,
        "causes": ["work", "pages", "room", "dram"],
    }


def test_it_shows_the_figures_of_the_profile(browser: Browser, html: str) -> None:
    answer = browser.asked(
        html,
        """{
          tiles: [...document.querySelectorAll(".tile b")].map((each) => each.textContent),
          kernels: [...document.querySelectorAll("#summary option")].map((each) => each.textContent),
          heat: [...document.querySelectorAll("#source tr[data-line]")].map(
            (each) => each.innerText.split("\\t").map((cell) => cell.trim())),
          cores: [...document.querySelectorAll("#cores g text")].map((each) => each.textContent),
          path: [...document.querySelectorAll("#path tr")].map(
            (each) => each.innerText.split("\\t").map((cell) => cell.trim())),
          banks: document.querySelectorAll("#network g circle").length,
          links: document.querySelectorAll("#network line").length,
          roof: document.querySelectorAll("#roofline path").length,
          bold: document.querySelectorAll("#source b, #summary i").length,
        }""",
    )
    assert answer == {
        "tiles": ["1.0 µs", "DRAM bandwidth", "25 %", "50 %", "13 %", "75 % measured"],
        "kernels": ["first", "second <i>"],
        "heat": [
            ["3", "with x.reserve() as block:  # </script><b>", "read", "12 %", "", "5.0 %"],
            ["4", "ttl.copy(t[0, 0], block).wait()", "read", "58 %", "", "5.0 %"],
            ["7", "o.store(a @ b)", "compute", "90 %", "", "5.0 %"],
        ],
        "cores": ["900", "1K"],
        "path": [
            ["compute, line 7", "works, math", "", "400", "40 %"],
            ["read, line 4", "waits for DRAM", "", "300", "30 %"],
            ["read, line 4", "works", "", "200", "20 %"],
            ["", "has not begun", "", "100", "10 %"],
        ],
        "banks": 1,
        "links": 2,
        "roof": 1,
        "bold": 0,
    }


def test_lines_cores_kernels_and_time_can_be_chosen(browser: Browser, html: str) -> None:
    answer = browser.asked(
        html,
        """(() => {
          const shown = (id) => document.getElementById(id).innerText;
          const press = (key) => timeline.canvas.dispatchEvent(new KeyboardEvent("keydown", { key }));
          const steps = { start: [view.core, shown("line").split("\\n")[0]] };
          document.querySelector("#source tr[data-line='2']").click();
          steps.line = [view.line, shown("line").split("\\n")[0], shown("line").includes("It waits for")];
          document.querySelector("#cores g rect").dispatchEvent(new MouseEvent("click", { bubbles: true }));
          steps.core = [view.core, document.querySelectorAll("#cores .chosen").length];
          press("+"); press("ArrowLeft");
          steps.zoomed = [timeline.axis.from, Math.round(timeline.axis.to)];
          press("0");
          steps.all = [timeline.axis.from, timeline.axis.to];
          const wheel = { deltaY: -300, ctrlKey: true, bubbles: true, cancelable: true };
          timeline.canvas.dispatchEvent(new WheelEvent("wheel", wheel));
          steps.wheel = Math.round(timeline.axis.to - timeline.axis.from);
          look_at("core", "all");
          steps.lanes = timeline.rows.length;
          look_at_kernel(1);
          steps.kernel = document.querySelector("h1").textContent;
          return steps;
        })()""",
    )
    assert answer == {
        "start": ["1,0", "Lines to look at"],
        "line": [2, "compute, line 7", True],
        "core": ["0,0", 1],
        "zoomed": [10, 710],
        "all": [0, 1000],
        "wheel": 368,
        "lanes": 5,
        "kernel": "second <i>",
    }


def test_a_profile_without_kernels_says_so(browser: Browser) -> None:
    assert "There is no kernel to show." in browser.asked(page(Profile("empty.py", ())), "document.body.innerText")


def test_a_kernel_that_failed_before_its_first_cycle_is_shown(browser: Browser) -> None:
    profile = sample_profile()
    nothing = Utilisation(0, 0, 0, 0, 0)
    failed = replace(
        profile.kernels[0],
        **dict.fromkeys(("threads", "lines", "cores", "lanes", "fills", "links", "dram", "what_if", "advice"), ()),
        critical_path=CriticalPath(),
        **{"cycles": 0.0, "complete": False, "utilisation": nothing, "roofline": Roofline(0, 0, 0, 1, 1), "files": {}},
    )
    text = browser.asked(page(replace(profile, kernels=(failed,))), "document.body.innerText")
    assert "It did not get to its end" in text
    assert "No core has begun." in text
    assert "NaN" not in text
    assert "Infinity" not in text


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(("name", "height"), [("softmax", 800), ("core_pipeline", 2000)])
def test_an_example_is_shown_and_its_screenshot_is_kept(browser: Browser, name: str, height: int, dark: bool) -> None:
    profile = profiled(name)
    (kernel,) = profile.kernels
    html = page(profile)
    shown = browser.asked(
        html,
        f"""{{
          cycles: document.querySelector(".tile span:last-child").textContent,
          rows: document.querySelectorAll("#source tr[data-line]").length,
          lanes: timeline.rows.filter((row) => row.lane && !row.path).length,
          path: timeline.rows.filter((row) => row.path).length,
          wider: document.documentElement.scrollWidth - innerWidth,
          causes: {COLORS},
        }}""",
        dark=dark,
    )
    assert shown["cycles"] == f"{round(kernel.cycles):,} cycles"
    assert shown["rows"] == sum(line.line > 0 for line in kernel.lines)
    assert (shown["lanes"], shown["path"], shown["wider"]) == (5, 1, 0)
    assert {"work", "pages", "sources", "dst", "dram"} <= set(shown["causes"])
    target = SCREENSHOTS / f"{name}-{'dark' if dark else 'light'}.png"
    target.unlink(missing_ok=True)
    browser.screenshot(html, target, height=height, dark=dark)
    assert struct.unpack(">II", target.read_bytes()[16:24]) == (1280, height)
