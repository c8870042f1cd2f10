"""The page that `make accuracy` writes: as it does so slowly, what is looked at is its form."""

from __future__ import annotations

import re
from pathlib import Path

from ttlang.tables.chips import CHIPS

PAGE = Path(__file__).parents[3] / "docs" / "accuracy.md"
ROW = re.compile(
    r"\| (?P<chip>\w+) \| (?P<family>[^|]+) \| \d+ \| [\d.]+% \| [+-][\d.]+% "
    r"\| [+-]\d+% \(.+\) \| \d+ \| .+ \|"
)


def test_each_row_tells_an_error_and_each_chip_has_all_kinds_of_experiments() -> None:
    table = [line for line in PAGE.read_text().splitlines() if line.startswith(tuple(f"| {chip} |" for chip in CHIPS))]
    rows = [ROW.fullmatch(line) for line in table]
    assert all(rows)
    families = {(row["chip"], row["family"].partition(":")[0]) for row in rows if row}
    assert families == {
        (chip, kind) for chip in CHIPS for kind in ("single core", "transfers", "rates", "whole kernels")
    }
