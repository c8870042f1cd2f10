"""The programs in `kernels/`: IR by hand, in the form that the lowering gives it, and sometimes in worse."""

from __future__ import annotations

from pathlib import Path

from xdsl.dialects.builtin import ModuleOp
from xdsl.parser import Parser

from ttlang.dialects.ttkernel import ProgramOp
from ttlang.driver.universe import make_context

FOLDER = Path(__file__).parent / "kernels"
NAMES = tuple(sorted(path.stem for path in FOLDER.glob("*.mlir")))


def parse_module(text: str) -> ModuleOp:
    module = Parser(make_context(), text).parse_module()
    module.verify()
    return module


def parse_program(text: str) -> ProgramOp:
    (program,) = parse_module(text).body.block.ops
    assert isinstance(program, ProgramOp)
    return program


def read_program(name: str) -> ProgramOp:
    return parse_program((FOLDER / f"{name}.mlir").read_text())
