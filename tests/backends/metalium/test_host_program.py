"""
The C++ host program: it compiles against headers that stand in for TT-Metalium's, and calls only functions that its
library exports; what it does to values is what the host library does.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.support.exported_folders import SCRIPTS, export
from tests.support.needs import need_tools
from ttlang.backends.metalium import cmake_source, tiles_header
from ttlang.host import ROW_MAJOR_LAYOUT, TILE_LAYOUT, from_numpy, to_numpy
from ttlang.tables.dtypes import DTYPES, DType, Kind

INCLUDE = Path(__file__).parent / "include"
SYMBOLS = Path(__file__).parent / "exported_symbols.txt"
"""
Names of functions that `libtt_metal.so` exports both in ttnn 0.69.0 and in 0.81.1: parameter types are part of them.
They were read from the libraries of the wheels with `nm -D --defined-only`.
"""
INLINE = ("9ReadShardI", "15ShardSpecBufferC", "18BufferShardingArgsC")
"""Parts of the names of what is inline in the real headers."""
DEFINES = ('-DKERNEL_FOLDER="kernels"', '-DVALUES_FOLDER="values"')


@pytest.fixture(autouse=True, scope="module")
def _tools() -> None:
    need_tools("g++", "nm")


def compiled(*arguments: str | Path) -> None:
    command = ["g++", "-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wno-psabi", *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("name", SCRIPTS)
def test_it_compiles_and_calls_what_the_library_exports(name: str, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="the examples make their tensors with torch")
    check_host_program(export(SCRIPTS[name], tmp_path / "out"), tmp_path)


def check_host_program(folder: Path, tmp_path: Path) -> None:
    unit = tmp_path / "main.o"
    compiled("-c", f"-I{INCLUDE}", *DEFINES, folder / "host" / "main.cpp", "-o", unit)
    listed = subprocess.run(["nm", "-u", str(unit)], capture_output=True, text=True, check=True).stdout
    used = {line.split()[-1] for line in listed.splitlines() if "tt_metal" in line}
    assert len(used) > 15
    unknown = used - set(SYMBOLS.read_text().split())
    assert {symbol for symbol in unknown if not any(part in symbol for part in INLINE)} == set()


FEW_DIMENSIONS = """
from ttlang import ttl, ttnn

@ttl.operation(grid=(1, 1))
def scale(s, x, out):
    s_dfb, x_dfb, out_dfb = (ttl.make_dataflow_buffer_like(t, shape=(1, 1)) for t in (s, x, out))
    with s_dfb.reserve() as block:
        ttl.copy(s[0, 0], block).wait()
    with x_dfb.reserve() as block:
        ttl.copy(x[0, 1], block).wait()
    with s_dfb.wait() as factor, x_dfb.wait() as v, out_dfb.reserve() as o:
        o.store(v * ttl.block.broadcast(factor, dims=[0, 1], shape=(1, 1)))
    with out_dfb.wait() as block:
        ttl.copy(block, out[0, 1]).wait()

device = ttnn.open_device(device_id=0)
scale(*(ttnn.ones(shape, layout=ttnn.TILE_LAYOUT, device=device) for shape in ((), (64,), (64,))))
"""


OF_SHARED_MEMORY = """
from ttlang import ttl, ttnn

@ttl.operation(grid=(1, 1))
def double(x, out):
    group = ttl.make_dfb_allocation_group()
    in_group, also = (ttl.make_dfb("bf16", (1, n), 1, allocation_group=group) for n in (1, 2))
    x_dfb = ttl.make_tensor_backed_dfb(x, shape=(1, 1), byte_offset=2048)
    out_dfb = ttl.make_tensor_backed_dfb(out, shape=(1, 1))
    x_dfb.publish()
    with x_dfb.wait() as v, out_dfb.reserve() as o:
        o.store(v * 2)

device = ttnn.open_device(device_id=0)
shards = ttnn.create_sharded_memory_config((64, 32), ttnn.CoreGrid(x=1, y=1), ttnn.ShardStrategy.HEIGHT)
double(*(ttnn.ones((64, 32), layout=ttnn.TILE_LAYOUT, device=device, memory_config=shards) for _ in range(2)))
"""


def test_buffers_on_tensors_and_in_one_place(tmp_path: Path) -> None:
    script = tmp_path / "double.py"
    script.write_text(OF_SHARED_MEMORY)
    folder = export(script, tmp_path / "out")
    text = (folder / "host" / "main.cpp").read_text()
    assert "add_buffer_on_shards(program, cores, 2, tt::DataFormat::Float16_b, 1, 2048, x_buffer, 2048);" in text
    assert "add_sharing_buffers(program, cores, {0, 1}, tt::DataFormat::Float16_b, 2, 2048);" in text
    check_host_program(folder, tmp_path)


def test_tensors_of_less_than_two_dimensions_are_one_row(tmp_path: Path) -> None:
    script = tmp_path / "scale.py"
    script.write_text(FEW_DIMENSIONS)
    folder = export(script, tmp_path / "out")
    text = (folder / "host" / "main.cpp").read_text()
    for name, columns in (("s", 1), ("x", 64), ("out", 64)):
        assert f"{name}_matrix{{1, {columns}, 1," in text
    compiled("-c", f"-I{INCLUDE}", *DEFINES, folder / "host" / "main.cpp", "-o", tmp_path / "main.o")


def test_cmake_names_are_identifiers() -> None:
    assert "project(my_kernel CXX)" in cmake_source("my-kernel")


# Values and pages

ROUND_TRIP = """
#include "tiles.hpp"

int main(int, char** arguments) {
    const auto number = [&](int i) { return static_cast<uint32_t>(std::stoul(arguments[i])); };
    const tiles::Matrix matrix{number(1), number(2), number(3), static_cast<tiles::Format>(number(4)), number(5) != 0};
    const std::string folder = arguments[6];
    const std::vector<uint32_t> words = tiles::load(matrix, folder + "/values", false);
    const std::vector<uint32_t> values = tiles::decode(matrix, words);
    std::ofstream(folder + "/pages").write(reinterpret_cast<const char*>(words.data()), words.size() * 4);
    std::ofstream(folder + "/decoded").write(reinterpret_cast<const char*>(values.data()), values.size() * 4);
    tiles::report("x", matrix, words, folder + "/decoded");
}
"""
FORMATS = ("Float32", "Float16_b", "Bfp8_b", "Bfp4_b", "Int32", "UInt32", "UInt16", "UInt8")


@pytest.fixture(scope="session")
def round_trip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiles")
    (folder / "tiles.hpp").write_text(tiles_header())
    (folder / "main.cpp").write_text(ROUND_TRIP)
    compiled("-O1", folder / "main.cpp", "-o", folder / "main")
    return folder / "main"


def words_of(values: np.ndarray) -> bytes:
    return values.astype(np.int32 if values.dtype.kind in "iu" else np.float32).tobytes()


PAGES = [(dtype, True) for dtype in DTYPES] + [(d, False) for d in DTYPES if d.kind is not Kind.BLOCK_FLOAT]
"""Formats, and whether tiled: block formats exist in tiles only."""


@pytest.mark.parametrize(("dtype", "tiled"), PAGES, ids=[f"{d}-{'tiled' if t else 'row-major'}" for d, t in PAGES])
def test_pages_are_those_of_the_host_library(dtype: DType, tiled: bool, round_trip: Path, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    shape = (2, 50, 70)
    values = random.integers(0, 200, shape) if dtype.is_integer else random.normal(size=shape)
    values[0, 0, :20] = 0
    layout = TILE_LAYOUT if tiled else ROW_MAJOR_LAYOUT
    tensor = from_numpy(values.astype(np.int32 if dtype.is_integer else np.float32), dtype, layout=layout)
    (tmp_path / "values").write_bytes(words_of(values))
    sizes = ["100", "70", "50", str(FORMATS.index(dtype.data_format)), str(int(tiled))]
    found = subprocess.run([str(round_trip), *sizes, str(tmp_path)], capture_output=True, text=True, check=True).stdout
    expected = np.asarray(tensor.pages).tobytes()
    assert (tmp_path / "pages").read_bytes()[: len(expected)] == expected
    assert (tmp_path / "decoded").read_bytes() == words_of(to_numpy(tensor))
    assert "largest difference from the simulator 0\n" in found


def test_a_file_with_too_few_values_is_an_error(round_trip: Path, tmp_path: Path) -> None:
    (tmp_path / "values").write_bytes(b"1234")
    result = subprocess.run([str(round_trip), "4", "4", "4", "0", "1", str(tmp_path)], capture_output=True, check=False)
    assert result.returncode != 0
