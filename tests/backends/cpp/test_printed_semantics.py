"""Printed kernels do what their IR says: they are compiled for the host and run, the random ones too."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.backends.cpp.programs import NAMES, read_program
from tests.support.needs import need_tools
from tests.support.random_kernels import ARGUMENTS, CORE, POINTERS, TILE_BYTES, Evaluator, Generator
from ttlang.backends.cpp.printer import print_kernel
from ttlang.dialects.ttkernel import KernelOp, ProgramOp, Thread

RANDOM_KERNELS = 150
BUFFERS = 8

STAND_IN = f"""
#include <algorithm>
#include <cstdint>
#include <cstdio>

const int32_t* arguments;
uint32_t pointers[{BUFFERS}];
void reset() {{ for (uint32_t i = 0; i < {BUFFERS}; ++i) pointers[i] = i ? {POINTERS["y_cb"]}u : {POINTERS["x_cb"]}u; }}

template <int OFFSET> struct TensorAccessorArgs {{
    static constexpr int next_compile_time_args_offset() {{ return OFFSET + 2; }}
}};
struct TensorAccessor {{
    template <typename Args> TensorAccessor(Args, uint32_t) {{}}
}};
template <typename T> T get_arg_val(int i) {{ return arguments[i]; }}
template <typename T> T get_common_arg_val(int) {{ return 0; }}
constexpr int32_t get_tile_size(int32_t) {{ return {TILE_BYTES}; }}
uint8_t get_absolute_logical_x() {{ return {CORE[0]}; }}
uint8_t get_absolute_logical_y() {{ return {CORE[1]}; }}
void transfer(uint32_t page, uint32_t address) {{ std::printf(" %d,%d", int32_t(page), int32_t(address)); }}
void noc_async_read_page(uint32_t page, const TensorAccessor&, uint32_t address) {{ transfer(page, address); }}
void noc_async_write_page(uint32_t page, const TensorAccessor&, uint32_t address) {{ transfer(page, address); }}
void noc_async_read_barrier() {{}}
void noc_async_write_barrier() {{}}
void cb_reserve_back(uint32_t, uint32_t) {{}}
void cb_wait_front(uint32_t, uint32_t) {{}}
void cb_pop_front(uint32_t, uint32_t) {{}}
void cb_push_back(uint32_t cb, uint32_t pages) {{ pointers[cb] += pages; }}
uint32_t get_write_ptr(uint32_t cb) {{ return pointers[cb]; }}
uint32_t get_read_ptr(uint32_t cb) {{ return pointers[cb]; }}
"""
JIT_FLAGS = ("-Wall", "-Werror", "-Wno-unused-variable", "-Wno-unused-function", "-Wno-error=unused-but-set-variable")
"""What the chip's compiler is told about warnings."""
UNDEFINED = ("-fsanitize=signed-integer-overflow,integer-divide-by-zero", "-fsanitize-undefined-trap-on-error")
"""Ends the program where C++ does not define the arithmetic, which the chip's compiler may take never to happen."""
RANDOM_FLAGS = ("-Wno-tautological-compare", "-Wno-overflow", "-Wno-bool-compare", "-Wno-int-in-bool-context")
"""Warnings that only senseless arithmetic runs into."""


@dataclass
class Case:
    name: str
    program: ProgramOp
    kernel: KernelOp

    @property
    def arguments(self) -> list[int]:
        """Those of the first core."""
        return [int(next(iter(values.iter_values()))) for values in self.kernel.core_values]

    def expected(self) -> list[tuple[int, int]]:
        first, others = POINTERS["x_cb"], POINTERS["y_cb"]
        buffers = self.program.circular_buffers
        pointers = {buffer.sym_name.data: others if buffer.index.value.data else first for buffer in buffers}
        evaluator = Evaluator(self.arguments, pointers)
        evaluator.run(self.kernel.body.block)
        return evaluator.trace


def run_on_host(cases: Sequence[Case], folder: Path, flags: Sequence[str]) -> list[list[tuple[int, int]]]:
    """What each kernel transfers: (page, address)."""
    text, calls = STAND_IN, ""
    for i, case in enumerate(cases):
        text += f"namespace k{i} {{\n{re.sub('#include.*', '', print_kernel(case.kernel))}}}\n"
        calls += f"    {{ const int32_t values[] = {{{', '.join(map(str, [*case.arguments, 0]))}}};"
        calls += f' arguments = values; reset(); k{i}::kernel_main(); std::printf("\\n"); }}\n'
    source, program = folder / "kernels.cpp", folder / "kernels"
    source.write_text(f"{text}int main() {{\n{calls}}}\n")
    command = ["g++", "-std=c++20", "-O1", *UNDEFINED, *JIT_FLAGS, *flags, str(source), "-o", str(program)]
    subprocess.run(command, check=True)
    output = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    lines = output.splitlines()
    assert len(lines) == len(cases)
    return [[(int(pair.split(",")[0]), int(pair.split(",")[1])) for pair in line.split()] for line in lines]


def check(cases: Sequence[Case], folder: Path, flags: Sequence[str] = ()) -> None:
    for case, trace in zip(cases, run_on_host(cases, folder, flags), strict=True):
        assert trace, f"{case.name} transfers nothing"
        assert trace == case.expected(), f"{case.name}:\n{case.kernel}\n{print_kernel(case.kernel)}"


@pytest.fixture(autouse=True)
def _compiler() -> None:
    need_tools("g++")


def test_random_kernels_do_what_their_ir_says(tmp_path: Path):
    programs = [Generator(seed).program() for seed in range(RANDOM_KERNELS)]
    cases = [Case(f"seed {seed}", program, program.kernels[0]) for seed, program in enumerate(programs)]
    assert all(case.arguments == list(ARGUMENTS) for case in cases)
    check(cases, tmp_path, RANDOM_FLAGS)


def test_kernels_by_hand_do_what_their_ir_says(tmp_path: Path):
    cases = [
        Case(f"{name}: {kernel.sym_name.data}", program, kernel)
        for name in NAMES
        if name != "messages"  # which test_cpp_messages.py runs
        for program in [read_program(name)]
        for kernel in program.kernels
        if kernel.thread.data is not Thread.COMPUTE
    ]
    check(cases, tmp_path)
