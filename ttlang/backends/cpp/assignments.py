"""The variables of a kernel function in C++: their declarations, and what is assigned to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from xdsl.dialects.builtin import i1
from xdsl.ir import SSAValue

from ttlang.analysis.value_variables import Copies, Variable, Variables
from ttlang.backends.cpp.expressions import Expression
from ttlang.backends.cpp.identifiers import Names
from ttlang.dialects import ttkernel

_COMPOUND = frozenset({"+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>"})
"""Operators that have a form `a += b`."""
_COMMUTATIVE = frozenset({"+", "*", "&", "|", "^"})


class _Assignment(NamedTuple):
    variable: Variable
    target: SSAValue
    value: Expression


class Assignments:
    """Writes the statements, in the order of the text: a variable is declared by the first."""

    def __init__(self, variables: Variables, names: Names, expression: Callable[[SSAValue], Expression]):
        """`expression`: what stands for a value where it is used."""
        self._variables = variables
        self._names = names
        self._expression = expression
        self._declared: dict[Variable, str] = {}

    def read(self, value: SSAValue) -> Expression | None:
        """The variable that holds a value, if one does."""
        if (variable := self._variables.get(value)) is None:
            return None
        name = self._declared[variable]
        return Expression(name, reads=frozenset((name,)))

    def declare(self, results: Iterable[SSAValue]) -> list[str]:
        """Declares the variables of results that something inside is going to assign."""
        lines: list[str] = []
        for result in results:
            variable = self._variables.get(result)
            if variable and variable not in self._declared:
                lines.append(f"{cpp_type(result)} {self._name(variable)};")
        return lines

    def define(self, result: SSAValue, value: Expression) -> str | None:
        """Assigns the result of an operation to its variable, if it has one."""
        variable = self._variables.get(result)
        return self._write(_Assignment(variable, result, value)) if variable else None

    def assign(self, copies: Copies) -> list[str]:
        """Assigns all at once: what an assignment destroys is read before it, from a copy if need be."""
        lines: list[str] = []
        pending: list[_Assignment] = []
        for target, source in copies:
            variable = self._variables.get(target)
            if variable and not self.is_settled(target, source):
                pending.append(_Assignment(variable, target, self._expression(source)))
        while pending:
            ready = next((each for each in pending if not self._is_needed(each.variable, pending)), None)
            if ready:
                pending.remove(ready)
                lines.append(self._write(ready))
                continue
            variable, target, value = pending.pop(0)
            name = self._names.declare(f"next_{self._declared[variable]}")
            lines.append(f"const {cpp_type(target, value)} {name} = {value.text};")
            pending.append(_Assignment(variable, target, Expression(name, unsigned=value.unsigned)))
        return lines

    def is_settled(self, target: SSAValue, source: SSAValue) -> bool:
        """Whether an assignment does nothing: both are in one variable, or nobody reads the target."""
        variable = self._variables.get(target)
        return variable is None or variable is self._variables.get(source)

    def change(self, expression: Expression, copies: Copies) -> bool:
        """Whether assignments destroy what an expression reads."""
        targets = (self._variables.get(target) for target, source in copies if not self.is_settled(target, source))
        return any(target and self._declared.get(target) in expression.reads for target in targets)

    def _is_needed(self, variable: Variable, pending: Iterable[_Assignment]) -> bool:
        name = self._declared.get(variable)
        return any(name in each.value.reads for each in pending if each.variable is not variable)

    def _write(self, assignment: _Assignment) -> str:
        variable, target, value = assignment
        name = self._declared.get(variable)
        if name is None:
            return f"{cpp_type(target)} {self._name(variable)} = {value.text};"
        if value.operator in _COMMUTATIVE and value.left and value.right and value.right.text == name:
            value = value._replace(left=value.right, right=value.left)
        if value.operator in _COMPOUND and value.left and value.right and value.left.text == name:
            increment = value.operator in ("+", "-") and value.right.text == "1"
            short = f"{value.operator * 2}{name}" if increment else ""
            return f"{short or f'{name} {value.operator}= {value.right.text}'};"
        return f"{name} = {value.text};"

    def _name(self, variable: Variable) -> str:
        name = self._declared[variable] = self._names.declare(variable.name)
        return name


def cpp_type(value: SSAValue, expression: Expression | None = None) -> str:
    """The type of a value; of what an expression gives, if that stands for it."""
    if value.type == i1:
        return "bool"
    if isinstance(value.type, ttkernel.NocAddrType):
        return "uint64_t"
    if isinstance(value.owner, ttkernel.CastToElementPtrOp):
        return f"{value.owner.pointee}*"
    return "uint32_t" if expression and expression.unsigned else "int32_t"
