"""Loops of the run, and what they do with variables that their bodies bind."""

from __future__ import annotations

from xdsl.ir import Operation, SSAValue

from ttlang.diagnostics import Related
from ttlang.dialects.typed_values import owner_of
from ttlang.frontend.blocks import i32_arithmetic
from ttlang.frontend.blocks.acquired_blocks import are_alike, hand_on
from ttlang.frontend.blocks.common_values import as_common, common_type, computed, is_block_number
from ttlang.frontend.blocks.elements import as_element
from ttlang.frontend.blocks.known_values import is_integer, same_value
from ttlang.frontend.blocks.values import (
    FALSE,
    POISON,
    BlockValue,
    Computed,
    ElementValue,
    Fill,
    Handle,
    Host,
    Int,
    Poison,
    TransferValue,
    Unusable,
    Value,
    describe,
)
from ttlang.frontend.python.joined_values import DEAD, conflict, unbound
from ttlang.frontend.python.liveness import Names, names_bound_by
from ttlang.frontend.python.loop_forms import ForForm, Form, LoopNode, Variables, carry, start_held
from ttlang.frontend.python.paths import ACTIVE, BREAK, HIDDEN, RETURN
from ttlang.frontend.python.thread_compiler import ThreadCompiler
from ttlang.frontend.python.variable_parts import are_built_alike, has_integers, have_parts


class Loop:
    """
    Compiles a loop. Which variables it carries is known only when its body has been compiled: it is assumed first, and
    the body compiled again where the assumption was wrong.
    """

    def __init__(self, c: ThreadCompiler, node: LoopNode, form: Form, *, nonempty: bool, constant: Names = frozenset()):
        self.c, self.node, self.form, self.nonempty = c, node, form, nonempty
        liveness = c.frame.liveness
        self.head, self.after = liveness.at_head(node), liveness.after(node)
        self.names = sorted((names_bound_by(node) & (self.head | self.after)) - constant)
        self.related = Related(c.span(), "the loop")
        self.before: dict[str, Value]
        """What variables stand for before the loop, in the parts in which it carries them."""
        self.tried: set[str] = set()
        """Numbers that have been tried as the start of a sum of blocks."""
        for name in self.names:
            if c.scope.env.get(name) is DEAD:
                del c.scope.env[name]

    def compile(self) -> None:
        c, variables = self.c, self._first_guess()
        while True:
            mark = len(c.diagnostics)
            names, inits = list(variables.carried), [self._init(value) for value in variables.carried.values()]
            starts = self.form.open(variables, names, inits)
            end = self._body(variables, starts)
            if not self._revise(variables, starts, end):
                break
            c.block.erase_op(self.form.op, safe_erase=False)
            del c.diagnostics[mark:]
        self._finish(variables, starts, end)

    def _first_guess(self) -> Variables:
        variables, before = Variables(), self.c.scope.env
        variables.parts.whole |= {n: before[n] for n in self.names if n in before and has_integers(before[n])}
        self.before = variables.parts.apart(before)
        for name in variables.parts.names(self.names):
            value = self.before.get(name)
            if value is not None and is_integer(value):
                variables.carried[name] = value
            elif value is None and self.form.passes(name):
                variables.carried[name] = Host(0)
                variables.late.add(name)
        return variables

    def _init(self, value: Value) -> SSAValue:
        if isinstance(value, BlockValue | ElementValue | Handle):
            return value.ssa
        return i32_arithmetic.truth_ssa(self.c, value) if i32_arithmetic.is_truth(value) else self.c.integer(value)

    def _body(self, variables: Variables, starts: dict[str, Value]) -> dict[str, Value]:
        """Compiles the body, and returns what the variables stand for at its end."""
        c, frame = self.c, self.c.frame
        env, live = c.scope.env, frame.loop_live
        bound = {name: v for name, v in starts.items() if name not in variables.late or self.form.passes(name)}
        hidden = {name for name in HIDDEN if name in env} | (variables.late - bound.keys())
        c.scope.env = {n: v for n, v in env.items() if n not in hidden} | variables.changing
        frame.loops, frame.runtime_loops = frame.loops + 1, frame.runtime_loops + 1
        frame.loop_live = live | self.head
        is_certain = self.nonempty and isinstance(self.form, ForForm)
        c.conditions += 0 if is_certain else 1
        try:
            with c.inside(self.form.body):
                for name, value in variables.parts.together(bound | start_held(c, variables)).items():
                    c.assign(name, value)
                self.form.start()
                c.statements(self.form.statements)
            return c.scope.env
        finally:
            c.scope.env = env
            frame.loops, frame.runtime_loops, frame.loop_live = frame.loops - 1, frame.runtime_loops - 1, live
            c.conditions -= 0 if is_certain else 1

    def _revise(self, variables: Variables, starts: dict[str, Value], end: dict[str, Value]) -> bool:
        """Corrects what was assumed of the variables by what they have become. False: it was right."""
        revised = self._refuse_tested(variables) | self._refuse_rebuilt(variables, end)
        ends = variables.parts.apart(end)
        for variable in self.names:
            if isinstance(end.get(variable), Poison):
                revised |= variable not in variables.changing and self._try_number(variables, variable)
                continue
            for name in variables.parts.names([variable]):
                if variable not in variables.changing:
                    revised |= self._revise_part(variables, starts, name, ends.get(name))
        return revised

    def _revise_part(self, variables: Variables, starts: dict[str, Value], name: str, value: Value | None) -> bool:
        if name in variables.carried:
            return self._revise_carried(variables, name, starts[name], value)
        if name in variables.held:
            return self._revise_held(variables, name, value)
        if name in self.before:
            return self._revise_fixed(variables, name, value)
        if value is not None and name in self.after and self.nonempty and (start := self._late(value)):
            variables.carried[name] = start
            variables.late.add(name)
            return True
        return False

    def _refuse_tested(self, variables: Variables) -> bool:
        """What the condition binds and can't hand on is not the variable's value in the body, nor behind the loop."""
        refused = self.form.not_handed_on.keys() - variables.changing.keys()
        for name in refused:
            variables.carried.pop(name, None)
            variables.late.discard(name)
            how = f"is {describe(self.form.not_handed_on[name])} of the loop's condition, which binds integers alone"
            hint = f"bind {name} in the body of the loop, and leave that with break"
            variables.changing[name] = conflict(how, self.related, hint)
        return bool(refused)

    def _refuse_rebuilt(self, variables: Variables, end: dict[str, Value]) -> bool:
        """What has other parts at the end of a turn is not carried in parts."""
        whole, c = variables.parts.whole, self.c
        ends = {name: end.get(name, like) for name, like in whole.items()}
        others = [n for n, e in ends.items() if not (isinstance(e, Poison) or are_built_alike(whole[n], e))]
        for name in others:
            variables.refuse(name, self._changing(c.scope.env[name], end.get(name)))
        return bool(others)

    def _try_number(self, variables: Variables, name: str) -> bool:
        """
        What begins as a number may be a sum of blocks, which an integer that the loop carries can't be: the body is
        compiled with the number itself, to see what becomes of it. If that is no better, it is an integer again.
        """
        number = self.before.get(name)
        if number is None or not is_block_number(number) or not self.c.computes:
            return False
        if name in self.tried:
            again = is_integer(number) and name not in variables.carried
            if again:
                variables.carried[name] = number
            return again
        self.tried.add(name)
        return variables.carried.pop(name, None) is not None

    def _late(self, value: Value) -> Value | None:
        """What a loop starts with that carries the value of its last turn to what follows; None: it can't."""
        if is_integer(value):
            return FALSE if i32_arithmetic.is_truth(value) else Host(0)
        if isinstance(value, BlockValue) and value.buffer is None and (type_ := common_type(self.c, value)) is not None:
            return computed(as_common(self.c, Fill(0), type_))
        if isinstance(value, ElementValue):
            return ElementValue(as_element(self.c, Host(0)))
        return None

    def _revise_carried(self, variables: Variables, name: str, start: Value, value: Value | None) -> bool:
        init = variables.carried[name]
        if isinstance(init, Handle):
            return False
        if isinstance(init, BlockValue | ElementValue) and value is not None:
            type_ = common_type(self.c, start, value)
            if type_ is not None and type_ != init.ssa.type:
                variables.carried[name] = computed(as_common(self.c, init, type_))
            if type_ is not None:
                return type_ != init.ssa.type
        if isinstance(init, Host) and value is not None and (type_ := common_type(self.c, init, value)) is not None:
            # It began as an integer, and is to hold an element that is read, or a block.
            variables.carried[name] = computed(as_common(self.c, init, type_))
            return True
        if value is None or not is_integer(value):
            variables.refuse(name, self._changing(init, value))
            return True
        if same_value(start, value) and name not in variables.pinned | variables.late and not self.form.passes(name):
            del variables.carried[name]
            return True
        if i32_arithmetic.is_truth(init) and not i32_arithmetic.is_truth(value):
            variables.carried[name] = Int(self.c.integer(init))
            return True
        return False

    def _revise_fixed(self, variables: Variables, name: str, value: Value | None) -> bool:
        """A variable that was taken to be the same in all iterations."""
        before = self.before[name]
        if same_value(before, value) or isinstance(before, Poison):
            return False
        if isinstance(before, BlockValue) and are_alike(before, value) and name not in variables.not_held:
            if (older := self._older(variables, name, before)) is None:
                variables.held[name] = before
                return True
            # A turn ends with one block of a buffer under its own name: the others are values.
            variables.not_held.add(older)
            return older == name or variables.held.pop(older, None) is not None
        if value is not None and (type_ := common_type(self.c, before, value)) is not None:
            variables.carried[name] = computed(as_common(self.c, before, type_))
            variables.pinned.add(name)
        elif is_integer(before) or isinstance(before, Handle):
            variables.carried[name] = before
            variables.pinned.add(name)
        elif name not in variables.parts.whole and have_parts(before, value):
            variables.parts.whole[name] = before
            self.before = variables.parts.apart(self.c.scope.env)
        else:
            variables.refuse(name, self._changing(before, value))
        return True

    def _older(self, variables: Variables, name: str, block: BlockValue) -> str | None:
        """The variable that stands for the older one of two blocks of a buffer, if the loop holds another one."""
        for other, held in variables.held.items():
            if are_alike(held, block) and held.ssa is not block.ssa:
                first, second = owner_of(held.ssa, Operation), owner_of(block.ssa, Operation)
                is_older = first.parent is second.parent and first.is_before_in_block(second)
                return other if is_older else name
        return None

    def _revise_held(self, variables: Variables, name: str, value: Value | None) -> bool:
        """A variable that was taken to be the block that is held at one end of a buffer."""
        if are_alike(variables.held[name], value):
            return False
        del variables.held[name]
        variables.not_held.add(name)
        return True

    def _changing(self, before: Value, value: Value | None) -> Value:
        if isinstance(before, Unusable):
            return before
        if value is None or isinstance(value, Unusable):
            return value or unbound("may be unbound after an iteration", self.related)
        a, b = describe(before), describe(value)
        changed = f"{b} after an iteration" if a != b else "another one in each iteration"
        return conflict(f"is {a} before the loop and {changed}", self.related, _hint_for(value))

    def _finish(self, variables: Variables, starts: dict[str, Value], end: dict[str, Value]) -> None:
        c, ends = self.c, variables.parts.apart(end)
        with c.inside(self.form.body):
            for name in variables.held:
                if isinstance(block := ends.get(name), BlockValue):
                    hand_on(c, block)
            yields = [
                # A handle goes on as it was where a mistake has been reported of it.
                carry(c, ends.get(name, start if isinstance(start, Handle) else POISON), start.ssa.type)
                for name, start in starts.items()
                if isinstance(start, Computed)
            ]
        results = self.form.close(end, yields)
        env = c.scope.env
        behind = {name: computed(result) for name, result in zip(starts, results, strict=True)} | self._hold(variables)
        for name in self.names:
            value = end.get(name)
            if isinstance(value, Poison):
                env[name] = POISON
            elif name in variables.changing:
                env[name] = variables.changing[name]
            elif name not in variables.carried and name not in env:
                env[name] = self._unbound_after(value)
        for name, value in variables.parts.together(behind).items():
            if not isinstance(env.get(name), Poison):
                c.assign(name, value)
        if RETURN in env:
            leave(c, env[RETURN])

    def _hold(self, variables: Variables) -> dict[str, BlockValue]:
        """Around the loop, for blocks that are held from turn to turn: what they are behind it."""
        c, loop = self.c, self.form.op
        for block in variables.held.values():
            hand_on(c, block)
            given = c.block.last_op
            assert given is not None
            given.detach()
            c.block.insert_op_before(given, loop)
        return start_held(c, variables)

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
        case BlockValue(buffer=None) | Fill():
            return "what a loop carries has one shape: start with a block of it, as in ⟦fill⟧(0, shape=...)"
        case BlockValue():
            return "a block is used in the turn that acquires it; a value of it, as in block * 1, can be carried"
        case TransferValue() | Handle():
            return "wait() for it in the turn that starts it; the next one goes on through the same pipe and buffer"
        case _:
            return None


def leave(c: ThreadCompiler, returned: Value) -> None:
    """After a loop in which the function may have returned: then what follows is not run, nor are loops around it."""
    env = c.scope.env
    env[ACTIVE] = i32_arithmetic.negated_truth(c, returned)
    if c.frame.loops:
        env[BREAK] = returned
