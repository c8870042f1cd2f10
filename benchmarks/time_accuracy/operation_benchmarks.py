"""The microbenchmarks of single operations and of a chain of them: MB4, MB5.B, MB5.E, as `microbenchmarks` has them."""

from __future__ import annotations

from measured_rows import Row, number
from microbenchmark_rows import FEW, GELU, MANY, dtype_of, microseconds, program_of, sections, subblock
from written_compute import Compute
from written_programs import WrittenProgram, per_turn

from ttlang.machine.program_info import BufferInfo
from ttlang.tables.functions import BY_NAME as FUNCTIONS

_BINARY = ("add", "sub", "mul")
_CHAIN = ("sigmoid", "tanh", "add", "relu", "neg", "abs")


def operation(row: Row) -> float | None:
    """MB4: one operation on 4 tiles."""
    name, tiles = row["kernel"].removeprefix("MB4 "), number(row, "tiles")
    if (cycles := _cycles(row, name, tiles)) is None:
        return None
    if "over copy" in row["unit"]:
        cycles -= _cycles(row, "copy", tiles) or 0.0
    return microseconds(row, cycles / tiles)


def _cycles(row: Row, name: str, tiles: int) -> float | None:
    """What a turn takes; None if there is no such operation, or it is another form of it than kernels have here."""
    kind, _, rest = name.partition("_")
    function = {"gelu_fast": GELU, "gelu": GELU}.get(name, name)
    known = kind in (*_BINARY, "copy", "reduce", "matmul", "transpose") or function in FUNCTIONS
    if not known or function in _OTHERWISE:
        return None

    def kernel(turns: int) -> WrittenProgram:
        program = program_of(row)
        source, other, out = (program.buffer(tiles, dtype_of(row)) for _ in range(3))
        compute = program.compute()
        for _ in range(turns):
            with compute.section():
                if kind in _BINARY:
                    compute.binary(kind, source, other, tiles, dim="cols" if rest.startswith("bcast") else None)
                elif kind == "reduce":
                    compute.reduce(rest or "sum", "row", source, other, tiles)
                elif kind == "matmul":
                    compute.multiply(source, other, 1, 1, tiles)
                elif kind == "transpose":
                    compute.transpose(source, tiles)
                else:
                    compute.copy(source, tiles)
                    if kind != "copy":
                        compute.apply(function, tiles)
            with compute.packed():
                compute.pack(out, 1 if kind == "reduce" else tiles)
        return program

    return per_turn(kernel, FEW, MANY)


_OTHERWISE = ("recip",)
"""Measured in another form than the one of the table of functions: with `legacy_compat`."""


def block_operation(row: Row) -> float:
    """MB5.B: an FPU operation on each tile of a block, which is both operands."""
    name = row["kernel"].split()[-1]
    tiles = number(row, "tiles") or number(row, "block_m_tiles") * number(row, "block_n_tiles")

    def kernel(turns: int) -> WrittenProgram:
        program = program_of(row)
        height, width = subblock(row, number(row, "block_m_tiles"), number(row, "block_n_tiles"), program.dst_tiles)
        source, out = program.buffer(tiles, dtype_of(row)), program.buffer(tiles, dtype_of(row))
        compute = program.compute()
        for _ in range(turns):
            for part in sections(tiles, height * width):
                with compute.section():
                    if name in _BINARY:
                        compute.binary(name, source, source, part)
                    else:
                        compute.transpose(source, part)
                with compute.packed():
                    compute.pack(out, part)
        return program

    return microseconds(row, per_turn(kernel, 2, 6))


def chain(row: Row) -> float:
    """MB5.E: abs(neg(relu(sigmoid(c) + tanh(b)))), all tiles once; a tile has two slots of DST."""
    tiles = number(row, "tiles")
    program = program_of(row)
    section = min(number(row, "section_or_subblock") or program.dst_tiles // 2, program.dst_tiles // 2)
    b, c, out = (program.buffer(tiles, dtype_of(row)) for _ in range(3))
    compute = program.compute()
    for part in sections(tiles, section):
        with compute.section():
            _loaded(compute, (c, b), part)
            for name in _CHAIN:
                compute.apply_init(name)
                compute.apply(name, part)
        with compute.packed():
            compute.pack(out, part)
    return microseconds(row, program.compute_zone())


def _loaded(compute: Compute, buffers: tuple[BufferInfo, ...], tiles: int) -> None:
    for buffer in buffers:
        compute.copy_init(buffer)
        compute.copy(buffer, tiles)
