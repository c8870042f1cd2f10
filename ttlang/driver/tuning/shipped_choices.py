"""
Tuned sizes in a file, which a repository or a wheel has beside its kernels (`ttlang tune --export`). A file has the
best configuration of each problem, and what it was found to take, for readers: a prediction holds for the version that
made it, a choice for all, since it is compiled, and so checked, when it is used.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from ttlang.driver.tuning import json_forms as forms
from ttlang.driver.tuning.kept_files import read_kept, write_kept
from ttlang.driver.tuning.records import Found, Problem, Values
from ttlang.driver.tuning.versions import cost_version

SUFFIX = ".tuned.json"


class Shipped(NamedTuple):
    """The choice for a problem, and what led to it."""

    problem: Problem
    """As it was when it was tuned."""
    values: Values
    found: Found
    costs: str
    """The `cost_version` of what was found."""


def file_beside(source: str) -> Path:
    """The file that ships the choices for kernels of a source file: `matmul.tuned.json` for `matmul.py`."""
    path = Path(source)
    return path.with_name(path.stem + SUFFIX)


def export(file: Path, winners: Iterable[tuple[Problem, Values, Found]]) -> None:
    """
    Writes the best configurations of problems to a file. What it has for other problems stays, so that it can be
    made for several chips, or versions of Python, one after the other. Raises a TTL0223 where it can't be written.
    """
    new = {problem.lasting_key: Shipped(problem, values, found, cost_version()) for problem, values, found in winners}
    kept = {**(read_kept(file, _read) or {}), **new}
    # By name, so that the file changes where something has changed.
    ordered = sorted(kept.items(), key=lambda each: (each[1].problem.kernel, each[1].problem.arguments, each[0]))
    write_kept(file, {"choices": [_to_json(shipped) for _, shipped in ordered]})


def read_shipped(file: Path) -> dict[str, Shipped]:
    """
    The choices of a file by `lasting_key`; none, if there is no such file. A TTL0224 warns of a damaged one.
    """
    try:
        status = file.stat()
    except OSError:
        return {}
    return _known(file, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=64)
def _known(file: Path, changed: int, size: int) -> dict[str, Shipped]:
    """The same file in the same state is read once."""
    return read_kept(file, _read) or {}


def _read(data: Any) -> dict[str, Shipped]:
    shipped = [_from_json(each) for each in data["choices"]]
    return {each.problem.lasting_key: each for each in shipped}


def _to_json(shipped: Shipped) -> forms.Json:
    values = {"values": forms.values_to_json(shipped.values)}
    found = {"found": forms.found_to_json(shipped.found), "costs": shipped.costs}
    return {**forms.problem_to_json(shipped.problem), **values, **found}


def _from_json(data: Any) -> Shipped:
    values, found = forms.values_from_json(data["values"]), forms.found_from_json(data["found"])
    return Shipped(forms.problem_from_json(data), values, found, str(data["costs"]))
