"""Small `ttkernel` programs as text, and tensors to run them on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from xdsl.parser import Parser

from ttlang.dialects.ttkernel import ProgramOp
from ttlang.driver.universe import make_context
from ttlang.machine.tiles import decode, encode
from ttlang.tables.dtypes import BY_NAME, DType

BASE = 105_856
FILE = "kernel.py"


class Tensor:
    """Tiles in the order of memory: (tiles, 1024)."""

    def __init__(self, values: NDArray, format: str = "bf16"):
        self.dtype: DType = BY_NAME[format]
        self.pages = encode(np.asarray(values), self.dtype)

    @property
    def values(self) -> NDArray:
        return decode(self.pages, self.dtype)


def zeros(tiles: int, format: str = "bf16") -> Tensor:
    return Tensor(np.zeros((tiles, 1024), np.float32), format)


def integers(tiles: int, seed: int = 0, low: int = -60, high: int = 60, format: str = "bf16") -> Tensor:
    """Small whole numbers: their sums are exact in every format with 7 bits or more."""
    values = np.random.default_rng(seed).integers(low, high, (tiles, 1024))
    return Tensor(values.astype(np.float32), format)


def parse(text: str) -> ProgramOp:
    module = Parser(make_context(), text).parse_module()
    module.verify()
    return next(op for op in module.walk() if isinstance(op, ProgramOp))


@dataclass(frozen=True)
class Buffer:
    """A circular buffer of a program."""

    name: str
    pages: int
    format: str = "bf16"
    flags: str = ""


def program(
    *,
    buffers: Sequence[Buffer],
    tensors: Sequence[tuple[str, int] | tuple[str, int, str]] = (),
    compute: str = "",
    read: str = "",
    write: str = "",
    grid: tuple[int, int] = (1, 1),
    config: str = "",
    core_args: dict[str, Sequence[int]] | None = None,
    arch: str = "wormhole_b0",
    semaphores: dict[str, int] | None = None,
) -> ProgramOp:
    """
    A program of the given bodies. `tensors`: name, tiles, format; in `read` and `write`, `%name` is the accessor and
    all kernels have the constants %c0 to %c16. `core_args` are those of every kernel. `semaphores`: initial values by
    name.
    """
    cells = [
        f"ttkernel.semaphore @{name} {index} = {initial}"
        for index, (name, initial) in enumerate((semaphores or {}).items())
    ]
    text = text_of(buffers, tensors, compute, read, write, grid, config, core_args or {}, arch)
    head, newline, rest = text.partition("\n")
    return parse(head + newline + "\n".join([*cells, rest]))


def text_of(buffers, tensors, compute, read, write, grid, config, core_args, arch) -> str:
    lines = [f'ttkernel.program @test grid [{grid[0]}, {grid[1]}] on "{arch}" attributes {{{config}}} {{']
    for index, (name, tiles, *format) in enumerate(tensors):
        tile = f"!ttcore.tile<32x32, {format[0] if format else 'bf16'}>"
        lines.append(f"ttkernel.tensor @{name} at {index} : <[1, {tiles}], {tile}, dram>")
    address = BASE
    for index, buffer in enumerate(buffers):
        element = f"<32x32, {buffer.format}> at {address} {{{buffer.flags}}}"
        place = f' loc("{FILE}":{900 + index}:1)'
        lines.append(f"ttkernel.circular_buffer @{buffer.name} {index} pages {buffer.pages} of {element}{place}")
        address += buffer.pages * BY_NAME[buffer.format].tile_bytes
    for thread, body in (("compute", compute), ("reader", read), ("writer", write)):
        if body:
            lines.append(_kernel(thread, body, tensors, core_args))
    return "\n".join([*lines, "}"])


_NAMES = {"compute": "compute", "reader": "read", "writer": "write"}


def _kernel(thread: str, body: str, tensors, core_args: dict[str, Sequence[int]]) -> str:
    names = [name for name, *_ in tensors] if thread != "compute" else []
    attributes = [f"tensors = [{', '.join('@' + name for name in names)}]"]
    if core_args:
        quoted = ", ".join(f'"{name}"' for name in core_args)
        values = ", ".join(f"array<i32: {', '.join(map(str, v))}>" for v in core_args.values())
        attributes += [f"core_args = [{quoted}]", f"core_values = [{values}]"]
    lines = [f"ttkernel.kernel @{_NAMES[thread]} on {thread} attributes {{{', '.join(attributes)}}} {{"]
    lines += [f"%c{n} = arith.constant {n} : i32" for n in range(17)]
    lines += [f"%{name} = ttkernel.get_arg_val({index})" for index, name in enumerate(core_args)]
    for index, name in enumerate(names):
        lines.append(f"%{name}_address = ttkernel.get_common_arg_val({index})")
        lines.append(f"%{name}_args = ttkernel.TensorAccessorArgs(@{name})")
        lines.append(f"%{name} = ttkernel.TensorAccessor(%{name}_args, %{name}_address)")
    return "\n".join([*lines, body, f'}} loc("{FILE}":{ {"compute": 10, "reader": 40, "writer": 70}[thread] }:1)'])


def read_block(buffer: str, tensor: str, tiles: int, first: str = "%c0") -> str:
    """Reads `tiles` pages of a tensor from page `first` on, in a loop, and pushes them."""
    return f"""
    ttkernel.cb_reserve_back(@{buffer}, {tiles})
    %p_{buffer} = ttkernel.get_write_ptr(@{buffer})
    %s_{buffer} = ttkernel.get_tile_size(@{buffer})
    scf.for %i_{buffer} = %c0 to %c{tiles} step %c1 : i32 {{
      %page_{buffer} = arith.addi {first}, %i_{buffer} : i32
      %offset_{buffer} = arith.muli %i_{buffer}, %s_{buffer} : i32
      %l1_{buffer} = arith.addi %p_{buffer}, %offset_{buffer} : i32
      ttkernel.noc_async_read_page(%page_{buffer}, %{tensor}, %l1_{buffer})
    }}
    ttkernel.noc_async_read_barrier()
    ttkernel.cb_push_back(@{buffer}, {tiles})
    """


def write_block(buffer: str, tensor: str, tiles: int, first: str = "%c0") -> str:
    """Waits for `tiles` pages and writes them to a tensor from page `first` on."""
    return f"""
    ttkernel.cb_wait_front(@{buffer}, {tiles})
    %p_{buffer} = ttkernel.get_read_ptr(@{buffer})
    %s_{buffer} = ttkernel.get_tile_size(@{buffer})
    scf.for %i_{buffer} = %c0 to %c{tiles} step %c1 : i32 {{
      %page_{buffer} = arith.addi {first}, %i_{buffer} : i32
      %offset_{buffer} = arith.muli %i_{buffer}, %s_{buffer} : i32
      %l1_{buffer} = arith.addi %p_{buffer}, %offset_{buffer} : i32
      ttkernel.noc_async_write_page(%page_{buffer}, %{tensor}, %l1_{buffer})
    }}
    ttkernel.noc_async_write_barrier()
    ttkernel.cb_pop_front(@{buffer}, {tiles})
    """


def section(math: str, pack: str) -> str:
    """A DST section."""
    return f"""
    ttkernel.tile_regs_acquire()
    {math}
    ttkernel.tile_regs_commit()
    ttkernel.tile_regs_wait()
    {pack}
    ttkernel.tile_regs_release()
    """


def startup(a: str, b: str, out: str) -> str:
    return f"ttkernel.compute_kernel_hw_startup(@{a}, @{b}, @{out})"


def loop(trips: int, body: str, variable: str = "%i") -> str:
    return f"scf.for {variable} = %c0 to %c{trips} step %c1 : i32 {{\n{body}\n}}"


def waits(*buffers: str, pages: int = 1) -> str:
    return "\n".join(f"ttkernel.cb_wait_front(@{b}, {pages})" for b in buffers)


def pops(*buffers: str, pages: int = 1) -> str:
    return "\n".join(f"ttkernel.cb_pop_front(@{b}, {pages})" for b in buffers)


def reserve(buffer: str, pages: int = 1) -> str:
    return f"ttkernel.cb_reserve_back(@{buffer}, {pages})"


def push(buffer: str, pages: int = 1) -> str:
    return f"ttkernel.cb_push_back(@{buffer}, {pages})"
