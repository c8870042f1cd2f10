"""
Makes functions that the kernel API does not have, in a generation or for a format, of those that it has; gives a
select, whose kernel tests the bits of its condition, a condition that is 1 or 0; and leaves multiplications by a number
to calls that multiply by one themselves, which round once less.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation, SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern

from ttlang.analysis.locations import span_of
from ttlang.diagnostics import error
from ttlang.dialects import ttl
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.typed_values import owner_of, type_of
from ttlang.dialects.walking import operations_of
from ttlang.tables.functions import BY_NAME, Function
from ttlang.tables.kernel_api import NEWEST, Generation, find_generation
from ttlang.transforms.pass_order import OrderedPass
from ttlang.transforms.rewriting import convert, rewrites

Operand = SSAValue | float


class Expander:
    """`expander.exp(x)` applies the row of that name to blocks and numbers, and returns the block of the result."""

    def __init__(self, emit: Callable[[ttl.ElementwiseOp], object], type_: ttl.BlockType):
        self._emit = emit
        self._type = type_

    def __getattr__(self, name: str) -> Callable[..., SSAValue]:
        if name not in BY_NAME:
            raise AttributeError(name)
        return lambda *arguments: self._apply(BY_NAME[name], arguments)

    def _apply(self, row: Function, arguments: tuple[Operand, ...]) -> SSAValue:
        operands, numbers = arguments[: row.arity], [_number(n) for n in arguments[row.arity :]]
        if row.arity == 2 and not all(isinstance(operand, SSAValue) for operand in operands):
            first, second = operands
            if isinstance(first, SSAValue) and row.with_scalar:
                return self._apply(BY_NAME[row.with_scalar], (first, second))
            if isinstance(second, SSAValue) and row.scalar_with:
                return self._apply(BY_NAME[row.scalar_with], (second, first))
        blocks = [o if isinstance(o, SSAValue) else self._apply(BY_NAME["fill"], (o,)) for o in operands]
        op = ttl.elementwise_op(row)(blocks, self._type, numbers)
        self._emit(op)
        return op.result


def _number(argument: Operand) -> float:
    if isinstance(argument, SSAValue):
        raise TypeError("a parameter of a function is a number")
    return float(argument)


def _integer_format(op: ttl.ElementwiseOp) -> str:
    type_ = type_of(op.inputs[0] if op.inputs else op.result, ttl.BlockType)
    return type_.element.format.data if type_.element.dtype.is_integer else ""


@dataclass(frozen=True)
class ExpandFunction(RewritePattern):
    generation: Generation

    @rewrites
    def match_and_rewrite(self, op: ttl.ElementwiseOp, rewriter: PatternRewriter, /) -> None:
        row, integer = op.ROW, _integer_format(op)
        if row.call_in(self.generation, integer) is not None:
            return
        if row.expansion is None:
            raise self._lacking(op, integer)
        expander = Expander(rewriter.insert, type_of(op.result, ttl.BlockType))
        result: Operand = row.expansion(expander, *op.inputs, *op.parameter_values)
        value = result if isinstance(result, SSAValue) else expander.fill(result)
        rewriter.replace(op, (), (value,))

    def _lacking(self, op: ttl.ElementwiseOp, integer: str) -> Exception:
        name = op.ROW.name
        if integer and op.ROW.call_in(self.generation) is not None:
            return error(
                "TTL0306",
                f"{name} has no form for {type_of(op.inputs[0], ttl.BlockType).element.dtype} tiles",
                span_of(op),
                hint="convert them first: ⟦typecast⟧(x, ttl.float32)",
            )
        return error(
            "TTL0307",
            f"{name} is not in the kernel API of ttnn {self.generation}",
            span_of(op),
            hint=f"compile for a newer one: metal_api={NEWEST.name!r}",
        )


class TakeFactor(RewritePattern):
    """A function of what nothing else asks for, a block times a number."""

    @rewrites
    def match_and_rewrite(self, op: ttl.ElementwiseOp, rewriter: PatternRewriter, /) -> None:
        product = _product(op)
        if product is None or op.ROW.of_product is None:
            return
        expander = Expander(rewriter.insert, type_of(op.result, ttl.BlockType))
        result = op.ROW.of_product(expander, product.inputs[0], *product.parameter_values)
        if result is not None:
            rewriter.replace(op, (), (result,))
            rewriter.erase(product)


def _product(op: ttl.ElementwiseOp) -> ttl.ElementwiseOp | None:
    """The multiplication by a number whose result a function takes, and nothing else does."""
    if op.ROW.of_product is None or type_of(op.result, ttl.BlockType).element.dtype.is_integer:
        return None
    maker = op.inputs[0].owner
    if not isinstance(maker, ttl.ElementwiseOp) or maker.ROW.name != "mul_unary" or maker.parent is not op.parent:
        return None
    return maker if maker.result.has_one_use() else None


def _is_predicate(value: SSAValue) -> bool:
    return isinstance(value.owner, ttl.ElementwiseOp) and value.owner.ROW.predicate


def _tested(condition: SSAValue) -> SSAValue | None:
    """What a condition tests that is 1 or 0 and is compared with 1, which changes nothing."""
    maker = condition.owner
    if not isinstance(maker, ttl.ElementwiseOp) or maker.ROW.name != "unary_eq" or maker.parameter_values != (1.0,):
        return None
    return maker.inputs[0] if _is_predicate(maker.inputs[0]) else None


class MakeConditionPredicate(RewritePattern):
    @rewrites
    def match_and_rewrite(self, op: ttl.ElementwiseOp, rewriter: PatternRewriter, /) -> None:
        if "bitwise_condition" not in op.ROW.tags:
            return
        condition = op.inputs[0]
        if _is_predicate(condition):
            if (tested := _tested(condition)) is not None:
                op.operands[0] = tested
                rewriter.notify_op_modified(op)
                if not condition.uses:
                    rewriter.erase(owner_of(condition, Operation))
            return
        test = ttl.elementwise_op(BY_NAME["nez"])([condition], condition.type)
        rewriter.insert(test)
        op.operands[0] = test.result
        rewriter.notify_op_modified(op)


@dataclass(frozen=True)
class TTLExpandFunctionsPass(OrderedPass):
    """Leaves only functions that have a kernel call in the generation `metal_api`."""

    name = "ttl-expand-functions"
    needs = frozenset({Guarantee.BLOCK_EXPRESSIONS})
    gives = frozenset({Guarantee.KERNEL_FUNCTIONS})
    ends = frozenset({Guarantee.AS_WRITTEN})
    metal_api: str = NEWEST.name

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        generation = find_generation(self.metal_api)
        patterns = (MakeConditionPredicate(), ExpandFunction(generation))
        if any(_product(each) is not None for each in operations_of(op, ttl.ElementwiseOp)):
            convert(op, TakeFactor())
        while any(_lacks_call(each, generation) for each in operations_of(op, ttl.ElementwiseOp)):
            convert(op, *patterns)


def _lacks_call(op: ttl.ElementwiseOp, generation: Generation) -> bool:
    if op.ROW.call_in(generation, _integer_format(op)) is None:
        return True
    if "bitwise_condition" not in op.ROW.tags:
        return False
    return not _is_predicate(op.inputs[0]) or _tested(op.inputs[0]) is not None
