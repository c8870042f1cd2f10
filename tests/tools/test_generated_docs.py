"""The generated pages are current, and the written ones speak of things that exist."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ttlang.diagnostics import CODES
from ttlang.tools.generated_docs import FOLDER, PAGES
from ttlang.tools.stubs import STUBS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", PAGES)
def test_generated_pages_are_current(name: str) -> None:
    assert (FOLDER / name).read_text() == PAGES[name](), "run `make docs`"


@pytest.mark.parametrize("path", STUBS, ids=lambda path: path.name)
def test_generated_stubs_are_current(path: Path) -> None:
    assert path.read_text() == STUBS[path](), "run `make docs`"


@pytest.mark.parametrize("path", sorted([*ROOT.glob("*.md"), *FOLDER.rglob("*.md")]), ids=lambda path: path.name)
def test_pages_name_what_exists(path: Path) -> None:
    text = path.read_text()
    targets = (ROOT / "Makefile").read_text()
    for code in re.findall(r"TTL\d{4}", text):
        assert code in CODES, code
    for target in re.findall(r"`make ([a-z-]+)", text):
        assert f"\n{target}:" in targets, f"make {target}"
    for link in re.findall(r"\]\((?!http)([^)#]+)", text):
        assert (path.parent / link).exists(), link
    for name in re.findall(r"`((?:ttlang|tests|examples|benchmarks|docs)/[\w/.-]+)`", text):
        assert (ROOT / name).exists(), name


def test_code_and_pages_name_sections_that_there_are() -> None:
    """`docs/hardware.md, "Formats" and "DST"` in a docstring, `[numerics.md](numerics.md), "Long sums"` on a page."""
    named = re.compile(r'(\w+\.md)\)?,\s+((?:"[^"]+"(?:\s+and\s+)?)+)')
    files = [*(ROOT / "ttlang").rglob("*.py"), *(ROOT / "tests").rglob("*.py"), *FOLDER.rglob("*.md")]
    found = 0
    for file in files:
        for page, titles in named.findall(file.read_text()):
            if not (FOLDER / page).exists():
                continue
            headings = re.findall(r"^#+ (.*)$", (FOLDER / page).read_text(), re.MULTILINE)
            for title in re.findall(r'"([^"]+)"', titles):
                found += 1
                assert " ".join(title.split()) in headings, f"{file}: {page}, {title}"
    assert found > 20


def test_the_page_on_the_house_names_files_of_the_package() -> None:
    text = (FOLDER / "architecture.md").read_text()
    names = re.findall(r"`(?:ttlang/)?((?!tests/)[\w-]+(?:/[\w-]+)*\.py)`", text)
    assert len(names) > 30
    rooms = ("", "tables", "driver", "diagnostics")
    assert not {name for name in names if not any((ROOT / "ttlang" / room / name).exists() for room in rooms)}


def test_the_kernel_of_the_readme_works(load: Callable[[str], Any], capsys: pytest.CaptureFixture[str]) -> None:
    """
    It prints what stands below it; and on random data, against torch: GELU of the exact argument, which is rounded
    twice and then once more.
    """
    import torch

    from ttlang import ttnn

    (text,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    kernel = load(text).scale_and_shift
    (shown,) = re.findall(r"```console\n\$ python first.py\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert capsys.readouterr().out == shown
    x = torch.randn(8 * 2 * 32, 8 * 4 * 32, dtype=torch.bfloat16)
    device = ttnn.open_device(device_id=0)
    tensors = [ttnn.from_torch(values, layout=ttnn.TILE_LAYOUT, device=device) for values in (x, torch.zeros_like(x))]
    kernel(*tensors)
    expected = torch.nn.functional.gelu(x.double() * 0.5 + 1)
    error = (ttnn.to_torch(tensors[1]).double() - expected).abs()
    assert (error <= 2.0**-8 * (2 * expected.abs() + x.double().abs() + 2)).all()


def test_the_page_on_the_plan_names_what_exists() -> None:
    """Names in its third column are ours; every pass, and every operation with a name of its own, is there."""
    from ttlang.dialects.ttl import ttl_dialect
    from ttlang.driver.pipeline import PASSES
    from ttlang.tables.functions import FUNCTIONS
    from ttlang.tools.opt import TTLangOptMain

    rows = [line.split(" | ") for line in (FOLDER / "ttl-plan.md").read_text().splitlines() if line.startswith("| ")]
    here = " ".join(row[2] for row in rows if len(row) > 3)
    dialect = ttl_dialect()
    names = {op.name for op in dialect.operations} | {f"!{attribute.name}" for attribute in dialect.attributes}
    for name in re.findall(r"`(!?ttl\.\w+)`", here):
        assert name in names, name
    passes = {kind.name for kind in PASSES}
    for name in re.findall(r"`((?:ttl|ttkernel)-[\w-]+)`", here):
        assert name in TTLangOptMain([]).available_passes, name
    assert passes <= set(re.findall(r"`([\w-]+)`", here))
    rest = names - set(re.findall(r"`(!?ttl\.\w+)`", here)) - {f"ttl.{row.name}" for row in FUNCTIONS}
    helpers = {"ttl.yield", "ttl.core_argument", "ttl.core_table_entry", "ttl.pipe_coordinate", "ttl.runtime_argument"}
    assert {name for name in rest if not name.startswith("!")} <= helpers
