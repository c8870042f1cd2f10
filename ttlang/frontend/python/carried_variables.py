"""Loops of the run: `scf.for` and `scf.while`, and what they do with variables that their bodies bind."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, cast

from xdsl.dialects import scf
from xdsl.dialects.builtin import i1, i32
from xdsl.ir import Attribute, Block, Region, SSAValue

from ttlang.diagnostics import Related
from ttlang.dialects.names import value_hint
from ttlang.frontend.blocks import i32_arithmetic
from ttlang.frontend.blocks.values import (
    FALSE,
    NONE,
    POISON,
    BlockValue,
    Bool,
    Host,
    Int,
    Poison,
    TransferValue,
    Unusable,
    Value,
    describe,
    is_integer,
    same_value,
)
from ttlang.frontend.python import conditions
from ttlang.frontend.python.branches import ACTIVE, BREAK, DEAD, HIDDEN, RESULT, RETURN, conflict, unbound
from ttlang.frontend.python.liveness import Names, assigned_names, jumps
from ttlang.frontend.python.thread_compiler import ThreadCompiler

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
class Plan:
    """What a loop does with the variables that its body binds."""

    carried: dict[str, Value] = field(default_factory=dict[str, Value])
    """Those that are arguments and results of the loop, and their values before it."""
    late: set[str] = field(default_factory=set[str])
    """Those among them that have no value before the loop: they are results only."""
    changing: dict[str, Value] = field(default_factory=dict[str, Value])
    """Those that are not the same in all iterations and can't be carried: values that say so when they are read."""
    pinned: set[str] = field(default_factory=set[str])
    """Those that stay carried even if they look unchanged."""


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

    @abstractmethod
    def open(self, plan: Plan, names: Sequence[str], inits: Sequence[SSAValue]) -> dict[str, Value]:
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

    def open(self, plan: Plan, names: Sequence[str], inits: Sequence[SSAValue]) -> dict[str, Value]:
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

    def open(self, plan: Plan, names: Sequence[str], inits: Sequence[SSAValue]) -> dict[str, Value]:
        c = self.c
        own = [c.truth_constant(False) for _ in self.flags]
        if self.counted is not None:
            own.append(c.integer(self.counted.lower))
        types: list[Attribute] = [value.type for value in (*inits, *own)]
        before, self.body = Block(arg_types=types), Block(arg_types=types)
        regions = [Region(before), Region(self.body)]
        self.op = c.emit(scf.WhileOp.create(operands=[*inits, *own], result_types=types, regions=regions))
        passed = self._test(before, plan, names)
        for argument, value in zip(self.body.args, passed, strict=True):
            argument.name_hint = value.name_hint
        for position, flag in enumerate(self.flags, len(names)):
            for value in (before.args[position], self.body.args[position], self.op.results[position]):
                value.name_hint = _FLAG_NAMES[flag]
        return _bind_arguments(names, self.body.args[: len(names)])

    def _test(self, before: Block, plan: Plan, names: Sequence[str]) -> Sequence[SSAValue]:
        """Compiles the condition, and hands all values on to the body."""
        c = self.c
        bound = _bind_arguments(names, before.args[: len(names)])
        env, own = c.scope.env, before.args[len(names) :]
        c.scope.env = env | plan.changing | {n: v for n, v in bound.items() if n not in plan.late}
        try:
            with c.inside(before):
                test = self._condition(own)
                c.at(self.node)
                values = [c.scope.env.get(name, bound[name]) for name in names]
                passed = [_carry(c, value, argument.type) for value, argument in zip(values, before.args, strict=False)]
                c.emit(scf.ConditionOp.create(operands=[i32_arithmetic.truth_ssa(c, test), *passed, *own]))
            return [*passed, *own]
        finally:
            c.scope.env = env

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
        return i32_arithmetic.negated_truth(c, conditions.condition(c, last)) if cast(Host, stays).value else stays

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


class Loop:
    """
    Compiles a loop. Which variables it carries is known only when its body has been compiled: it is assumed first, and
    the body compiled again where the assumption was wrong.
    """

    def __init__(self, c: ThreadCompiler, node: LoopNode, form: Form, *, nonempty: bool, constant: Names = frozenset()):
        self.c, self.node, self.form, self.nonempty = c, node, form, nonempty
        liveness = c.frame.liveness
        self.head, self.after = liveness.at_head(node), liveness.after(node)
        self.names = sorted((assigned_names([node]) & (self.head | self.after)) - constant)
        self.related = Related(c.span(), "the loop")
        for name in self.names:
            if c.scope.env.get(name) is DEAD:
                del c.scope.env[name]

    def compile(self) -> None:
        c, plan = self.c, self._first_plan()
        while True:
            mark = len(c.diagnostics)
            names, inits = list(plan.carried), [self._init(value) for value in plan.carried.values()]
            starts = self.form.open(plan, names, inits)
            end = self._body(plan, starts)
            if not self._revise(plan, starts, end):
                break
            c.block.erase_op(self.form.op, safe_erase=False)
            del c.diagnostics[mark:]
        self._finish(plan, starts, end)

    def _first_plan(self) -> Plan:
        plan, before = Plan(), self.c.scope.env
        for name in self.names:
            value = before.get(name)
            if value is not None and is_integer(value):
                plan.carried[name] = value
            elif value is None and self.form.passes(name):
                plan.carried[name] = Host(0)
                plan.late.add(name)
        return plan

    def _init(self, value: Value) -> SSAValue:
        return i32_arithmetic.truth_ssa(self.c, value) if i32_arithmetic.is_truth(value) else self.c.integer(value)

    def _body(self, plan: Plan, starts: dict[str, Value]) -> dict[str, Value]:
        """Compiles the body, and returns what the variables stand for at its end."""
        c, frame = self.c, self.c.frame
        env, live = c.scope.env, frame.loop_live
        bound = {name: v for name, v in starts.items() if name not in plan.late or self.form.passes(name)}
        hidden = {name for name in HIDDEN if name in env} | (plan.late - bound.keys())
        c.scope.env = {n: v for n, v in env.items() if n not in hidden} | plan.changing | bound
        frame.loops, frame.runtime_loops = frame.loops + 1, frame.runtime_loops + 1
        frame.loop_live = live | self.head
        is_certain = self.nonempty and isinstance(self.form, ForForm)
        c.conditions += 0 if is_certain else 1
        try:
            with c.inside(self.form.body):
                self.form.start()
                c.statements(self.form.statements)
            return c.scope.env
        finally:
            c.scope.env = env
            frame.loops, frame.runtime_loops, frame.loop_live = frame.loops - 1, frame.runtime_loops - 1, live
            c.conditions -= 0 if is_certain else 1

    def _revise(self, plan: Plan, starts: dict[str, Value], end: dict[str, Value]) -> bool:
        """Corrects the plan by what the variables have become. False: it was right."""
        revised = False
        for name in self.names:
            value = end.get(name)
            if isinstance(value, Poison) or name in plan.changing:
                continue
            if name in plan.carried:
                revised |= self._revise_carried(plan, name, starts[name], value)
            elif name in self.c.scope.env:
                revised |= self._revise_fixed(plan, name, value)
            elif value is not None and is_integer(value) and name in self.after and self.nonempty:
                plan.carried[name] = FALSE if i32_arithmetic.is_truth(value) else Host(0)
                plan.late.add(name)
                revised = True
        return revised

    def _revise_carried(self, plan: Plan, name: str, start: Value, value: Value | None) -> bool:
        init = plan.carried[name]
        if value is None or not is_integer(value):
            del plan.carried[name]
            plan.changing[name] = self._changing(init, value)
            return True
        if same_value(start, value) and name not in plan.pinned | plan.late and not self.form.passes(name):
            del plan.carried[name]
            return True
        if i32_arithmetic.is_truth(init) and not i32_arithmetic.is_truth(value):
            plan.carried[name] = Int(self.c.integer(init))
            return True
        return False

    def _revise_fixed(self, plan: Plan, name: str, value: Value | None) -> bool:
        """A variable that was taken to be the same in all iterations."""
        before = self.c.scope.env[name]
        if same_value(before, value) or isinstance(before, Poison):
            return False
        if is_integer(before):
            plan.carried[name] = before
            plan.pinned.add(name)
        else:
            plan.changing[name] = self._changing(before, value)
        return True

    def _changing(self, before: Value, value: Value | None) -> Value:
        if isinstance(before, Unusable):
            return before
        if value is None or isinstance(value, Unusable):
            return value or unbound("may be unbound after an iteration", self.related)
        a, b = describe(before), describe(value)
        changed = f"{b} after an iteration" if a != b else "another one in each iteration"
        return conflict(f"is {a} before the loop and {changed}", self.related, _hint_for(value))

    def _finish(self, plan: Plan, starts: dict[str, Value], end: dict[str, Value]) -> None:
        c = self.c
        with c.inside(self.form.body):
            yields = [_carry(c, end.get(name, POISON), cast(Int, start).ssa.type) for name, start in starts.items()]
        results = self.form.close(end, yields)
        env = c.scope.env
        for name in self.names:
            value = end.get(name)
            if isinstance(value, Poison):
                env[name] = POISON
            elif name in plan.changing:
                env[name] = plan.changing[name]
            elif name not in plan.carried and name not in env:
                env[name] = self._unbound_after(value)
        for name, result in zip(starts, results, strict=True):
            if not isinstance(env.get(name), Poison):
                c.assign(name, Bool(result) if result.type == i1 else Int(result))
        if RETURN in env:
            leave(c, env[RETURN])

    def _unbound_after(self, value: Value | None) -> Value:
        if isinstance(value, Unusable):
            return value
        if value is None or not self.nonempty:
            return unbound("is unbound if the loop has no iteration", self.related)
        how = f"is {describe(value)} of the last iteration, and can't be used after the loop"
        return conflict(how, self.related, _hint_for(value))


def _hint_for(value: Value) -> str | None:
    """What to do with a value that can't be carried from turn to turn."""
    match value:
        case BlockValue():
            return "a sum of blocks that a loop builds is kept in a reserved block: o += ... in each turn"
        case TransferValue():
            return "wait() for the transfer in the turn that starts it"
        case _:
            return None


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
        bound[name] = Bool(argument) if argument.type == i1 else Int(argument)
    return bound


def _carry(c: ThreadCompiler, value: Value, type_: Attribute) -> SSAValue:
    """A value for a loop to carry, as i1 or as i32."""
    if not is_integer(value):
        return c.truth_constant(False) if type_ == i1 else c.constant(0)  # reported already
    return i32_arithmetic.truth_ssa(c, value) if type_ == i1 else c.integer(value)


def leave(c: ThreadCompiler, returned: Value) -> None:
    """After a loop in which the function may have returned: then what follows is not run, nor are loops around it."""
    env = c.scope.env
    env[ACTIVE] = i32_arithmetic.negated_truth(c, returned)
    if c.frame.loops:
        env[BREAK] = returned
