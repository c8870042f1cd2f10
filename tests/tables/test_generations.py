"""A generation of the kernel API made of a record: what it does not spell otherwise it has from the one before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import ttl
from tests.support.both_ways import both_ways
from tests.support.each_call import for_each
from ttlang import ttnn
from ttlang.backends.native import callees as native_callees
from ttlang.backends.native import toolchain
from ttlang.diagnostics import DiagnosticError
from ttlang.dialects import ttkernel
from ttlang.driver.launch import simulate
from ttlang.tables.kernel_api import GENERATIONS, NEWEST, TTNN_0_69, TTNN_0_81, Dated, Generation, PrintForm

CACHED: tuple[Any, ...] = (native_callees.callees, toolchain.header_texts, toolchain.header_digest)


@pytest.fixture
def third(monkeypatch: pytest.MonkeyPatch) -> Iterator[Generation]:
    """A generation that spells one call otherwise, and prints as the first one did."""
    made = Generation((0, 99), "0.99.0", PrintForm.STREAM, shard_offset_is_noc=False)
    monkeypatch.setitem(GENERATIONS, made.name, made)
    spelling = ttkernel.Spelling(name="begin_copy", since=made, before=ttkernel.CopyTileInitOp.SPELLING)
    monkeypatch.setattr(ttkernel.CopyTileInitOp, "SPELLING", spelling)
    for cached in CACHED:
        cached.cache_clear()
    yield made
    for cached in CACHED:
        cached.cache_clear()


@ttl.kernel(grid=(1, 1))
def gelu_of_sum(x: Any, y: Any, out: Any) -> None:
    x_cb, y_cb, out_cb = (ttl.make_circular_buffer_like(each, shape=(1, 1), buffer_factor=2) for each in (x, y, out))

    @ttl.compute()
    def compute():
        with x_cb.wait() as xv, y_cb.wait() as yv, out_cb.reserve() as o:
            print("a block")
            o.store(ttl.math.gelu(ttl.math.recip(xv)) + ttl.math.exp(yv))

    @ttl.datamovement()
    def read():
        with x_cb.reserve() as block:
            ttl.copy(x[0, 0], block).wait()
        with y_cb.reserve() as block:
            ttl.copy(y[0, 0], block).wait()

    @ttl.datamovement()
    def write():
        with out_cb.wait() as block:
            ttl.copy(block, out[0, 0]).wait()


def _tensors() -> list[Any]:
    device = ttnn.open_device(device_id=0)
    values = np.linspace(0.5, 2, 1024, dtype=np.float32).reshape(32, 32)
    return [
        ttnn.from_numpy(array, ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
        for array in (values, values.T.copy(), np.zeros_like(values))
    ]


def _compiled(generation: Generation, tensors: list[Any]) -> Any:
    options: dict[str, Any] = {"metal_api": generation.name}
    return gelu_of_sum.compile(*tensors, **options)


def test_generations_are_ordered_by_age() -> None:
    assert list(GENERATIONS.values()) == sorted(GENERATIONS.values())
    assert TTNN_0_69 < TTNN_0_81 == NEWEST
    assert Generation((0, 100), "", PrintForm.FORMAT, shard_offset_is_noc=False) > NEWEST
    assert [str(each) for each in GENERATIONS.values()] == list(GENERATIONS)


def test_what_is_dated_holds_until_something_takes_its_place() -> None:
    later = Generation((1, 0), "", PrintForm.FORMAT, shard_offset_is_noc=False)
    between = Generation((0, 75), "", PrintForm.FORMAT, shard_offset_is_noc=False)
    only = Dated(since=TTNN_0_81)
    both = Dated(since=TTNN_0_81, before=(first := Dated()))
    assert [only.at(each) for each in (TTNN_0_69, between, TTNN_0_81, later)] == [None, None, only, only]
    assert [both.at(each) for each in (TTNN_0_69, between, TTNN_0_81, later)] == [first, first, both, both]
    assert (only.first, both.first) == (TTNN_0_81, TTNN_0_69)


def test_it_differs_from_the_newest_where_its_record_and_a_call_say_so(third: Generation) -> None:
    tensors = _tensors()
    newest, own = (_compiled(each, tensors).cpp() for each in (NEWEST, third))
    printed = 'DPRINT_UNPACK(DPRINT << "a block" << ENDL());'
    expected = newest["compute"].replace(" copy_init(", " begin_copy(").replace(f"ttnn {NEWEST}", f"ttnn {third}")
    expected = expected.replace('DPRINT_UNPACK("a block\\n");', printed)
    assert "begin_copy(" in own["compute"]
    assert printed in own["compute"]
    assert own["compute"] == expected
    assert (own["read"], own["write"]) == (newest["read"], newest["write"])


@pytest.mark.parametrize("numerics", ["fast", "chip"])
def test_a_kernel_runs_from_ir_and_from_cpp(third: Generation, numerics: Any) -> None:
    """Bit for bit, and as the newest generation computes."""
    tensors, others = _tensors(), _tensors()
    compiled = _compiled(third, tensors)
    assert compiled.program.generation == third
    with both_ways((third.name,)) as done:
        simulate(compiled, tensors, numerics=numerics)
    assert dict(done) == {third.name: 1}
    simulate(_compiled(NEWEST, others), others, numerics=numerics)
    np.testing.assert_array_equal(ttnn.to_numpy(tensors[-1]), ttnn.to_numpy(others[-1]))


def test_the_environment_and_commands_know_it(third: Generation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTLANG_METAL_API", third.name)
    assert gelu_of_sum.compile(*_tensors()).target.generation == third
    monkeypatch.setenv("TTLANG_METAL_API", "0.98")
    with pytest.raises(DiagnosticError, match=r"0\.69, 0\.81, 0\.99"):
        gelu_of_sum.compile(*_tensors())


CALLS = [kind for kind in ttkernel.ttkernel_dialect().operations if issubclass(kind, ttkernel.CallOp)]


@for_each(CALLS)
def test_arguments_are_fields_of_the_operation(kind: type[ttkernel.CallOp]) -> None:
    defined = kind.get_irdl_definition()
    fields = {*dict(defined.operands), *defined.properties}
    assert fields.issuperset(kind.ARGUMENTS)
    assert len(set(kind.ARGUMENTS)) == len(kind.ARGUMENTS)
    # An operand that the call does not take would have been computed for nothing.
    assert set(dict(defined.operands)) <= {*kind.ARGUMENTS, *kind.ADDENDS.values()}
    assert {*kind.ADDENDS} <= {*kind.ARGUMENTS}
    history = kind.SPELLING.history()
    assert [each.since for each in history] == sorted({each.since for each in history}, reverse=True)
