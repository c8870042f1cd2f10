"""What `kernel.tune` can't be told is found before anything is evaluated, and a time that is none before it is kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.sized_kernels import rows_kernel
from ttlang.diagnostics import DiagnosticError
from ttlang.driver.tuning import wishes
from ttlang.host import TILE_LAYOUT, TensorSpec, open_device, zeros
from ttlang.settings import extras
from ttlang.tables.dtypes import BF16

Load = Callable[[str], Any]
X = TensorSpec((128, 64), BF16, TILE_LAYOUT)


@pytest.fixture(autouse=True)
def own_results(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("ttlang.driver.tuning.store.folder_of_user", lambda: tmp_path / "tuned")


@pytest.fixture
def kernel(load: Load) -> Any:
    return load(rows_kernel("bm=ttl.one_of(1, 2)")).scale


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("workers", 0),
        ("workers", "2"),
        ("workers", True),
        ("trials", 0),
        ("executor", 3),
        ("measure", 3),
        ("progress", 3),
        ("sampler", "tpe"),
        ("sampler", 3),
    ],
)
def test_impossible_ones(kernel: Any, name: str, value: object) -> None:
    with pytest.raises(DiagnosticError, match=f"{wishes.CODE}.*{name}={value!r} can't be tuned with") as raised:
        kernel.tune(X, X, **{name: value})
    span = raised.value.diagnostics[0].span
    assert span is not None
    assert span.file == __file__


@pytest.mark.parametrize("time", [float("nan"), float("inf"), 0, -1.0, "fast", None])
def test_a_time_that_is_none_is_not_kept(kernel: Any, time: object) -> None:
    device = open_device(device_id=0)
    x, out = (zeros((128, 64), dtype=BF16, layout=TILE_LAYOUT, device=device) for _ in range(2))
    with pytest.raises(DiagnosticError, match=f"{wishes.CODE}.*measure= returns"):
        kernel.tune(x, out, workers=1, measure=lambda _run: time)
    assert kernel.tune(x, out, workers=1, measure=lambda _run: 5).winner.found.microseconds == 5.0


def test_a_reference_where_nothing_is_run(kernel: Any) -> None:
    with pytest.raises(DiagnosticError, match=r"TTL0712.*nothing is run"):
        kernel.tune(X, X, workers=1, reference=lambda x, _out: x)


def test_optuna_that_is_not_installed(kernel: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> object:
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(extras, "import_module", missing)
    with pytest.raises(DiagnosticError, match=r"TTL0015.*package optuna") as raised:
        kernel.tune(X, X, workers=1, sampler="optuna")
    assert raised.value.diagnostics[0].hint == "pip install 'ttlang[optuna]'"


def test_a_parameter_of_the_kernel_that_is_a_word_of_tune(load: Callable[[str], Any]) -> None:
    kernel = load(rows_kernel("bm=ttl.one_of(1, 2), trials=ttl.one_of(1, 2)")).scale
    with pytest.raises(DiagnosticError, match="trials is a parameter of the kernel, and of tune"):
        kernel.tune(None, None, trials=2)
