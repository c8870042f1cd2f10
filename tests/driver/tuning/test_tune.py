"""Tuning: the winner is that of brute force, for any number of workers; nothing is evaluated twice; calls take it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.sized_kernels import rows_kernel
from ttlang.diagnostics import DiagnosticError
from ttlang.driver.tuning import evaluation, search, tuner
from ttlang.driver.tuning.tuned import why_not
from ttlang.host import TILE_LAYOUT, TensorSpec, from_numpy, open_device, to_numpy, zeros
from ttlang.tables.dtypes import BF16
from ttlang.tools import cli

Load = Callable[[str], Any]
SPACE = "bm=ttl.one_of(1, 2, 3, 4, 6), depth=ttl.one_of(1, 2)"


@pytest.fixture(autouse=True)
def own_results(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No result of another test, or of another run."""
    monkeypatch.setattr("ttlang.driver.tuning.store.folder_of_user", lambda: tmp_path / "tuned")


@pytest.fixture
def tasks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the tasks that are carried out in this process."""
    made: list[str] = []
    for name in ("bounded", "predicted"):
        original = getattr(evaluation, name)

        def counted(task: Any, name: str = name, original: Any = original) -> Any:
            made.append(name)
            return original(task)

        monkeypatch.setattr(tuner, name, counted)
    return made


def spec(rows: int, columns: int) -> TensorSpec:
    return TensorSpec((32 * rows, 32 * columns), BF16, TILE_LAYOUT)


def tensors(rows: int = 12, columns: int = 2) -> list[Any]:
    device = open_device(device_id=0)
    shape = (32 * rows, 32 * columns)
    given = np.arange(shape[0] * shape[1], dtype=np.float32).reshape(shape) % 32
    return [
        from_numpy(given, dtype=BF16, layout=TILE_LAYOUT, device=device),
        zeros(shape, dtype=BF16, layout=TILE_LAYOUT, device=device),
    ]


def brute_force(kernel: Any, x: Any, space: list[dict[str, int]]) -> dict[str, int]:
    return min(space, key=lambda values: kernel.predict(x, x, **values).cycles)


def test_the_winner_is_that_of_brute_force_and_later_calls_take_it(load: Load) -> None:
    kernel = load(rows_kernel(SPACE, blocks="depth")).scale
    x = spec(12, 2)
    tuned = kernel.tune(x, x, workers=1)
    space = [{"bm": bm, "depth": depth} for bm in (1, 2, 3, 4, 6) for depth in (1, 2)]
    best = brute_force(kernel, x, space)
    assert tuned.values == best
    assert tuned.cycles == kernel.predict(x, x, **best).cycles
    assert dict(kernel.compile(x, x).chosen.values) == best
    assert "sizes, of 10 configurations, tuned on this machine:" in kernel.compile(x, x).plan()


@pytest.mark.parametrize("workers", [2, 3])
def test_any_number_of_workers_finds_the_same(
    load: Load, workers: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kernel = load(rows_kernel(SPACE, blocks="depth")).scale
    x = spec(12, 2)
    alone = kernel.tune(x, x, workers=1).to_data()
    monkeypatch.setattr("ttlang.driver.tuning.store.folder_of_user", lambda: tmp_path / "other")
    assert kernel.tune(x, x, workers=workers).to_data() == alone


def test_nothing_is_evaluated_twice_and_one_more_configuration_once(load: Load, tasks: list[str]) -> None:
    x = spec(12, 2)
    kernel = load(rows_kernel("bm=ttl.one_of(1, 2, 3)")).scale
    first = kernel.tune(x, x, workers=1)
    assert tasks.count("bounded") == 3
    done = len(tasks)
    assert kernel.tune(x, x, workers=1).to_data() == first.to_data()
    assert len(tasks) == done
    kernel = load(rows_kernel("bm=ttl.one_of(1, 2, 3, 4)")).scale
    more = kernel.tune(x, x, workers=1)
    assert [each.configuration.values for each in more.candidates][-1] == (("bm", 4),)
    assert tasks[done:].count("bounded") == 1
    assert tasks[done:].count("predicted") <= 1


def test_a_space_that_has_changed_is_not_tuned_yet(load: Load) -> None:
    """What was tuned answers for the space that was tuned; from another one is chosen anew."""
    x = spec(12, 2)
    load(rows_kernel("bm=ttl.largest(1, 2)")).scale.tune(x, x, workers=1)
    assert "tuned on this machine" in load(rows_kernel("bm=ttl.largest(1, 2)")).scale.compile(x, x).plan()
    larger = load(rows_kernel("bm=ttl.largest(1, 2, 4)")).scale.compile(x, x)
    assert dict(larger.chosen.values) == {"bm": 4}
    assert "chosen for this call" in larger.plan()


def test_what_surely_takes_longer_is_not_predicted_unless_all_is_asked_for(load: Load, tasks: list[str]) -> None:
    kernel = load(
        rows_kernel("bm=ttl.one_of(1, 2, 3, 4, 6), depth=ttl.one_of(1, 2)", blocks="depth", value="ttl.math.exp(block)")
    ).scale
    x = spec(12, 8)
    tuned = kernel.tune(x, x, workers=1)
    skipped = [candidate for candidate in tuned.candidates if candidate.found.cycles is None]
    for candidate in skipped:
        assert candidate.least_cycles >= tuned.cycles
        assert "cycles at least" in why_not(candidate)
    everything = kernel.tune(x, x, workers=1, predicts_all=True)
    assert all(candidate.found.cycles is not None for candidate in everything.candidates)
    assert everything.values == tuned.values


def test_each_configuration_that_is_left_out_has_a_reason(load: Load) -> None:
    kernel = load(rows_kernel("bm=ttl.one_of(1, 5, 12), depth=ttl.largest(1, 2, 4)", blocks="depth")).scale
    x = spec(12, 20)
    tuned = kernel.tune(x, x, workers=1)
    reasons = {str(candidate.configuration): why_not(candidate) for candidate in tuned.candidates}
    assert len(reasons) == 9
    assert reasons["bm=12, depth=4"].startswith("TTL0701")
    assert reasons["bm=5, depth=4"].startswith("TTL0302")
    assert reasons["bm=1, depth=2"] == "a larger size compiles"
    assert len(tuned.explain()) == 9


def test_results_are_compared_with_a_reference(load: Load) -> None:
    text = rows_kernel("bm=ttl.one_of(1, 2), factor=ttl.one_of(2, 3)", value="block * factor")
    kernel = load(text).scale
    x, out = tensors()
    before = to_numpy(out).copy()
    tuned = kernel.tune(x, out, workers=1, reference=lambda x, out: to_numpy(x).astype(np.float64) * 3)
    assert tuned.values["factor"] == 3
    assert np.array_equal(to_numpy(out), before)
    wrong = [each for each in tuned.candidates if not each.is_right]
    assert wrong
    assert {dict(each.configuration.values)["factor"] for each in wrong} == {2}
    assert why_not(wrong[0]) == "its results are not those of the reference"


def test_each_reference_is_compared_with(load: Load) -> None:
    kernel = load(rows_kernel("bm=ttl.one_of(1, 2)")).scale
    x, out = tensors()
    kernel.tune(x, out, workers=1)
    with pytest.raises(DiagnosticError, match="TTL0711"):
        kernel.tune(x, out, workers=1, reference=to_numpy(x).astype(np.float64) * 5)
    tuned = kernel.tune(x, out, workers=1, reference=to_numpy(x).astype(np.float64) * 2)
    assert all(each.is_right for each in tuned.candidates)


def test_a_reference_of_another_shape(load: Load) -> None:
    kernel = load(rows_kernel("bm=ttl.one_of(1, 2)")).scale
    with pytest.raises(DiagnosticError, match="TTL0712"):
        kernel.tune(*tensors(), workers=1, reference=np.zeros(3))


def test_no_configuration_that_is_right(load: Load) -> None:
    kernel = load(rows_kernel("bm=ttl.one_of(1, 2)")).scale
    x, out = tensors()
    with pytest.raises(DiagnosticError, match="TTL0711"):
        kernel.tune(x, out, workers=1, reference=to_numpy(x).astype(np.float64) * 5)


def test_what_is_measured_decides(load: Load) -> None:
    kernel = load(rows_kernel("bm=ttl.one_of(1, 2, 3)")).scale
    x, out = tensors()
    runs: list[float] = []

    def measure(run: Callable[[], None]) -> float:
        run()
        assert to_numpy(out).any()
        runs.append(10.0 - len(runs))
        return runs[-1]

    tuned = kernel.tune(x, out, workers=1, measure=measure)
    assert len(runs) == 3
    assert tuned.winner.found.microseconds == min(runs)


def test_of_a_large_space_a_part_is_searched(load: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = rows_kernel("bm=ttl.between(1, 24), depth=ttl.between(1, 6)", blocks="depth")
    kernel = load(text).scale
    x = spec(24, 2)
    whole = kernel.tune(x, x, workers=1)
    monkeypatch.setattr(search, "ALL", 20)
    monkeypatch.setattr("ttlang.driver.tuning.store.folder_of_user", lambda: tmp_path / "other")
    part = load(text).scale.tune(x, x, workers=1)
    assert len(part.candidates) < len(whole.candidates) == 144
    assert part.cycles <= 1.05 * whole.cycles


def test_of_a_large_space_all_are_tried_where_few_go_together(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """No two of them are neighbours, so a climb would try one."""
    text = rows_kernel(
        "bm=ttl.between(1, 12), depth=ttl.between(1, 6)",
        decorator="grid=(1, 1), where=lambda bm, depth: bm * depth == 12",
        blocks="depth",
    )
    kernel = load(text).scale
    monkeypatch.setattr(search, "ALL", 10)
    x = spec(12, 2)
    found = [each.configuration.values for each in kernel.tune(x, x, workers=1).candidates]
    pairs = [(2, 6), (3, 4), (4, 3), (6, 2), (12, 1)]
    assert found == [(("bm", bm), ("depth", depth)) for bm, depth in pairs]


def test_a_kernel_that_leaves_nothing_to_be_chosen(load: Load) -> None:
    with pytest.raises(DiagnosticError, match=r"TTL0710.*leaves nothing to be chosen"):
        load(rows_kernel("bm=1")).scale.tune(spec(2, 2), spec(2, 2))


SCRIPT = """
from ttlang import ttnn
device = ttnn.open_device(device_id=0)
for rows in (128, 128, 256):
    x, out = (ttnn.ones((rows, 64), layout=ttnn.TILE_LAYOUT, device=device) for _ in range(2))
    scale(x, out)
print(float(ttnn.to_torch(out).sum()))
"""


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, shipped = tmp_path / "scale.py", tmp_path / "scale.tuned.json"
    path.write_text(rows_kernel("bm=ttl.one_of(1, 2, 4)") + SCRIPT)
    assert cli.main(["tune", str(path), "--workers", "1", "--export", str(shipped)]) == 0
    out, err = capsys.readouterr()
    assert out.count("scale on Wormhole B0: x 128x64 bfloat16, out 128x64 bfloat16") == 1
    assert out.count("scale on Wormhole B0: x 256x64 bfloat16, out 256x64 bfloat16") == 1
    assert "32768.0" in err
    assert len(json.loads(shipped.read_text())["choices"]) == 2
    assert cli.main(["tune", str(path), "--workers", "1", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["kind"], len(data["kernels"])) == ("tuning", 2)
    assert len(data["kernels"][0]["configurations"]) == 3
