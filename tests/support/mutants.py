"""Changes of a kernel's source by chance, along its grammar."""

from __future__ import annotations

import ast
import copy
import random
from collections.abc import Callable
from typing import Any

OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.BitAnd, ast.MatMult)
COMPARISONS = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Is, ast.In)
CONSTANTS = (0, 1, -1, 2, 7, 0.5, True, None, "text", (1, 2), 1 << 33)
EXPRESSIONS = (
    "ttl.core()",
    "ttl.core_linear()",
    "a",
    "a[0, 0]",
    "a[1:2]",
    "[1, 2]",
    "{'x': 1}",
    "lambda v: v",
    "range(3)",
    "ttl.math.exp",
    "ttl.copy",
    "print",
    "math.floor(1.5)",
    "undefined",
    "x if y else 1",
    "not a",
    "-1",
    "f'{1}'",
    "f'{ttl.core_linear():3}'",
    "f'{ttl.core_linear()!r:{a}}'",
    "print(a)",
    "str(ttl.core_linear())",
    "ttl.fill(2)",
    "slice(1, 2)",
    "len((1, 2))",
)
STATEMENTS = (
    "break",
    "continue",
    "return",
    "return 1",
    "pass",
    "x = y = 1",
    "x, y = y, x",
    "del x",
    "assert a",
    "assert ttl.core_linear() < 4, f'{ttl.core_linear()}'",
    "assert 1 // ttl.core_linear(), (ttl.core(), a)",
    "assert False, 'text'",
    "print()",
    "print(a, ttl.core(), sep='')",
    "print(f'{x}', *a, end=x)",
    "print(x, file=a)",
    "for v in (1, 2): x = v",
    "while False: pass",
    "if ttl.core_linear(): x = 2",
    "def g(v): return v",
    "x += 1",
)


class Mutant:
    """One change of the threads of a kernel, by chance."""

    def __init__(self, kernel: ast.FunctionDef, seed: int):
        self.random = random.Random(seed)
        self.tree = copy.deepcopy(kernel)
        for _ in range(self.random.choice((1, 1, 2, 3))):
            self.random.choice(CHANGES)(self)

    def nodes(self, *kinds: type[ast.AST]) -> list[Any]:
        return [node for node in ast.walk(self.tree) if isinstance(node, kinds)]

    def bodies(self) -> list[list[ast.stmt]]:
        found = [getattr(node, name, None) for node in ast.walk(self.tree) for name in ("body", "orelse")]
        return [body for body in found if isinstance(body, list) and body]

    def pick(self, items: list[Any]) -> Any:
        return self.random.choice(items) if items else None

    def replace(self, make: Callable[[ast.expr], ast.expr], *kinds: type[ast.expr]) -> None:
        """Puts another expression in the place of one."""
        targets = [n for n in self.nodes(*(kinds or (ast.expr,))) if not isinstance(getattr(n, "ctx", None), ast.Store)]
        if (target := self.pick(targets)) is not None:
            made = make(target)

            class Replacer(ast.NodeTransformer):
                def visit(self, node: ast.AST) -> ast.AST:
                    return made if node is target else self.generic_visit(node)

            self.tree = Replacer().visit(self.tree)

    # The changes

    def delete_statement(self) -> None:
        body = self.pick(self.bodies())
        del body[self.random.randrange(len(body))]
        if not body:
            body.append(ast.Pass())

    def duplicate_statement(self) -> None:
        body = self.pick(self.bodies())
        position = self.random.randrange(len(body))
        body.insert(self.random.randrange(len(body) + 1), copy.deepcopy(body[position]))

    def swap_statements(self) -> None:
        body = self.pick(self.bodies())
        i, j = (self.random.randrange(len(body)) for _ in range(2))
        body[i], body[j] = body[j], body[i]

    def insert_statement(self) -> None:
        body = self.pick(self.bodies())
        body.insert(self.random.randrange(len(body) + 1), ast.parse(self.random.choice(STATEMENTS)).body[0])

    def move_statement(self) -> None:
        statement = copy.deepcopy(self.pick(self.nodes(ast.stmt)))
        body = self.pick(self.bodies())
        body.insert(self.random.randrange(len(body) + 1), statement)

    def rename(self) -> None:
        names = self.nodes(ast.Name)
        self.pick(names).id = self.pick(names).id

    def change_operator(self) -> None:
        if (node := self.pick(self.nodes(ast.BinOp, ast.AugAssign))) is not None:
            node.op = self.random.choice(OPERATORS)()

    def change_comparison(self) -> None:
        if (node := self.pick(self.nodes(ast.Compare))) is not None:
            node.ops = [self.random.choice(COMPARISONS)() for _ in node.ops]

    def change_constant(self) -> None:
        self.replace(lambda _: ast.Constant(self.random.choice(CONSTANTS)), ast.Constant)

    def change_expression(self) -> None:
        text = self.random.choice(EXPRESSIONS)
        self.replace(lambda _: ast.parse(text, mode="eval").body)

    def wrap_expression(self) -> None:
        self.replace(lambda node: ast.BinOp(node, self.random.choice(OPERATORS)(), ast.Constant(2)))

    def swap_expressions(self) -> None:
        other = copy.deepcopy(self.pick([n for n in self.nodes(ast.expr) if isinstance(n, ast.Name | ast.Call)]))
        if not isinstance(getattr(other, "ctx", None), ast.Store):
            self.replace(lambda _: other)

    def change_attribute(self) -> None:
        nodes = self.nodes(ast.Attribute)
        self.pick(nodes).attr = self.random.choice(["wait", "reserve", "store", "pop", "push", self.pick(nodes).attr])

    def change_arguments(self) -> None:
        if (node := self.pick(self.nodes(ast.Call))) is None:
            return
        if node.args and self.random.random() < 0.5:
            del node.args[self.random.randrange(len(node.args))]
        else:
            node.args.append(ast.parse(self.random.choice(EXPRESSIONS), mode="eval").body)


CHANGES = (
    Mutant.delete_statement,
    Mutant.duplicate_statement,
    Mutant.swap_statements,
    Mutant.insert_statement,
    Mutant.move_statement,
    Mutant.rename,
    Mutant.change_operator,
    Mutant.change_comparison,
    Mutant.change_constant,
    Mutant.change_expression,
    Mutant.change_expression,
    Mutant.wrap_expression,
    Mutant.swap_expressions,
    Mutant.change_attribute,
    Mutant.change_arguments,
)
