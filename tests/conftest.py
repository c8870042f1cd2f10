"""Fixtures of the whole suite, and `.mlir` files as tests: their `// RUN:` lines run in this process."""

from __future__ import annotations

import io
import os
import runpy
import shlex
import sys
import textwrap
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from filecheck.finput import FInput
from filecheck.matcher import Matcher
from filecheck.options import parse_argv_options
from filecheck.parser import Parser as FileCheckParser
from xdsl.dialects.builtin import ModuleOp
from xdsl.parser import Parser

from tests.support import emitted_kernels

os.environ.setdefault("TTLANG_VERIFY", "1")
# Tests fork: threads of OpenMP, which torch starts, are not there in the new process, and would be waited for.
os.environ["OMP_NUM_THREADS"] = "1"
# The tests check kernels in more ways than anybody else: each has some 40 MB of precompiled headers there.
os.environ.setdefault("TTLANG_CACHE_SIZE", "4G")


from tests.support.expression_kernels import elementwise_source


def _ttlang_opt(arguments: list[str], text: str) -> str:
    from ttlang.tools.opt import TTLangOptMain

    printed = io.StringIO()
    stdin = io.TextIOWrapper(io.BytesIO(text.encode()))
    with patch("sys.stdin", stdin), redirect_stdout(printed):
        TTLangOptMain(arguments).run()
    return printed.getvalue()


def _filecheck(arguments: list[str], text: str) -> str:
    options = parse_argv_options(["filecheck", *arguments])
    matcher = Matcher(options, FInput("<stdin>", text), FileCheckParser.from_opts(options))
    if matcher.run() != 0:
        raise AssertionError(f"filecheck failed on:\n{text}")
    return ""


_TOOLS: dict[str, Callable[[list[str], str], str]] = {"ttlang-opt": _ttlang_opt, "filecheck": _filecheck}


class RunLine(pytest.Item):
    """One `RUN:` line: tools joined by pipes."""

    def __init__(self, *, command: str, **kwargs: object):
        super().__init__(**kwargs)
        self.command = command
        self.funcargs: dict[str, object] = {}
        """It has no fixtures; pytest-lsp 1.0 fails on items that don't say so."""

    def runtest(self) -> None:
        text = ""
        for stage in self.command.replace("%s", shlex.quote(str(self.path))).split(" | "):
            tool, *arguments = shlex.split(stage)
            text = _TOOLS[tool](arguments, text)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
        return f"RUN: {self.command}\n{excinfo.exconly()}"

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.path, None, f"{self.path.name}: {self.name}"


class MLIRFile(pytest.File):
    """A file of IR whose first lines say how it is tested."""

    def collect(self) -> Iterator[RunLine]:
        for number, line in enumerate(self.path.read_text().splitlines(), start=1):
            head, found, command = line.partition("// RUN: ")
            if found and not head:
                yield RunLine.from_parent(self, name=f"line {number}", command=command)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    return MLIRFile.from_parent(parent, path=file_path) if file_path.suffix == ".mlir" else None


def pytest_configure(config: pytest.Config) -> None:
    emitted_kernels.begin(config)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    emitted_kernels.finish(session)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    emitted_kernels.report(terminalreporter, config)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--native", action="store_true", help="run every kernel from its C++ too, and compare")
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew instead of comparing")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Compares a text with the file `golden/<test file>/<name>`, or writes it (`--update-golden`)."""

    def check(text: str, name: str) -> None:
        path = request.path.parent / "golden" / request.path.stem.removeprefix("test_") / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        assert path.exists(), f"{path} is missing: run pytest --update-golden and look at what it writes"
        assert text == path.read_text()

    return check


@pytest.fixture
def load(tmp_path: Path) -> Callable[[str], Namespace]:
    """Runs the text of a module, from a file of its own, so that kernels in it have sources; returns its names."""
    count = 0

    def load_text(text: str) -> Namespace:
        nonlocal count
        count += 1
        path = tmp_path / f"kernels{count}.py"
        path.write_text(textwrap.dedent(text))
        return Namespace(**runpy.run_path(str(path)))

    return load_text


@pytest.fixture
def parse() -> Callable[[str], ModuleOp]:
    """Parses IR, and verifies it."""
    from ttlang.analysis.dominance import check_dominance
    from ttlang.driver.universe import make_context

    def parse_text(text: str) -> ModuleOp:
        module = Parser(make_context(), text).parse_module()
        module.verify()
        check_dominance(module)
        return module

    return parse_text


@pytest.fixture(autouse=True)
def _close_devices() -> Iterator[None]:
    """A script that ended early, or a test that doesn't care, leaves no device behind."""
    yield
    if "ttlang.host.device" not in sys.modules:
        return
    from ttlang.host import device

    for opened in tuple(device._open.values()):
        while opened.is_open:
            opened.close()


@pytest.fixture(autouse=True, scope="session")
def _keep_emitted_kernels() -> Iterator[None]:
    with emitted_kernels.kept():
        yield


@pytest.fixture
def elementwise(load: Callable[[str], Namespace]) -> Callable[..., Any]:
    """Makes a kernel of an expression; see `elementwise_source`."""

    def make(expression: str, inputs: int = 1, **more: Any) -> Any:
        return load(elementwise_source(expression, inputs, **more)).kernel

    return make


@pytest.fixture(autouse=True, scope="session")
def _run_both_ways(request: pytest.FixtureRequest) -> Iterator[None]:
    """With `--native`: every kernel that a test runs also runs from its C++, and must leave the same bytes."""
    if not request.config.getoption("--native"):
        yield
        return
    from tests.support.both_ways import both_ways

    with both_ways():
        yield
