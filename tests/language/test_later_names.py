"""Names of what is still to come: there, and refused with a reason wherever they are used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ttlang import ttl, ttnn
from ttlang.diagnostics import DiagnosticError
from ttlang.language import later

CPP, CHIPS = "calls of C++", "pipes between chips"
CHANGES, RUNTIME = "change while a kernel runs", "runtime of the device"
REASONS = {
    "call_extern_func": CPP,
    "dfb_descriptor": CPP,
    "ScalarType": CPP,
    "DFBEffect": CPP,
    "DeviceDomain": CHIPS,
    "TransferGraph": CHIPS,
    "reset_dfbs": CHANGES,
    "copy_tensor_page": "copy a row",
    "SRAMStorage": CHANGES,
    "DispatchCondition": RUNTIME,
    "KernelDefine": RUNTIME,
}


def test_all_of_them_are_names_of_the_language() -> None:
    assert REASONS.keys() <= set(later.__all__)
    assert all(getattr(ttl, name) is getattr(later, name) for name in later.__all__)


@pytest.mark.parametrize("name", later.__all__)
def test_on_the_host(name: str) -> None:
    feature = getattr(ttl, name)
    for call in (feature, feature.of_any_kind):
        with pytest.raises(DiagnosticError) as raised:
            call(1, tiles=2)
        (found,) = raised.value.diagnostics
        assert found.code == "TTL0003"
        assert found.message.startswith(f"ttl.{call.__name__} ")
        assert found.span is not None
        assert found.span.file == __file__


def called_in_threads(use: Callable[[Any], object]) -> Any:
    @ttl.operation(grid=(1, 1))
    def kernel(x):
        dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1))

        @ttl.datamovement()
        def move():
            use(dfb)

    return kernel


@pytest.mark.parametrize(
    ("use", "name"),
    [
        (lambda dfb: ttl.call_extern_func("a.h", "f", func_args=[dfb]), "call_extern_func"),
        (lambda dfb: ttl.dfb_descriptor(dfb), "dfb_descriptor"),
        (lambda dfb: ttl.DFBEffect.push(dfb, tiles=1), "DFBEffect.push"),
        (lambda dfb: ttl.reset_dfbs(dfb), "reset_dfbs"),
        (lambda dfb: ttl.copy_tensor_page(dfb), "copy_tensor_page"),
        (lambda dfb: ttl.TransferGraph.edges([dfb]), "TransferGraph.edges"),
    ],
)
def test_in_threads(use: Callable[[Any], object], name: str) -> None:
    device = ttnn.open_device(device_id=0)
    with pytest.raises(DiagnosticError) as raised:
        called_in_threads(use)(ttnn.ones((32, 32), layout=ttnn.TILE_LAYOUT, device=device))
    (found,) = [found for found in raised.value.diagnostics if found.code == "TTL0003"]
    assert found.message.startswith(f"ttl.{name} ")
    assert REASONS[name.partition(".")[0]] in found.message
