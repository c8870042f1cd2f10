"""A search that is stopped at any moment goes on from there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.support.sized_kernels import rows_kernel

SCRIPT = """
import sys

from ttlang import ttnn
from ttlang.driver.tuning import evaluation, tuner

done = 0


def counted(task, original=evaluation.bounded):
    global done
    done += 1
    return original(task)


tuner.bounded = counted
x = ttnn.TensorSpec((32 * 12, 64), ttnn.bfloat16, ttnn.TILE_LAYOUT)
tuned = scale.tune(x, x, workers=1)
print(done, tuned.values, tuned.cycles)
"""


def test_what_was_found_before_a_kill_is_not_looked_for_again(tmp_path: Path) -> None:
    path = tmp_path / "scale.py"
    path.write_text(rows_kernel("bm=ttl.one_of(1, 2, 3, 4, 6, 12), depth=ttl.one_of(1, 2, 3)", blocks="depth") + SCRIPT)
    environment = {**os.environ, "TTLANG_CACHE": str(tmp_path / "cache")}
    kept = tmp_path / "cache" / "tuned" / "programs"
    first = subprocess.Popen([sys.executable, str(path)], env=environment, stdout=subprocess.PIPE)
    while first.poll() is None and (not kept.is_dir() or len(list(kept.glob("*.json"))) < 4):
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    found = len(list(kept.glob("*.json")))
    for file in (tmp_path / "cache" / "tuned").rglob("*.json"):
        json.loads(file.read_text())
    again = subprocess.run([sys.executable, str(path)], env=environment, capture_output=True, text=True, check=True)
    done, _, result = again.stdout.partition(" ")
    assert found >= 4
    # What was in flight may be lost: one task, and the entry of one that was found.
    assert int(done) <= 18 - found + 2
    fresh = subprocess.run(
        [sys.executable, str(path)],
        env={**environment, "TTLANG_CACHE": str(tmp_path / "other")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert fresh.stdout.partition(" ")[2] == result
