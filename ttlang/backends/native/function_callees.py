"""The functions of `ttlang.tables.functions` as calls of C++: which row a call with these template arguments means."""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import zip_longest

from ttlang.backends.native.callee import Callee, Declaration, Generations, Words, spans
from ttlang.backends.native.snippet import Snippet
from ttlang.dialects import ttkernel
from ttlang.tables import dtypes
from ttlang.tables.functions import FUNCTIONS, Call, Encoding, Function, Parameter
from ttlang.tables.vector_modes import BY_NAME, WHOLE

_FORMAT, _NUMBER, _WIDTH, _PRECISE = -1, -2, -3, -4
"""
In the template arguments of a form: the format of the datums, a number that its init takes, the width of datums in DST,
and that nothing is approximated.
"""
ENUMERATIONS = {
    "ReciprocalDestAcc": {"BF16": 0x100, "FP32": 0x101},
    "ReciprocalApproxMode": {"Default": 0x110, "Precise": 0x111, "Approximate": 0x112},
}
"""Enumerations of template arguments that no row writes, and a number for each value that no other argument has."""
_ONE = 0x3F800000
_VECTOR_MODES = {WHOLE.number: None, **{mode.number: mode.name for mode in BY_NAME.values()}}
_APPROXIMATE = ("exp", "expm1", "log", "log1p", "log_with_base", "tanh")
DEFAULTS = {
    **{f"{name}_tile{end}": (0,) for name in _APPROXIMATE for end in ("", "_init")},
    "exp_tile_init": (0, _ONE, 1),
    "exp_tile": (0, 0, 1, 8),
    **dict.fromkeys(("recip_tile", "recip_tile_init"), (_WIDTH, _PRECISE)),
    **{
        "sqrt_tile": (0,),
        "rsqrt_tile": (0,),
        "rsqrt_tile_init": (0,),
        "sigmoid_tile_init": (0,),
        "gelu_tile": (1,),
        "gelu_tile_init": (1,),
    },
    **{f"{name}_binary_tile": (0,) for name in ("add", "sub", "mul", "div", "rsub")},
}
"""
Template arguments that may be left out: whether to approximate, and of exp the scale, whether it is clamped, and steps;
of recip the width of datums as it is, and the precision.
Rows leave them out, or don't, and so do kernels.
"""


@dataclass(frozen=True)
class Form:
    """A way to spell a call of a row."""

    known: Generations
    """The generations of the kernel API that have it."""
    row: Function
    format: str
    """IR name of the integer format; "" for floats."""
    template: tuple[int, ...]
    defaults: tuple[int, ...] = ()

    def takes(self, template: tuple[int, ...], float_format: dtypes.DType) -> bool:
        """Whether these template arguments spell it; datums of floats in DST have `float_format`."""
        datum = dtypes.BY_NAME[self.format] if self.format else float_format
        own = tuple(datum.code if value == _FORMAT else value for value in self.template)
        pairs = zip_longest(self._whole(own), self._whole(template))
        return all(a in (b, _NUMBER) or b in _meant(a, float_format) for a, b in pairs)

    def _whole(self, template: tuple[int, ...]) -> tuple[int, ...]:
        return template + self.defaults[len(template) :]


def _meant(argument: int | None, float_format: dtypes.DType) -> tuple[int, ...]:
    """How else a kernel may write it."""
    widths, modes = ENUMERATIONS["ReciprocalDestAcc"], ENUMERATIONS["ReciprocalApproxMode"]
    if argument == _WIDTH:
        return (widths["FP32" if float_format is dtypes.F32 else "BF16"],)
    return (modes["Default"], modes["Precise"]) if argument == _PRECISE else ()


def function_callees() -> Iterator[Callee]:
    """The calls of all rows, an init or a tile function each."""
    for name, forms in _forms(lambda call: (call.init_name, call.init_template)).items():
        numbered = any(_NUMBER in form.template for form in forms)
        declaration = _declaration(name, forms, (), (), before=["ttlang::init_number<arguments...>()"] * numbered)
        yield Callee(_number(name, 0), 1 + numbered, 0, _build_init(forms, numbered=numbered), (declaration,))
    for (name, slots, in_part, encodings), forms in _tile_forms().items():
        numbered = any(_takes_init_number(form.row) for form in forms)
        before = [*(["ttlang_current->number"] if numbered else []), *(["mode.number"] if in_part else [])]
        operands = tuple(f"slot{i}" for i in range(slots))
        declaration = _declaration(name, forms, operands, encodings, before=before, in_part=in_part)
        number = _number(name, slots + len(encodings))
        build = _build_tile(forms, encodings, numbered=numbered, in_part=in_part)
        yield Callee(number, 1 + len(before) + len(encodings), slots, build, (declaration,))


def _takes_init_number(row: Function) -> bool:
    return any(parameter.encoding is Encoding.IN_INIT for parameter in row.parameters)


def _number(name: str, arguments: int) -> str:
    return f"{name.upper()}_{arguments}"


def _calls() -> list[tuple[Generations, Function, str, Call]]:
    """All calls of all rows, the oldest first: of forms that one text of C++ can mean, the first counts."""
    calls = [
        (known, row, format, call)
        for row in FUNCTIONS
        if row.call is not None
        for format in ("", *row.integer_formats)
        if (form := row.integer if format else row.call)
        for call, known in spans(form)
    ]
    return sorted(calls, key=lambda each: each[0].since)


def _forms(spelled: Callable[[Call], tuple[str, str]]) -> dict[str, list[Form]]:
    forms: defaultdict[str, list[Form]] = defaultdict(list)
    for known, row, format, call in _calls():
        name, template = spelled(call)
        forms[name].append(Form(known, row, format, _template(template), DEFAULTS.get(name, ())))
    return forms


def _tile_forms() -> dict[tuple[str, int, bool, tuple[Encoding, ...]], list[Form]]:
    """By name, slots, whether a `VectorMode` stands before the parameters, and how these are written."""
    forms: defaultdict[tuple[str, int, bool, tuple[Encoding, ...]], list[Form]] = defaultdict(list)
    for known, row, format, call in _calls():
        encodings = tuple(Encoding.INTEGER if format else p.encoding for p in _written(row))
        key = call.tile, ttkernel.slot_count(row), call.in_part, encodings
        forms[key].append(Form(known, row, format, _template(call.template), DEFAULTS.get(call.tile, ())))
    return forms


def _written(row: Function) -> tuple[Parameter, ...]:
    """The parameters that stand in the call."""
    return tuple(p for p in row.parameters if p.in_call)


def _template(text: str) -> tuple[int, ...]:
    words = {"true": 1, "false": 0, "{format}": _FORMAT, "{scale}": _NUMBER, "InputClamping::None": 0}
    return tuple(words[word.strip()] for word in text.split(",")) if text else ()


def _declaration(
    name: str,
    forms: Sequence[Form],
    slots: Sequence[str],
    encodings: Sequence[Encoding],
    *,
    before: Sequence[str] = (),
    in_part: bool = False,
) -> Declaration:
    """`before`: constants of the call that stand before its numbers."""
    kinds = {
        Encoding.FLOAT: "float",
        Encoding.INTEGER: "int32_t",
        Encoding.BITS: "uint32_t",
        Encoding.BF16: "uint16_t",
    }
    parameters = [f"uint32_t {slot}" for slot in slots]
    if in_part:
        parameters.append("ttlang::vector_mode mode" + ("" if encodings else " = VectorMode::RC"))
    parameters += [f"{kinds[encoding]} value{i}" for i, encoding in enumerate(encodings)]
    values = (f"ttlang::word(value{i})" for i in range(len(encodings)))
    known = reduce(Generations.joined, (form.known for form in forms))
    words = ("ttlang::packed<arguments...>", *before, *values, *slots)
    return Declaration(name, "auto... arguments", tuple(parameters), words, known)


def _unpacked(word: int) -> tuple[int, ...]:
    """The template arguments that C++ has packed."""
    return tuple(word >> (4 + 16 * i) & 0xFFFF for i in range(word & 0xF))


def _matching(snippet: Snippet, forms: Sequence[Form], template: tuple[int, ...]) -> list[Form]:
    floats = dtypes.F32 if snippet.dst32 else dtypes.BF16
    known = [form for form in forms if form.known.meets(snippet.generations)]
    if found := [form for form in known if form.takes(template, floats)]:
        return found
    text = ", ".join(map(str, template))
    raise snippet.not_modelled(f"this form of the call, with the template arguments <{text}>")


def _build_init(forms: Sequence[Form], *, numbered: bool) -> Callable[[Snippet, Words], None]:
    def build(snippet: Snippet, words: Words) -> None:
        template = _unpacked(words[0])
        if numbered and len(template) > 1:
            template = (template[0], words[1] & 0xFFFFFFFF, *template[2:])
        form = _matching(snippet, forms, template)[0]
        init = ttkernel.sfpu_init_op(form.row)
        if issubclass(init, ttkernel.SFPUInitOfNumbersOp):
            snippet.add(init([_float(words[1] & 0xFFFFFFFF)]))
        else:
            snippet.add(init(form.format or None))

    return build


def _build_tile(
    forms: Sequence[Form], encodings: Sequence[Encoding], *, numbered: bool, in_part: bool
) -> Callable[[Snippet, Words], None]:
    def build(snippet: Snippet, words: Words) -> None:
        template, *rest = words
        number = rest.pop(0) & 0xFFFFFFFF if numbered else _ONE
        mode = _vector_mode(snippet, rest.pop(0)) if in_part else None
        numbers = [_decoded(word, encoding) for word, encoding in zip(rest, encodings, strict=True)]
        for form in _matching(snippet, forms, _unpacked(template)):
            if (values := _parameters(form.row, numbers, number)) is not None:
                slots = [snippet.value() for _ in range(ttkernel.slot_count(form.row))]
                snippet.add(ttkernel.sfpu_tile_op(form.row)(slots, values, form.format or None, mode))
                return
        raise snippet.not_modelled(f"the parameters {', '.join(map(str, numbers))} together")

    return build


def _vector_mode(snippet: Snippet, number: int) -> str | None:
    """The part of a tile that a `VectorMode` names; None for all of it."""
    if number not in _VECTOR_MODES:
        raise snippet.not_modelled(f"the vector mode {number}")
    return _VECTOR_MODES[number]


def _decoded(word: int, encoding: Encoding) -> float:
    if encoding is Encoding.INTEGER:
        return word
    return _float((word & 0xFFFF) << 16 if encoding is Encoding.BF16 else word & 0xFFFFFFFF)


def _parameters(row: Function, numbers: Sequence[float], of_init: int) -> tuple[float, ...] | None:
    """
    A value for each parameter of the row, from those in the call and the one that the init was given; None if they
    contradict what the row derives, or the row has no place for the init's.
    """
    if _takes_init_number(row):
        return (_float(of_init),)
    if of_init not in (0, _ONE):
        return None
    written = dict(zip((p.name for p in _written(row)), numbers, strict=True))
    # A parameter that does not stand in the call is there as its reciprocal.
    inputs = [written[p.name] if p.name in written else _reciprocal(numbers[-1]) for p in row.inputs]
    values = row.call_values(tuple(inputs))
    given = (value for p, value in zip(row.parameters, values, strict=True) if p.in_call)
    same = all(_bits(a) == _bits(b) for a, b in zip(given, numbers, strict=True))
    return values if same else None


def _reciprocal(value: float) -> float:
    return 1 / value if value else float("inf")


def _float(bits: int) -> float:
    return struct.unpack("<f", struct.pack("<I", bits))[0]


def _bits(value: float) -> bytes:
    try:
        return struct.pack("<f", value)
    except OverflowError:
        return struct.pack("<f", float("inf") if value > 0 else float("-inf"))
