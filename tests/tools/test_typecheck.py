"""Calls and kernels against the real kernel headers of both generations."""

from __future__ import annotations

import math
import os
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.needs import need_headers
from ttlang.backends.cpp.sfpu_calls import float_bits, float_literal, init_text, tile_text
from ttlang.backends.native.function_callees import DEFAULTS
from ttlang.tables import dtypes, vector_modes
from ttlang.tables.dtypes import BF16, BFP8, F32, INT32, DType
from ttlang.tables.functions import BY_NAME, FUNCTIONS, Call, Function
from ttlang.tables.kernel_api import GENERATIONS, TTNN_0_81, Generation
from ttlang.tools import headers
from ttlang.tools.headers import VERSIONS
from ttlang.tools.typecheck import Kernel, Kind, typecheck, typecheck_many

CHIPS = ("wormhole_b0", "blackhole")


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return need_headers(request.param)


@pytest.fixture(params=CHIPS)
def chip(request: pytest.FixtureRequest) -> str:
    return request.param


# Spelling, which needs no headers


def test_parameters_as_the_calls_take_them() -> None:
    def text(name: str, *values: float, format: DType = BF16, integer: bool = False) -> str:
        row = BY_NAME[name]
        call = row.integer if integer else row.call
        assert call is not None
        return tile_text(call, ["i"], row.call_values(values), row.parameters, format)

    assert text("exp") == "exp_tile(i)"
    assert text("gelu") == "gelu_tile<false>(i)"
    assert text("relu_max", 6.0) == "relu_max_tile(i, 0x40c00000u)"
    assert text("celu", 2.0) == "celu_tile(i, 0x40000000u, 0x3f000000u)"
    assert text("div_unary", 4.0) == "div_unary_tile(i, 0x3e800000u)"
    assert text("clamp", -math.inf, 0.0) == "clamp_tile(i, 0xff800000u, 0x00000000u)"
    assert text("fill", 0.1) == "fill_tile(i, 0.1f)"
    assert text("power_iterative", 3.0) == "power_iterative_tile(i, 3)"
    assert text("round", -1.0) == "round_tile(i, -1)"
    assert text("fill", -7.0, format=INT32, integer=True) == "fill_tile_int<DataFormat::Int32>(i, -7)"
    assert text("clamp", -3.0, math.inf, format=INT32, integer=True) == "clamp_tile_int32(i, -3, 2147483647)"


def test_operands_and_formats() -> None:
    where, mul = BY_NAME["where"], BY_NAME["mul"]
    assert where.call is not None
    assert mul.integer is not None
    assert tile_text(where.call, ["0", "1", "2", "3"], format=F32) == "where_tile<DataFormat::Float32>(0, 1, 2, 3)"
    assert init_text(mul.integer, INT32) == "mul_int_tile_init<DataFormat::Int32>()"
    assert init_text(where.call, F32) == "where_tile_init()"
    with pytest.raises(ValueError, match="not of DST"):
        tile_text(where.call, ["0", "1", "2", "3"], format=BFP8)


def test_values_that_a_call_cannot_take() -> None:
    row = BY_NAME["power_iterative"]
    assert row.call is not None
    with pytest.raises(ValueError, match=r"2\.5 is not an integer"):
        tile_text(row.call, ["0"], (2.5,), row.parameters)
    with pytest.raises(ValueError, match="zip"):
        tile_text(row.call, ["0"], (), row.parameters)


@pytest.mark.parametrize(
    ("value", "text", "bits"),
    [
        (0.1, "0.1f", 0x3DCCCCCD),
        (1, "1.0f", 0x3F800000),
        (-0.0, "-0.0f", 0x80000000),
        (1e30, "1e+30f", 0x7149F2CA),
        (16777217, "16777216.0f", 0x4B800000),
        (1 / 3, "0.33333334f", 0x3EAAAAAB),
        (1e-45, "1e-45f", 1),
        (1e39, "__builtin_inff()", 0x7F800000),
        (-math.inf, "-__builtin_inff()", 0xFF800000),
        (math.nan, '__builtin_nanf("")', 0x7FC00000),
    ],
)
def test_floats_in_both_encodings(value: float, text: str, bits: int) -> None:
    assert float_literal(value) == text
    assert float_bits(value) == bits


# The table of functions

COMMON = '#include <cstdint>\n#include "api/compute/common.h"\n'


def generation_of(version: str) -> Generation:
    return next(each for each in GENERATIONS.values() if each.headers == version)


def forms(row: Function, generation: Generation, *, dst32: bool) -> Iterator[tuple[str, Call, DType]]:
    """Name, call and format of each form that a generation has for a row."""
    if call := row.call_in(generation):
        yield row.name, call, F32 if dst32 else BF16
    for name in row.integer_formats:
        if call := row.call_in(generation, name):
            yield f"{row.name}.{name}", call, dtypes.BY_NAME[name]


def kernel_of(row: Function, call: Call, format: DType, *, dst32: bool) -> Kernel:
    """A kernel that makes one call, as the printer writes it."""
    operands = ["0"] if row.arity < 2 else [str(i) for i in range(row.arity + 1)]
    values = row.call_values(tuple(2.0 if p.default is None else p.default for p in row.inputs))
    tile = tile_text(call, operands, values, row.parameters, format)
    source = (
        f'{COMMON}#include "api/compute/{call.header}"\n'
        f"void kernel_main() {{\n    {init_text(call, format, values, row.parameters)};\n    {tile};\n}}\n"
    )
    return Kernel(source, "compute", dst32=dst32)


def kernels_of_the_table(version: str, *, dst32: bool) -> dict[str, Kernel]:
    generation = generation_of(version)
    return {
        name: kernel_of(row, call, format, dst32=dst32)
        for row in FUNCTIONS
        for name, call, format in forms(row, generation, dst32=dst32)
    }


@pytest.mark.headers
@pytest.mark.parametrize("dst32", [False, True], ids=["dst16", "dst32"])
def test_every_function_compiles(version: str, chip: str, dst32: bool) -> None:
    kernels = kernels_of_the_table(version, dst32=dst32)
    assert len(kernels) > 140
    errors = typecheck_many(kernels, version=version, arch=chip, deprecated=True)
    assert {name: messages for name, messages in errors.items() if messages} == {}


@pytest.mark.headers
@pytest.mark.slow
def test_every_function_compiles_with_its_own_include_only(version: str) -> None:
    kernels = kernels_of_the_table(version, dst32=False)
    by_header: dict[str, list[str]] = {}
    for kernel in kernels.values():
        include, _, body = kernel.source.removeprefix(COMMON).partition("\n")
        by_header.setdefault(include, []).append(body.replace("kernel_main", f"call_{len(by_header)}_{id(kernel)}"))
    units = {
        include: Kernel(f"{COMMON}{include}\n{''.join(bodies)}void kernel_main() {{}}\n", "compute")
        for include, bodies in by_header.items()
    }
    errors = typecheck_many(units, version=version, arch="wormhole_b0", isolated=True)
    assert {name: messages for name, messages in errors.items() if messages} == {}


@pytest.mark.headers
def test_calls_are_where_the_table_says(version: str) -> None:
    """The header of each call declares it, rather than one that it includes."""
    api = headers.fetch_headers(version) / "tt_metal" / "hw" / "inc" / "api" / "compute"
    generation = generation_of(version)
    for row in FUNCTIONS:
        for name, call, _ in forms(row, generation, dst32=False):
            declared = re.findall(r"\bvoid\s+(\w+)\s*\(", (api / call.header).read_text())
            assert {call.tile, call.init_name} <= set(declared), name


@pytest.mark.headers
def test_template_arguments_that_may_be_left_out(version: str) -> None:
    """What kernels in C++ on the CPU take for the defaults of these calls."""
    api = headers.fetch_headers(version) / "tt_metal" / "hw" / "inc" / "api" / "compute"
    text = "\n".join(path.read_text() for path in api.rglob("*.h"))
    numbers = {"false": 0, "true": 1, "RsqrtMode::Default": 0, "ckernel::DstRoundingMode::Default": 0}
    for name, (default, *_) in DEFAULTS.items():
        assert re.search(rf"ALWI void {name}\(", text), name
        if default < 0:
            continue  # No number that a release could have: it follows the kernel's configuration.
        # A release may have no such argument, or only that of DST's width.
        declared = re.findall(rf"template\s*<\s*[\w:]+ \w+ = ([\w:]+)[^>]*>\s*ALWI void {name}\(", text)
        assert {numbers[value] for value in declared if value != "DST_ACCUM_MODE"} <= {default}, name
    assert not re.search(r"enum class RsqrtMode[^{]*\{(?!\s*Default)", text)


@pytest.mark.headers
def test_vector_modes_have_their_numbers(version: str) -> None:
    (text,) = {
        path.read_text() for path in headers.fetch_headers(version).rglob("tt_llk_wormhole_b0/llk_lib/llk_defs.h")
    }
    declared = re.search(r"enum (?:class )?VectorMode\b[^{]*\{([^}]*)\}", text)
    assert declared is not None
    numbers = dict(re.findall(r"(\w+)\s*= (\w+)", declared[1]))
    for mode in (*vector_modes.BY_NAME.values(), vector_modes.WHOLE):
        assert int(numbers[mode.name.upper()], 0) == mode.number


@pytest.mark.headers
def test_a_function_that_a_generation_lacks_is_not_in_its_headers() -> None:
    version = need_headers(VERSIONS[0])
    for row in FUNCTIONS:
        if row.since == TTNN_0_81:
            assert row.call is not None
            assert typecheck_many(
                {row.name: kernel_of(row, row.call, BF16, dst32=False)}, version=version, arch="wormhole_b0"
            )[row.name], "the row should say since 0.69"


@pytest.mark.headers
def test_older_spellings_are_needed() -> None:
    """What the older generation spells differently is unknown to the newer generation, and the other way round."""
    rows = {row: row.integer for row in FUNCTIONS if row.integer and row.integer.before}
    for version, older in zip(VERSIONS, (False, True), strict=True):
        wrong = {row: call.before if older and call.before else call for row, call in rows.items()}
        kernels = {row.name: kernel_of(row, call, INT32, dst32=True) for row, call in wrong.items()}
        errors = typecheck_many(kernels, version=need_headers(version), arch="wormhole_b0")
        assert all("not declared" in messages[0] for messages in errors.values())
        assert len(errors) == 4


# What the check finds

COMPUTE = """\
#include <cstdint>
#include "api/compute/common.h"
#include "api/compute/tile_move_copy.h"
#include "api/compute/eltwise_unary/exp.h"

constexpr uint32_t x_cb = 0;
constexpr uint32_t y_cb = 16;

void kernel_main() {
    const uint32_t tiles = get_arg_val<uint32_t>(0);
    compute_kernel_hw_startup(x_cb, y_cb);
    for (uint32_t i = 0; i < tiles; ++i) {
        cb_wait_front(x_cb, 1);
        tile_regs_acquire();
        COPY_INIT(x_cb);
        copy_tile(x_cb, 0, 0);
        exp_tile_init();
        exp_tile(0);
        tile_regs_commit();
        cb_reserve_back(y_cb, 1);
        tile_regs_wait();
        pack_tile(0, y_cb);
        tile_regs_release();
        cb_push_back(y_cb, 1);
        cb_pop_front(x_cb, 1);
    }
}
"""
READER = """\
#include <cstdint>
#include "api/dataflow/dataflow_api.h"

constexpr uint32_t x_cb = 0;

void kernel_main() {
    constexpr auto x_args = TensorAccessorArgs<1>();
    const auto x = TensorAccessor(x_args, get_common_arg_val<uint32_t>(0), get_tile_size(x_cb));
    const uint32_t first = get_arg_val<uint32_t>(0);
    for (uint32_t i = first; i < first + get_compile_time_arg_val(0); ++i) {
        cb_reserve_back(x_cb, 1);
        noc_async_read_page(i, x, get_write_ptr(x_cb));
        noc_async_read_barrier();
        cb_push_back(x_cb, 1);
    }
}
"""
WRITER = """\
#include <cstdint>
#include "api/dataflow/dataflow_api.h"

constexpr uint32_t y_cb = 16;

void kernel_main() {
    constexpr auto y_args = TensorAccessorArgs<1>();
    const auto y = TensorAccessor(y_args, get_common_arg_val<uint32_t>(0));
    auto done = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore(0));
    cb_wait_front(y_cb, 1);
    noc_async_write_page(get_absolute_logical_x(), y, get_read_ptr(y_cb));
    noc_async_write_barrier();
    cb_pop_front(y_cb, 1);
    noc_semaphore_inc(get_noc_addr(18, 18, get_semaphore(0)), 1);
    noc_async_atomic_barrier();
    noc_semaphore_wait_min(done, 1);
}
"""
ARGUMENTS = (4, 2, 2048)


def compute_source(version: str) -> str:
    return COMPUTE.replace("COPY_INIT", "copy_tile_init" if version == VERSIONS[0] else "copy_init")


def sources(version: str) -> dict[str, Kernel]:
    """Good kernels of every kind."""
    return {
        "compute": Kernel(compute_source(version), "compute"),
        "reader": Kernel(READER, "datamovement", ARGUMENTS),
        "writer": Kernel(WRITER, "datamovement", ARGUMENTS, "writer"),
    }


@pytest.mark.headers
def test_good_kernels_have_no_errors(version: str, chip: str) -> None:
    errors = typecheck_many(sources(version), version=version, arch=chip, deprecated=True)
    assert errors == {"compute": [], "reader": [], "writer": []}


@pytest.mark.headers
@pytest.mark.parametrize(
    ("kind", "before", "after", "expected"),
    [
        ("compute", "exp_tile(0)", "exp_tyle(0)", r"^18:\d+: 'exp_tyle' was not declared"),
        (
            "compute",
            "copy_tile(x_cb, 0, 0)",
            "copy_tile(x_cb, 0)",
            r"^16:\d+: (too few arguments|no matching function)",
        ),
        ("compute", "pack_tile(0, y_cb)", "pack_tile(0, y_cb, 1, 2)", r"^22:\d+: no matching function"),
        ("compute", "exp_tile(0)", "exp_tile<7, 8, 9>(0)", r"^18:\d+: no matching function"),
        ("compute", '#include "api/compute/eltwise_unary/exp.h"', "", r"^17:\d+: 'exp_tile_init' was not declared"),
        ("compute", "eltwise_unary/exp.h", "eltwise_unary/expo.h", r"^4:\d+: .*No such file"),
        ("compute", "exp_tile(0);", "x_cb = 1;", r"^18:\d+: assignment of read-only variable"),
        ("compute", "y_cb", "get_arg_val", r"^7:\d+: .*get_arg_val.* redeclared"),
        ("compute", "    }\n}", "    }", r"^\d+:\d+: expected '}'"),
        ("compute", "kernel_main", "main", r"^1:1: there is no `void kernel_main\(\)`"),
        ("reader", "get_write_ptr(x_cb)", "get_write_pointer(x_cb)", r"^12:\d+: 'get_write_pointer' was not declared"),
        ("reader", "TensorAccessorArgs<1>", "TensorAccessorArgs<9>", r"^7:\d+: .*Index out of range"),
        (
            "reader",
            "noc_async_read_page(i, x,",
            "noc_async_read_page(i, x_cb,",
            r"^12:\d+: (no matching|.*static assert)",
        ),
        ("writer", "min(done, 1)", "min(get_semaphore(0), 1)", r"^16:\d+: invalid conversion"),
    ],
)
def test_a_broken_kernel_is_found(kind: str, before: str, after: str, expected: str, version: str) -> None:
    kernel = sources(version)[kind]
    assert before in kernel.source
    broken = kernel.source.replace(before, after)
    errors = typecheck(
        broken,
        kind=kernel.kind,
        version=version,
        arch="wormhole_b0",
        compile_time_args=kernel.compile_time_args,
        processor=kernel.processor,
    )
    assert any(re.match(expected, error) for error in errors), errors


@pytest.mark.headers
def test_a_name_of_the_newer_generation_is_found_by_the_older() -> None:
    older, newer = (need_headers(version) for version in VERSIONS)
    source = compute_source(newer)
    assert typecheck(source, kind="compute", version=newer, arch="wormhole_b0") == []
    (error,) = typecheck(source, kind="compute", version=older, arch="wormhole_b0")
    assert re.match(r"15:\d+: 'copy_init' was not declared", error)


@pytest.mark.headers
def test_deprecated_calls_are_errors_on_request() -> None:
    version = need_headers(VERSIONS[1])
    source = COMPUTE.replace("COPY_INIT", "copy_tile_init")
    assert typecheck(source, kind="compute", version=version, arch="wormhole_b0") == []
    (error,) = typecheck(source, kind="compute", version=version, arch="wormhole_b0", deprecated=True)
    assert "deprecated" in error


SPEAKING = """
#include "api/{common}"
#include "api/debug/assert.h"
#include "api/debug/dprint.h"
void kernel_main() {{
    const int32_t a = get_arg_val<int32_t>(0);
    {call}
}}
"""
API_HEADERS: dict[Kind, str] = {"datamovement": "dataflow/dataflow_api.h", "compute": "compute/common.h"}


@pytest.mark.headers
@pytest.mark.parametrize("kind", API_HEADERS)
@pytest.mark.parametrize(
    ("release", "call", "expected"),
    [
        (0, "OLDER(DPRINT << 1 << ENDL());", None),
        (0, 'OLDER(DPRINT << (a > 1 ? "True" : "False") << SETW(4) << a);', None),
        (0, "OLDER(DPRINT << b);", "'b' was not declared"),
        (0, "DPRINT(1, a);", "no match for call"),
        (1, r'NEWER("{:4} {{}} {}\n", a, a > 1 ? CTSTR("True") : CTSTR("False"));', None),
        (1, 'NEWER("{} {}", a);', "placeholders and values differ"),
        (1, 'NEWER("{", a);', "invalid format"),
        (1, 'NEWER("{}", b);', "'b' was not declared"),
        (1, 'struct S {}; NEWER("{}", S{});', "no such value"),
        (1, "DPRINT << a;", "Old style DPRINT is deprecated"),
        (None, "ASSERT(a > 1 && a < 3);", None),
        (None, "ASSERT(b);", "'b' was not declared"),
    ],
)
def test_prints_and_assertions_are_checked_as_if_switched_on(
    release: int | None, call: str, expected: str | None, kind: Kind
) -> None:
    call = re.sub(r"OLDER\((.*)\);", r"DPRINT_UNPACK(\1);" if kind == "compute" else r"\1;", call)
    call = call.replace("NEWER", "DPRINT_UNPACK" if kind == "compute" else "DPRINT")
    source = SPEAKING.replace("{call}", call.replace("{", "{{").replace("}", "}}")).format(common=API_HEADERS[kind])
    for version in VERSIONS if release is None else [VERSIONS[release]]:
        errors = typecheck(source, kind=kind, version=need_headers(version), arch=CHIPS[0])
        assert not errors if expected is None else any(expected in error for error in errors), errors


@pytest.mark.headers
def test_kernels_in_one_unit_keep_to_themselves() -> None:
    """Equal names at the top, different includes and settings, a broken one among good ones: each is told its own."""
    version = need_headers(VERSIONS[1])
    good = compute_source(version)
    kernels = {
        **{f"good {i}": Kernel(good.replace("16", str(16 + i)), "compute") for i in range(5)},
        "broken": Kernel(good.replace("exp_tile(0)", "exp_tile(0, 1, 2, 3, 4)"), "compute"),
        "no file": Kernel(f'#include "api/nothing.h"\n{good}', "compute"),
        "no main": Kernel("#include <cstdint>\nvoid other() {}\n", "compute"),
        "with a macro": Kernel(f"{good}#define TWICE 1\n", "compute"),
        "with a 32-bit DST": Kernel(f"{good}static_assert(DST_ACCUM_MODE);\n", "compute", dst32=True),
        "defined": Kernel(f"#define ANSWER 42\n{good}static_assert(ANSWER == 42);\n", "compute"),
        **sources(version),
    }
    errors = typecheck_many(kernels, version=version, arch="blackhole")
    assert list(errors) == list(kernels)
    assert {name for name, messages in errors.items() if messages} == {"broken", "no file", "no main"}
    assert errors == typecheck_many(kernels, version=version, arch="blackhole", isolated=True)


@pytest.mark.headers
def test_only_isolation_finds_a_missing_include() -> None:
    version = need_headers(VERSIONS[1])
    good = compute_source(version)
    kernels = {
        "good": Kernel(good, "compute"),
        "bare": Kernel(good.replace('#include "api/compute/eltwise_unary/exp.h"\n', ""), "compute"),
    }
    assert typecheck_many(kernels, version=version, arch="wormhole_b0")["bare"] == []
    alone = typecheck_many(kernels, version=version, arch="wormhole_b0", isolated=True)
    assert alone["good"] == []
    assert "exp_tile_init" in alone["bare"][0]


@pytest.mark.headers
def test_errors_inside_headers_name_the_line_that_leads_there() -> None:
    version = need_headers(VERSIONS[1])
    body = "void kernel_main() {\n    add_int_tile<DataFormat::Float32>(0, 1, 0);\n}\n"
    source = f'{COMMON}#include "api/compute/add_int_sfpu.h"\n{body}'
    (error,) = typecheck(source, kind="compute", version=version, arch="wormhole_b0")
    assert re.match(r"5:1: static assertion failed: .*\(add_int_sfpu\.h\)$", error)


# Where headers come from


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, no TTLANG_HEADERS, and a pip that finds the wheels in `wheels` of that home only."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("TTLANG_HEADERS", raising=False)
    monkeypatch.delenv("TTLANG_CACHE", raising=False)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    (tmp_path / "wheels").mkdir()
    return tmp_path


def write_wheel(folder: Path, version: str) -> None:
    info = f"ttnn-{version}.dist-info"
    with zipfile.ZipFile(folder / f"ttnn-{version}-cp312-cp312-manylinux_2_34_x86_64.whl", "w") as wheel:
        wheel.writestr("ttnn/tt_metal/hw/inc/api/compute/common.h", "// declarations\n")
        wheel.writestr("ttnn/tt_metal/pre-compiled/firmware.elf", "machine code")
        wheel.writestr("ttnn/_ttnn.so", "machine code")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: ttnn\nVersion: {version}\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: cp312-cp312-manylinux_2_34_x86_64\n"
        )
        wheel.writestr(f"{info}/RECORD", "")


def test_headers_are_fetched_once_and_kept(home: Path) -> None:
    write_wheel(home / "wheels", "0.1.0")
    assert headers.find_headers("0.1.0") is None
    found = headers.fetch_headers("0.1.0")
    assert found == headers.find_headers("0.1.0") == home / ".cache" / "ttlang" / "ttnn-0.1.0" / "ttnn"
    files = [path.relative_to(found).as_posix() for path in found.rglob("*") if path.is_file()]
    assert files == ["tt_metal/hw/inc/api/compute/common.h"]
    assert os.listdir(home / ".cache" / "ttlang") == ["ttnn-0.1.0"], "nothing of the download is left"
    shutil.rmtree(home / "wheels")
    assert headers.fetch_headers("0.1.0") == found


def test_a_release_that_pip_cannot_get(home: Path) -> None:
    with pytest.raises(RuntimeError, match=r"pip can't download ttnn 0\.1\.2"):
        headers.fetch_headers("0.1.2")
    assert headers.find_headers("0.1.2") is None
    with pytest.raises(RuntimeError, match="fetch_headers"):
        typecheck("void kernel_main() {}", kind="compute", version="0.1.2", arch="blackhole")


def test_the_named_folder_comes_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named, cached = home / "named", home / ".cache" / "ttlang"
    for folder in (named, cached):
        (folder / "ttnn-1.0" / "ttnn" / "tt_metal").mkdir(parents=True)
    assert headers.find_headers("1.0") == cached / "ttnn-1.0" / "ttnn"
    monkeypatch.setenv("TTLANG_HEADERS", str(named))
    assert headers.find_headers("1.0") == named / "ttnn-1.0" / "ttnn"
    shutil.rmtree(named / "ttnn-1.0")
    assert headers.find_headers("1.0") == cached / "ttnn-1.0" / "ttnn"
    monkeypatch.setenv("TTLANG_CACHE", str(home / "elsewhere"))
    assert headers.find_headers("1.0") is None


def test_an_unknown_chip_is_refused() -> None:
    with pytest.raises(ValueError, match="is not a chip"):
        typecheck("void kernel_main() {}", kind="compute", version=need_headers(VERSIONS[0]), arch="greyskull")
