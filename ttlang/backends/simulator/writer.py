"""The Python function of a kernel while it is being written: statements, variables, and the values they hold."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from xdsl.ir import Operation, SSAValue

from ttlang.backends.simulator import pyast
from ttlang.backends.simulator.call_sites import site_of
from ttlang.backends.simulator.counted_calls import counted_call
from ttlang.backends.simulator.ranges import Ranges
from ttlang.machine.compute.trace import Tree
from ttlang.machine.program_info import BufferInfo, CallSite, KernelInfo, ProgramInfo
from ttlang.machine.statistics import CountedCall

DEEPEST = 8
"""Levels of an expression that is not yet given a variable."""


class Writer:
    """
    Collects the function's statements. A value of the IR is a constant, a variable, or an expression that waits for
    its only use.
    """

    def __init__(self, program: ProgramInfo, kernel: KernelInfo, helpers: Mapping[str, object]):
        self.program = program
        self.kernel = kernel
        self.ranges = Ranges(program, kernel)
        self.tree = Tree(program) if kernel.is_compute else None
        self.counted: list[CountedCall] | None = None
        """The calls whose number of times is counted, where that is asked for."""
        self.whiles = 0
        """How many loops whose turns are counted are around what is being written."""
        self.follows = False
        """Whether threads keep their last calls, for the report of a deadlock."""
        self.loop_variables: dict[SSAValue, str] = {}
        """The variables that hold what changes from turn to turn of a loop, for reports."""
        self.sites: list[Callable[[], CallSite]] = []
        """What tells where each call stands, by the numbers that waits and faults give them."""
        self.globals: dict[str, Any] = dict(helpers)
        self.prologue: list[ast.stmt] = []
        self.body: list[ast.stmt] = []
        self._names = pyast.Names({"state", "thread", "port", "counts", "turns", *helpers})
        self._places = pyast.Places(kernel.span)
        self._values: dict[SSAValue, ast.expr | str | int] = {}
        self._loaded: dict[object, str] = {}
        others = [other for other in program.kernels if other is not kernel]
        everything = frozenset(buffer.number for buffer in program.buffers) if kernel.open else frozenset[int]()
        self.rival_fills = everything.union(n for other in others for n in other.fills & kernel.fills)
        """Numbers of the buffers that another kernel fills too."""
        self.rival_drains = everything.union(n for other in others for n in other.drains & kernel.drains)

    # ---------------------------------------------------------------------------------------------- statements

    def emit(self, node: ast.stmt, op: Operation) -> None:
        self.body.append(self._places.put(node, op))

    def emit_call(self, call: ast.expr, op: Operation) -> None:
        self.emit(ast.Expr(call), op)

    def number(self, op: Operation) -> int:
        """The number of a call that can wait or fail."""
        self.sites.append(partial(site_of, op, self.loop_variables))
        return len(self.sites) - 1

    def count(self, op: Operation, *times: int | str) -> None:
        """Notes that a call is made as often as the product of these numbers and variables says."""
        if self.counted is None:
            return
        amount = pyast.number(1)
        for factor in times:
            amount = pyast.binary(
                amount, ast.Mult(), pyast.name(factor) if isinstance(factor, str) else pyast.number(factor)
            )
        counter = ast.Subscript(pyast.name("counts"), pyast.number(len(self.counted)), ast.Store())
        self.counted.append(counted_call(op, self.program))
        self.emit(ast.AugAssign(counter, ast.Add(), amount), op)

    def follow(self, number: int, op: Operation) -> None:
        """Notes that a call is made which others may wait for, where that is asked for."""
        if self.follows:
            trail = ast.Attribute(pyast.attribute("thread", "trail"), "append", ast.Load())
            self.emit_call(pyast.call(trail, pyast.number(number)), op)

    def name(self, hint: str | None) -> str:
        return self._names.new(hint)

    def constant(self, hint: str, value: object) -> ast.expr:
        """A name for a value that the compiler made."""
        name = self._names.new(hint)
        self.globals[name] = value
        return pyast.name(name)

    def load(self, key: object, hint: str | None, value: ast.expr) -> str:
        """A variable that the function sets before all else, once for each key."""
        if key not in self._loaded:
            self._loaded[key] = self._names.new(hint)
            self.prologue.append(pyast.assign([self._loaded[key]], [value]))
        return self._loaded[key]

    def buffer(self, buffer: BufferInfo) -> str:
        """The variable that holds a buffer of this core."""
        held = pyast.item(pyast.attribute("thread", "buffer_calls"), pyast.number(buffer.number))
        return self.load(buffer, buffer.name, held)

    # -------------------------------------------------------------------------------------------------- values

    def value(self, value: SSAValue) -> ast.expr:
        """The expression of a value, to be used once."""
        known = self._values[value]
        if isinstance(known, str):
            return pyast.name(known)
        if isinstance(known, bool):
            return pyast.flag(known)
        return pyast.number(known) if isinstance(known, int) else known

    def start_of(self, value: SSAValue, ranges: Ranges) -> ast.expr:
        """The same, as a number where `ranges` knows it."""
        known = ranges.constant(value)
        return self.value(value) if known is None else pyast.number(known)

    def bind(self, value: SSAValue, known: str | int) -> None:
        """Says that a value is a variable or a constant."""
        self._values[value] = known

    def define(self, value: SSAValue, made: ast.expr, op: Operation) -> None:
        """Keeps an expression for its one use in the same block, else in a variable."""
        uses = list(value.uses)
        if len(uses) == 1 and uses[0].operation.parent is op.parent and _depth(made) < DEEPEST:
            self._values[value] = self._places.put(made, op)
        elif uses:
            self.store(value, made, op)

    def store(self, value: SSAValue, made: ast.expr, op: Operation) -> str:
        """Keeps an expression in a variable."""
        name = self._names.new(value.name_hint)
        self._values[value] = name
        self.emit(pyast.assign([name], [made]), op)
        return name

    def copy(self, hint: str, made: ast.expr, op: Operation) -> ast.expr:
        """An expression that can be used twice: a number, or a variable of its own."""
        if isinstance(made, ast.Constant):
            return made
        name = self._names.new(hint)
        self.emit(pyast.assign([name], [made]), op)
        return pyast.name(name)

    def variables(self, values: list[SSAValue]) -> list[str]:
        """A variable for each value."""
        names = [self._names.new(value.name_hint) for value in values]
        for value, name in zip(values, names, strict=True):
            self._values[value] = name
        return names

    def assign(self, names: list[str], values: list[SSAValue], op: Operation) -> None:
        """Sets variables to values, all at once; leaves out those that keep theirs."""
        pairs = [(n, v) for n, v in zip(names, values, strict=True) if self._values[v] != n]
        if pairs:
            self.emit(pyast.assign([n for n, _ in pairs], [self.value(v) for _, v in pairs]), op)

    def place(self, node: ast.FunctionDef) -> None:
        """Gives what has no place yet that of the kernel."""
        self._places.put(node, None)

    @property
    def file(self) -> str:
        return self._places.file


def _depth(node: ast.expr) -> int:
    return 1 + max((_depth(inner) for inner in ast.iter_child_nodes(node) if isinstance(inner, ast.expr)), default=0)
