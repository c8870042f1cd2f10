"""A compute thread of a written program: its calls on the units, in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple

from written_threads import WrittenThread

from ttlang.machine.clock.recorded_calls import Piece
from ttlang.machine.compute.calls import configuration, eltwise, functions, layouts, matmul, moves, reduction
from ttlang.machine.compute.trace import CallNest
from ttlang.machine.compute.unit_state import Init
from ttlang.machine.program_info import BufferInfo, KernelInfo
from ttlang.tables.functions import BY_NAME as FUNCTIONS


class Step(NamedTuple):
    """A call on the units, as a piece of a trace has it."""

    nest: CallNest
    accumulates: bool


class Compute(WrittenThread):
    """A thread of calls on the units, which are cut into pieces at its calls on buffers."""

    _steps: list[Step]

    def __init__(self, core: int, info: KernelInfo):
        super().__init__(core, info)
        self._steps = []

    def call(self, name: str, *arguments: Any, **options: object) -> None:
        self.end_piece()
        super().call(name, *arguments, **options)

    def end_piece(self) -> None:
        if self._steps:
            self.calls.append(("", (_piece(tuple(self._steps)),)))
            self._steps = []

    @contextmanager
    def section(self) -> Iterator[None]:
        """What math does; the packs follow it in `packed`."""
        self._do(configuration.Acquire, "tile_regs_acquire")
        yield
        self._do(configuration.Commit, "tile_regs_commit")

    @contextmanager
    def packed(self) -> Iterator[None]:
        self._do(configuration.Wait, "tile_regs_wait")
        yield
        self._do(configuration.Release, "tile_regs_release")

    def copy(self, buffer: BufferInfo, tiles: int = 1) -> None:
        self._do(moves.Copy, "copy_tile", (buffer,), times=tiles)

    def copy_init(self, buffer: BufferInfo) -> None:
        self._do(moves.CopyInit, "copy_tile_init", (buffer,))

    def transpose(self, buffer: BufferInfo, tiles: int = 1) -> None:
        self._do(moves.Transpose, "transpose_wh_tile", (buffer,), times=tiles)

    def binary(self, kind: str, left: BufferInfo, right: BufferInfo, tiles: int = 1, *, dim: str | None = None) -> None:
        """`dim`: what is repeated of the second operand."""
        name = f"{kind}_tiles_bcast_{dim}" if dim else f"{kind}_tiles"
        self._do(eltwise.Binary, name, (left, right), kind, dim, times=tiles)

    def binary_init(self, kind: str, left: BufferInfo, right: BufferInfo) -> None:
        self._do(eltwise.BinaryInit, f"{kind}_tiles_init", (left, right))

    def reuse(self, kind: str, buffer: BufferInfo, tiles: int = 1) -> None:
        self._do(eltwise.DestReuse, "binary_dest_reuse_tiles", (buffer,), kind, "srca", times=tiles)

    def reuse_init(self, kind: str, buffer: BufferInfo) -> None:
        self._do(eltwise.DestReuseInit, "binary_dest_reuse_tiles_init", (buffer,), kind, "srca")

    def multiply(self, left: BufferInfo, right: BufferInfo, rows: int, columns: int, times: int = 1) -> None:
        self._do(matmul.Matmul, "matmul_block", (left, right), columns, rows, 1, 0, times=times)

    def multiply_init(self, left: BufferInfo, right: BufferInfo, rows: int, columns: int) -> None:
        self._do(matmul.MatmulInit, "mm_block_init_short", (left, right), columns, rows, 1, 0)

    def reduce_init(self, pool: str, dim: str, data: BufferInfo, scaler: BufferInfo) -> None:
        self._do(reduction.ReduceInit, "reduce_init", (data, scaler), pool, dim, False)

    def reduce_uninit(self) -> None:
        self._do(reduction.ReduceUninit, "reduce_uninit")

    def reduce(self, pool: str, dim: str, data: BufferInfo, scaler: BufferInfo, tiles: int = 1) -> None:
        self._do(reduction.Reduce, "reduce_tile", (data, scaler), pool, dim, False, times=tiles)

    def tilize_init(self, source: BufferInfo, width: int) -> None:
        self._do(layouts.TilizeInit, "tilize_init", (source,), width)

    def tilize_uninit(self, source: BufferInfo, target: BufferInfo) -> None:
        self._do(layouts.LayoutUninit, "tilize_uninit", (source, target))

    def tilize(self, source: BufferInfo, target: BufferInfo, tiles: int) -> None:
        self._do(layouts.Tilize, "tilize_block", (source, target), tiles)

    def untilize_init(self, source: BufferInfo, width: int) -> None:
        self._do(layouts.UntilizeInit, "pack_untilize_init", (source,), width, width)

    def untilize_uninit(self, target: BufferInfo) -> None:
        self._do(layouts.LayoutUninit, "pack_untilize_uninit", (target,))

    def untilize(self, source: BufferInfo, target: BufferInfo, width: int) -> None:
        self._do(layouts.Untilize, "pack_untilize_block", (source, target), width, width)

    def apply(self, name: str, tiles: int = 1) -> None:
        self._do(functions.Apply, f"{name}_tile", (), FUNCTIONS[name], (), None, None, "", times=tiles)

    def apply_init(self, name: str) -> None:
        call = FUNCTIONS[name].call
        assert call is not None
        self._do(functions.ApplyInit, call.init_name, (), Init(call.init_name))

    def pack(self, buffer: BufferInfo, tiles: int = 1, *, accumulates: bool = False) -> None:
        self._do(moves.Pack, "pack_tile", (buffer,), times=tiles, accumulates=accumulates)

    def pack_block(self, buffer: BufferInfo, tiles: int, *, accumulates: bool = False) -> None:
        self._do(moves.PackBlock, "pack_tile_block", (buffer,), tiles, accumulates=accumulates)

    def packer_format(self, buffer: BufferInfo) -> None:
        self._do(configuration.PackerFormat, "pack_reconfig_data_format", (buffer,))

    def accumulation(self) -> None:
        """The packer begins to add to what L1 holds, or stops."""
        self._do(configuration.PackerAccumulation, "pack_reconfig_l1_acc")

    def source_formats(self, left: BufferInfo, right: BufferInfo) -> None:
        self._do(configuration.BothSourceFormats, "reconfig_data_format", (left, right), False)

    def startup(self, *buffers: BufferInfo) -> None:
        self._do(configuration.Startup, "compute_kernel_hw_startup", buffers)

    def _do(
        self, kind: type, name: str, buffers: tuple[BufferInfo, ...] = (), *fields: Any, times: int = 1, **state: bool
    ) -> None:
        self._steps.append(_step(kind, name, buffers, fields, times, state.get("accumulates", False)))


@cache
def _step(
    kind: type, name: str, buffers: tuple[BufferInfo, ...], fields: tuple[Any, ...], times: int, accumulates: bool
) -> Step:
    return Step(CallNest(kind(name, buffers, *fields), 0, _nowhere, times), accumulates)


@cache
def _piece(steps: tuple[Step, ...]) -> Piece:
    return Piece(steps)  # pyright: ignore[reportArgumentType]: the clock looks at a node's call alone


def _nowhere() -> Any:
    raise AssertionError("a written call stands nowhere")
