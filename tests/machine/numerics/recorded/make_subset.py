"""
Makes `cases.json` and `data.npz` of this folder from a full set of recordings of the chips.

    python tests/machine/numerics/recorded/make_subset.py SOURCE_DIR

SOURCE_DIR has a `manifest.json` and the `.npz` files that it names: for each case the raw contents of the buffers
before and after a kernel, and the calls of the kernel. The subset keeps every case of the groups below but fewer
datums, in the order of L1. Elementwise cases are cut into blocks of sixteen datums that share an exponent in the block
formats: the last tile (which has the special values) stays whole, and one tile's worth of blocks is taken from all
over the others. Of an exhaustive case only a digest of all its results is kept beside that. The cases whose datums
combine with others of their tile keep the tiles of their last iterations.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ttlang.machine.tiles import tilize

HERE = Path(__file__).parent
GROUPS = ("fpu", "copy", "pack_l1_acc", "sfpu", "sfpu2", "chain", "reuse")
WHOLE_TILES = {
    "mm": 1,
    "reduce": 2,
    "reduce_special": 2,
    "reduce_acc2": 2,
    "reduce_uninit_before_pack": 2,
    "bcast": 1,
    "transpose": 1,
}
"""Groups that combine the datums of a tile, and how many iterations are kept of each case."""
CHIPS = {"wh": "wormhole_b0", "bh": "blackhole"}
BLOCK = 16
TILE_BLOCKS = 64
TILE = 1024
_LOOP = re.compile(r"for\(uint32_t (\w)=0;\1<(\d+);\+\+\1\) ([^;]*;)")
_CALL = re.compile(r"(\w+)(?:<([^()]*)>)?\(([^()]*)\);")

Array = NDArray[Any]


@dataclass
class Store:
    """Arrays by their content: each is kept once, and named by its width and its place."""

    parts: dict[int, list[Array]] = field(default_factory=lambda: {2: [], 4: []})
    sizes: dict[int, int] = field(default_factory=lambda: {2: 0, 4: 0})
    known: dict[tuple[int, bytes], list[int]] = field(default_factory=dict)

    def add(self, array: Array) -> list[int]:
        """[bytes a datum, first datum, datums]"""
        width = array.dtype.itemsize
        key = (width, hashlib.sha256(array.tobytes()).digest())
        if key not in self.known:
            self.known[key] = [width, self.sizes[width], array.size]
            self.parts[width].append(array.reshape(-1))
            self.sizes[width] += array.size
        return self.known[key]

    def arrays(self) -> dict[str, Array]:
        words = np.concatenate(self.parts[4])
        # The two halves of float32 patterns compress better apart.
        high, low = (words >> 16).astype(np.uint16), words.astype(np.uint16)
        return {"halves": np.concatenate(self.parts[2]), "high": high, "low": low}


def parse_calls(text: str) -> list[list[Any]]:
    """
    C++ statements -> [function, template, arguments] each, loops unrolled; a buffer is its letter, a pattern a number.
    """
    text = _LOOP.sub(_unroll, text)
    return [
        [name, template, [_argument(x) for x in args.split(",") if x]] for name, template, args in _CALL.findall(text)
    ]


def _unroll(loop: re.Match[str]) -> str:
    variable, trips, body = loop.groups()
    return "".join(re.sub(rf"\b{variable}\b", str(i), body) for i in range(int(trips)))


def _argument(text: str) -> Any:
    text = text.strip()
    if re.fullmatch(r"c\d|co", text):
        return text
    if text in ("true", "false"):
        return text == "true"
    if "*" in text:
        return prod(int(factor) for factor in text.split("*"))
    return float(text[:-1]) if "." in text else int(text.rstrip("u"), 0)


def blocks_of(array: Array, tiles: int) -> Array:
    """(n * tiles, 32, 32) -> (n * 64, tiles, 16): the same block of every tile of an iteration together."""
    order = tilize(array)[:, 0].reshape(-1, tiles, TILE_BLOCKS, BLOCK)
    return order.swapaxes(1, 2).reshape(-1, tiles, BLOCK)


def tiles_of(blocks: Array) -> Array:
    """(m * 64, tiles, 16) -> (m * tiles, 1024)"""
    tiles = blocks.shape[1]
    return blocks.reshape(-1, TILE_BLOCKS, tiles, BLOCK).swapaxes(1, 2).reshape(-1, TILE)


def choose(blocks: int, everything: bool) -> Array:
    """Which blocks to keep: the last tile, and as many from all over the others."""
    if everything or blocks <= 2 * TILE_BLOCKS:
        return np.arange(blocks)
    rest = blocks - TILE_BLOCKS
    spread = (np.arange(TILE_BLOCKS) * rest) // TILE_BLOCKS
    return np.concatenate([spread, np.arange(rest, blocks)])


def convert(source: Path, everything: bool = False) -> tuple[dict[str, Any], Store]:
    """The cases of the subset, or with `everything` of the whole set, and their arrays."""
    manifest = json.loads((source / "manifest.json").read_text())
    files: dict[str, Any] = {}
    store, cases = Store(), {}
    for name, old in manifest.items():
        # No kernel of ours sets the approximate mode.
        group = name.split(".")[0]
        if group not in (*GROUPS, *WHOLE_TILES) or old["math_approx_mode"]:
            continue
        if old["file"] not in files:
            files[old["file"]] = np.load(source / old["file"])
        arrays = files[old["file"]]
        if group in WHOLE_TILES:
            cases[name] = _convert_tiles(old, arrays, store, None if everything else WHOLE_TILES[group])
        else:
            cases[name] = _convert_case(name, old, arrays, store, everything)
    return cases, store


def _convert_case(name: str, old: dict[str, Any], arrays: Any, store: Store, everything: bool) -> dict[str, Any]:
    outputs = {chip: arrays[key] for chip, key in old["outputs"].items()}
    iterations = len(next(iter(outputs.values())))
    kept = choose(iterations * TILE_BLOCKS, everything)
    inputs = []
    for each in old["inputs"]:
        tiles = each["tiles_per_iteration"]
        blocks = blocks_of(arrays[each["array"]], tiles)
        assert len(blocks) == iterations * TILE_BLOCKS, name
        entry: dict[str, Any] = {"data": store.add(tiles_of(blocks[kept])), "format": each["cb_format"]}
        if tiles > 1:
            entry["tiles"] = tiles
        if each["unpack_to_dest_fp32"]:
            entry["unpack_to_dest"] = True
        inputs.append(entry)
    results = {CHIPS[c]: store.add(tiles_of(blocks_of(out, 1)[kept])) for c, out in outputs.items()}
    case = _describe(old, inputs, results)
    if old["bfp8_pack_precise"]:
        case["precise"] = True
    exhaustive = _exhaustive_inputs(name)
    if exhaustive:
        recorded = [arrays[each["array"]].reshape(-1) for each in old["inputs"]]
        assert all((a == b).all() for a, b in zip(recorded, exhaustive, strict=True)), name
        case["digests"] = {CHIPS[c]: digest(out) for c, out in outputs.items()}
    return case


def _describe(old: dict[str, Any], inputs: list[dict[str, Any]], outputs: dict[str, list[int]]) -> dict[str, Any]:
    return {
        "inputs": inputs,
        "calls": parse_calls(old["init_before_loop"] + old["dst_section"]),
        "pack": parse_calls(old["pack"]),
        "format": old["output_format"],
        "dst32": old["fp32_dest_acc_en"],
        "fidelity": old["math_fidelity"],
        "outputs": outputs,
    }


def _convert_tiles(old: dict[str, Any], arrays: Any, store: Store, kept: int | None) -> dict[str, Any]:
    """A case with the tiles of its last `kept` iterations, or of all. A buffer that is never popped has one set."""

    def last(array: Array, tiles: int) -> list[int]:
        return store.add(tilize(array)[-kept * tiles if kept else 0 :, 0])

    inputs = []
    for each in old["inputs"]:
        tiles = each["tiles_per_iteration"]
        entry: dict[str, Any] = {"data": last(arrays[each["array"]], tiles), "format": each["cb_format"]}
        if tiles > 1:
            entry["tiles"] = tiles
        if each["unpack_to_dest_fp32"]:
            entry["unpack_to_dest"] = True
        inputs.append(entry)
    packed = len(parse_calls(old["pack"]))
    return _describe(old, inputs, {CHIPS[c]: last(arrays[key], packed) for c, key in old["outputs"].items()})


def _exhaustive_inputs(name: str) -> list[Array]:
    if name.split(".")[1].endswith("_all"):
        return [every_bfloat16()]
    return every_significand_pair() if name.startswith("fpu.mulman") else []


def every_bfloat16() -> Array:
    return np.arange(1 << 16, dtype=np.uint16)


def every_significand_pair() -> list[Array]:
    """Two arrays of bfloat16 numbers in 1 .. 2, as patterns."""
    pairs = np.arange(1 << 14, dtype=np.uint16)
    return [np.uint16(0x3F80) + (pairs >> 7), np.uint16(0x3F80) + (pairs & np.uint16(0x7F))]


def digest(results: Array) -> str:
    """Of patterns, in the order of the inputs above."""
    return hashlib.sha256(results.tobytes()).hexdigest()


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    cases, store = convert(Path(sys.argv[1]))
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(case, separators=(',', ':'))}" for name, case in cases.items())
    (HERE / "cases.json").write_text("{\n" + lines + "\n}\n")
    np.savez_compressed(HERE / "data.npz", **store.arrays())


if __name__ == "__main__":
    main()
