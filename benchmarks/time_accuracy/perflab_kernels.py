"""
Compute on tiles in L1 (`perflab.csv`: P1, P5, P7, P15 to P17). Those of several cores do the same on each.

What the descriptions leave open is chosen here: P1 and P5 have HiFi2. Whatever makes something of P5's parts sets
formats before it, and its unit; its sums go tile by tile, its products by rows of tiles, as wide as DST. P7's sums go
through L1 tile by tile, or in pairs where the packer or DST adds them. Nothing is published of `sfpu_reduce`, by which
P17's sums of tiles become rows, columns or scalars: it is taken for two sums of two tiles in DST, or four.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from perflab_rows import NotToldError, Told
from written_compute import Compute
from written_programs import WrittenProgram

from ttlang.machine.program_info import BufferInfo
from ttlang.tables.chips.costs import Unit
from ttlang.tables.dtypes import BF16, F32
from ttlang.tables.functions import BY_NAME as FUNCTIONS
from ttlang.tables.kernel_api import NEWEST


def _publish(compute: Compute, buffer: BufferInfo, pages: int) -> None:
    """Pages that are in L1 anyway."""
    compute.reserve(buffer, pages)
    compute.push(buffer, pages)


def _drop(compute: Compute, buffer: BufferInfo, pages: int) -> None:
    compute.wait(buffer, pages)
    compute.pop(buffer, pages)


def output_subblock(told: Told) -> float:
    """P1: products of one step along K, in subblocks."""
    m, n, k = (told.number(rf"{letter}=(\d+)t") for letter in "MNK")
    height, width = told.number(r"subblock (\d+)x"), told.number(r"subblock \d+x(\d+)")
    program = told.program(fidelity="HiFi2")
    left, right, out = program.buffer(m * k), program.buffer(k * n), program.buffer(m * n)
    compute = program.compute()
    _publish(compute, left, m * k)
    _publish(compute, right, k * n)
    compute.startup(left, right, out)
    compute.multiply_init(left, right, height, width)
    for _ in range(told.repeats):
        _multiplied(compute, (left, right, out), (m, n, k), (height, width), n // width)
        _drop(compute, out, m * n)
    return told.nanoseconds(program, program.run().cycles)


def _multiplied(
    compute: Compute,
    buffers: tuple[BufferInfo, BufferInfo, BufferInfo],
    shape: tuple[int, int, int],
    subblock: tuple[int, int],
    at_once: int = 1,
) -> None:
    """`at_once`: so many subblocks are handed on together."""
    left, right, out = buffers
    m, n, k = shape
    height, width = subblock
    compute.wait(left, m * k)
    compute.wait(right, k * n)
    for _ in range(m // height * (n // width) // at_once):
        compute.reserve(out, at_once * height * width)
        for _ in range(at_once):
            with compute.section():
                compute.multiply(left, right, height, width, k)
            with compute.packed():
                compute.pack(out, height * width)
        compute.push(out, at_once * height * width)


# ---------------------------------------------------------------------------------------------- five parts in a row


def block_size(told: Told) -> float:
    """P5: (A + B) @ C of rows of elements, so many rows of tiles at a time; ns for each evaluation."""
    few, many = (_evaluations(told, count) for count in (1, 3))
    return told.nanoseconds(many, (many.run().cycles - few.run().cycles) / 2)


def _evaluations(told: Told, count: int) -> WrittenProgram:
    m, k, n = (told.number(rf"\b{letter}=(\d+)t") for letter in "MKN")
    rows, sets_formats = told.number(r"block_rows=(\d+)"), not told.says("off")
    program = told.program(fidelity="HiFi2", dst32=True)
    a_rows, b_rows, c = program.buffer(m * k), program.buffer(m * k), program.buffer(k * n)
    a, b, both = (program.buffer(rows * k) for _ in range(3))
    products, out = program.buffer(rows * n), program.buffer(m * n)
    width = max(each for each in range(1, program.dst_tiles + 1) if n % each == 0)
    compute = program.compute()
    compute.startup(a_rows, a)
    _publish(compute, c, k * n)

    def formats(left: BufferInfo, right: BufferInfo, target: BufferInfo) -> None:
        if sets_formats:
            compute.source_formats(left, right)
            compute.packer_format(target)

    for _ in range(count):
        _publish(compute, a_rows, m * k)
        _publish(compute, b_rows, m * k)
        for _ in range(m // rows):
            for source, target in ((a_rows, a), (b_rows, b)):
                formats(source, source, target)
                compute.tilize_init(source, k)
                for _ in range(rows):
                    compute.wait(source, k)
                    compute.reserve(target, k)
                    compute.tilize(source, target, k)
                    compute.push(target, k)
                    compute.pop(source, k)
                compute.tilize_uninit(source, target)
            formats(a, b, both)
            compute.binary_init("add", a, b)
            for _ in range(rows * k):
                _added(compute, a, b, both)
            formats(both, c, products)
            compute.multiply_init(both, c, 1, width)
            _multiplied(compute, (both, c, products), (rows, n, k), (1, width))
            compute.pop(both, rows * k)
            formats(products, products, out)
            compute.untilize_init(products, n)
            for _ in range(rows):
                compute.wait(products, n)
                compute.reserve(out, n)
                compute.untilize(products, out, n)
                compute.push(out, n)
                compute.pop(products, n)
            compute.untilize_uninit(out)
        _drop(compute, out, m * n)
    return program


def _added(compute: Compute, left: BufferInfo, right: BufferInfo, out: BufferInfo) -> None:
    """A tile, with all its handshakes."""
    compute.wait(left, 1)
    compute.wait(right, 1)
    with compute.section():
        compute.binary("add", left, right)
    compute.pop(left, 1)
    compute.pop(right, 1)
    with compute.packed():
        compute.reserve(out, 1)
        compute.pack(out)
        compute.push(out, 1)


# -------------------------------------------------------------------------------------------------- sums of tiles


def accumulator(told: Told) -> float:
    """P7: the sum of tiles of float32, in L1 by the FPU or by the packer, or in DST."""
    tiles = told.number(r"(\d+) fp32 tiles")
    program = told.program(dst32=True)
    taken, total = program.buffer(tiles, F32), program.buffer(1, F32)
    compute = program.compute()
    compute.startup(taken, total)
    in_dst, by_packer = told.says("dest", "dst"), told.says("packer", "pairs", "two tiles")
    if in_dst or by_packer:
        compute.binary_init("add", taken, taken)
    for _ in range(told.repeats):
        _publish(compute, taken, tiles)
        if in_dst:
            compute.wait(taken, tiles)
            with compute.section():
                compute.binary("add", taken, taken, tiles // 2)
            with compute.packed():
                compute.reserve(total, 1)
                compute.pack(total)
                compute.push(total, 1)
            compute.pop(taken, tiles)
        elif by_packer:
            compute.wait(taken, tiles)
            compute.reserve(total, 1)
            for pair in range(tiles // 2):
                if pair == 1:
                    compute.accumulation()
                with compute.section():
                    compute.binary("add", taken, taken)
                with compute.packed():
                    compute.pack(total, accumulates=pair > 0)
            compute.accumulation()
            compute.push(total, 1)
            compute.pop(taken, tiles)
        else:
            _through_l1(compute, taken, total, tiles)
        _drop(compute, total, 1)
    return told.nanoseconds(program, program.run().cycles)


def _through_l1(compute: Compute, taken: BufferInfo, total: BufferInfo, tiles: int) -> None:
    compute.copy_init(taken)
    compute.wait(taken, 1)
    with compute.section():
        compute.copy(taken)
    compute.pop(taken, 1)
    with compute.packed():
        compute.reserve(total, 1)
        compute.pack(total)
        compute.push(total, 1)
    compute.binary_init("add", total, taken)
    for _ in range(tiles - 1):
        _added(compute, total, taken, total)


def reduction(told: Told) -> float:
    """P17: the mean of tiles' rows, columns or of all they hold; ns for each."""
    few, many = (_reductions(told, count) for count in (2, 6))
    return told.nanoseconds(many, (many.run().cycles - few.run().cycles) / 4)


def _reductions(told: Told, count: int) -> WrittenProgram:
    tiles, (fidelity,) = told.number(r"(\d+) tiles"), re.findall(r"LoFi|HiFi\d", told.params)[:1] or ["HiFi4"]
    dim = next((each for each in ("col", "scalar") if told.says(each)), "row")
    program = told.program(fidelity=fidelity, dst32="fp32 dest" in told.params)
    taken, scaler = program.buffer(tiles), program.buffer(1)
    total = program.buffer(1, F32 if "fp32 out" in told.params else BF16)
    compute = program.compute()
    compute.startup(taken, scaler, total)
    _publish(compute, scaler, 1)
    by_fpu = told.says("fpu")
    for _ in range(count):
        _publish(compute, taken, tiles)
        (_reduced if by_fpu else _finished)(compute, (taken, scaler, total), tiles, dim)
        compute.pop(taken, tiles)
        _drop(compute, total, 1)
    return program


def _reduced(compute: Compute, buffers: tuple[BufferInfo, BufferInfo, BufferInfo], tiles: int, dim: str) -> None:
    taken, scaler, total = buffers
    compute.reduce_init("sum", dim, taken, scaler)
    compute.wait(scaler, 1)
    compute.wait(taken, tiles)
    with compute.section():
        compute.reduce("sum", dim, taken, scaler, tiles)
    with compute.packed():
        compute.reserve(total, 1)
        compute.pack(total)
        compute.push(total, 1)
    compute.reduce_uninit()


def _finished(compute: Compute, buffers: tuple[BufferInfo, BufferInfo, BufferInfo], tiles: int, dim: str) -> None:
    """Tiles are added in pairs, what comes of that is reduced by the SFPU."""
    taken, _, total = buffers
    compute.startup(taken, taken, total)
    compute.wait(taken, tiles)
    with compute.section():
        if tiles % 2:
            compute.copy_init(taken)
            compute.copy(taken)
        else:
            compute.binary_init("add", taken, taken)
            compute.binary("add", taken, taken)
        compute.binary_init("add", taken, taken)
        compute.binary("add", taken, taken, (tiles - 1) // 2)
        compute.apply_init("add")
        compute.apply("add", 4 if dim == "scalar" else 2)
        compute.apply_init("mul")
        compute.apply("mul")
    with compute.packed():
        compute.reserve(total, 1)
        compute.pack(total)
        compute.push(total, 1)


# ------------------------------------------------------------------------------------------------------ functions


OLDER_FORMS = {("blackhole", "recip"): 1188.0}
"""Cycles of a tile of functions that P16 calls with `legacy_compat`, by MB4 of `microbench.csv`."""


def tile_scope(told: Told) -> float:
    """P16: a function on so many vectors of a tile, which are alike."""
    name = told.variant.split(",")[0]
    program = told.program()
    made = FUNCTIONS[name].call_in(NEWEST, "") if name in FUNCTIONS else None
    if made is None:
        raise NotToldError(name)
    price = program.chip.costs.price(made.key, Unit.SFPU, dst32=False, fidelity="HiFi4")
    cycles = OLDER_FORMS.get((told.chip, name), price.cycles)
    return told.nanoseconds(program, cycles * told.number(r"(\d+) vectors", 32) / 32)


def tilized(told: Told) -> float:
    """P15: rows of tiles are tilized, with handshakes of three kernels or without any."""
    height, width = told.number(r"tilize (\d+)x"), told.number(r"tilize \d+x(\d+)")
    program, alone = told.program(), told.says("one compute", "without")
    tiles = height * width
    taken, made = program.buffer(tiles), program.buffer(tiles)
    for core in range(told.cores):
        compute = program.compute(core)
        compute.startup(taken, made)
        compute.tilize_init(taken, width)
        for _ in range(told.repeats * height):
            if alone:
                compute.tilize(taken, made, width)
                continue
            compute.wait(taken, width)
            compute.reserve(made, width)
            compute.tilize(taken, made, width)
            compute.push(made, width)
            compute.pop(taken, width)
        compute.tilize_uninit(taken, made)
        if not alone:
            reader, writer = program.reader(core), program.writer(core)
            for _ in range(told.repeats):
                reader.reserve(taken, tiles)
                reader.push(taken, tiles)
                writer.wait(made, tiles)
                writer.pop(made, tiles)
    return told.nanoseconds(program, program.run().cycles)


EXPERIMENTS: dict[str, Callable[[Told], float]] = {
    "P1": output_subblock,
    "P5": block_size,
    "P7": accumulator,
    "P15": tilized,
    "P16": tile_scope,
    "P17": reduction,
}
