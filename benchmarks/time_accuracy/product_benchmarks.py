"""The microbenchmarks of products: MB3, MB5.C, MB5.D and the ladder, as `microbenchmarks` has them."""

from __future__ import annotations

from measured_rows import Row, number
from microbenchmark_rows import GELU, copied, dtype_of, has_gelu, microseconds, program_of, subblock


def product(row: Row) -> float | None:
    """MB3, MB5.C: m x n tiles over K, read from DRAM one k after the other."""
    m, n, kt = number(row, "block_m_tiles") or 8, number(row, "block_n_tiles") or 8, number(row, "k_tiles")
    program = program_of(row)
    height, width = subblock(row, m, n, program.dst_tiles)
    gelu = has_gelu(row)
    left, right, out = (program.buffer(pages, dtype_of(row)) for pages in (kt * m, kt * n, 2 * m * n))
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
                    compute.apply(GELU, tiles)
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
            copied(compute, out, out, m * n, tiles, (GELU,))
    compute.push(out, m * n)
    return microseconds(row, program.compute_zone())


def ladder(row: Row) -> float | None:
    """LADDER: 8x8 tiles on a core, with better and better feeding."""
    rung, kt = row["kernel"], number(row, "k_tiles")
    m = n = 8
    ideal = 64 * m * n * kt
    if rung in ("mm1", "mm2"):
        height, width = subblock(row, m, n, 8)
        step = (1, 1) if rung == "mm1" else (height, width)

        program = program_of(row)
        left, right, out = (program.buffer(pages, dtype_of(row)) for pages in (m * kt, n * kt, m * n))
        compute = program.compute()
        for _ in range(m // height * (n // width)):
            with compute.section():
                compute.multiply(left, right, *step, times=kt * height * width // (step[0] * step[1]))
            with compute.packed():
                compute.pack(out, height * width)
        return 100 * ideal / program.compute_zone()
    return 100 * ideal / _streamed(row, rung, kt)


def _streamed(row: Row, rung: str, kt: int) -> float:
    """The cycles of a product whose K comes in blocks of 8."""
    m = n = deep = 8
    program = program_of(row)
    height, width = subblock(row, m, n, 8)
    left, right = (program.buffer(2 * tiles * deep, dtype_of(row)) for tiles in (m, n))
    partials, out = program.buffer(m * n, dtype_of(row)), program.buffer(m * n, dtype_of(row))
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


def scaled_product(row: Row) -> float:
    """MB5.D: a product onto a scaled accumulator, all of it once."""
    m, n, kt = number(row, "block_m_tiles") or 8, number(row, "block_n_tiles") or 8, max(1, number(row, "k_tiles"))
    program = program_of(row)
    height, width = subblock(row, m, n, program.dst_tiles)
    left, right, scale, addend, out = (
        program.buffer(pages, dtype_of(row)) for pages in (m * kt, n * kt, m * n, m * n, m * n)
    )
    compute = program.compute()
    for _ in range((m // height) * (n // width)):
        with compute.section():
            compute.binary_init("mul", scale, addend)
            compute.binary("mul", scale, addend, height * width)
            compute.multiply_init(left, right, height, width)
            compute.multiply(left, right, height, width, kt)
        with compute.packed():
            compute.pack(out, height * width)
    return microseconds(row, program.compute_zone())
