"""
Storms of edits through the language server, long ones: `python benchmarks/editor/storm.py edits --count 10000`.

`tests/support/storms.py` says what each does, and what must hold. What does not is printed, and the texts that show it
are kept in `build/storm/`.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from tests.support import storms

KEPT = Path(__file__).parents[2] / "build" / "storm"


async def run(arguments: argparse.Namespace, folder: Path) -> storms.Outcome:
    say = partial(print, flush=True)
    async with storms.storm(folder, arguments.seed, later_tiers=arguments.tiers, say=say) as storm:
        match arguments.storm:
            case "edits":
                await storms.edits(storm, arguments.count, arguments.every)
            case "typing":
                await storms.typing(storm, arguments.count)
            case "prefixes":
                await storms.prefixes(storm, arguments.step, arguments.every)
            case "killed":
                await storms.killed(storm, arguments.count)
            case _:
                await storms.worst(storm)
    return storm.outcome


def show(outcome: storms.Outcome) -> None:
    """What was found, and the texts that show what is wrong in files."""
    for number, (why, text) in enumerate(zip(outcome.wrong, outcome.texts, strict=True)):
        print(f"WRONG: {why}")
        if text:
            KEPT.mkdir(parents=True, exist_ok=True)
            path = KEPT / f"{number}.py"
            path.write_text(text, encoding="utf-8", newline="")
            print(f"  {path}")
    print(f"  {outcome.compared} texts compared with a fresh check; {len(outcome.wrong)} things are wrong")
    print(f"  at most {outcome.memory >> 20} MB, in all processes together")
    if times := sorted(outcome.seconds):
        shares = ((share, times[min(int(share * len(times)), len(times) - 1)]) for share in (0.5, 0.95, 1.0))
        told = ", ".join(f"{share:.0%} within {took * 1000:.0f} ms" for share, took in shares)
        print(f"  from an edit to its diagnostics: {told}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("storm", choices=("edits", "typing", "prefixes", "killed", "worst"))
    parser.add_argument("--count", type=int, default=1000, help="edits; of `typing` tens; of `killed` deaths")
    parser.add_argument("--every", type=int, default=20, help="edits between two comparisons")
    parser.add_argument("--step", type=int, default=1, help="characters that a prefix is longer than the one before")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tiers", action="store_true", help="with the sanitizer's tiers, too")
    arguments = parser.parse_args()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="ttlang-storm-") as folder:
        outcome = asyncio.run(run(arguments, Path(folder)))
    print(f"{arguments.storm}: {outcome.edits} edits in {time.perf_counter() - began:.0f} s")
    show(outcome)
    return 1 if outcome.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
