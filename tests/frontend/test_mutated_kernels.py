"""Whatever is done to a kernel's source, nothing but a DiagnosticError comes out of the front end."""

from __future__ import annotations

import ast
import copy
import inspect
import warnings

import pytest

from tests.frontend import elementwise_kernels as kernels
from tests.support.kernel_texts import compile_kernel, load
from tests.support.mutants import Mutant
from ttlang.diagnostics import CODES, DiagnosticError

SOURCE = ast.parse(inspect.getsource(kernels))
ROUNDS = 24
"""Mutants of each kernel."""


def source_of(name: str, seed: int) -> str:
    """The module with one kernel changed."""
    module = copy.deepcopy(SOURCE)
    for position, node in enumerate(module.body):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            module.body[position] = Mutant(node, seed).tree
    others = {kernel.__name__ for kernel in kernels.KERNELS} - {name}
    kept = [
        node
        for node in module.body
        if not isinstance(node, ast.ImportFrom | ast.Assign)
        and not (isinstance(node, ast.FunctionDef) and node.name in others)
    ]
    return ast.unparse(ast.fix_missing_locations(ast.Module(kept, [])))


def try_mutant(name: str, seed: int) -> str:
    """`compiled`, or the code of the first diagnostic. `no Python` for a mutant that is none."""
    try:
        text = source_of(name, seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            kernel = load(text, name)
    except SyntaxError:
        return "no Python"
    except DiagnosticError:
        return "decorated wrongly"
    try:
        compile_kernel(kernel, grid=(2, 2))
    except DiagnosticError as found:
        for diagnostic in found.diagnostics:
            assert diagnostic.code in CODES
            assert diagnostic.code != "TTL0001"
            assert diagnostic.span is not None, diagnostic.message
            diagnostic.render()
        return found.diagnostics[0].code
    return "compiled"


@pytest.mark.parametrize("name", [kernel.__name__ for kernel in kernels.KERNELS])
def test_mutants(name: str) -> None:
    outcomes = [try_mutant(name, seed) for seed in range(ROUNDS)]
    # The mutants are worth trying only if they reach different ends.
    assert len(set(outcomes)) >= 4, outcomes
