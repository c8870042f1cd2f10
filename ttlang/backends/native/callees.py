"""
The calls of the kernel API as a kernel in C++ makes them: how each is declared in C++, and the operations of `ttkernel`
that it stands for. Most of it is derived from the operations' own definitions.
"""

from __future__ import annotations

from functools import cache
from typing import TypeGuard

from xdsl.dialects.builtin import IntegerAttr, IntegerType, StringAttr, SymbolRefAttr, i32, i64
from xdsl.ir import Attribute, Operation
from xdsl.irdl import AttrConstraint, OptionalDef, RangeLengthConstraint, RangeOf, VariadicDef

from ttlang.backends.native.callee import Callee, Declaration, Generations, Words, spans
from ttlang.backends.native.fpu_callees import fpu_callees
from ttlang.backends.native.function_callees import function_callees
from ttlang.backends.native.layout_callees import layout_callees
from ttlang.backends.native.snippet import Snippet
from ttlang.backends.native.special_callees import SPECIAL
from ttlang.dialects import ttkernel
from ttlang.dialects.attributes import UNIT
from ttlang.dialects.ttkernel import CallOp, DebugOp, FilledPagesOp, L1AddrPtrType, SFPUInitOp, SFPUTileOp
from ttlang.dialects.ttkernel.facets import Awaited, Waits, declared
from ttlang.tables.kernel_api import TTNN_0_81


def _derived(kind: type[CallOp]) -> Callee:
    """The call of an operation whose properties and operands are the arguments of the C++ call, and all there is."""
    operands = [field for field, _ in kind.get_irdl_definition().operands]
    constants = [field for field in kind.ARGUMENTS if field not in operands]
    values = [field for field in kind.ARGUMENTS if field in operands]
    bases = {field: _base(kind, field) for field in kind.ARGUMENTS}

    def build(snippet: Snippet, words: Words) -> None:
        properties: dict[str, Attribute] = {}
        for field, word in zip(constants, words, strict=True):
            properties[field] = snippet.buffer(word) if bases[field] is SymbolRefAttr else IntegerAttr(word, i64)
        given = [snippet.value(L1AddrPtrType() if bases[field] is L1AddrPtrType else i32) for field in values]
        # The operations' own constructors take their fields one way or another; this one takes them all alike.
        snippet.add(kind.create(operands=given, properties=properties))

    callee = _callee(kind)
    parameters = tuple(_PARAMETERS[bases[field]].format(field) for field in kind.ARGUMENTS)
    waits = declared(kind, Waits)
    if (waits and waits.awaited is Awaited.TRANSFERS) or any(each.default == "noc_index" for each in kind.OPTIONS):
        parameters += ("uint8_t = 0",)  # the NOC
    words = tuple(_WORDS.get(bases[field], "{}").format(field) for field in (*constants, *values))
    names: dict[str, Generations] = {}
    for spelling, span in spans(kind.SPELLING):
        name = spelling.name or callee
        names[name] = names[name].joined(span) if name in names else span
    declarations = tuple(Declaration(name, "", parameters, words, span) for name, span in names.items())
    return Callee(callee.upper(), len(constants), len(values), build, declarations, kind)


_PARAMETERS: dict[type[Attribute] | None, str] = {
    IntegerType: "uint32_t {}",
    IntegerAttr: "uint32_t {}",
    SymbolRefAttr: "uint32_t {}",
    L1AddrPtrType: "volatile uint32_t* {}",
}
"""How C++ takes what an operand or a property is."""
_WORDS: dict[type[Attribute] | None, str] = {L1AddrPtrType: "ttlang::l1({})"}


def _base(kind: type[CallOp], field: str) -> type[Attribute] | None:
    """The type of an operand, or of a property that each operation has; None where it is one of several."""
    defined = kind.get_irdl_definition()
    definition = dict(defined.operands).get(field) or defined.properties[field]
    if isinstance(definition, OptionalDef | VariadicDef):
        return None
    match definition.constr:
        case RangeLengthConstraint(constraint=RangeOf(constr=constraint)) | (AttrConstraint() as constraint):
            bases = constraint.get_bases() or ()
            return next(iter(bases)) if len(bases) == 1 else None
        case _:
            return None


def _is_derivable(kind: type[Operation]) -> TypeGuard[type[CallOp]]:
    """Whether the class says all that there is to know of the call in C++."""
    if not issubclass(kind, CallOp) or issubclass(kind, SFPUInitOp | SFPUTileOp | DebugOp | FilledPagesOp):
        return False
    if kind.DEFINITION:
        # A kernel that calls it has it.
        return False
    if kind.get_irdl_definition().results or any(_base(kind, field) not in _PARAMETERS for field in kind.ARGUMENTS):
        return False
    return not any(each.template or each.finder or each.is_table for each in kind.SPELLING.history())


def _callee(kind: type[CallOp]) -> str:
    return kind.name.removeprefix("ttkernel.")


# ------------------------------------------------------------------------------------ calls with templates of their own

_POOLS = {0: "sum", 1: "sum", 2: "max"}
"""An average is a sum, with another scaler."""
_DIMS = {0: "row", 1: "col", 2: "scalar"}
_OLDER, _NEWER = Generations(until=TTNN_0_81), Generations(since=TTNN_0_81)


def _reduction(kind: type[ttkernel.ReduceInitOp | ttkernel.ReduceTileOp]) -> Callee:
    tile = kind is ttkernel.ReduceTileOp
    fields = ("in0", "in1", *(("tile0", "tile1", "dst") if tile else ("out",)))

    def build(snippet: Snippet, words: Words) -> None:
        pool, dim, full_fp32, *buffers = words
        properties: dict[str, Attribute] = {
            "pool": StringAttr(snippet.one_of(_POOLS, pool, "a reduction of this kind")),
            "dim": StringAttr(snippet.one_of(_DIMS, dim, "a reduction of these dimensions")),
            "in0": snippet.buffer(buffers[0]),
            "in1": snippet.buffer(buffers[1]),
            # The call of a tile does not say where its result is packed to, and need not.
            "out": snippet.buffer(buffers[0] if tile else buffers[2]),
        }
        if full_fp32:
            properties["full_fp32"] = UNIT
        operands = [snippet.value() for _ in range(3)] if tile else []
        snippet.add(kind.create(operands=operands, properties=properties))

    name = _callee(kind)
    parameters = tuple(f"uint32_t {field}" for field in fields)
    words = ("static_cast<int>(pool)", "static_cast<int>(dim)", "full_fp32", *fields)
    template = "PoolType pool, ReduceDim dim, bool full_fp32 = false"
    declaration = Declaration(name, template, parameters, words)
    return Callee(name.upper(), 5 if tile else 6, 3 if tile else 0, build, (declaration,))


def _end_of_reduction() -> Callee:
    def build(snippet: Snippet, words: Words) -> None:
        full_fp32, buffer = words
        snippet.add(ttkernel.ReduceUninitOp(snippet.buffer(buffer) if full_fp32 else None))

    declaration = Declaration("reduce_uninit", "bool full_fp32 = false", ("uint32_t cb = 0",), ("full_fp32", "cb"))
    return Callee("REDUCE_UNINIT", 2, 0, build, (declaration,))


def _source_formats(kind: type[CallOp], *fields: str) -> Callee:
    """In ttnn 0.69 the FPU's mode follows on request, since 0.81 unless the call's name says not."""

    def build(snippet: Snippet, words: Words) -> None:
        follows, *buffers = words
        properties: dict[str, Attribute] = {"to_from_int8": UNIT} if follows else {}
        for field, buffer in zip(fields, buffers, strict=True):
            properties[field] = snippet.buffer(buffer)
        snippet.add(kind.create(properties=properties))

    name = _callee(kind)
    parameters = tuple(f"uint32_t {field}" for field in fields)
    template = "bool to_from_int8 = false, bool tile_dims = false"
    older = Declaration(name, template, parameters, ("to_from_int8", *fields), _OLDER)
    newer = [
        Declaration(each, "", parameters, (follows, *fields), _NEWER)
        for each, follows in ((name, "1"), (f"{name}_skip_int8", "0"))
    ]
    if len(fields) > 1:
        reverse = "order == SrcOrder::Reverse"
        swapped = (f"{reverse} ? in1 : in0", f"{reverse} ? in0 : in1")
        newer += [
            Declaration(each.name, "SrcOrder order", parameters, (each.words[0], *swapped), _NEWER) for each in newer
        ]
    return Callee(name.upper(), 1 + len(fields), 0, build, (older, *newer))


def _copy_dest_values() -> Callee:
    def build(snippet: Snippet, words: Words) -> None:
        format = snippet.format(words[0])
        snippet.add(ttkernel.CopyDestValuesOp(snippet.value(), snippet.value(), format.name))

    parameters = ("uint32_t source", "uint32_t destination")
    words = ("static_cast<int>(format)", "source", "destination")
    template = "DataFormat format = static_cast<DataFormat>(ttlang::DST_FORMAT)"
    return Callee("COPY_DEST_VALUES", 1, 2, build, (Declaration("copy_dest_values", template, parameters, words),))


def _typecast(kind: type[ttkernel.TypecastTileInitOp | ttkernel.TypecastTileOp]) -> Callee:
    tile = kind is ttkernel.TypecastTileOp

    def build(snippet: Snippet, words: Words) -> None:
        formats = [snippet.format(word) for word in words]
        properties = {"from_format": StringAttr(formats[0].name), "to_format": StringAttr(formats[1].name)}
        snippet.add(kind.create(operands=[snippet.value()] if tile else [], properties=properties))

    name = _callee(kind)
    fields = ("dst",) if tile else ()
    parameters = tuple(f"uint32_t {field}" for field in fields)
    declaration = Declaration(name, "uint32_t from, uint32_t to", parameters, ("from", "to", *fields))
    return Callee(name.upper(), 2, len(fields), build, (declaration,))


@cache
def callees() -> tuple[Callee, ...]:
    """All calls; the place of each is its number."""
    written = (*SPECIAL, *_with_templates(), *function_callees())
    kinds = {callee.kind for callee in written}
    derivable = filter(_is_derivable, ttkernel.ttkernel_dialect().operations)
    return *written, *(_derived(kind) for kind in derivable if kind not in kinds)


def _with_templates() -> tuple[Callee, ...]:
    return (
        _source_formats(ttkernel.ReconfigDataFormatOp, "in0", "in1"),
        _source_formats(ttkernel.ReconfigDataFormatSrcAOp, "cb"),
        _source_formats(ttkernel.ReconfigDataFormatSrcBOp, "cb"),
        _reduction(ttkernel.ReduceInitOp),
        _reduction(ttkernel.ReduceTileOp),
        _end_of_reduction(),
        *fpu_callees(),
        _copy_dest_values(),
        _typecast(ttkernel.TypecastTileInitOp),
        _typecast(ttkernel.TypecastTileOp),
        *layout_callees(),
    )
