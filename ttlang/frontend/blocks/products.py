"""Products of blocks, and values that go on from what a block holds."""

from __future__ import annotations

from typing import cast

from xdsl.dialects import scf
from xdsl.ir import Operation, SSAValue

from ttlang.analysis.locations import span_of
from ttlang.diagnostics import Diagnostic
from ttlang.dialects import ttl
from ttlang.dialects.walking import operations_of
from ttlang.frontend.blocks.elementwise import block_type, dtype_of, widest
from ttlang.frontend.blocks.shape_errors import wrong_product
from ttlang.frontend.blocks.values import BlockValue, Spread, Value, describe
from ttlang.frontend.python.thread_compiler import ThreadCompiler


def as_matrix(c: ThreadCompiler, name: str, value: Value) -> BlockValue:
    """A block that a function of matrices can work on."""
    c.need_compute(f"{name} is computed")
    if isinstance(value, Spread):
        raise c.error(
            "TTL0301",
            f"{name} is given a broadcast whose shape nothing tells",
            hint="name a block of that shape: ⟦broadcast⟧(x, o, dims=[1])",
        )
    if not isinstance(value, BlockValue):
        raise c.error("TTL0106", f"{name} works on blocks, and is given {describe(value)}")
    if dtype_of(value).is_integer:
        raise c.error(
            "TTL0306",
            f"{name} has no form for {dtype_of(value)}",
            hint="⟦typecast⟧(x, ttl.float32) makes floats of the integers",
        )
    return value


# ------------------------------------------------------------------------------------------------------ products


def matmul(c: ThreadCompiler, left: Value, right: Value, name: str = "matmul") -> BlockValue:
    """`a @ b`."""
    a, b = as_matrix(c, name, left), as_matrix(c, name, right)
    (m, inner), (outer, n) = a.type.sizes, b.type.sizes
    if inner != outer:
        raise wrong_product(c, name, a, b)
    result = block_type((m, n), widest(list(dict.fromkeys((dtype_of(a), dtype_of(b))))))
    return BlockValue(c.emit(ttl.MatmulOp(a.ssa, b.ssa, result)).result)


def settle(c: ThreadCompiler) -> None:
    """
    At the end of a thread, when all stores are known: the only store of an acquisition that runs once adds to nothing;
    and a value that goes on from a reserved block must be stored there, unless nothing was stored there before.
    """
    for op in operations_of(c.op, ttl.StoreOp):
        if op.acc and _is_alone(op):
            del op.properties["acc"]
    for value, block in c.continued.items():
        stray = next((use.operation for use in value.uses if not _stores_to(use.operation, block)), None)
        if stray is not None and any(_may_precede(store, value, block) for store in _stores(block)):
            c.diagnostics.append(
                Diagnostic(
                    "TTL0412",
                    "this product is added to what a reserved block holds, which can't be read back",
                    span_of(cast(Operation, value.owner)),
                    "store the product itself in that block, or push the block and wait for it",
                )
            )


def _stores(block: SSAValue) -> list[ttl.StoreOp]:
    return [use.operation for use in block.uses if _stores_to(use.operation, block)]  # pyright: ignore[reportReturnType]


def _stores_to(op: Operation, block: SSAValue) -> bool:
    return isinstance(op, ttl.StoreOp) and op.block is block


def _is_alone(store: ttl.StoreOp) -> bool:
    acquire = store.block.owner
    return (
        isinstance(acquire, Operation)
        and acquire.parent_block() is store.parent_block()
        and len(_stores(store.block)) == 1
    )


def _may_precede(store: ttl.StoreOp, value: SSAValue, block: SSAValue) -> bool:
    """Whether a store to a block may run, in its acquisition, before a value is computed."""
    acquire, op = cast(Operation, block.owner), cast(Operation, value.owner)
    loop = store.parent_op()
    while loop is not None and not loop.is_ancestor(acquire):
        if isinstance(loop, scf.ForOp | scf.WhileOp) and loop.is_ancestor(op):
            return True
        loop = loop.parent_op()
    home = acquire.parent_block()
    first, second = (home.find_ancestor_op_in_block(o) if home else None for o in (store, op))
    return first is not None and second is not None and first is not second and first.is_before_in_block(second)
