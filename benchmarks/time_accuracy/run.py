"""
`make accuracy`: what the clock says of published experiments, beside what was measured, by family and chip.

Without `--data` the figures are those of the repository, and `docs/accuracy.md` is written anew.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter
from pathlib import Path

from accuracy_table import table
from experiments import EXPERIMENTS, Outcome, compare
from measured_rows import FIGURES

PAGE = Path(__file__).parents[2] / "docs" / "accuracy.md"
TEXT = """\
# How well the clock tells the time

`make accuracy` writes this page. It builds published experiments anew as programs for [the clock](time.md), and sets \
what the clock says beside what was measured on the chips. The figures are in `benchmarks/time_accuracy/figures/`, \
with their sources; nothing was measured here.

The parameters in `ttlang/tables/chips/*_timing.py` were chosen by these figures: most are differences between two \
rows, some were fitted (`make accuracy-fit`). So this page tells how well the model's form fits. How well the clock \
does with figures that nobody has looked at, `make accuracy DATA=folder` tells, of files of the same form; and \
`python benchmarks/time_accuracy/fit.py --halves` fits what compute threads take to one half of the figures of single \
cores, from nothing, and judges by the other half.

- **mean error**: the mean of the relative errors, each without its sign; **bias**: with its sign, so a positive one \
means that the clock is too slow.
- **pairs**: two figures of one experiment that are more than 5 % apart; **ranked rightly**: where the clock puts them \
in the order that was measured.
- **rates**: bytes in a cycle, or the like: of these a positive error means that the clock is too fast. Many are lower \
bounds of the vendor's regression tests, which are as much as a tenth below what is measured.

Not all is told of the experiments. Where cores lie, and which page a core begins with, is a guess that \
the files in `benchmarks/time_accuracy/` name; of tests with thousands of packets, and of kernels with thousands of \
blocks, the clock goes through the first ones, and takes the others to be alike.

"""

CAVEATS = "Figures with a caveat, which their source, or who read it, is not sure of:"


def left_out(outcome: Outcome, doubtful: Outcome) -> list[str]:
    """What is not in the tables."""
    return [
        f"- Left out: {count} rows of `{file}`{how}, of experiments that are not told well enough, or not rebuilt."
        for found, how in ((outcome, ""), (doubtful, " with a caveat"))
        for file, count in sorted(found.left_out.items())
    ]


UNSEEN = """\
## Figures that no parameter was fitted to

`make accuracy DATA=folder UNSEEN=1` compares with those rows of a folder that the figures of the repository lack, and \
writes this part. It was done with all rows of `noc.csv` as it was read from the source, of which the repository has \
three in five; no parameter and no rule was chosen by the others.

"""


def unseen_part(page: str) -> str:
    """That part of a page."""
    heading = UNSEEN.partition("\n")[0]
    return page[page.index(heading) :] if heading in page else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="a folder of files with the columns of figures/")
    parser.add_argument("--files", nargs="*", default=[], choices=[each.file for each in EXPERIMENTS])
    parser.add_argument(
        "--unseen", action="store_true", help="only rows that figures/ lacks; writes them into the page"
    )
    options = parser.parse_args()
    folder, processes = options.data or FIGURES, os.cpu_count() or 1
    outcome = compare(folder, options.files, processes, unseen=options.unseen)
    doubtful = Outcome([], Counter())
    if not options.unseen:
        doubtful = compare(folder, options.files, processes, "ask")
    lines = table(outcome.compared)
    if doubtful.compared:
        lines += ["", CAVEATS, "", *table(doubtful.compared)]
    lines += ["", *left_out(outcome, doubtful)]
    print("\n".join(lines))
    page = PAGE.read_text()
    if options.unseen:
        PAGE.write_text(page.removesuffix(unseen_part(page)).rstrip() + "\n\n" + UNSEEN + "\n".join(lines) + "\n")
    elif options.data is None and not options.files:
        PAGE.write_text(TEXT + "\n".join(lines).rstrip() + "\n\n" + unseen_part(page))


if __name__ == "__main__":
    main()
