"""What is chosen for a random problem, beside brute force, and beside numpy."""

from __future__ import annotations

import runpy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import numpy as np
from random_problems import Operand, Problem

from ttlang import ttnn
from ttlang.diagnostics import DiagnosticError

NO_ROOM = "TTL0711", "TTL0701"
"""What is said where nothing compiles: several reasons, or the one that there is."""


@dataclass(frozen=True)
class Legal:
    """A configuration that compiles."""

    values: dict[str, Any]
    compiled: Any


@contextmanager
def nothing_kept() -> Iterator[None]:
    """No choice of before is known."""
    with TemporaryDirectory() as folder, patch("ttlang.driver.tuning.store.folder_of_user", lambda: Path(folder)):
        yield


def kernel_of(problem: Problem, folder: Path) -> Any:
    """Its kernel, from a file, so that it has a source."""
    path = folder / "kernel.py"
    path.write_text(problem.text)
    return runpy.run_path(str(path))["kernel"]


def tensors_of(problem: Problem, *, seed: int | None = None) -> list[Any]:
    """
    Those of the call; with a seed, of random numbers. A further one, where there is one beside, comes last: it is there
    as long as somebody has it.
    """
    device = ttnn.open_device(device_id=0)
    made = [_tensor(operand, device, seed) for operand in problem.operands]
    return [*made, *_beside(problem, device)]


def _tensor(operand: Operand, device: Any, seed: int | None) -> Any:
    shape, dtype = (32 * operand.height, 32 * operand.width), getattr(ttnn, operand.dtype)
    if seed is None:
        return ttnn.zeros(shape, dtype=dtype, layout=ttnn.TILE_LAYOUT, device=device)
    values = np.random.default_rng(seed + 7 * operand.height + operand.width).uniform(-1, 1, shape).astype(np.float32)
    return ttnn.from_numpy(values, dtype=dtype, layout=ttnn.TILE_LAYOUT, device=device)


def _beside(problem: Problem, device: Any) -> list[Any]:
    if not problem.beside:
        return []
    tiles = problem.beside // 2048 * 64
    memory = ttnn.L1_MEMORY_CONFIG
    return [
        ttnn.zeros((32 * tiles, 32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device, memory_config=memory)
    ]


def chosen_beside_brute_force(problem: Problem, folder: Path) -> str | None:
    """What is wrong with what a plain call chooses, if anything is."""
    kernel = kernel_of(problem, folder)
    tensors = tensors_of(problem)
    call = tensors[: len(problem.operands)]
    legal = [found for values in problem.configurations() if (found := _legal(kernel, call, values)) is not None]
    try:
        sizes = kernel.compile(*call).chosen
    except DiagnosticError as refused:
        code = refused.diagnostics[0].code
        return None if not legal and code in NO_ROOM else f"{code}, and {len(legal)} configurations compile"
    # A kernel that leaves nothing to be chosen has one configuration, without a value.
    chosen = dict(sizes.values) if sizes else {}
    if all(found.values != chosen for found in legal):
        return f"{chosen} was chosen, which does not compile"
    groups: dict[object, list[Legal]] = {}
    for found in legal:
        groups.setdefault(_others(problem, found.values), []).append(found)
    best = {others: max(_size(problem, found.values) for found in group) for others, group in groups.items()}
    if _size(problem, chosen) != (most := best[_others(problem, chosen)]):
        return f"{chosen} was chosen, and its sizes could be larger: {most}"
    equal = [
        found
        for found in legal
        if _others(problem, found.values) == _others(problem, chosen) and _size(problem, found.values) == most
    ]
    fastest = min(equal, key=lambda found: found.compiled.least_cycles())
    return None if fastest.values == chosen else f"{chosen} was chosen, and {fastest.values} takes less"


def _legal(kernel: Any, call: Sequence[Any], values: dict[str, Any]) -> Legal | None:
    try:
        compiled = kernel.compile(*call, **values)
    except DiagnosticError:
        return None
    return Legal(values, compiled)


def _size(problem: Problem, values: dict[str, Any]) -> int:
    return prod(values[name] for name in problem.largest)


def _others(problem: Problem, values: dict[str, Any]) -> tuple[object, ...]:
    return tuple(value for name, value in values.items() if name not in problem.largest)


def run_beside_numpy(problem: Problem, folder: Path, seed: int) -> str | None:
    """What is wrong with a run, if anything is. Where nothing has room, that is none."""
    kernel = kernel_of(problem, folder)
    tensors = tensors_of(problem, seed=seed)
    call = tensors[: len(problem.operands)]
    inputs = [ttnn.to_numpy(tensor).astype(np.float64) for tensor in call[:-1]]
    try:
        kernel(*call)
    except DiagnosticError as refused:
        code = refused.diagnostics[0].code
        legal = any(_legal(kernel, call, values) is not None for values in problem.configurations())
        return f"{refused}" if legal or code not in NO_ROOM else None
    expected = problem.compute(*inputs)
    error, allowed = np.abs(ttnn.to_numpy(call[-1]).astype(np.float64) - expected).max(), problem.tolerance(*inputs)
    return None if error <= allowed else f"it is off by {error:.3g}, which may be {allowed:.3g}"
