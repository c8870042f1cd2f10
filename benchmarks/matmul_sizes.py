"""
Whether tuning finds groups of cores and blocks as fast as those that people chose: the matmuls of `matmul_shapes.csv`,
as one kernel whose sizes are to be chosen, and the published plan of each beside the choice.

    python benchmarks/matmul_sizes.py [--figures FOLDER] [--workers N] [LABEL...]

Both are timed by the clock as `make accuracy` times the published ones: sizes filled up to whole blocks, long loops cut
short. The tuner itself sees the tensors as they are, with partial blocks, and no more of K than `MOST_K`; of the
`FINALISTS` that are fastest so, the one is chosen that is fastest for the whole of K. What `where=` lets through is all
compiled. Seconds are those of the wall; what the store of tuning has already, as of a row that differs in K alone,
takes none (`TTLANG_CACHE=` an empty folder for a cold one). Prints a table, and fails where a choice is slower than the
published plan.
"""

from __future__ import annotations

import argparse
import sys
import time
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parent / "time_accuracy"))

from matmul_shapes import DTYPES, milliseconds
from measured_rows import FIGURES, Row, number, rows
from tt_lang_matmuls import Plan, do_matmul

from ttlang import ttl, ttnn
from ttlang.tables.chips import BLACKHOLE
from ttlang.tables.dtypes import TILE_HEIGHT

MOST_K = 2048
"""Numbers along K of what is tuned. A small block of K comes sooner, which counts for more there than in the whole."""
FINALISTS = 4
COLUMNS, ROWS = BLACKHOLE.grid
GROUPS = (range(1, ROWS + 1), range(1, COLUMNS + 1), range(1, 4))
"""Of cores, along M, N and K."""
BLOCKS = ((4, 5, 6, 8), (4, 5, 6, 8), (4, 8))
"""Tiles along M, N and K."""
NEAR = 1.08
"""
Products of tiles on each core, with those that fill up the last block: at most so many times the fewest. These matmuls
are bound by their products, so more of them are seldom made up for elsewhere.
"""

Sizes = tuple[int, int, int]


def turns(tiles: Sizes, groups: Sizes, block: Sizes) -> Sizes:
    """Blocks of each core along M, N and K."""
    m, n, k = (-(-t // (g * b)) for t, g, b in zip(tiles, groups, block, strict=True))
    return m, n, k


def products(tiles: Sizes, groups: Sizes, block: Sizes) -> int:
    """Of tiles, on each core."""
    return prod(turns(tiles, groups, block)) * prod(block)


def fewest_products(tiles: Sizes) -> int:
    """Of all plans: along each dimension so many tiles are gone through as fill up the last block."""
    m, n, k = (
        {parts: min(-(-size // (parts * each)) * each for each in blocks) for parts in groups}
        for size, groups, blocks in zip(tiles, GROUPS, BLOCKS, strict=True)
    )
    return min(m.values()) * min(n[gn] * k[gk] for gn, gk in product(n, k) if gn * gk <= COLUMNS)


def tiles_of(a: Any, b: Any) -> Sizes:
    """Tiles along M, N and K."""
    m, n, k = (-(-size // TILE_HEIGHT) for size in (a.shape[0], b.shape[1], a.shape[1]))
    return m, n, k


def goes_together(a: Any, b: Any, gm: int, gn: int, gk: int, bm: int, bn: int, bk: int) -> bool:
    if gn * gk > COLUMNS:
        return False
    tiles = tiles_of(a, b)
    return products(tiles, (gm, gn, gk), (bm, bn, bk)) <= NEAR * fewest_products(tiles)


@ttl.operation(
    grid=lambda gm, gn, gk: (gn * gk, gm),
    where=goes_together,
    pad=True,
    arch="blackhole",
    math_fidelity="HiFi4",
    fp32_dest_acc_en=True,
)
def matmul(
    a,
    b,
    out,
    *,
    gm=ttl.one_of(*GROUPS[0]),
    gn=ttl.one_of(*GROUPS[1]),
    gk=ttl.one_of(*GROUPS[2]),
    bm=ttl.one_of(*BLOCKS[0]),
    bn=ttl.one_of(*BLOCKS[1]),
    bk=ttl.one_of(*BLOCKS[2]),
):
    groups, block = (gm, gn, gk), (bm, bn, bk)
    done = turns(tiles_of(a, b), groups, block)
    do_matmul(a, b, out, Plan(groups, block, done[:2], done[2], done))


def tuned(row: Row, workers: int | None) -> Any:
    """What tuning finds for the shape of a row."""
    m, n, k = (number(row, axis) for axis in "mnk")
    k = min(k, MOST_K)
    specs = [ttnn.TensorSpec(shape, DTYPES[row["dtype"]], ttnn.TILE_LAYOUT) for shape in ((m, k), (k, n), (m, n))]
    return matmul.tune(*specs, workers=workers)


def with_choice(row: Row, values: dict[str, int]) -> Row:
    """The row with this choice for a plan."""
    groups = {f"groups_{axis}": str(values[f"g{axis}"]) for axis in "mnk"}
    block = {f"block_{axis}_tiles": str(values[f"b{axis}"]) for axis in "mnk"}
    return row | groups | block


def fastest(row: Row, found: Any) -> tuple[float, Row]:
    """Of what tuning finds fastest, what is fastest for the whole of K: milliseconds, and the row with that plan."""
    finalists = [candidate for candidate, _ in found.rows() if candidate.found.cycles is not None][:FINALISTS]
    choices = [with_choice(row, dict(candidate.configuration.values)) for candidate in finalists]
    timed = [(taken, place) for place, each in enumerate(choices) if (taken := milliseconds(each)) is not None]
    least, place = min(timed)
    return least, choices[place]


def plan_of(row: Row) -> str:
    groups = "x".join(row[f"groups_{axis}"] for axis in "mnk")
    return f"{groups} of {'x'.join(row[f'block_{axis}_tiles'] for axis in 'mnk')}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("labels", nargs="*", help="shapes, by their labels; all if there are none")
    parser.add_argument("--figures", type=Path, default=FIGURES, help="where matmul_shapes.csv lies")
    parser.add_argument("--workers", type=int)
    options = parser.parse_args()
    print("groups of cores and tiles of a block, along M, N and K; ms by the clock; seconds to choose")
    print(f"{'':28}{'published':20}{'ms':>9}  {'chosen':20}{'ms':>9}{'ratio':>7}{'tried':>7}{'predicted':>10}{'s':>6}")
    slower: list[str] = []
    for row in rows(options.figures, "matmul_shapes"):
        if options.labels and row["label"] not in options.labels:
            continue
        start = time.perf_counter()
        found = tuned(row, options.workers)
        chosen, choice = fastest(row, found)
        seconds = time.perf_counter() - start
        published = milliseconds(row)
        assert published is not None
        tried, predicted = len(found.candidates), sum(each.found.cycles is not None for each in found.candidates)
        print(
            f"{row['label']:28}{plan_of(row):20}{published:9.4f}  {plan_of(choice):20}{chosen:9.4f}"
            f"{chosen / published:7.3f}{tried:7}{predicted:10}{seconds:6.0f}",
            flush=True,
        )
        if chosen > published:
            slower.append(row["label"])
    if slower:
        sys.exit(f"slower than the published plan: {', '.join(slower)}")


if __name__ == "__main__":
    main()
