"""
How a call of the kernel API is spelt in C++: `SPELLING` of its operation's class says it, for every generation. The
arguments between the parentheses are the class's `ARGUMENTS`, the same in all of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.dialects.builtin import IntegerAttr, StringAttr
from xdsl.ir import Operation

from ttlang.tables import dtypes
from ttlang.tables.kernel_api import Dated


class TemplateArgument(ABC):
    """A template argument of a call, as the properties of its operation have it."""

    @abstractmethod
    def text(self, op: Operation) -> str:
        """In C++; "" where it is left out."""


@dataclass(frozen=True)
class TypeName(TemplateArgument):
    """A type, the same for each call."""

    name: str

    def text(self, op: Operation) -> str:
        return self.name


@dataclass(frozen=True)
class Enumerator(TemplateArgument):
    """The enumerator of `type` that a text names: `ReduceDim::REDUCE_ROW` for "row"."""

    field: str
    type: str
    prefix: str = ""

    def text(self, op: Operation) -> str:
        return f"{self.type}::{self.prefix}{_text(op, self.field).upper()}"


@dataclass(frozen=True)
class FidelityOf(TemplateArgument):
    """The fidelity of a function of the FPU: the program's for a product, and the least for what needs none."""

    field: str
    """Which function it is."""

    def text(self, op: Operation) -> str:
        return "MATH_FIDELITY" if _text(op, self.field) == "mul" else "MathFidelity::LoFi"


@dataclass(frozen=True)
class Flag(TemplateArgument):
    """`true` where the operation has the field. Where it has not, the argument is left out: it is the last."""

    field: str
    before: tuple[str, ...] = ()
    """What stands before it where it stands: defaults."""

    def text(self, op: Operation) -> str:
        present: object = getattr(op, self.field)
        return "" if present is None else ", ".join([*self.before, "true"])


@dataclass(frozen=True)
class Count(TemplateArgument):
    """A number."""

    field: str

    def text(self, op: Operation) -> str:
        number = op.properties[self.field]
        assert isinstance(number, IntegerAttr)
        return str(number.value.data)


@dataclass(frozen=True)
class Format(TemplateArgument):
    """The format that a text names: `DataFormat::Float16_b` for "bf16"."""

    field: str
    as_number: bool = False
    """The template takes a `uint32_t`."""

    def text(self, op: Operation) -> str:
        format = f"DataFormat::{dtypes.BY_NAME[_text(op, self.field)].data_format}"
        return f"(uint32_t){format}" if self.as_number else format


@dataclass(frozen=True)
class Option:
    """
    An argument between the parentheses that has a default. It stands behind all that have none; those up to the last
    one that an operation gives are written.
    """

    default: str
    field: str = ""
    """The property that gives it: a number, or, by being there, `true`. Empty: none does."""

    def given(self, op: Operation) -> str:
        """In C++; "" where the operation leaves it to the default."""
        match op.properties.get(self.field):
            case None:
                return ""
            case IntegerAttr(value=number):
                return str(number.data)
            case _:
                return "true"


def options_text(options: Sequence[Option], op: Operation) -> list[str]:
    """Those of a call that are written."""
    given = [option.given(op) for option in options]
    count = max((place for place, text in enumerate(given, 1) if text), default=0)
    return [text or option.default for text, option in zip(given[:count], options, strict=False)]


@dataclass(frozen=True)
class Spelling(Dated):
    """A call's name and what surrounds it."""

    name: str = ""
    """Empty: that of the operation, which has it from tt-mlir. `{kind}` in it stands for the property of that name."""
    template: tuple[TemplateArgument, ...] = ()
    header: str = ""
    """Empty: the class's `HEADER`."""
    above_include: tuple[str, ...] = ()
    """Lines that the header wants to find above it."""
    finder: str = ""
    """
    A method of the accessor that finds a place in the tensor: the call takes its address and the bytes to move, in
    place of the accessor and what it needs to know.
    """
    processor: str = ""
    """The macro of the one compute processor that has the function, if the others lack it."""
    is_table: bool = False
    """The call looks its argument up in a table of the firmware: brackets in place of parentheses."""

    def name_of(self, op: Operation) -> str:
        """The name in a call, where the spelling has one."""
        if "{" not in self.name:
            return self.name
        return self.name.format_map(
            {field: text.data for field, text in op.properties.items() if isinstance(text, StringAttr)}
        )

    def template_of(self, op: Operation) -> str:
        """The template arguments of a call with their brackets; "" where there are none."""
        texts = [text for argument in self.template if (text := argument.text(op))]
        return f"<{', '.join(texts)}>" if texts else ""


def _text(op: Operation, field: str) -> str:
    text = op.properties[field]
    assert isinstance(text, StringAttr)
    return text.data
