"""
Whatever is done to a kernel, the end is a clean run or a diagnostic: from Python through the passes and the C++ of both
generations to the simulator. The kernels are the right ones of the catalogue.
"""

from __future__ import annotations

import ast
import copy
import runpy
import signal
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.mutants import Mutant
from ttlang.diagnostics import CODES, DiagnosticError
from ttlang.diagnostics.catalogue import Mistake, mistakes
from ttlang.host import device

CASES, CHUNKS = 2000, 20
SECONDS = 20
"""After which a mutant is taken to run forever: a loop whose condition does not change any more."""


class Endless(BaseException):
    """No diagnostic, and no error of the compiler either."""


@contextmanager
def limited() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise Endless

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def is_kernel(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and any("ttl." in ast.unparse(d) for d in node.decorator_list)


PAGES = [page for page in mistakes() if page.script and any(map(is_kernel, ast.parse(page.right).body))]


def mutant(page: Mistake, seed: int) -> str:
    """The page's right script with one of its kernels changed."""
    module = ast.parse(page.right)
    kernels = [place for place, node in enumerate(module.body) if is_kernel(node)]
    place = kernels[seed % len(kernels)]
    changed = Mutant(copy.deepcopy(module.body[place]), seed).tree
    # The decorator makes it a kernel at all. Python itself evaluates annotations and defaults, by names of the module.
    original = module.body[place]
    assert isinstance(original, ast.FunctionDef)
    changed.decorator_list = original.decorator_list
    annotations = {each.arg: each.annotation for each in ast.walk(original.args) if isinstance(each, ast.arg)}
    for each in ast.walk(changed.args):
        if isinstance(each, ast.arg):
            each.annotation = annotations.get(each.arg)
    changed.args.defaults, changed.args.kw_defaults = original.args.defaults, original.args.kw_defaults
    module.body[place] = changed
    return ast.unparse(ast.fix_missing_locations(module))


def run(path: Path) -> None:
    """Runs a script. Its kernels are printed as C++ too, as those of all tests are."""
    try:
        runpy.run_path(str(path), run_name="__main__")
    finally:
        for opened in tuple(device._open.values()):
            while opened.is_open:
                opened.close()


def outcome(page: Mistake, seed: int, path: Path) -> str:
    """`ran`, the code of the first diagnostic, or why there is nothing to say."""
    try:
        path.write_text(mutant(page, seed))
    except (SyntaxError, ValueError):
        # What was put where it can't stand.
        return "no Python"
    try:
        with warnings.catch_warnings(), limited():
            warnings.simplefilter("ignore")
            run(path)
    except SyntaxError:
        return "no Python"
    except Endless:
        return "endless"
    except DiagnosticError as found:
        for diagnostic in found.diagnostics:
            assert diagnostic.code in CODES
            assert diagnostic.code != "TTL0001", f"{page.name}, seed {seed}:\n{path.read_text()}\n{diagnostic.render()}"
            assert diagnostic.span is not None, diagnostic.message
            diagnostic.render()
        return found.diagnostics[0].code
    except Exception as other:
        raise AssertionError(f"{page.name}, seed {seed}: {other!r}\n{path.read_text()}") from other
    return "ran"


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_mutants(chunk: int, tmp_path: Path) -> None:
    cases = range(chunk * CASES // CHUNKS, (chunk + 1) * CASES // CHUNKS)
    outcomes = Counter(outcome(PAGES[case % len(PAGES)], case, tmp_path / f"kernel{case}.py") for case in cases)
    # The mutants are worth trying only if they reach different ends.
    assert len(outcomes) >= 10, outcomes
    assert outcomes["ran"] >= 5, outcomes
    assert outcomes["endless"] <= 1, outcomes
