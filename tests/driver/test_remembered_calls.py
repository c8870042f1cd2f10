"""What a kernel was last called with is known in another process, and never in anybody's way."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

import ttl
from ttlang import ttnn
from ttlang.driver import remembered_calls
from ttlang.driver.example_arguments import example_arguments
from ttlang.driver.remembered_calls import remembered, write_remembered
from ttlang.host.memory import ShardStrategy, create_sharded_memory_config
from ttlang.host.spec import TensorSpec


def kernel_function(x: Any, out: Any, scale: float = 1.0) -> None:
    """Its file is one that stays."""


SCRIPT: FunctionType = kernel_function


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TTLANG_CACHE", str(tmp_path))
    # This checkout may lie among temporary files.
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    remembered_calls._forget.cache_clear()  # pyright: ignore[reportPrivateUsage]
    return tmp_path / "calls"


def keep(function: FunctionType, arguments: dict[str, object]) -> None:
    """As at the end of a process."""
    remembered_calls.remember(function, arguments)
    write_remembered()


@pytest.fixture
def device() -> Any:
    return ttnn.open_device(device_id=0)


def test_what_is_kept_comes_back(device: Any) -> None:
    sharded = create_sharded_memory_config((64, 64), ttnn.CoreGrid(x=2, y=1), ShardStrategy.WIDTH)
    tensors = {
        "x": ttnn.zeros((64, 64), dtype=ttnn.float32, layout=ttnn.TILE_LAYOUT, device=device, memory_config=sharded),
        "out": ttnn.zeros((3, 40), dtype=ttnn.int32, device=device, memory_config=ttnn.L1_MEMORY_CONFIG),
    }
    keep(SCRIPT, {**tensors, "scale": 2.5})
    found = remembered(SCRIPT)
    assert found == {"x": tensors["x"].spec, "out": tensors["out"].spec, "scale": 2.5}


def test_the_last_call_counts(device: Any) -> None:
    for size in (32, 64):
        keep(SCRIPT, {"x": ttnn.zeros((size, 32), device=device)})
    found = remembered(SCRIPT)
    assert found is not None
    assert isinstance(found["x"], TensorSpec)
    assert tuple(found["x"].shape) == (64, 32)


def test_what_can_not_be_kept_is_not(cache: Path) -> None:
    keep(SCRIPT, {"x": object()})
    assert remembered(SCRIPT) is None
    assert not cache.exists()


def test_what_is_damaged_is_not_there(cache: Path, device: Any) -> None:
    keep(SCRIPT, {"x": ttnn.zeros((32, 32), device=device)})
    (file,) = cache.iterdir()
    for text in ("", "[]", "{}", file.read_text()[:-9], file.read_text().replace("tile", "pile").replace("row_m", "")):
        file.write_text(text)
        assert remembered(SCRIPT) is None


def test_a_folder_that_can_not_be_made_is_no_mistake(cache: Path, device: Any) -> None:
    cache.write_text("a file in its place")
    keep(SCRIPT, {"x": ttnn.zeros((32, 32), device=device)})
    assert remembered(SCRIPT) is None


def test_no_more_are_kept_than_the_newest(cache: Path, device: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered_calls, "MOST", 2)
    cache.mkdir(parents=True)
    for number in range(5):
        (cache / f"{number}.json").touch()
    keep(SCRIPT, {"x": ttnn.zeros((32, 32), device=device)})
    assert len(list(cache.iterdir())) == 3


def test_a_call_is_remembered_and_a_warm_one_writes_nothing(device: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[dict[str, object]] = []

    def note(function: Callable[..., object], arguments: dict[str, object]) -> None:
        assert function is copy_tile.python
        written.append(arguments)

    monkeypatch.setattr(remembered_calls, "remember", note)
    x, out = (ttnn.zeros((32, 32), layout=ttnn.TILE_LAYOUT, device=device) for _ in range(2))
    copy_tile(x, out)
    copy_tile(x, out)
    assert written == [{"x": x, "out": out}]


def test_descriptions_are_no_call(cache: Path) -> None:
    spec = ttnn.TensorSpec((32, 32), ttnn.bfloat16, ttnn.TILE_LAYOUT)
    copy_tile.compile(spec, spec)
    copy_tile.predict(spec, spec)
    write_remembered()
    assert not cache.exists()


@ttl.operation(grid=(1, 1))
def copy_tile(x, out):
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1), block_count=2)

    @ttl.datamovement()
    def read():
        with x_dfb.reserve() as block:
            ttl.copy(x[0, 0], block).wait()

    @ttl.compute()
    def compute():
        pass

    @ttl.datamovement()
    def write():
        with x_dfb.wait() as block:
            ttl.copy(block, out[0, 0]).wait()


def test_arguments_of_a_kernel_that_nothing_calls(device: Any) -> None:
    signature = inspect.signature(SCRIPT)
    assert example_arguments(SCRIPT, signature, (), lambda _: None) is None
    keep(SCRIPT, {"x": ttnn.zeros((32, 32), device=device), "out": ttnn.zeros((32, 64), device=device)})
    found = example_arguments(SCRIPT, signature, (), lambda _: None)
    assert found is not None
    (x, out, scale), kwargs = found
    assert isinstance(x, TensorSpec)
    assert isinstance(out, TensorSpec)
    assert (tuple(x.shape), tuple(out.shape), scale, kwargs) == ((32, 32), (32, 64), 1.0, {})
