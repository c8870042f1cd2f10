"""Kernels, threads, buffers and blocks of syntax trees."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.editor_scripts import SCRIPT, open_script, range_of
from tests.support.house import ROOT


def test_a_kernel_with_all_its_parts() -> None:
    (kernel,) = open_script().kernels
    assert kernel.name == "scale"
    assert kernel.name_place == range_of(SCRIPT, "scale")
    assert [name for name, _ in kernel.tensors] == ["x", "out"]
    assert kernel.tensors[1][1] == range_of(SCRIPT, "out")
    assert kernel.sizes == (("bm", range_of(SCRIPT, "bm")),)
    assert kernel.leaves_sizes_open
    assert [(thread.name, thread.kind) for thread in kernel.threads] == [
        ("compute", "compute"),
        ("read", "read"),
        ("write", "write"),
    ]
    assert [(block.name, block.buffer, block.kind) for block in kernel.threads[0].blocks] == [
        ("v", "x_dfb", "wait"),
        ("o", "out_dfb", "reserve"),
    ]
    x_dfb, out_dfb = kernel.buffers
    assert x_dfb.place == range_of(SCRIPT, "x_dfb")
    assert sorted((use.method, use.thread) for use in x_dfb.uses) == [("reserve", "read"), ("wait", "compute")]
    (waited,) = out_dfb.of_method("wait")
    assert waited.call == range_of(SCRIPT, "out_dfb.wait()")
    assert waited.method_place == range_of(SCRIPT, "wait", 2)


@pytest.mark.parametrize(
    ("imports", "name"),
    [
        ("import ttl", "ttl"),
        ("import ttl as t", "t"),
        ("from ttl import ttl", "ttl"),
        ("from ttlang import ttl as language", "language"),
    ],
)
def test_the_language_under_any_name(imports: str, name: str) -> None:
    (kernel,) = open_script(SCRIPT.replace("ttl.", f"{name}.").replace("from ttlang import ttl, ttnn", imports)).kernels
    assert len(kernel.threads) == 3
    assert len(kernel.buffers) == 2


def test_names_that_are_imported_one_by_one() -> None:
    imports = "from ttl import operation, compute, make_dataflow_buffer_like"
    text = SCRIPT.replace("from ttlang import ttl, ttnn", imports).replace("@ttl.", "@").replace("ttl.make", "make")
    (kernel,) = open_script(text).kernels
    assert [thread.name for thread in kernel.threads] == ["compute"]
    assert len(kernel.buffers) == 2


def test_names_that_are_no_ascii() -> None:
    text = SCRIPT.replace("x_dfb", "größe_ö")
    (kernel,) = open_script(text).kernels
    assert sorted(use.place for use in kernel.buffers[0].uses) == [
        range_of(text, "größe_ö", 1),
        range_of(text, "größe_ö", 2),
    ]


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.stem)
def test_every_example_has_its_kernels(path: Path) -> None:
    text = path.read_text()
    script = open_script(text, path.as_uri())
    assert len(script.kernels) == text.count("@ttl.operation") + text.count("@ttl.kernel")
    for kernel in script.kernels:
        for thread in kernel.threads:
            line = script.document.line(thread.name_place.start.line)
            assert line.lstrip().startswith(f"def {thread.name}")
