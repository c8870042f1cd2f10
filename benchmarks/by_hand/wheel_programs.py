"""
Programs of kernels out of the wheel of a release of ttnn, with what its host gives them. Their text is read where the
wheel has it (`ttlang.tools.headers`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from cpp_programs import NO_DEFINES, NO_NUMBERS, Defines, Program, accessor_words, mover_config

from ttlang import ttnn
from ttlang.tables.kernel_api import NEWEST
from ttlang.tools.headers import fetch_kernels

RELEASE = NEWEST
"""Whose kernels these are."""
Argument = int | Callable[[int, int], int]
"""A number, or what makes it of a core's column and row."""
NO_ARGUMENTS: Mapping[str, Argument] = {}
NO_TENSORS: Mapping[str, Any] = {}
NULL = (2, 0)
"""The constants of an accessor where the host has no tensor."""


@cache
def operations() -> Path:
    """The folder of the kernels of ttnn's operations."""
    return fetch_kernels(RELEASE.headers) / "ttnn" / "cpp" / "ttnn" / "operations"


class NamedProgram(Program):
    """One whose kernels find buffers, arguments and tensors by names that the host binds."""

    def __init__(self, grid: tuple[int, int], **compute: Any):
        super().__init__(grid, **compute)
        self._numbers: dict[str, int] = {}

    def named_buffer(self, name: str, tiles: int, dtype: Any = ttnn.bfloat16) -> None:
        self._numbers[name] = len(self._numbers)
        self.buffer(self._numbers[name], tiles, dtype)

    def named_compute(
        self,
        file: Path,
        values: Mapping[str, int],
        arguments: Mapping[str, Argument] = NO_ARGUMENTS,
        defines: Defines = NO_DEFINES,
    ) -> None:
        """`values`: constants; `arguments`: what each core is given."""
        self._bind(file, self.compute_config, values, arguments, NO_TENSORS, defines)

    def named_mover(
        self,
        file: Path,
        thread: int,
        tensors: Mapping[str, Any],
        values: Mapping[str, int] = NO_NUMBERS,
        arguments: Mapping[str, Argument] = NO_ARGUMENTS,
        defines: Defines = NO_DEFINES,
    ) -> None:
        self._bind(file, mover_config(thread), values, arguments, tensors, defines)

    def _bind(
        self,
        file: Path,
        config: Any,
        values: Mapping[str, int],
        arguments: Mapping[str, Argument],
        tensors: Mapping[str, Any],
        defines: Defines,
    ) -> None:
        lines = [
            *_HEADERS,
            *_namespace("args", _arguments(values, list(arguments))),
            *_namespace("dfb", (f"DFBBindingToken<> {name}{{{i}}}" for name, i in self._numbers.items())),
            *_namespace("tensor", _tensors(tensors)),
            f'#include "{file}"',
        ]
        source = {
            "kernel_source": "\n".join([*lines, ""]),
            "source_type": ttnn.KernelDescriptor.SourceType.SOURCE_CODE,
        }

        def of_core(x: int, y: int) -> Sequence[int]:
            return [each(x, y) if callable(each) else each for each in arguments.values()]

        self._add(source, config, of_core, (), list(tensors.values()), None, defines)


_HEADERS = tuple(
    f'#include "{name}.h"'
    for name in ("experimental/kernel_args", "api/dataflow/dataflow_buffer", "api/tensor/tensor_accessor")
)


def _namespace(name: str, declared: Iterator[str]) -> Iterator[str]:
    yield f"namespace {name} {{"
    yield from (f"constexpr {each};" for each in declared)
    yield "}"


def _arguments(values: Mapping[str, int], names: Sequence[str]) -> Iterator[str]:
    for name, value in values.items():
        yield f"experimental::CtaVal<uint32_t> {name}{{{value}}}"
    for i, name in enumerate(names):
        yield f"experimental::RtaArg<uint32_t> {name}{{{4 * i}}}"


def _tensors(tensors: Mapping[str, Any]) -> Iterator[str]:
    """Each has its words among the constants, and its address among the common arguments."""
    first = 0
    for i, (name, tensor) in enumerate(tensors.items()):
        yield f"tensor_accessor::TensorBindingToken<{first}, {4 * i}> {name}{{}}"
        first += len(accessor_words(tensor))
