"""Imports run downwards only, between folders and between files, with no circle; and the light modules stay light."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.support.house import MODULES, ROOT, imported

BELOW: dict[str, set[str]] = {
    "tables": set(),
    "diagnostics": {"tables"},
    "settings": {"tables", "diagnostics"},
    "language": {"tables", "diagnostics"},
    "dialects": {"tables", "diagnostics"},
    "machine": {"tables", "diagnostics"},
    "analysis": {"tables", "diagnostics", "dialects"},
    "checks": {"tables", "diagnostics", "dialects", "analysis"},
    "frontend": {"tables", "diagnostics", "language", "dialects", "analysis", "checks"},
    "transforms": {"tables", "diagnostics", "dialects", "analysis", "checks"},
    # Backends, for `generic_op` alone, which runs kernels in C++; it imports them when it is called.
    "host": {"tables", "diagnostics", "settings", "machine", "backends"},
    "backends": {"tables", "diagnostics", "settings", "dialects", "analysis", "machine"},
    "driver": {
        *("tables", "diagnostics", "settings", "language", "dialects", "analysis", "checks", "frontend"),
        "transforms",
        *("backends", "host", "testing"),
    },
    "ttl": {"tables", "language", "driver"},
    "profiler": {
        *("tables", "diagnostics", "settings", "language", "dialects", "analysis", "machine"),
        *("backends", "host", "driver"),
    },
    "engine": {
        *("tables", "diagnostics", "settings", "language", "dialects", "analysis", "machine"),
        *("backends", "host", "driver", "profiler"),
    },
    # No compiler, and nothing that runs what a user has written: it asks the engine.
    "editor": {"tables", "diagnostics", "settings", "language", "driver", "ttl", "profiler", "engine"},
    "tools": {
        *("tables", "diagnostics", "settings", "language", "dialects", "analysis", "machine"),
        *("backends", "host", "driver", "profiler", "engine", "editor"),
    },
    "testing": {"tables", "host"},
    "__main__": {"tools"},
    "ttlang": {"diagnostics", "ttl", "host"},
}
"""What each layer may import, itself aside. The order is that of docs/architecture.md."""


def layer_of(module: str) -> str:
    """`ttlang.transforms.ttl_validate` is of the layer `transforms`."""
    parts = module.split(".")
    if parts[0] != "ttlang":
        return parts[0]
    if len(parts) == 1:
        return "ttlang"
    return parts[1]


def imports_from(path: Path, package: str) -> bool:
    """Whether a file imports a package that is not ours, or a part of it."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    return any(name.split(".")[0] == package for name in names)


@pytest.mark.parametrize("layer", BELOW)
def test_imports_run_downwards(layer: str) -> None:
    inside = [module for module in MODULES if layer_of(module) == layer]
    assert inside
    for module in inside:
        for name in imported(MODULES[module]):
            other = layer_of(name)
            assert other == layer or other in BELOW[layer], f"{module} imports {name}"


def test_every_file_is_of_a_layer() -> None:
    assert {layer_of(module) for module in MODULES} == BELOW.keys()


FRONT_END = ("elaboration", "python", "blocks")
"""The front end's rooms, each of which imports those that follow."""


@pytest.mark.parametrize("room", FRONT_END)
def test_the_rooms_of_the_front_end(room: str) -> None:
    above = {f"ttlang.frontend.{each}" for each in FRONT_END[: FRONT_END.index(room)]}
    inside = [module for module in MODULES if module.startswith(f"ttlang.frontend.{room}.")]
    assert inside
    assert not {name for module in inside for name in imported(MODULES[module]) if name.rpartition(".")[0] in above}


def test_blocks_know_no_syntax_tree() -> None:
    """What a use of the language becomes can be built without one."""
    assert not [path for path in (ROOT / "ttlang/frontend/blocks").glob("*.py") if imports_from(path, "ast")]


def test_the_machine_knows_no_ir() -> None:
    assert not [path for path in (ROOT / "ttlang/machine").rglob("*.py") if imports_from(path, "xdsl")]


def test_the_layers_have_no_circle() -> None:
    TopologicalSorter(BELOW).prepare()  # or a CycleError that has the layers of one


def test_the_files_have_no_circle() -> None:
    TopologicalSorter({module: imported(path) - {module} for module, path in MODULES.items()}).prepare()


SAYS_NOTHING = {"common", "helpers", "machine", "messages", "misc", "program", "steps", "util", "utils"}


def test_names_of_files_say_what_is_in_them() -> None:
    assert not {module for module in MODULES if module.rpartition(".")[2] in SAYS_NOTHING} - {"ttlang.machine"}


FIRST_CALL = (
    *("decimal", "difflib", "fractions", "hashlib", "pathlib", "urllib.parse"),
    *(
        "ttlang.diagnostics.allow_comments",
        "ttlang.diagnostics.findings",
        "ttlang.driver.dependencies",
        "ttlang.driver.jit",
        "ttlang.tables.chips",
    ),
)
"""What the first call of a kernel, or the first mistake, loads: `import ttl` is paid by every script."""


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("ttl", ("numpy", "torch", "xdsl", *FIRST_CALL)),
        ("ttlang", ("numpy", "torch", "xdsl")),
        ("ttlang.driver.compiler", ("numpy", "torch")),
        ("ttlang.backends.cpp", ("numpy", "torch")),
        ("ttlang.host", ("torch", "xdsl", "difflib", "ttlang.diagnostics.shadowing_files")),
        ("ttlang.backends.simulator", ("torch",)),
    ],
)
def test_light_modules_load_nothing_heavy(module: str, absent: tuple[str, ...]) -> None:
    script = f"import sys; own = set(sys.modules); import {module}; print(*set({absent!r}) & (set(sys.modules) - own))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert not loaded


NOT_CALLED = (
    *("difflib", "hashlib", "json", "traceback", "torch"),
    "ttlang.backends.cpp.printer",
    "ttlang.machine.numerics.chip_arithmetic",
    "ttlang.machine.numerics.library.by_generation",
)
"""What no call needs that compiles, is simulated in `fast` and finds nothing."""


def test_the_first_call_loads_nothing_that_it_does_not_need() -> None:
    """And leaves Python's own definitions as they were."""
    script = f"""
import dataclasses, sys
usual = dataclasses.dataclass
sys.path.insert(0, {str(ROOT / "benchmarks")!r})
import cold_add
import xdsl.irdl
from xdsl.irdl.operations import irdl_op_definition
assert dataclasses.dataclass is usual and xdsl.irdl.irdl_op_definition is irdl_op_definition
assert "ttlang.machine.simulation" in sys.modules
print(*set({NOT_CALLED!r}) & (set(sys.modules) - own))
"""
    host = "import sys; from ttlang.host import install_as_ttnn; install_as_ttnn(); own = set(sys.modules)\n"
    done = subprocess.run([sys.executable, "-c", host + script], capture_output=True, text=True)
    assert not done.returncode, done.stderr
    assert not done.stdout.split()
