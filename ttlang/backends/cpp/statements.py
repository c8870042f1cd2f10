"""The body of a kernel function as C++ statements."""

from __future__ import annotations

import linecache
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from os.path import basename

from xdsl.dialects import arith, scf
from xdsl.ir import Attribute, Block, Operation, OpResult, Region, SSAValue

from ttlang.analysis.bounds import Bounds
from ttlang.analysis.kernel_arrangement import Arrangement
from ttlang.analysis.locations import span_of
from ttlang.analysis.value_variables import entry_copies, exit_copies
from ttlang.backends.cpp.assignments import Assignments, cpp_type
from ttlang.backends.cpp.calls import CallPrinter
from ttlang.backends.cpp.expressions import Binding, Expression, arithmetic, constant, negation
from ttlang.backends.cpp.identifiers import Names
from ttlang.backends.cpp.prints import ZONE, literal
from ttlang.backends.cpp.wrapping_arithmetic import leaves_32_bits
from ttlang.diagnostics import error
from ttlang.dialects import ttkernel
from ttlang.dialects.ttkernel.facets import HandsPages
from ttlang.dialects.walking import operations_in
from ttlang.tables.kernel_api import Generation

_CONSTANT_TYPES: dict[type[Attribute], str] = {
    ttkernel.TensorAccessorType: "const auto",
    ttkernel.L1AddrPtrType: "auto* const",
    ttkernel.ElementPtrType: "auto* const",
    ttkernel.NocAddrType: "const uint64_t",
}
"""How constants are declared that are no numbers of 32 bits."""


class StatementPrinter:
    """
    Prints the statements of one kernel as it is arranged. `names` holds the constants that are declared already: those
    of the circular buffers are `buffers`, those of the tensors' descriptions `accessor_args`.
    """

    def __init__(
        self,
        kernel: ttkernel.KernelOp,
        arrangement: Arrangement,
        generation: Generation,
        names: Names,
        buffers: dict[str, str],
        accessor_args: dict[str, str],
    ):
        self._names = names
        self._calls = CallPrinter(kernel, generation, buffers, self.expression)
        self._accessor_args = accessor_args
        self._arrangement = arrangement
        self._assignments = Assignments(arrangement.variables, names, self.expression)
        self._bounds = Bounds()
        self._constants: dict[SSAValue, Expression] = {}
        """What stands for the values that have a declaration."""
        self._lines: list[str] = []
        self._outer: list[list[str]] = []
        """What stands before each region that is not at its end."""

    def print_body(self) -> list[str]:
        """The lines of the function, not indented."""
        self._statements(self._arrangement.top)
        return self._lines

    # ------------------------------------------------------------------------------------------------- expressions

    def expression(self, value: SSAValue) -> Expression:
        """What stands for a value where it is used."""
        if variable := self._assignments.read(value):
            return variable
        if constant := self._constants.get(value):
            return constant
        assert type(value) is OpResult, "block arguments are carried, or indices of loops"
        return self._definition(value.op)

    def _definition(self, op: Operation) -> Expression:
        if type(op) is arith.ConstantOp:
            return constant(op)
        if isinstance(op, ttkernel.TensorAccessorArgsOp):
            return Expression(self._accessor_args[op.tensor.root_reference.data])
        if isinstance(op, ttkernel.CallOp):
            return Expression(self._calls.text(op), unsigned=op.UNSIGNED)
        if isinstance(op, ttkernel.CounterOp):
            index = f"[{self.expression(op.index).text}]" if op.index is not None else ""
            counter = f"{self.expression(op.counters).text}{index}"
            if isinstance(op, ttkernel.LoadCounterOp):
                return Expression(counter, unsigned=True)
            return Expression(f"++{counter}", Binding.UNARY, unsigned=True)
        operands = [self.expression(operand) for operand in op.operands]
        if expression := arithmetic(op, operands, wraps=leaves_32_bits(op, self._bounds)):
            return expression
        raise _unknown(op)

    # -------------------------------------------------------------------------------------------------- statements

    def _block(self, block: Block) -> None:
        self._statements(operations_in(block))

    def _statements(self, ops: Iterable[Operation]) -> None:
        arrangement = self._arrangement
        for op in ops:
            if op not in arrangement.statements:
                continue
            if op is arrangement.body and self._lines:
                self._lines.append("")
            if op in arrangement.shown:
                self._show_line(op)
            self._statement(op)

    def _statement(self, op: Operation) -> None:
        match op:
            case _ if op.regions:
                self._control_flow(op)
            case ttkernel.CountersOp():
                self._counters(op)
            case ttkernel.SignpostBeginOp():
                self._begin_region(op)
            case ttkernel.SignpostEndOp():
                self._end_region()
            case ttkernel.CountOp() if not op.result.uses:
                self._lines.append(f"{self._definition(op).text};")
            case _ if len(op.results) == 1:
                self._define(op)
            case ttkernel.CallOp():
                remark = self._calls.remark(op)
                self._lines.append(f"{self._calls.text(op)};{f'  // {remark}' if remark else ''}")
            case _:
                raise _unknown(op)

    def _show_line(self, op: Operation) -> None:
        """The Python line that the operation comes from, in a comment."""
        span = span_of(op)
        assert span is not None
        file, line = span.file, span.line
        # A backslash at the end of the comment would take in the next line.
        source = linecache.getline(file, line).strip().rstrip("\\ ")
        hands = HandsPages.of(op)
        if hands and hands.releases and source.startswith("with "):
            source = "the end of `with`"
        self._lines.append(f"// {basename(file)}:{line}{f': {source}' if source else ''}")

    def _define(self, op: Operation) -> None:
        (result,) = op.results
        value = self._definition(op)
        if line := self._assignments.define(result, value):
            self._lines.append(line)
            return
        name = self._names.declare(*self._arrangement.names[op])
        self._lines.append(f"{_constant_type(result, value)} {name} = {value.text};")
        self._constants[result] = Expression(name, unsigned=value.unsigned)

    def _counters(self, op: ttkernel.CountersOp) -> None:
        name = self._names.declare(*self._arrangement.names[op])
        size = op.size.value.data
        self._lines.append(f"uint32_t {name} = 0;" if size == 1 else f"uint32_t {name}[{size}] = {{}};")
        self._constants[op.result] = Expression(name)

    # ------------------------------------------------------------------------------------------------ control flow

    def _control_flow(self, op: Operation) -> None:
        match op:
            case scf.ForOp():
                self._for(op)
            case scf.WhileOp():
                self._while(op)
            case scf.IfOp():
                self._if(op)
            case _:
                raise _unknown(op)

    def _for(self, op: scf.ForOp) -> None:
        self._lines += self._assignments.assign(entry_copies(op))
        index = op.body.block.args[0]
        self._names.open()
        lower, upper, step = (self.expression(bound).signed() for bound in (op.lb, op.ub, op.step))
        name = self._names.declare(*self._arrangement.names[op])
        self._constants[index] = Expression(name)
        advance = f"++{name}" if step.text == "1" else f"{name} += {step.text}"
        head = f"for (int32_t {name} = {lower.text}; {name} < {upper.within(Binding.RELATION, right=True)}; {advance})"
        self._braces(head, self._nested(op.body.block))
        self._names.close()

    def _if(self, op: scf.IfOp) -> None:
        condition = self.expression(op.cond)
        self._lines += self._assignments.declare(op.results)
        then = self._nested(op.true_region.block)
        otherwise = self._nested(op.false_region.block) if op.false_region.blocks else []
        if not then and otherwise:
            self._braces(f"if ({negation(condition).text})", otherwise)
            return
        self._braces(f"if ({condition.text})", then)
        if not otherwise:
            return
        comments = next(i for i, line in enumerate(otherwise) if not line.startswith("//"))
        if otherwise[comments].startswith("if (") and self._is_only_an_if(op.false_region):
            self._lines[-1] = f"}} else {otherwise[comments]}"
            self._lines += [f"    {line}" for line in otherwise[:comments]] + otherwise[comments + 1 :]
            return
        self._lines.pop()
        self._braces("} else", otherwise)

    def _is_only_an_if(self, region: Region) -> bool:
        """Whether a branch, already printed, prints nothing but an `if`."""
        statements = [op for op in region.block.ops if op in self._arrangement.statements]
        return (
            len(statements) == 1
            and isinstance(statements[0], scf.IfOp)
            and all(self._assignments.is_settled(*copy) for copy in exit_copies(region.block))
        )

    def _while(self, op: scf.WhileOp) -> None:
        self._lines += self._assignments.assign(entry_copies(op))
        self._lines += self._assignments.declare(op.results)
        before, after = op.before_region.block, op.after_region.block
        test = before.last_op
        assert isinstance(test, scf.ConditionOp)
        self._names.open()
        with self._collected() as checks:
            self._block(before)
            condition = self.expression(test.condition)
            copies = exit_copies(before)
            if self._assignments.change(condition, copies):
                name = self._names.declare("again")
                self._lines.append(f"const bool {name} = {condition.text};")
                condition = Expression(name)
            self._lines += self._assignments.assign(copies)
            if self._lines:
                self._braces(f"if ({negation(condition).text})", ["break;"])
        head = "while (true)" if checks else f"while ({condition.text})"
        self._braces(head, checks + self._nested(after))
        self._names.close()

    def _begin_region(self, op: ttkernel.SignpostBeginOp) -> None:
        """A scope, whose end the profiler's object sees. What is used behind it is declared before it."""
        self._lines += self._assignments.declare(self._arrangement.variables.needed_behind(op))
        self._names.open()
        self._outer.append(self._lines)
        self._lines = [f"{ZONE[0]}({literal(op.label.data)});"]

    def _end_region(self) -> None:
        lines, self._lines = self._lines, self._outer.pop()
        self._braces("", lines)
        self._names.close()

    def _nested(self, block: Block) -> list[str]:
        """The lines of a block with the assignments at its end."""
        self._names.open()
        with self._collected() as lines:
            self._block(block)
            self._lines += self._assignments.assign(exit_copies(block))
        self._names.close()
        return lines

    @contextmanager
    def _collected(self) -> Generator[list[str]]:
        """Puts the lines that are printed meanwhile into the list."""
        outer, self._lines = self._lines, []
        yield self._lines
        self._lines = outer

    def _braces(self, head: str, body: Sequence[str]) -> None:
        self._lines += [f"{head} {{" if head else "{", *(f"    {line}" if line else "" for line in body), "}"]


def _constant_type(result: SSAValue, value: Expression) -> str:
    return _CONSTANT_TYPES.get(type(result.type)) or f"const {cpp_type(result, value)}"


def _unknown(op: Operation) -> Exception:
    return error("TTL0001", f"the C++ printer has no form for '{op.name}'", span_of(op))
