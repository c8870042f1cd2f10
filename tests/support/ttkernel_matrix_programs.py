"""Programs of one section over blocks of tiles, and their tensors as matrices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tests.support.ttkernel_programs import (
    Buffer,
    Tensor,
    pops,
    program,
    push,
    read_block,
    reserve,
    section,
    startup,
    waits,
    write_block,
    zeros,
)
from ttlang.dialects.ttkernel import ProgramOp

DST32 = "fp32_dest_acc_en = true"
X_TILES, Y_TILES, O_TILES = 8, 8, 8


def small(rows: int, columns: int, seed: int, low: int = -1, high: int = 2) -> np.ndarray:
    """A matrix of whole numbers from low to below high."""
    return np.random.default_rng(seed).integers(low, high, (rows, columns)).astype(np.float32)


def to_tiles(matrix: np.ndarray) -> np.ndarray:
    """(32 r, 32 c) -> (r * c, 1024): tiles by rows, in each its four faces."""
    r, c = (size // 32 for size in matrix.shape)
    return matrix.reshape(r, 2, 16, c, 2, 16).transpose(0, 3, 1, 4, 2, 5).reshape(r * c, 1024)


def to_matrix(tiles: np.ndarray, columns: int = 1) -> np.ndarray:
    """The other way, `columns` tiles wide."""
    faces = tiles.reshape(-1, columns, 2, 2, 16, 16)
    return faces.transpose(0, 2, 4, 1, 3, 5).reshape(-1, 32 * columns)


def block_tensor(matrix: np.ndarray, tiles: int = X_TILES, format: str = "bf16") -> Tensor:
    """The tiles of a matrix, and zeros to make up the number."""
    made = to_tiles(matrix)
    return Tensor(np.concatenate([made, np.zeros((tiles - len(made), 1024), np.float32)]), format)


def block_program(
    math: str,
    pack: str,
    *,
    formats: Sequence[str] = ("bf16", "bf16", "bf16"),
    start: tuple[str, str] = ("x_cb", "y_cb"),
    grid: tuple[int, int] = (1, 1),
    flags: str = "",
    sections: str | None = None,
    **parts,
) -> ProgramOp:
    """
    Each core does `math` in one section on 8 tiles of x and 8 of y, and packs to 8 tiles of o. `start`: the buffers
    whose formats SrcA and SrcB have from the start. `sections` is what stands in place of the one section.
    """
    cores = grid[0] * grid[1]
    x, y, o = formats
    first = f"%first = arith.muli %core, %c{X_TILES} : i32\n"
    return program(
        buffers=[Buffer("x_cb", X_TILES, x, flags), Buffer("y_cb", Y_TILES, y), Buffer("o_cb", O_TILES, o)],
        tensors=[("x", X_TILES * cores, x), ("y", Y_TILES * cores, y), ("o", O_TILES * cores, o)],
        grid=grid,
        core_args={"core": range(cores)},
        compute="\n".join(
            [
                startup(*start, "o_cb"),
                waits("x_cb", "y_cb", pages=X_TILES),
                reserve("o_cb", O_TILES),
                section(math, pack) if sections is None else sections,
                push("o_cb", O_TILES),
                pops("x_cb", "y_cb", pages=X_TILES),
            ]
        ),
        read=first + read_block("x_cb", "x", X_TILES, "%first") + read_block("y_cb", "y", Y_TILES, "%first"),
        write=first + write_block("o_cb", "o", O_TILES, "%first"),
        **parts,
    )


def output(cores: int = 1, format: str = "bf16") -> Tensor:
    return zeros(O_TILES * cores, format)


def packed(slots: int) -> str:
    """Packs so many slots, and fills the rest of the block with the last one."""
    slot = [min(i, slots - 1) for i in range(O_TILES)]
    return "\n".join(f"ttkernel.pack_tile(%c{s}, @o_cb)" for s in slot)
