"""Statements other than loops."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from ttlang.diagnostics import DiagnosticError
from ttlang.frontend.blocks import row_major_blocks, slices_in_expressions
from ttlang.frontend.blocks.acquired_blocks import release
from ttlang.frontend.blocks.known_values import is_integer, is_method
from ttlang.frontend.blocks.sequences import as_items, group, iterate
from ttlang.frontend.blocks.signposts import begin_region, end_region
from ttlang.frontend.blocks.stores import store
from ttlang.frontend.blocks.values import (
    FALSE,
    NONE,
    POISON,
    TRUE,
    BlockValue,
    Bool,
    Group,
    Host,
    Int,
    RangeValue,
    SignpostValue,
    Value,
    Window,
    describe,
)
from ttlang.frontend.python import conditions
from ttlang.frontend.python.branches import join_paths
from ttlang.frontend.python.chosen_items import chosen_item, compile_for_each_place
from ttlang.frontend.python.chosen_values import chosen_in, compile_for_each
from ttlang.frontend.python.expressions import binary
from ttlang.frontend.python.liveness import always_jumps, jumps
from ttlang.frontend.python.paths import ACTIVE, BREAK, HIDDEN, RESULT, RETURN, compile_path, empty_path
from ttlang.frontend.python.thread_compiler import Poisoned, ThreadCompiler
from ttlang.language.tensors import TensorParameter


def compile_statements(c: ThreadCompiler, nodes: Sequence[ast.stmt]) -> None:
    """
    Compiles a list of statements. What follows a jump that not every path takes is compiled on the paths that go on.
    """
    held = len(c.slices)
    _compile_list(c, nodes)
    slices_in_expressions.release_from(c, held)


def _compile_list(c: ThreadCompiler, nodes: Sequence[ast.stmt]) -> None:
    for position, node in enumerate(nodes):
        active = c.scope.env.get(ACTIVE)
        if isinstance(active, Bool):
            _guard(c, active, nodes[position:])
            return
        if isinstance(active, Host) and not active.value:
            return
        if (chosen := chosen_in(c, node)) is not None:
            c.attempt(node, lambda node=node, chosen=chosen: compile_for_each(c, node, chosen))
        elif (item := chosen_item(c, node)) is not None:
            c.attempt(node, lambda node=node, item=item: compile_for_each_place(c, node, item))
        elif not isinstance(node, ast.If):
            c.first_slice = held = len(c.slices)
            c.statement(node)
            if not isinstance(node, ast.Assign | ast.AnnAssign) or _stores_a_slice(node):
                # No variable keeps a value of it.
                slices_in_expressions.release_from(c, held)
        elif c.attempt(node, lambda node=node, rest=nodes[position + 1 :]: _compile_branch(c, node, rest)):
            return


def _stores_a_slice(node: ast.Assign | ast.AnnAssign) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return all(isinstance(target, ast.Subscript) for target in targets)


def _guard(c: ThreadCompiler, active: Bool, rest: Sequence[ast.stmt]) -> None:
    """Compiles the rest of a list for the paths that are still on it."""
    c.at(rest[0])

    def body() -> None:
        # On this path nothing has jumped.
        for name in HIDDEN:
            c.scope.env.pop(name, None)
        compile_statements(c, rest)

    then = compile_path(c, body)
    other = empty_path(c)
    other.env[ACTIVE] = FALSE
    if not c.frame.loops:
        # Outside of loops, only a return leaves a list of statements.
        other.env[RETURN] = TRUE
    join_paths(c, active.ssa, then, other, c.frame.liveness.after(rest[-1]), c.frame.loop_live)


def _compile_branch(c: ThreadCompiler, node: ast.If, rest: Sequence[ast.stmt]) -> bool:
    """An `if`. Where one of its branches always jumps, the rest of the list goes into the other: then True."""
    c.at(node)
    try:
        test = conditions.condition(c, node.test)
    except (DiagnosticError, Poisoned):
        for statements in (node.body, node.orelse):
            compile_for_errors(c, statements)
        raise
    c.at(node)
    if isinstance(test, Host):
        compile_statements(c, node.body if test.value else node.orelse)
        return False
    body, orelse, last, takes_rest = node.body, node.orelse, node, False
    if rest and (jumps(body) or jumps(orelse)):
        if always_jumps(body):
            orelse, last, takes_rest = [*orelse, *rest], rest[-1], True
        elif always_jumps(orelse):
            body, last, takes_rest = [*body, *rest], rest[-1], True
    then = compile_path(c, lambda: compile_statements(c, body))
    other = compile_path(c, lambda: compile_statements(c, orelse)) if orelse else empty_path(c)
    join_paths(c, test.ssa, then, other, c.frame.liveness.after(last), c.frame.loop_live)
    return takes_rest


def compile_for_errors(c: ThreadCompiler, nodes: Sequence[ast.stmt], poisoned: Iterable[str] = ()) -> None:
    """Compiles statements whose head has an error, for their own errors only."""
    values: dict[str, Value] = dict.fromkeys(poisoned, POISON)

    def body() -> None:
        c.scope.env |= values
        compile_statements(c, nodes)

    compile_path(c, body).block.erase(safe_erase=False)


# ------------------------------------------------------------------------------------------------------ assignments


def compile_assign(c: ThreadCompiler, node: ast.Assign) -> None:
    value = c.expression(node.value)
    for target in node.targets:
        assign(c, target, value)


def compile_annotated(c: ThreadCompiler, node: ast.AnnAssign) -> None:
    if node.value is not None:
        assign(c, node.target, c.expression(node.value))


def compile_augmented(c: ThreadCompiler, node: ast.AugAssign) -> None:
    if not isinstance(node.target, ast.Name):
        raise _bad_target(c, node.target)
    name = ast.copy_location(ast.Name(node.target.id, ast.Load()), node.target)
    old = c.expression(name)
    row_major_blocks.learn(c, old)
    value = slices_in_expressions.read(c, c.expression(node.value))
    c.at(node)
    if isinstance(old, BlockValue) and old.buffer is not None and isinstance(node.op, ast.Add):
        _add_to_block(c, node.target.id, old, value)
        return
    if isinstance(old, Int) and isinstance(value, BlockValue):
        raise c.error(
            "TTL0108",
            f"{node.target.id} is a number that the loop changes, and a block can't be combined with it",
            hint=f"start the sum with a number known at compile time, as in {node.target.id} = 0, or with a block",
        )
    if isinstance(old, BlockValue) and old.reserved:
        raise c.error(
            "TTL0412",
            f"{node.target.id} was reserved, to be written, and only += writes to a block",
            hint=f"store what it is to hold: {node.target.id}.store(...)",
        )
    c.assign(node.target.id, binary(c, node.op, old, value))


def _add_to_block(c: ThreadCompiler, name: str, block: BlockValue, value: Value) -> None:
    """`block += value`: a store that adds to what the block holds."""
    if not block.reserved:
        raise c.error(
            "TTL0411",
            f"{name} += writes to a block that was waited for, to be read",
            hint=f"give the sum another name, as in total = {name} + ...; or add to a reserved block",
        )
    store(c, block, value, acc=True)


def assign(c: ThreadCompiler, target: ast.expr, value: Value) -> None:
    """Binds the names of a target, which may be nested."""
    c.at(target)
    match target:
        case ast.Name(id=name):
            c.assign(name, value)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            _unpack(c, target, parts, value)
        case ast.Subscript() if c.is_unified and isinstance(window := c.expression(target), Window):
            c.at(target)
            slices_in_expressions.write(c, window, value)
        case _:
            raise _bad_target(c, target)


def _unpack(c: ThreadCompiler, target: ast.expr, parts: Sequence[ast.expr], value: Value) -> None:
    if not isinstance(value, Group | Host | RangeValue) or is_integer(value):
        hint = "ttl.⟦core⟧() has two coordinates, ttl.⟦core⟧(dims=1) and ttl.core_linear() are one number"
        raise c.error("TTL0106", f"{describe(value)} can't be unpacked", hint=hint if is_integer(value) else None)
    items = iterate(c, value)
    stars = [i for i, part in enumerate(parts) if isinstance(part, ast.Starred)]
    if len(items) != len(parts) if not stars else len(items) < len(parts) - 1:
        expected = f"at least {len(parts) - 1}" if stars else str(len(parts))
        raise c.error("TTL0106", f"{len(items)} values are unpacked, and {expected} are expected")
    if stars:
        first, last = stars[0], len(items) - (len(parts) - 1 - stars[0])
        items = [*items[:first], group(items[first:last], list), *items[last:]]
    for part, item in zip(parts, items, strict=True):
        assign(c, part.value if isinstance(part, ast.Starred) else part, item)


def _bad_target(c: ThreadCompiler, target: ast.expr) -> DiagnosticError:
    if isinstance(target, ast.Attribute | ast.Subscript):
        what = "an attribute" if isinstance(target, ast.Attribute) else "an item"
        owner = c.expression(target.value)
        name, items = ast.unparse(target.value), as_items(owner)
        return c.error(
            "TTL0101",
            f"{what} of {describe(owner)} can't be assigned in a thread",
            target,
            hint=_write_hint(c, name, owner) if items is None else _item_hint(name, len(items[0])),
        )
    return c.error("TTL0101", "this can't be assigned in a thread", target)


def _item_hint(name: str, count: int) -> str:
    """How a list gets another item."""
    return f"make a new list, as in {name} = [new if n == place else {name}[n] for n in range({count})]"


def _write_hint(c: ThreadCompiler, name: str, owner: Value) -> str:
    """How something is written that was to be assigned in part."""
    if isinstance(owner, BlockValue):
        return f"a block is written as a whole: {name}.store(value)"
    if isinstance(owner, Host) and isinstance(owner.value, TensorParameter):
        if c.is_unified:
            return f"assign it the sum: {name}[row, column] = {name}[row, column] + value"
        return f"a data movement thread writes to it: ttl.copy(block, {name}[row, column]).wait()"
    return "threads are compiled, not run: make a new value, and give it a name"


# ------------------------------------------------------------------------------------------------------- the others


def compile_expression(c: ThreadCompiler, node: ast.Expr) -> None:
    if isinstance(node.value, ast.Constant):
        return
    value = c.expression(node.value)
    if isinstance(node.value, ast.Attribute) and (
        is_method(value) or (isinstance(value, Host) and callable(value.value))
    ):
        call = f"{ast.unparse(node.value)}()"
        raise c.error("TTL0102", "this names a method, and does not call it", node, hint=f"call it: {call}")


def compile_with(c: ThreadCompiler, node: ast.With) -> None:
    """
    Acquires blocks and begins regions; at the end, also where control jumps out of the body, releases and ends them in
    reverse order.
    """
    entered: list[tuple[ast.withitem, BlockValue | SignpostValue]] = []
    for item in node.items:
        try:
            entered.append((item, _enter(c, item)))
        except (DiagnosticError, Poisoned) as problem:
            if isinstance(problem, DiagnosticError):
                c.diagnostics += problem.diagnostics
            for target in ast.walk(item.optional_vars or item.context_expr):
                if isinstance(target, ast.Name) and isinstance(target.ctx, ast.Store):
                    c.scope.env[target.id] = POISON
    compile_statements(c, node.body)
    for item, value in reversed(entered):
        c.at(item)
        if isinstance(value, SignpostValue):
            end_region(c)
        else:
            release(c, value)


def _enter(c: ThreadCompiler, item: ast.withitem) -> BlockValue | SignpostValue:
    value = c.expression(item.context_expr)
    c.at(item)
    if isinstance(value, SignpostValue) and item.optional_vars is None:
        begin_region(c, value)
        return value
    if not isinstance(value, BlockValue) or value.buffer is None:
        hint = "as in `with cb.wait() as block`, or `with cb.reserve() as block`"
        if is_method(value):
            hint = f"call it: {ast.unparse(item.context_expr)}()"
        raise c.error("TTL0106", f"`with` releases a block that was acquired, and this is {describe(value)}", hint=hint)
    if isinstance(item.optional_vars, ast.Name):
        c.assign(item.optional_vars.id, value)
    elif item.optional_vars is not None:
        raise c.error("TTL0101", "a block is bound to one name", item.optional_vars)
    return value


def compile_pass(c: ThreadCompiler, node: ast.Pass) -> None:
    """Nothing."""


def compile_return(c: ThreadCompiler, node: ast.Return) -> None:
    value = c.expression(node.value) if node.value is not None else NONE
    c.at(node)
    is_none = isinstance(value, Host) and value.value is None
    if c.frame.caller is None and not is_none:
        raise c.error("TTL0101", "a thread returns nothing", hint="store results in blocks, and copy them to tensors")
    if c.frame.runtime_loops and not is_none:
        c.scope.env |= {RESULT: POISON, RETURN: TRUE, BREAK: TRUE, ACTIVE: FALSE}
        raise c.error(
            "TTL0003",
            "a value can't be returned from inside a loop yet",
            hint="assign it to a variable, leave the loop with break, and return it there",
        )
    c.scope.env |= {RESULT: value, RETURN: TRUE, ACTIVE: FALSE}
    if c.frame.loops:
        c.scope.env[BREAK] = TRUE


def compile_break(c: ThreadCompiler, node: ast.Break) -> None:
    c.scope.env |= {BREAK: TRUE, ACTIVE: FALSE}


def compile_continue(c: ThreadCompiler, node: ast.Continue) -> None:
    c.scope.env[ACTIVE] = FALSE
