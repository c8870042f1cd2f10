"""
The single-core microbenchmarks (`microbench.csv`). Each function takes a row, builds the kernel that its experiment
describes from the row's parameters alone, and gives the row's value in its unit; None for what is not rebuilt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from measured_rows import Row, number
from written_programs import Compute, WrittenProgram, per_turn

from ttlang.machine.program_info import BufferInfo
from ttlang.tables.dtypes import BY_NAME, DType

FEW, MANY = 8, 24
"""Turns of a loop between which a further one is timed."""


def value(row: Row) -> float | None:
    """What the clock says of a row, in its unit."""
    experiment = row["experiment"]
    found = _EXPERIMENTS.get(experiment) or _EXPERIMENTS.get(".".join(experiment.split(".")[:2]))
    return found(row) if found else None


def _program(row: Row, fidelity: str = "HiFi4") -> WrittenProgram:
    return WrittenProgram(
        row["arch"],
        fidelity=row["fidelity"] or fidelity,
        dst32=row["dst_bits"] == "32",
        full_sync=row["sync"] == "full",
    )


def _dtype(row: Row) -> DType:
    return BY_NAME[{"bfp8": "bfp_bf8", "fp32": "f32"}.get(row["dtype"], row["dtype"] or "bf16")]


def _microseconds(program_chip: WrittenProgram, cycles: float) -> float:
    return cycles / program_chip.chip.timing().megahertz


def _sections(tiles: int, section: int) -> Iterator[int]:
    for first in range(0, tiles, section):
        yield min(section, tiles - first)


def _subblock(row: Row, rows: int, columns: int, most: int) -> tuple[int, int]:
    """The row's; by default the largest that divides the block and fits DST, of these the widest."""
    if "x" in (given := row["section_or_subblock"]):
        height, width = given.split("x")
        return int(height), int(width)
    fitting = [
        (h * w, w, h)
        for h in range(1, rows + 1)
        for w in range(1, columns + 1)
        if rows % h == 0 == columns % w and h * w <= most
    ]
    _, width, height = max(fitting)
    return height, width


# ------------------------------------------------------------------------------------------------ copies and packs


def _round_trip(row: Row) -> float:
    """MB1, MB5.A: copies and packs of so many tiles in sections."""
    tiles, kind = number(row, "tiles"), row["experiment"].rpartition(".")[2]
    handshakes = kind not in ("twocb", "hoist")
    operation = {"uexp": "exp"}.get(kind)

    def kernel(turns: int) -> WrittenProgram:
        program = _program(row)
        section = min(number(row, "section_or_subblock") or program.dst_tiles, program.dst_tiles)
        buffer = program.buffer(2 * tiles, _dtype(row))
        source = buffer if kind in ("MB1", "self", "hoist") else program.buffer(2 * tiles, _dtype(row))
        compute = program.compute()
        compute.startup(source, buffer)
        compute.reserve(source, tiles)
        compute.push(source, tiles)
        if not handshakes:
            compute.wait(source, tiles)
            compute.reserve(buffer, tiles)
        for _ in range(turns):
            if handshakes:
                compute.wait(source, tiles)
                compute.reserve(buffer, tiles)
            for part in _sections(tiles, section):
                with compute.section():
                    compute.copy(source, part)
                    if operation:
                        compute.apply(operation, part)
                with compute.packed():
                    compute.pack(buffer, part)
            if handshakes:
                compute.pop(source, tiles)
                compute.push(buffer, tiles)
                if source is not buffer:
                    compute.reserve(source, tiles)
                    compute.push(source, tiles)
                    compute.wait(buffer, tiles)
                    compute.pop(buffer, tiles)
        return program

    return _microseconds(_program(row), per_turn(kernel, FEW, MANY))


def _accumulate(row: Row) -> float | None:
    """MB2: blocks from DRAM, added up in DST or by the packer."""
    tiles, turns = number(row, "tiles"), number(row, "iters")
    program = _program(row)
    if tiles > program.dst_tiles and "dst" in row["variant"]:
        return None
    from_dram = row["operand_source"] == "DRAM"
    gelu = "gelu" in row["kernel"] + row["variant"] + row["experiment"]
    blocks = max(1, number(row, "block_count"))
    seed, delta, out = (program.buffer(count * tiles, _dtype(row)) for count in (1, blocks, blocks))
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
            compute.reuse_init("add", delta)
            for turn in range(turns):
                if from_dram or turn == 0:
                    compute.wait(delta, tiles)
                if gelu:
                    compute.apply("gelu_fast", tiles)
                compute.reuse("add", delta, tiles)
                if from_dram:
                    compute.pop(delta, tiles)
        with compute.packed():
            compute.pack(out, tiles)
    else:
        _copied(compute, seed, out, tiles, program.dst_tiles)
        compute.pop(seed, tiles)
        compute.accumulation()
        for turn in range(turns):
            if from_dram or turn == 0:
                compute.wait(delta, tiles)
            _copied(compute, delta, out, tiles, program.dst_tiles, "gelu_fast" if gelu else "", accumulates=True)
            if from_dram:
                compute.pop(delta, tiles)
    compute.push(out, tiles)
    return _microseconds(program, program.compute_zone())


def _copied(
    compute: Compute,
    source: BufferInfo,
    target: BufferInfo,
    tiles: int,
    section: int,
    function: str = "",
    *,
    accumulates: bool = False,
) -> None:
    for part in _sections(tiles, section):
        with compute.section():
            compute.copy(source, part)
            if function:
                compute.apply(function, part)
        with compute.packed():
            compute.pack(target, part, accumulates=accumulates)


# ---------------------------------------------------------------------------------------------------------- products


def _product(row: Row) -> float | None:
    """MB3, MB5.C: m x n tiles over K, read from DRAM one k after the other."""
    m, n, kt = number(row, "block_m_tiles") or 8, number(row, "block_n_tiles") or 8, number(row, "k_tiles")
    program = _program(row)
    height, width = _subblock(row, m, n, program.dst_tiles)
    gelu = "gelu" in row["kernel"] + row["variant"] + row["experiment"]
    left, right, out = (program.buffer(pages, _dtype(row)) for pages in (kt * m, kt * n, 2 * m * n))
    a, b = program.tensor(kt * m), program.tensor(kt * n)
    reader = program.reader()
    for k in range(kt):
        for buffer, tensor, tiles in ((left, a, m), (right, b, n)):
            reader.reserve(buffer, tiles)
            for tile in range(tiles):
                reader.read_page(tensor, k * tiles + tile)
            reader.read_barrier()
            reader.push(buffer, tiles)
    compute = program.compute()
    compute.startup(left, right, out)
    compute.multiply_init(left, right, height, width)
    subblocks = m // height * (n // width)
    tiles = height * width
    compute.reserve(out, m * n)
    if "dst" in row["variant"]:
        compute.wait(left, kt * m)
        compute.wait(right, kt * n)
        for _ in range(subblocks):
            with compute.section():
                compute.multiply(left, right, height, width, kt)
                if gelu:
                    compute.apply("gelu_fast", tiles)
            with compute.packed():
                compute.pack(out, tiles)
        compute.pop(left, kt * m)
        compute.pop(right, kt * n)
    else:
        for k in range(kt):
            compute.wait(left, m)
            compute.wait(right, n)
            if k == 1:
                compute.accumulation()
            for _ in range(subblocks):
                with compute.section():
                    compute.multiply(left, right, height, width)
                with compute.packed():
                    compute.pack(out, tiles, accumulates=k > 0)
            compute.pop(left, m)
            compute.pop(right, n)
        if gelu:
            compute.accumulation()
            _copied(compute, out, out, m * n, tiles, "gelu_fast")
    compute.push(out, m * n)
    return _microseconds(program, program.compute_zone())


def _ladder(row: Row) -> float | None:
    """LADDER: 8x8 tiles on a core, with better and better feeding."""
    rung, kt = row["kernel"], number(row, "k_tiles")
    m = n = 8
    ideal = 64 * m * n * kt
    if rung in ("mm1", "mm2"):
        height, width = _subblock(row, m, n, 8)
        step = (1, 1) if rung == "mm1" else (height, width)

        def kernel(turns: int) -> WrittenProgram:
            program = _program(row)
            left, right, out = (program.buffer(pages, _dtype(row)) for pages in (m * kt, n * kt, m * n))
            compute = program.compute()
            for _ in range(turns * (m // height) * (n // width)):
                with compute.section():
                    compute.multiply(left, right, *step, times=kt * height * width // (step[0] * step[1]))
                with compute.packed():
                    compute.pack(out, height * width)
            return program

        return 100 * ideal / per_turn(kernel, 1, 3)
    return 100 * ideal / _streamed(row, rung, kt)


def _streamed(row: Row, rung: str, kt: int) -> float:
    """The cycles of a product whose K comes in blocks of 8."""
    m = n = deep = 8
    program = _program(row)
    height, width = _subblock(row, m, n, 8)
    left, right = (program.buffer(2 * tiles * deep, _dtype(row)) for tiles in (m, n))
    partials, out = program.buffer(m * n, _dtype(row)), program.buffer(m * n, _dtype(row))
    for thread, buffer in ((program.reader(), left), (program.writer(), right)):
        tensor = program.tensor(m * kt)
        for block in range(kt // deep):
            thread.reserve(buffer, m * deep)
            for tile in range(m * deep):
                thread.read_page(tensor, block * m * deep + tile)
            thread.read_barrier()
            thread.push(buffer, m * deep)
    compute = program.compute()
    compute.startup(left, right, out)
    blocks, tiles = kt // deep, height * width
    for block in range(blocks):
        last = block == blocks - 1
        compute.wait(left, m * deep)
        compute.wait(right, n * deep)
        reloads = block > 0 and (last or rung == "mm3")
        for _ in range(m // height * (n // width)):
            with compute.section():
                if reloads:
                    compute.copy_init(partials)
                    compute.copy(partials, tiles)
                    compute.multiply_init(left, right, height, width)
                compute.multiply(left, right, height, width, deep)
            with compute.packed():
                target = out if last else partials
                if rung in ("mm5", "ttnn"):
                    compute.pack_block(target, tiles)
                else:
                    compute.pack(target, tiles, accumulates=rung != "mm3" and not last and block > 0)
        compute.pop(left, m * deep)
        compute.pop(right, n * deep)
    return program.compute_zone()


def _scaled_product(row: Row) -> float:
    """MB5.D: a product onto a scaled accumulator."""
    m, n, kt = number(row, "block_m_tiles") or 8, number(row, "block_n_tiles") or 8, max(1, number(row, "k_tiles"))

    def kernel(turns: int) -> WrittenProgram:
        program = _program(row)
        height, width = _subblock(row, m, n, program.dst_tiles)
        left, right, out = (program.buffer(pages, _dtype(row)) for pages in (m * kt, n * kt, m * n))
        compute = program.compute()
        for _ in range(turns * (m // height) * (n // width)):
            with compute.section():
                compute.binary_init("mul", left, out)
                compute.binary("mul", left, out, height * width)
                compute.multiply_init(left, right, height, width)
                compute.multiply(left, right, height, width, kt)
            with compute.packed():
                compute.pack(out, height * width)
        return program

    return _microseconds(_program(row), per_turn(kernel, 1, 3))


# -------------------------------------------------------------------------------------------------------- operations


def _operation(row: Row) -> float | None:
    """MB4: one operation on 4 tiles."""
    name, tiles = row["kernel"].removeprefix("MB4 "), number(row, "tiles")
    cycles = _operation_cycles(row, name, tiles)
    if "over copy" in row["unit"]:
        cycles -= _operation_cycles(row, "copy", tiles)
    return _microseconds(_program(row), cycles / tiles)


def _operation_cycles(row: Row, name: str, tiles: int) -> float:
    def kernel(turns: int) -> WrittenProgram:
        program = _program(row)
        source, other, out = (program.buffer(tiles, _dtype(row)) for _ in range(3))
        compute = program.compute()
        for _ in range(turns):
            with compute.section():
                if name in ("add", "sub", "mul"):
                    compute.binary(name, source, other, tiles)
                elif name.startswith("reduce"):
                    compute.reduce(name.removeprefix("reduce_") or "sum", "row", source, other, tiles)
                elif name.startswith("matmul"):
                    compute.multiply(source, other, 1, 1, tiles)
                else:
                    compute.copy(source, tiles)
                    if name != "copy":
                        compute.apply(name, tiles)
            with compute.packed():
                compute.pack(out, tiles)
        return program

    return per_turn(kernel, FEW, MANY)


def _block_operation(row: Row) -> float:
    """MB5.B: an FPU operation on each tile of a block."""
    name = row["kernel"].split()[-1]
    tiles = number(row, "tiles") or number(row, "block_m_tiles") * number(row, "block_n_tiles")

    def kernel(turns: int) -> WrittenProgram:
        program = _program(row)
        height, width = _subblock(row, number(row, "block_m_tiles"), number(row, "block_n_tiles"), program.dst_tiles)
        source, out = program.buffer(tiles, _dtype(row)), program.buffer(tiles, _dtype(row))
        compute = program.compute()
        for _ in range(turns):
            for part in _sections(tiles, height * width):
                with compute.section():
                    compute.binary(name if name in ("add", "sub", "mul") else "add", source, source, part)
                with compute.packed():
                    compute.pack(out, part)
        return program

    return _microseconds(_program(row), per_turn(kernel, 2, 6))


_EXPERIMENTS: dict[str, Callable[[Row], float | None]] = {
    "MB1": _round_trip,
    "MB2": _accumulate,
    "MB3": _product,
    "LADDER": _ladder,
    "MB4": _operation,
    "MB5.A": _round_trip,
    "MB5.B": _block_operation,
    "MB5.C": _product,
    "MB5.D": _scaled_product,
}
