"""Kernels in C++ whose cores write one page in no order."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import ttlang.host as ttnn
from tests.backends.native.handwritten_programs import (
    COMPUTE,
    COPY,
    DATA,
    MATH,
    READ,
    READER,
    WRITE,
    WRITER,
    buffer,
    cores,
    kernel,
    run,
    tensor,
    words,
)
from ttlang.diagnostics import DiagnosticError, TTLangWarning

TWO = cores((0, 0, 1, 0))


def both_write(read: str) -> Any:
    """Two cores read a page each, as `read` says, and write it to page 0."""
    device = ttnn.open_device(device_id=0)
    x, out = tensor(torch.arange(2.0).repeat_interleave(32).repeat(32, 1), device), tensor(torch.zeros(32, 64), device)
    reading = {"compile_time_args": words(x), "common_runtime_args": [x.buffer_address()]}
    writing = {"compile_time_args": words(out), "common_runtime_args": [out.buffer_address()]}
    kernels = [
        kernel(DATA + read, READER(), TWO, **reading),
        kernel(MATH + COPY, COMPUTE(), TWO),
        kernel(DATA + WRITE, WRITER(), TWO, **writing),
    ]
    return run([x, out], kernels, [buffer(0, where=TWO), buffer(1, where=TWO)])


def test_the_same_bytes() -> None:
    with pytest.warns(TTLangWarning, match="TTL0810.*the same bytes"):
        out = both_write(READ.replace("page(0,", "page(1,"))
    assert (out[:, :32] == 1).all()


def test_other_bytes() -> None:
    with pytest.raises(DiagnosticError) as found:
        both_write(READ.replace("page(0,", "page(get_absolute_logical_x(),"))
    assert found.value.diagnostics[0].code == "TTL0810"
