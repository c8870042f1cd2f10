"""What the messages of both dialects are made of: a format and the numbers in it."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import StringAttr, i1, i32
from xdsl.ir import SSAValue
from xdsl.utils.exceptions import VerifyException

from ttlang.dialects.attributes import string_attr
from ttlang.tables import print_format as messages


def text_attr(format: str) -> StringAttr:
    """A format as an attribute."""
    return string_attr(messages.encode(format))


def verify_text(fmt: StringAttr, values: Sequence[SSAValue]) -> None:
    """Raises a VerifyException if a format does not fit its numbers: integers and truth values."""
    if any(value.type not in (i1, i32) for value in values):
        raise VerifyException("a text has numbers of i32 and i1 in it")
    try:
        messages.check(messages.decode(fmt.data), [value.type == i1 for value in values])
    except ValueError as cause:
        raise VerifyException(str(cause)) from cause
