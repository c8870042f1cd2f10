"""`kernel.predict`: of tensors, of descriptions without data, and of kernels that depend on data."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest
import torch

import ttlang.host as ttnn
from ttlang.diagnostics import DiagnosticError
from ttlang.host import to_numpy

EXAMPLES = Path(__file__).parents[2] / "examples"


def example(name: str) -> dict[str, Any]:
    """What an example defines."""
    return runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="defined")


def test_a_description_takes_what_tensors_take() -> None:
    found = example("softmax")
    kernel, shape = found["softmax"], found["SHAPE"]
    device = ttnn.open_device(device_id=0)
    tensor = ttnn.from_torch(torch.ones(shape, dtype=torch.bfloat16), layout=ttnn.TILE_LAYOUT, device=device)
    described = ttnn.TensorSpec(shape, ttnn.bfloat16, ttnn.TILE_LAYOUT)
    without_data = torch.empty(shape, dtype=torch.bfloat16, device="meta")
    cycles = kernel.predict(tensor, tensor).cycles
    assert cycles > 0
    assert kernel.predict(described, described).cycles == cycles
    assert kernel.predict(without_data, out=without_data).cycles == cycles
    assert kernel.predict(tensor, described).cycles == cycles


def test_a_tensor_without_data_must_have_a_format_that_a_device_has() -> None:
    kernel = example("softmax")["softmax"]
    wide = torch.empty((512, 1024), dtype=torch.complex64, device="meta")
    with pytest.raises(DiagnosticError) as found:
        kernel.predict(wide, wide)
    assert found.value.diagnostics[0].code == "TTL0205"


def test_a_kernel_that_depends_on_data_runs_on_tensors_and_leaves_them() -> None:
    found = example("embedding")
    kernel = found["embed"]
    device = ttnn.open_device(device_id=0)
    width, rows = found["WIDTH"], found["CORES"] * found["SHARE"]
    tokens = torch.randint(0, 64, (found["CORES"], found["SHARE"])).int()
    on_device = {"layout": ttnn.ROW_MAJOR_LAYOUT, "device": device}
    tensors = [
        ttnn.from_torch(torch.randn(64, width).bfloat16(), **on_device),
        ttnn.from_torch(tokens, dtype=ttnn.uint32, **on_device),
        ttnn.from_torch(torch.zeros(rows, width).bfloat16(), **on_device),
    ]
    assert kernel.predict(*tensors).cycles == kernel.predict(*tensors).cycles > 0
    assert not to_numpy(tensors[-1]).any()
    with pytest.raises(DiagnosticError) as raised:
        kernel.predict(*(tensor.spec for tensor in tensors))
    (diagnostic,) = raised.value.diagnostics
    assert diagnostic.code == "TTL0213"
    assert diagnostic.span is not None
    assert diagnostic.span.file.endswith("embedding.py")
