"""
The single-core microbenchmarks (`microbench.csv`). Each function takes a row, builds the kernel that its experiment
describes from the row's parameters alone, and gives the row's value in its unit; None for what is not rebuilt.
"""

from __future__ import annotations

from collections.abc import Callable

import operation_benchmarks
import product_benchmarks
from measured_rows import Row, number
from microbenchmark_rows import FEW, GELU, MANY, copied, dtype_of, has_gelu, microseconds, program_of
from written_programs import WrittenProgram, per_turn


def value(row: Row) -> float | None:
    """What the clock says of a row, in its unit."""
    experiment = row["experiment"]
    found = _EXPERIMENTS.get(experiment) or _EXPERIMENTS.get(".".join(experiment.split(".")[:2]))
    return found(row) if found else None


def _round_trip(row: Row) -> float:
    """MB1, MB5.A: copies and packs of so many tiles in sections, between two buffers or in one."""
    tiles, kind = number(row, "tiles"), row["experiment"].rpartition(".")[2]
    handshakes = kind in ("MB1", "self")
    functions = ("exp",) if kind == "uexp" else ()

    def kernel(turns: int) -> WrittenProgram:
        program = program_of(row)
        section = min(number(row, "section_or_subblock") or program.dst_tiles, program.dst_tiles)
        buffer = program.buffer(2 * tiles, dtype_of(row))
        source = buffer if handshakes or kind == "hoist" else program.buffer(tiles, dtype_of(row))
        compute = program.compute()
        compute.reserve(source, tiles)
        compute.push(source, tiles)
        if not handshakes:
            compute.wait(source, tiles)
            compute.reserve(buffer, tiles)
        for _ in range(turns):
            if handshakes:
                compute.wait(source, tiles)
                compute.reserve(buffer, tiles)
            copied(compute, source, buffer, tiles, section, functions)
            if handshakes:
                compute.pop(source, tiles)
                compute.push(buffer, tiles)
        return program

    return microseconds(row, per_turn(kernel, FEW, MANY))


def _accumulate(row: Row) -> float | None:
    """MB2: blocks from DRAM, added up in DST or by the packer."""
    tiles, turns = number(row, "tiles"), number(row, "iters")
    program = program_of(row)
    gelu = has_gelu(row)
    if "dst" in row["variant"] and tiles * (1 + gelu) > program.dst_tiles:
        return None
    from_dram = row["operand_source"] == "DRAM"
    blocks = max(1, number(row, "block_count"))
    seed, delta, out = (program.buffer(count * tiles, dtype_of(row)) for count in (1, blocks, blocks))
    tensor = program.tensor((turns + 1) * tiles)
    reader, page = program.reader(), 0
    for buffer in (seed, *[delta] * (turns if from_dram else 1)):
        reader.reserve(buffer, tiles)
        for _ in range(tiles):
            reader.read_page(tensor, page)
            page += 1
        reader.read_barrier()
        reader.push(buffer, tiles)
    compute = program.compute()
    compute.startup(seed, delta, out)
    compute.wait(seed, tiles)
    compute.copy_init(seed)
    compute.reserve(out, tiles)
    if "dst" in row["variant"]:
        with compute.section():
            compute.copy(seed, tiles)
            compute.pop(seed, tiles)
            if not gelu:
                compute.reuse_init("add", delta)
            for turn in range(turns):
                if from_dram or turn == 0:
                    compute.wait(delta, tiles)
                if gelu:
                    compute.copy_init(delta)
                    compute.copy(delta, tiles)
                    for function in (GELU, "add"):
                        compute.apply_init(function)
                        compute.apply(function, tiles)
                else:
                    compute.reuse("add", delta, tiles)
                if from_dram:
                    compute.pop(delta, tiles)
        with compute.packed():
            compute.pack(out, tiles)
    else:
        copied(compute, seed, out, tiles, program.dst_tiles)
        compute.pop(seed, tiles)
        compute.copy_init(delta)
        if gelu:
            compute.apply_init(GELU)
        compute.accumulation()
        for turn in range(turns):
            if from_dram or turn == 0:
                compute.wait(delta, tiles)
            copied(compute, delta, out, tiles, program.dst_tiles, (GELU,) if gelu else (), accumulates=True)
            if from_dram:
                compute.pop(delta, tiles)
    compute.push(out, tiles)
    return microseconds(row, program.compute_zone())


_EXPERIMENTS: dict[str, Callable[[Row], float | None]] = {
    "MB1": _round_trip,
    "MB2": _accumulate,
    "MB3": product_benchmarks.product,
    "LADDER": product_benchmarks.ladder,
    "MB4": operation_benchmarks.operation,
    "MB5.A": _round_trip,
    "MB5.B": operation_benchmarks.block_operation,
    "MB5.C": product_benchmarks.product,
    "MB5.D": product_benchmarks.scaled_product,
    "MB5.E": operation_benchmarks.chain,
}
