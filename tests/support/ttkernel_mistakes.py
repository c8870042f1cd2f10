"""How the tests of mistakes make one and look at what is reported."""

from __future__ import annotations

import re

import pytest

from tests.support.ttkernel_programs import FILE, Buffer, integers, program, read_block, section, startup, zeros
from ttlang.backends.simulator import run
from ttlang.diagnostics import Diagnostic, DiagnosticError

START = startup("x_cb", "y_cb", "o_cb")
READY = f"""
{START}
ttkernel.cb_wait_front(@x_cb, 2)
ttkernel.cb_wait_front(@y_cb, 2)
ttkernel.cb_reserve_back(@o_cb, 2)
"""
BUFFERS = (Buffer("x_cb", 4), Buffer("y_cb", 4), Buffer("o_cb", 4))
TENSORS = (("x", 8), ("o", 8))
DST32 = "fp32_dest_acc_en = true"


def here(call: str) -> str:
    """The call that the error must point to."""
    return f'ttkernel.{call} loc("{FILE}":123:5)'


def failure(*, given=None, **parts) -> Diagnostic:
    """The only finding of a run on `given`."""
    parts = {"buffers": BUFFERS, "tensors": TENSORS, **parts}
    with pytest.raises(DiagnosticError) as caught:
        run(program(**parts), given or [integers(8), zeros(8)])
    (diagnostic,) = caught.value.diagnostics
    return diagnostic


def check(code: str, message: str, *, line: int = 123, **parts) -> Diagnostic:
    diagnostic = failure(**parts)
    assert diagnostic.code == code, diagnostic.message
    assert re.search(message, diagnostic.message), diagnostic.message
    assert diagnostic.span is not None
    assert (diagnostic.span.file, diagnostic.span.line) == (FILE, line)
    return diagnostic


def check_compute(code: str, message: str, body: str, *, formats=("bf16", "bf16", "bf16"), flags="", **parts):
    """A mistake of the compute kernel, which finds 2 pages in x_cb and in y_cb."""
    x, y, o = formats
    return check(
        code,
        r"core \(0, 0\), thread 'compute': .*" + message,
        buffers=[Buffer("x_cb", 4, x, flags), Buffer("y_cb", 4, y), Buffer("o_cb", 4, o)],
        tensors=[("x", 8, x), ("y", 8, y), ("o", 8, o)],
        given=[integers(8, format=format) for format in formats],
        compute=body,
        read=read_block("x_cb", "x", 2) + read_block("y_cb", "y", 2),
        **parts,
    )


def packing(*packs: str) -> str:
    """A section that computes two tiles of x_cb and packs them so."""
    math = "ttkernel.copy_tile_init(@x_cb)\nttkernel.copy_tile(@x_cb, %c0, %c0)\nttkernel.copy_tile(@x_cb, %c0, %c1)"
    return READY + section(math, "\n".join(packs))
