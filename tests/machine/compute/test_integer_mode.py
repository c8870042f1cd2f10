"""
The FPU has a mode for integers, which follows the formats of the source registers: in the older generation only where a
reconfiguration says so. The compiler says so, and the simulator has a state of its own, which reports where none did.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tests.support.both_ways import both_ways, run_cpp
from tests.support.needs import need_headers
from ttlang import ttl, ttnn
from ttlang.backends.cpp.printer import print_program
from ttlang.backends.simulator import run
from ttlang.diagnostics import DiagnosticError
from ttlang.dialects import ttkernel
from ttlang.tables.kernel_api import GENERATIONS, NEWEST, OLDEST
from ttlang.tools.headers import VERSIONS
from ttlang.tools.typecheck import typecheck

RECONFIGURATIONS = (
    ttkernel.ReconfigDataFormatOp,
    ttkernel.ReconfigDataFormatSrcAOp,
    ttkernel.ReconfigDataFormatSrcBOp,
)


@ttl.kernel()
def integers_and_products(i, a, b, i_out, out):
    i_cb = ttl.make_circular_buffer_like(i, shape=(1, 2))
    a_cb = ttl.make_circular_buffer_like(a, shape=(1, 2))
    b_cb = ttl.make_circular_buffer_like(b, shape=(1, 2))
    i_out_cb = ttl.make_circular_buffer_like(i_out, shape=(1, 2))
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, 2))

    @ttl.compute()
    def compute():
        for _ in range(2):
            with i_cb.wait() as iv, i_out_cb.reserve() as o:
                o.store(iv)
            with a_cb.wait() as av, b_cb.wait() as bv, out_cb.reserve() as o:
                o.store(av * bv)

    @ttl.datamovement()
    def read():
        for row in range(2):
            with i_cb.reserve() as block:
                ttl.copy(i[row : row + 1, 0:2], block).wait()
            with a_cb.reserve() as block:
                ttl.copy(a[row : row + 1, 0:2], block).wait()
            with b_cb.reserve() as block:
                ttl.copy(b[row : row + 1, 0:2], block).wait()

    @ttl.datamovement()
    def write():
        for row in range(2):
            with i_out_cb.wait() as block:
                ttl.copy(block, i_out[row : row + 1, 0:2]).wait()
            with out_cb.wait() as block:
                ttl.copy(block, out[row : row + 1, 0:2]).wait()


def tensors(integers: Any) -> list[Any]:
    device = ttnn.open_device(device_id=0)
    generator = torch.Generator().manual_seed(0)
    counts = torch.randint(0, 200, (64, 64), generator=generator).to(
        torch.uint8 if integers is ttnn.uint8 else torch.int32
    )
    numbers = [torch.randn(64, 64, generator=generator).bfloat16() for _ in range(2)]
    more = {"layout": ttnn.TILE_LAYOUT, "device": device}
    made = [
        (counts, integers),
        *((number, ttnn.bfloat16) for number in numbers),
        (torch.zeros_like(counts), integers),
        (torch.zeros(64, 64).bfloat16(), ttnn.bfloat16),
    ]
    return [ttnn.from_torch(values, dtype=dtype, **more) for values, dtype in made]


def reconfigurations(program: ttkernel.ProgramOp) -> list[Any]:
    return [op for op in program.walk() if isinstance(op, RECONFIGURATIONS)]


def unsaid(program: ttkernel.ProgramOp, number: int) -> ttkernel.ProgramOp:
    """The program of a compiler that does not say of one reconfiguration that it leads from integers, or to them."""
    changed = program.clone()
    del reconfigurations(changed)[number].properties["to_from_int8"]
    return changed


def what_fails(program: ttkernel.ProgramOp, given: list[Any]) -> str:
    try:
        run(program, given)
    except DiagnosticError as found:
        (diagnostic,) = found.diagnostics
        assert diagnostic.code == "TTL0805"
        return diagnostic.message.partition("thread 'compute': ")[2]
    return ""


@pytest.mark.parametrize("integers", [ttnn.int32, ttnn.uint8], ids=str)
@pytest.mark.parametrize("arch", ["wormhole_b0", "blackhole"])
def test_the_compiler_says_where_the_mode_changes(integers: Any, arch: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TTLANG_ARCH", arch)
    given = tensors(integers)
    program = integers_and_products.compile(*given).program
    assert program.fp32_dest_acc_en, "the headers refuse to change the mode with a DST of 16 bits"
    assert all(op.to_from_int8 for op in reconfigurations(program))
    run(program, given)
    i, a, b, i_out, out = (ttnn.to_torch(each) for each in given)
    assert torch.equal(i, i_out)
    assert torch.allclose(out.float(), a.float() * b.float(), rtol=2**-8)


def test_the_simulator_reports_each_that_matters():
    """A copy of 32-bit integers goes to DST whole, past the FPU: to them nothing need be said."""
    given = tensors(ttnn.int32)
    program = integers_and_products.compile(*given).program
    found = [what_fails(unsaid(program, number), given) for number in range(len(reconfigurations(program)))]
    (of_products,) = filter(None, found)
    assert of_products == "the FPU is set to integers, but mul_tiles reads a_cb of bfloat16"

    given = tensors(ttnn.uint8)
    program = integers_and_products.compile(*given).program
    found = [what_fails(unsaid(program, number), given) for number in range(len(reconfigurations(program)))]
    assert sorted(filter(None, found)) == [
        "the FPU is set to floats, but copy_tile reads i_cb of uint8",
        "the FPU is set to integers, but mul_tiles reads a_cb of bfloat16",
    ]


def test_kernels_in_cpp_of_the_older_generation():
    """The newer one has the mode follow always."""
    given = tensors(ttnn.int32)
    program = integers_and_products.compile(*given).program
    for number in range(len(reconfigurations(program))):
        changed = unsaid(program, number)
        assert run_cpp(changed, given, generation=NEWEST.name, numerics="fast", seed=None)
        if not what_fails(changed, given):
            continue
        with pytest.raises(DiagnosticError, match="the FPU is set to integers") as found:
            run_cpp(changed, given, generation=OLDEST.name, numerics="fast", seed=None)
        assert found.value.diagnostics[0].code == "TTL0805"


def test_a_program_of_floats_says_nothing():
    device = ttnn.open_device(device_id=0)
    more = {"layout": ttnn.TILE_LAYOUT, "device": device}
    dtypes = [ttnn.bfloat8_b, ttnn.bfloat16, ttnn.float32, ttnn.bfloat8_b, ttnn.float32]
    given = [ttnn.from_torch(torch.randn(64, 64), dtype=dtype, **more) for dtype in dtypes]
    program = integers_and_products.compile(*given).program
    assert reconfigurations(program)
    assert not any(op.to_from_int8 for op in reconfigurations(program))


@pytest.mark.parametrize("block_floats", [ttnn.bfloat8_b, ttnn.bfloat4_b], ids=str)
def test_floats_of_two_formats_in_a_narrow_dst(block_floats: Any):
    """Where the mode follows by itself and stays that of floats, DST may have 16 bits."""

    @ttl.kernel(grid=(1, 1))
    def quotients(a, b, out):
        a_cb, b_cb, out_cb = (ttl.make_circular_buffer_like(t, shape=(1, 1)) for t in (a, b, out))
        with a_cb.reserve() as block:
            ttl.copy(a[0, 0], block).wait()
        with b_cb.reserve() as block:
            ttl.copy(b[0, 0], block).wait()
        with a_cb.wait() as x, b_cb.wait() as y, out_cb.reserve() as o:
            o.store(x / y)
        with out_cb.wait() as block:
            ttl.copy(block, out[0, 0]).wait()

    more = {"layout": ttnn.TILE_LAYOUT, "device": ttnn.open_device(device_id=0)}
    values = torch.rand(32, 32) + 0.5
    given = [ttnn.from_torch(values, dtype=dtype, **more) for dtype in (ttnn.bfloat16, block_floats, ttnn.bfloat16)]
    program = quotients.compile(*given).program
    assert not program.fp32_dest_acc_en
    assert reconfigurations(program)
    with both_ways() as runs:
        quotients(*given)
    assert runs == dict.fromkeys(GENERATIONS, 1)


def test_a_narrow_dst_is_refused():
    given = tensors(ttnn.uint8)
    narrow = ttl.kernel(fp32_dest_acc_en=False)(integers_and_products.__wrapped__)
    with pytest.raises(DiagnosticError, match="i_cb holds uint8, beside other formats, which a 16-bit DST can't"):
        narrow.compile(*given)


@pytest.mark.headers
@pytest.mark.parametrize("arch", ["wormhole_b0", "blackhole"])
@pytest.mark.parametrize(("generation", "version"), list(zip(GENERATIONS, VERSIONS, strict=True)))
def test_the_headers_know_the_calls(arch: str, generation: str, version: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TTLANG_ARCH", arch)
    program = integers_and_products.compile(*tensors(ttnn.uint8)).program
    source = print_program(program, metal_api=generation)["compute"]
    assert ("reconfig_data_format_srca<true>" in source) is (generation == OLDEST.name)
    assert typecheck(source, kind="compute", version=need_headers(version), arch=arch, dst32=True) == []
