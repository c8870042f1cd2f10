"""
The calls of the kernel API as a kernel in C++ makes them: how each is declared in C++, and the operations of `ttkernel`
that it stands for. Most of it is derived from the operations' own definitions.
"""

from __future__ import annotations

from functools import cache

from xdsl.dialects.builtin import IntegerAttr, StringAttr, UnitAttr, i32, i64
from xdsl.ir import Attribute, SSAValue

from ttlang.backends.native.callee import BOTH, NEWER, OLDER, Callee, Declaration, Words
from ttlang.backends.native.functions import function_callees
from ttlang.backends.native.snippet import Snippet
from ttlang.backends.native.special_callees import SPECIAL
from ttlang.dialects import ttkernel
from ttlang.dialects.ttkernel import L1AddrPtrType, layouts
from ttlang.tables.kernel_api import GENERATIONS

_BUFFERS = ("cb", "in0", "in1", "out")


def _derived(kind: type[ttkernel.CallOp]) -> Callee:
    """The call of an operation whose textual form is that of the C++ call."""
    fields = kind.ARGUMENTS
    defined = kind.get_irdl_definition()
    operands = [name for name, _ in defined.operands if name in fields]
    constants = [field for field in fields if field not in operands]
    values = [field for field in fields if field in operands]

    def build(snippet: Snippet, words: Words) -> None:
        properties: dict[str, Attribute] = {}
        for field, word in zip(constants, words, strict=True):
            properties[field] = snippet.buffer(word) if field in _BUFFERS else IntegerAttr(word, i64)
        given: list[SSAValue] = [snippet.value(L1AddrPtrType() if field == "pointer" else i32) for field in values]
        # The operations' own constructors take their fields one way or another; this one takes them all alike.
        snippet.add(kind.create(operands=given, properties=properties))

    callee = kind.name.removeprefix("ttkernel.")
    names: dict[str, tuple[str, ...]] = {}
    for generation in GENERATIONS.values():
        if spelling := kind.SPELLING.at(generation):
            name = spelling.name or callee
            names[name] = (*names.get(name, ()), generation.name)
    noc = ("uint8_t = 0",) if kind in _WITH_NOC else ()
    parameters = tuple(_parameter(field) for field in fields) + noc
    words = tuple(f"ttlang::l1({field})" if field == "pointer" else field for field in (*constants, *values))
    declarations = tuple(Declaration(name, where, "", parameters, words) for name, where in names.items())
    return Callee(callee.upper(), len(constants), len(values), build, declarations)


_WITH_NOC = (
    ttkernel.NocAsyncReadBarrierOp,
    ttkernel.NocAsyncWriteBarrierOp,
    ttkernel.NocAsyncWritesFlushedOp,
    ttkernel.NocAsyncAtomicBarrierOp,
)


def _parameter(field: str) -> str:
    return f"volatile uint32_t* {field}" if field == "pointer" else f"uint32_t {field}"


_DERIVED: tuple[type[ttkernel.CallOp], ...] = (
    ttkernel.CBReserveBackOp,
    ttkernel.CBPushBackOp,
    ttkernel.CBWaitFrontOp,
    ttkernel.CBPopFrontOp,
    *_WITH_NOC,
    ttkernel.NocSemaphoreWaitOp,
    ttkernel.NocSemaphoreWaitMinOp,
    ttkernel.NocSemaphoreSetOp,
    ttkernel.TileRegsAcquireOp,
    ttkernel.TileRegsCommitOp,
    ttkernel.TileRegsWaitOp,
    ttkernel.TileRegsReleaseOp,
    ttkernel.PackReconfigDataFormatOp,
    ttkernel.PackReconfigL1AccOp,
    ttkernel.CopyTileInitOp,
    ttkernel.CopyTileOp,
    ttkernel.CopyDestValuesInitOp,
    *(op.INIT for op in ttkernel.FPU_BINARY.values()),
    *ttkernel.FPU_BINARY.values(),
    *(op.INIT for op in ttkernel.FPU_BROADCAST.values()),
    *ttkernel.FPU_BROADCAST.values(),
    ttkernel.MatmulBlockInitOp,
    ttkernel.MatmulBlockOp,
    ttkernel.TransposeInitOp,
    ttkernel.TransposeTileOp,
    layouts.TilizeInitOp,
    layouts.TilizeBlockOp,
    layouts.TilizeUninitOp,
    layouts.PackUntilizeUninitOp,
)


# ------------------------------------------------------------------------------------ calls with templates of their own

_POOLS = {0: "sum", 1: "sum", 2: "max"}
"""An average is a sum, with another scaler."""
_DIMS = {0: "row", 1: "col", 2: "scalar"}
_KINDS = {0: "mul", 2: "add", 3: "sub"}
_REUSES = {1: "srca", 2: "srcb"}


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
            properties["full_fp32"] = UnitAttr()
        operands = [snippet.value() for _ in range(3)] if tile else []
        snippet.add(kind.create(operands=operands, properties=properties))

    name = kind.name.removeprefix("ttkernel.")
    parameters = tuple(f"uint32_t {field}" for field in fields)
    words = ("static_cast<int>(pool)", "static_cast<int>(dim)", "full_fp32", *fields)
    template = "PoolType pool, ReduceDim dim, bool full_fp32 = false"
    declaration = Declaration(name, BOTH, template, parameters, words)
    return Callee(name.upper(), 5 if tile else 6, 3 if tile else 0, build, (declaration,))


def _end_of_reduction() -> Callee:
    def build(snippet: Snippet, words: Words) -> None:
        full_fp32, buffer = words
        snippet.add(ttkernel.ReduceUninitOp(snippet.buffer(buffer) if full_fp32 else None))

    declaration = Declaration(
        "reduce_uninit", BOTH, "bool full_fp32 = false", ("uint32_t cb = 0",), ("full_fp32", "cb")
    )
    return Callee("REDUCE_UNINIT", 2, 0, build, (declaration,))


def _source_formats(kind: type[ttkernel.CallOp], *fields: str) -> Callee:
    """In the older generation the FPU's mode follows on request, in the newer one unless the call's name says not."""

    def build(snippet: Snippet, words: Words) -> None:
        follows, *buffers = words
        properties: dict[str, Attribute] = {"to_from_int8": UnitAttr()} if follows else {}
        for field, buffer in zip(fields, buffers, strict=True):
            properties[field] = snippet.buffer(buffer)
        snippet.add(kind.create(properties=properties))

    name = kind.name.removeprefix("ttkernel.")
    parameters = tuple(f"uint32_t {field}" for field in fields)
    template = "bool to_from_int8 = false, bool tile_dims = false"
    older = Declaration(name, OLDER, template, parameters, ("to_from_int8", *fields))
    newer = [
        Declaration(each, NEWER, "", parameters, (follows, *fields))
        for each, follows in ((name, "1"), (f"{name}_skip_int8", "0"))
    ]
    if len(fields) > 1:
        reverse = "order == SrcOrder::Reverse"
        swapped = (f"{reverse} ? in1 : in0", f"{reverse} ? in0 : in1")
        newer += [
            Declaration(each.name, NEWER, "SrcOrder order", parameters, (each.words[0], *swapped)) for each in newer
        ]
    return Callee(name.upper(), 1 + len(fields), 0, build, (older, *newer))


def _reuse(kind: type[ttkernel.BinaryDestReuseTilesInitOp | ttkernel.BinaryDestReuseTilesOp]) -> Callee:
    tiles = kind is ttkernel.BinaryDestReuseTilesOp

    def build(snippet: Snippet, words: Words) -> None:
        function, reuse, buffer = words
        properties = {
            "kind": StringAttr(snippet.one_of(_KINDS, function, "a function of this kind")),
            "dest": StringAttr(snippet.one_of(_REUSES, reuse, "a reuse of DST of this kind")),
            "cb": snippet.buffer(buffer),
        }
        operands = [snippet.value(), snippet.value()] if tiles else []
        snippet.add(kind.create(operands=operands, properties=properties))

    fields = ("cb", "tile", "dst") if tiles else ("cb",)
    parameters = tuple(f"uint32_t {field}" for field in fields)
    types = "EltwiseBinaryType kind, EltwiseBinaryReuseDestType reuse"
    older = Declaration(
        kind.name.removeprefix("ttkernel."),
        OLDER,
        types,
        parameters,
        ("static_cast<int>(kind)", "static_cast<int>(reuse)", *fields),
    )
    newer = tuple(
        Declaration(
            kind.SPELLING.name.format(kind=name),
            NEWER,
            "EltwiseBinaryReuseDestType reuse",
            parameters,
            (str(number), "static_cast<int>(reuse)", *fields),
        )
        for number, name in _KINDS.items()
    )
    return Callee(older.name.upper(), 3, 2 if tiles else 0, build, (older, *newer))


def _copy_dest_values() -> Callee:
    def build(snippet: Snippet, words: Words) -> None:
        format = snippet.format(words[0])
        snippet.add(ttkernel.CopyDestValuesOp(snippet.value(), snippet.value(), format.name))

    parameters = ("uint32_t source", "uint32_t destination")
    words = ("static_cast<int>(format)", "source", "destination")
    template = "DataFormat format = static_cast<DataFormat>(ttlang::DST_FORMAT)"
    return Callee(
        "COPY_DEST_VALUES", 1, 2, build, (Declaration("copy_dest_values", BOTH, template, parameters, words),)
    )


def _typecast(kind: type[ttkernel.TypecastTileInitOp | ttkernel.TypecastTileOp]) -> Callee:
    tile = kind is ttkernel.TypecastTileOp

    def build(snippet: Snippet, words: Words) -> None:
        formats = [snippet.format(word) for word in words]
        properties = {"from_format": StringAttr(formats[0].name), "to_format": StringAttr(formats[1].name)}
        snippet.add(kind.create(operands=[snippet.value()] if tile else [], properties=properties))

    name = kind.name.removeprefix("ttkernel.")
    fields = ("dst",) if tile else ()
    parameters = tuple(f"uint32_t {field}" for field in fields)
    declaration = Declaration(name, BOTH, "uint32_t from, uint32_t to", parameters, ("from", "to", *fields))
    return Callee(name.upper(), 2, len(fields), build, (declaration,))


def _untilize_init() -> Callee:
    def build(snippet: Snippet, words: Words) -> None:
        part, width, in0, out = words
        snippet.add(layouts.PackUntilizeInitOp(part, width, snippet.buffer(in0), snippet.buffer(out)))

    parameters = ("uint32_t in0", "uint32_t out")
    words = ("part", "width", "in0", "out")
    template = "uint32_t part = 8, uint32_t width = part"
    return Callee(
        "PACK_UNTILIZE_INIT", 4, 0, build, (Declaration("pack_untilize_init", BOTH, template, parameters, words),)
    )


def _untilize_block() -> Callee:
    def build(snippet: Snippet, words: Words) -> None:
        part, width, in0, rows, out = words
        snippet.one_of({1: "1"}, rows, "pack_untilize_block of several rows of tiles")
        column = snippet.value()
        snippet.add(layouts.PackUntilizeBlockOp(part, width, snippet.buffer(in0), snippet.buffer(out), column))

    parameters = ("uint32_t in0", "uint32_t rows", "uint32_t out", "uint32_t column = 0")
    words = ("part", "width", "in0", "rows", "out", "column")
    template = "uint32_t part = 8, uint32_t width = part"
    return Callee(
        "PACK_UNTILIZE_BLOCK", 5, 1, build, (Declaration("pack_untilize_block", BOTH, template, parameters, words),)
    )


@cache
def callees() -> tuple[Callee, ...]:
    """All calls; the place of each is its number."""
    return (
        *SPECIAL,
        *(_derived(kind) for kind in _DERIVED),
        _source_formats(ttkernel.ReconfigDataFormatOp, "in0", "in1"),
        _source_formats(ttkernel.ReconfigDataFormatSrcAOp, "cb"),
        _source_formats(ttkernel.ReconfigDataFormatSrcBOp, "cb"),
        _reduction(ttkernel.ReduceInitOp),
        _reduction(ttkernel.ReduceTileOp),
        _end_of_reduction(),
        _reuse(ttkernel.BinaryDestReuseTilesInitOp),
        _reuse(ttkernel.BinaryDestReuseTilesOp),
        _copy_dest_values(),
        _typecast(ttkernel.TypecastTileInitOp),
        _typecast(ttkernel.TypecastTileOp),
        _untilize_init(),
        _untilize_block(),
        *function_callees(),
    )
