"""
What the first call of a kernel takes in a process, beyond the imports of its script: the compiler's own import, the
compilation, and the run in the simulator. Processor time, of whole processes that are started in alternation.

    python benchmarks/first_call.py [--runs 5] [FOLDER ...]

A folder is another checkout to measure beside this one.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent


def measure() -> None:
    """In a process of its own: the seconds of each part, as JSON."""
    parts: dict[str, float] = {}
    start = time.process_time()

    def part(name: str) -> None:
        nonlocal start
        now = time.process_time()
        parts[name] = now - start
        start = now

    import ttlang

    part("import ttlang")
    from kernels import single_tile_add

    ttnn = ttlang.ttnn
    device = ttnn.open_device(device_id=0)
    form = {"dtype": ttnn.bfloat16, "layout": ttnn.TILE_LAYOUT, "device": device}
    tensors = [ttnn.zeros((32, 32), **form) for _ in range(3)]
    part("the script's own: ttl, ttnn, tensors")
    single_tile_add(*tensors)
    part("first call")
    single_tile_add(*tensors)
    part("second call")
    print(json.dumps(parts))


def run(folder: Path) -> dict[str, float]:
    # An installed package has its bytecode.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPATH"] = os.pathsep.join([str(folder), str(HERE)])
    command = [sys.executable, "-c", "import first_call; first_call.measure()"]
    done = subprocess.run(command, env=environment, cwd=folder, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("folders", nargs="*", type=Path)
    options = parser.parse_args()
    folders = [HERE.parent, *(folder.resolve() for folder in options.folders)]
    times: dict[Path, list[dict[str, float]]] = {folder: [] for folder in folders}
    for turn in range(options.runs + 1):
        for folder in folders:
            found = run(folder)
            if turn:  # The first makes bytecode.
                times[folder].append(found)
    print(f"{'processor time, ms':40}{'median':>10}{'least':>10}")
    for folder, found in times.items():
        print(folder)
        for name in found[0]:
            figures = [each[name] * 1e3 for each in found]
            print(f"    {name:36}{statistics.median(figures):10.1f}{min(figures):10.1f}")


if __name__ == "__main__":
    main()
