"""The definition of operations, as xDSL has it, but made when an operation of the kind is first used."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar

from xdsl.ir import Operation, OpTraits
from xdsl.irdl import IRDLOperation, OpDef
from xdsl.irdl import irdl_op_definition as define

from ttlang.dialects.accessors import read_directly
from ttlang.dialects.remembered_checks import RememberedCheck

if TYPE_CHECKING:
    from xdsl.irdl.declarative_assembly_format import FormatProgram
    from xdsl.parser import Parser
    from xdsl.printer import Printer

OpT = TypeVar("OpT", bound=IRDLOperation)


def irdl_op_definition(cls: type[OpT]) -> type[OpT]:
    """
    Defines an operation. xDSL reads its fields and its assembly format at once; those of all operations take a tenth of
    the compiler's import, a kernel has a few kinds of them, and most commands print and parse none. So a mistake in a
    definition shows at its first use.
    """
    definition = _Definition(cls)

    def get_irdl_definition(cls: type[OpT]) -> OpDef:
        return definition.made

    def parse(cls: type[OpT], parser: Parser) -> OpT:
        return definition.format.parse(parser, cls)

    def print(self: OpT, printer: Printer) -> None:
        definition.format.print(printer, self)

    methods: dict[str, Any] = {"get_irdl_definition": classmethod(get_irdl_definition), "traits": _traits_of(cls)}
    if cls.assembly_format is not None:
        methods |= {"parse": classmethod(parse), "print": print}
    for name, method in methods.items():
        setattr(cls, name, method)
    return cls


def _traits_of(cls: type[IRDLOperation]) -> OpTraits:
    """Its own and those of its bases: a class is asked for them before there is an operation of it."""
    written: list[OpTraits] = [base.__dict__["traits"] for base in cls.__mro__ if "traits" in base.__dict__]
    return written[0] if len(written) == 1 else OpTraits(lambda: tuple(trait for traits in written for trait in traits))


def _verification(made: OpDef, own_check: Callable[[Any], None]) -> Callable[[Any], None]:
    """What a class verifies: by its definition, and what it says itself."""
    by_definition = RememberedCheck(made.verify, made.traits)

    def verify_(self: Operation) -> None:
        by_definition(self)
        own_check(self)

    return verify_


_DEFINING = RLock()
"""Threads may use the first operation of a kind at once."""


class _Definition:
    """The definition of an operation, which is made when it is first asked for."""

    def __init__(self, cls: type[IRDLOperation]):
        self._cls = cls
        self._made: OpDef | None = None

    @property
    def made(self) -> OpDef:
        with _DEFINING:
            if self._made is None:
                self._made = self._make()
            return self._made

    def _make(self) -> OpDef:
        cls = self._cls
        text, cls.assembly_format = cls.assembly_format, None  # xDSL would read it.
        own_check = cls.verify_
        made = define(cls).get_irdl_definition()
        cls.assembly_format = made.assembly_format = text
        read_directly(cls, made)
        setattr(cls, "verify_", _verification(made, own_check))  # noqa: B010 (its type would be that of the class)
        return made

    @cached_property
    def format(self) -> FormatProgram:
        from xdsl.irdl.declarative_assembly_format import FormatProgram

        text = self._cls.assembly_format
        assert text is not None
        return FormatProgram.from_str(text, self.made)
