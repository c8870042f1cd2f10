"""The calls of the FPU on pairs of tiles that have templates: with a tile in DST, and inits of one unit alone."""

from __future__ import annotations

from collections.abc import Iterator

from xdsl.dialects.builtin import StringAttr

from ttlang.backends.native.callee import Callee, Declaration, Generations, Words
from ttlang.backends.native.snippet import Snippet
from ttlang.dialects import ttkernel
from ttlang.tables.kernel_api import TTNN_0_81

_KINDS = {0: "mul", 2: "add", 3: "sub"}
_REUSES = {1: "srca", 2: "srcb"}
_DIMS = {0: "none", 1: "col", 2: "row", 3: "scalar"}
"""By the numbers of `EltwiseBinaryType`, `EltwiseBinaryReuseDestType` and `BroadcastType`."""
_OLDER, _NEWER = Generations(until=TTNN_0_81), Generations(since=TTNN_0_81)


def fpu_callees() -> Iterator[Callee]:
    yield _reuse(ttkernel.BinaryDestReuseTilesInitOp)
    yield _reuse(ttkernel.BinaryDestReuseTilesOp)
    yield _init_of_math()
    yield _init_of_unpack()


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
        types,
        parameters,
        ("static_cast<int>(kind)", "static_cast<int>(reuse)", *fields),
        _OLDER,
    )
    newer = tuple(
        Declaration(
            kind.SPELLING.name.format(kind=name),
            "EltwiseBinaryReuseDestType reuse",
            parameters,
            (str(number), "static_cast<int>(reuse)", *fields),
            _NEWER,
        )
        for number, name in _KINDS.items()
    )
    return Callee(older.name.upper(), 3, 2 if tiles else 0, build, (older, *newer))


def _init_of_math() -> Callee:
    def build(snippet: Snippet, words: Words) -> None:
        function, dim, rest, accumulates, in0, in1 = words
        kind = snippet.one_of(_KINDS, function, "a function of this kind")
        snippet.one_of({0: "none"}, rest, "an init of a function with a tile in DST, or of another fidelity")
        if accumulates and kind != "mul":  # a product always does
            raise snippet.not_modelled(f"the kind {kind} added to what DST holds")
        name = snippet.one_of(_DIMS, dim, "a broadcast of this kind")
        snippet.add(ttkernel.BinaryMathInitOp(kind, name, snippet.buffer(in0), snippet.buffer(in1)))

    types = (
        "EltwiseBinaryType kind, BroadcastType dim, MathFidelity fidelity = MathFidelity::LoFi, "
        "EltwiseBinaryReuseDestType reuse = EltwiseBinaryReuseDestType::NONE"
    )
    parameters = ("uint32_t in0", "uint32_t in1", "uint32_t accumulates = 0")
    rest = "reuse != EltwiseBinaryReuseDestType::NONE || (kind == ELWMUL && fidelity != MATH_FIDELITY)"
    words = ("static_cast<int>(kind)", "static_cast<int>(dim)", rest, "accumulates != 0", "in0", "in1")
    names = {f"{ttkernel.BinaryMathInitOp.SPELLING.name}_with_operands": _OLDER}
    names[ttkernel.BinaryMathInitOp.SPELLING.name] = _NEWER
    declarations = tuple(Declaration(name, types, parameters, words, known) for name, known in names.items())
    return Callee("BINARY_MATH_INIT", 6, 0, build, declarations, ttkernel.BinaryMathInitOp)


def _init_of_unpack() -> Callee:
    def build(snippet: Snippet, words: Words) -> None:
        dim, transposes, in0, in1 = words
        name = snippet.one_of(_DIMS, dim, "a broadcast of this kind")
        if transposes:
            raise snippet.not_modelled("an unpack of two tiles that transposes")
        snippet.add(ttkernel.UnpackInitOp(name, snippet.buffer(in0), snippet.buffer(in1)))

    parameters = ("uint32_t in0", "uint32_t in1", "uint32_t transposes = 0")
    words = ("static_cast<int>(dim)", "transposes != 0", "in0", "in1")
    declaration = Declaration("llk_unpack_AB_init", "BroadcastType dim = BroadcastType::NONE", parameters, words)
    return Callee("UNPACK_INIT", 4, 0, build, (declaration,), ttkernel.UnpackInitOp)
