"""The operations of loops: `scf.for` and `scf.while`, and how their bodies start and end."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from xdsl.dialects import scf
from xdsl.dialects.builtin import i1, i32
from xdsl.ir import Attribute, Block, Region, SSAValue

from ttlang.dialects.names import value_hint
from ttlang.dialects.ttl import BlockType, ElementType
from ttlang.frontend.blocks import i32_arithmetic
from ttlang.frontend.blocks.acquired_blocks import held
from ttlang.frontend.blocks.common_values import as_common, computed
from ttlang.frontend.blocks.known_values import is_integer, same_value
from ttlang.frontend.blocks.values import (
    FALSE,
    NONE,
    BlockValue,
    Bool,
    ElementValue,
    Handle,
    Host,
    Int,
    Poison,
    Unusable,
    Value,
)
from ttlang.frontend.python import conditions
from ttlang.frontend.python.liveness import assigned_names, jumps
from ttlang.frontend.python.paths import BREAK, RESULT, RETURN
from ttlang.frontend.python.thread_compiler import ThreadCompiler
from ttlang.frontend.python.variable_parts import VariableParts

LoopNode = ast.For | ast.While


@dataclass
class Counted:
    """A range as a count that goes up from `lower` to `upper`, and its loop variable."""

    lower: Int | Host
    upper: Int | Host
    step: Int | Host
    bind: Callable[[SSAValue], None]
    """Binds the loop variable, from the count."""
    end: Literal["slt", "sgt"] = "slt"
    """How the count is to `upper` in every turn: less, or greater where it goes down."""
    stopped: Callable[[Value], Value] | None = None
    """
    Where a step could lead out of 32 bits, and around to numbers for which the loop would go on: keeps the count at one
    that the next step leads to the last number from, which ends the loop.
    """

    @property
    def is_plain(self) -> bool:
        """Whether it is a `for` of C++."""
        return self.end == "slt" and self.stopped is None


@dataclass
class Variables:
    """What a loop does with the variables that its body binds."""

    carried: dict[str, Value] = field(default_factory=dict[str, Value])
    """Those that are arguments and results of the loop, and their values before it."""
    late: set[str] = field(default_factory=set[str])
    """Those among them that have no value before the loop: they are results only."""
    changing: dict[str, Value] = field(default_factory=dict[str, Value])
    """Those that are not the same in all iterations and can't be carried: values that say so when they are read."""
    pinned: set[str] = field(default_factory=set[str])
    """Those that stay carried even if they look unchanged."""
    held: dict[str, BlockValue] = field(default_factory=dict[str, BlockValue])
    """Those that stand for what is held at one end of a buffer, and their values before the loop."""
    not_held: set[str] = field(default_factory=set[str])
    """Those for which that turned out to be wrong."""
    parts: VariableParts = field(default_factory=VariableParts)
    """Those of which each part is one of the above."""

    def refuse(self, name: str, why: Value) -> None:
        """A variable can't be carried, or the one that it is a part of."""
        variable = self.parts.variable(name)
        for part in self.parts.names([variable]):
            self.carried.pop(part, None)
            self.held.pop(part, None)
        self.parts.whole.pop(variable, None)
        self.changing[variable] = why


class Form(ABC):
    """The operation of a loop: `open` makes it, `close` ends its body."""

    def __init__(self, c: ThreadCompiler, node: LoopNode):
        self.c = c
        self.node = node
        self.op: scf.ForOp | scf.WhileOp
        self.body: Block
        self.statements: Sequence[ast.stmt] = node.body
        self.exits: Sequence[ast.expr] = ()
        """Conditions by which the loop is left before its statements are run."""
        self.not_handed_on: Mapping[str, Value] = {}
        """What the condition of the loop binds and can't hand on to its body."""

    @abstractmethod
    def open(self, variables: Variables, names: Sequence[str], inits: Sequence[SSAValue]) -> dict[str, Value]:
        """Makes the operation, and returns what the names stand for when an iteration starts."""

    @abstractmethod
    def close(self, env: dict[str, Value], yields: Sequence[SSAValue]) -> Sequence[SSAValue]:
        """Ends the body with the values of the names for the next iteration; returns those after the loop."""

    @abstractmethod
    def start(self) -> None:
        """Adds what the body starts with."""

    def passes(self, name: str) -> bool:
        """Whether a name that is bound for the first time in the loop has a value when its body starts."""
        return False

    def _yield(self, values: Sequence[SSAValue]) -> None:
        op = scf.YieldOp.create(operands=values)
        op.location = self.op.location
        self.body.add_op(op)


class ForForm(Form):
    """`scf.for`: a loop over a range that runs to its end."""

    def __init__(self, c: ThreadCompiler, node: ast.For, counted: Counted):
        super().__init__(c, node)
        self.counted = counted

    def open(self, variables: Variables, names: Sequence[str], inits: Sequence[SSAValue]) -> dict[str, Value]:
        types = [value.type for value in inits]
        bounds = [self.c.integer(value) for value in (self.counted.lower, self.counted.upper, self.counted.step)]
        self.body = Block(arg_types=[i32, *types])
        self.op = self.c.emit(
            scf.ForOp.create(operands=[*bounds, *inits], result_types=types, regions=[Region(self.body)])
        )
        return _bind_arguments(names, self.body.args[1:])

    def start(self) -> None:
        self.counted.bind(self.body.args[0])

    def close(self, env: dict[str, Value], yields: Sequence[SSAValue]) -> Sequence[SSAValue]:
        self._yield(yields)
        return self.op.results


class WhileForm(Form):
    """`scf.while`: a loop by a condition, or over a range that may be left early."""

    def __init__(self, c: ThreadCompiler, node: LoopNode, counted: Counted | None = None):
        super().__init__(c, node)
        self.counted = counted
        if isinstance(node, ast.While):
            self.exits, self.statements = _leading_exits(node.body)
        leaving = jumps(self.statements)
        self.flags = [BREAK] if leaving & {ast.Break, ast.Return} else []
        self.flags += [RETURN] if ast.Return in leaving else []
        self.tested = assigned_names([node.test, *self.exits]) if isinstance(node, ast.While) else frozenset[str]()

    def passes(self, name: str) -> bool:
        return name in self.tested

    def open(self, variables: Variables, names: Sequence[str], inits: Sequence[SSAValue]) -> dict[str, Value]:
        c = self.c
        own = [c.truth_constant(False) for _ in self.flags]
        if self.counted is not None:
            own.append(c.integer(self.counted.lower))
        types: list[Attribute] = [value.type for value in (*inits, *own)]
        before, self.body = Block(arg_types=types), Block(arg_types=types)
        regions = [Region(before), Region(self.body)]
        self.op = c.emit(scf.WhileOp.create(operands=[*inits, *own], result_types=types, regions=regions))
        passed = self._test(before, variables, names)
        for argument, value in zip(self.body.args, passed, strict=True):
            argument.name_hint = value.name_hint
        for position, flag in enumerate(self.flags, len(names)):
            for value in (before.args[position], self.body.args[position], self.op.results[position]):
                value.name_hint = _FLAG_NAMES[flag]
        return _bind_arguments(names, self.body.args[: len(names)])

    def _test(self, before: Block, variables: Variables, names: Sequence[str]) -> Sequence[SSAValue]:
        """Compiles the condition, and hands all values on to the body."""
        c = self.c
        bound = _bind_arguments(names, before.args[: len(names)])
        env, own = c.scope.env, before.args[len(names) :]
        given = {n: v for n, v in bound.items() if n not in variables.late}
        try:
            with c.inside(before):
                given |= start_held(c, variables)
                entered = env | variables.changing | variables.parts.together(given)
                c.scope.env = dict(entered)
                test = self._condition(own)
                c.at(self.node)
                self.not_handed_on = self._bound_by_test(entered, names)
                found = variables.parts.apart(c.scope.env)
                values = [found.get(name, bound[name]) for name in names]
                passed = [carry(c, value, argument.type) for value, argument in zip(values, before.args, strict=False)]
                c.emit(scf.ConditionOp.create(operands=[i32_arithmetic.truth_ssa(c, test), *passed, *own]))
            return [*passed, *own]
        finally:
            c.scope.env = env

    def _bound_by_test(self, entered: Mapping[str, Value], names: Sequence[str]) -> dict[str, Value]:
        """What the condition binds and can't hand on: anything but integers, and elements that the loop carries."""
        found: dict[str, Value] = {}
        for name in self.tested:
            value, before = self.c.scope.env.get(name), entered.get(name)
            if value is None or isinstance(value, Poison | Unusable) or is_integer(value) or same_value(value, before):
                continue
            if not (isinstance(value, ElementValue) and isinstance(before, ElementValue) and name in names):
                found[name] = value
        return found

    def _condition(self, own: Sequence[SSAValue]) -> Value:
        c = self.c
        stays = Bool(i32_arithmetic.negate(c, own[0])) if self.flags else None
        if stays is None:
            return self._own_condition(own)
        return conditions.conjunction(c, stays, lambda: self._own_condition(own))

    def _own_condition(self, own: Sequence[SSAValue]) -> Value:
        if self.counted is not None:
            return i32_arithmetic.compare(self.c, self.counted.end, Int(own[-1]), self.counted.upper)
        assert isinstance(self.node, ast.While)
        test = self._while_test([self.node.test, *self.exits])
        if isinstance(test, Host) and test.value and not self.flags:
            hint = "leave it with break, or loop over a range"
            raise self.c.error("TTL0101", "this loop never ends", self.node, hint=hint)
        return test

    def _while_test(self, tests: Sequence[ast.expr]) -> Value:
        """The condition of the loop holds, and none of the exits does."""
        c = self.c
        *first, last = tests
        if not first:
            return conditions.condition(c, last)
        stays = self._while_test(first)
        if isinstance(stays, Bool):
            return conditions.conjunction(
                c, stays, lambda: i32_arithmetic.negated_truth(c, conditions.condition(c, last))
            )
        assert isinstance(stays, Host)
        return i32_arithmetic.negated_truth(c, conditions.condition(c, last)) if stays.value else stays

    def start(self) -> None:
        if self.counted is not None:
            self.counted.bind(self.body.args[-1])

    def close(self, env: dict[str, Value], yields: Sequence[SSAValue]) -> Sequence[SSAValue]:
        c = self.c
        with c.inside(self.body):
            own = [i32_arithmetic.truth_ssa(c, env.get(flag, FALSE)) for flag in self.flags]
            if self.counted is not None:
                count: Value = Int(self.body.args[-1])
                count = count if self.counted.stopped is None else self.counted.stopped(count)
                own.append(c.integer(i32_arithmetic.add(c, count, self.counted.step)))
            self._yield([*yields, *own])
        if RETURN in self.flags:
            returned = Bool(self.op.results[len(yields) + self.flags.index(RETURN)])
            c.scope.env |= {RETURN: returned, RESULT: env.get(RESULT, NONE)}
        return self.op.results[: len(yields)]


_FLAG_NAMES = {BREAK: "done", RETURN: "returned"}


def _leading_exits(body: Sequence[ast.stmt]) -> tuple[list[ast.expr], Sequence[ast.stmt]]:
    """The conditions of `if ...: break` at the start of a body, and the statements after them."""
    exits: list[ast.expr] = []
    for position, node in enumerate(body):
        match node:
            case ast.If(test=test, body=[ast.Break()], orelse=[]):
                exits.append(test)
            case _:
                return exits, body[position:]
    return exits, ()


def _bind_arguments(names: Sequence[str], arguments: Sequence[SSAValue]) -> dict[str, Value]:
    """The arguments of a block, as the variables that they carry."""
    bound: dict[str, Value] = {}
    for name, argument in zip(names, arguments, strict=True):
        if (hint := value_hint(name)) is not None:
            argument.name_hint = hint
        bound[name] = computed(argument)
    return bound


def start_held(c: ThreadCompiler, variables: Variables) -> dict[str, BlockValue]:
    """What blocks that are held from turn to turn are called from here on."""
    return {name: held(c, block) for name, block in variables.held.items()}


def carry(c: ThreadCompiler, value: Value, type_: Attribute) -> SSAValue:
    """A value for a loop to carry: a block, an element, a handle, i1 or i32."""
    if isinstance(type_, BlockType | ElementType):
        return as_common(c, value, type_)
    if isinstance(value, Handle):
        return value.ssa
    if not is_integer(value):
        return c.truth_constant(False) if type_ == i1 else c.constant(0)  # reported already
    return i32_arithmetic.truth_ssa(c, value) if type_ == i1 else c.integer(value)
