"""Names that are no ASCII: in the IR, in C++ for both generations, and in what is exported."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from xdsl.printer import Printer

from ttlang.backends.cpp.identifiers import identifiers
from ttlang.dialects.names import ascii_name, value_hint
from ttlang.driver.compiler import print_ir
from ttlang.driver.launch import export
from ttlang.driver.universe import make_context
from ttlang.host import TILE_LAYOUT, from_torch, open_device, to_numpy
from ttlang.tables.kernel_api import GENERATIONS
from ttlang.tools.ir_file import parse_ir

KERNEL = """
from ttlang import ttl

@ttl.kernel(grid=(2, 1))
def größe(λ, é, e, 中):
    è, ê, int, Ω = (ttl.make_circular_buffer_like(t, shape=(1, 1)) for t in (λ, é, e, 中))
    α, _ = ttl.core()

    @ttl.compute()
    def rechne():
        with è.wait() as ü, ê.wait() as u, int.wait() as 数, Ω.reserve() as o:
            o.store(ü + u * 数)

    @ttl.datamovement()
    def läse():
        for ι in range(1):
            with è.reserve() as v:
                ttl.copy(λ[0, α + ι], v).wait()
        with ê.reserve() as v:
            ttl.copy(é[0, α], v).wait()
        with int.reserve() as v:
            ttl.copy(e[0, α], v).wait()

    @ttl.datamovement()
    def lase():
        with Ω.wait() as v:
            ttl.copy(v, 中[0, α]).wait()

kernel = größe
"""


@pytest.fixture
def tensors() -> list[Any]:
    device = open_device(device_id=0)
    return [from_torch(np.full((32, 64), i, np.float32), layout=TILE_LAYOUT, device=device) for i in (2, 3, 5, 7)]


def test_it_runs(load: Any, tensors: list[Any]) -> None:
    load(KERNEL).kernel(*tensors)
    assert (to_numpy(tensors[3]) == 17).all()


@pytest.mark.parametrize("generation", GENERATIONS)
def test_the_code_of_the_kernels_is_ascii(load: Any, tensors: list[Any], generation: str) -> None:
    sources = load(KERNEL).kernel.compile(*tensors, metal_api=generation).cpp()
    for source in sources.values():
        assert re.sub(r"//.*", "", source).isascii()


def test_the_host_program_tells_its_tensors_and_kernels_apart(load: Any, tensors: list[Any], tmp_path: Path) -> None:
    compiled = load(KERNEL).kernel.compile(*tensors)
    export(compiled, tensors, tmp_path / "out")
    text = (tmp_path / "out" / "host" / "main.cpp").read_text(encoding="utf-8")
    assert {"e_buffer", "e_1_buffer", "lamda_buffer", "u4e2d_buffer"} <= set(re.findall(r"\w+_buffer", text))
    assert {"lase_config", "lase_1_config"} <= set(re.findall(r"\w+_config", text))


def test_the_text_of_the_ir_is_read_as_it_was(load: Any, tensors: list[Any]) -> None:
    compiled = load(KERNEL).kernel.compile(*tensors)
    for module in (compiled.initial, compiled.program.parent_op()):
        assert module is not None
        escaped = io.StringIO()
        Printer(escaped).print_op(module)
        for text in (print_ir(module, locations=True), escaped.getvalue()):
            parsed = parse_ir(make_context(), text.encode(), "kernel.mlir")
            assert print_ir(parsed) == print_ir(module)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("x_cb", "x_cb"),
        ("é", "e"),
        ("größe", "grosharp_se"),
        ("λ", "lamda"),
        ("Ωmega", "omegamega"),
        ("中文", "u4e2du6587"),
        ("ﬁ", "fi"),
        ("x₁", "x1"),
        ("ж", "zhe"),
    ],
)
def test_ascii_names(name: str, plain: str) -> None:
    assert ascii_name(name) == plain


def test_what_can_be_no_hint() -> None:
    assert value_hint("_") is None
    assert value_hint("2x") is None


def test_identifiers_differ() -> None:
    assert list(identifiers(["é", "e", "E", "xx", "XX", "class"]).values()) == [
        "e",
        "e_1",
        "E_2",
        "xx",
        "xx_1",
        "class",
    ]
