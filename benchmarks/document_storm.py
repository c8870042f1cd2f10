"""
Random edits of scripts, each state judged by a session that has judged those before it and by one that is new. Prints
where they differ, how many states took a new run of the script, and seconds of a judgement with and without one.

    python benchmarks/document_storm.py examples/softmax.py --states 1000 --seed 1
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.document_texts import Editor, fresh
from tests.support.random_edits import edited_texts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scripts", nargs="+", type=Path)
    parser.add_argument("--states", type=int, default=100, help="of each script")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    return max(storm(path, arguments.states, arguments.seed) for path in arguments.scripts)


def storm(path: Path, states: int, seed: int) -> int:
    """1 if a state of a script was judged otherwise than anew."""
    text = path.read_text(encoding="utf-8")
    editor = Editor(path)
    editor.told(text)
    edited = edited_texts(text, Random(f"{seed} {path.name}"))
    differ = reruns = endless = 0
    seconds = {True: [0.0], False: [0.0]}
    for state in range(states):
        after = next(edited)
        try:
            before, start = editor.reruns, time.perf_counter()
            told = editor.told(after)
            rerun = editor.reruns > before
            seconds[rerun].append(time.perf_counter() - start)
            reruns += rerun
            # What is beside an incomplete statement is of the text before.
            if _is_python(after) and told != fresh(path, after):
                differ += 1
                kept = Path(f"differs-{path.stem}-{seed}-{state}.py")
                kept.write_text(after, encoding="utf-8")
                print(f"{path}: state {state} differs, {kept} has it")
                editor.close()
        except EOFError:
            endless += 1
            editor.close()
    editor.close()
    means = [1000 * sum(each) / max(1, len(each) - 1) for each in (seconds[False], seconds[True])]
    print(
        f"{path}: {states} states, {differ} differ, {reruns} took a run, {endless} had no end; "
        f"{means[0]:.0f} ms without a run, {means[1]:.0f} ms with one"
    )
    return min(differ, 1)


def _is_python(text: str) -> bool:
    try:
        compile(text, "script.py", "exec")
    except (SyntaxError, ValueError):
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
