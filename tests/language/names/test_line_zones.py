"""`line_zones`: each line of a thread is a region of the profiler of a card, and nothing else changes."""

from __future__ import annotations

import re
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.support.both_ways import every_way
from tests.support.needs import need_headers
from ttlang import ttnn
from ttlang.backends.cpp.printer import print_program
from ttlang.tables.chips import CHIPS
from ttlang.tables.kernel_api import GENERATIONS, Generation
from ttlang.tools.typecheck import Kernel, Kind, typecheck_many

Load = Callable[[str], Any]

TEXT = """
from ttlang import ttl

@ttl.operation(grid=(1, 1))
def kernel(x, out):
    x_dfb, out_dfb = (ttl.make_dataflow_buffer_like(t, shape=(2, 2)) for t in (x, out))

    @ttl.compute()
    def compute():
        for _ in range(2):
            with x_dfb.wait() as block, out_dfb.reserve() as o:
                doubled = block * 2
                o.store(doubled + ttl.math.exp(doubled))

    @ttl.datamovement()
    def read():
        total = 0
        for row in range(2):
            with x_dfb.reserve() as block, ttl.signpost("load"):
                ttl.copy(x[2 * row : 2 * row + 2, 0:2], block).wait()
                total = total + ttl.read_index(block, 0, 0)
            print(total)

    @ttl.datamovement()
    def write():
        for row in range(2):
            with out_dfb.wait() as block: ttl.copy(block, out[2 * row : 2 * row + 2, 0:2]).wait()
"""


def tensors() -> list[Any]:
    device = ttnn.open_device(device_id=0)
    x = torch.ones(128, 64).bfloat16()
    return [ttnn.from_torch(t, layout=ttnn.TILE_LAYOUT, device=device) for t in (x, torch.zeros_like(x))]


def zones(text: str) -> list[str]:
    return re.findall(r'DeviceZoneScopedN\("(.*)"\);', text)


def label(part: str) -> str:
    """What the zone of the line is called that has this in it."""
    return f"kernels1.py:{next(number for number, line in enumerate(TEXT.splitlines(), 1) if part in line)}"


def test_each_line_is_a_zone(load: Load) -> None:
    kernel = load(TEXT).kernel.compile(*tensors(), line_zones=True)
    for generation in GENERATIONS:
        found = {name: zones(text) for name, text in print_program(kernel.program, generation).items()}
        assert found == {
            # In the order of the text, but that an init stands before the waits for what its line computes with. The
            # loop is of several lines, and none of them: only its init stands before it.
            "compute": [
                label(part)
                for part in (
                    "def compute",
                    "for _ in",
                    "block * 2",
                    "as o:",
                    "o.store",
                    "block * 2",
                    "o.store",
                    "as o:",
                )
            ],
            "read": [
                label("as block, ttl.sign"),
                "load",
                label("copy(x["),
                label("read_index"),
                label("as block, ttl.sign"),
                label("print("),
            ],
            # What it has written has landed at its end.
            "write": [label("copy(block, out"), label("def write")],
        }


def test_none_without_the_option(load: Load) -> None:
    kernel = load(TEXT).kernel.compile(*tensors())
    assert [zones(text) for text in print_program(kernel.program).values()] == [[], ["load"], []]


def test_results_and_prints_are_the_same(load: Load, capsys: pytest.CaptureFixture[str]) -> None:
    plain, marked = tensors(), tensors()
    load(TEXT).kernel(*plain)
    said = capsys.readouterr().out
    with every_way():
        load(TEXT.replace("grid=(1, 1)", "grid=(1, 1), line_zones=True")).kernel(*marked)
    assert torch.equal(ttnn.to_torch(plain[1]), ttnn.to_torch(marked[1]))
    assert capsys.readouterr().out.replace("kernels2", "kernels1") == said


@pytest.mark.parametrize("arch", CHIPS)
def test_zones_take_no_time_on_the_clock(load: Load, arch: str) -> None:
    """What they take on a card is not known: the time is that of the kernel without them."""
    kernel = load(TEXT.replace("                total = total + ttl.read_index(block, 0, 0)\n", "")).kernel
    assert kernel.predict(*tensors(), arch=arch, line_zones=True).cycles == kernel.predict(*tensors(), arch=arch).cycles


def test_the_variable_asks_for_them_too(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel that was compiled without is compiled anew."""
    kernel = load(TEXT).kernel
    assert not zones(kernel.compile(*tensors()).cpp()["write"])
    monkeypatch.setenv("TTLANG_AUTO_PROFILE", "1")
    assert zones(kernel.compile(*tensors()).cpp()["write"]) == [label("copy(block, out"), label("def write")]


def test_a_file_that_the_profiler_can_not_list(tmp_path: Path) -> None:
    path = tmp_path / 'k, "1".py'
    path.write_text(TEXT)
    kernel = runpy.run_path(str(path))["kernel"].compile(*tensors(), line_zones=True)
    numbers = [label(part).rpartition(":")[2] for part in ("copy(block, out", "def write")]
    assert zones(kernel.cpp()["write"]) == [f"k_ _1_.py:{number}" for number in numbers]


@pytest.mark.headers
@pytest.mark.parametrize("chip", CHIPS)
@pytest.mark.parametrize("generation", GENERATIONS.values(), ids=str)
def test_the_headers_take_them(load: Load, generation: Generation, chip: str) -> None:
    """With the profiler switched on, and off."""
    program = load(TEXT).kernel.compile(*tensors(), line_zones=True, arch=chip).program
    words = tuple(word for each in tensors() for word in ttnn.TensorAccessorArgs(each).get_compile_time_args())
    kinds: dict[str, Kind] = {"compute": "compute", "read": "datamovement", "write": "datamovement"}
    kernels = {
        name: Kernel(text, kinds[name], words if name != "compute" else ())
        for name, text in print_program(program, generation.name).items()
    }
    found = typecheck_many(kernels, version=need_headers(generation.headers), arch=chip)
    assert found == {name: [] for name in kernels}
