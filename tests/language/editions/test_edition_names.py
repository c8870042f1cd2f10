"""Hints speak the edition of the kernel, wherever in ttlang they are made."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from ttlang import ttl, ttnn
from ttlang.diagnostics import Diagnostic, DiagnosticError, TTLangWarning
from ttlang.diagnostics.edition_names import speaking, spelled
from ttlang.driver.compiler import print_ir
from ttlang.tables import editions
from ttlang.tables.editions import EDITION_2025, EDITION_2026
from ttlang.tools.opt import TTLangOptMain

EDITIONS = pytest.mark.parametrize(
    ("decorator", "make", "edition"),
    [
        (ttl.kernel, ttl.make_circular_buffer_like, "2025"),
        (ttl.operation, ttl.make_dataflow_buffer_like, "2026"),
    ],
    ids=["2025", "2026"],
)


def reduced(decorator: Callable[..., Any], make: Callable[..., Any]) -> Any:
    @decorator(grid=(1, 1))
    def kernel(x: Any, out: Any) -> None:
        x_cb, out_cb = make(x, shape=(1, 1)), make(out, shape=(1, 1))

        @ttl.compute()
        def compute() -> None:
            with x_cb.wait() as a, out_cb.reserve() as o:
                o.store(ttl.reduce_sum(a, dims=[-1]))

        @ttl.datamovement()
        def read() -> None:
            with x_cb.reserve() as a:
                ttl.copy(x[0, 0], a).wait()

        @ttl.datamovement()
        def write() -> None:
            with out_cb.wait() as o:
                ttl.copy(o, out[0, 0]).wait()

    return kernel


def unreleased(decorator: Callable[..., Any], make: Callable[..., Any]) -> Any:
    @decorator(grid=(1, 1))
    def kernel(x: Any, out: Any) -> None:
        x_cb = make(x, shape=(1, 1))

        @ttl.datamovement()
        def read() -> None:
            for _ in range(2):
                a = x_cb.reserve()
                ttl.copy(x[0, 0], a).wait()
            x_cb.push()

        @ttl.datamovement()
        def write() -> None:
            with x_cb.wait() as o:
                ttl.copy(o, out[0, 0]).wait()

    return kernel


def asked_in_a_thread(decorator: Callable[..., Any], make: Callable[..., Any]) -> Any:
    @decorator(grid=(1, 1))
    def kernel(x: Any, out: Any) -> None:
        x_cb = make(x, shape=(1, 1))

        @ttl.datamovement()
        def read() -> None:
            column = ttl.program_id(0)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType, reportUnknownMemberType]
            with x_cb.reserve() as a:
                ttl.copy(x[0, column], a).wait()

        @ttl.datamovement()
        def write() -> None:
            with x_cb.wait() as o:
                ttl.copy(o, out[0, 0]).wait()

    return kernel


def tensors() -> list[Any]:
    device = ttnn.open_device(device_id=0)
    return [ttnn.from_torch(torch.zeros(32, 32).bfloat16(), layout=ttnn.TILE_LAYOUT, device=device) for _ in range(2)]


def hints(kernel: Any) -> str:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", TTLangWarning)
        try:
            kernel.compile(*tensors())
        except DiagnosticError as found:
            return str(found)
    return "\n".join(str(one.message) for one in told)


SAID = {
    "2025": ("ttl.broadcast(x, dims=[1])", "call x_cb.push()", "column, row = ttl.core()"),
    "2026": ("ttl.block.broadcast(x, dims=[1])", "call push() of the block of x_cb", "column, row = ttl.node()"),
}


@EDITIONS
def test_warnings_errors_and_names_that_are_not_there(
    decorator: Callable[..., Any], make: Callable[..., Any], edition: str
) -> None:
    for kernel, said in zip((reduced, unreleased, asked_in_a_thread), SAID[edition], strict=True):
        assert said in hints(kernel(decorator, make))


@EDITIONS
def test_the_ir_of_a_kernel_names_its_edition(
    decorator: Callable[..., Any], make: Callable[..., Any], edition: str, tmp_path: Path
) -> None:
    """So that what a pass says of a file of IR is said in the words of the kernel's author."""
    path = tmp_path / "kernel.mlir"
    path.write_text(print_ir(unreleased(decorator, make).to_ttl(*tensors())))
    assert ('edition = "2026"' in path.read_text()) == (edition == "2026")
    with pytest.raises(DiagnosticError, match="x_cb") as found:
        TTLangOptMain([str(path), "-p", "ttl-validate"]).run()
    assert SAID[edition][1] in str(found.value)


def test_editions_have_the_same_concepts() -> None:
    assert EDITION_2025.words.keys() == EDITION_2026.words.keys()


@pytest.mark.parametrize("edition", editions.EDITIONS)
def test_what_hints_name_is_there(edition: str) -> None:
    for concept in editions.EDITIONS[edition].words.values():
        place: Any = ttl
        for part in concept.removeprefix("ttl.").split("."):
            if "{" not in concept:
                place = getattr(place, part)


def test_other_brackets_stay() -> None:
    with speaking(EDITION_2026):
        assert spelled("⟦core⟧ ⟦text⟧ ⟦⟧") == "node ⟦text⟧ ⟦⟧"
        assert Diagnostic("TTL0106", "m", hint="ttl.⟦core⟧()").hint == "ttl.node()"
