"""
Kernels in TT-Lang beside kernels that are written by hand for the same computation, shapes, grid and fidelity: the time
of both by one clock, in cycles, their ratio, and what it is to be at most; of attention the work of the math processors
in a turn. Results of both are compared with PyTorch's. With `--wheel` the others are ttnn's own kernels, out of its
wheel, with the arguments and defines that its host gives them.

    python benchmarks/by_hand/run.py [NAME...] [--chip wormhole_b0] [--wheel]
"""

from __future__ import annotations

import argparse

from comparison import measure
from every_comparison import BESIDE_TTNN, COMPARISONS

from ttlang.tables.chips import CHIPS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known = list(dict.fromkeys(each.name for each in (*COMPARISONS, *BESIDE_TTNN)))
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(known)}; all by default")
    parser.add_argument("--chip", choices=list(CHIPS), help="both by default")
    parser.add_argument("--wheel", action="store_true", help="beside ttnn's own kernels")
    options = parser.parse_args()
    if unknown := set(options.names) - set(known):
        parser.error(f"there is no {', '.join(sorted(unknown))}: choose from {', '.join(known)}")
    chips = [options.chip] if options.chip else list(CHIPS)
    table, others = (BESIDE_TTNN, "ttnn's") if options.wheel else (COMPARISONS, "by hand")
    print(f"{'':28}{'chip':>12}{'ours':>12}{others:>12}{'ratio':>8}{'bar':>8}")
    for each in table:
        if not options.names or each.name in options.names:
            for chip in chips:
                outcome = measure(each, chip)
                late = "  late" if outcome.ratio > each.bar else ""
                print(
                    f"{each.name:28}{chip:>12}{outcome.ours:12.0f}{outcome.theirs:12.0f}"
                    f"{outcome.ratio:8.2f}{each.bar:8.2f}{late}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
