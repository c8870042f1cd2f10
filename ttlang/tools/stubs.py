"""
The stubs of modules whose functions are made from tables: `ttl.math`, and the elementwise operations of `ttnn`. Type
checkers and editors see through them what Python makes on first use. `make docs` writes them, a test checks them.
"""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterable
from inspect import Parameter, signature
from pathlib import Path
from typing import TYPE_CHECKING

from ttlang.tables.editions import vocabularies
from ttlang.tables.functions import FUNCTIONS, Function, Option
from ttlang.tables.functions import Parameter as Number
from ttlang.tables.operand_names import names_in_2026

if TYPE_CHECKING:
    from ttlang.language.math_functions import MathFunction

PACKAGE = Path(__file__).parent.parent
NOTE = "# Written by `make docs` from the table of functions: change that, not this file.\n\n"

_WITH_NUMBER = {row.with_scalar for row in FUNCTIONS}
"""Rows of a block and a number that stand for a row of two blocks, too, where users can name them."""


def language_stub() -> str:
    """ttlang/language/math.pyi."""
    from ttlang.language import math
    from ttlang.language.math_functions import MathFunction

    functions = [getattr(math, name) for name in math.__all__]
    made = [function for function in functions if isinstance(function, MathFunction)]
    others = [(each.__module__, each.__name__) for each in functions if not isinstance(each, MathFunction)]
    return _formatted(
        '"""Functions of blocks. They work in compute threads."""\n\n'
        "from typing import SupportsFloat, overload\n\n"
        "from ttlang.language.blocks import Block, Operand\n"
        + "".join(f"from {module} import {name} as {name}\n" for module, name in sorted(others))
        + "\n"
        f"__all__ = {math.__all__!r}\n\n" + "".join(map(_block_function, made))
    )


def _block_function(function: MathFunction) -> str:
    """A definition for each edition: they name blocks, and some have other numbers."""
    row, doc = function.row, function.__doc__ or ""
    numbers = [[_number(row, p.name_in(v), p) for p in row.inputs_in(v)] for v in vocabularies()]
    blocks = [function.operands, names_in_2026(row.name, row.arity)]
    operand = "Operand" if row.arity == 1 else "Operand | SupportsFloat"
    options = ["*", *map(_option, row.options)] if row.options else []
    forms = [
        [*(f"{name}: {operand}" for name in names), *given, *options]
        for names, given in zip(blocks, numbers, strict=True)
    ]
    return "".join("@overload\n" + _function(function.__name__, form, "Block", doc) for form in forms)


def _option(option: Option) -> str:
    kind = "SupportsFloat | None" if option.default is None else type(option.default).__name__
    return f"{option.name}: {kind} = {option.default}"


def _number(row: Function, name: str, parameter: Number) -> str:
    kind = "Block | SupportsFloat" if row.name in _WITH_NUMBER else "SupportsFloat"
    if parameter.derive is not None:
        return f"{name}: {kind} = ..."
    return f"{name}: {kind}{'' if parameter.default is None else _default(parameter.default)}"


def host_stub() -> str:
    """ttlang/host/functions.pyi."""
    from ttlang.host.elementwise import OPERATIONS, row_of

    return _formatted(
        '"""ttnn\'s elementwise operations."""\n\n'
        "from ttlang.host.memory import MemoryConfig\n"
        "from ttlang.host.tensor import Tensor\n"
        "from ttlang.host.types import AnyDataType\n\n"
        + "".join(
            _function(name, _tensor_parameters(operation, row_of(name)), "Tensor", operation.__doc__ or "")
            for name, operation in OPERATIONS.items()
        )
    )


_OPTION_TYPES = {
    "memory_config": "MemoryConfig | None",
    "output_tensor": "Tensor | None",
    "dtype": "AnyDataType | None",
}


def _tensor_parameters(operation: Callable[..., object], row: Function) -> Iterable[str]:
    named = False
    for position, parameter in enumerate(signature(operation).parameters.values()):
        if parameter.kind is Parameter.KEYWORD_ONLY:
            if not named:
                yield "*"
            named = True
            yield f"{parameter.name}: {_OPTION_TYPES.get(parameter.name, 'object')} = None"
        elif position < row.arity:
            yield f"{parameter.name}: {'Tensor' if row.arity == 1 else 'Tensor | float'}"
        else:
            is_given = parameter.default is Parameter.empty
            yield f"{parameter.name}: float{'' if is_given else f' | None{_default(parameter.default)}'}"


_SHORT = re.compile(r"None|-?[\d.]{1,9}")
"""Defaults that a stub may spell out."""


def _default(value: object) -> str:
    text = repr(value)
    return f" = {text}" if _SHORT.fullmatch(text) else " = ..."


def _function(name: str, parameters: Iterable[str], result: str, doc: str) -> str:
    text = textwrap.fill(" ".join(doc.split()), 110, break_long_words=False)
    body = textwrap.indent(f'"""{text}"""' if "\n" not in text else f'"""\n{text}\n"""', "    ")
    return f"def {name}({', '.join(parameters)}) -> {result}:\n{body}\n\n"


def _formatted(text: str) -> str:
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", "stub.pyi", "-"]
    return subprocess.run(command, input=NOTE + text, capture_output=True, encoding="utf-8", check=True).stdout


STUBS = {
    PACKAGE / "language" / "math.pyi": language_stub,
    PACKAGE / "host" / "functions.pyi": host_stub,
}
"""Each stub, and what makes its text."""
